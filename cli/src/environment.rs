//! Flags from the environment, as kubeseal takes them: `SEALED_SECRETS_` and the flag's name in capitals with
//! `_` for `-`. The command line wins, lists are added up, and a value that does not parse is passed over.

use crate::args::{Flags, KubeFlags};
use crate::go_values::{csv, go_bool, scope};

/// Fills in what was not typed. `variable` looks up one variable of the environment.
pub(crate) fn fill(flags: &mut Flags, variable: &dyn Fn(&str) -> Option<String>) {
    let text = |slot: &mut Option<String>, name: &str| {
        if slot.is_none() {
            *slot = variable(&format!("SEALED_SECRETS_{name}"));
        }
    };
    let truth = |slot: &mut Option<bool>, name: &str| {
        if slot.is_none() {
            *slot = variable(&format!("SEALED_SECRETS_{name}")).and_then(|text| go_bool(&text).ok());
        }
    };
    let list = |slot: &mut Vec<Vec<String>>, name: &str| {
        if let Some(Ok(items)) = variable(&format!("SEALED_SECRETS_{name}")).map(|text| csv(&text)) {
            slot.insert(0, items);
        }
    };

    // Every field is named, so that a new flag cannot be forgotten here.
    let Flags {
        cert,
        controller_namespace,
        controller_name,
        format,
        sealed_secret_file,
        secret_file,
        fetch_cert,
        allow_empty_data,
        validate,
        merge_into,
        raw,
        name,
        from_file,
        kubeconfig,
        scope: wanted_scope,
        re_encrypt,
        rotate,
        recovery_unseal,
        recovery_private_key,
        version,
        help,
        kube,
        klog: _,
    } = flags;
    text(cert, "CERT");
    text(controller_namespace, "CONTROLLER_NAMESPACE");
    text(controller_name, "CONTROLLER_NAME");
    text(format, "FORMAT");
    text(sealed_secret_file, "SEALED_SECRET_FILE");
    text(secret_file, "SECRET_FILE");
    truth(fetch_cert, "FETCH_CERT");
    truth(allow_empty_data, "ALLOW_EMPTY_DATA");
    truth(validate, "VALIDATE");
    text(merge_into, "MERGE_INTO");
    truth(raw, "RAW");
    text(name, "NAME");
    list(from_file, "FROM_FILE");
    truth(re_encrypt, "RE_ENCRYPT");
    truth(rotate, "ROTATE");
    truth(recovery_unseal, "RECOVERY_UNSEAL");
    list(recovery_private_key, "RECOVERY_PRIVATE_KEY");
    truth(version, "VERSION");
    truth(help, "HELP");
    if wanted_scope.is_none() {
        *wanted_scope = variable("SEALED_SECRETS_SCOPE").and_then(|text| scope(&text).ok());
    }

    fill_cluster(kube, kubeconfig, variable);
}

/// The same for the flags that lead to a cluster.
pub(crate) fn fill_cluster(
    flags: &mut KubeFlags,
    kubeconfig: &mut Option<String>,
    variable: &dyn Fn(&str) -> Option<String>,
) {
    let text = |slot: &mut Option<String>, name: &str| {
        if slot.is_none() {
            *slot = variable(&format!("SEALED_SECRETS_{name}"));
        }
    };
    let truth = |slot: &mut Option<bool>, name: &str| {
        if slot.is_none() {
            *slot = variable(&format!("SEALED_SECRETS_{name}")).and_then(|text| go_bool(&text).ok());
        }
    };
    text(kubeconfig, "KUBECONFIG");
    let KubeFlags {
        namespace,
        context,
        cluster,
        user,
        server,
        impersonate,
        as_group,
        as_uid,
        certificate_authority,
        client_certificate,
        client_key,
        disable_compression,
        insecure_skip_tls_verify,
        password,
        username,
        proxy_url,
        request_timeout,
        tls_server_name,
        token,
    } = flags;
    text(namespace, "NAMESPACE");
    text(context, "CONTEXT");
    text(cluster, "CLUSTER");
    text(user, "USER");
    text(server, "SERVER");
    text(impersonate, "AS");
    if let Some(group) = variable("SEALED_SECRETS_AS_GROUP") {
        as_group.insert(0, group);
    }
    text(as_uid, "AS_UID");
    text(certificate_authority, "CERTIFICATE_AUTHORITY");
    text(client_certificate, "CLIENT_CERTIFICATE");
    text(client_key, "CLIENT_KEY");
    truth(disable_compression, "DISABLE_COMPRESSION");
    truth(insecure_skip_tls_verify, "INSECURE_SKIP_TLS_VERIFY");
    text(password, "PASSWORD");
    text(username, "USERNAME");
    text(proxy_url, "PROXY_URL");
    text(request_timeout, "REQUEST_TIMEOUT");
    text(tls_server_name, "TLS_SERVER_NAME");
    text(token, "TOKEN");
}

#[cfg(test)]
mod tests {
    use sealed_secrets::sealing::Scope;

    use super::*;

    fn filled(mut flags: Flags, variables: &[(&str, &str)]) -> Flags {
        let find = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        fill(&mut flags, &find);
        flags
    }

    #[test]
    fn the_command_line_wins() {
        let flags = Flags { format: Some("yaml".into()), ..Flags::default() };
        let flags = filled(flags, &[("SEALED_SECRETS_FORMAT", "json"), ("SEALED_SECRETS_NAME", "x")]);
        assert_eq!(flags.format.as_deref(), Some("yaml"));
        assert_eq!(flags.name.as_deref(), Some("x"));
    }

    #[test]
    fn what_does_not_parse_is_passed_over() {
        let variables = [("SEALED_SECRETS_RAW", "maybe"), ("SEALED_SECRETS_SCOPE", "global")];
        let flags = filled(Flags::default(), &variables);
        assert_eq!((flags.raw, flags.scope), (None, None));
        let flags = filled(Flags::default(), &[("SEALED_SECRETS_SCOPE", "cluster-wide")]);
        assert_eq!(flags.scope, Some(Scope::ClusterWide));
    }

    #[test]
    fn lists_are_added_up() {
        let flags = Flags { from_file: vec![vec!["b".into()]], ..Flags::default() };
        let flags = filled(flags, &[("SEALED_SECRETS_FROM_FILE", "a")]);
        assert_eq!(flags.from_file.concat(), ["a", "b"]);
    }
}
