//! What Kubernetes accepts as a name, a namespace and a key of a Secret, and how much of one.

/// The largest annotation set of an object, in bytes (apimachinery's TotalAnnotationSizeLimitB). A client-side
/// `kubectl apply` keeps the whole manifest in an annotation, so a larger manifest does not pass.
pub const APPLY_LIMIT: usize = 256 * 1024;

/// The largest sum of the values of one Secret, in bytes (core/v1 MaxSecretSize).
pub const SECRET_LIMIT: usize = 1024 * 1024;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// RFC 1123: dot-separated parts of lower-case letters, digits and `-`.
    #[error(
        "a name has at most 253 lower-case letters, digits, '-' and '.', and begins and ends with a letter or digit"
    )]
    Subdomain,
    /// RFC 1123: one such part.
    #[error(
        "a namespace has at most 63 lower-case letters, digits and '-', and begins and ends with a letter or digit"
    )]
    Label,
    /// What the API server takes as a key of a Secret.
    #[error(
        "a key has at most 253 letters, digits, '-', '_' and '.', and is not '.' and does not begin with '..'"
    )]
    Key,
    /// A qualified name, as keys of labels and annotations are.
    #[error(
        "the key of a label or annotation has at most 63 letters, digits, '-', '_' and '.', begins and ends with a letter \
         or digit, and may have a domain and '/' in front of it"
    )]
    LabelKey,
    /// The value of a label.
    #[error(
        "the value of a label has at most 63 letters, digits, '-', '_' and '.', and begins and ends with a letter or digit"
    )]
    LabelValue,
}

/// Checks the name of an object: a DNS subdomain (RFC 1123).
///
/// # Errors
/// [`NameError::Subdomain`].
pub fn check_name(name: &str) -> Result<(), NameError> {
    let fine = name.len() <= 253 && name.split('.').all(is_label);
    fine.then_some(()).ok_or(NameError::Subdomain)
}

/// Checks the name of a namespace: a DNS label (RFC 1123).
///
/// # Errors
/// [`NameError::Label`].
pub fn check_namespace(namespace: &str) -> Result<(), NameError> {
    let fine = namespace.len() <= 63 && is_label(namespace);
    fine.then_some(()).ok_or(NameError::Label)
}

/// Checks a key of a Secret, as apimachinery's IsConfigMapKey does.
///
/// # Errors
/// [`NameError::Key`].
pub fn check_key(key: &str) -> Result<(), NameError> {
    let fine = !key.is_empty()
        && key.len() <= 253
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && key != "."
        && !key.starts_with("..");
    fine.then_some(()).ok_or(NameError::Key)
}

/// Checks the key of a label or, in lower case, of an annotation, as apimachinery's IsQualifiedName does: an optional DNS
/// subdomain and `/`, then up to 63 letters, digits, `-`, `_` and `.`.
///
/// # Errors
/// [`NameError::LabelKey`].
pub fn check_label_key(key: &str) -> Result<(), NameError> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let fine =
        !name.is_empty() && is_label_value(name) && prefix.is_none_or(|prefix| check_name(prefix).is_ok());
    fine.then_some(()).ok_or(NameError::LabelKey)
}

/// Checks the value of a label, as apimachinery's IsValidLabelValue does. It may be empty.
///
/// # Errors
/// [`NameError::LabelValue`].
pub fn check_label_value(value: &str) -> Result<(), NameError> {
    is_label_value(value).then_some(()).ok_or(NameError::LabelValue)
}

fn is_label_value(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63 && bytes.iter().copied().all(inner) && edge(bytes.first()) && edge(bytes.last())
}

fn is_label(part: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !part.is_empty() && part.bytes().all(inner) && !part.starts_with('-') && !part.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_subdomains() {
        assert_eq!(check_name("my-secret.v1"), Ok(()));
        for bad in ["", "../../x", "My", "a_b", "-a", "a.", "a\nb", &"a".repeat(254)] {
            assert_eq!(check_name(bad), Err(NameError::Subdomain), "{bad:?}");
        }
    }

    #[test]
    fn namespaces_have_no_dots() {
        assert_eq!(check_namespace("rt-inventory-cicd"), Ok(()));
        assert_eq!(check_namespace("a.b"), Err(NameError::Label));
        assert_eq!(check_namespace(&"a".repeat(64)), Err(NameError::Label));
    }

    #[test]
    fn keys_are_file_names() {
        assert_eq!(check_key(".dockerconfigjson"), Ok(()));
        assert_eq!(check_key("TLS_key.pem"), Ok(()));
        for bad in ["", ".", "..", "..a", "a/b", "a b"] {
            assert_eq!(check_key(bad), Err(NameError::Key), "{bad:?}");
        }
    }
}
