//! What is remembered of a SealedSecret: what tells changes apart, what was applied, why it failed, what it waits for.

use std::sync::Arc;

use sealed_secrets::sealing::Fingerprint;

use crate::unseal::control::Control;
use crate::unseal::record::Digest;
use crate::unseal::retry::{Attempts, Cause, Millis};
use crate::unseal::seen::SealedObject;
use crate::unseal::status::Says;

/// One SealedSecret.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) uid: Box<str>,
    pub(super) digest: Digest,
    pub(super) generation: Option<i64>,
    pub(super) items: u32,
    pub(super) giant: bool,
    /// Bytes that it may take while it is worked on.
    pub(super) cost: usize,
    pub(super) applied: Option<Applied>,
    pub(super) failed: Option<Failed>,
    pub(super) phase: Phase,
    pub(super) attempts: Attempts,
    /// What annotations ask of us.
    pub(super) control: Control,
    /// The object itself, while it waits and there is room.
    pub(super) held: Option<Arc<SealedObject>>,
    pub(super) deleting: bool,
    /// What its status says, as the watch last brought it; none if that makes no sense.
    pub(super) says: Option<Says>,
    /// It waits for nothing but to have that said again.
    pub(super) mend: bool,
}

/// The last attempt that made the Secret.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) digest: Digest,
    pub(super) generation: Option<i64>,
    pub(super) secret_uid: Box<str>,
    pub(super) secret_version: Box<str>,
    pub(super) keys: Arc<[Fingerprint]>,
}

/// The last attempt, if it did not, and of what.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) digest: Digest,
    pub(super) generation: Option<i64>,
    pub(super) cause: Cause,
    pub(super) ring: u64,
    /// What was told of it; nothing: 0.
    pub(super) why: u64,
}

/// What becomes of it next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing to do.
    Idle,
    /// Seen with a record of what was applied, which is checked as soon as Secrets and keys are known.
    Unchecked,
    Queued,
    /// Being worked on; `changed`: the object changed meanwhile.
    Running {
        changed: bool,
    },
    /// Tried again at this time.
    Waiting(Millis),
}

impl Known {
    /// Whether the last attempt made the Secret, of what the object is now. After a failure what was applied before
    /// may be what is wanted again, but the status says otherwise.
    pub(super) fn is_applied(&self) -> bool {
        let applied = self.applied.as_ref().filter(|_| self.failed.is_none());
        applied.is_some_and(|applied| applied.digest == self.digest && applied.generation == self.generation)
    }

    /// uid and resourceVersion of the Secret that is in the way.
    pub(super) fn in_the_way(&self) -> Option<(&str, &str)> {
        match &self.failed.as_ref()?.cause {
            Cause::SecretInTheWay { uid, version } => Some((uid, version)),
            _ => None,
        }
    }
}

impl Failed {
    /// Whether the failure is the answer to this object under these keys, too.
    pub(super) fn stands(&self, digest: Digest, generation: Option<i64>, ring: u64) -> bool {
        self.digest == digest
            && self.generation == generation
            && (self.cause != Cause::Closed || self.ring == ring)
    }
}
