//! Writing users' files: whole or not at all.
//!
//! Everything is written under temporary names in the folders of the targets, brought to disk by one sync, and
//! renamed; an error or a signal before that removes the temporary files and leaves what was there. Nothing else
//! in this program writes a user's file.

use std::collections::BTreeSet;
use std::fs::{File, Permissions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::failure::{Failure, system_text};
use crate::interrupt::Interrupt;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// A new file everybody whom the umask lets: sealed objects are public. One that is replaced keeps its mode.
    ByUmask,
    /// A new file the user alone, as kubeseal has it. One that is replaced keeps its mode.
    PrivateIfNew,
    /// The user alone, whatever was there: it holds plaintext.
    Private,
}

/// Files that are written but not yet in their places.
#[derive(Default)]
pub(crate) struct Staged {
    files: Vec<Finished>,
    never_replace: bool,
}

/// One file that is being written under its temporary name.
pub(crate) struct StagedFile {
    target: PathBuf,
    temporary: BufWriter<NamedTempFile>,
}

/// One file that is written whole under its temporary name. It is closed: a run may have more files than a process
/// may have open.
pub(crate) struct Finished {
    target: PathBuf,
    temporary: TempPath,
}

/// A name may be as long as the system takes, and the temporary one is longer.
const NAME_IN_TEMPORARY: usize = 40;

/// From how many files on one sync of the file system is faster than one each.
const SYNC_ONE_BY_ONE: usize = 8;

impl StagedFile {
    /// Begins a file for this place. A symbolic link there is not followed: the file takes its place.
    ///
    /// Signals are noted from before this on, so that none leaves the temporary file behind.
    ///
    /// # Errors
    /// A folder at that place, or the system's reason.
    pub(crate) fn new(target: &Path, access: Access, _: &Interrupt) -> Result<StagedFile, Failure> {
        let failed = |error: &std::io::Error| Failure::io("open", target, error);
        let existing = match std::fs::symlink_metadata(target) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(Failure::new(format!("open {}: is a directory", target.display()))
                    .hint("name a file in it"));
            }
            Ok(metadata) => metadata.is_file().then(|| metadata.permissions()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&error)),
        };
        let folder = folder_of(target);
        let name: String = target
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .chars()
            .take(NAME_IN_TEMPORARY)
            .collect();
        let mut builder = tempfile::Builder::new();
        let prefix = format!(".{name}.");
        builder.prefix(&prefix).suffix(".tmp");
        if let Some(permissions) = permissions_of_new(access) {
            builder.permissions(permissions);
        }
        let temporary = builder.tempfile_in(folder).map_err(|error| failed(&error))?;
        if let Some(permissions) = existing.filter(|_| access != Access::Private) {
            temporary.as_file().set_permissions(permissions).map_err(|error| failed(&error))?;
        }
        // Plaintext goes past the buffer, which is not wiped.
        let buffer = if access == Access::Private { 0 } else { 64 * 1024 };
        Ok(StagedFile { target: target.to_owned(), temporary: BufWriter::with_capacity(buffer, temporary) })
    }

    /// Writes what is still in memory and closes the file, so that only the sync and the rename remain.
    ///
    /// # Errors
    /// The system's reason, a full disk for example.
    pub(crate) fn finish(self) -> Result<Finished, Failure> {
        let StagedFile { target, temporary } = self;
        match temporary.into_inner() {
            Ok(temporary) => Ok(Finished { target, temporary: temporary.into_temp_path() }),
            Err(error) => Err(Failure::io("write", &target, error.error())),
        }
    }

    /// Writes a piece.
    ///
    /// # Errors
    /// The system's reason.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.temporary.write_all(bytes).map_err(|error| Failure::io("write", &self.target, &error))
    }
}

impl Staged {
    /// Files that are put in their places only where nothing is.
    pub(crate) fn never_replacing() -> Staged {
        Staged { files: Vec::new(), never_replace: true }
    }

    pub(crate) fn add(&mut self, file: Finished) {
        self.files.push(file);
    }

