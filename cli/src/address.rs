//! For whom a Secret is sealed: name, namespace and scope, from the object, the flags and the kubeconfig.

use sealed_secrets::names::{check_key, check_name, check_namespace};
use sealed_secrets::sealing::Scope;
use sealed_secrets::{Secret, metadata};

use crate::args::CalledAs;
use crate::command::Wish;
use crate::failure::Failure;

/// Settles name, scope and namespace of a Secret as the flags wish, in kubeseal's order.
///
/// # Errors
/// Whatever would make a SealedSecret that nobody could open, or that the API server would refuse. kubeseal's
/// sentences where it has one.
pub(crate) fn settle(secret: &mut Secret, wish: &Wish) -> Result<(), Failure> {
    check_data(secret, wish)?;
    if let Some(name) = &wish.name {
        secret.metadata.name = Some(name.clone());
    }
    if secret.metadata.name.as_deref().unwrap_or_default().is_empty() {
        return Err(Failure::new("missing metadata.name in input Secret")
            .hint("the name is part of what is sealed: write it into the object, or give --name"));
    }
    settle_scope(secret, wish)?;
    if metadata::scope(&secret.metadata) != Scope::ClusterWide {
        settle_namespace(secret, wish)?;
    }
    match wish.called_as {
        CalledAs::Kubeseal => Ok(()),
        CalledAs::Seal => check_names(secret),
    }
}

/// Judges what a Secret holds, whoever its values are sealed for.
///
/// # Errors
/// Nothing in it, or a key that no Secret can have.
pub(crate) fn check_data(secret: &Secret, wish: &Wish) -> Result<(), Failure> {
    if secret.data.is_empty() && !wish.allow_empty_data {
        return Err(Failure::new(
            "secret.data is empty in input Secret, assuming this is an error and aborting. To work with empty data, --allow-empty-data can be used",
        ));
    }
    if wish.called_as == CalledAs::Kubeseal {
        return Ok(());
    }
    secret.data.keys().try_for_each(|key| {
        check_key(key).map_err(|error| {
            Failure::new(format!("item {key:?}: not a key that a Secret can have")).hint(error.to_string())
        })
    })
}

fn settle_scope(secret: &mut Secret, wish: &Wish) -> Result<(), Failure> {
    let declared = metadata::scope(&secret.metadata);
    match wish.scope {
        // Upstream cannot tell `--scope strict` from no scope: the annotations decide then.
        Some(Scope::Strict) if wish.called_as == CalledAs::Seal && declared != Scope::Strict => {
            return Err(Failure::new(format!("its annotations say {declared}, and --scope says strict"))
                .hint("take the annotation out of the object, or leave --scope out"));
        }
        None | Some(Scope::Strict) => {}
        Some(scope) => metadata::set_scope(&mut secret.metadata, scope),
    }
    Ok(())
}

fn settle_namespace(secret: &mut Secret, wish: &Wish) -> Result<(), Failure> {
    let given = wish.kube.namespace.as_deref().unwrap_or_default();
    let own = secret.metadata.namespace.as_deref().unwrap_or_default();
    if !own.is_empty() && !given.is_empty() && own != given {
        return Err(Failure::new(format!(
            "namespace mismatch: input secret is in namespace {own:?} but {given:?} was specified"
        )));
    }
    if !own.is_empty() {
        return Ok(());
    }
    let namespace = match wish.called_as {
        // kubeseal passes over an unusable kubeconfig here, and then has no namespace, even if one was given.
        CalledAs::Kubeseal => wish.kube.namespace().unwrap_or_default(),
        CalledAs::Seal => given.to_owned(),
    };
    if namespace.is_empty() {
        let failure = Failure::new("secret must declare a namespace");
        return Err(match wish.called_as {
            CalledAs::Kubeseal => failure.hint("write metadata.namespace into the object, or give --namespace"),
            CalledAs::Seal => failure.hint(
                "write metadata.namespace into the object, or give --namespace; the kubeconfig's current one is not \
                 taken, since a Secret that is sealed for the wrong namespace cannot be opened",
            ),
        });
    }
    secret.metadata.namespace = Some(namespace);
    Ok(())
}

fn check_names(secret: &Secret) -> Result<(), Failure> {
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    check_name(name).map_err(|error| {
        Failure::new(format!("metadata.name {name:?} is no name")).hint(error.to_string())
    })?;
    if let Some(namespace) = secret.metadata.namespace.as_deref().filter(|namespace| !namespace.is_empty()) {
        check_namespace(namespace).map_err(|error| {
            Failure::new(format!("metadata.namespace {namespace:?} is no namespace")).hint(error.to_string())
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sealed_secrets::sealing::Plaintext;

    use super::*;
    use crate::kubeconfig::KubeSettings;

    fn secret(namespace: &str, name: &str, key: &str) -> Secret {
        let mut secret = Secret {
            data: BTreeMap::from([(key.to_owned(), Plaintext::from(b"x".to_vec()))]),
            ..Secret::default()
        };
        secret.metadata.namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
        secret.metadata.name = (!name.is_empty()).then(|| name.to_owned());
        secret
    }

    fn wish(called_as: CalledAs, namespace: Option<&str>) -> Wish {
        let kube = KubeSettings { namespace: namespace.map(str::to_owned), ..KubeSettings::default() };
        Wish { called_as, name: None, scope: None, kube, allow_empty_data: false }
    }

    #[test]
    fn seal_takes_no_namespace_from_anywhere_but_object_and_flag() {
        let mut homeless = secret("", "db", "k");
        assert!(settle(&mut homeless, &wish(CalledAs::Seal, None)).unwrap_err().hint.is_some());
        settle(&mut homeless, &wish(CalledAs::Seal, Some("shop"))).unwrap();
        assert_eq!(homeless.metadata.namespace.as_deref(), Some("shop"));
    }

    #[test]
    fn a_flag_that_contradicts_the_object_is_refused_unless_cluster_wide() {
        let contradicting = wish(CalledAs::Kubeseal, Some("other"));
        assert!(settle(&mut secret("shop", "db", "k"), &contradicting).is_err());
        let cluster_wide = Wish { scope: Some(Scope::ClusterWide), ..contradicting };
        assert!(settle(&mut secret("shop", "db", "k"), &cluster_wide).is_ok());
    }

    #[test]
    fn seal_checks_names_and_keys() {
        let plain = wish(CalledAs::Seal, None);
        for bad in [secret("shop", "../../x", "k"), secret("sh/op", "db", "k"), secret("shop", "db", "a b")] {
            assert!(settle(&mut bad.clone(), &plain).is_err(), "{:?}", bad.metadata);
            assert!(settle(&mut bad.clone(), &wish(CalledAs::Kubeseal, None)).is_ok());
        }
    }
}
