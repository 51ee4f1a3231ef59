//! A namespace in which controllers take turns.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sealed_secrets::sealing::Certificate;
use sealed_secrets_tests::cluster::ours::{
    PATIENCE, certificate, check_silent, sealed, sealed_whole, start, stop,
};
use sealed_secrets_tests::cluster::{ControlPlane, InCluster, Namespace, World, stays, wait_until};
use sealed_secrets_tests::{controller, upstream};
use serde_json::{Value, json};

pub(crate) const CANARY: &str = "canary-that-changes-hands";

/// Who is in charge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Who {
    Upstream,
    Ours,
}

/// The namespace, and whoever works in it now.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) cluster: &'a ControlPlane,
    pub(crate) namespace: Namespace,
    /// Objects that open.
    pub(crate) good: Vec<String>,
    /// Objects that cannot become Secrets, so that a restart does not make them either.
    pub(crate) bad: Vec<String>,
}

impl<'a> Scene<'a> {
    /// A namespace with upstream's roles for either controller.
    pub(crate) fn new(world: &'a World, cluster: &'a ControlPlane, prefix: &str) -> Result<Self> {
        let namespace = cluster.api().namespace(prefix)?;
        cluster.install_upstream_roles(&namespace)?;
        Ok(Self { world, cluster, namespace, good: Vec::new(), bad: Vec::new() })
    }

    /// Puts one of them in charge. Returns when it serves the certificate; see [`settles`](Self::settles).
    pub(crate) fn start(&self, who: Who) -> Result<InCluster> {
        let own = "--all-namespaces=false";
        match who {
            // Its limit of five requests a second is not what is looked at.
            Who::Upstream => {
                let program = upstream::controller()?;
                let arguments = [own, "--key-size=2048", "--kubeclient-qps=-1"];
                start(&self.world.sandbox, self.cluster, &self.namespace, &program, &arguments)
            }
            Who::Ours => {
                let program = controller::controller()?;
                start(&self.world.sandbox, self.cluster, &self.namespace, &program, &[own, "--key-size=2048"])
            }
        }
    }

    /// Waits until a controller that was just started has looked at everything that there is.
    pub(crate) fn settles(&self, who: Who, controller: &InCluster) -> Result<()> {
        match who {
            Who::Upstream => wait_until(PATIENCE, "upstream's look at all objects", || {
                let log = controller.process.output()?;
                let done = |name: &String, end: &str| {
                    let object = format!("Name:\\\"{name}\\\"");
                    let key = format!("key={}/{name}", self.namespace);
                    log.lines()
                        .any(|line| line.contains(end) && (line.contains(&object) || line.contains(&key)))
                };
                let good = self.good.iter().all(|name| done(name, "reason: 'Unsealed'"));
                let bad = self.bad.iter().all(|name| done(name, "giving up"));
                Ok((good && bad).then_some(()))
            })
            .with_context(|| controller.process.last_words()),
            Who::Ours => {
                controller.wait_ready("/readyz")?;
                for name in &self.good {
                    wait_until(PATIENCE, &format!("what ours notes of {name}"), || {
                        let status = self.status(name)?;
                        Ok(types(&status).iter().any(|type_| type_ == "Applied").then_some(()))
                    })?;
                }
                for name in &self.bad {
                    wait_until(PATIENCE, &format!("a failure of {name}"), || {
                        Ok((self.status(name)?["conditions"][0]["status"] == "False").then_some(()))
                    })?;
                }
                // What is to be seen now is that nothing more comes.
                stays(Duration::from_millis(400), || Ok(()))
            }
        }
    }

    /// Ends it, and looks whether it was silent about the values.
    pub(crate) fn stop(&self, controller: InCluster) -> Result<()> {
        check_silent("the metrics", &controller.metrics()?, CANARY)?;
        stop(&controller)?;
        check_silent("the log", &controller.process.output()?, CANARY)?;
        let api = self.cluster.api();
        check_silent("an event", &serde_json::to_string(&api.list(&self.namespace.events())?)?, CANARY)?;
        for object in api.list(&self.namespace.sealed_secrets())? {
            check_silent("a status", &object["status"].to_string(), CANARY)?;
        }
        // Gone for good: the next one takes its place.
        drop(controller);
        Ok(())
    }

    /// Adds an object that opens, and waits until its Secret is there and its status tells so. It has a type: for
    /// those without, upstream's controller writes the Secret again at each start.
    pub(crate) fn add(&mut self, controller: &InCluster, name: &str) -> Result<()> {
        let mut object = sealed(&certificate(controller)?, self.namespace.name(), name, &[("word", CANARY)])?;
        object["spec"]["template"]["type"] = json!("Opaque");
        self.create(controller, name, &object)
    }

