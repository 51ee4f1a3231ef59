//! What each controller goes through by itself, on a cluster without other SealedSecrets.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sealed_secrets_tests::cluster::Namespace;
use sealed_secrets_tests::cluster::audit::Request;

use super::figures::{Figures, What};
use super::inputs::{create_foreign, parallel};
use super::load::Load;
use super::side::{PATIENCE, Place, Side, Which};

/// Upstream's client limits lifted, without which a thousand objects take it 13 minutes.
const UNLIMITED: &[&str] = &["--kubeclient-qps=-1"];

/// How often the start is measured.
const STARTS: usize = 5;

/// Upstream sends five requests for an object and its default lets through five a second: with shorter pauses its
/// limiter would be measured.
const PAUSE: Duration = Duration::from_secs(1);

/// Installs and measures one controller; it goes on running.
pub(crate) fn take(place: &Place<'_>, which: Which, figures: &mut Figures) -> Result<Side> {
    step(which, "start");
    let mut side = Side::install(place, which)?;
    alive(&side, figures)?;
    figures.note(What::IdleMemory, side.memory()?);
    step(which, "one object at a time");
    single(place, &mut side, figures)?;
    step(which, "a few at once, default flags");
    few(place, &mut side, figures)?;
    step(which, "a Secret deleted after foreign ones");
    recreate(place, &side, figures)?;
    if which == Which::Theirs {
        let mark = place.cluster.mark();
        side.relaunch(place, UNLIMITED)?;
        side.settled(place, mark)?;
    }
    step(which, "many at once");
    many(place, &mut side, figures)?;
    step(which, "restart beside them");
    restart(place, &mut side, figures)?;
    Ok(side)
}

/// Ends a controller and removes its SealedSecrets; the collector removes their Secrets.
pub(crate) fn clear(place: &Place<'_>, side: Side) -> Result<()> {
    step(side.which, "removal");
    let Side { controller, arrivals, work, .. } = side;
    drop(controller);
    let sealed = work.sealed_secrets();
    while !place.cluster.api().list(&sealed)?.is_empty() {
        let listed = place.cluster.api().list(&sealed)?;
        parallel(listed.len(), |number| {
            let name = listed[number]["metadata"]["name"].as_str().unwrap_or_default();
            place.cluster.api().delete(&work.sealed_secret(name)).map(drop).context("a SealedSecret")
        })?;
    }
    arrivals.all(0, PATIENCE).map(drop)
}

fn alive(side: &Side, figures: &mut Figures) -> Result<()> {
    let mut times = Vec::new();
    let load = Load::begin()?;
    for _ in 0..STARTS {
        side.controller.process.kill()?;
        let started = side.start_again()?;
        times.push(side.answers("/healthz")?.duration_since(started).as_secs_f64());
        // Upstream is not to be killed in the middle of its first requests.
        thread::sleep(Duration::from_millis(300));
    }
    times.sort_by(f64::total_cmp);
    figures.note_wall(What::Alive, times[times.len() / 2], load.end()?);
    Ok(())
}

fn single(place: &Place<'_>, side: &mut Side, figures: &mut Figures) -> Result<()> {
    // A definition that was just made answers its first write late.
    side.create_one(place, "warm")?;
    let mut times = Vec::new();
    let count = place.sizes.single;
    let load = Load::begin()?;
    for number in 0..count {
        thread::sleep(PAUSE);
        let (asked, came) = side.create_one(place, &format!("single-{number:03}"))?;
        times.push(came.duration_since(asked).as_secs_f64());
    }
    let shares = load.end()?;
    times.sort_by(f64::total_cmp);
    // The nearest rank; with fewer than a hundred objects the 99th percentile is the slowest.
    figures.note_wall(What::SingleMedian, times[count.div_ceil(2) - 1], shares);
    figures.note_wall(What::SingleSlowest, times[(count * 99).div_ceil(100) - 1], shares);
    Ok(())
}

fn few(place: &Place<'_>, side: &mut Side, figures: &mut Figures) -> Result<()> {
    let mark = place.cluster.mark();
    let load = Load::begin()?;
    let wall = side.create_at_once(place, "few", place.sizes.few)?;
    figures.note_wall(What::FewWall, wall.as_secs_f64(), load.end()?);
    side.settled(place, mark).map(drop)
}

fn recreate(place: &Place<'_>, side: &Side, figures: &mut Figures) -> Result<()> {
    let api = place.cluster.api();
    let foreign = api.namespace("deleted")?;
    let mark = place.cluster.mark();
    create_foreign(api, &foreign, place.sizes.deleted)?;
    side.settled(place, mark)?;
    parallel(place.sizes.deleted, |number| {
        api.delete(&foreign.secret(&format!("foreign-{number:05}"))).map(drop).context("a foreign Secret")
    })?;
    let load = Load::begin()?;
    let started = Instant::now();
    api.delete(&side.work.secret("warm"))?;
    let back = side.arrivals.of("warm", started, PATIENCE)?;
    figures.note_wall(What::Recreated, back.duration_since(started).as_secs_f64(), load.end()?);
    side.settled(place, mark).map(drop)
}

