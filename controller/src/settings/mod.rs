//! What the controller is told to do, as values that are checked before anything starts.
//!
//! `args` says what was typed, [`interpret`] what it means. Unlike upstream's controller, ours refuses a wrong value
//! wherever it was said, in the environment too, rather than go on with a default that nobody asked for.

mod cluster_identity;
mod domain_values;
mod forbidden;
mod go_values;
mod interpret;
mod labels;
mod note;
mod problem;

use std::net::SocketAddr;
use std::time::Duration;

use sealed_secrets::sealing::KeySize;

pub use forbidden::Forbidden;
pub use interpret::{Surroundings, interpret, wants_version};
pub use note::Note;
pub use problem::Problem;

/// Everything that flags and environment decide. Names follow upstream's flags.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace that holds the key Secrets: `POD_NAMESPACE`, the service account's namespace, or `default`.
    pub own_namespace: String,
    /// How keys are made, ordered and renewed.
    pub keys: KeySettings,
    /// What is unsealed, and how.
    pub unseal: UnsealSettings,
    /// The HTTP servers.
    pub http: HttpSettings,
    /// How fast the API server may be asked.
    pub api: ApiLimits,
    /// What is logged, and how.
    pub log: LogSettings,
}

/// How keys are made, ordered and renewed.
#[derive(Clone, Debug)]
pub struct KeySettings {
    /// `--key-prefix`: beginning of the names of new key Secrets, and name of the legacy key Secret.
    pub prefix: String,
    /// `--key-size`.
    pub size: KeySize,
    /// `--key-ttl`: how long the certificates of new keys are valid.
    pub validity: Duration,
    /// `--my-cn`: the common name in the certificates of new keys.
    pub common_name: String,
    /// `--key-renew-period`; `None`: no renewal by age (upstream's 0).
    pub renew_period: Option<Duration>,
    /// `--key-cutoff-time`, in Unix seconds: a newest key from before is replaced.
    pub cutoff: Option<i64>,
    /// `--key-order-priority`.
    pub order: KeyOrder,
    /// `--privatekey-labels`: put on new key Secrets.
    pub labels: Vec<(String, String)>,
    /// `--privatekey-annotations`: put on new key Secrets.
    pub annotations: Vec<(String, String)>,
    /// What tells this cluster from others, where anything does: the name of its first key follows from it, so that the keys of
    /// another cluster can be restored beside it.
    pub cluster: Option<String>,
    /// Whether the controller makes keys at all (`--generate-keys=false`: an administrator brings them).
    pub generate: bool,
}

/// Which key is the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyOrder {
    /// The one whose certificate begins last.
    #[default]
    CertificateNotBefore,
    /// The one whose Secret was created last.
    SecretCreationTimestamp,
}

/// What is unsealed, and how.
#[derive(Clone, Debug)]
pub struct UnsealSettings {
    /// `None`: every namespace. Otherwise these, each once, the own one among them.
    pub namespaces: Option<Vec<String>>,
    /// `--label-selector` of the SealedSecrets; empty means all.
    pub label_selector: String,
    /// `--accept-deprecated-v1-data`: whether `spec.data` is opened.
    pub accept_legacy: bool,
    /// `--templates`: whether `spec.template.data` is rendered.
    pub templates: bool,
    /// `--update-status`.
    pub update_status: bool,
    /// `--skip-recreate`: a deleted Secret stays away.
    pub skip_recreate: bool,
    /// `--old-gc-behavior`: delete the Secret of a deleted SealedSecret, rather than leave it to the collector.
    pub old_gc: bool,
    /// `--forbid-types`, `--forbid-labels`: what no Secret may have.
    pub forbidden: Forbidden,
}

/// The HTTP servers.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// `--listen-addr`.
    pub address: SocketAddr,
    /// `--listen-metrics-addr`.
    pub metrics_address: SocketAddr,
    /// `--read-timeout`: for a request's head and body.
    pub read_timeout: Duration,
    /// `--write-timeout`: for the answer.
    pub write_timeout: Duration,
    /// `--rate-limit`: requests a second and client on /v1/verify and on /v1/rotate.
    pub rate: u32,
    /// `--rate-limit-burst`: so many more at once.
    pub burst: u32,
    /// `--verify-endpoint`, `--rotate-endpoint`: whether these are served at all.
    pub verify: bool,
    /// See `verify`.
    pub rotate: bool,
    /// `--metrics-omit-secret-labels`: no metric carries names of SealedSecrets.
    pub omit_secret_labels: bool,
}

/// How fast the API server may be asked.
#[derive(Clone, Copy, Debug)]
pub struct ApiLimits {
    /// `--kubeclient-qps`: requests a second; `None`: no limit of ours (upstream's negative number).
    pub requests_per_second: Option<f32>,
    /// `--kubeclient-burst`.
    pub burst: u32,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug)]
pub struct LogSettings {
    /// `--log-level`.
    pub level: tracing::Level,
    /// `--log-format=json`.
    pub json: bool,
    /// `--log-info-stdout`: INFO and below go to stdout, the rest to stderr.
    pub info_to_stdout: bool,
}
