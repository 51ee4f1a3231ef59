//! Seal one value, as `kubeseal --raw` does: bytes in, base64 out, without a final newline.

use std::io::{IsTerminal, Read};
use std::path::Path;

use sealed_secrets::sealing::{Certificate, Label, Scope};
use zeroize::Zeroizing;

use crate::certificate_source::certificate;
use crate::command::SealRaw;
use crate::failure::Failure;
use crate::input::{check_unused_input, read_stdin};
use crate::output::{Access, Output};

/// Base64 is printed in pieces, so that a large value is in memory once.
const PIECE: usize = 48 * 1024;

pub(crate) fn run(command: &SealRaw, now: i64) -> Result<(), Failure> {
    let SealRaw { unused_input, from_file, output, certificate: from, name, scope, kube } = command;
    check_unused_input(unused_input.as_deref())?;
    let certificate = certificate(from, now)?;
    if from_file.len() > 1 {
        return Err(Failure::new(
            "must provide only one --from-file when encrypting a single item with --raw",
        ));
    }
    let namespace = match scope {
        Scope::ClusterWide => String::new(),
        Scope::Strict | Scope::NamespaceWide => kube.namespace()?,
    };
    if namespace.is_empty() && *scope != Scope::ClusterWide {
        return Err(Failure::new(format!(
            "must provide the --namespace flag with --raw and --scope {scope}"
        )));
    }
    if *scope == Scope::Strict && name.is_none() {
        return Err(Failure::new("must provide the --name flag with --raw and --scope strict"));
    }
    let label = Label::new(*scope, &namespace, name.as_deref().unwrap_or_default());
    let buffer = match from_file.first() {
        Some(item) => file_value(item, &certificate)?,
        None => stdin_value(&certificate)?,
    };
    let sealed = certificate.seal_in_place(buffer, &label).map_err(Failure::new)?;
    let mut output = Output::new(output.as_deref(), Access::PrivateIfNew)?;
    for piece in sealed.as_bytes().chunks(PIECE) {
        use base64::Engine;
        output.write(base64::engine::general_purpose::STANDARD.encode(piece).as_bytes())?;
    }
    output.commit()
}

/// The value behind room for what sealing puts before it. `KEY=FILE`: the key plays no role, as upstream has it.
fn file_value(item: &str, certificate: &Certificate) -> Result<Vec<u8>, Failure> {
    let path = Path::new(item.split_once('=').map_or(item, |(_, path)| path));
    let mut file = std::fs::File::open(path).map_err(|error| Failure::io("open", path, &error))?;
    let metadata = file.metadata().map_err(|error| Failure::io("stat", path, &error))?;
    if metadata.is_dir() {
        return Err(Failure::new(format!("read {}: is a directory", path.display())));
    }
    if !metadata.is_file() {
        let mut value = Zeroizing::new(Vec::new());
        file.read_to_end(&mut value).map_err(|error| Failure::io("read", path, &error))?;
        return Ok(with_room(&value, certificate));
    }
    let prefix = certificate.prefix_length();
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    let mut buffer =
        Vec::with_capacity(prefix.saturating_add(size).saturating_add(Certificate::SUFFIX_LENGTH));
    buffer.resize(prefix, 0);
    file.read_to_end(&mut buffer).map_err(|error| Failure::io("read", path, &error))?;
    Ok(buffer)
}

fn stdin_value(certificate: &Certificate) -> Result<Vec<u8>, Failure> {
    if std::io::stdin().is_terminal() {
        eprintln!("(tty detected: expecting a secret to encrypt in stdin)");
    }
    read_stdin().map(|value| with_room(&value, certificate))
}

fn with_room(value: &[u8], certificate: &Certificate) -> Vec<u8> {
    let prefix = certificate.prefix_length();
    let mut buffer = Vec::with_capacity(prefix + value.len() + Certificate::SUFFIX_LENGTH);
    buffer.resize(prefix, 0);
    buffer.extend_from_slice(value);
    buffer
}
