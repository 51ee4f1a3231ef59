//! `--fetch-cert`: the certificate's bytes as they are, not looked at, as kubeseal has it.

use crate::certificate_source::fetch;
use crate::command::FetchCertificate;
use crate::failure::Failure;
use crate::input::check_input_opens;
use crate::output::{Access, Output};

pub(crate) fn run(command: &FetchCertificate) -> Result<(), Failure> {
    let FetchCertificate { unused_input, output, certificate } = command;
    check_input_opens(unused_input.as_deref())?;
    let bytes = fetch(certificate)?;
    let mut output = Output::new(output.as_deref(), Access::PrivateIfNew)?;
    output.write(&bytes)?;
    output.commit()
}
