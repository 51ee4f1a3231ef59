use std::sync::Condvar;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sealed_secrets::sealing::{KeyRing, KeySize, SealingKey};
use sealed_secrets::{Hint, Legacy, Secret, Templates, seal};
use tokio::task::JoinHandle;

use super::*;

/// Which job did a slice, in order of their beginnings; and a gate at which slices wait.
#[derive(Clone, Default)]
struct Journal(Arc<(Mutex<Notes>, Condvar)>);

#[derive(Default)]
struct Notes {
    begun: Vec<&'static str>,
    /// Slices that the gate let through and will.
    may_pass: usize,
}

impl Journal {
    /// A job of so many slices.
    fn job(&self, name: &'static str, slices: usize) -> impl Slices<Output = &'static str> + use<> {
        let journal = self.clone();
        let mut left = slices;
        move || {
            journal.begin(name);
            left -= 1;
            (left == 0).then_some(name)
        }
    }

    fn begin(&self, name: &'static str) {
        let mut notes = self.0.0.lock().unwrap();
        notes.begun.push(name);
        drop(self.0.1.wait_while(notes, |notes| notes.may_pass == 0).unwrap());
    }

    fn open_gate(&self) {
        self.0.0.lock().unwrap().may_pass = 1;
        self.0.1.notify_all();
    }

    fn begun(&self) -> String {
        self.0.0.lock().unwrap().begun.join(" ")
    }

    async fn has_begun(&self, slices: usize) {
        until(|| self.0.0.lock().unwrap().begun.len() == slices).await;
    }
}

async fn until(mut condition: impl FnMut() -> bool) {
    for _ in 0..10_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it does not come to pass");
}

fn start<J: Slices>(
    opener: &Opener,
    tenant: &'static str,
    job: J,
) -> JoinHandle<Result<J::Output, JobError>> {
    let opener = opener.clone();
    tokio::spawn(async move { opener.run(tenant, job).await })
}

/// Waits for all of them, in any order.
async fn all<T: 'static>(jobs: Vec<JoinHandle<Result<T, JobError>>>) {
    for job in jobs {
        let result = tokio::time::timeout(Duration::from_secs(20), job).await;
        assert!(result.unwrap().unwrap().is_ok());
    }
}

#[tokio::test]
async fn a_giant_delays_others_by_one_slice_a_slot() {
    for slots in [1, 2, 3] {
        let (opener, journal) = (Opener::new(slots), Journal::default());
        let mut jobs: Vec<_> =
            (0..slots + 2).map(|_| start(&opener, "crowd", journal.job("giant", 40))).collect();
        journal.has_begun(slots).await;
        jobs.push(start(&opener, "other", journal.job("small", 1)));
        until(|| opener.waiting() == 3).await;
        journal.open_gate();
        all(jobs).await;
        let begun = journal.begun();
        let before = begun.split(' ').position(|name| name == "small").unwrap();
        assert_eq!(before, slots, "{slots} slots: {begun}");
    }
}

#[tokio::test]
async fn tenants_take_turns_and_jobs_of_one_tenant_do_not() {
    let (opener, journal) = (Opener::new(1), Journal::default());
    let mut jobs = vec![start(&opener, "a", journal.job("a1", 3))];
    journal.has_begun(1).await;
    for (tenant, name, slices) in [("a", "a2", 2), ("b", "b1", 2), ("c", "c1", 1), ("b", "b2", 1)] {
        let waiting = opener.waiting();
        jobs.push(start(&opener, tenant, journal.job(name, slices)));
        until(|| opener.waiting() == waiting + 1).await;
    }
    journal.open_gate();
    all(jobs).await;
    assert_eq!(journal.begun(), "a1 b1 c1 a1 b1 a1 b2 a2 a2");
}

#[tokio::test]
async fn a_dropped_future_takes_its_job_along() {
    struct Told(Arc<AtomicUsize>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let (opener, journal) = (Opener::new(1), Journal::default());
    let job = |name| {
        let (mut job, told) = (journal.job(name, 1000), Told(Arc::clone(&dropped)));
        move || {
            let _held = &told;
            job.step()
        }
    };
    let running = start(&opener, "a", job("running"));
    journal.has_begun(1).await;
    let waiting = start(&opener, "a", job("waiting"));
    until(|| opener.waiting() == 1).await;

    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!((opener.waiting(), dropped.load(Ordering::SeqCst)), (0, 1), "gone at once");

    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert_eq!(dropped.load(Ordering::SeqCst), 1, "its slice is still in hand");
    journal.open_gate();
    until(|| dropped.load(Ordering::SeqCst) == 2).await;
    all(vec![start(&opener, "b", journal.job("next", 2))]).await;
    assert_eq!(journal.begun(), "running next next");
    assert_eq!(opener.waiting(), 0);
}

#[tokio::test]
async fn a_panic_is_the_jobs_own_affair() {
    let (opener, journal) = (Opener::new(2), Journal::default());
    journal.open_gate();
    for _ in 0..5 {
        let mut slices = 0;
        let job = move || -> Option<()> {
            slices += 1;
            assert!(slices < 3, "on purpose");
            None
        };
        assert_eq!(opener.run("bad", job).await, Err(JobError::Panicked));
    }
    assert_eq!(opener.run("bad", journal.job("good", 3)).await, Ok("good"));
    // Both slots are there still: each of two jobs waits for the other to begin.
    let together = Arc::new(std::sync::Barrier::new(2));
    let meet = || {
        let together = Arc::clone(&together);
        start(&opener, "bad", move || Some(together.wait().is_leader()))
    };
    all(vec![meet(), meet()]).await;
}

#[tokio::test]
async fn no_more_run_at_once_than_there_are_slots() {
    let (opener, running, most) = (Opener::new(2), Arc::default(), Arc::default());
    let job = |running: &Arc<AtomicUsize>, most: &Arc<AtomicUsize>| {
        let (running, most, mut left) = (Arc::clone(running), Arc::clone(most), 5);
        move || {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(1));
            running.fetch_sub(1, Ordering::SeqCst);
            left -= 1;
            (left == 0).then_some(())
        }
    };
    let tenants = ["a", "b", "c"].into_iter().cycle().take(12);
    let jobs = tenants.map(|tenant| start(&opener, tenant, job(&running, &most))).collect();
    all(jobs).await;
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_object_is_opened() {
    let key = SealingKey::generate(KeySize::Rsa2048).unwrap();
    let mut secret = Secret::default();
    secret.metadata.name = Some("db".into());
    secret.metadata.namespace = Some("shop".into());
    for at in 0..SLICE + 1 {
        secret.data.insert(format!("k{at}"), b"swordfish".to_vec().into());
    }
    let certificate = key.self_signed_certificate("", 0, 1).unwrap();
    let sealed = seal(&secret, &certificate, Hint::None).unwrap();
    let opening = Opening::new(sealed, Arc::new(KeyRing::new(vec![key])), Legacy::Refuse);
    let opened = Opener::new(1).run("shop", opening).await.unwrap().unwrap();
    let unsealed = opened.into_unsealed(&Templates::Refuse).unwrap();
    assert_eq!(unsealed.secret.data, secret.data);
}
