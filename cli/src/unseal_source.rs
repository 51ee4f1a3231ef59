//! Opening all SealedSecrets of one text.

use sealed_secrets::manifest::{Format, Value};
use sealed_secrets::sealing::KeyRing;
use sealed_secrets::{Legacy, Rendering, SealedSecret, Secret, Templates, UnsealError, metadata, unseal};

use crate::args::CalledAs;
use crate::clock::Nanoseconds;
use crate::failure::Failure;
use crate::input::Source;
use crate::object::{Identity, expand, place};
use crate::reading::{documents, read};
use crate::sealed_source::{is_other_kind, is_sealed, no_sealed_secret};

/// The Secrets of a text.
pub(crate) struct Opened {
    /// Each with the format of its document.
    pub(crate) secrets: Vec<(Secret, Format)>,
    /// Objects of other kinds.
    pub(crate) passed_over: Vec<Identity>,
}

/// Opens everything in a text, or nothing.
///
/// # Errors
/// The first thing that cannot be read; or else all objects that do not open, each with its place and the usual
/// causes.
pub(crate) fn open(
    source: &Source,
    ring: &KeyRing,
    called_as: CalledAs,
    jobs: usize,
    now: Nanoseconds,
) -> Result<Opened, Vec<Failure>> {
    let one = |failure| vec![failure];
    let mut opened = Opened { secrets: Vec::new(), passed_over: Vec::new() };
    let mut failures = Vec::new();
    for document in &documents(source).map_err(one)? {
        let Some(value) = read(&source.name, document, called_as).map_err(one)? else { continue };
        let objects = match called_as {
            CalledAs::Kubeseal => vec![(Identity::of(&value), value)],
            CalledAs::Seal => expand(value).map_err(|failure| one(failure.at(&source.name)))?,
        };
        for (identity, value) in objects {
            let place = place(&source.name, document, &value, &identity);
            if !is_sealed(&identity, called_as) {
                if called_as == CalledAs::Seal && is_other_kind(&identity, &value) {
                    opened.passed_over.push(identity);
                    continue;
                }
                failures.push(no_sealed_secret().at(place));
                continue;
            }
            match open_object(value, ring, called_as, jobs, now) {
                Ok(secret) => opened.secrets.push((secret, document.format())),
                Err(failure) => failures.push(failure.at(place)),
            }
        }
    }
    if failures.is_empty() { Ok(opened) } else { Err(failures) }
}

fn open_object(
    value: Value<'_>,
    ring: &KeyRing,
    called_as: CalledAs,
    jobs: usize,
    now: Nanoseconds,
) -> Result<Secret, Failure> {
    let sealed = SealedSecret::from_manifest(value)
        .map_err(|error| Failure::new(format!("line {}: {error}", error.line)))?
        .object;
    let legacy = match called_as {
        CalledAs::Kubeseal => Legacy::Refuse,
        CalledAs::Seal => Legacy::Accept,
    };
    match unseal(&sealed, ring, legacy, jobs, &Templates::Render(Rendering::at(now))) {
        Ok(mut unsealed) => {
            // An owner without a uid is none to an API server, which would refuse the Secret.
            let is_live = sealed.metadata.uid.as_deref().is_some_and(|uid| !uid.is_empty());
            if called_as == CalledAs::Seal && !is_live {
                unsealed.secret.metadata.owner_references = None;
            }
            Ok(unsealed.secret)
        }
        Err(error) => {
            let hint = hint(&error, &sealed, ring);
            Err(Failure::new(told(&error)).maybe_hint(hint))
        }
    }
}

/// What went wrong. Whoever opens with the keys may know where a template fails.
pub(crate) fn told(error: &UnsealError) -> String {
    match error {
        UnsealError::Rendering(failed) => failed.for_key_holder(),
        other => other.to_string(),
    }
}

/// The usual causes, as far as the object tells them.
pub(crate) fn hint(error: &UnsealError, sealed: &SealedSecret, ring: &KeyRing) -> Option<String> {
    let items = match error {
        UnsealError::Items(items) => items,
        UnsealError::Rendering(_) => {
            return Some("`seal render` shows each template and where it fails".into());
        }
        _ => return None,
    };
    if items.is_of_templates() {
        return Some("`seal render --check` looks at templates without any key".into());
    }
    let no_key = items.iter().any(|(_, error)| matches!(error, sealed_secrets::ItemError::NoKey));
    if !no_key {
        return Some("an item must be base64 with padding, on one line or in a block (`|`)".into());
    }
    if ring.is_empty() {
        return Some("none of the key files holds a private key".into());
    }
    let hints = metadata::sealed_with(&sealed.metadata);
    let known = ring.iter().any(|key| hints.contains(key.fingerprint()));
    if let Some(wanted) = hints.first().filter(|_| !known) {
        return Some(format!(
            "it was sealed with the certificate {wanted}, whose key is not among those given"
        ));
    }
    let scope = metadata::scope(&sealed.metadata);
    let namespace = sealed.metadata.namespace.as_deref().unwrap_or_default();
    let name = sealed.metadata.name.as_deref().unwrap_or_default();
    Some(format!(
        "usual causes: it was sealed for another cluster's key; or name, namespace or scope changed after sealing \
         (now {scope} for {namespace:?}/{name:?})"
    ))
}
