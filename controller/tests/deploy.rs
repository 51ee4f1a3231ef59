//! deploy/ says what the program does: generated files are fresh, flags and ports exist, and no permission and no
//! privilege is there that nobody listed here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use controller::args;
use sealed_secrets::manifest::{Limits, documents};
use serde_json::{Value, json};

const NAMESPACE: &str = "sealed-secrets";
const NAME: &str = "sealed-secrets-controller";

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(deploy().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The objects of a file.
fn objects(path: &str) -> Vec<Value> {
    let text = text(path);
    let limits = Limits::default();
    documents(&text, &limits)
        .map(|document| document.unwrap().parse(&limits).unwrap().value.to_json())
        .collect()
}

/// The folders that are applied one by one, with the files that their kustomizations name.
fn folders() -> Vec<(String, Vec<String>)> {
    let mut folders: Vec<_> = std::fs::read_dir(deploy())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("kustomization.yaml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .map(|folder| {
            let kustomization = &objects(&format!("{folder}/kustomization.yaml"))[0];
            let files = kustomization["resources"].as_array().unwrap().iter();
            let files = files.map(|file| format!("{folder}/{}", file.as_str().unwrap())).collect();
            (folder, files)
        })
        .collect();
    folders.sort();
    folders
}

/// Every object of deploy/, with its file.
fn everything() -> Vec<(String, Value)> {
    folders()
        .into_iter()
        .flat_map(|(_, files)| files)
        .flat_map(|file| objects(&file).into_iter().map(move |object| (file.clone(), object)))
        .collect()
}

