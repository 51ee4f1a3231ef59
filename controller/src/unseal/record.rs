//! The record of what was applied: the message of the condition `Applied`. It makes a restart cost nothing.
//!
//! It says which cause (digest of spec and scope) led to which Secret (uid, resourceVersion) with which keys. Where
//! all of it still holds there is nothing to decrypt, fetch or write. It lives in a condition since upstream's CRD
//! prunes status fields that it does not know.
//!
//! Whoever may write a SealedSecret's status can forge it, and gains nothing but that this one SealedSecret is not
//! looked at when the controller starts: the record never decides what may be written.

use std::fmt::{self, Write as _};
use std::io;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256};
use sealed_secrets::ObjectMeta;
use sealed_secrets::metadata::scope;
use sealed_secrets::sealing::Fingerprint;

use crate::unseal::canonical;

/// Changes when the same cause would give another Secret; every object is then looked at once more.
const ENGINE: &str = "1";

/// What a Secret is made of: engine, scope and spec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of a SealedSecret, whose spec is given as the text of JSON; white space plays no role. Half of a SHA-256 is
    /// enough: it tells changes apart, and a collision would have to be made by somebody who may write the object anyway.
    #[must_use]
    pub fn of(metadata: &ObjectMeta, spec: &str) -> Self {
        let mut hash = Hash(Context::new(&SHA256));
        hash.0.update(ENGINE.as_bytes());
        hash.0.update(scope(metadata).to_string().as_bytes());
        hash.0.update(b"\n");
        if canonical::write(spec, &mut hash).is_err() {
            // What is no JSON is brought by no API server; it is told from other such texts all the same.
            hash.0.update(spec.as_bytes());
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hash.0.finish().as_ref()[..16]);
        Self(half)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = NoRecord;

    fn from_str(text: &str) -> Result<Self, NoRecord> {
        let mut digest = [0; 16];
        if text.len() != 32 || !text.is_ascii() {
            return Err(NoRecord);
        }
        for (byte, digits) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NoRecord)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NoRecord)?;
        }
        Ok(Self(digest))
    }
}

/// What was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The cause.
    pub digest: Digest,
    /// uid of the Secret.
    pub secret_uid: Box<str>,
    /// Its resourceVersion after the write.
    pub secret_version: Box<str>,
    /// The keys that opened the values.
    pub keys: Vec<Fingerprint>,
}

/// The text is no record, or one of a later version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a record of what was applied")]
pub struct NoRecord;

/// More keys than this are not written into a record; the object is then looked at after a restart.
const MOST_KEYS: usize = 64;

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1 {} {} {} ", self.digest, self.secret_uid, self.secret_version)?;
        for (index, key) in self.keys.iter().take(MOST_KEYS + 1).enumerate() {
            if index > 0 {
                f.write_char(',')?;
            }
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

impl FromStr for Record {
    type Err = NoRecord;

    fn from_str(text: &str) -> Result<Self, NoRecord> {
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or(NoRecord);
        if word()? != "v1" {
            return Err(NoRecord);
        }
        let digest = word()?.parse()?;
        let (secret_uid, secret_version) = (word()?.into(), word()?.into());
        let keys = word()?;
        let keys: Result<Vec<_>, _> = keys.split(',').filter(|key| !key.is_empty()).map(str::parse).collect();
        let keys = keys.map_err(|_| NoRecord)?;
        if keys.len() > MOST_KEYS || words.next().is_some() {
            return Err(NoRecord);
        }
        Ok(Self { digest, secret_uid, secret_version, keys })
    }
}

struct Hash(Context);

impl io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(letter: char) -> Fingerprint {
        format!("SHA256:{}A", letter.to_string().repeat(42)).parse().unwrap()
    }

    #[test]
    fn comes_back_as_it_was() {
        let record = Record {
            digest: Digest::of(&ObjectMeta::default(), "{}"),
            secret_uid: "3c7a".into(),
            secret_version: "42".into(),
            keys: vec![print('A'), print('B')],
        };
        assert_eq!(record.to_string().parse(), Ok(record.clone()));
        let none = Record { keys: Vec::new(), ..record };
        assert_eq!(none.to_string().parse(), Ok(none));
    }

    #[test]
    fn what_is_no_record_is_none() {
        let digest = Digest::of(&ObjectMeta::default(), "{}");
        for text in [
            "",
            "v1",
            "v2 a b c d",
            "v1 zz u 1 ",
            &format!("v1 {digest} u 1 x"),
            &format!("v1 {digest} u 1  y"),
        ] {
            assert_eq!(text.parse::<Record>(), Err(NoRecord), "{text:?}");
        }
        assert!(format!("v1 {} u 1 ", "é".repeat(16)).parse::<Record>().is_err());
    }

    #[test]
    fn scope_and_spec_decide() {
        let strict = ObjectMeta::default();
        let annotations = [("sealedsecrets.bitnami.com/cluster-wide".to_owned(), "true".to_owned())];
        let wide = ObjectMeta { annotations: Some(annotations.into()), ..ObjectMeta::default() };
        let spec = r#"{ "encryptedData": { "a": "b" } }"#;
        assert_ne!(Digest::of(&strict, spec), Digest::of(&wide, spec));
        assert_ne!(Digest::of(&strict, spec), Digest::of(&strict, r#"{ "encryptedData": { "a": "c" } }"#));
        let labelled =
            ObjectMeta { labels: Some([("x".to_owned(), "y".to_owned())].into()), ..strict.clone() };
        assert_eq!(Digest::of(&strict, spec), Digest::of(&labelled, spec));
    }
}
