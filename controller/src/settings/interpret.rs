//! From what was typed to what it means. Everything that is wrong is found, not only the first.

mod http;
mod keys;
mod reader;
mod unseal;

use sealed_secrets::names::check_namespace;

use self::reader::Reader;
use super::cluster_identity::cluster_identity;
use super::domain_values::count;
use super::note::Note;
use super::problem::{Problem, read};
use super::{ApiLimits, LogSettings, Settings, go_values};
use crate::args::{self, Typed};

/// Where the controller runs, as far as its settings need it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `POD_NAMESPACE`.
    pub pod_namespace: Option<String>,
    /// The content of the service account's file `namespace`.
    pub service_account_namespace: Option<String>,
    /// What tells this cluster from others; see [`Surroundings::cluster_of_token`].
    pub cluster: Option<String>,
}

impl Surroundings {
    /// What a token of the service account says of the cluster: the uid of the account. The token itself is not kept.
    #[must_use]
    pub fn cluster_of_token(token: &str) -> Option<String> {
        cluster_identity(token)
    }
}

/// Decides what was meant.
///
/// # Errors
/// All that is wrong, in the order of the settings.
pub fn interpret(typed: &Typed, surroundings: &Surroundings) -> Result<(Settings, Vec<Note>), Vec<Problem>> {
    let mut reader = Reader::new(typed);
    let settings = reader.settings(surroundings);
    match settings {
        Some(settings) if reader.problems.is_empty() => Ok((settings, reader.notes)),
        _ => Err(reader.problems),
    }
}

impl Reader<'_> {
    fn settings(&mut self, surroundings: &Surroundings) -> Option<Settings> {
        let own_namespace = self.own_namespace(surroundings);
        let keys = self.keys(surroundings);
        let unseal = self.unseal(own_namespace.as_deref().unwrap_or_default());
        let http = self.http();
        let api = self.api();
        let log = self.log();
        self.without_effect();
        Some(Settings {
            own_namespace: own_namespace?,
            keys: keys?,
            unseal: unseal?,
            http: http?,
            api: api?,
            log: log?,
        })
    }

    fn own_namespace(&mut self, surroundings: &Surroundings) -> Option<String> {
        let given = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (place, namespace) = match given(&surroundings.pod_namespace) {
            Some(namespace) => ("POD_NAMESPACE", namespace),
            None => (
                "the service account's namespace",
                given(&surroundings.service_account_namespace).unwrap_or_else(|| "default".into()),
            ),
        };
        match check_namespace(&namespace) {
            Ok(()) => Some(namespace),
            Err(error) => {
                let sentence = format!("is {namespace:?}: {error}");
                self.problems.push(Problem { place: place.into(), sentence });
                None
            }
        }
    }

    fn api(&mut self) -> Option<ApiLimits> {
        let rate = self.read(&args::KUBECLIENT_QPS, go_values::number);
        let burst = self.read(&args::KUBECLIENT_BURST, count);
        let requests_per_second = rate?.gt(&0.0).then_some(rate?);
        if requests_per_second.is_none() {
            self.idle(
                &args::KUBECLIENT_BURST,
                "has nothing to do, since there is no limit on requests to the API server (--kubeclient-qps)",
            );
        }
        // No request at all could go with a burst of 0, which client-go takes for its default.
        Some(ApiLimits { requests_per_second, burst: burst?.max(1) })
    }

    fn log(&mut self) -> Option<LogSettings> {
        let level = self.read(&args::LOG_LEVEL, go_values::level);
        let json = self.read(&args::LOG_FORMAT, |text| match text.to_ascii_lowercase().as_str() {
            "json" => Ok(true),
            "text" => Ok(false),
            _ => Err("text or json is wanted".into()),
        });
        let info_to_stdout = self.read(&args::LOG_INFO_STDOUT, go_values::truth);
        Some(LogSettings { level: level?, json: json?, info_to_stdout: info_to_stdout? })
    }

    /// Flags of upstream's that have nothing to do here; their values still must be of their kind.
    fn without_effect(&mut self) {
        self.read(&args::WATCH_FOR_SECRETS, go_values::truth);
        self.idle(
            &args::WATCH_FOR_SECRETS,
            "has nothing to do: key Secrets are always followed as they come, change and go",
        );
        self.read(&args::MAX_UNSEAL_RETRIES, go_values::whole);
        self.idle(
            &args::MAX_UNSEAL_RETRIES,
            "has nothing to count: what does not open is tried again when something has changed, and errors of the API \
             server are retried for as long as they last",
        );
        // The version is printed before anything is interpreted; a wrong value is told here.
        self.read(&args::VERSION, go_values::truth);
    }
}

/// Whether the version is asked for. A wrong value is told when the settings are read.
pub fn wants_version(typed: &Typed) -> bool {
    read(typed.value(&args::VERSION), go_values::truth).unwrap_or(false)
}

#[cfg(test)]
mod tests;
