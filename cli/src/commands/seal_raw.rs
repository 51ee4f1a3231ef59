//! Seal one value, as `kubeseal --raw` does: bytes in, base64 out, without a final newline.

use std::io::IsTerminal;
use std::path::Path;

use sealed_secrets::names::{check_name, check_namespace};
use sealed_secrets::sealing::{Certificate, Label, Scope};

use crate::args::CalledAs;
use crate::certificate_source::certificate;
use crate::command::SealRaw;
use crate::failure::Failure;
use crate::input::{check_input_opens, read_file_behind, read_stdin_behind};
use crate::interpret::used_wrongly;
use crate::output::{Access, Output};

pub(crate) fn run(command: &SealRaw, now: i64) -> Result<(), Failure> {
    check_input_opens(command.unused_input.as_deref())?;
    let certificate = certificate(&command.certificate, now)?;
    let label = label(command)?;
    let room = certificate.prefix_length();
    let mut buffer = match &command.from_file {
        Some(item) => {
            // `KEY=FILE`: the key plays no role, as upstream has it.
            let path = item.split_once('=').map_or(item.as_str(), |(_, path)| path);
            read_file_behind(Path::new(path), room, Certificate::SUFFIX_LENGTH)?
        }
        None => {
            if std::io::stdin().is_terminal() {
                eprintln!("(tty detected: expecting a secret to encrypt in stdin)");
            }
            read_stdin_behind(room)?
        }
    };
    let sealed = certificate.seal_in_place(std::mem::take(&mut *buffer), &label).map_err(Failure::new)?;
    let mut output = Output::new(command.output.as_deref(), Access::PrivateIfNew)?;
    output.print(&sealed)?;
    output.commit()
}

/// Name and namespace are part of what is sealed, as far as the scope binds them.
fn label(command: &SealRaw) -> Result<Label, Failure> {
    let SealRaw { called_as, name, scope, kube, .. } = command;
    let namespace = match (scope, called_as) {
        (Scope::ClusterWide, _) => String::new(),
        (_, CalledAs::Kubeseal) => kube.namespace()?,
        // The kubeconfig's current one is a guess that nobody sees until the value does not open.
        (_, CalledAs::Seal) => kube.namespace.clone().unwrap_or_default(),
    };
    let missing = |flag: &str| {
        used_wrongly(*called_as, &format!("must provide the --{flag} flag with --raw and --scope {scope}"))
    };
    if namespace.is_empty() && *scope != Scope::ClusterWide {
        return Err(missing("namespace"));
    }
    let name = name.as_deref().unwrap_or_default();
    if *scope == Scope::Strict && name.is_empty() {
        return Err(missing("name"));
    }
    if *called_as == CalledAs::Seal {
        let bad = |flag: &str, error| Failure::usage(format!("--{flag}: {error}"));
        if *scope == Scope::Strict {
            check_name(name).map_err(|error| bad("name", error))?;
        }
        if *scope != Scope::ClusterWide {
            check_namespace(&namespace).map_err(|error| bad("namespace", error))?;
        }
    }
    Ok(Label::new(*scope, &namespace, name))
}
