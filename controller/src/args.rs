//! What was typed, or set in the environment. What it means is decided in `settings`.
//!
//! One table names every flag with its default; the command line, the names in the environment, the help, the
//! reference in deploy/ and the settings themselves are made from it. The flags are those of upstream's
//! controller 0.40.0, with the same meaning, and some of ours.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use clap::{Arg, ArgAction, Command, builder::OsStringValueParser, parser::ValueSource};

/// A flag, and with it the variable of the environment that sets the same.
#[derive(Debug)]
pub struct Flag {
    /// The flag without its dashes.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What holds where it is not given, as one would type it.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// true or false as Go writes it; the flag alone is true. Set but empty in the environment: not set.
    Truth,
    /// A number, a duration, a word of a few. Set but empty in the environment: not set.
    Value(&'static str),
    /// Free text or a list. Set but empty in the environment: empty.
    Text(&'static str),
}

impl Flag {
    /// The variable that sets the same: `SEALED_SECRETS_KEY_SIZE` for `--key-size`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("SEALED_SECRETS_{}", self.name.to_uppercase().replace('-', "_"))
    }
}

const fn truth(name: &'static str, default: bool, help: &'static str) -> Flag {
    Flag { name, takes: Takes::Truth, default: if default { "true" } else { "false" }, help }
}

const fn value(name: &'static str, kind: &'static str, default: &'static str, help: &'static str) -> Flag {
    Flag { name, takes: Takes::Value(kind), default, help }
}

const fn text(name: &'static str, kind: &'static str, help: &'static str) -> Flag {
    Flag { name, takes: Takes::Text(kind), default: "", help }
}

pub(crate) const KEY_PREFIX: Flag = value(
    "key-prefix",
    "NAME",
    "sealed-secrets-key",
    "How the names of new key Secrets begin, and the name of the key Secret of very old installations",
);
pub(crate) const KEY_SIZE: Flag =
    value("key-size", "BITS", "4096", "Size of new RSA keys: 2048, 3072 or 4096");
pub(crate) const KEY_TTL: Flag =
    value("key-ttl", "DURATION", "87600h", "How long the certificates of new keys are valid");
pub(crate) const MY_CN: Flag = text("my-cn", "NAME", "Common name in the certificates of new keys");
pub(crate) const KEY_RENEW_PERIOD: Flag = value(
    "key-renew-period",
    "DURATION",
    "720h",
    "Make a new key when the newest is older than this; 0: never",
);
pub(crate) const ROTATE_PERIOD: Flag =
    value("rotate-period", "DURATION", "720h", "Deprecated: use --key-renew-period");
pub(crate) const KEY_ORDER_PRIORITY: Flag = value(
    "key-order-priority",
    "ORDER",
    "CertNotBefore",
    "Which key is the newest, by certificate or by Secret: CertNotBefore or SecretCreationTimestamp",
);
pub(crate) const KEY_CUTOFF_TIME: Flag = text(
    "key-cutoff-time",
    "TIME",
    "Make a new key if the newest is from before this time, written as `date -R` does",
);
pub(crate) const PRIVATEKEY_LABELS: Flag =
    text("privatekey-labels", "KEY=VALUE,...", "Labels to put on new key Secrets");
pub(crate) const PRIVATEKEY_ANNOTATIONS: Flag =
    text("privatekey-annotations", "KEY=VALUE,...", "Annotations to put on new key Secrets");
pub(crate) const GENERATE_KEYS: Flag = truth(
    "generate-keys",
    true,
    "Make keys: the first one, and new ones when they are due. If false, an administrator brings them all",
);
pub(crate) const WATCH_FOR_SECRETS: Flag =
    truth("watch-for-secrets", false, "Accepted without effect: key Secrets are always followed");

pub(crate) const ALL_NAMESPACES: Flag =
    truth("all-namespaces", true, "Unseal in all namespaces; if false, in the controller's own only");
pub(crate) const ADDITIONAL_NAMESPACES: Flag = text(
    "additional-namespaces",
    "NAME,...",
    "Unseal in these namespaces and the controller's own only, whatever --all-namespaces says",
);
pub(crate) const LABEL_SELECTOR: Flag =
    text("label-selector", "SELECTOR", "Unseal only SealedSecrets whose labels match");
pub(crate) const ACCEPT_DEPRECATED_V1_DATA: Flag = truth(
    "accept-deprecated-v1-data",
    true,
    "Open SealedSecrets of the old format, too, where spec.data holds the whole Secret",
);
pub(crate) const TEMPLATES: Flag = truth(
    "templates",
    true,
    "Render the templates of spec.template.data; if false, a SealedSecret that has some is refused",
);
pub(crate) const UPDATE_STATUS: Flag = truth(
    "update-status",
    true,
    "Write what became of each SealedSecret into its status. Without it, each start opens all of them again",
);
pub(crate) const SKIP_RECREATE: Flag =
    truth("skip-recreate", false, "Watch no Secrets: one that is deleted by hand stays away");
pub(crate) const OLD_GC_BEHAVIOR: Flag = truth(
    "old-gc-behavior",
    false,
    "Delete the Secret of a deleted SealedSecret, rather than leave it to Kubernetes. Needs the permission to delete \
     Secrets, which the roles beside this program do not give",
);
pub(crate) const MAX_UNSEAL_RETRIES: Flag = value(
    "max-unseal-retries",
    "N",
    "5",
    "Accepted without effect: what fails is tried again when something has changed, or when the API server is back",
);

pub(crate) const LISTEN_ADDR: Flag =
    value("listen-addr", "[HOST]:PORT", ":8080", "Where the HTTP API listens; no host: on all addresses");
pub(crate) const LISTEN_METRICS_ADDR: Flag =
    value("listen-metrics-addr", "[HOST]:PORT", ":8081", "Where metrics are served");
pub(crate) const READ_TIMEOUT: Flag =
    value("read-timeout", "DURATION", "2m", "How long a request may take to arrive; 0: an hour");
pub(crate) const WRITE_TIMEOUT: Flag =
    value("write-timeout", "DURATION", "2m", "How long an answer may take to be taken; 0: an hour");
pub(crate) const RATE_LIMIT: Flag = value(
    "rate-limit",
    "N",
    "20",
    "Requests a second that one client may send to /v1/verify, and as many to /v1/rotate",
);
pub(crate) const RATE_LIMIT_BURST: Flag =
    value("rate-limit-burst", "N", "100", "How many more than that one client may send at once");
pub(crate) const VERIFY_ENDPOINT: Flag =
    truth("verify-endpoint", true, "Serve /v1/verify, which tells whether a SealedSecret opens");
pub(crate) const ROTATE_ENDPOINT: Flag =
    truth("rotate-endpoint", true, "Serve /v1/rotate, which seals a SealedSecret anew under the newest key");
pub(crate) const METRICS_OMIT_SECRET_LABELS: Flag = truth(
    "metrics-omit-secret-labels",
    false,
    "Serve no metric that holds names of SealedSecrets (condition_info)",
);

pub(crate) const KUBECLIENT_QPS: Flag = value(
    "kubeclient-qps",
    "N",
    "-1",
    "Requests a second to the API server. Zero or less: no limit here, the API server shares itself out",
);
pub(crate) const KUBECLIENT_BURST: Flag = value(
    "kubeclient-burst",
    "N",
    "10",
    "How many requests to the API server may go at once, where there is a limit",
);

pub(crate) const LOG_LEVEL: Flag =
    value("log-level", "LEVEL", "INFO", "What is logged: DEBUG, INFO, WARN or ERROR, and what is worse");
pub(crate) const LOG_FORMAT: Flag = value("log-format", "FORMAT", "text", "text or json");
pub(crate) const LOG_INFO_STDOUT: Flag = truth(
    "log-info-stdout",
    true,
    "Log INFO and below to stdout, the rest to stderr; if false, everything to stderr",
);
pub(crate) const VERSION: Flag = truth("version", false, "Print the version and exit");

/// Every flag, in the sections of the help.
pub const SECTIONS: &[(&str, &[&Flag])] = &[
    (
        "Sealing keys",
        &[
            &KEY_RENEW_PERIOD,
            &KEY_CUTOFF_TIME,
            &GENERATE_KEYS,
            &KEY_SIZE,
            &KEY_TTL,
            &MY_CN,
            &KEY_PREFIX,
            &PRIVATEKEY_LABELS,
            &PRIVATEKEY_ANNOTATIONS,
            &KEY_ORDER_PRIORITY,
        ],
    ),
    (
        "Unsealing",
        &[
            &ALL_NAMESPACES,
            &ADDITIONAL_NAMESPACES,
            &LABEL_SELECTOR,
            &ACCEPT_DEPRECATED_V1_DATA,
            &TEMPLATES,
            &UPDATE_STATUS,
            &SKIP_RECREATE,
            &OLD_GC_BEHAVIOR,
        ],
    ),
    (
        "HTTP",
        &[
            &LISTEN_ADDR,
            &LISTEN_METRICS_ADDR,
            &VERIFY_ENDPOINT,
            &ROTATE_ENDPOINT,
            &RATE_LIMIT,
            &RATE_LIMIT_BURST,
            &READ_TIMEOUT,
            &WRITE_TIMEOUT,
            &METRICS_OMIT_SECRET_LABELS,
        ],
    ),
    ("API server", &[&KUBECLIENT_QPS, &KUBECLIENT_BURST]),
    ("Logs", &[&LOG_LEVEL, &LOG_FORMAT, &LOG_INFO_STDOUT]),
    ("Kept for old installations", &[&ROTATE_PERIOD, &WATCH_FOR_SECRETS, &MAX_UNSEAL_RETRIES]),
    ("About", &[&VERSION]),
];

/// Every flag.
pub fn flags() -> impl Iterator<Item = &'static Flag> {
    SECTIONS.iter().flat_map(|(_, flags)| flags.iter().copied())
}

