//! The executor: walks a template's tree over a dot and gathers what it writes.
//!
//! Its rules are those of Go's `text/template`, down to which node an error names: the one looked at last.

mod argument;
mod call;
mod field;
mod held;
mod levels;
mod output;
mod pipeline;
mod place;
mod range;
#[cfg(test)]
mod tests;
mod variables;
mod walk;

use zeroize::Zeroizing;

use crate::error::RenderError;
use crate::machine::Machine;
use crate::syntax::node::{NodeId, Trees};
use crate::value::{Text, Value};
use held::Held;
use output::Output;
use variables::Variables;

/// Executes the text's own template over the dot and gives what it writes.
pub(crate) fn execute(
    trees: &Trees,
    machine: &mut Machine<'_>,
    dot: Value,
) -> Result<Zeroizing<Vec<u8>>, RenderError> {
    // A text of nothing but definitions writes nothing.
    let Some(root) = trees.roots.get(trees.name.as_bytes()).copied() else {
        return Ok(Zeroizing::default());
    };
    let mut run = Run {
        trees,
        machine,
        output: Output::default(),
        variables: Variables::default(),
        arguments: Vec::new(),
        literals: Vec::new(),
        node: root,
        executing: trees.name.as_bytes(),
        calls: 0,
        level: 0,
    };
    levels::from_here(|| run.template(&Held::own(dot), root)).map_err(|error| *error)?;
    Ok(run.output.into_bytes())
}

/// One execution. `'t` is the tree's life, so that names and literals are borrowed rather than copied.
struct Run<'t, 'r, 'm> {
    trees: &'t Trees,
    machine: &'r mut Machine<'m>,
    output: Output,
    variables: Variables<'t>,
    /// The arguments of all calls under way, those of the innermost last.
    arguments: Vec<Value>,
    /// The quoted texts met so far, by the number of their node.
    literals: Vec<Option<Text>>,
    /// The node that an error names.
    node: NodeId,
    /// The name of the template that is executed.
    executing: &'t [u8],
    /// Templates called by templates, below the first.
    calls: usize,
    /// How deep the executor's own recursion is.
    level: usize,
}

/// What an evaluation gives. The error is boxed, since every level hands it up.
type Outcome<T> = Result<T, Box<RenderError>>;

/// Where the execution goes after a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}
