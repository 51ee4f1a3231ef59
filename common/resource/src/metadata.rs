//! What the metadata of a Secret or SealedSecret say about sealing: scope, label, hint.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use sealing::{Fingerprint, Label, Scope};

/// Annotation for the cluster-wide scope; counts only with the value `true`, and before the other one.
pub const CLUSTER_WIDE: &str = "sealedsecrets.bitnami.com/cluster-wide";

/// Annotation for the namespace-wide scope; counts only with the value `true`.
pub const NAMESPACE_WIDE: &str = "sealedsecrets.bitnami.com/namespace-wide";

/// Annotation of a SealedSecret with the fingerprints of the certificates that its values were sealed with,
/// newest first, separated by commas. A hint that orders the trial of keys and explains a failure; nothing
/// rests on it. Upstream does not know it.
pub const SEALED_WITH: &str = "sealkit.dev/sealed-with";

/// Annotation of a template that keeps the owner reference off the Secret, if its value is `true`.
pub const SKIP_OWNER: &str = "sealedsecrets.bitnami.com/skip-set-owner-references";

/// The scope that the annotations declare.
pub fn scope(metadata: &ObjectMeta) -> Scope {
    if is_true(metadata, CLUSTER_WIDE) {
        Scope::ClusterWide
    } else if is_true(metadata, NAMESPACE_WIDE) {
        Scope::NamespaceWide
    } else {
        Scope::Strict
    }
}

/// Declares a scope: both annotations go, the one for the scope comes; strict has none.
pub fn set_scope(metadata: &mut ObjectMeta, scope: Scope) {
    let mut annotations = metadata.annotations.take().unwrap_or_default();
    annotations.remove(CLUSTER_WIDE);
    annotations.remove(NAMESPACE_WIDE);
    let annotation = match scope {
        Scope::Strict => None,
        Scope::NamespaceWide => Some(NAMESPACE_WIDE),
        Scope::ClusterWide => Some(CLUSTER_WIDE),
    };
    if let Some(annotation) = annotation {
        annotations.insert(annotation.into(), "true".into());
    }
    metadata.annotations = (!annotations.is_empty()).then_some(annotations);
}

/// The label under which the values of an object with these metadata are sealed.
pub fn label(metadata: &ObjectMeta) -> Label {
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    let name = metadata.name.as_deref().unwrap_or_default();
    Label::new(scope(metadata), namespace, name)
}

/// The fingerprints that the hint of a SealedSecret names. What is no fingerprint is passed over.
pub fn sealed_with(metadata: &ObjectMeta) -> Vec<Fingerprint> {
    let hint = metadata.annotations.as_ref().and_then(|annotations| annotations.get(SEALED_WITH));
    hint.map_or_else(Vec::new, |hint| hint.split(',').filter_map(|part| part.trim().parse().ok()).collect())
}

/// Puts a fingerprint at the head of the hint.
pub fn add_sealed_with(metadata: &mut ObjectMeta, fingerprint: &Fingerprint) {
    let mut fingerprints = sealed_with(metadata);
    fingerprints.retain(|known| known != fingerprint);
    fingerprints.insert(0, *fingerprint);
    let hint: Vec<_> = fingerprints.iter().map(ToString::to_string).collect();
    metadata.annotations.get_or_insert_default().insert(SEALED_WITH.into(), hint.join(","));
}

/// Whether an annotation has the value `true`, exactly so: nothing else counts.
pub fn is_true(metadata: &ObjectMeta, annotation: &str) -> bool {
    let value = metadata.annotations.as_ref().and_then(|annotations| annotations.get(annotation));
    value.is_some_and(|value| value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotated(pairs: &[(&str, &str)]) -> ObjectMeta {
        let annotations = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        ObjectMeta { annotations: Some(annotations), ..ObjectMeta::default() }
    }

    #[test]
    fn only_the_exact_text_true_counts() {
        assert_eq!(scope(&annotated(&[(CLUSTER_WIDE, "True")])), Scope::Strict);
        assert_eq!(scope(&annotated(&[(CLUSTER_WIDE, "true")])), Scope::ClusterWide);
    }

    #[test]
    fn cluster_wide_comes_first() {
        let both = annotated(&[(NAMESPACE_WIDE, "true"), (CLUSTER_WIDE, "true")]);
        assert_eq!(scope(&both), Scope::ClusterWide);
        assert_eq!(
            scope(&annotated(&[(NAMESPACE_WIDE, "true"), (CLUSTER_WIDE, "no")])),
            Scope::NamespaceWide
        );
    }

    #[test]
    fn setting_a_scope_leaves_other_annotations() {
        let mut metadata = annotated(&[(NAMESPACE_WIDE, "true"), ("note", "x")]);
        set_scope(&mut metadata, Scope::ClusterWide);
        assert_eq!(metadata, annotated(&[(CLUSTER_WIDE, "true"), ("note", "x")]));
        set_scope(&mut metadata, Scope::Strict);
        assert_eq!(metadata, annotated(&[("note", "x")]));
    }
}