/// Where a value came from, as an error names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The command line, at this place in it.
    CommandLine(usize),
    /// The environment.
    Environment,
    /// Nothing was said.
    Default,
}

/// A value before anybody looked at it.
#[derive(Clone, Debug)]
pub struct Given {
    flag: &'static Flag,
    /// The text; the environment may hold any bytes.
    pub text: OsString,
    /// Where it came from.
    pub source: Source,
}

/// The name under which it was given: `--key-size`, or `SEALED_SECRETS_KEY_SIZE`.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Source::Environment => f.write_str(&self.flag.variable()),
            Source::CommandLine(_) | Source::Default => write!(f, "--{}", self.flag.name),
        }
    }
}

/// A value for every flag.
#[derive(Debug)]
pub struct Typed(BTreeMap<&'static str, Given>);

impl Typed {
    /// The value of a flag.
    #[must_use]
    pub fn value(&self, flag: &Flag) -> &Given {
        &self.0[flag.name]
    }
}

/// Reads command line and environment: the command line wins over the environment, and that over the default; of
/// several on the command line the last counts. Positional arguments are ignored, as upstream's controller does.
///
/// # Errors
/// What clap says, ready to print: of an unknown flag, or the help.
pub fn parse(
    argv: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Typed, clap::Error> {
    let mut matches = command().try_get_matches_from(argv)?;
    let values = flags().map(|flag| {
        let place = matches
            .indices_of(flag.name)
            .filter(|_| matches.value_source(flag.name) == Some(ValueSource::CommandLine))
            .and_then(Iterator::last);
        let typed = matches.remove_one::<OsString>(flag.name);
        let given = if let (Some(place), Some(text)) = (place, typed) {
            Given { flag, text, source: Source::CommandLine(place) }
        } else if let Some(text) = variable(&flag.variable()).filter(|text| counts(flag, text)) {
            Given { flag, text, source: Source::Environment }
        } else {
            Given { flag, text: flag.default.into(), source: Source::Default }
        };
        (flag.name, given)
    });
    Ok(Typed(values.collect()))
}

/// Whether a value from the environment counts as set.
fn counts(flag: &Flag, text: &OsString) -> bool {
    !text.is_empty() || matches!(flag.takes, Takes::Text(_))
}

/// The command line as clap knows it.
fn command() -> Command {
    let arguments = SECTIONS
        .iter()
        .flat_map(|(section, flags)| flags.iter().map(move |flag| argument(flag).help_heading(*section)));
    Command::new("controller")
        .about(
            "The controller of Sealed Secrets: holds the sealing keys of a cluster, publishes their certificate, and \
             turns each SealedSecret into a Secret.",
        )
        .override_usage("controller [FLAGS]")
        .after_help(AFTER_HELP)
        .args_override_self(true)
        .args(arguments)
        .arg(Arg::new(IGNORED).num_args(0..).hide(true).value_parser(OsStringValueParser::new()))
}

/// Name of the positional arguments, which play no role.
const IGNORED: &str = "ignored";

const AFTER_HELP: &str = "\
Each flag can be set in the environment as well, --key-size as SEALED_SECRETS_KEY_SIZE; the command line wins. A
variable that is set but empty counts for texts and lists, otherwise as not set.
true and false may be written 1, 0, t, f, T, F, TRUE, FALSE; off needs `=`: --update-status=false.
Durations are written as Go does: 720h, 1h30m, 500ms. There are no days.

The controller's own namespace, which holds the keys, is POD_NAMESPACE, or else that of its service account.
SIGUSR1 makes a new key now; SIGTERM ends the controller within 10 seconds.
Exit status: 0 ended by a signal, 1 could not start, 2 used wrongly.";

fn argument(flag: &'static Flag) -> Arg {
    let help = match flag.default {
        "" => flag.help.to_owned(),
        default => format!("{} [default: {default}]", flag.help),
    };
    let argument = Arg::new(flag.name)
        .long(flag.name)
        .help(help)
        .action(ArgAction::Set)
        .value_parser(OsStringValueParser::new());
    match flag.takes {
        Takes::Truth => {
            argument.value_name("BOOL").num_args(0..=1).require_equals(true).default_missing_value("true")
        }
        // The next argument is the value even where it begins with a dash: `--kubeclient-qps -1`.
        Takes::Value(kind) | Takes::Text(kind) => argument.value_name(kind).allow_hyphen_values(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flags and defaults of upstream's controller 0.40.0.
    const UPSTREAM: &[(&str, &str)] = &[
        ("accept-deprecated-v1-data", "true"),
        ("additional-namespaces", ""),
        ("all-namespaces", "true"),
        ("key-cutoff-time", ""),
        ("key-order-priority", "CertNotBefore"),
        ("key-prefix", "sealed-secrets-key"),
        ("key-renew-period", "720h"),
        ("key-size", "4096"),
        ("key-ttl", "87600h"),
        ("kubeclient-burst", "10"),
        ("kubeclient-qps", "5"),
        ("label-selector", ""),
        ("listen-addr", ":8080"),
        ("listen-metrics-addr", ":8081"),
        ("log-format", "text"),
        ("log-info-stdout", "true"),
        ("log-level", "INFO"),
        ("max-unseal-retries", "5"),
        ("metrics-omit-secret-labels", "false"),
        ("my-cn", ""),
        ("old-gc-behavior", "false"),
        ("privatekey-annotations", ""),
        ("privatekey-labels", ""),
        ("rate-limit", "2"),
        ("rate-limit-burst", "2"),
        ("read-timeout", "2m"),
        ("rotate-period", "720h"),
        ("skip-recreate", "false"),
        ("update-status", "true"),
        ("version", "false"),
        ("watch-for-secrets", "false"),
        ("write-timeout", "2m"),
    ];

    /// Defaults that differ on purpose: upstream's throttle users before the API server or the processor does.
    const OTHER_DEFAULTS: &[(&str, &str)] =
        &[("kubeclient-qps", "-1"), ("rate-limit", "20"), ("rate-limit-burst", "100")];

    const OURS: &[&str] = &["generate-keys", "rotate-endpoint", "templates", "verify-endpoint"];

    #[test]
    fn the_flags_are_upstreams_and_four_of_ours() {
        let mut expected: BTreeMap<_, _> = UPSTREAM.iter().copied().collect();
        for (name, default) in OTHER_DEFAULTS {
            assert_ne!(expected.insert(name, default), Some(*default), "{name} does not differ");
        }
        for name in OURS {
            assert_eq!(expected.insert(name, "true"), None, "{name} is upstream's");
        }
        let table: BTreeMap<_, _> = flags().map(|flag| (flag.name, flag.default)).collect();
        assert_eq!(table, expected);
        assert_eq!(flags().count(), table.len(), "a flag stands in two sections");
    }

    fn typed(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Typed, clap::Error> {
        let argv = ["controller"].iter().chain(arguments).map(OsString::from);
        parse(argv, |name| environment.iter().find(|(known, _)| *known == name).map(|(_, text)| text.into()))
    }

    fn value(typed: &Typed, flag: &Flag) -> (String, &'static str) {
        let given = typed.value(flag);
        let source = match given.source {
            Source::CommandLine(_) => "command line",
            Source::Environment => "environment",
            Source::Default => "default",
        };
        (given.text.to_str().unwrap().to_owned(), source)
    }

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn command_line_before_environment_before_default() {
        let environment = &[("SEALED_SECRETS_KEY_SIZE", "3072"), ("SEALED_SECRETS_MY_CN", "env")];
        let typed = typed(&["--key-size", "2048", "--key-size=4096"], environment).unwrap();
        assert_eq!(value(&typed, &KEY_SIZE), ("4096".into(), "command line"));
        assert_eq!(value(&typed, &MY_CN), ("env".into(), "environment"));
        assert_eq!(value(&typed, &KEY_TTL), ("87600h".into(), "default"));
    }

    #[test]
    fn arguments_are_taken_as_pflag_takes_them() {
        let arguments = [
            "--update-status=false",
            "--skip-recreate",
            "stray",
            "--kubeclient-qps",
            "-1",
            "--my-cn",
            "--key-size",
            "-",
            "--",
            "--nonsense",
        ];
        let typed = typed(&arguments, &[]).unwrap();
        assert_eq!(value(&typed, &UPDATE_STATUS).0, "false");
        assert_eq!(value(&typed, &SKIP_RECREATE).0, "true");
        assert_eq!(value(&typed, &KUBECLIENT_QPS), ("-1".into(), "command line"));
        assert_eq!(value(&typed, &MY_CN).0, "--key-size");
        assert_eq!(value(&typed, &KEY_SIZE).1, "default");
    }

    #[test]
    fn empty_in_the_environment() {
        let environment = &[
            ("SEALED_SECRETS_KEY_SIZE", ""),
            ("SEALED_SECRETS_UPDATE_STATUS", ""),
            ("SEALED_SECRETS_LABEL_SELECTOR", ""),
        ];
        let typed = typed(&[], environment).unwrap();
        assert_eq!(value(&typed, &KEY_SIZE).1, "default");
        assert_eq!(value(&typed, &UPDATE_STATUS).1, "default");
        assert_eq!(value(&typed, &LABEL_SELECTOR), (String::new(), "environment"));
    }

    #[test]
    fn what_clap_ends_with() {
        for arguments in [&["--nonsense"][..], &["-listen-addr", ":1"], &["--key-size"]] {
            let error = typed(arguments, &[]).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{arguments:?}");
        }
        let suggestion = typed(&["--key-sizes=1"], &[]).unwrap_err().to_string();
        assert!(suggestion.contains("--key-size"), "{suggestion}");
        for help in ["-h", "--help"] {
            let error = typed(&[help], &[]).unwrap_err();
            assert_eq!(error.exit_code(), 0);
            let text = error.to_string();
            for flag in flags() {
                assert!(text.contains(&format!("--{}", flag.name)), "{}", flag.name);
            }
        }
    }
}
