//! The folders a case runs in: working directory, home, temporary files; and what has changed in them.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::case::{Case, Entry, Kind};
use super::tidy::replace;

/// Nobody's numbers, for cases that must not run as root.
pub(crate) const NOBODY: u32 = 65534;

/// Folders of one run, gone when it is dropped.
pub(crate) struct Sandbox {
    root: TempDir,
    inputs: PathBuf,
    url: String,
}

/// One file system entry as it was at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    /// Of a symlink: where it points.
    pub(crate) content: Vec<u8>,
    pub(crate) mode: u32,
}

impl Sandbox {
    pub(crate) fn create(case: &Case, url: &str) -> Result<Self> {
        let root = tempfile::Builder::new().prefix("golden-").tempdir().context("creating a folder")?;
        let sandbox = Self { root, inputs: super::inputs(), url: url.to_owned() };
        for folder in [sandbox.work(), sandbox.home(), sandbox.temporary()] {
            fs::create_dir(&folder).with_context(|| format!("creating {}", folder.display()))?;
        }
        for (name, entry) in &case.files {
            sandbox.make(name, entry).with_context(|| format!("making {name}"))?;
        }
        Ok(sandbox)
    }

    /// Permissions come last, or nothing could be put into a folder without write permission.
    pub(crate) fn set_modes(&self, case: &Case) -> Result<()> {
        for (name, entry) in &case.files {
            if let Entry::File { mode: Some(mode), .. } | Entry::Folder { mode: Some(mode), .. } = entry {
                let mode = u32::from_str_radix(mode, 8).with_context(|| format!("mode of {name}"))?;
                fs::set_permissions(self.path(name), Permissions::from_mode(mode))?;
            }
        }
        Ok(())
    }

    /// Gives everything to nobody, with a copy of the inputs that nobody can reach.
    pub(crate) fn hand_to_nobody(&mut self) -> Result<()> {
        let copy = self.root.path().join("inputs");
        copy_folder(&self.inputs, &copy)?;
        self.inputs = copy;
        fs::set_permissions(self.root.path(), Permissions::from_mode(0o755))?;
        for path in entries_below(self.root.path())?.into_iter().chain([self.root.path().to_owned()]) {
            lchown(&path, Some(NOBODY), Some(NOBODY))
                .with_context(|| format!("giving away {}", path.display()))?;
        }
        Ok(())
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.root.path().join("d")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    pub(crate) fn temporary(&self) -> PathBuf {
        self.root.path().join("tmp")
    }

    /// The placeholders of the transcripts and what they stand for in this run.
    pub(crate) fn places(&self) -> Vec<(&'static str, String)> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        vec![
            ("$DIR", text(&self.work())),
            ("$INPUTS", text(&self.inputs)),
            ("$HOME", text(&self.home())),
            ("$TMP", text(&self.temporary())),
            ("$HTTP", self.url.clone()),
            ("$HOSTPORT", self.url.trim_start_matches("http://").to_owned()),
        ]
    }

    /// A text of the case with its placeholders filled in.
    pub(crate) fn fill(&self, text: &str) -> String {
        self.places().iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    /// Everything in the working directory, by its path from there.
    pub(crate) fn snapshot(&self) -> Result<BTreeMap<String, Seen>> {
        let work = self.work();
        let mut seen = BTreeMap::new();
        for path in entries_below(&work)? {
            let meta = fs::symlink_metadata(&path)?;
            let (kind, content, mode) = if meta.is_symlink() {
                (Kind::Symlink, fs::read_link(&path)?.into_os_string().into_encoded_bytes(), 0)
            } else if meta.is_dir() {
                (Kind::Dir, Vec::new(), meta.mode() & 0o7777)
            } else {
                (Kind::File, read_any(&path, &meta)?, meta.mode() & 0o7777)
            };
            let name = path.strip_prefix(&work).context("an entry outside of its folder")?;
            seen.insert(name.to_string_lossy().into_owned(), Seen { kind, content, mode });
        }
        Ok(seen)
    }

    /// What lies in the folder for temporary files.
    pub(crate) fn temporaries(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.temporary())? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(names)
    }

    fn path(&self, name: &str) -> PathBuf {
        if name.starts_with('$') { PathBuf::from(self.fill(name)) } else { self.work().join(name) }
    }

    fn make(&self, name: &str, entry: &Entry) -> Result<()> {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        match entry {
            Entry::Folder { .. } => fs::create_dir_all(&path)?,
            Entry::Symlink { symlink: target } => symlink(self.fill(target), &path)?,
            Entry::File { content, .. } | Entry::Plain(content) => {
                let bytes = replace(&content.bytes()?, "$DIR", &self.work().to_string_lossy());
                fs::write(&path, replace(&bytes, "$HTTP", &self.url))?;
            }
        }
        Ok(())
    }
}

impl Drop for Sandbox {
    /// A folder without write permission could not be emptied by an ordinary user.
    fn drop(&mut self) {
        for path in entries_below(self.root.path()).unwrap_or_default() {
            if path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
                let _ = fs::set_permissions(&path, Permissions::from_mode(0o700));
            }
        }
    }
}

/// A file that its owner may not read is made readable for the moment.
fn read_any(path: &Path, meta: &fs::Metadata) -> Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            fs::set_permissions(path, Permissions::from_mode(0o600))?;
            let bytes = fs::read(path);
            fs::set_permissions(path, meta.permissions())?;
            Ok(bytes?)
        }
        result => Ok(result?),
    }
}

/// All entries below a folder, folders before what is in them; symlinks are not followed.
fn entries_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if fs::symlink_metadata(&path)?.is_dir() {
                open.push(path.clone());
            }
            found.push(path);
        }
    }
    Ok(found)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
