//! Private keys that the user names, as one ring.

use std::path::{Path, PathBuf};

use sealed_secrets::key_secret::{KeyFileError, keys_in_file};
use sealed_secrets::sealing::{KeyRing, KeysFound, NotForSealing, SealingKey};

use crate::failure::Failure;
use crate::input::{Source, read_file};

/// Reads key files: PEM, key Secrets, backups. A file without a private key is named on stderr, and the others
/// count; upstream passes over it in silence.
///
/// # Errors
/// A file that cannot be read, or a backup with an entry that is no key.
pub(crate) fn key_ring(files: &[PathBuf]) -> Result<KeyRing, Failure> {
    let mut keys = Vec::new();
    for file in files {
        keys.extend(keys_of(file)?);
    }
    Ok(KeyRing::new(keys))
}

fn keys_of(path: &Path) -> Result<Vec<SealingKey>, Failure> {
    let bytes = read_file(path)?;
    let source = match Source::new(path.display().to_string(), bytes) {
        Ok(source) => source,
        Err(failure) => {
            eprintln!("warning: no private key: {failure}");
            return Ok(Vec::new());
        }
    };
    match keys_in_file(source.text()) {
        Ok(KeysFound { keys, passed_over }) => {
            passed_over.iter().for_each(|error| eprintln!("warning: {}: {error}", source.name));
            keys.iter().filter_map(mismatch).for_each(|reason| {
                eprintln!("warning: {}: {reason}; it opens what its own certificate sealed", source.name);
            });
            Ok(keys)
        }
        Err(KeyFileError::NoKey(error)) => {
            eprintln!("warning: {}: {error}", source.name);
            Ok(Vec::new())
        }
        Err(KeyFileError::Manifest(error)) => {
            eprintln!("warning: {}: neither PEM nor a manifest: {error}", source.name);
            Ok(Vec::new())
        }
        Err(error) => Err(Failure::new(error).at(&source.name)),
    }
}

/// A key beside a certificate of another key: nobody seals for it any more.
fn mismatch(key: &SealingKey) -> Option<NotForSealing> {
    key.usable_for_sealing()
        .err()
        .filter(|reason| matches!(reason, NotForSealing::CertificateOfAnotherKey { .. }))
}
