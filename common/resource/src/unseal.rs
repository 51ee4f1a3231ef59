//! Unseal: a SealedSecret and the private keys make a Secret.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use sealing::{Fingerprint, KeyRing, Plaintext};

use crate::items::{Bounds, Items, Legacy, Place};
use crate::metadata;
use crate::open_items::Found;
use crate::rendering::{Templates, has_templates, render, too_large, with_parse_errors};
use crate::sealed_secret::{API_VERSION, KIND, SealedSecret};
use crate::secret::Secret;
use crate::size;
use crate::unseal_error::{LegacyError, UnsealError};

/// A Secret that was opened.
#[derive(Debug)]
pub struct Unsealed {
    /// The Secret.
    pub secret: Secret,
    /// The keys that opened its values, in order of the items, each once.
    pub opened_with: Vec<Fingerprint>,
    /// The keys of the Secret that came from templates whose output is another one each time (`uuidv4`, `now` …).
    pub unsettled: Vec<String>,
}

/// Opens a SealedSecret: every item is tried with every key, the likeliest first, on up to `threads`
/// processors. Then its templates are rendered.
///
/// Name and namespace are those of the SealedSecret, labels, annotations, type and `immutable` those of its
/// template. The Secret is owned by the SealedSecret, unless the template's annotation
/// `sealedsecrets.bitnami.com/skip-set-owner-references` says otherwise.
///
/// # Errors
/// The items that do not open and the templates that are none, all of them; else the templates that fail. No part of a
/// Secret is returned then.
pub fn unseal(
    sealed: &SealedSecret,
    ring: &KeyRing,
    legacy: Legacy,
    threads: usize,
    templates: &Templates,
) -> Result<Unsealed, UnsealError> {
    Values::of(sealed, ring, legacy, threads, templates)?.into_unsealed(sealed, templates)
}

/// The values that are open, in their order.
#[derive(Clone, Default)]
pub(crate) struct Values {
    pub(crate) items: BTreeMap<String, Plaintext>,
    legacy: Option<Plaintext>,
    opened_with: Vec<Fingerprint>,
}

impl Values {
    /// Opens all values, on up to `threads` processors.
    ///
    /// # Errors
    /// The items that do not open and the templates that are none, all of them.
    pub(crate) fn of(
        sealed: &SealedSecret,
        ring: &KeyRing,
        legacy: Legacy,
        threads: usize,
        templates: &Templates,
    ) -> Result<Self, UnsealError> {
        let mut values = Values::default();
        Items::read(sealed, legacy, Bounds::default())?
            .on_threads(ring, threads, |place, found| values.push(place, found))
            .map_err(|error| with_parse_errors(error, sealed, templates))?;
        Ok(values)
    }

    pub(crate) fn push(&mut self, place: Place<'_>, (plaintext, key): Found) {
        if !self.opened_with.contains(&key) {
            self.opened_with.push(key);
        }
        match place {
            Place::Item(item) => drop(self.items.insert(item.to_owned(), plaintext)),
            Place::Legacy => self.legacy = Some(plaintext),
        }
    }

    /// Whether templates are to be rendered over them: a legacy object has none.
    pub(crate) fn want_rendering(&self, sealed: &SealedSecret) -> bool {
        self.legacy.is_none() && has_templates(sealed)
    }

    /// The Secret that a SealedSecret asks for, once all its values are open.
    ///
    /// # Errors
    /// A legacy value that holds no Secret; templates, also where they make more than a Secret holds.
    pub(crate) fn into_unsealed(
        self,
        sealed: &SealedSecret,
        templates: &Templates,
    ) -> Result<Unsealed, UnsealError> {
        let by_templates = self.want_rendering(sealed);
        let (mut secret, unsettled) = match self.legacy {
            Some(plaintext) => (legacy_secret(&plaintext)?, Vec::new()),
            None => secret_of_items(sealed, self.items, templates)?,
        };
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
        if by_templates && size::is_too_large(&secret) {
            return Err(too_large(&secret));
        }
        Ok(Unsealed { secret, opened_with: self.opened_with, unsettled })
    }
}

/// The deprecated format: the ciphertext holds the JSON of a whole Secret; the template plays no role.
///
/// # Errors
/// Anything else in it.
pub(crate) fn legacy_secret(plaintext: &Plaintext) -> Result<Secret, UnsealError> {
    secret_from_json(plaintext.as_bytes()).ok_or(UnsealError::Legacy(LegacyError::NoSecret))
}

fn secret_of_items(
    sealed: &SealedSecret,
    mut data: BTreeMap<String, Plaintext>,
    templates: &Templates,
) -> Result<(Secret, Vec<String>), UnsealError> {
    let unsettled = render(sealed, &mut data, templates)?;
    let template = sealed.spec.template.clone().unwrap_or_default();
    let secret = Secret {
        metadata: template.metadata.unwrap_or_default(),
        type_: template.type_,
        immutable: template.immutable,
        data,
    };
    Ok((secret, unsettled))
}

fn secret_from_json(json: &[u8]) -> Option<Secret> {
    let text = std::str::from_utf8(json).ok()?;
    let limits = manifest::Limits::default();
    let document = manifest::documents(text, &limits).next()?.ok()?;
    let value = document.parse(&limits).ok()?.value;
    Secret::from_manifest(value).ok().map(|read| read.object)
}
