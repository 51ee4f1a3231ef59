//! A large cluster: many SealedSecrets, and more Secrets that have nothing to do with them.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sealed_secrets_tests::cluster::Namespace;

use super::figures::{Figures, What};
use super::inputs::{create_foreign, parallel, sealed};
use super::load::Load;
use super::side::{PATIENCE, Place, Side, Which};
use super::turn::Needless;

/// Making ten thousand objects is no measurement, and takes two minutes and more.
const LONG: Duration = Duration::from_secs(900);

/// What foreign Secrets cost in memory, while they are made. Both controllers run, which makes them once: upstream's
/// sees all namespaces, ours the foreign one and its own, since upstream's SealedSecrets are none of its business.
pub(crate) fn foreign(
    place: &Place<'_>,
    other: Option<&Side>,
    ours: &mut Figures,
    theirs: &mut Figures,
) -> Result<()> {
    eprintln!("foreign Secrets …");
    let namespace: Namespace = place.cluster.api().namespace("foreign")?;
    let additional = format!("--additional-namespaces={namespace}");
    let side = Side::start(place, Which::Ours, &["--all-namespaces=false", &additional])?;
    let before = (side.memory()?, other.map(Side::memory).transpose()?);
    create_foreign(place.cluster.api(), &namespace, place.sizes.foreign)?;
    ours.note(What::ForeignMemory, side.memory()? - before.0);
    if let (Some(side), Some(before)) = (other, before.1) {
        theirs.note(What::ForeignMemory, side.memory()? - before);
    }
    Ok(())
}

/// Ours restarted beside all of them.
pub(crate) fn restart(place: &Place<'_>, figures: &mut Figures) -> Result<()> {
    let count = place.sizes.large;
    eprintln!("ours: {count} objects …");
    let mut side = Side::install(place, Which::Ours)?;
    let mark = place.cluster.mark();
    parallel(count, |number| {
        let object = sealed(&side.certificate, &side.work, &format!("large-{number:05}"))?;
        place.cluster.api().create(&side.work.sealed_secrets(), &object).map(drop).context("a SealedSecret")
    })?;
    side.expected += count;
    side.arrivals.all(side.expected, LONG).with_context(|| side.controller.process.last_words())?;
    side.settled(place, mark)?;

    eprintln!("ours: restart beside them …");
    side.controller.process.kill()?;
    let mark = place.cluster.mark();
    let load = Load::begin()?;
    let started = side.start_again()?;
    let object = sealed(&side.certificate, &side.work, "new")?;
    place.cluster.api().create(&side.work.sealed_secrets(), &object)?;
    // Two things are waited for, and neither may wait for the other.
    let (came, ready) = thread::scope(|scope| -> Result<(Instant, Instant)> {
        let came = scope.spawn(|| side.arrivals.of("new", started, PATIENCE));
        let ready = side.answers("/readyz")?;
        let came = came.join().map_err(|_| anyhow::anyhow!("a thread has failed"))??;
        Ok((came, ready))
    })
    .with_context(|| side.controller.process.last_words())?;
    let shares = load.end()?;
    figures.note_wall(What::LargeChecked, ready.duration_since(started).as_secs_f64(), shares);
    figures.note_wall(What::LargeServed, came.duration_since(started).as_secs_f64(), shares);
    let needless = Needless::of(&side.settled(place, mark)?, &side.work, "new");
    figures.note(What::LargeRequests, needless.requests);
    figures.note(What::LargeWrites, needless.writes);
    figures.note(What::LargeMemory, side.memory()?);
    Ok(())
}
