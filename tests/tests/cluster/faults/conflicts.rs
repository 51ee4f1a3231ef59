//! Others write the same objects at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use sealed_secrets_tests::cluster::stored::{SEALED_SECRETS, SECRETS};
use sealed_secrets_tests::cluster::{World, ours, stays, wait_until};
use serde_json::json;

use super::scene::{ARGUMENTS, RECOVERY, Scene, name, spawn, value};

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

/// An instance freezes while it opens generation 2, another one applies generation 3, and the first goes on where it was.
pub(super) fn older_generation(world: &World) -> Result<()> {
    // Opening them takes longer than freezing the process.
    const VALUES: usize = 1500;
    // Where it was frozen too late or too early another object is taken.
    const OBJECTS: usize = 8;
    let cluster = world.upstream()?;
    let scene = Scene::start(world, cluster, "older")?;
    let api = cluster.api();
    scene.creating(0..OBJECTS, || Ok(()))?;
    scene.wait_synced(0..OBJECTS, 0)?;
    let frozen = &scene.controller.process;
    for number in 0..OBJECTS {
        let name = name(number);
        let path = scene.namespace.sealed_secret(&name);
        let many: Vec<_> = (0..VALUES).map(|key| (format!("key-{key}"), value(&name, 1))).collect();
        let many: Vec<_> = many.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let spec = |values: &[(&str, &str)]| -> Result<_> {
            Ok(ours::sealed(&scene.certificate, scene.namespace.name(), &name, values)?["spec"].take())
        };
        let (second, third) = (spec(&many)?, spec(&[("word", &value(&name, 2))])?);
        let begun = |times: usize| -> Result<Option<()>> {
            let line = format!("key={}/{name}", scene.namespace);
            let log = frozen.output()?;
            let found = log.lines().filter(|l| l.contains("Updating") && l.contains(&line)).count();
            Ok((found >= times).then_some(()))
        };
        api.merge(&path, &json!({"spec": second}))?;
        wait_until(RECOVERY, "the beginning of generation 2", || begun(2))?;
        frozen.freeze()?;
        let still_open = cluster.stored(SECRETS, &scene.namespace)?[&name].writes == 1;
        let mut object = api.get(&path)?;
        object["spec"] = third;
        api.replace(&path, &object)?;
        let second_instance = spawn(world, cluster, &scene.namespace, ARGUMENTS, &[])?;
        ours::secret_with(cluster, &scene.namespace, &name, "word", &value(&name, 2))
            .with_context(|| second_instance.process.last_words())?;
        scene.wait_synced(number..number + 1, 2)?;
        drop(second_instance);
        let writes = || -> Result<_> {
            let of = |kind: &str| Ok::<_, anyhow::Error>(cluster.stored(kind, &scene.namespace)?[&name]);
            Ok((of(SECRETS)?, of(SEALED_SECRETS)?))
        };
        let before = writes()?;
        frozen.thaw()?;
        if !still_open {
            continue;
        }
        // It learns of generation 3, and has nothing to do for it either.
        wait_until(RECOVERY, "the beginning of generation 3", || begun(3))?;
        return stays(Duration::from_secs(3), || {
            let now = writes()?;
            ensure!(
                now == before,
                "generation 2 was written over generation 3: {now:?} after {before:?}\n{}",
                frozen.last_words()
            );
            Ok(())
        });
    }
    bail!("it was never frozen between the beginning of generation 2 and its end")
}
