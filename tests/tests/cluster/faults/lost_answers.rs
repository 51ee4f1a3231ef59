//! Writes that are done although their answers never come.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use sealed_secrets_tests::cluster::World;
use sealed_secrets_tests::cluster::ours;
use sealed_secrets_tests::cluster::proxy::{Asked, Fate, Proxy};

use super::scene::{ARGUMENTS, Scene, place, spawn};

const OBJECTS: usize = 60;

/// Every Secret's creation goes unanswered once, and every third status.
pub(super) fn of_secrets(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    let lost = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lost);
    let met = Mutex::new(HashSet::new());
    let proxy = Proxy::start(cluster, move |asked| {
        let Some(number) = number(asked) else { return Fate::Pass };
        let is_secret = asked.method == "POST" && asked.path.contains("/secrets");
        let is_status = asked.method == "PUT" && asked.path.contains("/status") && number % 3 == 0;
        let place = (asked.method.clone(), number);
        let first =
            (is_secret || is_status) && met.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
        if !first {
            return Fate::Pass;
        }
        counted.fetch_add(1, Ordering::Relaxed);
        if number % 2 == 0 { Fate::Lose } else { Fate::GatewayTimeout }
    })?;
    let port = proxy.port().to_string();
    let environment = [("KUBERNETES_SERVICE_PORT", port.as_str())];
    let scene = Scene::start_with(world, cluster, "lost", ARGUMENTS, &environment)?;
    scene.creating(0..OBJECTS, || Ok(()))?;
    let more = scene.check(0..OBJECTS)?;
    ensure!(more == 0, "{more} statuses were written twice");
    let lost = lost.load(Ordering::Relaxed);
    ensure!(lost == OBJECTS + OBJECTS / 3, "{lost} answers were lost");
    let requests = scene.requests()?;
    let again = requests.iter().filter(|r| r.resource == "secrets" && r.verb == "create" && r.status == 409);
    ensure!(again.count() <= OBJECTS, "what was there was tried again and again");
    Ok(())
}

/// The number of the object that a request is about.
fn number(asked: &Asked) -> Option<usize> {
    asked.body["metadata"]["name"].as_str()?.strip_prefix("object-")?.parse().ok()
}

/// Neither way of losing it makes a second one.
pub(super) fn of_the_first_key(world: &World) -> Result<()> {
    let cluster = world.upstream()?;
    for fate in [Fate::Lose, Fate::GatewayTimeout] {
        let namespace = place(cluster, "lost-key")?;
        let lost = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&lost);
        let proxy = Proxy::start(cluster, move |asked| {
            // Twice: the second try finds the name taken.
            let is_key = asked.method == "POST" && asked.path.contains("/secrets");
            if is_key && counted.fetch_add(1, Ordering::Relaxed) < 2 { fate } else { Fate::Pass }
        })?;
        let port = proxy.port().to_string();
        let environment = [("KUBERNETES_SERVICE_PORT", port.as_str())];
        let controller = spawn(world, cluster, &namespace, ARGUMENTS, &environment)?;
        let certificate = ours::certificate(&controller)?;
        ensure!(lost.load(Ordering::Relaxed) > 0, "no answer was lost");
        let secrets = cluster.api().list(&namespace.secrets())?;
        ensure!(secrets.len() == 1, "{} key Secrets", secrets.len());
        let object = ours::sealed(&certificate, namespace.name(), "a", &[("word", super::scene::CANARY)])?;
        cluster.api().create(&namespace.sealed_secrets(), &object)?;
        ours::secret_with(cluster, &namespace, "a", "word", super::scene::CANARY)
            .with_context(|| controller.process.last_words())?;
        let secrets = cluster.api().list(&namespace.secrets())?;
        ensure!(secrets.len() == 2, "{} Secrets", secrets.len());
    }
    Ok(())
}
