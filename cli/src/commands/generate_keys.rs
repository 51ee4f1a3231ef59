//! `seal keys generate`: a private key and its certificate, as the controller makes them.

use std::path::Path;

use sealed_secrets::key_secret::key_secret;
use sealed_secrets::manifest::Format;
use sealed_secrets::names::{check_name, check_namespace};
use sealed_secrets::sealing::{Certificate, KeySize, SealingKey};
use zeroize::Zeroizing;

use crate::command::{GenerateKeys, KeyOutput, Print};
use crate::failure::Failure;
use crate::output::{Access, Output, Staged, StagedFile};
use crate::seal_source::print_value;

pub(crate) fn run(command: &GenerateKeys, now: i64) -> Result<(), Failure> {
    let size = KeySize::try_from(command.size).map_err(Failure::usage)?;
    if let KeyOutput::Secret { namespace, name, .. } = &command.output {
        check_namespace(namespace)
            .map_err(|error| Failure::usage(format!("--namespace {namespace:?}: {error}")))?;
        name.as_deref()
            .map_or(Ok(()), check_name)
            .map_err(|error| Failure::usage(format!("--name: {error}")))?;
    }
    // Before the seconds that a key takes.
    let targets = match &command.output {
        KeyOutput::PemFiles(folder) => vec![folder.join("tls.key"), folder.join("tls.crt")],
        KeyOutput::Secret { file, .. } if file.as_os_str() == "-" => Vec::new(),
        KeyOutput::Secret { file, .. } => vec![file.clone()],
    };
    targets.iter().try_for_each(|target| refuse_existing(target))?;

    let key = SealingKey::generate(size).map_err(Failure::new)?;
    let certificate = key
        .self_signed_certificate(&command.common_name, now, command.validity_seconds)
        .map_err(Failure::new)?;
    match &command.output {
        KeyOutput::PemFiles(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| Failure::io("mkdir", folder, &error))?;
            write_pem_files(&targets[0], &targets[1], &key, &certificate)?;
            eprintln!("wrote {} (keep it secret) and {}", targets[0].display(), targets[1].display());
        }
        KeyOutput::Secret { file, namespace, name } => {
            let secret = key_secret(&key, &certificate, namespace, name.as_deref());
            let mut text = Zeroizing::new(String::new());
            print_value(&secret.to_manifest(), Print::As(Format::Yaml), Format::Yaml, &mut text);
            let path = (file.as_os_str() != "-").then_some(file.as_path());
            let mut output = Output::new(path, Access::Private)?;
            output.write(text.as_bytes())?;
            output.commit()?;
        }
    }
    eprintln!("fingerprint {}", certificate.fingerprint());
    Ok(())
}

/// A private key that is overwritten takes with it everything that only it could open.
fn refuse_existing(path: &Path) -> Result<(), Failure> {
    match std::fs::symlink_metadata(path) {
        Ok(_) => Err(Failure::new(format!("{} is there already: a key is never replaced", path.display()))
            .hint("choose another place, or move it away")),
        Err(_) => Ok(()),
    }
}

fn write_pem_files(
    key_file: &Path,
    certificate_file: &Path,
    key: &SealingKey,
    certificate: &Certificate,
) -> Result<(), Failure> {
    let mut staged = Staged::default();
    let private = key.to_pkcs1_pem();
    let public = certificate.to_pem();
    let files =
        [(key_file, private.as_str(), Access::Private), (certificate_file, public.as_str(), Access::ByUmask)];
    for (path, text, access) in files {
        let mut file = StagedFile::new(path, access)?;
        file.write(text.as_bytes())?;
        staged.add(file.finish()?);
    }
    staged.commit().into_iter().try_for_each(|(_, committed)| committed)
}