fn object(kind: &str, name: &str) -> Value {
    let found = everything().into_iter().map(|(_, object)| object);
    let mut found = found.filter(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    let object = found.next().unwrap_or_else(|| panic!("no {kind} {name}"));
    assert!(found.next().is_none(), "two of {kind} {name}");
    object
}

fn pod() -> Value {
    object("Deployment", NAME)["spec"]["template"].clone()
}

fn default_port(flag: &str) -> u64 {
    let flag = args::flags().find(|known| known.name == flag).unwrap();
    flag.default.strip_prefix(':').unwrap().parse().unwrap()
}

#[test]
fn what_is_generated_is_fresh() {
    let stale = |path: &str, fresh: &str| {
        assert!(text(path) == fresh, "deploy/{path} is not what the source says: make generate");
    };
    stale("crd/sealedsecrets.yaml", &controller::crd::manifest());
    stale("FLAGS.md", &controller::flag_reference::markdown());
}

#[test]
fn every_file_is_applied() {
    for (folder, files) in folders() {
        let listed: BTreeSet<_> = files.into_iter().collect();
        let there =
            std::fs::read_dir(deploy().join(&folder)).unwrap().map(|entry| entry.unwrap().file_name());
        let there: BTreeSet<_> = there
            .map(|name| format!("{folder}/{}", name.into_string().unwrap()))
            .filter(|path| !path.ends_with("/kustomization.yaml"))
            .collect();
        assert_eq!(listed, there, "{folder}");
    }
}

/// Deleting one folder takes nothing of the others along; nothing deletes all at once.
#[test]
fn what_can_be_deleted_alone_is_apart() {
    let kinds = |folder: &str| {
        let files = folders().into_iter().find(|(name, _)| name == folder).unwrap().1;
        let objects = files.iter().flat_map(|file| objects(file));
        let mut kinds: Vec<_> = objects.map(|object| object["kind"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        kinds
    };
    let names: Vec<_> = folders().into_iter().map(|(folder, _)| folder).collect();
    assert_eq!(names, ["controller", "crd", "namespace", "network-policy", "service-proxier"]);
    assert_eq!(kinds("crd"), ["CustomResourceDefinition"]);
    assert_eq!(kinds("namespace"), ["Namespace"]);
    assert_eq!(kinds("network-policy"), ["NetworkPolicy"]);
    assert_eq!(kinds("service-proxier"), ["Role", "RoleBinding"]);
    assert_eq!(
        kinds("controller"),
        [
            "ClusterRole",
            "ClusterRoleBinding",
            "Deployment",
            "Role",
            "RoleBinding",
            "Service",
            "Service",
            "ServiceAccount"
        ]
    );
    assert!(!deploy().join("kustomization.yaml").exists(), "one command would delete keys and Secrets");
}

/// It selects the Pod that the Deployment makes, names ports that this has, and lets nobody in by itself.
#[test]
fn the_network_policy_is_for_the_controller() {
    let policy = object("NetworkPolicy", NAME)["spec"].clone();
    assert_eq!(policy["podSelector"]["matchLabels"], pod()["metadata"]["labels"]);
    let container = &pod()["spec"]["containers"][0];
    let ports: Vec<_> = container["ports"].as_array().unwrap().iter().map(|port| &port["name"]).collect();
    for rule in policy["ingress"].as_array().unwrap() {
        assert!(ports.contains(&&rule["ports"][0]["port"]), "{rule}");
        assert!(rule["from"].as_array().is_some_and(|from| !from.is_empty()), "open to all: {rule}");
    }
}

#[test]
fn everything_is_in_the_namespace_and_labelled_as_upstreams_is() {
    for (file, object) in everything() {
        let (kind, metadata) = (object["kind"].as_str().unwrap(), &object["metadata"]);
        let expected = match kind {
            "CustomResourceDefinition" | "Namespace" | "ClusterRole" | "ClusterRoleBinding" => &Value::Null,
            _ => &json!(NAMESPACE),
        };
        assert_eq!(&metadata["namespace"], expected, "{file}: {kind}");
        if kind != "CustomResourceDefinition" {
            assert_eq!(metadata["labels"]["name"], metadata["name"], "{file}: {kind}");
        }
    }
    assert_eq!(object("Namespace", NAMESPACE)["metadata"]["name"], NAMESPACE);
}

#[test]
fn permissions_are_these_and_no_others() {
    let rules = |kind, name| object(kind, name)["rules"].clone();
    assert_eq!(
        rules("ClusterRole", "secrets-unsealer"),
        json!([
            {"apiGroups": ["bitnami.com"], "resources": ["sealedsecrets"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": ["bitnami.com"], "resources": ["sealedsecrets/status"], "verbs": ["update"]},
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch", "create", "update"]},
            {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
            {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
        ])
    );
    assert_eq!(
        rules("Role", "sealed-secrets-key-admin"),
        json!([
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list", "watch", "create"]},
            {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
        ])
    );
    assert_eq!(
        rules("Role", "sealed-secrets-service-proxier"),
        json!([
            {"apiGroups": [""], "resources": ["services"], "resourceNames": [NAME], "verbs": ["get"]},
            {
                "apiGroups": [""],
                "resources": ["services/proxy"],
                "resourceNames": [format!("http:{NAME}:"), format!("http:{NAME}:http"), NAME],
                "verbs": ["create", "get"],
            },
        ])
    );
    let roles = everything().into_iter().filter(|(_, object)| !object["rules"].is_null()).count();
    assert_eq!(roles, 3);
}

#[test]
fn every_permission_carries_its_reason() {
    let mut rules = 0;
    for (file, object) in everything() {
        if object["rules"].is_null() {
            continue;
        }
        let text = text(&file);
        let mut before = "";
        for line in text.lines() {
            if line.starts_with("- apiGroups:") {
                assert!(before.starts_with("# "), "{file}: a rule without a reason above it");
                rules += 1;
            }
            before = line;
        }
    }
    assert_eq!(rules, 9, "rules are not where this test looks for them");
}

#[test]
fn who_is_bound_to_what() {
    let bound = |kind, name| {
        let binding = object(kind, name);
        let reference = &binding["roleRef"];
        assert_eq!(reference["apiGroup"], "rbac.authorization.k8s.io");
        object(reference["kind"].as_str().unwrap(), reference["name"].as_str().unwrap());
        (reference["name"].as_str().unwrap().to_owned(), binding["subjects"].clone())
    };
    let account = json!([{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}]);
    let everybody =
        json!([{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}]);
    assert_eq!(bound("ClusterRoleBinding", NAME), ("secrets-unsealer".into(), account.clone()));
    assert_eq!(bound("RoleBinding", NAME), ("sealed-secrets-key-admin".into(), account));
    let proxier = "sealed-secrets-service-proxier";
    assert_eq!(bound("RoleBinding", proxier), (proxier.into(), everybody));
    object("ServiceAccount", NAME);
    assert_eq!(pod()["spec"]["serviceAccountName"], NAME);
}

#[test]
fn flags_exist() {
    let container = pod()["spec"]["containers"][0].clone();
    let arguments: Vec<_> = container["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|argument| argument.as_str().unwrap().into())
        .collect();
    let environment: Vec<_> = container["env"].as_array().cloned().unwrap_or_default();
    for variable in &environment {
        let name = variable["name"].as_str().unwrap();
        assert!(
            name == "POD_NAMESPACE" || args::flags().any(|flag| flag.variable() == name),
            "nothing reads {name}"
        );
    }
    let value = |name: &str| {
        let variable = environment.iter().find(|variable| variable["name"] == name)?;
        Some(variable["value"].as_str().unwrap_or_default().into())
    };
    let argv = std::iter::once("controller".into()).chain(arguments);
    let typed = args::parse(argv, value).unwrap();
    let surroundings = controller::settings::Surroundings {
        service_account_namespace: Some(NAMESPACE.into()),
        ..controller::settings::Surroundings::default()
    };
    let (settings, notes) = controller::settings::interpret(&typed, &surroundings).unwrap();
    assert_eq!(settings.own_namespace, NAMESPACE);
    assert_eq!(notes, [], "what is shipped gives no cause for remarks");
}

#[test]
fn ports_are_the_programs() {
    let (http, metrics) = (default_port("listen-addr"), default_port("listen-metrics-addr"));
    let container = &pod()["spec"]["containers"][0];
    assert_eq!(
        container["ports"],
        json!([{"name": "http", "containerPort": http}, {"name": "metrics", "containerPort": metrics}])
    );
    for (service, port, number) in
        [(NAME, "http", http), ("sealed-secrets-controller-metrics", "metrics", metrics)]
    {
        let spec = &object("Service", service)["spec"];
        assert_eq!(spec["ports"], json!([{"name": port, "port": number, "targetPort": port}]));
        assert_eq!(spec["selector"], pod()["metadata"]["labels"]);
        assert_eq!(spec["type"], "ClusterIP", "nothing of this is for outside of the cluster");
    }
    for (probe, path) in [("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
        assert_eq!(container[probe]["httpGet"], json!({"path": path, "port": "http"}));
    }
    assert_eq!(object("Deployment", NAME)["spec"]["selector"]["matchLabels"], pod()["metadata"]["labels"]);
}

/// The level `restricted` of the Pod security standards, and a root that cannot be written.
#[test]
fn the_pod_is_restricted() {
    let spec = &pod()["spec"];
    assert_eq!(
        spec["securityContext"],
        json!({
            "runAsNonRoot": true,
            "runAsUser": 1001,
            "runAsGroup": 1001,
            "seccompProfile": {"type": "RuntimeDefault"},
        })
    );
    let containers = spec["containers"].as_array().unwrap();
    assert_eq!(containers.len(), 1);
    assert_eq!(
        containers[0]["securityContext"],
        json!({
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        })
    );
    for absent in ["volumes", "hostNetwork", "hostPID", "hostIPC", "initContainers", "hostUsers"] {
        assert_eq!(spec[absent], Value::Null, "{absent}");
    }
    assert_eq!(spec["enableServiceLinks"], false);
    let resources = &containers[0]["resources"];
    assert!(resources["requests"]["cpu"].is_string() && resources["requests"]["memory"].is_string());
    assert!(resources["limits"]["memory"].is_string());
    let labels = &object("Namespace", NAMESPACE)["metadata"]["labels"];
    assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");
}

#[test]
fn the_image_is_this_version_and_can_be_replaced() {
    let kustomization = &objects("controller/kustomization.yaml")[0];
    assert_eq!(kustomization["images"], json!([{"name": NAME, "newTag": controller::VERSION}]));
    assert_eq!(kustomization["namespace"], NAMESPACE);
    let container = &pod()["spec"]["containers"][0];
    assert_eq!(container["image"], NAME);
    assert_eq!(container["command"], json!(["controller"]));
    assert_eq!(container["name"], NAME);
}
