//! A folder of its own for one run or several of the client: files put there, what the client says of them, and
//! what has changed afterwards.
//!
//! Everything here panics where it does not work, with the place in the test: it is for tests alone.

mod ran;
mod tree;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, lchown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::golden::inputs;
use crate::{client, process};

pub use ran::Ran;
pub use tree::Tree;

/// The value of every made-up Secret whose value must not be told.
pub const CANARY: &str = "c4nary-Zx91-hid";

/// Nobody's number, for what root may do and others not.
const NOBODY: u32 = 65534;

/// Far more than any run needs: a program that hangs fails its test.
const PATIENCE: Duration = Duration::from_secs(120);

/// Folders of one test, gone when it is dropped: `work`, in which the client runs, `home` and `tmp`.
pub struct Workspace {
    root: TempDir,
    program: PathBuf,
    as_nobody: bool,
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

impl Workspace {
    /// An empty one.
    #[track_caller]
    pub fn new() -> Workspace {
        let root = tempfile::Builder::new().prefix("seal-test-").permissions(mode(0o755)).tempdir();
        let root = root.unwrap_or_else(|error| panic!("creating a folder: {error}"));
        for folder in ["work", "home", "tmp"] {
            let made = fs::create_dir(root.path().join(folder));
            made.unwrap_or_else(|error| panic!("creating {folder}: {error}"));
        }
        let program = client::seal().unwrap_or_else(|error| panic!("{error:#}"));
        Workspace { root, program, as_nobody: false }
    }

    /// One with a Secret in each of these files, by the name of the file.
    #[track_caller]
    pub fn with_secrets(files: &[&str]) -> Workspace {
        let workspace = Workspace::new();
        for file in files {
            workspace.write(file, secret("shop", stem(file)));
        }
        workspace
    }

    /// Where a file of the working folder lies. `../home` and `../tmp` lie beside it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    /// Writes a file, and the folders that it needs.
    #[track_caller]
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).unwrap_or_else(|error| panic!("creating {}: {error}", folder.display()));
        fs::write(&path, content).unwrap_or_else(|error| panic!("writing {name}: {error}"));
    }

    /// Makes a folder.
    #[track_caller]
    pub fn folder(&self, name: &str) {
        fs::create_dir_all(self.path(name)).unwrap_or_else(|error| panic!("creating {name}: {error}"));
    }

    /// Makes a symbolic link; a relative target is meant from the link's folder.
    #[track_caller]
    pub fn link(&self, name: &str, target: impl AsRef<Path>) {
        symlink(target, self.path(name)).unwrap_or_else(|error| panic!("linking {name}: {error}"));
    }

    /// A file's bytes.
    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("reading {name}: {error}"))
    }

    /// A file's text.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap_or_else(|_| panic!("{name} is no text"))
    }

    /// Whether there is anything of that name.
    pub fn has(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// A file's permissions.
    #[track_caller]
    pub fn mode(&self, name: &str) -> u32 {
        let metadata = fs::metadata(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        metadata.permissions().mode() & 0o7777
    }

    /// Sets permissions.
    #[track_caller]
    pub fn set_mode(&self, name: &str, bits: u32) {
        let set = fs::set_permissions(self.path(name), mode(bits));
        set.unwrap_or_else(|error| panic!("permissions of {name}: {error}"));
    }

    /// From here on the client runs as an ordinary user to whom everything here belongs: permissions say nothing to
    /// root.
    #[track_caller]
    pub fn leave_root(&mut self) {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        // Client and certificate lie where nobody may not be able to look.
        let copy = self.root.path().join("seal");
        fs::copy(&self.program, &copy).unwrap_or_else(|error| panic!("copying the client: {error}"));
        self.program = copy;
        self.as_nobody = true;
        let certificate = fs::read(key_file("k2048.crt.pem"));
        let certificate = certificate.unwrap_or_else(|error| panic!("reading the certificate: {error}"));
        self.write("../keys/k2048.crt.pem", certificate);
        for path in tree::below(self.root.path()).into_iter().chain([self.root.path().to_owned()]) {
            let given = lchown(&path, Some(NOBODY), Some(NOBODY));
            given.unwrap_or_else(|error| panic!("giving away {}: {error}", path.display()));
        }
    }

    /// Everything that lies in the workspace, home and temporary folder included.
    #[track_caller]
    pub fn tree(&self) -> Tree {
        Tree::of(self.root.path())
    }

    /// A run of the client.
    pub fn run(&self) -> Run {
        self.run_program(&self.program)
    }

    /// A run that seals: with the certificate of the tests' small key.
    pub fn seal(&self, arguments: &[&str]) -> Run {
        let certificate = match self.as_nobody {
            true => self.path("../keys/k2048.crt.pem"),
            false => key_file("k2048.crt.pem"),
        };
        self.run().arg("--cert").arg(certificate).args(arguments)
    }

    /// A run that opens with the tests' small key.
    pub fn unseal(&self, arguments: &[&str]) -> Run {
        self.run().arg("unseal").args(arguments).arg("--key").arg(key_file("k2048.key.pem")).opening()
    }

    /// A run of the client under another name, by a link to it.
    #[track_caller]
    pub fn run_as(&self, name: &str) -> Run {
        let link = self.root.path().join(name);
        if link.symlink_metadata().is_err() {
            symlink(&self.program, &link).unwrap_or_else(|error| panic!("linking {name}: {error}"));
        }
        self.run_program(&link)
    }

    /// A run of a shell script; `"$@"` in it is the client with what is added as arguments.
    pub fn script(&self, script: &str) -> Run {
        self.run_program(Path::new("/bin/sh")).args(&["-c", script, "sh"]).arg(&self.program)
    }

    fn run_program(&self, program: &Path) -> Run {
        let mut command = Command::new(program);
        command
            .current_dir(self.path(""))
            .env_clear()
            .env("HOME", self.path("../home"))
            .env("TMPDIR", self.path("../tmp"))
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8");
        if self.as_nobody {
            command.uid(NOBODY).gid(NOBODY);
        }
        Run { command, stdin: Vec::new(), opens: false }
    }

    /// Opens sealed files and returns the Secrets that are in them, in order.
    #[track_caller]
    pub fn opened(&self, names: &[&str]) -> Vec<crate::secrets::Secret> {
        self.unseal(names).args(&["--format", "json"]).ends(0).secrets()
    }
}

impl Drop for Workspace {
    /// A folder without permissions could not be emptied by an ordinary user.
    fn drop(&mut self) {
        for path in tree::below(self.root.path()) {
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                let _ = fs::set_permissions(&path, mode(0o700));
            }
        }
    }
}

