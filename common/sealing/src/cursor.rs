use std::sync::Arc;

use crate::rsa_der::MODULUS_BITS;
use crate::{Fingerprint, SealedValue, SealingKey};

/// How many hints are kept: more keys than any ring has; it bounds what a hostile object can make us hold.
const MAX_HINTS: usize = 256;

/// For how many different sizes of key an observation is kept; one object rarely has more than one.
const MAX_SIZES: usize = 8;

/// In which order the keys of a ring are tried; kept by the caller from value to value.
///
/// First come the hints, then the key that opened the last value, then the keys that the sizes and
/// values of the ciphertexts allow, likeliest first, then the newest. Nothing here is trusted: a wrong
/// hint costs time only.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    hints: Vec<Fingerprint>,
    last: Option<Fingerprint>,
    /// For each size of RSA part, the greatest one seen.
    greatest: Vec<Box<[u8]>>,
}

impl Cursor {
    /// Without any hint.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With the keys that the object names, likeliest first; those beyond the length of the ring are
    /// not looked at.
    #[must_use]
    pub fn with_hints(hints: &[Fingerprint]) -> Self {
        let mut cursor = Self::new();
        cursor.next_object(hints);
        cursor
    }

    /// Begins another object: forgets hints and observations of the former, keeps the key that opened last.
    pub fn next_object(&mut self, hints: &[Fingerprint]) {
        self.hints = hints.iter().take(MAX_HINTS).copied().collect();
        self.greatest.clear();
    }

    /// Looks at a value before the first trial; best at all values of an object, since each of them
    /// rules out keys (public data only, no private operation).
    pub fn observe(&mut self, value: &SealedValue) {
        let Some(parts) = value.parts() else { return };
        let seen = parts.session_key;
        if !MODULUS_BITS.contains(&(seen.len() * 8)) {
            return;
        }
        if let Some(greatest) = self.greatest.iter_mut().find(|greatest| greatest.len() == seen.len()) {
            if **greatest < *seen {
                *greatest = seen.into();
            }
        } else if self.greatest.len() < MAX_SIZES {
            self.greatest.push(seen.into());
        }
    }

    /// Remembers the key that opened a value; [`KeyRing::open`](crate::KeyRing::open) does it itself.
    pub fn opened_by(&mut self, key: &Fingerprint) {
        self.last = Some(*key);
    }

    /// Indices of those among `keys` that can have sealed `value`, in the order of trial.
    ///
    /// An RSA ciphertext is below its modulus, so a key with a smaller modulus is out. The values of an
    /// object are mostly sealed under one key, and under it they are spread evenly below its modulus: of
    /// the moduli above the greatest of them the smallest is the likeliest.
    pub(crate) fn order(&self, keys: &[Arc<SealingKey>], value: &SealedValue) -> Vec<usize> {
        let Some(parts) = value.parts() else { return Vec::new() };
        let ciphertext = parts.session_key;
        let greatest = self
            .greatest
            .iter()
            .find(|greatest| greatest.len() == ciphertext.len())
            .map_or(ciphertext, |greatest| ciphertext.max(greatest));
        let mut order: Vec<usize> = (0..keys.len())
            .filter(|&index| {
                let modulus = keys[index].public().modulus();
                modulus.len() == ciphertext.len() && modulus > ciphertext
            })
            .collect();
        // Stable, so that keys which cannot have sealed all values seen stay newest first.
        order.sort_by_cached_key(|&index| {
            let key = &keys[index];
            let modulus = key.public().modulus();
            let fits = modulus > greatest;
            (self.rank(key.fingerprint(), keys.len()), !fits, fits.then_some(modulus))
        });
        order
    }

    /// Hints in their order, then the last success, then everything else.
    fn rank(&self, key: &Fingerprint, ring_length: usize) -> usize {
        let named = self.hints.iter().take(ring_length).chain(&self.last);
        named.enumerate().find_map(|(rank, hint)| (hint == key).then_some(rank)).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(length: u16, byte: u8) -> SealedValue {
        let rest = vec![byte; usize::from(length) + 16];
        SealedValue::from_bytes([length.to_be_bytes().as_slice(), &rest].concat())
    }

    #[test]
    fn the_greatest_of_each_size_is_kept() {
        let mut cursor = Cursor::new();
        for (length, byte) in [(256, 5), (512, 1), (256, 9), (256, 7)] {
            cursor.observe(&value(length, byte));
        }
        assert_eq!(cursor.greatest, [vec![9; 256].into(), vec![1; 512].into()]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut cursor = Cursor::with_hints(&vec![Fingerprint::of(&[1], &[3]); 10_000]);
        for length in 0..2000 {
            cursor.observe(&value(length, 1));
        }
        assert_eq!((cursor.hints.len(), cursor.greatest.len()), (MAX_HINTS, MAX_SIZES));
        assert!(cursor.greatest.iter().all(|seen| (256..=1024).contains(&seen.len())));
    }
}
