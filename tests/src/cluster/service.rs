//! A Service that leads to a program here, so that the API server's Service proxy reaches it.
//!
//! There is no node, so the test plays kubelet and endpoint controller. The proxy reads Endpoints, and follows only an
//! address that a Pod of the same IP stands behind.

use std::net::Ipv4Addr;

use anyhow::Result;
use serde_json::{Value, json};

use super::api::ApiError;
use super::control_plane::ControlPlane;
use super::namespace::Namespace;

impl ControlPlane {
    /// Lets the Service `name` lead to a program at `address`; called again, to another one.
    ///
    /// A Service that is there already, from applied manifests, keeps its ports; else one is made as upstream's plain
    /// manifests have it: port 8080 without a name.
    ///
    /// # Errors
    /// The API server refuses something.
    pub fn publish(&self, namespace: &Namespace, name: &str, address: Ipv4Addr) -> Result<()> {
        let api = self.api();
        let service = match api.find(&namespace.core(&format!("services/{name}")))? {
            Some(service) => service,
            None => api.create(
                &namespace.core("services"),
                &json!({"metadata": {"name": name}, "spec": {"ports": [{"port": 8080, "targetPort": 8080}]}}),
            )?,
        };
        let pod = format!("{name}-{}", address.to_string().replace('.', "-"));
        match api.create(&namespace.core("pods"), &pod_of(&pod, &service["spec"]["selector"])) {
            Err(error) if error.status == Some(409) => {}
            other => drop(other?),
        }
        let ip = address.to_string();
        api.merge(
            &namespace.core(&format!("pods/{pod}/status")),
            &json!({"status": {
                "phase": "Running",
                "podIP": ip,
                "podIPs": [{"ip": ip}],
                "conditions": [{"type": "Ready", "status": "True"}],
            }}),
        )?;
        let endpoints = json!({
            "metadata": {"name": name},
            "subsets": [{
                "addresses": [{"ip": ip, "targetRef": {"kind": "Pod", "namespace": namespace.name(), "name": pod}}],
                "ports": ports(&service),
            }],
        });
        match api.create(&namespace.core("endpoints"), &endpoints) {
            Err(ApiError { status: Some(409), .. }) => {
                api.replace(&namespace.core(&format!("endpoints/{name}")), &endpoints)?;
            }
            other => drop(other?),
        }
        Ok(())
    }
}

/// What an admission of the level "restricted" lets through; nothing ever runs it.
fn pod_of(name: &str, labels: &Value) -> Value {
    json!({
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "nodeName": "none",
            "automountServiceAccountToken": false,
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "program",
                "image": "local/none",
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    })
}

/// The Service's ports as Endpoints list them. A target that is a name means a port of the container; upstream's and
/// our containers listen at the Service's own number.
fn ports(service: &Value) -> Vec<Value> {
    let of = |port: &Value| {
        let number = port["targetPort"].as_u64().or(port["port"].as_u64());
        match port["name"].as_str() {
            Some(name) => json!({"name": name, "port": number}),
            None => json!({"port": number}),
        }
    };
    service["spec"]["ports"].as_array().into_iter().flatten().map(of).collect()
}
