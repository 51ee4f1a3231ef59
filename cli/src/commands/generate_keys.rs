//! `seal keys generate`: a private key and its certificate, as the controller makes them.

use std::path::Path;

use sealed_secrets::key_secret::key_secret;
use sealed_secrets::manifest::Format;
use sealed_secrets::names::{check_name, check_namespace};
use sealed_secrets::sealing::{KeySize, SealingKey};

use crate::command::{GenerateKeys, KeyOutput};
use crate::failure::Failure;
use crate::input::is_stdin;
use crate::interrupt::Interrupt;
use crate::output::{Access, Output, Staged, StagedFile};
use crate::print::{Empty, Print};

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
            let (private, public) = (key.to_pkcs1_pem(), certificate.to_pem());
            write_new(&[
                (&targets[0], private.as_str(), Access::Private),
                (&targets[1], public.as_str(), Access::ByUmask),
            ])?;
            eprintln!("wrote {} (keep it secret) and {}", targets[0].display(), targets[1].display());
        }
        KeyOutput::Secret { file, namespace, name } => {
            let secret = key_secret(&key, &certificate, namespace, name.as_deref());
            let text = Print::As(Format::Yaml).secret(&secret, Format::Yaml, Empty::Text);
            if is_stdin(file) {
                let mut output = Output::new(None, Access::Private)?;
                output.write(text.as_bytes())?;
                output.commit()?;
            } else {
                write_new(&[(file, &text, Access::Private)])?;
            }
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

/// Writes files that must not be there yet, also if another run makes them at the same moment: the first that is
/// there already ends it, and a certificate comes after its key.
fn write_new(files: &[(&Path, &str, Access)]) -> Result<(), Failure> {
    let interrupt = Interrupt::catch()?;
    let mut staged = Staged::never_replacing();
    for (path, text, access) in files {
        let mut file = StagedFile::new(path, *access, &interrupt)?;
        file.write(text.as_bytes())?;
        staged.add(file.finish()?);
    }
    let written =
        interrupt.check().and_then(|()| staged.commit().into_iter().try_for_each(|(_, committed)| committed));
    interrupt.end();
    written
}
