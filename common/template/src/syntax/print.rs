//! Nodes as Go prints them in errors, and their places.

use crate::go::quote::quoted;
use crate::syntax::node::{Branch, Kind, NodeId, Trees};
use crate::syntax::parser::position;

/// What is still to be printed.
#[derive(Clone, Copy)]
enum Piece<'a> {
    Node(NodeId),
    Text(&'a str),
}

impl Trees {
    /// Where a node is: its line, from 1, and the bytes before it in that line.
    pub(crate) fn place(&self, id: NodeId) -> (usize, usize) {
        position(&self.text, self.node(id).at)
    }

    /// A node as Go prints it in errors: blanks and parentheses as the tree says rather than the text.
    pub(crate) fn print(&self, id: NodeId) -> String {
        let mut printed = String::new();
        // The last one comes next.
        let mut pieces = vec![Piece::Node(id)];
        while let Some(piece) = pieces.pop() {
            match piece {
                Piece::Text(text) => printed.push_str(text),
                Piece::Node(id) => {
                    let begun = pieces.len();
                    self.piece(id, &mut printed, &mut pieces);
                    if let Some(new) = pieces.get_mut(begun..) {
                        new.reverse();
                    }
                }
            }
        }
        printed
    }

    /// Prints what a node begins with and tells in order what follows.
    fn piece<'a>(&'a self, id: NodeId, printed: &mut String, pieces: &mut Vec<Piece<'a>>) {
        match &self.node(id).kind {
            Kind::List(nodes) => pieces.extend(nodes.iter().copied().map(Piece::Node)),
            Kind::Text(text) => printed.push_str(&String::from_utf8_lossy(text)),
            Kind::Action(pipe) => pieces.extend([Piece::Text("{{"), Piece::Node(*pipe), Piece::Text("}}")]),
            Kind::Pipe { assign, variables, commands } => {
                separated(pieces, variables, ", ");
                if !variables.is_empty() {
                    pieces.push(Piece::Text(if *assign { " = " } else { " := " }));
                }
                separated(pieces, commands, " | ");
            }
            Kind::Command(operands) => {
                for (index, operand) in operands.iter().enumerate() {
                    if index > 0 {
                        pieces.push(Piece::Text(" "));
                    }
                    self.operand(pieces, *operand);
                }
            }
            Kind::Function(function) => printed.push_str(function.name),
            Kind::Variable(names) => printed.push_str(&names.join(".")),
            Kind::Dot => printed.push('.'),
            Kind::Nil => printed.push_str("nil"),
            Kind::Field(names) => names.iter().for_each(|name| {
                printed.push('.');
                printed.push_str(name);
            }),
            Kind::Chain(operand, names) => {
                self.operand(pieces, *operand);
                pieces.extend(names.iter().flat_map(|name| [Piece::Text("."), Piece::Text(name)]));
            }
            Kind::Bool(yes) => printed.push_str(if *yes { "true" } else { "false" }),
            Kind::Number(number) => printed.push_str(&number.source),
            Kind::Quoted { source, .. } => printed.push_str(source),
            Kind::If(branch) => parts(pieces, "{{if ", branch),
            Kind::With(branch) => parts(pieces, "{{with ", branch),
            Kind::Range(branch) => parts(pieces, "{{range ", branch),
            Kind::Break => printed.push_str("{{break}}"),
            Kind::Continue => printed.push_str("{{continue}}"),
            Kind::Template { name, pipe } => {
                printed.push_str("{{template ");
                printed.push_str(&quoted(name));
                if let Some(pipe) = pipe {
                    pieces.extend([Piece::Text(" "), Piece::Node(*pipe)]);
                }
                pieces.push(Piece::Text("}}"));
            }
        }
    }

    /// A pipeline that is an operand stands in parentheses.
    fn operand(&self, pieces: &mut Vec<Piece<'_>>, operand: NodeId) {
        if matches!(self.node(operand).kind, Kind::Pipe { .. }) {
            pieces.extend([Piece::Text("("), Piece::Node(operand), Piece::Text(")")]);
        } else {
            pieces.push(Piece::Node(operand));
        }
    }
}

fn separated<'a>(pieces: &mut Vec<Piece<'a>>, nodes: &[NodeId], separator: &'a str) {
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            pieces.push(Piece::Text(separator));
        }
        pieces.push(Piece::Node(*node));
    }
}

fn parts(pieces: &mut Vec<Piece<'_>>, begin: &'static str, branch: &Branch) {
    pieces.extend([
        Piece::Text(begin),
        Piece::Node(branch.pipe),
        Piece::Text("}}"),
        Piece::Node(branch.then),
    ]);
    if let Some(otherwise) = branch.otherwise {
        pieces.extend([Piece::Text("{{else}}"), Piece::Node(otherwise)]);
    }
    pieces.push(Piece::Text("{{end}}"));
}
