//! How the programs of a control plane are called. Their files lie in the folder that they run in: `pki/`, `kubeconfig`,
//! `audit-policy.yaml`, `audit.log`, `etcd/`.

use std::net::Ipv4Addr;

use super::control_plane::Options;
use super::pki::ISSUER;

/// Where a control plane listens, and how large its audit log may become.
pub(crate) struct Layout<'a> {
    /// Address and port of the API server.
    pub(crate) address: Ipv4Addr,
    pub(crate) port: u16,
    /// Address of etcd, and of kube-controller-manager's own port.
    pub(crate) etcd: Ipv4Addr,
    /// An admission plugin to switch off.
    pub(crate) without: Option<&'a str>,
    /// Megabytes of audit log, after which it is put aside once.
    pub(crate) audit_size: u32,
    pub(crate) options: &'a Options,
}

pub(crate) fn etcd(address: Ipv4Addr) -> Vec<String> {
    let (clients, peers) = (format!("http://{address}:2379"), format!("http://{address}:2380"));
    [
        "--data-dir=etcd",
        // Nothing here outlives the machine's power.
        "--unsafe-no-fsync",
        &format!("--listen-client-urls={clients}"),
        &format!("--advertise-client-urls={clients}"),
        &format!("--listen-peer-urls={peers}"),
        &format!("--initial-advertise-peer-urls={peers}"),
        &format!("--initial-cluster=default={peers}"),
    ]
    .map(str::to_owned)
    .into()
}

pub(crate) fn api_server(layout: &Layout<'_>) -> Vec<String> {
    let mut arguments: Vec<String> = [
        &format!("--etcd-servers=http://{}:2379", layout.etcd),
        &format!("--bind-address={}", layout.address),
        &format!("--advertise-address={}", layout.address),
        &format!("--secure-port={}", layout.port),
        "--tls-cert-file=pki/api.crt",
        "--tls-private-key-file=pki/api.key",
        "--client-ca-file=pki/ca.crt",
        "--cert-dir=pki",
        "--authorization-mode=RBAC",
        &format!("--service-account-issuer={ISSUER}"),
        "--service-account-key-file=pki/sa.pub",
        "--service-account-signing-key-file=pki/sa.key",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--endpoint-reconciler-type=none",
        "--audit-policy-file=audit-policy.yaml",
        "--audit-log-path=audit.log",
        &format!("--audit-log-maxsize={}", layout.audit_size),
        "--audit-log-maxbackup=1",
    ]
    .map(str::to_owned)
    .into();
    if let Some(plugin) = layout.without {
        arguments.push(format!("--disable-admission-plugins={plugin}"));
    }
    if !layout.options.priority_and_fairness {
        for argument in [
            "--enable-priority-and-fairness=false",
            "--max-requests-inflight=0",
            "--max-mutating-requests-inflight=0",
        ] {
            arguments.push(argument.to_owned());
        }
    }
    arguments.extend(layout.options.api_server.iter().cloned());
    arguments
}

pub(crate) fn controller_manager(layout: &Layout<'_>) -> Vec<String> {
    [
        "--kubeconfig=kubeconfig.in",
        "--authentication-kubeconfig=kubeconfig.in",
        "--authorization-kubeconfig=kubeconfig.in",
        &format!("--controllers={}", layout.options.controllers.join(",")),
        "--service-account-private-key-file=pki/sa.key",
        "--root-ca-file=pki/ca.crt",
        "--leader-elect=false",
        // Its own limit of 20 requests a second is what a test would wait for most.
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        &format!("--bind-address={}", layout.etcd),
        "--secure-port=10257",
        "--cert-dir=pki",
    ]
    .map(str::to_owned)
    .into()
}
