//! From kubeconfig, flags and environment to what kube takes: which server, how to trust it, whom to be there.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::Config;
use kube::config::{AuthInfo, Cluster};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use crate::certificate_source::without_password;
use crate::cluster::{exec_plugin, proxy};
use crate::failure::{Failure, system_text};
use crate::kubeconfig::{Chosen, KubeSettings, Overrides};

/// What kube needs to know.
///
/// # Errors
/// What is missing, cannot be read or contradicts itself.
pub(crate) fn config(settings: &KubeSettings) -> Result<Config, Failure> {
    let chosen = settings.chosen()?;
    let mut config = match chosen {
        None if settings.server.is_none() => in_cluster()?,
        chosen => configured(chosen.unwrap_or_default(), settings)?,
    };
    impersonate(&mut config.auth_info, &settings.overrides)?;
    Ok(config)
}

/// In a pod: the cluster that it runs in, as its service account.
fn in_cluster() -> Result<Config, Failure> {
    Config::incluster().map_err(|_| {
        Failure::new("invalid configuration: the pod's service account cannot be read")
            .hint("mount its token (automountServiceAccountToken), or give --kubeconfig")
    })
}

fn configured(chosen: Chosen, settings: &KubeSettings) -> Result<Config, Failure> {
    let overrides = &settings.overrides;
    let mut cluster: Cluster = typed(chosen.cluster, "cluster")?;
    let in_entry = chosen.user["token"].as_str().map(|token| Zeroizing::new(token.to_owned()));
    let mut user: AuthInfo = typed(chosen.user, "user")?;
    override_cluster(&mut cluster, settings);
    override_user(&mut user, overrides);

    let url = server_url(&cluster, &user)?;
    let mut config = Config::new(url.clone());
    config.proxy_url = proxy::proxy_for(&url, cluster.proxy_url.as_deref(), &settings.proxies)?;
    if url.scheme_str() != Some("https") {
        // Nothing that proves who one is goes over the wire in the clear.
        config.auth_info = AuthInfo {
            impersonate: user.impersonate,
            impersonate_uid: user.impersonate_uid,
            impersonate_groups: user.impersonate_groups,
            impersonate_user_extra: user.impersonate_user_extra,
            ..AuthInfo::default()
        };
        return Ok(config);
    }
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify == Some(true);
    config.tls_server_name = cluster.tls_server_name.clone().filter(|name| !name.is_empty());
    if !config.accept_invalid_certs {
        config.root_cert = authorities(&cluster)?;
    }
    check_client_files(&user, &chosen.user_name)?;
    exec_plugin::resolve(&mut user, &cluster)?;
    let token = match &overrides.token {
        Some(token) => Some(token.clone()),
        None => token_of(&mut user, in_entry)?,
    };
    refuse_odd_token(token.as_ref().map_or("", |token| token.as_str()))?;
    config.auth_info = user;
    Ok(config)
}

/// The token that will be sent, as far as it is not a plugin's, which has looked at its own. That of a file is read
/// once, since a run is short, and without the line end that editors leave.
fn token_of(
    user: &mut AuthInfo,
    in_entry: Option<Zeroizing<String>>,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(file) = user.token_file.take().filter(|file| user.token.is_none() && !file.is_empty()) else {
        return Ok(in_entry);
    };
    let token = std::fs::read_to_string(&file).map(Zeroizing::new);
    let token = token.map_err(|error| Failure::io("open", Path::new(&file), &error))?;
    let token = Zeroizing::new(token.trim().to_owned());
    user.token = Some(token.as_str().to_owned().into());
    Ok(Some(token))
}

/// A token goes into a header, and kube takes for granted that it can.
pub(crate) fn refuse_odd_token(token: &str) -> Result<(), Failure> {
    match http::HeaderValue::from_str(token) {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::new("the token has characters that no header can have")
            .hint("a line end within it? It is one word")),
    }
}

/// An entry as kube's type. serde's reason could quote a token, so it is not told.
fn typed<T: DeserializeOwned + Default>(entry: Json, what: &str) -> Result<T, Failure> {
    if entry.is_null() {
        return Ok(T::default());
    }
    serde_json::from_value(entry).map_err(|_| {
        Failure::new(format!("invalid configuration: the kubeconfig's {what} cannot be read"))
            .hint("a field holds something of another kind than kubectl's documentation says; `kubectl config view` shows it")
    })
}

