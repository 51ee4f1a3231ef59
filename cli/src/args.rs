//! What was typed. What it means is decided in `command`.
//!
//! Flags are kubeseal's (0.40.0), under both names of the program; the flags and commands that only `seal` has
//! follow. Values are not judged here beyond their form.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use sealed_secrets::sealing::Scope;

use crate::go_values::{csv, go_bool, scope};

/// The name that the program was called by, which decides its manners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CalledAs {
    /// kubeseal: same output, same defaults.
    Kubeseal,
    /// seal: input's format kept, paths and commands, refusals where kubeseal guesses.
    Seal,
}

impl CalledAs {
    /// From `argv[0]`: `kubeseal`, `kubeseal.exe`, `kubeseal-0.40.0` are kubeseal, all else is seal.
    pub(crate) fn from_program(program: &str) -> CalledAs {
        let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
        if name.starts_with("kubeseal") { CalledAs::Kubeseal } else { CalledAs::Seal }
    }
}

/// Everything that was typed.
pub(crate) struct Typed {
    pub(crate) called_as: CalledAs,
    /// `argv[0]` as it was typed, for the usage line.
    pub(crate) program: String,
    pub(crate) flags: Flags,
    pub(crate) files: FileFlags,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) subcommand: Option<Sub>,
}

/// Reads the command line.
///
/// # Errors
/// What clap says of it, ready to print; its exit status is 2.
pub(crate) fn parse(argv: Vec<OsString>) -> Result<Typed, clap::Error> {
    let program = argv.first().map_or_else(|| "seal".into(), |name| name.to_string_lossy().into_owned());
    let called_as = CalledAs::from_program(&program);
    let matches = definition(called_as, &program).try_get_matches_from(argv)?;
    Ok(match called_as {
        CalledAs::Kubeseal => {
            let args = KubesealArgs::from_arg_matches(&matches)?;
            let files = FileFlags::default();
            Typed { called_as, program, flags: args.flags, files, paths: Vec::new(), subcommand: None }
        }
        CalledAs::Seal => {
            let SealArgs { flags, files, paths, subcommand } = SealArgs::from_arg_matches(&matches)?;
            Typed { called_as, program, flags, files, paths, subcommand }
        }
    })
}

/// The command line as clap knows it, for help, completions and man pages, too.
pub(crate) fn definition(called_as: CalledAs, program: &str) -> clap::Command {
    let command = match called_as {
        CalledAs::Kubeseal => KubesealArgs::command(),
        CalledAs::Seal => SealArgs::command(),
    };
    match called_as {
        CalledAs::Kubeseal => {
            command.bin_name(program.to_owned()).override_usage(format!("{program} [FLAGS]"))
        }
        CalledAs::Seal => with_help(command),
    }
}

/// Gives help to the commands below, where no variable of the environment asks for it.
fn with_help(command: clap::Command) -> clap::Command {
    let help = || {
        clap::Arg::new("help").short('h').long("help").help("Print this help").action(clap::ArgAction::Help)
    };
    command.mut_subcommands(|sub| with_help(sub).arg(help()))
}

/// kubeseal's command line. Positional arguments are ignored, as kubeseal does: people write `kubeseal -o yaml -`.
#[derive(Parser)]
#[command(
    name = "kubeseal",
    about = "Seals Kubernetes Secrets for a cluster's sealed-secrets controller.",
    args_override_self = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
struct KubesealArgs {
    #[command(flatten)]
    flags: Flags,
    #[arg(hide = true)]
    ignored: Vec<OsString>,
}

/// seal's command line.
#[derive(Parser)]
#[command(
    name = "seal",
    about = "Seals Kubernetes Secrets so that they are safe to keep in Git: one from stdin as kubeseal does, or \
             whole folders.",
    after_help = "Exit status: 0 all well, 1 something failed, 2 used wrongly, 3 work remains.\n\n\
                  Examples:\n  \
                  seal --cert pub.pem secrets/*.yaml\n  \
                  seal --cert pub.pem secrets/ --output-dir config/base/09-secrets\n  \
                  kubectl create secret generic x -n y --from-literal=a=b --dry-run=client -o yaml | seal --cert pub.pem\n  \
                  seal unseal config/base/09-secrets --key key.pem --output-dir opened",
    args_override_self = true,
    args_conflicts_with_subcommands = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
