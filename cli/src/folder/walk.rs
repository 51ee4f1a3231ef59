//! Which files a list of paths means.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::failure::{Failure, system_text};
use crate::input::is_stdin;

/// Names of files in a folder that may hold manifests.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// As it is opened and shown.
    pub(crate) path: PathBuf,
    /// Below the folder that was named, for a tree of outputs; the file's name where the file itself was named.
    pub(crate) relative: PathBuf,
}

/// What was found, and what could not be looked at.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) files: Vec<Found>,
    pub(crate) failures: Vec<(PathBuf, Failure)>,
    /// What was left out, and why.
    pub(crate) skipped: Vec<(PathBuf, &'static str)>,
}

/// Finds the files: those that are named, whatever they are called, and in folders all that may be manifests, in
/// the order of their names. `.gitignore` plays no role, since folders of plain Secrets are just what people
/// ignore; `.git` is left out. `-` stays what it is. A symbolic link inside a folder is followed only to a file inside that folder.
pub(crate) fn walk(paths: &[PathBuf]) -> Walk {
    let mut walk = Walk::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        if is_stdin(path) {
            walk.file(Found { path: path.clone(), relative: path.clone() }, &mut seen);
            continue;
        }
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk.folder(path, &mut seen),
            Ok(_) => {
                let relative = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
                walk.file(Found { path: path.clone(), relative }, &mut seen);
            }
            Err(error) => walk.failures.push((path.clone(), Failure::io("open", path, &error))),
        }
    }
    walk
}

impl Walk {
    /// A file that is named twice, or besides its folder, is taken once.
    fn file(&mut self, found: Found, seen: &mut BTreeSet<PathBuf>) {
        let canonical = std::fs::canonicalize(&found.path).unwrap_or_else(|_| found.path.clone());
        if seen.insert(canonical) {
            self.files.push(found);
        }
    }

    fn folder(&mut self, folder: &Path, seen: &mut BTreeSet<PathBuf>) {
        let mut links = Vec::new();
        let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| entry.file_name() != ".git") {
            match entry {
                Ok(entry) if entry.file_type().is_symlink() => links.push(entry),
                Ok(entry) if entry.file_type().is_file() && may_be_manifest(entry.path()) => {
                    self.file(found(entry.path(), folder), seen);
                }
                // Pipes, sockets and devices would be waited for without end.
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    let reason = error.io_error().map_or_else(|| "cannot be read".to_owned(), system_text);
                    let failure = Failure::new(format!("open {}: {reason}", path.display()));
                    self.failures.push((path, failure));
                }
            }
        }
        // After the files, so that a link to one of them never stands for it.
        for link in links {
            self.link(link.path(), folder, seen);
        }
    }

    fn link(&mut self, path: &Path, folder: &Path, seen: &mut BTreeSet<PathBuf>) {
        if path.is_dir() {
            self.skipped.push((path.to_owned(), "a symbolic link to a folder, which is not followed"));
            return;
        }
        if !may_be_manifest(path) {
            return;
        }
        let (Ok(real), Ok(root)) = (std::fs::canonicalize(path), std::fs::canonicalize(folder)) else {
            let failure = Failure::new(format!("{} is a symbolic link to nothing", path.display()));
            self.failures.push((path.to_owned(), failure));
            return;
        };
        if !real.starts_with(&root) {
            let failure =
                Failure::new(format!("{} is a symbolic link that leads out of the folder", path.display()))
                    .hint("name the file itself if you want it");
            self.failures.push((path.to_owned(), failure));
        } else if seen.contains(&real) {
            self.skipped.push((path.to_owned(), "a symbolic link to another of these files"));
        } else if real.is_file() && !real.components().any(|part| part.as_os_str() == ".git") {
            self.file(found(path, folder), seen);
        }
    }
}

fn found(path: &Path, folder: &Path) -> Found {
    let relative = path.strip_prefix(folder).unwrap_or(path).to_owned();
    Found { path: path.to_owned(), relative }
}

fn may_be_manifest(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}
