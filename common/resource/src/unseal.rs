//! Unseal: a SealedSecret and the private keys make a Secret.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use sealing::{Base64Error, Cursor, Fingerprint, KeyRing, Plaintext, SealedValue};

use crate::metadata;
use crate::open_items::open_all;
use crate::sealed_secret::{API_VERSION, KIND, SealedSecret};
use crate::secret::Secret;

/// Whether the deprecated `spec.data`, a whole Secret in one ciphertext, is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legacy {
    /// As the controller does by default.
    Accept,
    /// As kubeseal does.
    Refuse,
}

/// A Secret that was opened.
#[derive(Debug)]
pub struct Unsealed {
    /// The Secret.
    pub secret: Secret,
    /// The keys that opened its values, in order of the items, each once.
    pub opened_with: Vec<Fingerprint>,
}

/// Why a SealedSecret does not open. The texts are those of kubeseal and its controller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// Some items do not open. All were tried.
    #[error("{0}")]
    Items(ItemErrors),
    /// `spec.data` is there and not wanted.
    #[error("using deprecated 'data' field, use 'encryptedData' or flip the feature flag")]
    LegacyRefused,
    /// `spec.data` and `spec.encryptedData` both hold something.
    #[error("using 'data' and 'encryptedData' at the same time is not allowed")]
    LegacyAndItems,
    /// `spec.data` does not open, or what it holds is no Secret.
    #[error("spec.data: {0}")]
    Legacy(LegacyError),
    /// `spec.template.data` holds templates, which only a template engine can turn into values.
    #[error("spec.template.data ({0}) holds templates, and this version has no template engine yet")]
    Templates(String),
}

/// Why a legacy `spec.data` does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LegacyError {
    /// See [`ItemError`].
    #[error("{0}")]
    Item(ItemError),
    /// It opened, but holds no JSON of a Secret.
    #[error("what was sealed is no Secret")]
    NoSecret,
}

/// Why one item does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// The value is no base64.
    #[error("{0}")]
    Base64(Base64Error),
    /// No key opens it under the label of this name, namespace and scope. Nothing more is known: a wrong
    /// key, a wrong label and a damaged value look the same, and must.
    #[error("no key could decrypt secret")]
    NoKey,
}

/// The items that do not open, by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemErrors(BTreeMap<String, ItemError>);

impl ItemErrors {
    /// Keys and reasons, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ItemError)> {
        self.0.iter().map(|(key, error)| (key.as_str(), error))
    }
}

impl fmt::Display for ItemErrors {
    /// Equal reasons are said once, `reason (a, b)`, different ones on lines of their own, as upstream does;
    /// the order is always the same, unlike upstream's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_reason: Vec<(&ItemError, Vec<&str>)> = Vec::new();
        for (key, reason) in &self.0 {
            match by_reason.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, keys)) => keys.push(key),
                None => by_reason.push((reason, vec![key])),
            }
        }
        for (index, (reason, keys)) in by_reason.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{reason} ({})", keys.join(", "))?;
        }
        Ok(())
    }
}

/// Opens a SealedSecret: every item is tried with every key, the likeliest first, on up to `threads`
/// processors.
///
/// Name and namespace are those of the SealedSecret, labels, annotations, type and `immutable` those of its
/// template. The Secret is owned by the SealedSecret, unless the template's annotation
/// `sealedsecrets.bitnami.com/skip-set-owner-references` says otherwise.
///
/// # Errors
/// The items that do not open, all of them; no part of a Secret is returned then.
pub fn unseal(
    sealed: &SealedSecret,
    ring: &KeyRing,
    legacy: Legacy,
    threads: usize,
) -> Result<Unsealed, UnsealError> {
    let mut unsealed = match (&sealed.spec.data, legacy) {
        (Some(_), Legacy::Refuse) => return Err(UnsealError::LegacyRefused),
        (Some(_), Legacy::Accept) if !sealed.spec.encrypted_data.is_empty() => {
            return Err(UnsealError::LegacyAndItems);
        }
        (Some(data), Legacy::Accept) => unseal_legacy(sealed, data, ring)?,
        (None, _) => unseal_items(sealed, ring, threads)?,
    };
    let secret = &mut unsealed.secret;
    secret.metadata.name.clone_from(&sealed.metadata.name);
    secret.metadata.namespace.clone_from(&sealed.metadata.namespace);
    let template = sealed.spec.template.as_ref().and_then(|template| template.metadata.as_ref());
    if !template.is_some_and(|template| metadata::is_true(template, metadata::SKIP_OWNER)) {
        secret.metadata.owner_references = Some(vec![OwnerReference {
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            name: sealed.metadata.name.clone().unwrap_or_default(),
            uid: sealed.metadata.uid.clone().unwrap_or_default(),
            controller: Some(true),
            block_owner_deletion: None,
        }]);
    }
    Ok(unsealed)
}

