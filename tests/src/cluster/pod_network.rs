//! A network of its own for one program, with two ways to the rest of the sandbox. One of them can be cut without a word.

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::{Context, Result, ensure};

use super::daemon::Daemon;
use super::sandbox::{Sandbox, ip};

/// All addresses of a sandbox; both ways lead to them.
const EVERYTHING: &str = "10.99.0.0/16";

/// Networks of one test program, which tell their addresses apart.
static LAST: AtomicU8 = AtomicU8::new(0);

/// See the module. It goes when it is dropped.
///
/// Connections that the program makes leave by the first way, from an address that only that way has. Once it is cut their
/// packets are lost in both directions, and neither end is told; new connections go the second way.
pub struct PodNetwork {
    /// Holds the network namespace.
    holder: Daemon,
    number: u8,
}

impl PodNetwork {
    /// Makes it.
    ///
    /// # Errors
    /// `ip` or `nsenter` is missing or refuses.
    pub fn new(sandbox: &Sandbox) -> Result<Self> {
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let log = sandbox.folder(&format!("network-{number}"))?.join("output.log");
        let holder = Daemon::start("network", &log, || {
            let mut command = Command::new("unshare");
            command.args(["--net", "sleep", "infinity"]);
            Ok(command)
        })?;
        let network = Self { holder, number };
        super::wait::wait_until(super::ours::PATIENCE, "a network namespace", || {
            let inside = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/net"));
            Ok((inside(&network.holder.id().to_string())? != inside("self")?).then_some(()))
        })?;
        network.lay(1)?;
        network.lay(2)?;
        Ok(network)
    }

    /// The address at which the program can be reached, also after the cut.
    pub fn address(&self) -> Ipv4Addr {
        self.inner(2)
    }

    /// How a command runs inside: `nsenter` and its arguments, to be followed by the command.
    pub fn entry(&self) -> Vec<String> {
        vec!["nsenter".into(), format!("--net=/proc/{}/ns/net", self.holder.id())]
    }

    /// From now on every packet of the connections made so far is lost.
    ///
    /// # Errors
    /// `ip` refuses.
    pub fn cut(&self) -> Result<()> {
        self.inside(&["route", "del", EVERYTHING, "via", &self.outer(1).to_string()])?;
        ip(&["link", "set", &self.link(1), "down"])
    }

    /// A pair of linked interfaces, an address at each end, and the way through it: the lower number goes first.
    fn lay(&self, way: u8) -> Result<()> {
        let (outer, inner, process) = (self.link(way), format!("in{way}"), self.holder.id().to_string());
        ip(&["link", "add", &outer, "type", "veth", "peer", "name", &inner, "netns", &process])?;
        ip(&["address", "add", &format!("{}/24", self.outer(way)), "dev", &outer])?;
        ip(&["link", "set", &outer, "up"])?;
        // What comes from the address of one way over the other is lost, as at a router that knows no such network.
        let strict = format!("/proc/sys/net/ipv4/conf/{outer}/rp_filter");
        std::fs::write(&strict, "1").with_context(|| format!("writing {strict}"))?;
        self.inside(&["address", "add", &format!("{}/24", self.inner(way)), "dev", &inner])?;
        self.inside(&["link", "set", &inner, "up"])?;
        let (gateway, metric) = (self.outer(way).to_string(), way.to_string());
        self.inside(&["route", "add", EVERYTHING, "via", &gateway, "metric", &metric])
    }

    fn link(&self, way: u8) -> String {
        format!("pod{}way{way}", self.number)
    }

    fn outer(&self, way: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 100 + way, self.number, 1)
    }

    fn inner(&self, way: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 100 + way, self.number, 2)
    }

    fn inside(&self, arguments: &[&str]) -> Result<()> {
        let entry = self.entry();
        let output = Command::new(&entry[0])
            .args(&entry[1..])
            .arg("ip")
            .args(arguments)
            .output()
            .context("nsenter")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "ip {}: {}", arguments.join(" "), said.trim());
        Ok(())
    }
}

impl Drop for PodNetwork {
    fn drop(&mut self) {
        for way in [1, 2] {
            // A link goes with its namespace as well; this only makes it go at once.
            let _ = ip(&["link", "del", &self.link(way)]);
        }
    }
}
