//! Notes of one document, in a bounded number.

use crate::Note;

/// Notes of one kind that are kept. More tell nobody anything, and each costs a path.
const KEPT: usize = 100;

/// The kinds of notes, each counted by itself so that many of one do not hide another.
#[derive(Clone, Copy)]
pub(crate) enum About {
    DuplicateKey,
    MergeOverride,
    LoneSurrogate,
    RetypedKey,
}

#[derive(Default)]
pub(crate) struct Notes {
    kept: Vec<Note>,
    /// For each kind, those deep in the document and those of the root's own keys, which are found last.
    counts: [[usize; 2]; 4],
}

impl Notes {
    /// Keeps a note, which is made only then; `at_root` tells whether it is about one of the root's own keys.
    pub(crate) fn add(&mut self, about: About, at_root: bool, note: impl FnOnce() -> Note) {
        let count = &mut self.counts[about as usize][usize::from(at_root)];
        if *count < KEPT {
            *count += 1;
            self.kept.push(note());
        }
    }

    pub(crate) fn into_kept(self) -> Vec<Note> {
        self.kept
    }
}
