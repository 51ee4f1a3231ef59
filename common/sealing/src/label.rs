use crate::Scope;

/// The OAEP label that binds a sealed value to where it may be opened.
///
/// `namespace/name` for [`Scope::Strict`], `namespace` for [`Scope::NamespaceWide`], empty for
/// [`Scope::ClusterWide`]: UTF-8, without a final NUL or newline. It is public.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label(Vec<u8>);

impl Label {
    /// The label of an object in `namespace` called `name`; what the scope does not bind is ignored.
    ///
    /// Both come from the metadata of the object itself, never from a template inside it. An empty
    /// namespace is taken as it is, as upstream does when opening; who seals refuses it before.
    #[must_use]
    pub fn new(scope: Scope, namespace: &str, name: &str) -> Self {
        Self(match scope {
            Scope::Strict => [namespace, "/", name].concat().into_bytes(),
            Scope::NamespaceWide => namespace.as_bytes().to_vec(),
            Scope::ClusterWide => Vec::new(),
        })
    }

    /// The bytes of the label.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_what_the_scope_says() {
        let label = |scope| Label::new(scope, "myns", "mysecret").as_bytes().to_vec();
        assert_eq!(label(Scope::Strict), b"myns/mysecret");
        assert_eq!(label(Scope::NamespaceWide), b"myns");
        assert_eq!(label(Scope::ClusterWide), b"");
    }
}
