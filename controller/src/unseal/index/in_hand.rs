//! What has to be remembered of a piece of work until it ends.

use super::waiting::Turn;
use crate::unseal::seen::{SecretFacts, Standing};

/// A piece of work that was begun.
#[derive(Debug)]
pub(super) struct InHand {
    /// What it counts as; none if a Secret is deleted, which is little.
    pub(super) turn: Option<Turn>,
    /// The ring when it began.
    pub(super) ring: u64,
    /// How often the API server had come back when it began.
    pub(super) recoveries: u64,
    /// It is to be looked at once more when this has ended.
    pub(super) once_more: bool,
    /// What was heard of the Secret since.
    pub(super) secret: Heard,
}

/// What was last heard of a Secret while its object was worked on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    Seen {
        uid: Box<str>,
        version: Box<str>,
    },
    /// It was deleted; without uid: a list did not bring it.
    Gone(Option<Box<str>>),
}

impl Heard {
    /// Whether the Secret that was just applied may be gone or replaced.
    pub(super) fn is_against(&self, applied: &SecretFacts) -> bool {
        match self {
            Heard::Nothing => false,
            Heard::Seen { uid, .. } => *uid != applied.uid,
            Heard::Gone(Some(uid)) => *uid == applied.uid && applied.standing == Standing::Ours,
            Heard::Gone(None) => true,
        }
    }

    /// Whether the Secret that was in the way may be so no longer.
    pub(super) fn is_other_than(&self, in_the_way: &str, of_version: &str) -> bool {
        match self {
            Heard::Nothing => false,
            Heard::Seen { uid, version } => **uid != *in_the_way || **version != *of_version,
            Heard::Gone(_) => true,
        }
    }
}
