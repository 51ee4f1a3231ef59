//! Refuse rather than clobber: what stands where a file is to be written.

use std::path::Path;

use crate::args::CalledAs;
use crate::failure::Failure;
use crate::input::{Source, read_file};
use crate::object::{Identity, expand};
use crate::output::folder_of;
use crate::reading::{documents, read};

/// Checks that a target may be written: nothing is there, or a regular file that holds objects of the right kind
/// and only such as will be written again. A symbolic link is refused: it could lead anywhere.
///
/// # Errors
/// What is there instead.
pub(crate) fn check_replaceable(
    target: &Path,
    is_wanted_kind: impl Fn(&Identity) -> bool,
    new: &[Identity],
) -> Result<(), Failure> {
    let shown = target.display();
    let refused = |what: String| {
        Err(Failure::new(format!("{shown} {what}: it is not replaced"))
            .hint("move it away, or write into another folder with --output-dir"))
    };
    match std::fs::symlink_metadata(target) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::io("open", target, &error)),
        Ok(there) if there.is_symlink() => return refused("is a symbolic link".into()),
        Ok(there) if !there.is_file() => return refused("is not a regular file".into()),
        Ok(_) => {}
    }
    let source = Source::new(shown.to_string(), read_file(target)?)?;
    let Ok(documents) = documents(&source) else {
        return refused("is there already and cannot be read".into());
    };
    let mut any = false;
    for document in &documents {
        let objects = match read(&source.name, document, CalledAs::Seal) {
            Ok(None) => continue,
            Ok(Some(value)) => expand(value),
            Err(failure) => Err(failure),
        };
        let Ok(objects) = objects else { return refused("is there already and cannot be read".into()) };
        for (identity, _) in objects {
            any = true;
            let again =
                new.iter().any(|new| new.namespace == identity.namespace && new.name == identity.name);
            if !is_wanted_kind(&identity) || !again {
                return refused(format!("holds {identity}"));
            }
        }
    }
    if any { Ok(()) } else { refused("is there already and holds no object".into()) }
}

/// Refuses a file that may not be written: the temporary file that takes its place would not ask.
///
/// # Errors
/// The system's reason.
pub(crate) fn refuse_read_only(path: &Path) -> Result<(), Failure> {
    match std::fs::File::options().write(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::io("open", path, &error)),
    }
}

/// Makes the folder for a target below `root`. A symbolic link on the way is refused: it could lead out of `root`, or
/// to a folder where another target already has the same place. `root` itself may be one.
///
/// # Errors
/// The link, or the system's reason.
pub(crate) fn make_folder(target: &Path, root: &Path) -> Result<(), Failure> {
    let folder = folder_of(target);
    let mut place = root.to_owned();
    for part in folder.strip_prefix(root).unwrap_or(Path::new("")).components() {
        place.push(part);
        if std::fs::symlink_metadata(&place).is_ok_and(|there| there.is_symlink()) {
            return Err(Failure::new(format!(
                "{} is a symbolic link: nothing is written through it",
                place.display()
            ))
            .hint("put a folder in its place, or choose another --output-dir"));
        }
    }
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("mkdir", folder, &error))
}
