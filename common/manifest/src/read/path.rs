//! Paths in notes: `stringData.password`, `items[2].metadata`.

/// Characters of one key that are shown.
const KEY_CHARACTERS: usize = 256;

/// Bytes from which on a path leaves out all steps but the last.
const PATH_BYTES: usize = 4096;

/// One step from a value into another.
#[derive(Clone, Copy)]
pub(crate) enum Step<'p> {
    Key(&'p str),
    Position(usize),
}

/// Where a recursion stands: the last step, and the places before it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) before: Option<&'p Place<'p>>,
    pub(crate) step: Step<'p>,
}

impl Place<'_> {
    /// The path of a place as text.
    pub(crate) fn path(&self) -> String {
        let mut steps: Vec<Step<'_>> =
            std::iter::successors(Some(self), |place| place.before).map(|place| place.step).collect();
        steps.reverse();
        path(steps)
    }
}

/// Steps as text. Keys that are long are cut, and so is a path of very many.
pub(crate) fn path<'p>(steps: impl IntoIterator<Item = Step<'p>>) -> String {
    let mut path = String::new();
    let mut left_out = false;
    let mut steps = steps.into_iter().peekable();
    while let Some(step) = steps.next() {
        if path.len() > PATH_BYTES && steps.peek().is_some() {
            if !left_out {
                path.push_str(".…");
                left_out = true;
            }
            continue;
        }
        match step {
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                match key.char_indices().nth(KEY_CHARACTERS) {
                    Some((end, _)) => {
                        path.push_str(&key[..end]);
                        path.push('…');
                    }
                    None => path.push_str(key),
                }
            }
            Step::Position(at) => path.push_str(&format!("[{at}]")),
        }
    }
    path
}
