//! What lies in a folder at a moment, to be compared with what lies there later.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Every entry below a folder with all that can be known of it.
pub struct Tree(BTreeMap<String, Entry>);

#[derive(PartialEq, Eq)]
struct Entry {
    mode: u32,
    /// The number of the file, which is another one after it was replaced. Of a folder only what is in it counts.
    number: u64,
    /// Of a symbolic link: where it points.
    content: Vec<u8>,
}

impl Tree {
    #[track_caller]
    pub(super) fn of(folder: &Path) -> Tree {
        Tree(below(folder).into_iter().map(|path| (name(&path, folder), entry(&path))).collect())
    }

    /// What is new (`+`), changed or replaced (`~`) and gone (`-`) in a later tree, in the order of the names.
    /// Names begin in the working folder.
    pub fn changes(&self, later: &Tree) -> Vec<String> {
        let mut names: Vec<&String> = self.0.keys().chain(later.0.keys()).collect();
        names.sort();
        names.dedup();
        let sign = |name: &String| match (self.0.get(name), later.0.get(name)) {
            (None, _) => Some('+'),
            (_, None) => Some('-'),
            (Some(before), Some(after)) => (before != after).then_some('~'),
        };
        names.into_iter().filter_map(|name| sign(name).map(|sign| format!("{sign} {name}"))).collect()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// All entries below a folder, folders before what is in them; symbolic links are not followed.
pub(super) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                open.push(path.clone());
            }
            found.push(path);
        }
    }
    found
}

fn name(path: &Path, folder: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
    relative.strip_prefix("work/").map_or_else(|| format!("../{relative}"), str::to_owned)
}

#[track_caller]
fn entry(path: &Path) -> Entry {
    let failed = |error: std::io::Error| -> ! { panic!("{}: {error}", path.display()) };
    let metadata = fs::symlink_metadata(path).unwrap_or_else(|error| failed(error));
    let mode = metadata.permissions().mode();
    if metadata.is_dir() {
        return Entry { mode, number: 0, content: Vec::new() };
    }
    let content = if metadata.is_symlink() {
        fs::read_link(path).map(|target| target.into_os_string().into_encoded_bytes())
    } else {
        fs::read(path)
    };
    // What may not be read by an ordinary user's test cannot have been changed by an ordinary user's client.
    Entry { mode, number: metadata.ino(), content: content.unwrap_or_default() }
}
