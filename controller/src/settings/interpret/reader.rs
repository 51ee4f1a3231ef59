//! Reads values one by one, and gathers what is wrong with them and what is to be said of them.

use crate::args::{Flag, Source, Typed};
use crate::settings::note::Note;
use crate::settings::problem::{Problem, read};

/// `None` always comes with a problem.
pub(super) struct Reader<'t> {
    pub(super) typed: &'t Typed,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<Note>,
}

impl<'t> Reader<'t> {
    /// Of what was typed nothing is read yet.
    pub(super) fn new(typed: &'t Typed) -> Self {
        Self { typed, problems: Vec::new(), notes: Vec::new() }
    }

    /// The value of a flag.
    pub(super) fn read<T>(
        &mut self,
        flag: &Flag,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let given = self.typed.value(flag);
        match read(given, parse) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// Whether the flag is anywhere but in the defaults.
    pub(super) fn is_given(&self, flag: &Flag) -> bool {
        self.typed.value(flag).source != Source::Default
    }

    /// Says so where a flag was given that has no effect.
    pub(super) fn idle(&mut self, flag: &Flag, why: &str) {
        if self.is_given(flag) {
            self.notes.push(Note::information(format!("{} {why}", self.typed.value(flag))));
        }
    }
}
