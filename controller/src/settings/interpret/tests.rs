//! Arguments and environments, and what they mean.

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
    Surroundings {
        pod_namespace: Some("sealed-secrets".into()),
        service_account_namespace: None,
        cluster: None,
    }
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
            ..Surroundings::default()
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
        ("--privatekey-annotations=a b=c", "\"a b\": the key of a label"),
        ("--additional-namespaces=a,B", "\"B\" is no namespace"),
        ("--label-selector=a in b", "the key of a label"),
        ("--forbid-types=*", "forbids everything"),
        ("--forbid-labels=team,a*b=c", "a * that is not at the end"),
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