    /// Brings all files to disk, then puts each in its place. Says of each target how that went; one that failed
    /// is as it was.
    pub(crate) fn commit(self) -> Vec<(PathBuf, Result<(), Failure>)> {
        let folders: BTreeSet<PathBuf> =
            self.files.iter().map(|file| folder_of(&file.target).to_owned()).collect();
        let mut before = self.sync(&folders);
        let mut results = Vec::with_capacity(self.files.len());
        for Finished { target, temporary } in self.files {
            let result = before.clone().and_then(|()| {
                let persisted = if self.never_replace {
                    temporary.persist_noclobber(&target)
                } else {
                    temporary.persist(&target)
                };
                persisted.map_err(|error| Failure::io("rename", &target, &error.error))
            });
            // Of files that belong together none comes without the one before it.
            if self.never_replace {
                before = result.clone();
            }
            results.push((target, result));
        }
        for folder in &folders {
            // The names are in the folder; whether they are on disk is up to file systems that can sync folders.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        results
    }

    fn sync(&self, folders: &BTreeSet<PathBuf>) -> Result<(), Failure> {
        if self.files.len() > SYNC_ONE_BY_ONE && sync_file_systems(folders) {
            return Ok(());
        }
        self.files.iter().try_for_each(|file| {
            let opened = File::open(&file.temporary);
            opened
                .and_then(|opened| opened.sync_all())
                .map_err(|error| Failure::io("sync", &file.target, &error))
        })
    }
}

/// One sync for all files, where the system has such a call; `false` where each file needs its own.
#[cfg(target_os = "linux")]
fn sync_file_systems(folders: &BTreeSet<PathBuf>) -> bool {
    use std::os::unix::fs::MetadataExt;

    let mut synced = BTreeSet::new();
    folders.iter().all(|folder| {
        let Ok(opened) = File::open(folder) else { return false };
        let Ok(metadata) = opened.metadata() else { return false };
        !synced.insert(metadata.dev()) || rustix::fs::syncfs(&opened).is_ok()
    })
}

#[cfg(not(target_os = "linux"))]
fn sync_file_systems(_: &BTreeSet<PathBuf>) -> bool {
    false
}

#[cfg(unix)]
fn permissions_of_new(access: Access) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;

    // The umask is taken off by the system.
    (access == Access::ByUmask).then(|| Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn permissions_of_new(_: Access) -> Option<Permissions> {
    None
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where a command prints: stdout, or a file that comes to its place when everything is printed.
pub(crate) enum Output {
    Stdout(BufWriter<std::io::Stdout>),
    File(StagedFile, Interrupt),
    /// A device or pipe: there is nothing to replace.
    Device(PathBuf, BufWriter<File>),
}

impl Output {
    /// A device, pipe or descriptor of the caller: written to from its end, whatever it is.
    ///
    /// # Errors
    /// One that is not open for writing.
    pub(crate) fn in_place(path: &Path) -> Result<Output, Failure> {
        let opened = File::options().append(true).open(path);
        let opened = opened.map_err(|error| Failure::io("open", path, &error))?;
        Ok(Output::Device(path.to_owned(), BufWriter::new(opened)))
    }

    /// stdout, or the file of `-w`. What is named below /dev or /proc is never replaced by a file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(crate) fn new(file: Option<&Path>, access: Access) -> Result<Output, Failure> {
        let Some(path) = file else {
            let buffer = if access == Access::Private { 0 } else { 64 * 1024 };
            return Ok(Output::Stdout(BufWriter::with_capacity(buffer, std::io::stdout())));
        };
        let leads_to = std::fs::read_link(path).unwrap_or_else(|_| path.to_owned());
        let is_device = std::fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir());
        let is_systems =
            [path, &leads_to].iter().any(|path| path.starts_with("/dev") || path.starts_with("/proc"));
        // Memory-backed folders of the system are folders like any other.
        if is_device || (is_systems && !path.starts_with("/dev/shm")) {
            return Output::in_place(path);
        }
        let interrupt = Interrupt::catch()?;
        Ok(Output::File(StagedFile::new(path, access, &interrupt)?, interrupt))
    }

    /// Writes what displays itself in pieces.
    pub(crate) fn print(&mut self, value: &impl std::fmt::Display) -> Result<(), Failure> {
        let (target, written) = match self {
            Output::Stdout(stdout) => ("stdout".to_owned(), write!(stdout, "{value}")),
            Output::File(file, _) => (file.target.display().to_string(), write!(file.temporary, "{value}")),
            Output::Device(path, device) => (path.display().to_string(), write!(device, "{value}")),
        };
        written.map_err(|error| Failure::new(format!("write {target}: {}", system_text(&error))))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Output::Stdout(stdout) => stdout.write_all(bytes).map_err(|error| stdout_failure(&error)),
            Output::File(file, interrupt) => interrupt.check().and_then(|()| file.write(bytes)),
            Output::Device(path, device) => {
                device.write_all(bytes).map_err(|error| Failure::io("write", path, &error))
            }
        }
    }

    /// Everything is printed: flushes, and puts a file in its place.
    pub(crate) fn commit(self) -> Result<(), Failure> {
        match self {
            Output::Stdout(mut stdout) => stdout.flush().map_err(|error| stdout_failure(&error)),
            Output::File(file, interrupt) => {
                let finished = interrupt.check().and_then(|()| file.finish());
                let written = finished.and_then(|file| {
                    let mut staged = Staged::default();
                    staged.add(file);
                    staged.commit().pop().map_or(Ok(()), |(_, committed)| committed)
                });
                interrupt.end();
                written
            }
            Output::Device(path, mut device) => {
                device.flush().map_err(|error| Failure::io("write", &path, &error))
            }
        }
    }
}

pub(crate) fn stdout_failure(error: &std::io::Error) -> Failure {
    Failure::new(format!("write stdout: {}", system_text(error)))
}
