//! Others write the same objects at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Result, bail, ensure};
use sealed_secrets_tests::cluster::{World, ours};
use serde_json::json;

use super::scene::{ARGUMENTS, RECOVERY, Scene, name, spawn};

/// Another controller labels SealedSecrets and annotates Secrets all the time, while people change the values.
pub(super) fn second_writer(world: &World) -> Result<()> {
    // Few objects, so that each is written by somebody all the time.
    const OBJECTS: usize = 6;
    const ROUNDS: usize = 15;
    let cluster = world.upstream()?;
    let scene = Scene::start(world, cluster, "conflicts")?;
    scene.creating(0..OBJECTS, || Ok(()))?;
    scene.wait_synced(0..OBJECTS, 0)?;
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        let touch = |secrets: bool| {
            let (scene, ends) = (&scene, &ends);
            move || {
                for turn in 0_u64.. {
                    for name in (0..OBJECTS).map(name) {
                        if ends.load(Ordering::Relaxed) {
                            return;
                        }
                        let (path, change) = if secrets {
                            (
                                scene.namespace.secret(&name),
                                json!({"annotations": {"touched": turn.to_string()}}),
                            )
                        } else {
                            (
                                scene.namespace.sealed_secret(&name),
                                json!({"labels": {"touched": turn.to_string()}}),
                            )
                        };
                        // One that is refused is followed by others.
                        let _ = scene.cluster.api().merge(&path, &json!({"metadata": change}));
                    }
                }
            }
        };
        let writers = [
            scope.spawn(touch(true)),
            scope.spawn(touch(true)),
            scope.spawn(touch(false)),
            scope.spawn(touch(false)),
        ];
        // Each round is worked on while the writers go on.
        let done = (1..=ROUNDS).try_for_each(|round| {
            change_all(&scene, OBJECTS, round)?;
            scene.wait_synced(0..OBJECTS, round)
        });
        ends.store(true, Ordering::Relaxed);
        for writer in writers {
            ensure!(writer.join().is_ok(), "a writer panicked");
        }
        done
    })?;
    scene.wait_synced(0..OBJECTS, ROUNDS)?;
    let writes = scene.rests()?;
    ensure!(writes.keys.len() == 1, "{:?}", writes.keys);
    let requests = scene.requests()?;
    let conflicts = requests.iter().filter(|request| request.status == 409).count();
    ensure!(conflicts > 0, "nobody was in the way");
    let of_secrets = |verb: &str| {
        requests.iter().filter(|r| r.resource == "secrets" && r.verb == verb && r.status / 100 == 2).count()
    };
    let (created, replaced) = (of_secrets("create"), of_secrets("update"));
    eprintln!("{conflicts} conflicts, {replaced} Secrets replaced");
    ensure!(created == OBJECTS + 1, "{created} creations");
    // Where the status was refused to the end, the whole attempt is made again, and the Secret that the second writer
    // has changed meanwhile is put right again.
    let log = scene.controller.process.output()?;
    let again = log.matches("Error updating SealedSecret status").count();
    ensure!(
        replaced <= OBJECTS * ROUNDS + again,
        "{replaced} Secrets were replaced, {again} of them in another attempt; {conflicts} conflicts"
    );
    for object in cluster.api().list(&scene.namespace.sealed_secrets())? {
        let label = &object["metadata"]["labels"]["touched"];
        ensure!(label.is_string(), "a label of the second writer is lost: {}", object["metadata"]["name"]);
    }
    scene.check_silent()
}

fn change_all(scene: &Scene<'_>, objects: usize, round: usize) -> Result<()> {
    for name in (0..objects).map(name) {
        let spec = scene.sealed(&scene.namespace, &name, round)?["spec"].take();
        scene.cluster.api().merge(&scene.namespace.sealed_secret(&name), &json!({"spec": spec}))?;
    }
    Ok(())
}

/// As during a rolling update, or by mistake: they agree, and no Secret is written twice.
pub(super) fn two_controllers(world: &World) -> Result<()> {
    const OBJECTS: usize = 150;
    let cluster = world.upstream()?;
    let scene = Scene::start(world, cluster, "two")?;
    let second = spawn(world, cluster, &scene.namespace, ARGUMENTS, &[])?;
    ours::certificate(&second)?;
    second.wait_ready("/readyz")?;
    scene.creating(0..OBJECTS, || Ok(()))?;
    let more = scene.check(0..OBJECTS)?;
    ensure!(more == 0, "{more} statuses were written twice");
    let asked = |controller: &sealed_secrets_tests::cluster::InCluster| -> Result<bool> {
        let metrics = controller.metrics()?;
        let counted = metrics.lines().find_map(|line| {
            line.strip_prefix("sealed_secrets_controller_unseal_requests_total ")?.parse::<f64>().ok()
        });
        Ok(counted.is_some_and(|counted| counted > 0.0))
    };
    if !asked(&scene.controller)? || !asked(&second)? {
        bail!("one of them did nothing within {RECOVERY:?}");
    }
    Ok(())
}
