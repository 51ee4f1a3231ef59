//! What a template may use up: steps, memory, depth. The same template over the same values ends the same way on every
//! machine; the flag to stop, which a clock may set, is the last line.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Cap, Failure};

/// The limits of one object's templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one template's text.
    pub text: usize,
    /// Levels of parentheses and of blocks in a template's text. Go refuses more than 10,000 parentheses.
    pub nesting: usize,
    /// Bytes of one template's parsed tree, in which a text of two bytes may become two hundred. Whoever keeps several at once
    /// takes off what [`Template::size`](crate::Template::size) says of each.
    pub trees: usize,
    /// Steps for all templates of the object together. A step is about 100 ns of one processor: a node evaluated,
    /// 64 bytes made; slow functions cost in proportion.
    pub fuel: u64,
    /// Bytes of all values made together, by all templates of the object. Lists count 64 bytes an item and 64 more,
    /// dictionaries 128 an item and 640 more.
    pub memory: usize,
    /// Bytes of any one value.
    pub value: usize,
    /// Bytes that all templates of the object write together: a Secret holds no more.
    pub output: usize,
    /// Levels of templates that call templates, and of lists and dictionaries within each other where they are walked
    /// (printed, copied, merged, compared). Go allows 100,000 calls.
    pub depth: usize,
}

impl Default for Limits {
    /// Generous for every configuration file: 1 MiB of text, 10,000 levels, trees of 16 MiB, 5 seconds, 48 MiB
    /// (`derivePassword` takes 32), values of 16 MiB, and 1 MiB of output, which is the most that Kubernetes lets a Secret hold
    /// (`MaxSecretSize`).
    fn default() -> Self {
        Self {
            text: 1 << 20,
            nesting: 10_000,
            trees: 16 << 20,
            fuel: 50_000_000,
            memory: 48 << 20,
            value: 16 << 20,
            output: 1 << 20,
            depth: 10_000,
        }
    }
}

/// What is left of the [`Limits`]. One budget serves all templates of an object.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    fuel: u64,
    memory: usize,
    /// The least memory that ever was left.
    least: usize,
    output: usize,
    stop: Option<Arc<AtomicBool>>,
    until_look: u32,
}

/// Steps between two looks at the flag to stop.
const LOOK: u32 = 1024;

impl Budget {
    /// A full budget.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            fuel: limits.fuel,
            memory: limits.memory,
            least: limits.memory,
            output: limits.output,
            stop: None,
            until_look: LOOK,
        }
    }

    /// Ends the templates with [`Cap::Time`] soon after somebody sets the flag.
    #[must_use]
    pub fn stopped_by(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = Some(stop);
        self
    }

    /// The limits it began with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The steps that are left.
    #[must_use]
    pub fn fuel_left(&self) -> u64 {
        self.fuel
    }

    /// The most bytes of memory that were taken at one time.
    #[must_use]
    pub fn memory_taken(&self) -> usize {
        self.limits.memory.saturating_sub(self.least)
    }

    /// Takes so many steps, before they are done.
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), Failure> {
        self.until_look = self.until_look.saturating_sub(u32::try_from(steps).unwrap_or(u32::MAX));
        if self.until_look == 0 {
            self.until_look = LOOK;
            if self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return Err(Failure::Cap(Cap::Time));
            }
        }
        match self.fuel.checked_sub(steps) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => {
                self.fuel = 0;
                Err(Failure::Cap(Cap::Fuel))
            }
        }
    }

    /// Takes memory for a value of so many bytes and the steps to make it, before it is allocated.
    pub(crate) fn make(&mut self, bytes: usize) -> Result<(), Failure> {
        if bytes > self.limits.value {
            return Err(Failure::Cap(Cap::Value));
        }
        self.borrow(bytes)?;
        self.spend(1 + bytes as u64 / 64)
    }

    /// Takes room in the output, and what [`make`](Self::make) takes.
    pub(crate) fn write(&mut self, bytes: usize) -> Result<(), Failure> {
        self.output = self.output.checked_sub(bytes).ok_or(Failure::Cap(Cap::Output))?;
        self.make(bytes)
    }

    /// Takes memory for the time of some work, however much a value may have; [`give_back`](Self::give_back) ends it.
    pub(crate) fn borrow(&mut self, bytes: usize) -> Result<(), Failure> {
        self.memory = self.memory.checked_sub(bytes).ok_or(Failure::Cap(Cap::Memory))?;
        self.least = self.least.min(self.memory);
        Ok(())
    }

    /// What was [`borrow`](Self::borrow)ed is free again.
    pub(crate) fn give_back(&mut self, bytes: usize) {
        self.memory = self.memory.saturating_add(bytes);
    }

    /// The steps for looking at so many bytes, many of them at a time: comparing, copying, searching.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Failure> {
        self.spend(1 + bytes as u64 / 64)
    }

    /// The steps for going through so many bytes character by character.
    pub(crate) fn walk(&mut self, bytes: usize) -> Result<(), Failure> {
        self.spend(1 + bytes as u64 / 8)
    }

    /// Refuses a depth beyond the limit.
    pub(crate) fn depth(&self, depth: usize) -> Result<(), Failure> {
        if depth > self.limits.depth { Err(Failure::Cap(Cap::Depth)) } else { Ok(()) }
    }
}
