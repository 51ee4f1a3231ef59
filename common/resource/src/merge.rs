//! Merge: the values of a Secret go into a SealedSecret that is there already.

use sealing::{Certificate, Scope};

use crate::metadata;
use crate::seal::{Hint, SealError, seal};
use crate::sealed_secret::SealedSecret;
use crate::secret::Secret;

/// Why a Secret cannot be merged into a SealedSecret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// The new values would be sealed under a scope that the target does not have, and never open there.
    #[error("the target is sealed with scope {target}, the input asks for {input}: nothing could open both")]
    ScopeClash {
        /// Scope of the SealedSecret.
        target: Scope,
        /// Scope that was asked for by flag or annotation.
        input: Scope,
    },
    /// The target has no name, so that nothing can say for which Secret its values are sealed.
    #[error("the target has no metadata.name")]
    TargetWithoutName,
    /// See [`SealError`].
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// What a merge adds to a SealedSecret: values that are sealed for it, labels and annotations.
///
/// The Secret takes name, namespace and scope of the target. `declared` is the scope that was asked for, if one
/// was; a scope annotation of the Secret counts as asked for, too.
///
/// # Errors
/// A scope that is not the target's, a target without name (or without namespace, unless it is cluster-wide).
pub fn addition(
    target: &SealedSecret,
    secret: &Secret,
    declared: Option<Scope>,
    certificate: &Certificate,
) -> Result<SealedSecret, MergeError> {
    let scope = metadata::scope(&target.metadata);
    let by_annotation = Some(metadata::scope(&secret.metadata)).filter(|scope| *scope != Scope::Strict);
    if let Some(input) = declared.or(by_annotation).filter(|input| *input != scope) {
        return Err(MergeError::ScopeClash { target: scope, input });
    }
    if target.metadata.name.as_deref().unwrap_or_default().is_empty() {
        return Err(MergeError::TargetWithoutName);
    }
    let mut secret = secret.clone();
    secret.metadata.name.clone_from(&target.metadata.name);
    secret.metadata.namespace.clone_from(&target.metadata.namespace);
    metadata::set_scope(&mut secret.metadata, scope);
    Ok(seal(&secret, certificate, Hint::None)?)
}

/// Adds to a SealedSecret what [`addition`] made: sealed values, labels and annotations of the template. Values
/// of the same key are replaced; type, `immutable` and everything else stay as they are. A target without a template
/// gets an empty one, as upstream does.
pub fn merge(target: &mut SealedSecret, addition: SealedSecret) {
    target.spec.encrypted_data.extend(addition.spec.encrypted_data);
    let template = addition.spec.template.and_then(|template| template.metadata).unwrap_or_default();
    let metadata = target.spec.template.get_or_insert_default().metadata.get_or_insert_default();
    if let Some(labels) = template.labels {
        metadata.labels.get_or_insert_default().extend(labels);
    }
    if let Some(annotations) = template.annotations {
        metadata.annotations.get_or_insert_default().extend(annotations);
    }
}
