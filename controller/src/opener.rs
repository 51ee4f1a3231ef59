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
mod tests;
