use std::fmt;
use std::str::FromStr;

/// How far a sealed value may travel and still open.
///
/// Written as on the command line of kubeseal: `strict`, `namespace-wide`, `cluster-wide`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Bound to one namespace and one name.
    #[default]
    Strict,
    /// Bound to one namespace, under any name.
    NamespaceWide,
    /// Opens anywhere in the cluster.
    ClusterWide,
}

impl Scope {
    /// The text kubeseal uses for this scope.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::NamespaceWide => "namespace-wide",
            Self::ClusterWide => "cluster-wide",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is none of the three scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is one of strict, namespace-wide, cluster-wide")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    /// Exact text only, as kubeseal 0.40.0 does.
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        [Self::Strict, Self::NamespaceWide, Self::ClusterWide]
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(ScopeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for scope in [Scope::Strict, Scope::NamespaceWide, Scope::ClusterWide] {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        assert_eq!(Scope::default(), Scope::Strict);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "Strict", "cluster", "namespace_wide", " strict"] {
            assert_eq!(text.parse::<Scope>(), Err(ScopeError), "{text:?}");
        }
    }
}
