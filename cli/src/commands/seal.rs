//! Seal the Secrets of one stream, as `kubeseal < secret.yaml > sealed.yaml` does.

use crate::args::CalledAs;
use crate::certificate_source::certificate;
use crate::command::SealStream;
use crate::failure::{Failure, printable};
use crate::folder::existing::check_replaceable;
use crate::input::{check_input_opens, manifest_input};
use crate::object::Identity;
use crate::output::{Access, Output};
use crate::seal_source::{Purpose, judge, no_secrets};

pub(crate) fn run(command: &SealStream, now: i64) -> Result<(), Failure> {
    let SealStream { input, output, print, certificate: from, wish, jobs } = command;
    check_input_opens(input.as_deref())?;
    let certificate = certificate(from, now)?;
    let source = manifest_input(input.as_deref())?;
    let judged = judge(&source, wish, Purpose::Seal, *jobs)?;
    for warning in &judged.warnings {
        eprintln!("warning: {}", printable(warning));
    }
    for other in &judged.passed_over {
        eprintln!("note: {}: {other} is passed over: only Secrets are sealed", source.name);
    }
    if judged.objects.is_empty() {
        return Err(no_secrets(None).at(&source.name));
    }
    let access = match wish.called_as {
        CalledAs::Kubeseal => Access::PrivateIfNew,
        CalledAs::Seal => Access::ByUmask,
    };
    if let Some(target) =
        output.as_deref().filter(|target| wish.called_as == CalledAs::Seal && target.is_file())
    {
        check_replaceable(target, Identity::is_sealed_secret, &judged.objects)?;
    }
    let mut output = Output::new(output.as_deref(), access)?;
    judged.seal(&certificate, *print, wish, *jobs, |text| output.write(text))?;
    output.commit()
}
