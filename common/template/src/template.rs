//! The library's front: parse, then render.

use std::fmt;

use zeroize::Zeroizing;

use crate::budget::{Budget, Limits};
use crate::entropy::Entropy;
use crate::error::{ParseError, RenderError};
use crate::functions;
use crate::go::time::Time;
use crate::machine::Machine;
use crate::run;
use crate::syntax;
use crate::syntax::node::Trees;
use crate::value::{Map, MapKind, Text, Value};

/// A parsed template, with the templates that its text defines.
pub struct Template {
    trees: Trees,
}

impl Template {
    /// Reads a template's text. Its name shows in errors, and `{{ template "NAME" }}` calls it.
    ///
    /// # Errors
    /// The first thing that Go refuses too, or a limit on the text.
    pub fn parse(name: &str, text: &str, limits: &Limits) -> Result<Template, ParseError> {
        Ok(Template { trees: syntax::parse(name, text, limits, functions::named)? })
    }

    /// Executes it over the dot.
    ///
    /// # Errors
    /// The first failure, or the first limit reached; there is no part of an output then.
    pub fn render(&self, dot: &Dot, surroundings: Surroundings<'_>) -> Result<Output, RenderError> {
        let Surroundings { budget, entropy, now } = surroundings;
        let mut machine = Machine::new(budget, entropy, Time::now(now));
        run::execute(&self.trees, &mut machine, Value::Map(dot.0.clone())).map(Output)
    }

    /// The values that it names where the dot is the whole dot: `.name`, `$.name`, `index . "name"`; in the order of the
    /// text. What is within `range`, `with` or a template of another dot is not looked at, but for `$` where it is known.
    #[must_use]
    pub fn values_named(&self) -> Vec<Named> {
        // The names come in the order of the text, so that one pass over it counts the lines.
        let mut lines = self.trees.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').peekable();
        let (mut line, mut line_start) = (1, 0);
        let place = |(at, name): (usize, &str)| {
            while let Some((end, _)) = lines.next_if(|(end, _)| *end < at) {
                (line, line_start) = (line + 1, end + 1);
            }
            Named { name: name.to_owned(), line, column: 1 + at - line_start }
        };
        syntax::names::values_named(&self.trees).into_iter().map(place).collect()
    }

    /// Bytes that it takes in memory, as [`Limits::trees`] counts them.
    #[must_use]
    pub fn size(&self) -> usize {
        self.trees.size()
    }

    /// The functions it names whose results differ each time (`now`, `uuidv4` …), sorted, each once.
    #[must_use]
    pub fn unsettled_functions(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.trees.nodes().iter().filter_map(|node| node.kind.unsettled()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// A value of the dot that a template names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, as in `.name` or `index . "name"`.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in bytes, from 1.
    pub column: usize,
}

/// What a run depends on beside the template and its values.
pub struct Surroundings<'a> {
    /// What it may use up; shared by all templates of an object.
    pub budget: &'a mut Budget,
    /// Random bytes.
    pub entropy: &'a mut dyn Entropy,
    /// The time, in nanoseconds since 1970-01-01 00:00 UTC.
    pub now: i128,
}

/// The values that templates see as `.`: texts by name (Go: `map[string]string`). Wiped when dropped.
pub struct Dot(Map);

impl Dot {
    /// Takes copies; of two values of one name the last one stays.
    pub fn new<'a>(values: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let items =
            values.into_iter().map(|(name, value)| (Text::from(name), Value::Text(value.into()))).collect();
        Dot(Map::of(MapKind::String, items))
    }
}

/// What a template gave; wiped when dropped.
pub struct Output(Zeroizing<Vec<u8>>);

impl Output {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Hands the bytes over with the duty to wipe them.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl fmt::Debug for Output {
    /// Tells neither content nor length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output(redacted)")
    }
}
