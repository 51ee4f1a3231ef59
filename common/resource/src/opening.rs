//! Unseal in slices, so that one giant object leaves a processor to the others.

use std::sync::Arc;

use sealing::KeyRing;

use crate::items::{Bounds, Items, Legacy};
use crate::rendering::{Templates, has_templates, with_parse_errors};
use crate::sealed_secret::SealedSecret;
use crate::size;
use crate::unseal::{Unsealed, Values};
use crate::unseal_error::UnsealError;

/// How many items of one object are opened for a request or a reconciliation. An object of 1.5 MiB, the most that
/// etcd takes, does not hold more values under a key of 4096 bits; without a limit, items of a few bytes each would
/// cost a private operation for every key each.
pub const MAX_ITEMS: usize = 2048;

/// How many values of one object may open with no key before a server stops trying the others. Each costs a private
/// operation for every key of its size: hundreds of them are an attack or an object for another cluster, and either way the
/// first few say what is to be said.
pub const MAX_MISSES: usize = 8;

/// A SealedSecret that is being opened: [`unseal`](crate::unseal()) on one processor, but some private operations
/// at a time, and the templates as a step of their own. Results, their order and errors are the same, except that more
/// than [`MAX_ITEMS`] items are refused.
///
/// Values that are open already are wiped when it is dropped before its end.
///
/// ```
/// use std::sync::Arc;
/// use sealed_secrets::sealing::{KeyRing, KeySize, SealingKey};
/// use sealed_secrets::{Hint, Legacy, Opening, Rendering, Secret, Templates, seal};
///
/// let key = SealingKey::generate(KeySize::Rsa2048)?;
/// let certificate = key.self_signed_certificate("", 0, 3600)?;
/// let mut secret = Secret::default();
/// secret.metadata.name = Some("db".into());
/// secret.metadata.namespace = Some("shop".into());
/// secret.data.insert("password".into(), b"swordfish".to_vec().into());
/// let sealed = seal(&secret, &certificate, Hint::None)?;
///
/// let mut opening = Opening::new(sealed, Arc::new(KeyRing::new(vec![key])), Legacy::Refuse);
/// let opened = loop {
///     if let Some(result) = opening.step(32) {
///         break result?;
///     }
/// };
/// let unsealed = opened.into_unsealed(&Templates::Render(Rendering::at(0)))?;
/// assert_eq!(unsealed.secret.data["password"].as_bytes(), b"swordfish");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Opening {
    sealed: Arc<SealedSecret>,
    ring: Arc<KeyRing>,
    legacy: Legacy,
    misses: Option<usize>,
    items: Option<Items>,
    values: Values,
}

/// A SealedSecret whose values were all tried. A copy of it is for another try at its templates. Those that are open are wiped when it is dropped.
#[derive(Clone)]
pub struct Opened {
    sealed: Arc<SealedSecret>,
    /// An error where it does not open and has templates that are still to be looked at.
    values: Result<Values, UnsealError>,
}

impl std::fmt::Debug for Opened {
    /// Tells no value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened(redacted)")
    }
}

impl Opened {
    /// Whether it has templates to parse or to render, which takes up to some seconds of a processor and as much memory as
    /// their limits allow.
    #[must_use]
    pub fn has_templates(&self) -> bool {
        self.values.as_ref().map_or(true, |values| values.want_rendering(&self.sealed))
    }

    /// The Secret.
    ///
    /// # Errors
    /// Items that do not open, with what is wrong with the templates beside them; else templates that are none or fail,
    /// and a legacy value that holds no Secret. A Secret that is larger than a cluster stores: the API server is not asked.
    pub fn into_unsealed(self, templates: &Templates) -> Result<Unsealed, UnsealError> {
        let values = self.values.map_err(|error| with_parse_errors(error, &self.sealed, templates))?;
        let unsealed = values.into_unsealed(&self.sealed, templates)?;
        if size::is_too_large(&unsealed.secret) { Err(UnsealError::TooLarge) } else { Ok(unsealed) }
    }
}

impl Opening {
    /// Begins; no work is done yet.
    pub fn new(sealed: impl Into<Arc<SealedSecret>>, ring: Arc<KeyRing>, legacy: Legacy) -> Self {
        let values = Values::default();
        Opening { sealed: sealed.into(), ring, legacy, misses: None, items: None, values }
    }

    /// Tries no more values after so many that no key opens, see [`MAX_MISSES`]; the error then says how many were not tried.
    #[must_use]
    pub fn giving_up_after(mut self, misses: usize) -> Self {
        self.misses = Some(misses);
        self
    }

    /// Goes on with at most so many RSA private operations (0 counts as 1); `None` when there is more to do. After
    /// its end it begins anew. No template is looked at: where items do not open and there are templates, too,
    /// [`Opened::into_unsealed`] tells what is wrong with both.
    ///
    /// # Errors
    /// As [`unseal`](crate::unseal()), and [`UnsealError::TooManyItems`].
    pub fn step(&mut self, operations: usize) -> Option<Result<Opened, UnsealError>> {
        let items = match &mut self.items {
            Some(items) => items,
            none => match Items::read(
                &self.sealed,
                self.legacy,
                Bounds { items: Some(MAX_ITEMS), misses: self.misses },
            ) {
                Ok(items) => none.insert(items),
                Err(error) => return Some(Err(error)),
            },
        };
        let result = items.step(&self.ring, operations, |place, found| self.values.push(place, found))?;
        self.items = None;
        let values = std::mem::take(&mut self.values);
        Some(match result {
            Ok(()) => Ok(Opened { sealed: Arc::clone(&self.sealed), values: Ok(values) }),
            Err(error @ UnsealError::Items(_)) if has_templates(&self.sealed) => {
                Ok(Opened { sealed: Arc::clone(&self.sealed), values: Err(error) })
            }
            Err(error) => Err(error),
        })
    }
}
