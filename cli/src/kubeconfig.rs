//! What kubeconfig files, flags and environment say about the way to a cluster, found as client-go finds it: the
//! namespace, and the entries of the cluster and the user.

use std::fmt;
use std::path::{Path, PathBuf};

use sealed_secrets::manifest::{self, Limits, Node, Text, Value};
use serde_json::Value as Json;
use zeroize::Zeroizing;

use crate::failure::{Failure, system_text};

/// What flags and environment say about the way to a cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct KubeSettings {
    /// `--kubeconfig`: this file alone, and it must be there.
    pub(crate) file: Option<PathBuf>,
    /// The files of KUBECONFIG, or ~/.kube/config: those that exist, the first word counts.
    pub(crate) search: Vec<PathBuf>,
    pub(crate) context: Option<String>,
    pub(crate) cluster: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) server: Option<String>,
    /// `--namespace` as it was given.
    pub(crate) namespace: Option<String>,
    /// Where the program runs in a pod: the pod's namespace.
    pub(crate) in_cluster_namespace: Option<String>,
    pub(crate) overrides: Overrides,
    pub(crate) proxies: Proxies,
}

/// Flags that stand in place of fields of a kubeconfig. Empty ones are not given.
#[derive(Clone, Default)]
pub(crate) struct Overrides {
    pub(crate) impersonate: Option<String>,
    pub(crate) as_group: Vec<String>,
    pub(crate) as_uid: Option<String>,
    pub(crate) certificate_authority: Option<String>,
    pub(crate) client_certificate: Option<String>,
    pub(crate) client_key: Option<String>,
    pub(crate) insecure_skip_tls_verify: bool,
    pub(crate) tls_server_name: Option<String>,
    pub(crate) proxy_url: Option<String>,
    pub(crate) request_timeout: Option<String>,
    pub(crate) token: Option<Zeroizing<String>>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Zeroizing<String>>,
}

impl fmt::Debug for Overrides {
    /// Tokens and passwords are among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overrides(..)")
    }
}

/// The variables that name proxies.
#[derive(Clone, Default)]
pub(crate) struct Proxies {
    /// `HTTP_PROXY`, for servers without TLS.
    pub(crate) http: Option<String>,
    /// `HTTPS_PROXY`.
    pub(crate) https: Option<String>,
    /// `NO_PROXY`: what is reached without one.
    pub(crate) none_for: Option<String>,
}

impl fmt::Debug for Proxies {
    /// The address of a proxy may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxies(..)")
    }
}

/// The entries of cluster and user that a context or flags choose. Numbers and booleans where text is wanted are
/// text already, and paths are relative to the working folder.
#[derive(Default)]
pub(crate) struct Chosen {
    pub(crate) cluster: Json,
    pub(crate) user: Json,
    pub(crate) user_name: String,
}

/// The contents of all files, merged: what is there first stays.
#[derive(Default)]
struct Kubeconfig {
    files: Vec<File>,
    current_context: String,
    contexts: Vec<Context>,
    /// Names, and the files that they stand in.
    clusters: Vec<(String, usize)>,
    users: Vec<(String, usize)>,
}

struct File {
    folder: PathBuf,
    /// It may hold private keys.
    text: Zeroizing<String>,
}

struct Context {
    name: String,
    cluster: String,
    user: String,
    namespace: String,
}

/// Fields of a kubeconfig that are kept as they stand; all others are text.
const NOT_TEXT: [&str; 4] =
    ["insecure-skip-tls-verify", "disable-compression", "provideClusterInfo", "extensions"];

/// Fields with a path that is relative to the folder of the file.
const PATHS: [&str; 4] = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