/// Flags in place of the cluster's fields, with client-go's rules for those that belong together.
fn override_cluster(cluster: &mut Cluster, settings: &KubeSettings) {
    let overrides = &settings.overrides;
    if overrides.insecure_skip_tls_verify || overrides.certificate_authority.is_some() {
        cluster.insecure_skip_tls_verify = Some(overrides.insecure_skip_tls_verify);
        cluster.certificate_authority.clone_from(&overrides.certificate_authority);
        cluster.certificate_authority_data = None;
    }
    if overrides.tls_server_name.is_some() || settings.server.is_some() {
        cluster.tls_server_name.clone_from(&overrides.tls_server_name);
    }
    if settings.server.is_some() {
        cluster.server.clone_from(&settings.server);
    }
    if overrides.proxy_url.is_some() {
        cluster.proxy_url.clone_from(&overrides.proxy_url);
    }
}

/// Flags in place of the user's fields. A token or a password by flag is whom to be: what else the kubeconfig has
/// to say who one is does not count beside it.
fn override_user(user: &mut AuthInfo, overrides: &Overrides) {
    let has_password = overrides.username.is_some() && overrides.password.is_some();
    if overrides.token.is_some() || has_password {
        (user.exec, user.auth_provider) = (None, None);
        (user.token, user.token_file) = (None, None);
        (user.username, user.password) = (None, None);
    }
    if let Some(token) = &overrides.token {
        user.token = Some(token.as_str().to_owned().into());
    }
    if let Some(username) = &overrides.username {
        user.username = Some(username.clone());
    }
    if let Some(password) = &overrides.password {
        user.password = Some(password.as_str().to_owned().into());
    }
    if let Some(file) = &overrides.client_certificate {
        user.client_certificate = Some(file.clone());
        user.client_certificate_data = None;
    }
    if let Some(file) = &overrides.client_key {
        user.client_key = Some(file.clone());
        user.client_key_data = None;
    }
}

fn impersonate(user: &mut AuthInfo, overrides: &Overrides) -> Result<(), Failure> {
    if let Some(name) = &overrides.impersonate {
        user.impersonate = Some(name.clone());
    }
    if !overrides.as_group.is_empty() {
        user.impersonate_groups = Some(overrides.as_group.clone());
    }
    if let Some(uid) = &overrides.as_uid {
        user.impersonate_uid = Some(uid.clone());
    }
    let named = user.impersonate.as_deref().is_some_and(|name| !name.is_empty());
    let more = user.impersonate_groups.as_ref().is_some_and(|groups| !groups.is_empty())
        || user.impersonate_uid.as_deref().is_some_and(|uid| !uid.is_empty());
    if more && !named {
        return Err(
            Failure::usage("requesting uid or groups without impersonating a user").hint("add --as USER")
        );
    }
    Ok(())
}

/// The address of the server; without a scheme it is https where the configuration speaks of certificates.
fn server_url(cluster: &Cluster, user: &AuthInfo) -> Result<Uri, Failure> {
    let server = cluster.server.as_deref().unwrap_or_default();
    if server.is_empty() {
        return Err(Failure::new("invalid configuration: the cluster has no server")
            .hint("the kubeconfig's cluster needs a field server, or give --server URL"));
    }
    let secure = cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some()
        || cluster.insecure_skip_tls_verify == Some(true)
        || user.client_certificate.is_some()
        || user.client_certificate_data.is_some();
    let whole = match server.contains("://") {
        true => server.to_owned(),
        false => format!("{}://{server}", if secure { "https" } else { "http" }),
    };
    let bad = |why: &str| {
        Failure::new(format!("parse {:?}: {why}", without_password(&whole)))
            .hint("the server is a URL such as https://HOST:PORT")
    };
    let url: Uri = whole.trim_end_matches('/').parse().map_err(|_| bad("it is no URL"))?;
    match url.scheme_str() {
        Some("http" | "https") if url.host().is_some_and(|host| !host.is_empty()) => Ok(url),
        _ => Err(bad("http or https and a host are wanted")),
    }
}

