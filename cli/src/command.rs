//! What is to be done, with everything decided that can be decided without looking at a file.

use std::path::PathBuf;

use sealed_secrets::sealing::Scope;

use crate::args::CalledAs;
use crate::kubeconfig::KubeSettings;
use crate::print::Print;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Command {
    Help { called_as: CalledAs, program: String },
    Version { called_as: CalledAs },
    Seal(SealStream),
    Raw(SealRaw),
    Merge(Merge),
    Recover(Recover),
    FetchCertificate(FetchCertificate),
    Validate(Validate),
    ReEncrypt(ReEncrypt),
    ValidatePaths(ControllerPaths),
    ReEncryptPaths(ControllerPaths),
    ClearConditions(ClearConditions),
    SealPaths(SealPaths),
    Unseal(Unseal),
    Render(Render),
    CheckTemplates(CheckTemplates),
    GenerateKeys(GenerateKeys),
    ShowCertificate { location: String, pem: bool },
    Completion(clap_complete::Shell),
    Man(PathBuf),
}

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub(crate) enum CertificateFrom {
    /// A file or a URL, as it was typed.
    Location(String),
    /// The controller.
    Cluster(Box<ControllerAt>),
}

/// Where the controller is.
#[derive(Clone, Debug)]
pub(crate) struct ControllerAt {
    pub(crate) kube: KubeSettings,
    /// Of the controller's Service.
    pub(crate) namespace: String,
    /// Of the controller's Service.
    pub(crate) name: String,
    pub(crate) called_as: CalledAs,
}

/// What is asked of the objects that are sealed, besides what they say themselves.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) called_as: CalledAs,
    /// Replaces `metadata.name`.
    pub(crate) name: Option<String>,
    /// A scope that was asked for.
    pub(crate) scope: Option<Scope>,
    /// `--namespace`, and what kubeseal takes instead.
    pub(crate) kube: KubeSettings,
    pub(crate) allow_empty_data: bool,
}

/// Seal the objects of one stream.
#[derive(Debug)]
pub(crate) struct SealStream {
    pub(crate) input: Option<PathBuf>,
    pub(crate) output: Option<PathBuf>,
    pub(crate) print: Print,
    pub(crate) certificate: CertificateFrom,
    pub(crate) wish: Wish,
    pub(crate) jobs: usize,
}

/// Seal one value.
#[derive(Debug)]
pub(crate) struct SealRaw {
    /// `-f`: not read, but it must be there, as kubeseal has it.
    pub(crate) unused_input: Option<PathBuf>,
    pub(crate) called_as: CalledAs,
    pub(crate) from_file: Option<String>,
    pub(crate) output: Option<PathBuf>,
    pub(crate) certificate: CertificateFrom,
    pub(crate) name: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) kube: KubeSettings,
}

/// Put the values of a Secret into a sealed file.
#[derive(Debug)]
pub(crate) struct Merge {
    pub(crate) input: Option<PathBuf>,
    pub(crate) target: PathBuf,
    /// The whole file printed anew, as kubeseal does; `None`: only what changes is edited, every other byte stays.
    pub(crate) print: Option<Print>,
    pub(crate) certificate: CertificateFrom,
    pub(crate) wish: Wish,
}

/// `--recovery-unseal`.
#[derive(Debug)]
pub(crate) struct Recover {
    pub(crate) input: Option<PathBuf>,
    pub(crate) output: Option<PathBuf>,
    pub(crate) print: Print,
    pub(crate) keys: Vec<PathBuf>,
    pub(crate) jobs: usize,
}

/// `--fetch-cert`.
#[derive(Debug)]
pub(crate) struct FetchCertificate {
    pub(crate) unused_input: Option<PathBuf>,
    pub(crate) output: Option<PathBuf>,
    pub(crate) certificate: CertificateFrom,
}

/// `--validate` of one stream.
#[derive(Debug)]
pub(crate) struct Validate {
    pub(crate) input: Option<PathBuf>,
    pub(crate) controller: ControllerAt,
}

/// `--re-encrypt` of one stream.
#[derive(Debug)]
pub(crate) struct ReEncrypt {
    pub(crate) input: Option<PathBuf>,
    /// The input itself where nothing else was named.
    pub(crate) output: Option<PathBuf>,
    /// The whole object as the controller gives it, as kubeseal prints it; `None`: only the sealed values are
    /// replaced, every other byte stays.
    pub(crate) print: Option<Print>,
    pub(crate) controller: ControllerAt,
}

/// `--validate` and `--re-encrypt` of files and folders, in place.
#[derive(Debug)]
pub(crate) struct ControllerPaths {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) controller: ControllerAt,
    pub(crate) report: Option<ReportTo>,
    pub(crate) jobs: usize,
}

/// `seal conditions clear`.
#[derive(Debug)]
pub(crate) struct ClearConditions {
    pub(crate) kube: KubeSettings,
    /// `None` means all.
    pub(crate) namespace: Option<String>,
}

/// Seal files and folders.
#[derive(Debug)]
pub(crate) struct SealPaths {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) destination: Destination,
    pub(crate) print: Print,
    pub(crate) certificate: CertificateFrom,
    pub(crate) wish: Wish,
    pub(crate) report: Option<ReportTo>,
    pub(crate) jobs: usize,
}

/// Where sealed files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    BesideSource,
    Below(PathBuf),
    Stdout,
}

/// Where the report for programs goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReportTo {
    Stdout,
    File(PathBuf),
    /// A descriptor of the caller, by its name below /dev/fd.
    Descriptor(PathBuf),
}

/// `seal unseal`.
#[derive(Debug)]
pub(crate) struct Unseal {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) keys: Vec<PathBuf>,
    pub(crate) output_dir: Option<PathBuf>,
    pub(crate) print: Print,
    pub(crate) jobs: usize,
}

/// `seal render` with keys.
#[derive(Debug)]
pub(crate) struct Render {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) keys: Vec<PathBuf>,
    /// Only the template of this key.
    pub(crate) entry: Option<String>,
    pub(crate) jobs: usize,
}

/// `seal render --check`.
#[derive(Debug)]
pub(crate) struct CheckTemplates {
    pub(crate) paths: Vec<PathBuf>,
    /// Only the template of this key.
    pub(crate) entry: Option<String>,
}

/// `seal keys generate`.
#[derive(Debug)]
pub(crate) struct GenerateKeys {
    pub(crate) output: KeyOutput,
    pub(crate) size: u32,
    pub(crate) validity_seconds: i64,
    pub(crate) common_name: String,
}

/// In what form a new key is written.
#[derive(Debug)]
pub(crate) enum KeyOutput {
    PemFiles(PathBuf),
    Secret { file: PathBuf, namespace: String, name: Option<String> },
}
