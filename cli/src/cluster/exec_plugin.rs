//! Credentials from a command that the kubeconfig names (client.authentication.k8s.io), as client-go asks for them.
//!
//! kube would do this, too; done here the command runs once a run and not twice, never reads what was meant for this
//! program on stdin, and nothing that it prints on stdout, a token, gets into an error.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, Cluster, ExecConfig, ExecInteractiveMode};
use sealed_secrets::manifest::{self, Limits, Text, Value};
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use crate::cluster::target::refuse_odd_token;
use crate::failure::{Failure, printable, system_text};

/// How much of what a command complains of is shown.
const SHOWN: usize = 4096;

/// Puts the credentials that the command gives in the place of the command.
///
/// # Errors
/// A command that cannot be run, fails, or gives no credentials.
pub(crate) fn resolve(user: &mut AuthInfo, cluster: &Cluster) -> Result<(), Failure> {
    let Some(exec) = user.exec.take() else { return Ok(()) };
    let command = exec.command.clone().unwrap_or_default();
    if command.is_empty() {
        return Err(Failure::new("invalid configuration: the user's exec plugin names no command"));
    }
    let interactive = is_interactive(&exec)?;
    let output = Zeroizing::new(run(&exec, &command, cluster, interactive)?);
    let unusable = |why: &str| Failure::new(format!("exec plugin {command}: {why}"));
    let text = std::str::from_utf8(&output).map_err(|_| unusable("it printed something else than text"))?;
    let limits = Limits::default();
    let document = manifest::documents(text, &limits).next().and_then(Result::ok);
    let parsed = document.and_then(|document| document.parse(&limits).ok());
    let parsed = parsed.ok_or_else(|| unusable("it printed no ExecCredential"))?;
    let version = text_at(&parsed.value, &["apiVersion"]);
    if let (Some(wanted), Some(given)) = (&exec.api_version, &version)
        && wanted.as_str() != Text::as_str(given)
    {
        return Err(unusable(&format!(
            "it is configured to use API version {wanted}, plugin returned version {}",
            Text::as_str(given)
        )));
    }
    let token = text_at(&parsed.value, &["status", "token"]);
    let certificate = text_at(&parsed.value, &["status", "clientCertificateData"]);
    let key = text_at(&parsed.value, &["status", "clientKeyData"]);
    if certificate.is_some() != key.is_some() {
        return Err(unusable(
            "it gave a client certificate without its key, or a key without its certificate",
        ));
    }
    if token.is_none() && certificate.is_none() {
        return Err(unusable("it gave neither a token nor a client certificate"));
    }
    if let Some(token) = token {
        refuse_odd_token(&token)?;
        user.token = Some(Text::as_str(&token).to_owned().into());
    }
    if let (Some(certificate), Some(key)) = (certificate, key) {
        user.client_certificate_data = Some(STANDARD.encode(Text::as_str(&certificate)));
        user.client_key_data = Some(STANDARD.encode(Text::as_str(&key)).into());
    }
    Ok(())
}

/// Whether the command may ask the user something: only where a person sits at stdin.
fn is_interactive(exec: &ExecConfig) -> Result<bool, Failure> {
    let terminal = std::io::stdin().is_terminal();
    match exec.interactive_mode {
        Some(ExecInteractiveMode::Never) => Ok(false),
        Some(ExecInteractiveMode::Always) if !terminal => {
            Err(Failure::new("exec plugin cannot support interactive mode: standard input is not a terminal")
                .hint("name the files in place of giving them through stdin, or use a --token"))
        }
        Some(ExecInteractiveMode::Always | ExecInteractiveMode::IfAvailable) | None => Ok(terminal),
    }
}

fn run(exec: &ExecConfig, program: &str, cluster: &Cluster, interactive: bool) -> Result<Vec<u8>, Failure> {
    let mut command = Command::new(program);
    command.args(exec.args.iter().flatten());
    for variable in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    command.env("KUBERNETES_EXEC_INFO", info(exec, cluster, interactive).to_string());
    if interactive {
        command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
    } else {
        command.stdin(Stdio::null());
    }
    let output = command.output().map_err(|error| {
        let hint = exec.install_hint.clone().filter(|hint| !hint.is_empty());
        Failure::new(format!("exec: {program}: {}", system_text(&error))).maybe_hint(hint)
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let complaint: String = String::from_utf8_lossy(&output.stderr).trim().chars().take(SHOWN).collect();
    let status = output.status.code().map_or("a signal".to_owned(), |code| format!("exit status {code}"));
    let failure = Failure::new(format!("exec: executable {program} failed with {status}"));
    Err(if complaint.is_empty() {
        failure
    } else {
        failure.hint(format!("it says: {}", printable(&complaint)))
    })
}

/// What the command is told in KUBERNETES_EXEC_INFO.
fn info(exec: &ExecConfig, cluster: &Cluster, interactive: bool) -> Json {
    let mut spec = json!({ "interactive": interactive });
    if exec.provide_cluster_info {
        let authority = cluster.certificate_authority_data.clone().or_else(|| {
            let file = cluster.certificate_authority.as_ref()?;
            std::fs::read(file).ok().map(|pem| STANDARD.encode(pem))
        });
        let own = cluster.extensions.iter().flatten();
        let mut config = own
            .filter(|extension| extension.name == "client.authentication.k8s.io/exec")
            .map(|extension| extension.extension.clone());
        let fields = [
            ("server", cluster.server.clone().map(Json::from)),
            ("tls-server-name", cluster.tls_server_name.clone().map(Json::from)),
            ("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify.map(Json::from)),
            ("certificate-authority-data", authority.map(Json::from)),
            ("proxy-url", cluster.proxy_url.clone().map(Json::from)),
            ("config", config.next_back()),
        ];
        let given =
            fields.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)));
        spec["cluster"] = Json::Object(given.collect());
    }
    json!({ "kind": "ExecCredential", "apiVersion": exec.api_version, "spec": spec })
}

fn text_at<'t>(value: &Value<'t>, path: &[&str]) -> Option<Text<'t>> {
    value.at(path).and_then(Value::to_text).filter(|text| !text.is_empty())
}
