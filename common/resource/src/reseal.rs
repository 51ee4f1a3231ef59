//! Reseal: the same bytes around new ciphertexts.

use std::sync::Arc;

use manifest::edit::Edits;
use manifest::{Format, Value, documents, print_json};
use sealing::{Certificate, KeyRing};

use crate::items::{Bounds, Items, Legacy, Place};
use crate::metadata::SEALED_WITH;
use crate::one_object::{self, InputError, LIMITS};
use crate::opening::MAX_ITEMS;
use crate::unseal_error::UnsealError;

/// Why a text is not resealed. Nothing of it is returned then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResealError {
    /// The text is not one SealedSecret.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Some values do not open.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    /// The cryptographic library failed.
    #[error(transparent)]
    Seal(#[from] sealing::SealError),
    /// A value stands where it cannot be changed by itself, such as behind an alias that something else uses, too.
    #[error(transparent)]
    Edit(manifest::Error),
}

/// The text of a SealedSecret that is being renewed, some private operations at a time: every value is opened under
/// the scope that the object declares and sealed again under the same one for another certificate.
///
/// Every other byte of the text stays: templates, which are not rendered, comments, order, status. The annotation
/// [`metadata::SEALED_WITH`](crate::metadata::SEALED_WITH) names the new certificate afterwards, if it is there. Each
/// value is wiped as soon as it is sealed again. A value is never sealed under another label than the one that
/// opened it, so no scope is ever widened. Resealing the content of `spec.data` changes nothing in it.
/// More than [`MAX_ITEMS`] items are refused.
///
/// ```
/// use std::sync::Arc;
/// use sealed_secrets::sealing::{KeyRing, KeySize, Label, Scope, SealingKey};
/// use sealed_secrets::{Legacy, Reseal};
///
/// let [old, new] = [(); 2].map(|()| SealingKey::generate(KeySize::Rsa2048).unwrap());
/// let sealed = old
///     .self_signed_certificate("", 0, 3600)?
///     .seal(b"swordfish", &Label::new(Scope::Strict, "shop", "db"))?
///     .to_base64();
/// let text = format!(
///     "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: db, namespace: shop}}\n\
///      spec:\n  encryptedData:\n    password: {sealed} # of the shop\n"
/// );
///
/// let certificate = new.self_signed_certificate("", 0, 3600)?;
/// let mut reseal =
///     Reseal::new(text, Arc::new(KeyRing::new(vec![new, old])), Arc::new(certificate), Legacy::Accept);
/// let resealed = loop {
///     if let Some(result) = reseal.step(32) {
///         break result?;
///     }
/// };
/// let text = resealed.into_text();
/// assert!(text.ends_with(" # of the shop\n") && !text.contains(&sealed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reseal {
    text: String,
    ring: Arc<KeyRing>,
    certificate: Arc<Certificate>,
    legacy: Legacy,
    misses: Option<usize>,
    stage: Stage,
}

enum Stage {
    Text,
    Items(Box<Begun>),
    Renewed(Vec<Renewed>),
}

struct Begun {
    items: Items,
    renewed: Vec<Renewed>,
    failed: Option<sealing::SealError>,
}

/// A value, sealed again.
struct Renewed {
    /// Its key in `spec.encryptedData`; none for `spec.data`.
    item: Option<String>,
    base64: String,
}

impl Reseal {
    /// Begins with a text in YAML or JSON and the certificate to seal for, whose validity is not looked at; no work
    /// is done yet.
    #[must_use]
    pub fn new(text: String, ring: Arc<KeyRing>, certificate: Arc<Certificate>, legacy: Legacy) -> Self {
        Reseal { text, ring, certificate, legacy, misses: None, stage: Stage::Text }
    }

    /// Tries no more values after so many that no key opens, see [`MAX_MISSES`](crate::MAX_MISSES).
    #[must_use]
    pub fn giving_up_after(mut self, misses: usize) -> Self {
        self.misses = Some(misses);
        self
    }