struct SealArgs {
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    files: FileFlags,
    /// Files and folders with Secrets, `-` for stdin. Folders are searched whatever .gitignore says.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(subcommand)]
    subcommand: Option<Sub>,
}

/// Flags of `seal` for files and folders.
#[derive(Args, Default)]
#[command(next_help_heading = "Files and folders")]
pub(crate) struct FileFlags {
    /// Write the sealed files below this folder, subfolders kept, in place of beside their sources
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Print all sealed objects in place of writing files
    #[arg(long)]
    pub(crate) stdout: bool,
    /// Report what happened to each file, for programs
    #[arg(long, value_name = "FORMAT", value_parser = ["json"])]
    pub(crate) report: Option<String>,
    /// Where the report goes: a file, or fd:N for a file descriptor (default: stdout)
    #[arg(long, value_name = "FILE", requires = "report")]
    pub(crate) report_to: Option<String>,
    /// Seal on this many processors (default: all)
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
}

/// Commands of `seal`.
#[derive(Subcommand)]
pub(crate) enum Sub {
    /// Open sealed files with private keys, offline
    Unseal(UnsealArgs),
    /// Show what the templates of sealed files give, or check them without any key
    Render(RenderArgs),
    /// Make sealing keys
    Keys {
        #[command(subcommand)]
        command: KeysSub,
    },
    /// Conditions of SealedSecrets in a cluster
    Conditions {
        #[command(subcommand)]
        command: ConditionsSub,
    },
    /// Show what a certificate is: fingerprint, key, validity
    Cert(CertArgs),
    /// Print the completion script for a shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a folder
    Man {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// `seal unseal`.
#[derive(Args)]
#[command(override_usage = "seal unseal [OPTIONS] <PATH>... --key <FILE>...")]
pub(crate) struct UnsealArgs {
    /// Files and folders with SealedSecrets, `-` for stdin
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Private keys: PEM files, or backups of the controller's key Secrets; takes all names that follow
    #[arg(long, short = 'k', value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) key: Vec<PathBuf>,
    /// Write the opened Secrets below this folder, readable by you alone, in place of printing them
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Output format: yaml or json (default: the input's)
    #[arg(long, short = 'o', value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// Open on this many processors (default: all)
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
}

/// `seal render`.
#[derive(Args)]
#[command(
    override_usage = "seal render [OPTIONS] <PATH>... --key <FILE>...\n       seal render --check <PATH>..."
)]
pub(crate) struct RenderArgs {
    /// Files and folders with SealedSecrets, `-` for stdin
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Private keys: PEM files, or backups of the controller's key Secrets; takes all names that follow
    #[arg(long, short = 'k', value_name = "FILE", required_unless_present = "check", num_args = 1..)]
    pub(crate) key: Vec<PathBuf>,
    /// Open nothing: parse the templates, and warn of values that the object does not have and of functions that give
    /// something else each time
    #[arg(long, conflicts_with = "key")]
    pub(crate) check: bool,
    /// Only the template of this key of spec.template.data
    #[arg(long, value_name = "KEY")]
    pub(crate) entry: Option<String>,
    /// Open on this many processors (default: all)
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
}

/// `seal keys …`.
#[derive(Subcommand)]
pub(crate) enum KeysSub {
    /// Make a private key and its self-signed certificate, as the controller does
    Generate(GenerateArgs),
}

/// `seal keys generate`.
#[derive(Args)]
pub(crate) struct GenerateArgs {
    /// Folder for tls.key (mode 0600) and tls.crt; existing files are not replaced
    #[arg(value_name = "DIR", required_unless_present = "secret")]
    pub(crate) folder: Option<PathBuf>,
    /// Write the key Secret that the controller takes (`kubectl create -f FILE`) in place of PEM files; `-` prints it
    #[arg(long, value_name = "FILE", conflicts_with = "folder")]
    pub(crate) secret: Option<PathBuf>,
    /// Name of the key Secret (default: the API server makes one from sealed-secrets-key)
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Namespace of the controller, for the key Secret
    #[arg(long, short = 'n', default_value = "sealed-secrets")]
    pub(crate) namespace: String,
    /// Bits of the RSA key: 2048, 3072 or 4096
    #[arg(long, value_name = "BITS", default_value_t = 4096)]
    pub(crate) size: u32,
    /// Days that the certificate is valid
    #[arg(long, value_name = "DAYS", default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36500))]
    pub(crate) days: u32,
    /// Common name of the certificate
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) common_name: String,
}

