use std::sync::Arc;

use zeroize::Zeroizing;

use crate::{Cursor, Fingerprint, Label, Plaintext, SealedValue, SealingKey};

/// Every key that may open a value, newest first: an immutable value that several threads may share.
#[derive(Debug, Default)]
pub struct KeyRing {
    keys: Vec<Arc<SealingKey>>,
}

impl KeyRing {
    /// Takes the keys in the order given. Of equal keys one is kept, in the first place, and among their
    /// certificates one that is fit for sealing.
    #[must_use]
    pub fn new(keys: Vec<SealingKey>) -> Self {
        Self::of_shared(keys.into_iter().map(Arc::new).collect())
    }

    /// As [`new`](Self::new), of keys that other rings hold, too: a ring that takes the place of another one
    /// neither reads nor prepares a key again.
    #[must_use]
    pub fn of_shared(keys: Vec<Arc<SealingKey>>) -> Self {
        let mut kept: Vec<Arc<SealingKey>> = Vec::with_capacity(keys.len());
        for key in keys {
            match kept.iter_mut().find(|earlier| earlier.fingerprint() == key.fingerprint()) {
                None => kept.push(key),
                Some(earlier)
                    if earlier.usable_for_sealing().is_err() && key.usable_for_sealing().is_ok() =>
                {
                    *earlier = key;
                }
                Some(_) => {}
            }
        }
        Self { keys: kept }
    }

    /// How many different keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys, newest first; the position of a key here is its index.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &SealingKey> {
        self.keys.iter().map(Arc::as_ref)
    }

    /// Tries the [`candidates`](Self::candidates) one by one.
    ///
    /// # Errors
    /// When none opens the value: another cluster's key, another name, namespace or scope, or damage.
    /// Which of these cannot be told, on purpose.
    pub fn open(
        &self,
        value: &SealedValue,
        label: &Label,
        cursor: &mut Cursor,
    ) -> Result<Opened<'_>, NoKeyOpens> {
        let mut buffer = Zeroizing::new(Vec::new());
        let index = self
            .candidates(value, cursor)
            .find(|&index| open_into(&self.keys[index], value, label, &mut buffer))
            .ok_or(NoKeyOpens)?;
        let key = self.keys[index].fingerprint();
        cursor.opened_by(key);
        Ok(Opened { plaintext: buffer.into(), key, index })
    }

    /// Indices of the keys that can have sealed the value, likeliest first, for callers that try them on
    /// several threads.
    pub fn candidates(&self, value: &SealedValue, cursor: &Cursor) -> impl Iterator<Item = usize> + use<> {
        cursor.order(&self.keys, value).into_iter()
    }

    /// Tries one key; nothing when it does not open the value, or when there is no such index.
    #[must_use]
    pub fn open_with(&self, index: usize, value: &SealedValue, label: &Label) -> Option<Plaintext> {
        let mut buffer = Zeroizing::new(Vec::new());
        open_into(self.keys.get(index)?, value, label, &mut buffer).then(|| buffer.into())
    }
}

/// A value that was opened.
#[derive(Debug)]
pub struct Opened<'ring> {
    /// What was sealed.
    pub plaintext: Plaintext,
    /// Names the key that opened it.
    pub key: &'ring Fingerprint,
    /// Its index in the ring.
    pub index: usize,
}

/// No key of the ring opens the value; worded as upstream words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key could decrypt secret")]
pub struct NoKeyOpens;

/// Tries one key; `buffer` holds the plaintext afterwards if it fits, and nothing of use if not.
fn open_into(key: &SealingKey, value: &SealedValue, label: &Label, buffer: &mut Zeroizing<Vec<u8>>) -> bool {
    let Some(parts) = value.parts() else { return false };
    // The same length at every trial, so it is allocated once.
    buffer.resize(parts.ciphertext.len(), 0);
    key.open(parts, label, buffer).is_ok()
}
