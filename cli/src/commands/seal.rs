//! Seal the Secrets of one stream, as `kubeseal < secret.yaml > sealed.yaml` does.

use crate::args::CalledAs;
use crate::certificate_source::certificate;
use crate::command::SealStream;
use crate::failure::Failure;
use crate::input::manifest_input;
use crate::interrupt::Interrupt;
use crate::output::{Access, Output};
use crate::seal_source::{Purpose, judge, no_secrets};

pub(crate) fn run(command: &SealStream, now: i64) -> Result<(), Failure> {
    let SealStream { input, output, print, certificate: from, wish, jobs } = command;
    if let Some(path) = input {
        crate::input::check_unused_input(Some(path))?;
    }
    let certificate = certificate(from, now)?;
    let source = manifest_input(input.as_deref())?;
    let judged = judge(&source, wish, Purpose::Seal, *jobs)?;
    for warning in &judged.warnings {
        eprintln!("warning: {warning}");
    }
    for other in &judged.passed_over {
        eprintln!("note: {}: {other} is passed over: only Secrets are sealed", source.name);
    }
    if judged.secrets.is_empty() {
        return Err(no_secrets(None).at(&source.name));
    }
    let interrupt = Interrupt::catch(output.is_some())?;
    let access = match wish.called_as {
        CalledAs::Kubeseal => Access::PrivateIfNew,
        CalledAs::Seal => Access::ByUmask,
    };
    let mut output = Output::new(output.as_deref(), access)?;
    let sealed = judged
        .seal(&certificate, *print, wish, *jobs, |text| {
            interrupt.check()?;
            output.write(text)
        })
        .and_then(|()| interrupt.check());
    if sealed.is_err() {
        drop(output);
        interrupt.end();
        return sealed;
    }
    output.commit()
}
