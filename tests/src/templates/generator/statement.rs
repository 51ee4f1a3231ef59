//! Text, actions, blocks and variables.

use super::Generator;
use super::dice::Dice;
use super::expression::Scope;
use super::kind::Kind;

const TEXTS: &[&str] = &[
    "", "", " ", "\n", "x", "key: ", "  - ", "\n\n  ", "é", "}}", "{ ", "\t", "\r\n", "<&>", "=\"", "\"\n",
    "{ { ", "\u{a0}", "end\n",
];

impl Generator {
    /// Some statements, with blocks up to so many levels deep.
    pub(super) fn body(&self, dice: &mut Dice, scope: &mut Scope, levels: usize) -> String {
        let variables = scope.variables.len();
        let mut source = String::new();
        let most = if levels == 3 { 3 } else { 2 };
        for _ in 0..=dice.below(most) {
            source.push_str(dice.pick(TEXTS));
            let statement = self.statement(dice, scope, levels);
            source.push_str(&statement);
        }
        source.push_str(dice.pick(TEXTS));
        scope.variables.truncate(variables);
        source
    }

    fn statement(&self, dice: &mut Dice, scope: &mut Scope, levels: usize) -> String {
        if levels == 0 {
            return self.output(dice, scope);
        }
        match dice.below(20) {
            0..=9 => self.output(dice, scope),
            10 | 11 => self.variable(dice, scope),
            12 | 13 => self.condition(dice, scope, levels - 1),
            14 | 15 => self.range(dice, scope, levels - 1),
            16 => self.with(dice, scope, levels - 1),
            17 => self.template(dice, scope, levels - 1),
            18 => action(dice, "/* a \"comment */"),
            _ if scope.in_range => {
                let word = dice.pick(&["break", "continue"]).to_owned();
                let condition = self.pipeline(dice, scope, Kind::Bool, 1);
                format!(
                    "{}{}{}",
                    action(dice, &format!("if {condition}")),
                    action(dice, &word),
                    action(dice, "end")
                )
            }
            _ => self.output(dice, scope),
        }
    }

    fn output(&self, dice: &mut Dice, scope: &mut Scope) -> String {
        let depth = 1 + dice.below(3);
        let source = self.pipeline(dice, scope, Kind::Any, depth);
        action(dice, &source)
    }

    fn variable(&self, dice: &mut Dice, scope: &mut Scope) -> String {
        let kinds = [Kind::Text, Kind::List, Kind::Dict, Kind::Int, Kind::Any, Kind::Time, Kind::Float];
        let kind = kinds[dice.below(kinds.len())];
        let depth = 1 + dice.below(2);
        if !scope.variables.is_empty() && dice.percent(35) {
            let (name, kind) = scope.variables[dice.below(scope.variables.len())].clone();
            let value = self.argument(dice, scope, kind, depth);
            return action(dice, &format!("{name} = {value}"));
        }
        let value = self.pipeline(dice, scope, kind, depth);
        scope.named += 1;
        let name = format!("$v{}", scope.named);
        scope.variables.push((name.clone(), kind));
        action(dice, &format!("{name} := {value}"))
    }

    fn condition(&self, dice: &mut Dice, scope: &mut Scope, levels: usize) -> String {
        let condition = self.pipeline(dice, scope, Kind::Any, 1);
        let mut source = action(dice, &format!("if {condition}"));
        source.push_str(&self.body(dice, scope, levels));
        while dice.percent(20) {
            let condition = self.pipeline(dice, scope, Kind::Bool, 1);
            source.push_str(&action(dice, &format!("else if {condition}")));
            source.push_str(&self.body(dice, scope, levels));
        }
        self.finish(dice, scope, levels, source)
    }

    fn range(&self, dice: &mut Dice, scope: &mut Scope, levels: usize) -> String {
        let kind = [Kind::List, Kind::Dict, Kind::Count, Kind::List][dice.below(4)];
        let over =
            if kind == Kind::Count { dice.below(6).to_string() } else { self.pipeline(dice, scope, kind, 1) };
        let variables = scope.variables.len();
        let head = match dice.below(4) {
            0 => {
                scope.variables.push(("$i".to_owned(), Kind::Any));
                scope.variables.push(("$e".to_owned(), Kind::Any));
                format!("range $i, $e := {over}")
            }
            1 => {
                scope.variables.push(("$e".to_owned(), Kind::Any));
                format!("range $e := {over}")
            }
            _ => format!("range {over}"),
        };
        let mut source = action(dice, &head);
        let dot = scope.dot.replace(Kind::Any);
        let outer = std::mem::replace(&mut scope.in_range, true);
        source.push_str(&self.body(dice, scope, levels));
        scope.in_range = outer;
        scope.dot = dot;
        scope.variables.truncate(variables);
        self.finish(dice, scope, levels, source)
    }

    fn with(&self, dice: &mut Dice, scope: &mut Scope, levels: usize) -> String {
        let value = self.pipeline(dice, scope, Kind::Any, 1);
        let variables = scope.variables.len();
        let head = if dice.percent(30) {
            scope.variables.push(("$w".to_owned(), Kind::Any));
            format!("with $w := {value}")
        } else {
            format!("with {value}")
        };
        let mut source = action(dice, &head);
        let dot = scope.dot.replace(Kind::Any);
        source.push_str(&self.body(dice, scope, levels));
        scope.dot = dot;
        scope.variables.truncate(variables);
        if dice.percent(10) {
            let value = self.pipeline(dice, scope, Kind::Any, 1);
            source.push_str(&action(dice, &format!("else with {value}")));
            source.push_str(&self.body(dice, scope, levels));
        }
        self.finish(dice, scope, levels, source)
    }

    /// A template of its own, defined or called. Inside of one, `$` is what it is called with.
    fn template(&self, dice: &mut Dice, scope: &mut Scope, levels: usize) -> String {
        if !scope.templates.is_empty() && dice.percent(50) {
            let name = scope.templates[dice.below(scope.templates.len())].clone();
            let value =
                if dice.percent(70) { self.argument(dice, scope, Kind::Any, 1) } else { String::new() };
            return action(dice, format!("template \"{name}\" {value}").trim_end());
        }
        scope.named += 1;
        let name = format!("t{}", scope.named);
        // Only at the top: elsewhere it is a mistake.
        let head = if dice.percent(if levels == 2 { 50 } else { 4 }) {
            format!("define \"{name}\"")
        } else {
            format!("block \"{name}\" {}", self.argument(dice, scope, Kind::Any, 1))
        };
        let mut inner = Scope::new(Vec::new());
        inner.dot = Some(Kind::Any);
        inner.named = scope.named;
        let body = self.body(dice, &mut inner, levels);
        scope.named = inner.named;
        scope.templates.push(name);
        format!("{}{body}{}", action(dice, &head), action(dice, "end"))
    }

    fn finish(&self, dice: &mut Dice, scope: &mut Scope, levels: usize, mut source: String) -> String {
        if dice.percent(30) {
            source.push_str(&action(dice, "else"));
            source.push_str(&self.body(dice, scope, levels));
        }
        source.push_str(&action(dice, "end"));
        source
    }
}

/// In braces, with or without trim markers.
fn action(dice: &mut Dice, inner: &str) -> String {
    let comment = inner.starts_with("/*");
    let (before, after) = if comment { ("", "") } else { (" ", " ") };
    let start = dice.pick(&["{{", "{{", "{{", "{{- "]);
    let end = dice.pick(&["}}", "}}", "}}", " -}}"]);
    format!("{start}{before}{inner}{after}{end}")
}
