//! How long the certificate that everybody seals with is still good: a function of values.

use crate::keys::{Keys, KnownKey};

/// An end that is nearer than this, in seconds, is soon: two weeks, which is time to find out why no new key was made.
const SOON: i64 = 14 * DAY;

/// Or nearer than this share of the certificate's life, where that is less.
const SHARE: i64 = 10;

pub(super) const DAY: i64 = 86_400;

/// What is to be said of the active certificate. As numbers for the metric: 0, 1, 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    /// Nothing.
    Far,
    /// It ends soon: clients then refuse to seal.
    Soon,
    /// It has ended.
    Over,
}

impl Expiry {
    /// As the metric has it.
    pub(super) fn number(self) -> i64 {
        match self {
            Expiry::Far => 0,
            Expiry::Soon => 1,
            Expiry::Over => 2,
        }
    }
}

/// Looks at the active key, if there is one; of a key without certificate there is nothing to say.
pub(super) fn expiry(keys: &Keys, now: i64) -> Option<(&KnownKey, Expiry)> {
    let key = keys.active_key()?;
    let (begins, ends) = key.validity?;
    let soon = SOON.min(ends.saturating_sub(begins) / SHARE);
    let expiry = if now > ends {
        Expiry::Over
    } else if ends.saturating_sub(now) < soon {
        Expiry::Soon
    } else {
        Expiry::Far
    };
    Some((key, expiry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_registry::tests::rsa;

    fn said(begins: i64, ends: i64, now: i64) -> Expiry {
        let known = KnownKey {
            secret: "a".into(),
            uid: "u".into(),
            fingerprint: rsa(0).fingerprint().parse().unwrap(),
            created: begins,
            validity: Some((begins, ends)),
            seals: true,
        };
        expiry(&Keys { known: vec![known], ..Keys::default() }, now).unwrap().1
    }

    #[test]
    fn two_weeks_or_a_tenth_of_its_life_is_soon() {
        let year = 365 * DAY;
        assert_eq!(said(0, year, year - SOON), Expiry::Far);
        assert_eq!(said(0, year, year - SOON + 1), Expiry::Soon);
        assert_eq!(said(0, 100, 90), Expiry::Far);
        assert_eq!(said(0, 100, 91), Expiry::Soon);
        assert_eq!(said(0, 100, 100), Expiry::Soon, "that second is valid");
        assert_eq!(said(0, 100, 101), Expiry::Over);
        assert_eq!(expiry(&Keys::default(), 0), None);
    }
}
