//! From what was typed to what it means. Everything that is wrong is found, not only the first.

use std::cmp::Ordering;

use sealed_secrets::key_secret;
use sealed_secrets::names::check_namespace;

use super::domain_values::{
    common_name, count, key_order, key_prefix, key_size, namespaces, time_limit, whole_seconds,
};
use super::note::Note;
use super::problem::{Problem, read};
use super::{ApiLimits, HttpSettings, KeySettings, LogSettings, Settings, UnsealSettings, go_values, labels};
use crate::args::{self, Flag, Source, Typed};

/// Where the controller runs, as far as its settings need it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `POD_NAMESPACE`.
    pub pod_namespace: Option<String>,
    /// The content of the service account's file `namespace`.
    pub service_account_namespace: Option<String>,
}

/// Decides what was meant.
///
/// # Errors
/// All that is wrong, in the order of the settings.
pub fn interpret(typed: &Typed, surroundings: &Surroundings) -> Result<(Settings, Vec<Note>), Vec<Problem>> {
    let mut reader = Reader { typed, problems: Vec::new(), notes: Vec::new() };
    let settings = reader.settings(surroundings);
    match settings {
        Some(settings) if reader.problems.is_empty() => Ok((settings, reader.notes)),
        _ => Err(reader.problems),
    }
}

/// Reads values one by one and gathers what is wrong with them. `None` always comes with a problem.
struct Reader<'t> {
    typed: &'t Typed,
    problems: Vec<Problem>,
    notes: Vec<Note>,
}

