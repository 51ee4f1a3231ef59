//! The way of an admitted request to the processors.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::Refusal;
use super::guard::Admitted;
use super::load::Ticket;
use crate::opener::{JobError, Opener, Slices};

/// Above so many places where a value may begin, a text is read alone.
///
/// A value takes 40 times its text in memory where it is one character: 3 MiB of them are 110 MiB, for each
/// processor at once. A SealedSecret of as many items as are opened has some 4,000 such places, so that only odd texts
/// have to wait, and only for one another.
const MANY_VALUES: usize = 20_000;

/// The processors, and the order before them.
#[derive(Clone)]
pub(super) struct Workers {
    opener: Opener,
    one_heavy_text: Arc<Semaphore>,
}

impl Workers {
    pub(super) fn new(opener: Opener) -> Self {
        Self { opener, one_heavy_text: Arc::new(Semaphore::new(1)) }
    }

    /// Does the job that is made of a request's text.
    ///
    /// What the request counts for is given back when the job is gone, which may be a slice after its client: the
    /// text is in memory until then.
    pub(super) async fn run<J: Slices>(
        &self,
        admitted: Admitted,
        job: impl FnOnce(String) -> J,
    ) -> Result<J::Output, Refusal> {
        let Admitted { text, tenant, ticket } = admitted;
        let alone = if is_heavy(&text) {
            let permit = Arc::clone(&self.one_heavy_text).acquire_owned().await;
            Some(permit.expect("this semaphore is never closed"))
        } else {
            None
        };
        let job = InHand { job: job(text), _ticket: ticket, _alone: alone };
        self.opener.run(&tenant, job).await.map_err(|error| match error {
            JobError::Panicked => Refusal::unacceptable("the work ended in a panic, which is a bug"),
            JobError::Ending => Refusal::too_slow("the program is ending"),
        })
    }
}

/// A job with all that it holds.
struct InHand<J> {
    job: J,
    _ticket: Ticket,
    _alone: Option<OwnedSemaphorePermit>,
}

impl<J: Slices> Slices for InHand<J> {
    type Output = J::Output;

    fn step(&mut self) -> Option<J::Output> {
        self.job.step()
    }
}

/// Whether many values may be in it: each but the first follows a line end, a comma or a bracket.
fn is_heavy(text: &str) -> bool {
    let begins = |byte: &&u8| matches!(byte, b',' | b'\n' | b'\r' | b'[' | b'{');
    text.as_bytes().iter().filter(begins).count() > MANY_VALUES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heavy() {
        let most_items = sealed_secrets::MAX_ITEMS;
        let item = format!("\"a-long-name-of-an-item\": \"{}\",\n", "x".repeat(700));
        assert!(!is_heavy(&item.repeat(most_items)), "an object of as many items as are opened");
        assert!(!is_heavy(&"x".repeat(3 << 20)));
        for values in ["1,", "- 1\n", "- 1\r", "{}", "[]"] {
            assert!(is_heavy(&values.repeat(1 << 20)), "{values}");
        }
    }
}
