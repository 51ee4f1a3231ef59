//! Seal: a Secret and a certificate make a SealedSecret.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use sealing::{Certificate, Scope};

use crate::metadata;
use crate::sealed_secret::{SealedSecret, SealedSecretSpec, SecretTemplate};
use crate::secret::Secret;

/// Why a Secret cannot be sealed. The texts are those of kubeseal, where it has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The name is part of what is sealed, and of where the Secret will be.
    #[error("missing metadata.name in input Secret")]
    NoName,
    /// The namespace is part of what is sealed, except for the cluster-wide scope.
    #[error("secret must declare a namespace")]
    NoNamespace,
    /// The certificate's key cannot seal.
    #[error("item {item:?}: {reason}")]
    Item {
        /// Key of the value in the Secret.
        item: String,
        /// What the cryptography said.
        reason: sealing::SealError,
    },
}

/// Whether the SealedSecret is to name the certificate that it was sealed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hint {
    /// As upstream: no hint.
    #[default]
    None,
    /// The annotation [`metadata::SEALED_WITH`].
    Certificate,
}

/// Seals every value of a Secret for the holder of the certificate's private key, under the scope that the
/// Secret's annotations declare (see [`metadata::set_scope`]).
///
/// Labels, annotations and everything else of the metadata go into the template; name, namespace and the
/// scope annotation are those of the SealedSecret itself, too. Server-side fields (uid, resourceVersion,
/// times …) and owner references are dropped, as kubeseal does. The certificate's validity is not looked at:
/// see [`Certificate::check_validity`].
///
/// # Errors
/// A missing name or namespace, or a key that cannot encrypt.
pub fn seal(secret: &Secret, certificate: &Certificate, hint: Hint) -> Result<SealedSecret, SealError> {
    let scope = check_identity(&secret.metadata)?;
    let label = metadata::label(&secret.metadata);
    let mut encrypted_data = BTreeMap::new();
    for (key, plaintext) in &secret.data {
        let sealed = certificate
            .seal(plaintext.as_bytes(), &label)
            .map_err(|reason| SealError::Item { item: key.clone(), reason })?;
        encrypted_data.insert(key.clone(), sealed.to_base64());
    }

    let mut own = ObjectMeta {
        name: secret.metadata.name.clone(),
        namespace: secret.metadata.namespace.clone(),
        ..ObjectMeta::default()
    };
    metadata::set_scope(&mut own, scope);
    if hint == Hint::Certificate {
        metadata::add_sealed_with(&mut own, certificate.fingerprint());
    }
    let template = SecretTemplate {
        metadata: Some(without_server_fields(&secret.metadata)),
        type_: secret.type_.clone(),
        immutable: secret.immutable,
        data: None,
    };
    let spec = SealedSecretSpec { template: Some(template), data: None, encrypted_data };
    Ok(SealedSecret { metadata: own, spec, status: None })
}

/// What sealing needs to know of an object: its scope, and that name and namespace are there.
///
/// # Errors
/// A missing name, or a missing namespace unless the scope is cluster-wide.
pub fn check_identity(metadata: &ObjectMeta) -> Result<Scope, SealError> {
    let scope = metadata::scope(metadata);
    if metadata.name.as_deref().unwrap_or_default().is_empty() {
        return Err(SealError::NoName);
    }
    if scope != Scope::ClusterWide && metadata.namespace.as_deref().unwrap_or_default().is_empty() {
        return Err(SealError::NoNamespace);
    }
    Ok(scope)
}

/// The metadata as they go into the template. managedFields, generateName and finalizers stay, as upstream
/// leaves them.
fn without_server_fields(metadata: &ObjectMeta) -> ObjectMeta {
    ObjectMeta {
        self_link: None,
        uid: None,
        resource_version: None,
        generation: None,
        creation_timestamp: None,
        deletion_timestamp: None,
        deletion_grace_period_seconds: None,
        owner_references: None,
        ..metadata.clone()
    }
}