impl Reader<'_> {
    fn settings(&mut self, surroundings: &Surroundings) -> Option<Settings> {
        let own_namespace = self.own_namespace(surroundings);
        let keys = self.keys();
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

    fn keys(&mut self) -> Option<KeySettings> {
        let prefix = self.read(&args::KEY_PREFIX, key_prefix);
        let size = self.read(&args::KEY_SIZE, key_size);
        let validity = self.read(&args::KEY_TTL, |text| {
            whole_seconds(text)?.ok_or_else(|| "it must be at least a second".to_owned())
        });
        let common_name = self.read(&args::MY_CN, common_name);
        let renewal = self.renewal_flag();
        let renew_period = self.read(renewal, |text| match go_values::duration(text)? {
            ..0 => Err("it cannot be negative; 0 means that no key is renewed by age".into()),
            _ => whole_seconds(text),
        });
        let order = self.read(&args::KEY_ORDER_PRIORITY, key_order);
        let cutoff = self.cutoff();
        let labels = self.key_labels();
        let annotations = self.read(&args::PRIVATEKEY_ANNOTATIONS, labels::annotations);
        let generate = self.read(&args::GENERATE_KEYS, go_values::truth);

        if self.is_given(&args::ROTATE_PERIOD) {
            self.notes.push(Note::warning(
                "Flag --rotate-period has been deprecated, please use key-renew-period instead",
            ));
        }
        if let (Some(validity), Some(Some(period))) = (validity, renew_period)
            && validity < period
        {
            self.notes.push(Note::warning(
                "Certificates are valid for less than the period after which keys are renewed, so there will be times \
                 when clients refuse to seal: make --key-ttl longer than --key-renew-period",
            ));
        }
        if generate == Some(false) {
            for flag in [&args::KEY_RENEW_PERIOD, &args::ROTATE_PERIOD, &args::KEY_CUTOFF_TIME] {
                self.idle(flag, "has nothing to do, since --generate-keys=false");
            }
        }
        Some(KeySettings {
            prefix: prefix?,
            size: size?,
            validity: validity?,
            common_name: common_name?,
            renew_period: renew_period?,
            order: order?,
            cutoff: cutoff?,
            labels: labels?.into_iter().collect(),
            annotations: annotations?.into_iter().collect(),
            generate: generate?,
        })
    }

    /// The two flags of the same meaning. On the command line the last wins, in the environment the old name, as
    /// with upstream.
    fn renewal_flag(&self) -> &'static Flag {
        let new = &self.typed.value(&args::KEY_RENEW_PERIOD).source;
        let old = &self.typed.value(&args::ROTATE_PERIOD).source;
        let rank = |source: &Source| match source {
            Source::Default => (0, 0),
            Source::Environment => (1, 0),
            Source::CommandLine(place) => (2, *place),
        };
        match (old, rank(old).cmp(&rank(new))) {
            (Source::Default, _) | (_, Ordering::Less) => &args::KEY_RENEW_PERIOD,
            (_, Ordering::Equal | Ordering::Greater) => &args::ROTATE_PERIOD,
        }
    }

    fn cutoff(&mut self) -> Option<Option<i64>> {
        let time = self.read(&args::KEY_CUTOFF_TIME, |text| match text {
            "" => Ok(None),
            text => go_values::time(text).map(Some),
        })?;
        if let Some((_, false)) = time {
            self.notes.push(Note::warning(format!(
                "{} names a day of the week that is not that of its date; the date counts",
                self.typed.value(&args::KEY_CUTOFF_TIME)
            )));
        }
        Some(time.map(|(seconds, _)| seconds))
    }

    fn key_labels(&mut self) -> Option<Vec<(String, String)>> {
        let mut labels = self.read(&args::PRIVATEKEY_LABELS, labels::labels)?;
        if labels.remove(key_secret::KEY_LABEL).is_some() {
            self.notes.push(Note::warning(format!(
                "The label {} makes a Secret a sealing key; {} cannot change it",
                key_secret::KEY_LABEL,
                self.typed.value(&args::PRIVATEKEY_LABELS)
            )));
        }
        Some(labels.into_iter().collect())
    }

    fn unseal(&mut self, own_namespace: &str) -> Option<UnsealSettings> {
        let all = self.read(&args::ALL_NAMESPACES, go_values::truth);
        let additional = self.read(&args::ADDITIONAL_NAMESPACES, namespaces);
        let label_selector = self.read(&args::LABEL_SELECTOR, |text| {
            labels::check_selector(text).map(|()| text.trim().to_owned())
        });
        let accept_legacy = self.read(&args::ACCEPT_DEPRECATED_V1_DATA, go_values::truth);
        let templates = self.read(&args::TEMPLATES, go_values::truth);
        let update_status = self.read(&args::UPDATE_STATUS, go_values::truth);
        let skip_recreate = self.read(&args::SKIP_RECREATE, go_values::truth);
        let old_gc = self.read(&args::OLD_GC_BEHAVIOR, go_values::truth);

        if let Some(Some(names)) = &additional
            && names.is_empty()
        {
            self.notes.push(Note::warning(format!(
                "{} names no namespace: only the controller's own is served",
                self.typed.value(&args::ADDITIONAL_NAMESPACES)
            )));
        }
        if let Some(Some(_)) = &additional
            && all == Some(true)
            && self.is_given(&args::ALL_NAMESPACES)
        {
            self.notes.push(Note::warning(
                "--all-namespaces is ignored, since --additional-namespaces says which namespaces are served",
            ));
        }
        if update_status == Some(false) {
            self.notes.push(Note::information(
                "Without statuses nothing remembers what was done: each start opens every SealedSecret again",
            ));
        }
        if old_gc == Some(true) {
            self.notes.push(Note::information(
                "--old-gc-behavior needs the permission to delete Secrets, which the roles that are shipped do not give",
            ));
        }
        let (all, additional) = (all?, additional?);
        let namespaces = if all && additional.is_none() {
            None
        } else {
            let mut namespaces = vec![own_namespace.to_owned()];
            for name in additional.unwrap_or_default() {
                if !namespaces.contains(&name) {
                    namespaces.push(name);
                }
            }
            Some(namespaces)
        };
        Some(UnsealSettings {
            namespaces,
            label_selector: label_selector?,
            accept_legacy: accept_legacy?,
            templates: templates?,
            update_status: update_status?,
            skip_recreate: skip_recreate?,
            old_gc: old_gc?,
        })
    }

    fn http(&mut self) -> Option<HttpSettings> {
        let address = self.read(&args::LISTEN_ADDR, go_values::address);
        let metrics_address = self.read(&args::LISTEN_METRICS_ADDR, go_values::address);
        let read_timeout = self.read(&args::READ_TIMEOUT, time_limit);
        let write_timeout = self.read(&args::WRITE_TIMEOUT, time_limit);
        let verify = self.read(&args::VERIFY_ENDPOINT, go_values::truth);
        let rotate = self.read(&args::ROTATE_ENDPOINT, go_values::truth);
        let rate = self.read(&args::RATE_LIMIT, |text| {
            count(text).and_then(|rate| match rate {
                0 => Err(
                    "it must be at least 1; --verify-endpoint=false and --rotate-endpoint=false switch off \
                          what it limits"
                        .into(),
                ),
                rate => Ok(rate),
            })
        });
        let burst = self.read(&args::RATE_LIMIT_BURST, count);
        let omit_secret_labels = self.read(&args::METRICS_OMIT_SECRET_LABELS, go_values::truth);

        if let (Some(address), Some(metrics)) = (address, metrics_address) {
            let meet = address.ip() == metrics.ip()
                || address.ip().is_unspecified()
                || metrics.ip().is_unspecified();
            if address.port() == metrics.port() && address.port() != 0 && meet {
                let place = self.typed.value(&args::LISTEN_METRICS_ADDR).to_string();
                let sentence = format!(
                    "is the address of {} too: metrics and the HTTP API need a port each",
                    self.typed.value(&args::LISTEN_ADDR)
                );
                self.problems.push(Problem { place, sentence });
            }
        }
        if (verify, rotate) == (Some(false), Some(false)) {
            for flag in [&args::RATE_LIMIT, &args::RATE_LIMIT_BURST] {
                self.idle(flag, "has nothing to do, since neither /v1/verify nor /v1/rotate is served");
            }
        }
        Some(HttpSettings {
            address: address?,
            metrics_address: metrics_address?,
            read_timeout: read_timeout?,
            write_timeout: write_timeout?,
            rate: rate?,
            burst: burst?,
            verify: verify?,
            rotate: rotate?,
            omit_secret_labels: omit_secret_labels?,
        })
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

    /// Says so where a flag was given that has no effect.
    fn idle(&mut self, flag: &Flag, why: &str) {
        if self.is_given(flag) {
            self.notes.push(Note::information(format!("{} {why}", self.typed.value(flag))));
        }
    }

    fn is_given(&self, flag: &Flag) -> bool {
        self.typed.value(flag).source != Source::Default
    }

    fn read<T>(&mut self, flag: &Flag, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let given = self.typed.value(flag);
        match read(given, parse) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }
}