    /// Goes on with at most so many RSA private operations (0 counts as 1), and as many public ones; `None` when
    /// there is more to do. After its end it begins anew.
    ///
    /// # Errors
    /// See [`ResealError`]; all items that do not open are named.
    pub fn step(&mut self, operations: usize) -> Option<Result<Resealed, ResealError>> {
        let next = match std::mem::replace(&mut self.stage, Stage::Text) {
            Stage::Text => {
                begin(&self.text, self.legacy, self.misses).map(|begun| Stage::Items(Box::new(begun)))
            }
            Stage::Items(begun) => self.go_on(begun, operations),
            Stage::Renewed(renewed) => return Some(edited(&self.text, &renewed, &self.certificate)),
        };
        match next {
            Ok(stage) => {
                self.stage = stage;
                None
            }
            Err(error) => Some(Err(error)),
        }
    }

    fn go_on(&self, mut begun: Box<Begun>, operations: usize) -> Result<Stage, ResealError> {
        let Begun { items, renewed, failed } = &mut *begun;
        let label = items.label().clone();
        let result = items.step(&self.ring, operations, |place, (plaintext, _)| {
            let item = match place {
                Place::Item(key) => Some(key.to_owned()),
                Place::Legacy => None,
            };
            match self.certificate.seal(plaintext.as_bytes(), &label) {
                Ok(value) => renewed.push(Renewed { item, base64: value.to_base64() }),
                Err(error) => *failed = Some(error),
            }
        });
        match (result, begun.failed) {
            (None, _) => Ok(Stage::Items(begun)),
            (Some(Err(error)), _) => Err(error.into()),
            (Some(Ok(())), Some(error)) => Err(error.into()),
            (Some(Ok(())), None) => Ok(Stage::Renewed(begun.renewed)),
        }
    }
}

/// A SealedSecret under a new certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed {
    text: String,
    /// Where the text is not JSON already.
    json: Option<String>,
}

impl Resealed {
    /// The text as it was given, with new ciphertexts.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// The same as JSON, which is what upstream's controller answers whatever it was sent: the very text if that was
    /// JSON, else the YAML as JSON, with the same fields in the same order and without the comments.
    #[must_use]
    pub fn into_json(self) -> String {
        self.json.unwrap_or(self.text)
    }
}

fn begin(text: &str, legacy: Legacy, misses: Option<usize>) -> Result<Begun, ResealError> {
    let (_, sealed) = one_object::read(text)?;
    let items = Items::read(&sealed, legacy, Bounds { items: Some(MAX_ITEMS), misses })?;
    Ok(Begun { items, renewed: Vec::new(), failed: None })
}

fn edited(text: &str, renewed: &[Renewed], certificate: &Certificate) -> Result<Resealed, ResealError> {
    // Judged when it was read first.
    let document = documents(text, &LIMITS).next().ok_or(InputError::Nothing)?.map_err(ResealError::Edit)?;
    let mut edits = Edits::new(text, &document, &LIMITS).map_err(ResealError::Edit)?;
    let hint = spelled(edits.value(), &["metadata", "annotations"]).filter(|path| {
        edits.value().at(&as_strs(path)).is_some_and(|found| found.get(SEALED_WITH).is_some())
    });
    if let Some(path) = hint {
        let path = [&as_strs(&path)[..], &[SEALED_WITH]].concat();
        edits.set_text(&path, certificate.fingerprint().to_string()).map_err(ResealError::Edit)?;
    }
    let items = spelled(edits.value(), &["spec", "encryptedData"]).unwrap_or_default();
    let legacy = spelled(edits.value(), &["spec", "data"]).unwrap_or_default();
    for Renewed { item, base64 } in renewed {
        let path = match item {
            Some(key) => [&as_strs(&items)[..], &[key]].concat(),
            None => as_strs(&legacy),
        };
        edits.set_text(&path, base64.as_str()).map_err(ResealError::Edit)?;
    }
    let json = (document.format() != Format::Json).then(|| {
        let mut json = String::new();
        print_json(edits.value(), &mut json);
        json
    });
    Ok(Resealed { text: edits.finish().map_err(ResealError::Edit)?, json })
}

/// The keys that lead to a field, as they are spelt in the document: Go takes them in any case.
fn spelled(root: &Value<'_>, path: &[&str]) -> Option<Vec<String>> {
    let mut at = root;
    let mut keys = Vec::with_capacity(path.len());
    for field in path {
        let map = at.as_mapping()?;
        let entry =
            map.entry(field).or_else(|| map.iter().find(|entry| manifest::same_field(&entry.key, field)))?;
        keys.push(entry.key.to_string());
        at = &entry.value;
    }
    Some(keys)
}

fn as_strs(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}
