//! Namespaces of `--additional-namespaces` that do not exist: a list of nothing would not tell. They are told once, and
//! served as soon as something is in them.

use std::collections::HashSet;

use crate::api_error::ApiErrorKind;
use crate::cluster::{Cluster, METADATA};

/// The namespaces that are to be served, by name.
#[derive(Debug, Default)]
pub(super) struct Absent {
    named: Vec<String>,
    /// Those that were looked for since something was in them.
    looked_for: HashSet<String>,
}

impl Absent {
    /// The list, of which the controller's own exists for sure.
    pub(super) fn new(named: Option<&[String]>, own: &str) -> Self {
        let named = named.unwrap_or_default().iter().filter(|namespace| *namespace != own).cloned().collect();
        Self { named, looked_for: HashSet::new() }
    }

    /// Those that are to be looked for now, given the namespaces that have SealedSecrets: each once for as long as it has
    /// none.
    pub(super) fn next_empty(&mut self, served: &HashSet<&str>) -> Vec<String> {
        let Self { named, looked_for } = self;
        looked_for.retain(|namespace| !served.contains(&**namespace));
        let empty = named.iter().filter(|namespace| !served.contains(&***namespace));
        empty.filter(|namespace| looked_for.insert((*namespace).clone())).cloned().collect()
    }
}

/// Says so where there is no such namespace. Without the permission to get namespaces nobody knows; nothing is said then.
pub(super) async fn look_for(cluster: Cluster, namespace: String) {
    let path = format!("/api/v1/namespaces/{namespace}");
    let found = cluster.read(&path, METADATA).await;
    if found.is_err_and(|error| matches!(error.kind, ApiErrorKind::NotFound | ApiErrorKind::NamespaceGone)) {
        tracing::warn!(
            namespace = %namespace,
            "A namespace of --additional-namespaces does not exist; it is served as soon as it does"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_looked_for_once_while_nothing_is_in_it() {
        let named = ["own", "shop", "cart"].map(str::to_owned);
        let mut absent = Absent::new(Some(&named), "own");
        let (none, shop) = (HashSet::new(), HashSet::from(["shop"]));
        assert_eq!(absent.next_empty(&shop), ["cart"]);
        assert_eq!(absent.next_empty(&shop), [""; 0]);
        assert_eq!(absent.next_empty(&none), ["shop"]);
        assert_eq!(absent.next_empty(&none), [""; 0]);
        assert_eq!(absent.next_empty(&shop), [""; 0]);
        assert_eq!(absent.next_empty(&none), ["shop"], "once more after something was in it");
        assert_eq!(Absent::new(None, "own").next_empty(&none), [""; 0]);
    }
}