/// A run that is being prepared.
pub struct Run {
    command: Command,
    stdin: Vec<u8>,
    opens: bool,
}

impl Run {
    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Run {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, arguments: &[&str]) -> Run {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of the otherwise empty environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Run {
        self.command.env(name, value);
        self
    }

    /// What the program reads on its standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Run {
        self.stdin = bytes.into();
        self
    }

    /// The run shows opened values on its standard output, if it succeeds.
    #[must_use]
    pub fn opening(mut self) -> Run {
        self.opens = true;
        self
    }

    /// The command itself, for what this module has no word for.
    pub fn command(self) -> Command {
        self.command
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn end(mut self) -> Ran {
        let finished = process::run(&mut self.command, self.stdin, PATIENCE);
        let finished = finished.unwrap_or_else(|error| panic!("{error:#}"));
        Ran::new(finished, self.opens)
    }

    /// Runs it to its end and asks for an exit status.
    #[track_caller]
    pub fn ends(self, status: i32) -> Ran {
        self.end().exits(status)
    }
}

/// A file of the test keys, for example `k2048.crt.pem`.
pub fn key_file(name: &str) -> PathBuf {
    inputs().join("keys").join(name)
}

/// A Secret in YAML with [`CANARY`] as its one value, under the key `password`.
pub fn secret(namespace: &str, name: &str) -> String {
    secret_with(namespace, name, &format!("stringData:\n  password: {CANARY}\n"))
}

/// A Secret in YAML with these lines after its metadata.
pub fn secret_with(namespace: &str, name: &str, rest: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: {namespace}\n{rest}")
}

/// A Secret in JSON with [`CANARY`] as its one value, under the key `password`.
pub fn secret_json(namespace: &str, name: &str) -> String {
    format!(
        "{{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {{\"name\": \"{name}\", \"namespace\": \
         \"{namespace}\"}}, \"data\": {{\"password\": \"{}\"}}}}\n",
        STANDARD.encode(CANARY)
    )
}

fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.split('.').next().unwrap_or(name)
}

fn mode(bits: u32) -> Permissions {
    Permissions::from_mode(bits)
}