    /// Adds one in the deprecated form.
    pub(crate) fn add_whole(&mut self, controller: &InCluster, name: &str) -> Result<()> {
        let object =
            sealed_whole(&certificate(controller)?, self.namespace.name(), name, &[("word", CANARY)])?;
        self.create(controller, name, &object)
    }

    fn create(&mut self, controller: &InCluster, name: &str, object: &Value) -> Result<()> {
        self.cluster.api().create(&self.namespace.sealed_secrets(), object)?;
        self.good.push(name.to_owned());
        self.turns(name, "True").with_context(|| controller.process.last_words())?;
        self.cluster.api().get(&self.namespace.secret(name))?;
        Ok(())
    }

    /// Adds an object that is sealed for another cluster.
    pub(crate) fn add_foreign(&mut self, name: &str) -> Result<()> {
        let mut object = sealed(&other_clusters()?, self.namespace.name(), name, &[("word", CANARY)])?;
        object["spec"]["template"]["type"] = json!("Opaque");
        self.cluster.api().create(&self.namespace.sealed_secrets(), &object)?;
        self.bad.push(name.to_owned());
        self.turns(name, "False")
    }

    /// Waits until Synced has this value for the present generation.
    pub(crate) fn turns(&self, name: &str, value: &str) -> Result<()> {
        wait_until(PATIENCE, &format!("Synced={value} of {name}"), || {
            let object = self.cluster.api().get(&self.namespace.sealed_secret(name))?;
            let status = &object["status"];
            let now = status["observedGeneration"] == object["metadata"]["generation"];
            Ok((now && status["conditions"][0]["status"] == value).then_some(()))
        })
    }

    pub(crate) fn status(&self, name: &str) -> Result<Value> {
        Ok(self.cluster.api().get(&self.namespace.sealed_secret(name))?["status"].take())
    }

    /// uid and resourceVersion of every Secret here, those of the keys included.
    pub(crate) fn secrets(&self) -> Result<BTreeMap<String, (String, String)>> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let secrets = self.cluster.api().list(&self.namespace.secrets())?;
        let one = |secret: &Value| {
            let metadata = &secret["metadata"];
            (text(&metadata["name"]), (text(&metadata["uid"]), text(&metadata["resourceVersion"])))
        };
        Ok(secrets.iter().map(one).collect())
    }

    /// Fails unless every object says what it said before: Synced, since when, of which generation. A message may have a way
    /// out after it that was not there before.
    pub(crate) fn check_statuses(&self, before: &BTreeMap<String, Value>) -> Result<()> {
        for (name, before) in before {
            let mut now = told(&self.status(name)?);
            let said = before["message"].as_str().filter(|said| !said.is_empty());
            if let (Some(said), Some(says)) = (said, now["message"].as_str())
                && says.starts_with(&format!("{said}: "))
            {
                now["message"] = said.into();
            }
            ensure!(now == *before, "{name} says {now} where it said {before}");
        }
        Ok(())
    }

    /// Objects that open and that ours has not noted anything on: upstream's controller made their Secrets.
    pub(crate) fn without_a_note(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for name in &self.good {
            if !types(&self.status(name)?).iter().any(|type_| type_ == "Applied") {
                names.push(name.clone());
            }
        }
        Ok(names)
    }

    /// What every object says to people.
    pub(crate) fn statuses(&self) -> Result<BTreeMap<String, Value>> {
        self.good.iter().chain(&self.bad).map(|name| Ok((name.clone(), told(&self.status(name)?)))).collect()
    }
}

/// A certificate whose key no controller here has.
pub(crate) fn other_clusters() -> Result<Certificate> {
    Ok(Certificate::from_pem(&key_file("k2048b.crt.pem")?)?)
}

/// One of the keys and certificates that the golden cases use.
pub(crate) fn key_file(name: &str) -> Result<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs/keys").join(name);
    std::fs::read(&path).with_context(|| path.display().to_string())
}

/// The types of the conditions, in their order.
pub(crate) fn types(status: &Value) -> Vec<String> {
    let of = |condition: &Value| condition["type"].as_str().unwrap_or_default().to_owned();
    status["conditions"].as_array().into_iter().flatten().map(of).collect()
}

fn told(status: &Value) -> Value {
    let synced = &status["conditions"][0];
    json!({
        "type": synced["type"],
        "status": synced["status"],
        "message": synced["message"],
        "since": synced["lastTransitionTime"],
        "generation": status["observedGeneration"],
    })
}
