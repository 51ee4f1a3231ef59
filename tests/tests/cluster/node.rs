//! The one-node cluster of `make cluster-up`: Deployments really run in it.

use std::time::Duration;

use anyhow::{Result, ensure};
use sealed_secrets_tests::cluster::node::Node;
use sealed_secrets_tests::cluster::world::Test;
use sealed_secrets_tests::cluster::{Namespace, World, wait_until};
use sealed_secrets_tests::upstream;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) const TESTS: &[(&str, Test)] = &[("runs_a_deployment_until_it_is_taken_down", runs_a_deployment)];

fn runs_a_deployment(world: &World) -> Result<()> {
    let node = Node::in_folder(&world.sandbox.folder("node")?.join("cluster"));
    node.up()?;
    ensure!(node.up().is_err(), "it was started twice");
    let api = node.api()?;
    let namespace = api.namespace("runs")?;
    let image = Node::image_of(&upstream::controller()?)?;
    let account = "system:serviceaccounts";
    // Any role that lets the program stay alive: what it does is not looked at here.
    api.create(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        &json!({
            "metadata": {"name": "may-everything"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": account}],
        }),
    )?;
    api.create(
        &namespace.core("services"),
        &json!({
            "metadata": {"name": "program"},
            "spec": {"selector": {"app": "program"}, "ports": [{"port": 80, "targetPort": "http"}]},
        }),
    )?;
    // The service account that a Pod needs is made by a controller.
    wait_until(PATIENCE, "the default service account", || {
        Ok(api.find(&namespace.service_account("default"))?)
    })?;
    api.create(&namespace.other("apps/v1", "deployments"), &deployment(&image))?;
    let path = namespace.other("apps/v1", "deployments/program");
    wait_until(PATIENCE, "a ready Pod", || Ok(is_ready(&api.get(&path)?).then_some(())))
        .map_err(|error| error.context(node.output_of(namespace.name()).unwrap_or_default()))?;
    let health = namespace.proxy("program", "", "/healthz");
    wait_until(PATIENCE, "the Service proxy", || Ok(Some(api.send("GET", &health, "", b"")?.expect(200)?)))?;

    // A Pod that is deleted comes back as another one.
    let first = pods(&api.list(&namespace.core("pods"))?);
    api.delete(&namespace.core(&format!("pods/{}", first[0])))?;
    wait_until(PATIENCE, "another Pod", || {
        let now = pods(&api.list(&namespace.core("pods"))?);
        Ok((!now.is_empty() && now != first && is_ready(&api.get(&path)?)).then_some(()))
    })?;
    ensure!(node.output_of(namespace.name())?.contains("HTTP server serving"), "no output of the program");

    ensure!(node.down()? && !node.is_up() && !node.folder().exists(), "something is left");
    ensure!(api.get(&Namespace::new("default").path()).is_err(), "the API server outlived the cluster");
    Ok(())
}

fn is_ready(deployment: &Value) -> bool {
    deployment["status"]["readyReplicas"] == 1
        && deployment["status"]["observedGeneration"] == deployment["metadata"]["generation"]
}

fn pods(list: &[Value]) -> Vec<String> {
    list.iter().map(|pod| pod["metadata"]["name"].as_str().unwrap_or_default().to_owned()).collect()
}

fn deployment(image: &str) -> Value {
    json!({
        "metadata": {"name": "program"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "program"}},
            "template": {
                "metadata": {"labels": {"app": "program"}},
                "spec": {
                    "securityContext": {"runAsUser": 1001, "runAsNonRoot": true, "fsGroup": 65534},
                    "containers": [{
                        "name": "program",
                        "image": image,
                        "args": ["--all-namespaces=false"],
                        "ports": [{"containerPort": 8080, "name": "http"}],
                        "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}},
                    }],
                },
            },
        },
    })
}
