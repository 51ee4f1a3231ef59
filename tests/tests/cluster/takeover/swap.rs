//! One controller in place of the other, with everything that there is: nobody notices.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use sealed_secrets_tests::cluster::audit::Request;
use sealed_secrets_tests::cluster::ours::{certificate, sealed};
use sealed_secrets_tests::cluster::{ControlPlane, World};
use serde_json::json;

use super::scene::{CANARY, Scene, Who, types};

/// How many objects change hands, besides one in the deprecated form and two that fail.
const OBJECTS: usize = 20;

/// The object in whose way a foreign Secret stands.
const BLOCKED: &str = "blocked";

pub(crate) fn from_upstream_under_upstreams_definition(world: &World) -> Result<()> {
    let turns = [Who::Upstream, Who::Ours, Who::Ours, Who::Upstream, Who::Ours];
    changes_hands(world, world.upstream()?, Definition::Upstreams, &turns)
}

pub(crate) fn from_ours_under_upstreams_definition(world: &World) -> Result<()> {
    let turns = [Who::Ours, Who::Upstream, Who::Ours];
    changes_hands(world, world.upstream()?, Definition::Upstreams, &turns)
}

pub(crate) fn from_upstream_under_our_definition(world: &World) -> Result<()> {
    let turns = [Who::Upstream, Who::Ours, Who::Ours, Who::Upstream, Who::Ours];
    changes_hands(world, world.ours()?, Definition::Ours, &turns)
}