/// Whether the version is asked for. A wrong value is told when the settings are read.
pub fn wants_version(typed: &Typed) -> bool {
    read(typed.value(&args::VERSION), go_values::truth).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::time::Duration;

    use sealed_secrets::sealing::KeySize;

    use super::super::KeyOrder;
    use super::*;

    fn typed(arguments: &[&str], environment: &[(&str, &str)]) -> Typed {
        let argv = ["controller"].iter().chain(arguments).map(OsString::from);
        let variable =
            |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, text)| text.into());
        args::parse(argv, variable).unwrap()
    }

    fn surroundings() -> Surroundings {
        Surroundings { pod_namespace: Some("sealed-secrets".into()), service_account_namespace: None }
    }

    fn settings(arguments: &[&str]) -> (Settings, Vec<Note>) {
        interpret(&typed(arguments, &[]), &surroundings()).unwrap()
    }

    fn texts(notes: &[Note]) -> String {
        notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn defaults() {
        let (settings, notes) = settings(&[]);
        assert_eq!(notes, [], "defaults are worth no word");
        assert_eq!(settings.own_namespace, "sealed-secrets");
        assert_eq!(settings.keys.prefix, "sealed-secrets-key");
        assert_eq!(settings.keys.size, KeySize::Rsa4096);
        assert_eq!(settings.keys.validity, Duration::from_hours(87600));
        assert_eq!(settings.keys.renew_period, Some(Duration::from_hours(720)));
        assert_eq!(settings.keys.order, KeyOrder::CertificateNotBefore);
        assert_eq!((settings.keys.cutoff, settings.keys.generate), (None, true));
        assert_eq!(settings.unseal.namespaces, None);
        assert!(settings.unseal.accept_legacy && settings.unseal.templates && settings.unseal.update_status);
        assert!(!settings.unseal.skip_recreate && !settings.unseal.old_gc);
        assert_eq!(settings.http.address.to_string(), "[::]:8080");
        assert_eq!(settings.http.metrics_address.to_string(), "[::]:8081");
        assert_eq!((settings.http.rate, settings.http.burst), (20, 100));
        assert_eq!(settings.http.read_timeout, Duration::from_mins(2));
        assert!(settings.http.verify && settings.http.rotate);
        assert_eq!(settings.api.requests_per_second, None);
        assert_eq!(settings.log.level, tracing::Level::INFO);
        assert!(settings.log.info_to_stdout && !settings.log.json);
    }

    /// What upstream's Helm chart passes when all its values are set.
    #[test]
    fn a_helm_charts_arguments() {
        let (settings, _) = settings(&[
            "--update-status",
            "--skip-recreate",
            "--key-renew-period",
            "24h",
            "--key-ttl",
            "48h",
            "--key-cutoff-time",
            "Mon, 02 Jan 2006 15:04:05 -0700",
            "--rate-limit",
            "5",
            "--rate-limit-burst",
            "0",
            "--key-prefix",
            "my-key-",
            "--additional-namespaces",
            "a, b,,a,sealed-secrets",
            "--privatekey-annotations",
            "note=for us",
            "--privatekey-labels",
            "team=blue",
            "--log-info-stdout",
            "--log-level",
            "debug",
            "--log-format",
            "json",
            "--listen-addr",
            ":9090",
            "--listen-metrics-addr",
            ":9091",
            "--max-unseal-retries",
            "3",
            "--watch-for-secrets",
            "--kubeclient-qps",
            "50",
            "--kubeclient-burst",
            "100",
        ]);
        assert!(settings.unseal.skip_recreate);
        assert_eq!(settings.keys.renew_period, Some(Duration::from_hours(24)));
        assert_eq!(settings.keys.cutoff, Some(1_136_239_445));
        assert_eq!(settings.keys.prefix, "my-key-");
        assert_eq!(settings.keys.labels, [("team".to_owned(), "blue".to_owned())]);
        assert_eq!(settings.keys.annotations, [("note".to_owned(), "for us".to_owned())]);
        assert_eq!((settings.http.rate, settings.http.burst), (5, 0));
        assert_eq!(settings.unseal.namespaces.unwrap(), ["sealed-secrets", "a", "b"]);
        assert_eq!((settings.api.requests_per_second, settings.api.burst), (Some(50.0), 100));
        assert!(settings.log.json);
    }

    #[test]
    fn the_namespaces() {
        let namespaces = |arguments: &[&str]| settings(arguments).0.unseal.namespaces;
        let own = Some(vec!["sealed-secrets".to_owned()]);
        assert_eq!(namespaces(&["--all-namespaces=false"]), own);
        assert_eq!(namespaces(&["--additional-namespaces="]), None);
        assert_eq!(namespaces(&["--additional-namespaces=,"]), own);
        let (settings, notes) = settings(&["--all-namespaces", "--additional-namespaces=a"]);
        assert_eq!(settings.unseal.namespaces.unwrap(), ["sealed-secrets", "a"]);
        assert!(texts(&notes).contains("--all-namespaces is ignored"));
    }

    #[test]
    fn the_own_namespace() {
        let own = |pod: Option<&str>, account: Option<&str>| {
            let surroundings = Surroundings {
                pod_namespace: pod.map(Into::into),
                service_account_namespace: account.map(Into::into),
            };
            interpret(&typed(&[], &[]), &surroundings).map(|(settings, _)| settings.own_namespace)
        };
        assert_eq!(own(Some("a"), Some("b")).unwrap(), "a");
        assert_eq!(own(Some(""), Some("b\n")).unwrap(), "b");
        assert_eq!(own(None, None).unwrap(), "default");
        assert_eq!(own(Some("A b"), None).unwrap_err()[0].place, "POD_NAMESPACE");
    }

    #[test]
    fn the_two_names_of_the_renewal_period() {
        let hours = |arguments: &[&str], environment: &[(&str, &str)]| {
            let (settings, notes) = interpret(&typed(arguments, environment), &surroundings()).unwrap();
            let warned = texts(&notes).contains("please use key-renew-period instead");
            (settings.keys.renew_period.map(|period| period.as_secs() / 3600), warned)
        };
        assert_eq!(hours(&["--rotate-period=1h", "--key-renew-period=2h"], &[]), (Some(2), true));
        assert_eq!(hours(&["--key-renew-period=2h", "--rotate-period=1h"], &[]), (Some(1), true));
        let both = &[("SEALED_SECRETS_ROTATE_PERIOD", "3h"), ("SEALED_SECRETS_KEY_RENEW_PERIOD", "4h")];
        assert_eq!(hours(&[], both), (Some(3), true));
        assert_eq!(hours(&["--key-renew-period=0"], both), (None, true));
        assert_eq!(hours(&[], &both[1..]), (Some(4), false));
    }

    #[test]
    fn notes() {
        for (arguments, expected) in [
            (&["--watch-for-secrets=false"][..], "--watch-for-secrets has nothing to do"),
            (&["--max-unseal-retries=1"], "--max-unseal-retries has nothing to count"),
            (&["--generate-keys=false", "--key-renew-period=1h"], "--key-renew-period has nothing to do"),
            (&["--key-ttl=1h"], "longer than --key-renew-period"),
            (&["--kubeclient-burst=5"], "--kubeclient-burst has nothing to do"),
            (
                &["--verify-endpoint=false", "--rotate-endpoint=false", "--rate-limit=1"],
                "--rate-limit has nothing",
            ),
            (&["--update-status=false"], "opens every SealedSecret again"),
            (&["--old-gc-behavior"], "permission to delete Secrets"),
            (&["--key-cutoff-time=Tue, 02 Jan 2006 15:04:05 -0700"], "day of the week"),
            (&["--privatekey-labels=sealedsecrets.bitnami.com/sealed-secrets-key=no"], "cannot change it"),
        ] {
            let (settings, notes) = settings(arguments);
            assert!(texts(&notes).contains(expected), "{arguments:?}: {notes:?}");
            assert_eq!(notes.len(), 1, "{arguments:?}: {notes:?}");
            assert_eq!(settings.keys.labels, []);
        }
    }

    #[test]
    fn refusals() {
        for (argument, expected) in [
            ("--key-size=1024", "--key-size is \"1024\": keys have 2048, 3072 or 4096 bits"),
            (
                "--key-ttl=30d",
                "--key-ttl is \"30d\": a duration is wanted, such as 720h or 1h30m: there are no days",
            ),
            ("--key-ttl=0", "--key-ttl is \"0\": it must be at least a second"),
            ("--key-renew-period=-1h", "cannot be negative; 0 means"),
            ("--key-renew-period=1ms", "at least a second"),
            ("--key-prefix=Key", "lower-case letters"),
            ("--key-prefix=", "lower-case letters"),
            ("--my-cn=a\nb", "printable"),
            ("--key-order-priority=Newest", "CertNotBefore or SecretCreationTimestamp"),
            ("--key-cutoff-time=2006-01-02", "`date -R`"),
            ("--privatekey-labels=team", "a list is wanted"),
            ("--privatekey-annotations=a b=c", "\"a b\" is no key"),
            ("--additional-namespaces=a,B", "\"B\" is no namespace"),
            ("--label-selector=a in b", "is no key of a label"),
            ("--update-status=yes", "true or false is wanted"),
            ("--max-unseal-retries=many", "a whole number is wanted"),
            ("--watch-for-secrets=on", "true or false is wanted"),
            ("--listen-addr=8080", "an address is wanted, such as :8080"),
            ("--listen-metrics-addr=127.0.0.1:8080", "is the address of --listen-addr too"),
            ("--rate-limit=0", "--verify-endpoint=false and --rotate-endpoint=false switch off"),
            ("--rate-limit-burst=-1", "cannot be negative"),
            ("--kubeclient-qps=NaN", "a number is wanted"),
            ("--log-level=LOUD", "DEBUG, INFO, WARN or ERROR"),
            ("--log-format=xml", "text or json"),
            ("--version=maybe", "true or false"),
        ] {
            let problems = interpret(&typed(&[argument], &[]), &surroundings()).unwrap_err();
            assert_eq!(problems.len(), 1, "{argument}: {problems:?}");
            assert!(problems[0].to_string().contains(expected), "{}", problems[0]);
            assert!(!problems[0].to_string().contains('\n'));
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_and_where_it_was_said() {
        let environment = &[("SEALED_SECRETS_KEY_SIZE", "1"), ("SEALED_SECRETS_LOG_LEVEL", "LOUD")];
        let problems = interpret(&typed(&["--key-ttl=x"], environment), &surroundings()).unwrap_err();
        let places: Vec<_> = problems.iter().map(|problem| problem.place.as_str()).collect();
        assert_eq!(places, ["SEALED_SECRETS_KEY_SIZE", "--key-ttl", "SEALED_SECRETS_LOG_LEVEL"]);
    }

    #[test]
    fn a_long_value_does_not_fill_the_screen() {
        let long = format!("--log-format={}", "é".repeat(1000));
        let problems = interpret(&typed(&[&long], &[]), &surroundings()).unwrap_err();
        assert!(problems[0].to_string().len() < 300);
    }

    #[test]
    fn the_version_is_asked_for() {
        assert!(wants_version(&typed(&["--version"], &[])));
        assert!(wants_version(&typed(&["--version", "--key-size=1"], &[])));
        assert!(wants_version(&typed(&[], &[("SEALED_SECRETS_VERSION", "1")])));
        assert!(!wants_version(&typed(&["--version=false"], &[])));
    }
}
