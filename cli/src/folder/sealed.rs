//! Every SealedSecret of files and folders, one after the other.

use std::path::{Path, PathBuf};

use crate::args::CalledAs;
use crate::failure::Failure;
use crate::folder::walk::walk;
use crate::input::named_input;
use crate::sealed_source::{Sealed, sealed_objects};

/// Hands over each SealedSecret below the paths with the file that it stands in, and gives back everything that could not
/// be read.
pub(crate) fn for_each_sealed(paths: &[PathBuf], mut look: impl FnMut(&Path, &Sealed)) -> Vec<Failure> {
    let found = walk(paths);
    let mut failures: Vec<Failure> = found.failures.into_iter().map(|(_, failure)| failure).collect();
    for file in &found.files {
        let source = named_input(&file.path).map_err(|failure| vec![failure]);
        let read = source.and_then(|source| {
            sealed_objects(&source, CalledAs::Seal)?
                .objects
                .iter()
                .for_each(|sealed| look(&file.path, sealed));
            Ok(())
        });
        failures.extend(read.err().into_iter().flatten());
    }
    failures
}
