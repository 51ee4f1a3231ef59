//! The sealed values of one object on their way to being opened.

use std::collections::BTreeMap;

use sealing::{KeyRing, Label, SealedValue};

use crate::metadata;
use crate::open_items::Found;
use crate::sealed_secret::SealedSecret;
use crate::trials::{Trial, Trials};
use crate::unseal_error::{ItemError, ItemErrors, LegacyError, UnsealError};

/// Whether the deprecated `spec.data`, a whole Secret in one ciphertext, is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legacy {
    /// As the controller does by default.
    Accept,
    /// As kubeseal does.
    Refuse,
}

/// Which value of an object it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// The one under this key of `spec.encryptedData`.
    Item(&'a str),
    /// The deprecated `spec.data`, a whole Secret.
    Legacy,
}

/// The values of a SealedSecret that are still to be opened, and those that were found not to open.
pub(crate) struct Items {
    /// Keys of the values that are tried, in their order; empty for a legacy object.
    keys: Vec<String>,
    trials: Trials,
    failed: Failed,
    is_legacy: bool,
}

/// The values that were found not to open, and how many others were not tried.
#[derive(Default)]
struct Failed {
    items: BTreeMap<String, ItemError>,
    not_tried: usize,
}

/// How much is done for one object.
#[derive(Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// More items are refused.
    pub(crate) items: Option<usize>,
    /// After so many values that no key opens the others are not tried.
    pub(crate) misses: Option<usize>,
}

impl Items {
    /// Reads the values of an object. One that is no base64 fails here, and is told with the others at the end.
    ///
    /// # Errors
    /// A deprecated `spec.data` that is not wanted or has items beside it, and more items than there may be.
    pub(crate) fn read(sealed: &SealedSecret, legacy: Legacy, bounds: Bounds) -> Result<Self, UnsealError> {
        let items = &sealed.spec.encrypted_data;
        let is_legacy = match (&sealed.spec.data, legacy) {
            (Some(_), Legacy::Refuse) => return Err(UnsealError::LegacyRefused),
            (Some(_), Legacy::Accept) if !items.is_empty() => return Err(UnsealError::LegacyAndItems),
            (data, _) => data.is_some(),
        };
        if let Some(limit) = bounds.items.filter(|limit| items.len() > *limit) {
            return Err(UnsealError::TooManyItems { items: items.len(), limit });
        }
        let (mut keys, mut values, mut failed) = (Vec::new(), Vec::new(), Failed::default());
        let texts = items.iter().map(|(key, text)| (key.as_str(), text));
        for (key, text) in texts.chain(sealed.spec.data.as_ref().map(|text| ("", text))) {
            match SealedValue::from_base64(text) {
                Ok(value) => {
                    keys.push(key.to_owned());
                    values.push(value);
                }
                Err(error) => {
                    failed.items.insert(key.to_owned(), ItemError::Base64(error));
                }
            }
        }
        let (label, hints) = (metadata::label(&sealed.metadata), metadata::sealed_with(&sealed.metadata));
        let trials = Trials::new(values, label, &hints, bounds.misses);
        Ok(Items { keys, trials, failed, is_legacy })
    }

    /// What the values are sealed under.
    pub(crate) fn label(&self) -> &Label {
        self.trials.label()
    }

    /// Does at most so many private operations (at least one), with the same ring at every call, and hands over
    /// each value that opens, in order of the keys. `None` as long as there is more to do.
    ///
    /// # Errors
    /// At the end, the items that do not open, all of them.
    pub(crate) fn step(
        &mut self,
        ring: &KeyRing,
        operations: usize,
        mut opened: impl FnMut(Place<'_>, Found),
    ) -> Option<Result<(), UnsealError>> {
        let Items { keys, trials, failed, is_legacy } = self;
        let done = trials.step(ring, operations, |at, trial| {
            sort_out(&keys[at], *is_legacy, trial, failed, &mut opened);
        });
        done.then(|| verdict(*is_legacy, std::mem::take(failed)))
    }

    /// Opens all values on several threads.
    ///
    /// # Errors
    /// The items that do not open, all of them.
    pub(crate) fn on_threads(
        mut self,
        ring: &KeyRing,
        threads: usize,
        mut opened: impl FnMut(Place<'_>, Found),
    ) -> Result<(), UnsealError> {
        if threads <= 1 {
            return self.step(ring, usize::MAX, opened).unwrap_or(Ok(()));
        }
        let Items { keys, trials, mut failed, is_legacy } = self;
        for (key, found) in keys.iter().zip(trials.on_threads(ring, threads)) {
            let trial = found.map_or(Trial::NoKey, Trial::Opened);
            sort_out(key, is_legacy, trial, &mut failed, &mut opened);
        }
        verdict(is_legacy, failed)
    }
}

fn verdict(is_legacy: bool, mut failed: Failed) -> Result<(), UnsealError> {
    if is_legacy {
        let error = failed.items.pop_first().map(|(_, error)| UnsealError::Legacy(LegacyError::Item(error)));
        return error.map_or(Ok(()), Err);
    }
    let Failed { items, not_tried } = failed;
    if items.is_empty() { Ok(()) } else { Err(UnsealError::Items(ItemErrors::new(items, not_tried))) }
}

fn sort_out(
    key: &str,
    is_legacy: bool,
    trial: Trial,
    failed: &mut Failed,
    opened: &mut impl FnMut(Place<'_>, Found),
) {
    match trial {
        Trial::Opened(found) if is_legacy => opened(Place::Legacy, found),
        Trial::Opened(found) => opened(Place::Item(key), found),
        Trial::NotTried => failed.not_tried += 1,
        Trial::NoKey => {
            failed.items.insert(key.to_owned(), ItemError::NoKey);
        }
    }
}