impl KubeSettings {
    /// What the environment says, as client-go reads it.
    pub(crate) fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> KubeSettings {
        let listed = std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty());
        let search = match &listed {
            Some(list) => std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect(),
            None => std::env::home_dir().map(|home| home.join(".kube").join("config")).into_iter().collect(),
        };
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let either = |name: &str| set(name).or_else(|| set(&name.to_lowercase()));
        KubeSettings {
            search,
            in_cluster_namespace: in_cluster_namespace(variable),
            proxies: Proxies {
                http: either("HTTP_PROXY"),
                https: either("HTTPS_PROXY"),
                none_for: either("NO_PROXY"),
            },
            ..KubeSettings::default()
        }
    }

    /// The namespace for objects that name none: the flag, the current context, the pod's, `default`. Empty if
    /// the flag was given empty.
    ///
    /// # Errors
    /// A configuration that could not be used to reach a cluster, as client-go says it, even where the flag
    /// alone would do: upstream asks for a whole configuration.
    pub(crate) fn namespace(&self) -> Result<String, Failure> {
        let config = self.load()?;
        let given = self.namespace.clone();
        let Some(config) = config else {
            let fallback = self.in_cluster_namespace.clone();
            let fallback = fallback.or_else(|| self.server.is_some().then(|| "default".to_owned()));
            return given.or(fallback).ok_or_else(no_configuration);
        };
        let context = self.current(&config)?;
        let of_context = context.map_or("", |context| &context.namespace);
        let of_context = if of_context.is_empty() { "default" } else { of_context };
        Ok(given.unwrap_or_else(|| of_context.to_owned()))
    }

    /// Whether anything says that there is a cluster; it may still say it wrongly.
    pub(crate) fn mention_a_cluster(&self) -> bool {
        let given = [&self.context, &self.cluster, &self.server];
        self.file.is_some()
            || given.iter().any(|given| given.is_some())
            || self.in_cluster_namespace.is_some()
            || self.search.iter().any(|path| path.exists())
    }

    /// The entries of cluster and user; `None` where there is no kubeconfig, but a server by flag or a pod's own
    /// cluster.
    ///
    /// # Errors
    /// What is missing, as client-go says it.
    pub(crate) fn chosen(&self) -> Result<Option<Chosen>, Failure> {
        let Some(config) = self.load()? else {
            let known = self.server.is_some() || self.in_cluster_namespace.is_some();
            return if known { Ok(None) } else { Err(no_configuration()) };
        };
        let wanted = given(self.context.as_deref());
        if let Some(name) = wanted.filter(|name| !config.contexts.iter().any(|known| known.name == *name)) {
            return Err(
                Failure::new(format!("context {name:?} does not exist")).hint(config.known_contexts())
            );
        }
        let context = self.current(&config)?;
        let of_context = context.map(|context| (context.cluster.as_str(), context.user.as_str()));
        let (cluster, user) = of_context.unwrap_or_default();
        let cluster = given(self.cluster.as_deref()).unwrap_or(cluster);
        let user_name = given(self.user.as_deref()).unwrap_or(user);
        let is_known = config.users.iter().any(|(known, _)| known == user_name);
        if given(self.user.as_deref()).is_some() && !is_known {
            return Err(Failure::new(format!("auth info {user_name:?} does not exist"))
                .hint(known("users", config.users.iter().map(|(name, _)| name.as_str()))));
        }
        Ok(Some(Chosen {
            cluster: config.entry("clusters", "cluster", cluster, &config.clusters),
            user: config.entry("users", "user", user_name, &config.users),
            user_name: user_name.to_owned(),
        }))
    }

    fn current<'c>(&self, config: &'c Kubeconfig) -> Result<Option<&'c Context>, Failure> {
        let name = given(self.context.as_deref()).unwrap_or(&config.current_context);
        let context = config.contexts.iter().find(|context| context.name == name);
        if context.is_none() && !name.is_empty() {
            return Err(Failure::new(format!("context was not found for specified context: {name}"))
                .hint(config.known_contexts()));
        }
        let of_context = context.map(|context| context.cluster.as_str());
        let cluster = given(self.cluster.as_deref()).or(of_context).unwrap_or_default();
        if cluster.is_empty() && self.server.is_none() {
            return Err(no_configuration());
        }
        if !cluster.is_empty() && !config.clusters.iter().any(|(known, _)| known == cluster) {
            return Err(Failure::new(format!("invalid configuration: cluster {cluster:?} does not exist"))
                .hint(known("clusters", config.clusters.iter().map(|(name, _)| name.as_str()))));
        }
        Ok(context)
    }

    /// `None` where there is no file at all.
    fn load(&self) -> Result<Option<Kubeconfig>, Failure> {
        let mut config = None;
        match &self.file {
            Some(path) => {
                let text = std::fs::read(path).map(Zeroizing::new);
                let text = text.map_err(|error| Failure::io("stat", path, &error))?;
                config.get_or_insert_with(Kubeconfig::default).add(path, &text)?;
            }
            None => {
                for path in &self.search {
                    match std::fs::read(path).map(Zeroizing::new) {
                        Ok(text) => config.get_or_insert_with(Kubeconfig::default).add(path, &text)?,
                        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                        Err(error) => {
                            let reason = system_text(&error);
                            return Err(unreadable(path, &reason));
                        }
                    }
                }
            }
        }
        Ok(config)
    }
}