fn unseal_items(sealed: &SealedSecret, ring: &KeyRing, threads: usize) -> Result<Unsealed, UnsealError> {
    let template = sealed.spec.template.clone().unwrap_or_default();
    let templates = template.data.unwrap_or_default();
    let rendered: Vec<_> =
        templates.iter().filter(|(_, text)| text.is_some()).map(|(key, _)| key.as_str()).collect();
    if !rendered.is_empty() {
        return Err(UnsealError::Templates(rendered.join(", ")));
    }

    let (opened, failed) = open_items(sealed, ring, threads);
    if !failed.is_empty() {
        return Err(UnsealError::Items(ItemErrors(failed)));
    }
    let mut opened_with = Vec::new();
    let mut data = BTreeMap::new();
    for (key, (plaintext, fingerprint)) in opened {
        if !opened_with.contains(&fingerprint) {
            opened_with.push(fingerprint);
        }
        data.insert(key, plaintext);
    }
    // A null in the template takes the item of that key out of the Secret (since 0.40).
    data.retain(|key, _| !templates.contains_key(key));
    let secret = Secret {
        metadata: template.metadata.unwrap_or_default(),
        type_: template.type_,
        immutable: template.immutable,
        data,
    };
    Ok(Unsealed { secret, opened_with })
}

type Opened = BTreeMap<String, (Plaintext, Fingerprint)>;
type Failed = BTreeMap<String, ItemError>;

fn open_items(sealed: &SealedSecret, ring: &KeyRing, threads: usize) -> (Opened, Failed) {
    let mut failed = Failed::new();
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for (key, text) in &sealed.spec.encrypted_data {
        match SealedValue::from_base64(text) {
            Ok(value) => {
                keys.push(key);
                values.push(value);
            }
            Err(error) => {
                failed.insert(key.clone(), ItemError::Base64(error));
            }
        }
    }
    let label = metadata::label(&sealed.metadata);
    let hints = metadata::sealed_with(&sealed.metadata);
    let mut opened = Opened::new();
    for (key, result) in keys.into_iter().zip(open_all(ring, &values, &label, &hints, threads)) {
        match result {
            Some(found) => {
                opened.insert(key.clone(), found);
            }
            None => {
                failed.insert(key.clone(), ItemError::NoKey);
            }
        }
    }
    (opened, failed)
}

/// The deprecated format: the ciphertext holds the JSON of a whole Secret; the template plays no role.
fn unseal_legacy(sealed: &SealedSecret, data: &str, ring: &KeyRing) -> Result<Unsealed, UnsealError> {
    let item_error = |error| UnsealError::Legacy(LegacyError::Item(error));
    let value = SealedValue::from_base64(data).map_err(|error| item_error(ItemError::Base64(error)))?;
    let mut cursor = Cursor::with_hints(&metadata::sealed_with(&sealed.metadata));
    let label = metadata::label(&sealed.metadata);
    let opened = ring.open(&value, &label, &mut cursor).map_err(|_| item_error(ItemError::NoKey))?;
    let secret =
        secret_from_json(opened.plaintext.as_bytes()).ok_or(UnsealError::Legacy(LegacyError::NoSecret))?;
    Ok(Unsealed { secret, opened_with: vec![*opened.key] })
}

fn secret_from_json(json: &[u8]) -> Option<Secret> {
    let text = std::str::from_utf8(json).ok()?;
    let limits = manifest::Limits::default();
    let document = manifest::documents(text, &limits).next()?.ok()?;
    let value = document.parse(&limits).ok()?.value;
    Secret::from_manifest(value).ok().map(|read| read.object)
}
