//! The namespace that a kubeconfig gives, found as client-go finds it.

use std::path::{Path, PathBuf};

use sealed_secrets::manifest::{self, Limits, Text, Value};

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
    pub(crate) server: Option<String>,
    /// `--namespace` as it was given.
    pub(crate) namespace: Option<String>,
    /// Where the program runs in a pod: the pod's namespace.
    pub(crate) in_cluster_namespace: Option<String>,
}

/// The contents of all files, merged: what is there first stays.
#[derive(Default)]
struct Kubeconfig {
    current_context: String,
    contexts: Vec<Context>,
    clusters: Vec<String>,
}

struct Context {
    name: String,
    cluster: String,
    namespace: String,
}

impl KubeSettings {
    /// What the environment says, as client-go reads it.
    pub(crate) fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> KubeSettings {
        let listed = std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty());
        let search = match &listed {
            Some(list) => std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect(),
            None => std::env::home_dir().map(|home| home.join(".kube").join("config")).into_iter().collect(),
        };
        KubeSettings {
            search,
            in_cluster_namespace: in_cluster_namespace(variable),
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

    /// Whether there is a cluster to talk to.
    ///
    /// # Errors
    /// What is missing, as client-go says it.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self.load()? {
            Some(config) => self.current(&config).map(|_| ()),
            None if self.server.is_some() || self.in_cluster_namespace.is_some() => Ok(()),
            None => Err(no_configuration()),
        }
    }

    fn current<'c>(&self, config: &'c Kubeconfig) -> Result<Option<&'c Context>, Failure> {
        let wanted = self.context.clone().filter(|name| !name.is_empty());
        let name = wanted.as_deref().unwrap_or(&config.current_context);
        let context = config.contexts.iter().find(|context| context.name == name);
        if context.is_none() && !name.is_empty() {
            return Err(Failure::new(format!("context was not found for specified context: {name}"))
                .hint(known("contexts", config.contexts.iter().map(|context| context.name.as_str()))));
        }
        let named = self.cluster.clone().filter(|name| !name.is_empty());
        let cluster =
            named.as_deref().or(context.map(|context| context.cluster.as_str())).unwrap_or_default();
        if cluster.is_empty() && self.server.is_none() {
            return Err(no_configuration());
        }
        if !cluster.is_empty() && !config.clusters.iter().any(|known| known == cluster) {
            return Err(Failure::new(format!("invalid configuration: cluster {cluster:?} does not exist"))
                .hint(known("clusters", config.clusters.iter().map(String::as_str))));
        }
        Ok(context)
    }

    /// `None` where there is no file at all.
    fn load(&self) -> Result<Option<Kubeconfig>, Failure> {
        let mut config = None;
        match &self.file {
            Some(path) => {
                let text = std::fs::read(path).map_err(|error| Failure::io("stat", path, &error))?;
                config.get_or_insert_with(Kubeconfig::default).add(path, &text)?;
            }
            None => {
                for path in &self.search {
                    match std::fs::read(path) {
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
        let Some(document) = manifest::documents(&text, &limits).next() else { return Ok(()) };
        let value = document
            .and_then(|document| document.parse(&limits))
            .map_err(|error| unreadable(path, &error.to_string()))?
            .value;
        if value.as_mapping().is_none() && !value.is_null() {
            return Err(unreadable(path, "it holds no configuration"));
        }
        if self.current_context.is_empty() {
            self.current_context = text_at(&value, &["current-context"]);
        }
        for item in named_items(&value, "contexts") {
            let name = text_at(item, &["name"]);
            if !self.contexts.iter().any(|known| known.name == name) {
                self.contexts.push(Context {
                    cluster: text_at(item, &["context", "cluster"]),
                    namespace: text_at(item, &["context", "namespace"]),
                    name,
                });
            }
        }
        for item in named_items(&value, "clusters") {
            self.clusters.push(text_at(item, &["name"]));
        }
        Ok(())
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
