//! Which values of the dot a text names.

use std::collections::BTreeSet;

use crate::syntax::node::{Branch, Kind, NodeId, Trees};

/// Whether `.` and `$` are the whole dot at some place of the text. Elsewhere nothing is known of them.
#[derive(Clone, Copy)]
struct Scope {
    dot: bool,
    dollar: bool,
}

impl Scope {
    fn without_dot(self) -> Self {
        Scope { dot: false, ..self }
    }
}

/// The names in `.name`, `$.name` and `index . "name"` where `.` and `$` are the whole dot, each with the byte of the text
/// that it begins at; in the order of the text.
pub(crate) fn values_named(trees: &Trees) -> Vec<(usize, &str)> {
    let mut found = BTreeSet::new();
    let whole = Scope { dot: true, dollar: !declares_dollar(trees) };
    let mut called = BTreeSet::from([trees.name.as_bytes()]);
    let mut to_visit: Vec<_> =
        trees.roots.get(trees.name.as_bytes()).map(|root| (*root, whole)).into_iter().collect();
    while let Some((id, scope)) = to_visit.pop() {
        let node = trees.node(id);
        let mut visit = |ids: &[NodeId]| to_visit.extend(ids.iter().map(|id| (*id, scope)));
        match &node.kind {
            Kind::List(ids) => visit(ids),
            Kind::Action(pipe) | Kind::Chain(pipe, _) => visit(&[*pipe]),
            Kind::Pipe { commands, .. } => visit(commands),
            Kind::Command(words) => {
                visit(words);
                found.extend(indexed(trees, words, scope));
            }
            Kind::Field(names) if scope.dot => found.extend(first(node.at, names)),
            Kind::Variable(names) if scope.dollar && &*names[0] == "$" => {
                found.extend(names.get(1).map(|name| (node.at, &**name)));
            }
            Kind::If(Branch { pipe, then, otherwise }) => {
                visit(&[*pipe, *then]);
                visit(otherwise.as_slice());
            }
            Kind::With(Branch { pipe, then, otherwise }) | Kind::Range(Branch { pipe, then, otherwise }) => {
                visit(&[*pipe]);
                visit(otherwise.as_slice());
                to_visit.push((*then, scope.without_dot()));
            }
            Kind::Template { name, pipe } => {
                visit(pipe.as_slice());
                let passes_whole = pipe.is_some_and(|pipe| is_whole_pipe(trees, pipe, scope));
                if passes_whole && let Some(root) = trees.roots.get(&**name).filter(|_| called.insert(name)) {
                    to_visit.push((*root, whole));
                }
            }
            _ => {}
        }
    }
    found.into_iter().collect()
}

/// Of a field of a field Go's place is where the second name begins; the first stands right before it.
fn first(at: usize, names: &[Box<str>]) -> Option<(usize, &str)> {
    let (name, rest) = names.split_first()?;
    let before = if rest.is_empty() { 0 } else { 1 + name.len() };
    Some((at.saturating_sub(before), name))
}

/// The name in `index . "name"`.
fn indexed<'t>(trees: &'t Trees, words: &[NodeId], scope: Scope) -> Option<(usize, &'t str)> {
    let [function, map, key, ..] = words else { return None };
    let is_index =
        matches!(&trees.node(*function).kind, Kind::Function(function) if function.name == "index");
    let Kind::Quoted { text, .. } = &trees.node(*key).kind else { return None };
    let name = std::str::from_utf8(text).ok()?;
    (is_index && is_whole(trees, *map, scope)).then_some((trees.node(*key).at, name))
}

fn is_whole(trees: &Trees, id: NodeId, scope: Scope) -> bool {
    match &trees.node(id).kind {
        Kind::Dot => scope.dot,
        Kind::Variable(names) => scope.dollar && names.len() == 1 && &*names[0] == "$",
        _ => false,
    }
}

fn is_whole_pipe(trees: &Trees, pipe: NodeId, scope: Scope) -> bool {
    let Kind::Pipe { commands, .. } = &trees.node(pipe).kind else { return false };
    let [command] = &**commands else { return false };
    matches!(&trees.node(*command).kind, Kind::Command(words) if matches!(&**words, [word] if is_whole(trees, *word, scope)))
}

/// Whether the text gives `$` another meaning somewhere.
fn declares_dollar(trees: &Trees) -> bool {
    let is_dollar = |id: &NodeId| matches!(&trees.node(*id).kind, Kind::Variable(names) if &*names[0] == "$");
    trees.nodes().iter().any(|node| match &node.kind {
        Kind::Pipe { variables, .. } => variables.iter().any(is_dollar),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use crate::budget::Limits;
    use crate::template::Template;

    fn named(text: &str) -> Vec<String> {
        let template = Template::parse("t", text, &Limits::default()).unwrap();
        template
            .values_named()
            .iter()
            .map(|name| format!("{} {}:{}", name.name, name.line, name.column))
            .collect()
    }

    #[test]
    fn where_the_dot_is_whole() {
        assert_eq!(named("{{ .a }}\n {{ upper .b.c | printf $.d }}"), ["a 1:4", "b 2:11", "d 2:26"]);
        assert_eq!(
            named("{{ index . \"x.y\" }}{{ index $ \"z\" }}{{ index .m \"n\" }}"),
            ["x.y 1:12", "z 1:31", "m 1:46"]
        );
        assert_eq!(named("{{ if .a }}{{ .b }}{{ else }}{{ .c }}{{ end }}"), ["a 1:7", "b 1:15", "c 1:33"]);
        assert_eq!(
            named("{{ range .a }}{{ .no }}{{ $.b }}{{ else }}{{ .c }}{{ end }}"),
            ["a 1:10", "b 1:28", "c 1:46"]
        );
        assert_eq!(
            named("{{ with $x := .a }}{{ .no }}{{ end }}{{ (fromJson .b).no }}"),
            ["a 1:15", "b 1:51"]
        );
        assert_eq!(named("{{ .a.a.b }}{{ . }}"), ["a 1:4"]);
    }

    #[test]
    fn templates_that_get_the_whole_dot() {
        let defined =
            "{{ define \"x\" }}{{ .a }}{{ template \"x\" . }}{{ end }}{{ define \"y\" }}{{ .no }}{{ end }}";
        assert_eq!(
            named(&format!("{defined}{{{{ template \"x\" $ }}}}{{{{ template \"y\" .b }}}}")),
            ["a 1:20", "b 1:124"]
        );
        assert_eq!(named(&format!("{defined}{{{{ $ := 1 }}}}{{{{ $.no }}}}")), [""; 0]);
    }
}