/// `seal conditions …`.
#[derive(Subcommand)]
pub(crate) enum ConditionsSub {
    /// Take the conditions Ready, Stalled and Paused off SealedSecrets, which only this toolkit's controller writes: before a
    /// return to Bitnami's controller, which would leave them as they are for ever. Stop the controller first
    Clear(Box<ConditionsArgs>),
}

/// `seal conditions clear`.
#[derive(Args)]
pub(crate) struct ConditionsArgs {
    /// In all namespaces
    #[arg(long, short = 'A')]
    pub(crate) all_namespaces: bool,
    /// Path to a kubeconfig
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<String>,
    #[command(flatten)]
    pub(crate) kube: KubeFlags,
}

/// `seal cert`.
#[derive(Args)]
pub(crate) struct CertArgs {
    /// File or URL of the certificate
    #[arg(value_name = "FILE|URL")]
    pub(crate) certificate: String,
    /// Print the certificate as PEM in place of describing it
    #[arg(long)]
    pub(crate) pem: bool,
}

/// kubeseal's flags. `None` means not typed: environment and defaults come later.
#[derive(Args, Default)]
pub(crate) struct Flags {
    /// Certificate / public key file/URL to use for encryption. Overrides --controller-*
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) cert: Option<String>,
    /// Namespace of sealed-secrets controller (default kube-system)
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) controller_namespace: Option<String>,
    /// Name of sealed-secrets controller (default sealed-secrets-controller)
    #[arg(long, value_name = "NAME")]
    pub(crate) controller_name: Option<String>,
    /// Output format for sealed secret: json or yaml
    #[arg(long, short = 'o')]
    pub(crate) format: Option<String>,
    /// Sealed-secret output file; .yaml and .yml choose YAML
    #[arg(long, short = 'w', value_name = "FILE")]
    pub(crate) sealed_secret_file: Option<String>,
    /// Secret input file, in place of stdin
    #[arg(long, short = 'f', value_name = "FILE")]
    pub(crate) secret_file: Option<String>,
    /// Write certificate to stdout. Useful for later use with --cert
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) fetch_cert: Option<bool>,
    /// Allow empty data in the secret object
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) allow_empty_data: Option<bool>,
    /// Validate that the sealed secret can be decrypted
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) validate: Option<bool>,
    /// Merge items from secret into an existing sealed secret file, updating the file in-place instead of writing to stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) merge_into: Option<String>,
    /// Encrypt a raw value passed via stdin or --from-file instead of the whole secret object
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) raw: Option<bool>,
    /// Name of the sealed secret (required with --raw and default (strict) scope)
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// (only with --raw) File with the value to encrypt: FILE or KEY=FILE
    #[arg(long, value_name = "[KEY=]FILE", action = clap::ArgAction::Append, value_parser = csv)]
    pub(crate) from_file: Vec<Vec<String>>,
    /// Path to a kubeconfig. Only required if out-of-cluster
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<String>,
    /// Set the scope of the sealed secret: strict, namespace-wide, cluster-wide (default strict)
    #[arg(long, value_parser = scope)]
    pub(crate) scope: Option<Scope>,
    /// Re-encrypt the given sealed secret to use the latest cluster key
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) re_encrypt: Option<bool>,
    /// Deprecated: use --re-encrypt
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) rotate: Option<bool>,
    /// Decrypt a sealed secret file obtained from stdin, using the private key passed with --recovery-private-key
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) recovery_unseal: Option<bool>,
    /// Private key filename used by the --recovery-unseal command. Multiple files accepted either via comma separated list or by repetition of the flag
    #[arg(long, value_name = "FILE,...", action = clap::ArgAction::Append, value_parser = csv)]
    pub(crate) recovery_private_key: Vec<Vec<String>>,
    /// Print version information and exit
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) version: Option<bool>,
    /// Print this help and exit
    #[arg(long, short = 'h', num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) help: Option<bool>,

    #[command(flatten)]
    pub(crate) kube: KubeFlags,
    #[command(flatten)]
    pub(crate) klog: KlogFlags,
}

