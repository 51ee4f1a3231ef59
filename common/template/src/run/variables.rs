use crate::run::held::Held;

/// The variables in sight, the latest last. A template that is called sees those above its own [`Frame`] only.
#[derive(Default)]
pub(super) struct Variables<'t> {
    stack: Vec<(&'t str, Held)>,
    frame: usize,
    /// The most that ever were: what memory was taken for.
    most: usize,
}

/// Where the variables of the calling template begin.
#[derive(Clone, Copy)]
pub(super) struct Frame(usize);

/// How many variables there were.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl<'t> Variables<'t> {
    /// The variable declared last under that name, and how many were declared since.
    pub(super) fn named(&self, name: &str) -> Option<(&Held, usize)> {
        let in_sight = self.stack.get(self.frame..).unwrap_or_default();
        let found = in_sight.iter().rev().enumerate().find(|(_, (its, _))| *its == name);
        found.map(|(since, (_, held))| (held, since))
    }

    /// Sets the variable declared last under that name, and tells how many were declared since; none where there is no such.
    pub(super) fn assign(&mut self, name: &str, held: Held) -> Option<usize> {
        let in_sight = self.stack.get_mut(self.frame..).unwrap_or_default();
        let (since, (_, place)) = in_sight.iter_mut().rev().enumerate().find(|(_, (its, _))| *its == name)?;
        *place = held;
        Some(since)
    }

    /// Declares one; whether there are more than ever now, so that memory must be taken for it.
    #[must_use]
    pub(super) fn declare(&mut self, name: &'t str, held: Held) -> bool {
        self.stack.push((name, held));
        let more = self.stack.len() > self.most;
        self.most = self.most.max(self.stack.len());
        more
    }

    /// Sets the variable declared so many before the end, which a `range` does for each item.
    pub(super) fn set_from_end(&mut self, back: usize, held: Held) {
        if let Some((_, place)) = self.stack.iter_mut().rev().nth(back) {
            *place = held;
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.stack.len())
    }

    /// Forgets what was declared since.
    pub(super) fn forget(&mut self, mark: Mark) {
        self.stack.truncate(mark.0);
    }

    /// Hides all variables from the template that is called now.
    pub(super) fn enter(&mut self) -> Frame {
        let caller = Frame(self.frame);
        self.frame = self.stack.len();
        caller
    }

    /// Forgets the called template's variables and shows those of its caller again.
    pub(super) fn leave(&mut self, caller: Frame) {
        self.stack.truncate(self.frame);
        self.frame = caller.0;
    }
}
