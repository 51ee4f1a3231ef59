//! Random histories: a small cluster, two watches that lag and break, tasks that overlap and fail, restarts. In the
//! end everything that should be there is there, and nothing goes on.

use std::collections::BTreeMap;

use super::*;

/// Names that objects and Secrets fight over.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// A spec that is sealed with a key which the ring has only at times; the others are sealed with key 1.
const RARE: u32 = 100;

/// A spec that nothing can open.
const BROKEN: u32 = 200;

const SPECS: [u32; 5] = [0, 1, 2, RARE, BROKEN];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % limit
    }

    fn name(&mut self) -> &'static str {
        NAMES[self.below(NAMES.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[derive(Clone, Debug)]
struct Sealed {
    uid: String,
    spec: u32,
    generation: i64,
    told: Option<Told>,
    control: Control,
    /// Whether the status speaks of a pause.
    told_paused: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Told {
    Synced { record: Record, generation: i64 },
    Failed,
}

#[derive(Clone, Debug)]
struct Secret {
    uid: String,
    version: u32,
    /// uid of the owner and the spec that it was made of; none: foreign.
    made: Option<(String, u32)>,
}

impl Secret {
    fn facts(&self) -> SecretFacts {
        let standing = if self.made.is_some() { Standing::Ours } else { Standing::Foreign };
        facts(&self.uid, &self.version.to_string(), standing)
    }
}

enum SealedNews {
    Begin,
    Listed(SealedObject),
    Done,
    Seen(SealedObject),
    Gone(ObjectKey),
}

enum SecretNews {
    Begin,
    Listed(ObjectKey, SecretFacts),
    Done,
    Seen(ObjectKey, SecretFacts),
    Gone(ObjectKey, SecretFacts),
}

/// A task and what it has done so far.
enum Step {
    Begun(Task, Vec<u32>),
    Collecting(ObjectKey),
    /// Object, and the end that is still to be told to the server.
    Applied(ObjectKey, Sealed, End),
    Ended(ObjectKey, Option<Finished>),
}

struct World {
    random: Random,
    rules: Rules,
    index: Index,
    now: Millis,
    counter: u32,
    sealed: BTreeMap<&'static str, Sealed>,
    secrets: BTreeMap<&'static str, Secret>,
    keys: Vec<u32>,
    ring: u64,
    sealed_news: VecDeque<SealedNews>,
    secret_news: VecDeque<SecretNews>,
    tasks: Vec<Step>,
    /// The server fails at times.
    chaos: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let rules = Rules { recreate: true, collect: random.chance(20), statuses: false };
        let mut world = Self {
            random,
            rules,
            index: Index::new(rules),
            now: 0,
            counter: 0,
            sealed: BTreeMap::new(),
            secrets: BTreeMap::new(),
            keys: vec![1],
            ring: 1,
            sealed_news: VecDeque::new(),
            secret_news: VecDeque::new(),
            tasks: Vec::new(),
            chaos: true,
        };
        world.restart();
        world
    }

    fn count(&mut self) -> u32 {
        self.counter += 1;
        self.counter
    }

    fn object(name: &str, sealed: &Sealed) -> SealedObject {
        let object = object(name, &sealed.uid, sealed.spec, sealed.generation);
        let mut object = match &sealed.told {
            Some(Told::Synced { record, generation }) if *generation == sealed.generation => {
                applied(object, record)
            }
            _ => object,
        };
        object.control = sealed.control;
        if sealed.told_paused { told_paused(object) } else { object }
    }

    /// The process ends, whatever it was doing, and another one begins.
    fn restart(&mut self) {
        self.index = Index::new(self.rules);
        self.tasks.clear();
        if self.random.chance(50) {
            self.tell_ring();
        }
        self.list_sealed();
        self.list_secrets();
    }

    fn tell_ring(&mut self) {
        let keys = self.keys.clone();
        self.index.ring_changed(self.ring, keys.into_iter().map(print));
    }

    fn list_sealed(&mut self) {
        self.sealed_news.clear();
        self.sealed_news.push_back(SealedNews::Begin);
        for (name, sealed) in &self.sealed {
            self.sealed_news.push_back(SealedNews::Listed(Self::object(name, sealed)));
        }
        self.sealed_news.push_back(SealedNews::Done);
    }

    fn list_secrets(&mut self) {
        self.secret_news.clear();
        self.secret_news.push_back(SecretNews::Begin);
        for (name, secret) in &self.secrets {
            self.secret_news.push_back(SecretNews::Listed(key(name), secret.facts()));
        }
        self.secret_news.push_back(SecretNews::Done);
    }

    fn sealed_changed(&mut self, name: &str) {
        let object = Self::object(name, &self.sealed[name]);
        self.sealed_news.push_back(SealedNews::Seen(object));
    }

    fn secret_changed(&mut self, name: &str) {
        let news = SecretNews::Seen(key(name), self.secrets[name].facts());
        self.secret_news.push_back(news);
    }

    fn delete_secret(&mut self, name: &str) {
        if let Some(secret) = self.secrets.remove(name) {
            self.secret_news.push_back(SecretNews::Gone(key(name), secret.facts()));
        }
    }

    fn deliver_sealed(&mut self) -> bool {
        match self.sealed_news.pop_front() {
            Some(SealedNews::Begin) => self.index.objects_list_begins(None),
            Some(SealedNews::Listed(object)) => self.index.object_seen(object, Some(None)),
            Some(SealedNews::Done) => drop(self.index.objects_listed(None)),
            Some(SealedNews::Seen(object)) => self.index.object_seen(object, None),
            Some(SealedNews::Gone(key)) => self.index.object_gone(&key),
            None => return false,
        }
        true
    }

    fn deliver_secret(&mut self) -> bool {
        match self.secret_news.pop_front() {
            Some(SecretNews::Begin) => self.index.secrets_list_begins(None),
            Some(SecretNews::Listed(key, facts)) => self.index.secret_seen(&key, facts, Some(None)),
            Some(SecretNews::Done) => self.index.secrets_listed(None),
            Some(SecretNews::Seen(key, facts)) => self.index.secret_seen(&key, facts, None),
            Some(SecretNews::Gone(key, facts)) => self.index.secret_gone(&key, Some(&facts)),
            None => return false,
        }
        true
    }

    /// What users, administrators and the collector do.
    fn meddle(&mut self) {
        let name = self.random.name();
        let spec = SPECS[self.random.below(SPECS.len())];
        match self.random.below(14) {
            0 | 1 => {
                if !self.sealed.contains_key(name) {
                    let uid = format!("u{}", self.count());
                    let control = control(self.random.chance(10), None);
                    let new = Sealed { uid, spec, generation: 1, told: None, control, told_paused: false };
                    self.sealed.insert(name, new);
                    self.sealed_changed(name);
                }
            }
            2 => {
                if self.sealed.remove(name).is_some() {
                    self.sealed_news.push_back(SealedNews::Gone(key(name)));
                }
            }
            3 | 4 => {
                // A scope annotation raises no generation.
                let annotation = self.random.chance(60);
                if let Some(sealed) = self.sealed.get_mut(name) {
                    sealed.spec = spec;
                    sealed.generation += i64::from(!annotation);
                    self.sealed_changed(name);
                }
            }
            5 | 6 => self.delete_secret(name),
            7 => {
                let (uid, version) = (format!("f{}", self.count()), self.count());
                self.secrets.entry(name).or_insert(Secret { uid, version, made: None });
                self.secret_changed(name);
            }
            8 => {
                let version = self.count();
                if let Some(secret) = self.secrets.get_mut(name).filter(|secret| secret.made.is_none()) {
                    secret.version = version;
                    self.secret_changed(name);
                }
            }
            9 => {
                self.keys = if self.keys.len() > 1 { vec![1] } else { vec![1, RARE] };
                self.ring += 1;
                self.tell_ring();
            }
            10 => self.garbage(),
            11 | 12 => {
                let (paused, asked) = (self.random.chance(40), self.random.below(3));
                if let Some(sealed) = self.sealed.get_mut(name) {
                    sealed.control = control(paused, Some(&asked.to_string()));
                    self.sealed_changed(name);
                }
            }
            _ => {
                if self.random.chance(10) {
                    self.restart();
                } else if self.random.chance(50) {
                    self.list_sealed();
                } else {
                    self.list_secrets();
                }
            }
        }
    }

    /// The collector of the cluster.
    fn garbage(&mut self) {
        for name in NAMES {
            let owner = self.secrets.get(name).and_then(|secret| secret.made.as_ref());
            if owner.is_some_and(|(uid, _)| self.sealed.get(name).is_none_or(|sealed| sealed.uid != *uid)) {
                self.delete_secret(name);
            }
        }
    }

    fn begin(&mut self) -> bool {
        let Some(work) = self.index.next(self.now) else { return false };
        let (key, step) = match work {
            Work::Unseal(task) => (task.key.clone(), Step::Begun(task, self.keys.clone())),
            Work::Collect(key) => (key.clone(), Step::Collecting(key)),
        };
        let twice = self.tasks.iter().any(|other| match other {
            Step::Begun(Task { key: other, .. }, _)
            | Step::Collecting(other)
            | Step::Applied(other, ..)
            | Step::Ended(other, _) => *other == key,
        });
        assert!(!twice, "{key} is worked on twice at once");
        self.tasks.push(step);
        true
    }

    fn fails(&mut self) -> bool {
        self.chaos && self.random.chance(10)
    }

    /// Lets one of the tasks go one step further.
    fn step(&mut self) -> bool {
        if self.tasks.is_empty() {
            return false;
        }
        let at = self.random.below(self.tasks.len());
        match self.tasks.swap_remove(at) {
            Step::Begun(task, keys) => {
                let next = self.apply(&task, &keys);
                self.tasks.push(next);
            }
            Step::Collecting(key) => {
                let name = NAMES.into_iter().find(|name| *name == key.name()).unwrap();
                if self.secrets.get(name).is_some_and(|secret| secret.made.is_some()) {
                    self.delete_secret(name);
                }
                self.tasks.push(Step::Ended(key, None));
            }
            Step::Applied(key, sealed, end) => {
                let next = self.tell(key, &sealed, end);
                self.tasks.push(next);
            }
            Step::Ended(key, Some(finished)) => self.index.finished(&key, finished, self.now),
            Step::Ended(key, None) => self.index.collected(&key),
        }
        true
    }

    fn apply(&mut self, task: &Task, keys: &[u32]) -> Step {
        let key = task.key.clone();
        let nothing = |end| {
            let finished =
                Finished { uid: None, digest: Digest::default(), generation: None, items: 0, why: 0, end };
            Step::Ended(key.clone(), Some(finished))
        };
        let name = NAMES.into_iter().find(|name| *name == key.name()).unwrap();
        let sealed = match &task.object {
            Some(object) => Sealed {
                uid: object.uid.to_string(),
                spec: SPECS.into_iter().find(|spec| digest(*spec) == object.digest).unwrap(),
                generation: object.generation.unwrap(),
                told: None,
                control: object.control,
                told_paused: false,
            },
            None if self.fails() => return nothing(api()),
            None => match self.sealed.get(name) {
                Some(sealed) => sealed.clone(),
                None => return nothing(End::Gone),
            },
        };
        let end = if sealed.control.paused {
            End::Paused
        } else if sealed.spec == BROKEN {
            End::Failed(Cause::Unusable)
        } else if sealed.spec == RARE && !keys.contains(&RARE) {
            End::Failed(Cause::Closed)
        } else if self.fails() {
            api()
        } else {
            self.write(name, &sealed)
        };
        Step::Applied(key, sealed, end)
    }

    /// Creates or updates the Secret.
    fn write(&mut self, name: &'static str, sealed: &Sealed) -> End {
        let version = self.count();
        let made = Some((sealed.uid.clone(), sealed.spec));
        match self.secrets.get_mut(name) {
            None => {
                let uid = format!("s{version}");
                self.secrets.insert(name, Secret { uid, version, made });
                self.secret_changed(name);
            }
            Some(Secret { uid, version, made: None }) => return in_the_way(uid, &version.to_string()),
            Some(secret) if secret.made == made => {}
            Some(secret) => {
                (secret.version, secret.made) = (version, made);
                self.secret_changed(name);
            }
        }
        if self.fails() {
            // Done, but the answer was lost.
            return api();
        }
        let secret = &self.secrets[name];
        let needed = if sealed.spec == RARE { RARE } else { 1 };
        let record = Record {
            keys: vec![print(needed)],
            ..record(sealed.spec, &secret.uid, &secret.version.to_string())
        };
        End::Applied { record, standing: Standing::Ours }
    }

    /// Writes the status.
    fn tell(&mut self, key: ObjectKey, sealed: &Sealed, end: End) -> Step {
        let name = NAMES.into_iter().find(|name| *name == key.name()).unwrap();
        let pause = matches!(end, End::Paused);
        let told = match &end {
            End::Applied { record, .. } => {
                Some(Told::Synced { record: record.clone(), generation: sealed.generation })
            }
            End::Paused => None,
            _ => Some(Told::Failed),
        };
        let mut end = end;
        let lost = self.fails();
        match self.sealed.get_mut(name).filter(|there| there.uid == sealed.uid) {
            None => end = End::Gone,
            Some(_) if lost => end = api(),
            Some(there) => {
                let told = told.or_else(|| there.told.clone());
                if there.told != told || there.told_paused != pause {
                    (there.told, there.told_paused) = (told, pause);
                    self.sealed_changed(name);
                }
            }
        }
        let finished = Finished {
            uid: Some(sealed.uid.as_str().into()),
            digest: digest(sealed.spec),
            generation: Some(sealed.generation),
            items: 3,
            why: 0,
            end,
        };
        Step::Ended(key, Some(finished))
    }

    fn anything(&mut self) {
        match self.random.below(10) {
            0 => self.meddle(),
            1 | 2 => drop(self.deliver_sealed()),
            3 | 4 => drop(self.deliver_secret()),
            5 | 6 => drop(self.begin()),
            7 | 8 => drop(self.step()),
            _ => self.now += self.random.below(500) as u64,
        }
    }

    /// Nobody meddles any more, and the server works.
    fn settle(&mut self) {
        self.chaos = false;
        self.tell_ring();
        for _ in 0..10_000 {
            let busy = self.deliver_sealed() | self.deliver_secret() | self.begin() | self.step();
            if busy {
                continue;
            }
            self.garbage();
            match self.index.next_timer() {
                Some(due) => self.now = self.now.max(due),
                None if self.secret_news.is_empty() => return,
                None => {}
            }
        }
        panic!("it never ends");
    }

    fn check(&mut self) {
        self.index.assert_quiet();
        assert_eq!(self.index.objects.len(), self.sealed.len());
        for (name, sealed) in &self.sealed {
            assert_eq!(sealed.told_paused, sealed.control.paused, "{name}: {sealed:?}");
            if sealed.control.paused {
                continue;
            }
            let secret = self.secrets.get(name);
            let right = secret.is_some_and(|secret| secret.made == Some((sealed.uid.clone(), sealed.spec)));
            let foreign = secret.is_some_and(|secret| secret.made.is_none());
            match (sealed.spec, &sealed.told) {
                (BROKEN, Some(Told::Failed)) => {}
                (RARE, Some(Told::Failed)) if !self.keys.contains(&RARE) => {}
                (_, Some(Told::Failed)) => assert!(foreign, "{name}: {sealed:?} {secret:?}"),
                (_, Some(Told::Synced { record, generation })) => {
                    // Whoever takes a Secret from us is told nothing as long as nobody deletes it; nobody does
                    // such a thing here. A key that went away closes nothing that is open.
                    assert!(right, "{name}: {sealed:?} {secret:?}");
                    let secret = secret.unwrap();
                    assert_eq!(*generation, sealed.generation, "{name}");
                    assert_eq!(record.digest, digest(sealed.spec), "{name}");
                    assert_eq!(record.secret_uid.as_ref(), secret.uid, "{name}");
                    assert_eq!(record.secret_version.as_ref(), secret.version.to_string(), "{name}");
                }
                (_, None) => panic!("{name}: {sealed:?} was never looked at"),
            }
        }
        for (name, secret) in &self.secrets {
            assert!(secret.made.is_none() || self.sealed.contains_key(name), "{name} was left behind");
        }
    }
}

#[test]
fn in_the_end_everything_is_right() {
    for seed in 1..=3_000 {
        let outcome = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            for _ in 0..400 {
                world.anything();
            }
            world.settle();
            world.check();
        });
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