/// kubectl's flags for the way to a cluster, as kubeseal takes them.
#[derive(Args, Default)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct KubeFlags {
    /// If present, the namespace scope for this CLI request
    #[arg(long, short = 'n')]
    pub(crate) namespace: Option<String>,
    /// The name of the kubeconfig context to use
    #[arg(long)]
    pub(crate) context: Option<String>,
    /// The name of the kubeconfig cluster to use
    #[arg(long)]
    pub(crate) cluster: Option<String>,
    /// The name of the kubeconfig user to use
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// The address and port of the Kubernetes API server
    #[arg(long)]
    pub(crate) server: Option<String>,
    /// Username to impersonate for the operation
    #[arg(long = "as", value_name = "USER")]
    pub(crate) impersonate: Option<String>,
    /// Group to impersonate for the operation, can be repeated
    #[arg(long, action = clap::ArgAction::Append)]
    pub(crate) as_group: Vec<String>,
    /// UID to impersonate for the operation
    #[arg(long, value_name = "UID")]
    pub(crate) as_uid: Option<String>,
    /// Path to a cert file for the certificate authority
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate_authority: Option<String>,
    /// Path to a client certificate file for TLS
    #[arg(long, value_name = "FILE")]
    pub(crate) client_certificate: Option<String>,
    /// Path to a client key file for TLS
    #[arg(long, value_name = "FILE")]
    pub(crate) client_key: Option<String>,
    /// Opt out of response compression
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) disable_compression: Option<bool>,
    /// Do not check the server's certificate for validity (insecure)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    pub(crate) insecure_skip_tls_verify: Option<bool>,
    /// Password for basic authentication to the API server
    #[arg(long)]
    pub(crate) password: Option<String>,
    /// Username for basic authentication to the API server
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// The URL of a proxy to use
    #[arg(long, value_name = "URL")]
    pub(crate) proxy_url: Option<String>,
    /// The length of time to wait before giving up on a single server request, for example 5s; 0 means no limit
    #[arg(long, value_name = "DURATION")]
    pub(crate) request_timeout: Option<String>,
    /// Server name to use for server certificate validation
    #[arg(long, value_name = "NAME")]
    pub(crate) tls_server_name: Option<String>,
    /// Bearer token for authentication to the API server
    #[arg(long)]
    pub(crate) token: Option<String>,
}

/// Go's logging flags. There is nothing for them to do here; they are taken so that scripts keep working.
#[derive(Args, Default)]
#[command(next_help_heading = "Accepted without effect")]
pub(crate) struct KlogFlags {
    /// Number for the log level verbosity
    #[arg(long = "v", short = 'v', value_name = "LEVEL", value_parser = clap::value_parser!(i32), allow_negative_numbers = true)]
    v: Option<i32>,
    #[arg(long, hide = true)]
    vmodule: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    logtostderr: Option<bool>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    alsologtostderr: Option<bool>,
    #[arg(long, hide = true)]
    stderrthreshold: Option<String>,
    #[arg(long, hide = true)]
    alsologtostderrthreshold: Option<String>,
    #[arg(long = "legacy_stderr_threshold_behavior", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    legacy_stderr_threshold_behavior: Option<bool>,
    #[arg(long = "log_dir", hide = true)]
    log_dir: Option<String>,
    #[arg(long = "log_file", hide = true)]
    log_file: Option<String>,
    #[arg(long = "log_file_max_size", hide = true, value_parser = clap::value_parser!(u64))]
    log_file_max_size: Option<u64>,
    #[arg(long = "log_backtrace_at", hide = true)]
    log_backtrace_at: Option<String>,
    #[arg(long = "add_dir_header", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    add_dir_header: Option<bool>,
    #[arg(long = "skip_headers", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    skip_headers: Option<bool>,
    #[arg(long = "skip_log_headers", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    skip_log_headers: Option<bool>,
    #[arg(long = "one_output", hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = go_bool)]
    one_output: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        definition(CalledAs::Kubeseal, "kubeseal").debug_assert();
        definition(CalledAs::Seal, "seal").debug_assert();
    }

    #[test]
    fn the_name_decides() {
        for name in
            ["kubeseal", "/usr/bin/kubeseal", "kubeseal.exe", "kubeseal-0.40.0", r"C:\bin\kubeseal.exe"]
        {
            assert_eq!(CalledAs::from_program(name), CalledAs::Kubeseal, "{name}");
        }
        for name in ["seal", "/opt/kubeseal/seal", "kubectl-seal", ""] {
            assert_eq!(CalledAs::from_program(name), CalledAs::Seal, "{name}");
        }
    }
}
