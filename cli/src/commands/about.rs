//! Help, version, completions and man pages.

use std::path::Path;

use crate::args::{CalledAs, definition};
use crate::failure::Failure;
use crate::output::{Access, Output};

pub(crate) fn help(called_as: CalledAs, program: &str) -> Result<(), Failure> {
    let mut definition = definition(called_as, program);
    let text = definition.render_help();
    print(&text.to_string())
}

/// The version of kubeseal that this is, under its name.
const KUBESEAL: &str = "0.40.0";

/// kubeseal's line under kubeseal's name: scripts take the number for what the program can do.
pub(crate) fn version(called_as: CalledAs) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    match called_as {
        CalledAs::Kubeseal => print(&format!("kubeseal version: {KUBESEAL} (seal {version})\n")),
        CalledAs::Seal => print(&format!("seal version: {version}\n")),
    }
}

pub(crate) fn completion(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(CalledAs::Seal, "seal"), "seal", &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// Writes seal.1, seal-unseal.1 … into a folder.
pub(crate) fn man(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("mkdir", folder, &error))?;
    let mut definition = definition(CalledAs::Seal, "seal");
    definition.build();
    let mut waiting = vec![definition.name("seal")];
    while let Some(command) = waiting.pop() {
        let name = command.get_name().to_owned();
        waiting.extend(command.get_subcommands().filter(|sub| sub.get_name() != "help").map(|sub| {
            let name = format!("{name}-{}", sub.get_name());
            sub.clone().name(name)
        }));
        let path = folder.join(format!("{name}.1"));
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|error| Failure::io("render", &path, &error))?;
        let mut output = Output::new(Some(&path), Access::ByUmask)?;
        output.write(&page)?;
        output.commit()?;
    }
    Ok(())
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::new(None, Access::ByUmask)?;
    output.write(text.as_bytes())?;
    output.commit()
}