pub(crate) fn from_ours_under_our_definition(world: &World) -> Result<()> {
    let turns = [Who::Ours, Who::Upstream, Who::Ours];
    changes_hands(world, world.ours()?, Definition::Ours, &turns)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Definition {
    Ours,
    Upstreams,
}

fn changes_hands(world: &World, cluster: &ControlPlane, definition: Definition, turns: &[Who]) -> Result<()> {
    let mut scene = Scene::new(world, cluster, "swap")?;
    let mut ours_was_here = false;
    for (number, who) in turns.iter().enumerate() {
        let turn = Turn { scene: &mut scene, who: *who, number, definition, ours_was_here };
        let done = if number == 0 { turn.begins() } else { turn.takes_over() };
        done.with_context(|| format!("turn {number} of {turns:?}"))?;
        ours_was_here |= *who == Who::Ours;
    }
    Ok(())
}

struct Turn<'a, 'b> {
    scene: &'a mut Scene<'b>,
    who: Who,
    number: usize,
    definition: Definition,
    /// Ours has noted on every object what it applied.
    ours_was_here: bool,
}

impl Turn<'_, '_> {
    /// The first turn makes everything.
    fn begins(self) -> Result<()> {
        let scene = self.scene;
        let controller = scene.start(self.who)?;
        for number in 0..OBJECTS {
            scene.add(&controller, &format!("object-{number}"))?;
        }
        scene.add_whole(&controller, "whole")?;
        scene.add_foreign("of-another-cluster")?;
        // A Secret that nobody allowed to be replaced.
        let blocked =
            json!({"metadata": {"name": BLOCKED}, "stringData": {"word": "mine"}, "type": "Opaque"});
        scene.cluster.api().create(&scene.namespace.secrets(), &blocked)?;
        let certificate = certificate(&controller)?;
        let object = sealed(&certificate, scene.namespace.name(), BLOCKED, &[("word", CANARY)])?;
        scene.cluster.api().create(&scene.namespace.sealed_secrets(), &object)?;
        scene.bad.push(BLOCKED.to_owned());
        scene.turns(BLOCKED, "False")?;
        scene.settles(self.who, &controller)?;
        scene.stop(controller)
    }

    /// Every later turn finds it as it is, leaves it, and works: one object is added.
    fn takes_over(self) -> Result<()> {
        let scene = self.scene;
        let (secrets, statuses) = (scene.secrets()?, scene.statuses()?);
        let known: Vec<_> = scene.good.iter().chain(&scene.bad).cloned().collect();
        let unknown_to_ours = scene.without_a_note()?;
        let mark = scene.cluster.mark();
        let controller = scene.start(self.who)?;
        let user = controller.user();
        scene.settles(self.who, &controller)?;

        let late = format!("late-{}", self.number);
        scene.add(&controller, &late)?;
        scene.settles(self.who, &controller)?;
        scene.stop(controller)?;
        let requests: Vec<_> =
            scene.cluster.requests_since(mark)?.into_iter().filter(|request| request.by(&user)).collect();

        let mut now = scene.secrets()?;
        ensure!(now.remove(&late).is_some(), "{late} has no Secret");
        ensure!(now == secrets, "Secrets were written, made or lost: {}", difference(&secrets, &now));
        scene.check_statuses(&statuses)?;
        // Whose definition is installed may have to be found out on one of them.
        let (dry_runs, requests): (Vec<_>, Vec<_>) =
            requests.into_iter().partition(|request| request.uri.contains("dryRun=All"));
        ensure!(dry_runs.len() <= 1, "{dry_runs:#?}");
        let refused: Vec<_> = requests.iter().filter(|request| request.refused()).collect();
        ensure!(refused.is_empty(), "{refused:#?}");
        // Of Secrets the late one was made, and nothing else was even tried: but for the one in whose way a foreign
        // Secret stands, where trying is how ours may find that out.
        let of_secrets = writes(&requests, "secrets");
        let tried: Vec<_> = of_secrets
            .iter()
            .filter(|request| !(request.name == BLOCKED && request.status == 409))
            .map(|request| request.verb.as_str())
            .collect();
        ensure!(tried == ["create"], "{of_secrets:#?}");

        if self.who == Who::Ours {
            let events = writes(&requests, "events");
            ensure!(events.len() == 1, "an event of the late object and no other: {events:#?}");
            let about = |request: &&&Request| known.contains(&request.name);
            if self.ours_was_here {
                // One whose Secret is not ours is looked at again, since that may have changed: in silence.
                let looked_at = |request: &Request| {
                    unknown_to_ours.contains(&request.name)
                        || (request.name == BLOCKED && request.resource != "sealedsecrets/status")
                };
                let asked: Vec<_> =
                    requests.iter().filter(|request| about(&request) && !looked_at(request)).collect();
                ensure!(asked.is_empty(), "a restart asked about objects that did not change: {asked:#?}");
            } else {
                let statuses = writes(&requests, "sealedsecrets/status");
                let told: Vec<_> = statuses.iter().filter(about).collect();
                let most = match self.definition {
                    // Applied is new on what was applied, and a way out where a foreign Secret stands in the way.
                    Definition::Upstreams => known.len() - 1,
                    // Ready is new on all.
                    Definition::Ours => known.len(),
                };
                ensure!(told.len() <= most, "more than one status write an object: {told:#?}");
            }
        }
        for name in &scene.good {
            let types = types(&scene.status(name)?);
            let own = |type_: &String| ["Synced", "Applied"].contains(&type_.as_str());
            match (self.definition, self.who) {
                (Definition::Upstreams, _) => ensure!(types.iter().all(own), "{name}: {types:?}"),
                (Definition::Ours, Who::Ours) => {
                    ensure!(types.iter().any(|type_| type_ == "Ready"), "{name}: {types:?}");
                }
                (Definition::Ours, Who::Upstream) => {}
            }
        }
        for name in &scene.bad {
            let types = types(&scene.status(name)?);
            if self.definition == Definition::Upstreams {
                ensure!(types == ["Synced"], "{name}: {types:?}");
            }
        }
        Ok(())
    }
}

fn writes<'r>(requests: &'r [Request], resource: &str) -> Vec<&'r Request> {
    requests.iter().filter(|request| request.resource == resource && request.writes()).collect()
}

fn difference(
    before: &BTreeMap<String, (String, String)>,
    after: &BTreeMap<String, (String, String)>,
) -> String {
    let names = before.keys().chain(after.keys());
    let changed: Vec<_> = names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect();
    changed.join(", ")
}
