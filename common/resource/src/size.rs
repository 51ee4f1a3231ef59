//! How large a Secret may be: what the API server takes, and what etcd stores.

use std::io::{self, Write};

use crate::secret::Secret;

/// Bytes that the values of a Secret take at most together (Kubernetes' `MaxSecretSize`): the API server refuses more.
///
/// What templates give is held against it here, so that a Secret that they made too large ends as any other that they failed
/// to make, and not in another way at the API server: a template could choose between the two by a value.
pub const MAX_SECRET: usize = 1 << 20;

/// Bytes that a Secret takes at most as it is stored: etcd refuses requests of more than 1.5 MiB (`DefaultMaxRequestBytes`),
/// with an answer that is neither quick nor clear. 32 KiB of them are left for what the controller and the API server add.
const MOST_STORED: usize = 1_572_864 - (32 << 10);

/// Whether the API server or etcd would refuse a Secret for its size.
pub(crate) fn is_too_large(secret: &Secret) -> bool {
    secret.data.values().map(|value| value.as_bytes().len()).sum::<usize>() > MAX_SECRET
        || stored(secret) > MOST_STORED
}

/// Bytes of a Secret as it is stored, in JSON, the longer of the formats in which an API server stores. Each key stands twice:
/// before its value or text, and among the fields that somebody manages (`"f:KEY":{},`).
fn stored(secret: &Secret) -> usize {
    const QUOTES: usize = 16;
    let items = secret.data.iter();
    let items = items.map(|(key, value)| 2 * key.len() + QUOTES + 4 * value.as_bytes().len().div_ceil(3));
    let metadata = &secret.metadata;
    let texts = [&metadata.labels, &metadata.annotations].into_iter().flatten();
    let managed = texts.flat_map(|texts| texts.keys()).chain(metadata.finalizers.iter().flatten());
    let mut json = Counted(0);
    // Counting does not fail, and metadata are texts by texts.
    let _ = serde_json::to_writer(&mut json, metadata);
    items.sum::<usize>() + managed.map(|key| key.len() + QUOTES).sum::<usize>() + json.0
}

/// Counts bytes of JSON as Go writes them.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Go writes these as `\u003c`, so that a browser takes no JSON for HTML.
        let escaped = bytes.iter().filter(|byte| matches!(byte, b'<' | b'>' | b'&')).count();
        self.0 += bytes.len() + 5 * escaped;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(values: &[(usize, usize)], annotation: &str) -> Secret {
        let mut secret = Secret::default();
        for (index, (key, value)) in values.iter().enumerate() {
            secret.data.insert(format!("{index:0key$}"), vec![b'x'; *value].into());
        }
        secret.metadata.annotations = Some([("note".to_owned(), annotation.to_owned())].into());
        secret
    }

    #[test]
    fn values_keys_and_metadata_count() {
        let mib = 1 << 20;
        for (values, annotation, too_large) in [
            (vec![(1, mib)], String::new(), false),
            (vec![(1, mib + 1)], String::new(), true),
            (vec![(1, mib / 2), (1, mib / 2 + 1)], String::new(), true),
            // Each key stands twice.
            (vec![(250, mib / 250); 250], String::new(), false),
            (vec![(250, mib / 1000); 1000], String::new(), true),
            (vec![(250, 0); 2000], String::new(), false),
            (vec![(1, mib)], "x".repeat(100 << 10), false),
            (vec![(1, mib)], "x".repeat(200 << 10), true),
            (vec![(1, mib)], "<".repeat(30 << 10), true),
            (vec![(1, mib / 2)], "x".repeat(200 << 10), false),
        ] {
            let about = format!("{} values, {} of annotation", values.len(), annotation.len());
            assert_eq!(is_too_large(&secret(&values, &annotation)), too_large, "{about}");
        }
    }

    #[test]
    fn what_is_counted_is_what_is_written() {
        let secret = secret(&[(10, 1000), (20, 3)], "a note");
        let mut json = String::new();
        manifest::print_json(&secret.to_manifest(), &mut json);
        let json: String = json.split_whitespace().collect();
        assert!(stored(&secret) + 64 > json.len(), "{} of {}", stored(&secret), json.len());
    }
}