impl Kubeconfig {
    fn add(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let limits = Limits::default();
        let text = manifest::decode(bytes).map_err(|error| unreadable(path, &error.to_string()))?;
        let text = Zeroizing::new(text.into_owned());
        let Some(document) = manifest::documents(&text, &limits).next() else { return Ok(()) };
        let value = document
            .and_then(|document| document.parse(&limits))
            .map_err(|error| unreadable(path, &error.to_string()))?
            .value;
        if value.as_mapping().is_none() && !value.is_null() {
            return Err(unreadable(path, "it holds no configuration"));
        }
        let number = self.files.len();
        if self.current_context.is_empty() {
            self.current_context = text_at(&value, &["current-context"]);
        }
        for item in named_items(&value, "contexts") {
            let name = text_at(item, &["name"]);
            if !self.contexts.iter().any(|known| known.name == name) {
                self.contexts.push(Context {
                    cluster: text_at(item, &["context", "cluster"]),
                    user: text_at(item, &["context", "user"]),
                    namespace: text_at(item, &["context", "namespace"]),
                    name,
                });
            }
        }
        for (list, names) in [("clusters", &mut self.clusters), ("users", &mut self.users)] {
            for item in named_items(&value, list) {
                let name = text_at(item, &["name"]);
                if !names.iter().any(|(known, _)| *known == name) {
                    names.push((name, number));
                }
            }
        }
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        self.files.push(File { folder, text });
        Ok(())
    }

    /// The entry of that name; null where there is none. The text was read once before, so that what can be wrong
    /// with it has been said.
    fn entry(&self, list: &str, field: &str, name: &str, names: &[(String, usize)]) -> Json {
        let limits = Limits::default();
        let file =
            names.iter().find(|(known, _)| known == name).and_then(|(_, number)| self.files.get(*number));
        let Some(file) = file else { return Json::Null };
        let document = manifest::documents(&file.text, &limits).next().and_then(Result::ok);
        let Some(parsed) = document.and_then(|document| document.parse(&limits).ok()) else {
            return Json::Null;
        };
        named_items(&parsed.value, list)
            .iter()
            .find(|item| text_at(item, &["name"]) == name)
            .and_then(|item| item.get(field))
            .map_or(Json::Null, |value| file.json_of(value))
    }

    fn known_contexts(&self) -> String {
        known("contexts", self.contexts.iter().map(|context| context.name.as_str()))
    }
}

impl File {
    /// A value of this file as kube's types take it.
    fn json_of(&self, value: &Value<'_>) -> Json {
        match &value.node {
            Node::Null => Json::Null,
            Node::Sequence(items) => items.iter().map(|item| self.json_of(item)).collect(),
            Node::Mapping(fields) => fields
                .iter()
                .map(|field| {
                    let key = field.key.to_string();
                    let value = match key.as_str() {
                        key if NOT_TEXT.contains(&key) => field.value.to_json(),
                        key if PATHS.contains(&key) => self.path_of(&field.value, false),
                        "command" => self.path_of(&field.value, true),
                        _ => self.json_of(&field.value),
                    };
                    (key, value)
                })
                .collect(),
            _ => value.to_text().map_or(Json::Null, |text| Text::as_str(&text).into()),
        }
    }

    /// A path as the working folder sees it; a command without a separator is looked up by the system.
    fn path_of(&self, value: &Value<'_>, is_command: bool) -> Json {
        let text = value.to_text();
        let Some(text) = text.as_ref().map(Text::as_str).filter(|text| !text.is_empty()) else {
            return Json::Null;
        };
        if is_command && !text.contains(std::path::MAIN_SEPARATOR) {
            return text.into();
        }
        self.folder.join(text).to_string_lossy().into()
    }
}

fn named_items<'v, 't>(value: &'v Value<'t>, list: &str) -> &'v [Value<'t>] {
    value.get(list).and_then(Value::as_sequence).unwrap_or_default()
}

fn text_at(value: &Value<'_>, path: &[&str]) -> String {
    value
        .at(path)
        .and_then(Value::to_text)
        .as_ref()
        .map_or_else(String::new, |text| Text::as_str(text).to_owned())
}

/// A flag that is not empty.
fn given(flag: Option<&str>) -> Option<&str> {
    flag.filter(|flag| !flag.is_empty())
}

fn known<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    format!("{what} there: {}", if names.is_empty() { "none".into() } else { names.join(", ") })
}

fn no_configuration() -> Failure {
    Failure::new(
        "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
    )
    .hint("there is no kubeconfig: give --kubeconfig FILE or set KUBECONFIG; to seal without a cluster give --cert FILE")
}

fn unreadable(path: &Path, reason: &str) -> Failure {
    Failure::new(format!("error loading config file \"{}\": {reason}", path.display()))
}

/// In a pod: POD_NAMESPACE, or the service account's namespace, or `default`.
fn in_cluster_namespace(variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let in_cluster = set("KUBERNETES_SERVICE_HOST").is_some()
        && set("KUBERNETES_SERVICE_PORT").is_some()
        && Path::new(ACCOUNT).join("token").is_file();
    let of_account = || std::fs::read_to_string(PathBuf::from(ACCOUNT).join("namespace")).ok();
    in_cluster.then(|| {
        let namespace = set("POD_NAMESPACE").or_else(of_account).unwrap_or_default();
        let namespace = namespace.trim();
        if namespace.is_empty() { "default".to_owned() } else { namespace.to_owned() }
    })
}
