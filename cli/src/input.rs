//! Reading what the user names: files, stdin.

use std::io::{IsTerminal, Read};
use std::path::Path;

use sealed_secrets::manifest::{self, Limits};
use zeroize::Zeroizing;

use crate::failure::{Failure, system_text};

/// A text that was read, and the name by which messages call it. Wiped when it is dropped.
pub(crate) struct Source {
    pub(crate) name: String,
    text: Zeroizing<String>,
}

impl Source {
    /// The text of a file or of stdin.
    ///
    /// # Errors
    /// Bytes that are no text, with the line of the first.
    pub(crate) fn new(name: String, mut bytes: Zeroizing<Vec<u8>>) -> Result<Source, Failure> {
        let decoded = match manifest::decode(&bytes) {
            Ok(std::borrow::Cow::Borrowed(_)) => None,
            Ok(std::borrow::Cow::Owned(text)) => Some(Zeroizing::new(text)),
            Err(error) => return Err(Failure::new(&error).maybe_hint(error.hint()).at(&name)),
        };
        let text = match decoded {
            Some(text) => text,
            None => {
                let bytes = std::mem::take(&mut *bytes);
                Zeroizing::new(String::from_utf8(bytes).map_err(|_| Failure::new("not UTF-8").at(&name))?)
            }
        };
        Ok(Source { name, text })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// Reads `-f FILE`, or stdin with a word to those who sit before an empty terminal.
///
/// # Errors
/// A file that cannot be read, in kubeseal's words; bytes that are no text.
pub(crate) fn manifest_input(file: Option<&Path>) -> Result<Source, Failure> {
    match file {
        Some(path) => {
            let bytes = read_file(path).map_err(|failure| {
                Failure::new("Could not read file specified with --secret-file").hint(failure.what)
            })?;
            Source::new(path.display().to_string(), bytes)
        }
        None => {
            if std::io::stdin().is_terminal() {
                eprintln!("(tty detected: expecting json/yaml k8s resource in stdin)");
            }
            Source::new("stdin".into(), read_stdin_behind(0)?)
        }
    }
}

/// Reads a path of the command line; `-` is stdin, with the same word to those who sit before an empty terminal.
///
/// # Errors
/// A file that cannot be read, bytes that are no text.
pub(crate) fn named_input(path: &Path) -> Result<Source, Failure> {
    if is_stdin(path) {
        return manifest_input(None);
    }
    Source::new(path.display().to_string(), read_file(path)?)
}

/// Whether a path of the command line means stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Checks that `-f FILE` can be opened, before anything else is done and also where it is not read, as kubeseal has
/// it.
///
/// # Errors
/// A file that cannot be opened, in kubeseal's words.
pub(crate) fn check_input_opens(file: Option<&Path>) -> Result<(), Failure> {
    match file.map(|path| (path, std::fs::File::open(path))) {
        Some((path, Err(error))) => Err(Failure::new("Could not read file specified with --secret-file")
            .hint(Failure::io("open", path, &error).what)),
        _ => Ok(()),
    }
}

/// Reads a whole file.
///
/// # Errors
/// The system's reason, or a file beyond the limit.
pub(crate) fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    read_file_behind(path, 0, 0)
}

/// Reads a whole file into a buffer with room of `before` bytes, and spare capacity of `after`.
///
/// # Errors
/// The system's reason, or a file beyond the limit.
pub(crate) fn read_file_behind(
    path: &Path,
    before: usize,
    after: usize,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut file = std::fs::File::open(path).map_err(|error| Failure::io("open", path, &error))?;
    let metadata = file.metadata().map_err(|error| Failure::io("stat", path, &error))?;
    if metadata.is_dir() {
        return Err(Failure::new(format!("read {}: is a directory", path.display())));
    }
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    // One byte more, so that the end is seen without growing.
    let expected = size.saturating_add(after.max(1));
    read_wiped(&mut file, before, expected).map_err(|error| Failure::io("read", path, &error))
}

/// Reads stdin to its end, into a buffer with room of `before` bytes.
///
/// # Errors
/// The system's reason, or more bytes than the limit.
pub(crate) fn read_stdin_behind(before: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    read_wiped(&mut std::io::stdin().lock(), before, size_of_stdin())
        .map_err(|error| Failure::new(format!("read stdin: {}", system_text(&error))))
}

/// How many bytes stdin will give, where it is a file; 0 where nobody knows.
#[cfg(unix)]
fn size_of_stdin() -> usize {
    use std::os::fd::AsFd;

    let metadata = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .and_then(|descriptor| std::fs::File::from(descriptor).metadata());
    // One byte more, so that the end is seen without growing.
    metadata.map_or(0, |metadata| usize::try_from(metadata.len()).map_or(0, |size| size.saturating_add(1)))
}

#[cfg(not(unix))]
fn size_of_stdin() -> usize {
    0
}

/// Reads to the end without leaving copies behind: a buffer that grows is wiped before it is given back.
fn read_wiped(from: &mut dyn Read, before: usize, expected: usize) -> std::io::Result<Zeroizing<Vec<u8>>> {
    const FIRST: usize = 64 * 1024;
    let limit = Limits::default().input_bytes;
    if expected > limit.saturating_add(FIRST) {
        return Err(too_large(limit));
    }
    let mut buffer = Zeroizing::new(vec![0; before + expected.max(FIRST)]);
    let mut filled = before;
    loop {
        if filled == buffer.len() {
            if filled - before >= limit {
                return Err(too_large(limit));
            }
            let mut larger = Zeroizing::new(vec![0; (buffer.len() * 2).min(before + limit + FIRST)]);
            larger[..filled].copy_from_slice(&buffer);
            buffer = larger;
        }
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if filled - before > limit {
        return Err(too_large(limit));
    }
    buffer.truncate(filled);
    Ok(buffer)
}

fn too_large(limit: usize) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::FileTooLarge, format!("more than {limit} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_grows_keeps_every_byte() {
        let bytes: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
        assert_eq!(**read_wiped(&mut &bytes[..], 0, 0).unwrap(), bytes);
        assert_eq!(read_wiped(&mut &bytes[..], 3, bytes.len()).unwrap()[3..], bytes);
    }
}
