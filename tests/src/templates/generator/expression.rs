//! Arguments, calls and pipelines.

use super::dice::Dice;
use super::forms::{Form, Piece};
use super::kind::Kind;
use super::{Generator, literals};

/// What names mean at a place of the template.
pub(super) struct Scope {
    /// Names of the values.
    fields: Vec<String>,
    /// Variables, the latest last.
    pub(super) variables: Vec<(String, Kind)>,
    /// What `.` is: none where it is the values.
    pub(super) dot: Option<Kind>,
    /// Templates that are defined.
    pub(super) templates: Vec<String>,
    /// Whether `break` and `continue` may stand here.
    pub(super) in_range: bool,
    pub(super) named: usize,
}

impl Scope {
    pub(super) fn new(fields: Vec<String>) -> Self {
        Self { fields, variables: Vec::new(), dot: None, templates: Vec::new(), in_range: false, named: 0 }
    }
}

impl Generator {
    /// A call and what it is piped into.
    pub(super) fn pipeline(&self, dice: &mut Dice, scope: &mut Scope, kind: Kind, depth: usize) -> String {
        let (mut source, mut gives) = if dice.percent(75) {
            let form = self.form(dice, kind);
            (self.call(dice, scope, &form, depth, None), form.gives)
        } else {
            (self.argument(dice, scope, kind, depth), kind)
        };
        while dice.percent(30) {
            let form = self.form_for(dice, gives);
            source = self.call(dice, scope, &form, depth, Some(source));
            gives = form.gives;
        }
        source
    }

    /// A value in one piece.
    pub(super) fn argument(&self, dice: &mut Dice, scope: &mut Scope, kind: Kind, depth: usize) -> String {
        // What no function expects; but what counts stays small.
        if dice.percent(5) && kind != Kind::Count {
            let kinds: Vec<Kind> = Kind::all().collect();
            let kind = dice.one(&kinds);
            return literals::literal(dice, kind);
        }
        if dice.percent(25) {
            let fitting: Vec<&String> =
                scope.variables.iter().filter(|(_, of)| kind.takes(*of)).map(|(name, _)| name).collect();
            if !fitting.is_empty() {
                return fitting[dice.below(fitting.len())].clone();
            }
        }
        let inner = kind != Kind::Count && depth > 0;
        if inner && dice.percent(if kind.is_text() && kind != Kind::Text { 12 } else { 45 }) {
            let form = self.form(dice, kind);
            return format!("({})", self.call(dice, scope, &form, depth - 1, None));
        }
        if (kind.is_text() || kind == Kind::Any) && dice.percent(35) {
            return self.field(dice, scope);
        }
        literals::literal(dice, kind)
    }

    fn field(&self, dice: &mut Dice, scope: &Scope) -> String {
        if scope.dot.is_some() && dice.percent(50) {
            return ".".to_owned();
        }
        let root = if scope.dot.is_some() { "$" } else { "" };
        if scope.fields.is_empty() || dice.percent(6) {
            return format!("{root}.{}", dice.pick(&["nope", "nope.deeper", "s.x", "_"]));
        }
        format!("{root}.{}", scope.fields[dice.below(scope.fields.len())])
    }

    /// A form that gives what fits.
    fn form(&self, dice: &mut Dice, kind: Kind) -> Form {
        let fitting: Vec<&Form> = self.forms.iter().filter(|form| kind.takes(form.gives)).collect();
        let all: Vec<&Form> = self.forms.iter().collect();
        let from = if fitting.is_empty() || dice.percent(3) { all } else { fitting };
        from[dice.below(from.len())].clone()
    }

    /// A form whose last argument may be of that kind.
    fn form_for(&self, dice: &mut Dice, kind: Kind) -> Form {
        let takes = |form: &&Form| match form.pieces.as_slice() {
            [Piece::Fixed(_), .., Piece::Hole { kind: last, .. }] => last.takes(kind),
            _ => false,
        };
        let fitting: Vec<&Form> = self.forms.iter().filter(takes).collect();
        if fitting.is_empty() || dice.percent(8) {
            return self.form(dice, Kind::Any);
        }
        fitting[dice.below(fitting.len())].clone()
    }

    /// The form with its holes filled; the last of them by what is piped into it, or as often by chance.
    fn call(
        &self,
        dice: &mut Dice,
        scope: &mut Scope,
        form: &Form,
        depth: usize,
        piped: Option<String>,
    ) -> String {
        let mut words = Vec::new();
        let mut last = None;
        for piece in &form.pieces {
            match piece {
                Piece::Fixed(text) => words.push((*text).to_owned()),
                Piece::Hole { kind, several } => {
                    let count = if *several { dice.below(4) } else { 1 };
                    let values: Vec<String> =
                        (0..count).map(|_| self.argument(dice, scope, *kind, depth)).collect();
                    last = Some(words.len());
                    // A method of a constant needs parentheses.
                    let receiver = words.is_empty() && !values.concat().starts_with(['(', '$', '.']);
                    words.push(if receiver { format!("({})", values.concat()) } else { values.join(" ") });
                }
            }
        }
        let at_end = last.is_some_and(|at| at + 1 == words.len() && at > 0);
        let name = words.first().is_some_and(|word| !word.starts_with('.') && !word.starts_with('('));
        match piped {
            Some(source) if at_end && name => {
                words.pop();
                format!("{source} | {}", words.concat().trim_end())
            }
            Some(source) => format!("{source} | {}", words.concat().trim_end()),
            None if at_end && name && dice.percent(30) => {
                let source = words.pop().unwrap_or_default();
                // Several values are no pipeline.
                if source.is_empty() || source.contains(' ') && !source.starts_with(['(', '"', '`']) {
                    return format!("{}{source}", words.concat()).trim_end().to_owned();
                }
                format!("{source} | {}", words.concat().trim_end())
            }
            None => words.concat().trim_end().to_owned(),
        }
    }
}
