//! A real API server for tests, and programs that run as if in a Pod of it.
//!
//! A test program with `harness = false` goes into a [`sandbox`] first and starts a [`ControlPlane`] in there:
//!
//! ```ignore
//! fn main() -> anyhow::Result<ExitCode> {
//!     sandbox::help_if_asked();                  // before anything else
//!     let arguments = Arguments::from_args();
//!     let programs = Kubernetes::built()?;       // Go may be needed: before the network goes
//!     let sandbox = sandbox::enter(&[])?;        // another process from here on
//!     let cluster = ControlPlane::start(&sandbox, &programs, &Options::default())?;
//!     let namespace = cluster.api().namespace("example")?;
//!     // the tests
//!     Ok(ExitCode::SUCCESS)
//! }
//! ```
//!
//! [`World`] does that for the test program `cluster` and keeps what its tests share.
//!
//! - [`sandbox`]: namespaces, addresses, folders. All processes die with the test program.
//! - [`control_plane`]: etcd, kube-apiserver and kube-controller-manager, each a [`daemon`] that can be killed, started
//!   again, frozen and measured; the [`audit`] log as a list of requests.
//! - [`api`], [`namespace`], [`wait`], [`watch`]: tests as straight lines.
//! - [`in_cluster`]: a controller with a service account's token, in a [`PodNetwork`] if it is to lose connections;
//!   [`service`]: the Service proxy leads to it.
//! - [`ours`]: our controller there, and Secrets sealed for it; [`stage`]: a namespace with all of that; [`kubeseal`]:
//!   clients that reach a controller.
//! - [`health`]: what Flux, Helm and Argo CD make of an object.
//! - [`proxy`]: a way to the API server on which answers get lost; [`stored`]: how often each object was written.
//! - [`upstream_manifests`]: upstream's roles and CRD, as facts.
//! - [`node`]: a person's cluster, outside of any sandbox, in which Deployments run.

pub mod api;
pub mod audit;
mod command_lines;
pub mod control_plane;
pub mod daemon;
pub mod health;
pub mod http;
pub mod in_cluster;
pub mod kubeconfig;
pub mod kubeseal;
pub mod namespace;
pub mod node;
pub mod ours;
pub mod pki;
mod pod_network;
pub mod proxy;
pub mod sandbox;
pub mod service;
pub mod stage;
pub mod stored;
pub mod upstream_manifests;
pub mod usage;
pub mod wait;
pub mod watch;
pub mod world;

pub use api::{Api, ApiError};
pub use control_plane::{ControlPlane, Options};
pub use in_cluster::{InCluster, Launch};
pub use namespace::Namespace;
pub use pod_network::PodNetwork;
pub use sandbox::Sandbox;
pub use wait::{stays, wait_until};
pub use watch::Watch;
pub use world::World;
