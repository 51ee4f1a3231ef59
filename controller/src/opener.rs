//! The processors, shared fairly: private operations are done in slices, and after each slice another tenant has its
//! turn.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sealed_secrets::{Opening, Reseal, Verification};
use tokio::sync::oneshot;

use crate::fair_queue::{FairQueue, Priority, Tenant};

/// How many private operations make a slice: 50 to 150 ms of one processor with keys of 4096 bits.
pub const SLICE: usize = 32;

/// Work that can be done piece by piece, without waiting for anything but the processor.
///
/// Closures that give `Some` at the end are such work, too.
pub trait Slices: Send + 'static {
    /// What comes out at the end.
    type Output: Send + 'static;

    /// Does the next slice; `None` when there is more to do. Not called again after the end.
    fn step(&mut self) -> Option<Self::Output>;
}

impl<F, T> Slices for F
where
    F: FnMut() -> Option<T> + Send + 'static,
    T: Send + 'static,
{
    type Output = T;

    fn step(&mut self) -> Option<T> {
        self()
    }
}

macro_rules! in_slices {
    ($($work:ty => $output:ty),*) => {$(
        impl Slices for $work {
            type Output = $output;

            fn step(&mut self) -> Option<$output> {
                <$work>::step(self, SLICE)
            }
        }
    )*};
}

in_slices!(
    Opening => Result<sealed_secrets::Opened, sealed_secrets::UnsealError>,
    Verification => Result<(), sealed_secrets::VerifyError>,
    Reseal => Result<sealed_secrets::Resealed, sealed_secrets::ResealError>
);

/// Why a job has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// It panicked. What it said is not kept, since it could quote a value.
    #[error("the work ended in a panic, which is a bug")]
    Panicked,
    /// The runtime is shutting down and begins nothing new.
    #[error("the program is ending")]
    Ending,
}

/// So many processors for everybody's jobs; cheap to clone, all clones share them.
///
/// Jobs wait by tenant, first in, first out. After each slice the next tenant has its turn: the first job of a tenant
/// waits for the slices in hand and for one of each tenant that waited before, whatever their jobs cost. A job whose future is dropped leaves the queue,
/// at the latest when the slice in hand is done.
#[derive(Clone)]
pub struct Opener(Arc<Pool>);

impl Opener {
    /// With so many jobs running at once, at best the number of processors; 0 counts as 1.
    #[must_use]
    pub fn new(slots: usize) -> Self {
        let state = State { queue: FairQueue::new(usize::MAX), free: slots.max(1), last_ticket: 0 };
        Opener(Arc::new(Pool(Mutex::new(state))))
    }

    /// Does a job for a tenant, on threads for blocking work of the current runtime.
    ///
    /// # Errors
    /// When the job panics, or the runtime ends; other jobs go on.
    pub async fn run<J: Slices>(&self, tenant: &str, mut job: J) -> Result<J::Output, JobError> {
        let mut ticket = Ticket::take(&self.0, tenant);
        loop {
            let slot = ticket.turn().await?;
            let slice = tokio::task::spawn_blocking(move || slice(slot, ticket, job)).await;
            match slice {
                Ok(Slice::Done(output)) => return Ok(output),
                Ok(Slice::More(next, rest)) => (ticket, job) = (next, rest),
                Ok(Slice::Panicked) => return Err(JobError::Panicked),
                Err(_) => return Err(JobError::Ending),
            }
        }
    }

    /// How many jobs wait for a processor.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.state().queue.len()
    }
}

/// How a slice ended.
enum Slice<J: Slices> {
    Done(J::Output),
    /// The job, and its place in the queue.
    More(Ticket, J),
    Panicked,
}

fn slice<J: Slices>(slot: Slot, mut ticket: Ticket, mut job: J) -> Slice<J> {
    match catch_unwind(AssertUnwindSafe(|| job.step())) {
        Ok(Some(output)) => Slice::Done(output),
        Ok(None) => {
            // Queued before the slot is given on, or the next job of the same tenant would overtake this one.
            ticket.again();
            drop(slot);
            Slice::More(ticket, job)
        }
        Err(_) => Slice::Panicked,
    }
}

struct Pool(Mutex<State>);

struct State {
    queue: FairQueue<Waiting>,
    /// Slots that nobody has.
    free: usize,
    last_ticket: u64,
}

/// A job that waits for its turn.
struct Waiting {
    ticket: u64,
    call: oneshot::Sender<Slot>,
}

impl Pool {
    /// Nothing panics while it is locked, and a job runs without it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives free slots to those whose turn it is.
    fn call_next(self: &Arc<Self>) {
        loop {
            let mut state = self.state();
            if state.free == 0 {
                return;
            }
            let Some((tenant, waiting)) = state.queue.pop() else { return };
            state.free -= 1;
            drop(state);
            // If its job was dropped a moment ago the slot comes back by itself, for which it needs the lock.
            let _ = waiting.call.send(Slot { pool: Arc::clone(self), tenant });
        }
    }
}

/// The right to use a processor; goes to the next when dropped.
struct Slot {
    pool: Arc<Pool>,
    tenant: Tenant,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        state.free += 1;
        state.queue.done(&self.tenant);
        drop(state);
        self.pool.call_next();
    }
}

/// The place of a job in the queue; leaves it when dropped.
struct Ticket {
    pool: Arc<Pool>,
    tenant: Tenant,
    number: u64,
    called: oneshot::Receiver<Slot>,
}

impl Ticket {
    fn take(pool: &Arc<Pool>, tenant: &str) -> Self {
        let (call, called) = oneshot::channel();
        let mut state = pool.state();
        state.last_ticket += 1;
        let number = state.last_ticket;
        state.queue.push(tenant, Priority::Front, Waiting { ticket: number, call });
        drop(state);
        pool.call_next();
        Ticket { pool: Arc::clone(pool), tenant: tenant.into(), number, called }
    }

    /// Queues anew, before the other jobs of the tenant.
    fn again(&mut self) {
        let (call, called) = oneshot::channel();
        self.called = called;
        let waiting = Waiting { ticket: self.number, call };
        self.pool.state().queue.push_again(&self.tenant, Priority::Front, waiting);
    }

    /// Waits for the turn.
    async fn turn(&mut self) -> Result<Slot, JobError> {
        // The other end is in the queue until it is used, and the queue is held by this ticket.
        (&mut self.called).await.map_err(|_| JobError::Ending)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let left = self.pool.state().queue.remove(&self.tenant, |waiting| waiting.ticket == self.number);
        drop(left);
    }
}

#[cfg(test)]
mod tests {
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
}