fn many(place: &Place<'_>, side: &mut Side, figures: &mut Figures) -> Result<()> {
    let count = place.sizes.many;
    let mark = place.cluster.mark();
    let before = side.controller.process.usage()?.processor;
    let load = Load::begin()?;
    let wall = side.create_at_once(place, "many", count)?;
    figures.note_wall(What::ManyWall, wall.as_secs_f64(), load.end()?);
    let requests = side.settled(place, mark)?;
    let single = requests.iter().filter(|request| !follows(request)).count();
    figures.note(What::ManyRequests, ratio(single, count));
    let used = side.controller.process.usage()?.processor.saturating_sub(before);
    figures.note(What::ManyProcessor, used.as_secs_f64());
    figures.note(What::ManyMemory, side.memory()?);
    Ok(())
}

fn restart(place: &Place<'_>, side: &mut Side, figures: &mut Figures) -> Result<()> {
    side.controller.process.kill()?;
    let mark = place.cluster.mark();
    let load = Load::begin()?;
    let started = side.start_again()?;
    let (_, came) = side.create_one(place, "new")?;
    figures.note_wall(What::RestartServed, came.duration_since(started).as_secs_f64(), load.end()?);
    let needless = Needless::of(&side.settled(place, mark)?, &side.work, "new");
    figures.note(What::RestartRequests, needless.requests);
    figures.note(What::RestartWrites, needless.writes);
    figures.note(What::RestartEvents, needless.events);
    Ok(())
}

/// What a controller asked for after a restart, without lists, watches, its own namespace and the one new object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Needless {
    pub(crate) requests: f64,
    pub(crate) writes: f64,
    pub(crate) events: f64,
}

impl Needless {
    pub(crate) fn of(requests: &[Request], work: &Namespace, new: &str) -> Self {
        // An Event's name begins with the name of the object that it is about.
        let event = format!("{new}.");
        let about_new = |request: &Request| {
            request.name == new || (request.resource == "events" && request.name.starts_with(&event))
        };
        let others: Vec<_> = requests
            .iter()
            .filter(|request| !follows(request) && request.namespace == work.name() && !about_new(request))
            .collect();
        // The audit log may leave out the name of what is created: one Secret and one Event are the new object's.
        let created = |resource: &str| {
            let nameless = |request: &&&Request| {
                request.verb == "create" && request.name.is_empty() && request.resource == resource
            };
            others.iter().filter(nameless).count().min(1)
        };
        let (secret, event) = (created("secrets"), created("events"));
        let writes = others.iter().filter(|request| request.writes()).count();
        let events = others.iter().filter(|request| request.resource == "events").count();
        Self {
            requests: ratio(others.len() - secret - event, 1),
            writes: ratio(writes - secret - event, 1),
            events: ratio(events - event, 1),
        }
    }
}

/// Lists and watches: their number does not depend on how many objects changed.
fn follows(request: &Request) -> bool {
    matches!(request.verb.as_str(), "list" | "watch")
}

#[allow(clippy::cast_precision_loss, reason = "numbers of requests are far below 2^52")]
fn ratio(number: usize, of: usize) -> f64 {
    number as f64 / of as f64
}

fn step(which: Which, what: &str) {
    eprintln!("{}: {what} …", which.name());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(verb: &str, resource: &str, namespace: &str, name: &str) -> Request {
        Request {
            user: "controller".into(),
            user_agent: String::new(),
            verb: verb.into(),
            resource: resource.into(),
            namespace: namespace.into(),
            name: name.into(),
            uri: String::new(),
            status: 200,
        }
    }

    #[test]
    fn the_new_object_is_not_counted_and_everything_else_is() {
        let mut requests = vec![
            request("list", "secrets", "work", ""),
            request("watch", "sealedsecrets", "work", ""),
            request("get", "secrets", "home", "key"),
            request("get", "sealedsecrets", "work", "new"),
            request("create", "secrets", "work", ""),
            request("create", "events", "work", "new.18f2c9a1"),
            request("update", "sealedsecrets/status", "work", "new"),
        ];
        let work = Namespace::new("work");
        let nothing = Needless { requests: 0.0, writes: 0.0, events: 0.0 };
        assert_eq!(Needless::of(&requests, &work, "new"), nothing);
        requests.push(request("get", "secrets", "work", "old"));
        requests.push(request("create", "events", "work", "old.18f2c9a1"));
        requests.push(request("update", "sealedsecrets/status", "work", "old"));
        let some = Needless { requests: 3.0, writes: 2.0, events: 1.0 };
        assert_eq!(Needless::of(&requests, &work, "new"), some);
    }
}
