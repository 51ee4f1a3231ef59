//! Sealing keys as Kubernetes keeps them: one key pair in a Secret of type `kubernetes.io/tls`, and backups of
//! such Secrets.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Limits, Value};
use sealing::{Certificate, KeyError, KeysFound, Plaintext, SealingKey};

use crate::error::FieldError;
use crate::secret::Secret;

/// Label by which the controller finds its keys; the value is `active`.
pub const KEY_LABEL: &str = "sealedsecrets.bitnami.com/sealed-secrets-key";

/// Prefix from which the API server makes the name of a key Secret (`--key-prefix` of the controller).
pub const KEY_PREFIX: &str = "sealed-secrets-key";

const TLS_KEY: &str = "tls.key";
const TLS_CERTIFICATE: &str = "tls.crt";

/// Why a file gives no sealing keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file holds no private key of any kind that is read here. kubeseal passes over such files in silence.
    #[error("{0}")]
    NoKey(KeyError),
    /// The file is neither PEM nor a manifest.
    #[error(transparent)]
    Manifest(#[from] manifest::Error),
    /// An object of the file cannot be read.
    #[error("document {document}: {error}")]
    Field {
        /// Number of the document, from 1.
        document: usize,
        /// What is wrong in it.
        error: FieldError,
    },
    /// An object of the file gives no key.
    #[error("document {document}: {error}")]
    Secret {
        /// Number of the document, from 1.
        document: usize,
        /// What is wrong with it.
        error: KeySecretError,
    },
    /// A kind that no backup of keys has.
    #[error("document {document}: kind {kind} is no backup of sealing keys")]
    Kind {
        /// Number of the document, from 1.
        document: usize,
        /// The kind; a List is one only as the first document.
        kind: String,
    },
}

/// Why a Secret gives no sealing key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySecretError {
    /// It holds no key. kubeseal's text says `tls.data`, and scripts may look for it.
    #[error("secret must contain a 'tls.data' key (meant is tls.key)")]
    NoTlsKey,
    /// What it holds cannot be used.
    #[error("{words}{0}", words = upstream_words(.0))]
    Key(#[from] KeyError),
}

/// Reads the private keys of a file: PEM (every RSA key in it, PKCS#1 or PKCS#8), one key Secret, several in
/// many documents, or a `List` of them, which is what `kubectl get secret -o yaml` makes. Documents after the
/// List are read, too (upstream drops them).
///
/// # Errors
/// A file without keys, and any object in it whose key cannot be used.
pub fn keys_in_file(text: &str) -> Result<KeysFound, KeyFileError> {
    let found = KeysFound::in_pem(text.as_bytes());
    if !found.keys.is_empty() {
        return Ok(found);
    }
    // PEM that holds no usable key is no manifest either, and its own reason helps more.
    let reason = found.passed_over.into_iter().next();
    let is_pem = reason.is_some() || text.lines().any(|line| line.starts_with("-----BEGIN "));
    let no_pem = reason.unwrap_or(KeyError::Missing);
    if is_pem {
        return Err(KeyFileError::NoKey(no_pem));
    }
    let limits = Limits::default();
    let mut keys = Vec::new();
    for document in manifest::documents(text, &limits) {
        let document = document?;
        let value = document.parse(&limits)?.value;
        if value.is_null() {
            continue;
        }
        // What is no mapping is text around a PEM block that could not be used, or no manifest at all.
        let Some(fields) = value.as_mapping() else { return Err(KeyFileError::NoKey(no_pem)) };
        let kind = fields.get("kind").and_then(Value::as_text).map_or("", |kind| kind.as_str());
        match (kind, fields.get("items")) {
            ("List" | "", Some(items)) if document.number() == 1 => {
                for item in items.as_sequence().unwrap_or_default() {
                    keys.push(key_of(item.clone(), document.number())?);
                }
            }
            ("Secret" | "", None) => keys.push(key_of(value, document.number())?),
            (kind, _) => {
                let kind = kind.to_owned();
                return Err(KeyFileError::Kind { document: document.number(), kind });
            }
        }
    }
    if keys.is_empty() {
        return Err(KeyFileError::NoKey(no_pem));
    }
    Ok(KeysFound { keys, passed_over: Vec::new() })
}

/// The sealing key of a key Secret, with its certificate where there is a readable one. A key that does not
/// fit its certificate still opens; see [`SealingKey::usable_for_sealing`].
///
/// # Errors
/// No `tls.key`, or one that is no RSA key.
pub fn key_of_secret(secret: &Secret) -> Result<SealingKey, KeySecretError> {
    let pem = secret.data.get(TLS_KEY).ok_or(KeySecretError::NoTlsKey)?;
    let key = SealingKey::from_pem(pem.as_bytes())?;
    let certificate = secret.data.get(TLS_CERTIFICATE);
    match certificate.and_then(|pem| Certificate::from_pem(pem.as_bytes()).ok()) {
        Some(certificate) => Ok(key.with_certificate(certificate)),
        None => Ok(key),
    }
}

/// The key Secret that the controller takes: labelled as an active key, in the controller's namespace. Without
/// a name the API server makes one from [`KEY_PREFIX`] (`kubectl create`, not `apply`).
pub fn key_secret(
    key: &SealingKey,
    certificate: &Certificate,
    namespace: &str,
    name: Option<&str>,
) -> Secret {
    let labels = BTreeMap::from([(KEY_LABEL.to_owned(), "active".to_owned())]);
    let metadata = ObjectMeta {
        name: name.map(str::to_owned),
        generate_name: name.is_none().then(|| KEY_PREFIX.to_owned()),
        namespace: Some(namespace.to_owned()),
        labels: Some(labels),
        ..ObjectMeta::default()
    };
    let data = BTreeMap::from([
        (TLS_CERTIFICATE.to_owned(), Plaintext::from(certificate.to_pem().into_bytes())),
        (TLS_KEY.to_owned(), Plaintext::from(key.to_pkcs1_pem().as_bytes().to_vec())),
    ]);
    Secret { metadata, type_: Some("kubernetes.io/tls".into()), immutable: None, data }
}

/// What upstream says of such a key, for scripts that look for it.
fn upstream_words(error: &KeyError) -> &'static str {
    match error {
        KeyError::NotRsa(kind) if kind.contains("ECDSA") => "unexpected private key type *ecdsa.PrivateKey: ",
        _ => "",
    }
}

fn key_of(value: Value<'_>, document: usize) -> Result<SealingKey, KeyFileError> {
    // Upstream reads `data` alone; a key in `stringData` never came from a cluster.
    let mut value = value;
    if let Some(fields) = value.as_mapping_mut() {
        fields.remove("stringData");
    }
    let secret =
        Secret::from_manifest(value).map_err(|error| KeyFileError::Field { document, error })?.object;
    key_of_secret(&secret).map_err(|error| KeyFileError::Secret { document, error })
}
