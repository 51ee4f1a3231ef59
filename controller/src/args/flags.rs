//! The table of flags: names, defaults, what they take, and what they do in a sentence.

use super::{Flag, Takes};

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
pub(crate) const FORBID_TYPES: Flag = text(
    "forbid-types",
    "TYPE,...",
    "Make no Secrets of these types, such as kubernetes.io/service-account-token; a * at the end of one is any ending",
);
pub(crate) const FORBID_LABELS: Flag = text(
    "forbid-labels",
    "KEY[=VALUE],...",
    "Make no Secrets with these labels; a * at the end of one is any ending",
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
    "Requests a second to the API server, Secrets before statuses and events. Zero or less: no limit here, the API server \
     shares itself out",
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
            &FORBID_TYPES,
            &FORBID_LABELS,
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