/// The certificates that sign the server's, in DER; `None` for those of the system.
fn authorities(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, Failure> {
    let (pem, place) = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) if !data.is_empty() => {
            let unbroken: String = data.split_whitespace().collect();
            let pem = STANDARD.decode(unbroken).map_err(|_| {
                Failure::new("invalid configuration: certificate-authority-data is no base64")
            })?;
            (pem, "certificate-authority-data".to_owned())
        }
        (_, Some(file)) if !file.is_empty() => (read(file, "certificate-authority", "")?, file.clone()),
        _ => return Ok(None),
    };
    let certificates = certificates(&String::from_utf8_lossy(&pem));
    if certificates.is_empty() {
        return Err(Failure::new(format!("invalid configuration: {place} holds no certificate")));
    }
    Ok(Some(certificates))
}

/// The certificates in PEM; what is none is passed over.
fn certificates(pem: &str) -> Vec<Vec<u8>> {
    pem.split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .filter_map(|block| block.split_once("-----END CERTIFICATE-----"))
        .filter_map(|(base64, _)| STANDARD.decode(base64.split_whitespace().collect::<String>()).ok())
        .collect()
}

/// Files of the client's certificate are looked at here, so that the error says which it is.
fn check_client_files(user: &AuthInfo, user_name: &str) -> Result<(), Failure> {
    let files = [
        (&user.client_certificate, user.client_certificate_data.is_some(), "client-cert"),
        (&user.client_key, user.client_key_data.is_some(), "client-key"),
    ];
    let mut given = [false, false];
    for (at, (file, has_data, what)) in files.into_iter().enumerate() {
        let file = file.as_deref().filter(|file| !file.is_empty());
        given[at] = has_data || file.is_some();
        if let Some(file) = file.filter(|_| !has_data) {
            read(file, what, user_name)?;
        }
    }
    if given[0] == given[1] {
        return Ok(());
    }
    Err(Failure::new(format!(
        "invalid configuration: client-key-data or client-key and a client certificate must be specified for {user_name} together"
    )))
}

fn read(file: &str, what: &str, user_name: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(Path::new(file)).map_err(|error| {
        let reason = system_text(&error);
        Failure::new(format!(
            "invalid configuration: unable to read {what} {file} for {user_name} due to open {file}: {reason}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(server: &str, authority: Option<&str>) -> Option<String> {
        let cluster = Cluster {
            server: Some(server.into()),
            certificate_authority: authority.map(str::to_owned),
            ..Cluster::default()
        };
        server_url(&cluster, &AuthInfo::default()).ok().map(|url| url.to_string())
    }

    #[test]
    fn a_server_without_a_scheme_follows_its_certificates() {
        assert_eq!(url("127.0.0.1:1", None).as_deref(), Some("http://127.0.0.1:1/"));
        assert_eq!(url("127.0.0.1:1", Some("ca.crt")).as_deref(), Some("https://127.0.0.1:1/"));
        assert_eq!(url("https://h/k8s/clusters/c-1/", None).as_deref(), Some("https://h/k8s/clusters/c-1"));
        for bad in ["::nonsense::", "ftp://h", "", "https://"] {
            assert_eq!(url(bad, None), None, "{bad}");
        }
    }

    #[test]
    fn flags_take_the_place_of_what_the_kubeconfig_says() {
        let mut cluster = Cluster {
            server: Some("https://a".into()),
            certificate_authority_data: Some("x".into()),
            tls_server_name: Some("old".into()),
            ..Cluster::default()
        };
        let overrides = Overrides { insecure_skip_tls_verify: true, ..Overrides::default() };
        let settings =
            KubeSettings { server: Some("https://b".into()), overrides, ..KubeSettings::default() };
        override_cluster(&mut cluster, &settings);
        assert_eq!(cluster.server.as_deref(), Some("https://b"));
        assert_eq!((cluster.certificate_authority_data, cluster.tls_server_name), (None, None));

        let mut user = AuthInfo { token_file: Some("t".into()), ..AuthInfo::default() };
        let token = Some("abc".to_owned().into());
        override_user(&mut user, &Overrides { token, ..Overrides::default() });
        assert!(user.token.is_some() && user.token_file.is_none());
    }

    #[test]
    fn groups_without_a_user_are_refused() {
        let overrides = Overrides { as_group: vec!["g".into()], ..Overrides::default() };
        assert!(impersonate(&mut AuthInfo::default(), &overrides).is_err());
    }
}
