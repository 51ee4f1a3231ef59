//! What was typed, or set in the environment. What it means is decided in `settings`.
//!
//! One table names every flag with its default; the command line, the names in the environment, the help, the
//! reference in deploy/ and the settings themselves are made from it. The flags are those of upstream's
//! controller 0.40.0, with the same meaning, and some of ours.

mod flags;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use clap::{Arg, ArgAction, Command, builder::OsStringValueParser, parser::ValueSource};

pub use self::flags::SECTIONS;
pub(crate) use self::flags::*;

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

    const OURS: &[(&str, &str)] = &[
        ("forbid-labels", ""),
        ("forbid-types", ""),
        ("generate-keys", "true"),
        ("rotate-endpoint", "true"),
        ("templates", "true"),
        ("verify-endpoint", "true"),
    ];

    #[test]
    fn the_flags_are_upstreams_and_some_of_ours() {
        let mut expected: BTreeMap<_, _> = UPSTREAM.iter().copied().collect();
        for (name, default) in OTHER_DEFAULTS {
            assert_ne!(expected.insert(name, default), Some(*default), "{name} does not differ");
        }
        for (name, default) in OURS {
            assert_eq!(expected.insert(name, default), None, "{name} is upstream's");
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
