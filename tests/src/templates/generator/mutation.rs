//! Templates with pieces left out, doubled, swapped or replaced.

use super::dice::Dice;
use super::forms::Piece;
use super::kind::Kind;
use super::{Generator, literals};
use crate::templates::tokens::tokens;

/// One in twelve is changed.
pub(super) fn rarely(dice: &mut Dice, template: String, generator: &Generator) -> String {
    if dice.percent(8) { changed(dice, &template, generator) } else { template }
}

/// One piece is changed.
pub(super) fn changed(dice: &mut Dice, template: &str, generator: &Generator) -> String {
    let mut pieces = tokens(template);
    if pieces.is_empty() {
        return template.to_owned();
    }
    let at = dice.below(pieces.len());
    let other = dice.below(pieces.len());
    match dice.below(8) {
        0 => drop(pieces.remove(at)),
        1 => pieces.insert(at, pieces[other].clone()),
        2 => pieces.swap(at, other),
        // Constants become others, more often than not.
        3..=5 => {
            match (0..pieces.len()).map(|n| (at + n) % pieces.len()).find(|n| is_constant(&pieces[*n])) {
                Some(constant) => pieces[constant] = constant_like(dice, &pieces[constant]),
                None => drop(pieces.remove(at)),
            }
        }
        6 => {
            let names: Vec<&str> =
                generator.forms.iter().filter_map(|form| name(form.pieces.first()?)).collect();
            let is_name = |piece: &String| names.contains(&piece.as_str());
            match (0..pieces.len()).map(|n| (at + n) % pieces.len()).find(|n| is_name(&pieces[*n])) {
                Some(function) => pieces[function] = dice.pick(&names).to_owned(),
                None => pieces.swap(at, other),
            }
        }
        _ => {
            if let Some(end) = pieces.iter().position(|piece| piece == "}}") {
                let stage = dice.pick(&[
                    " | quote ",
                    " | toJson ",
                    " | upper ",
                    " | len ",
                    " | printf \"%v %T\" ",
                    " | default 1 ",
                ]);
                pieces.insert(end, stage.to_owned());
            }
        }
    }
    pieces.concat()
}

fn is_constant(piece: &str) -> bool {
    piece.starts_with(['"', '`']) && piece.len() > 1 || piece.parse::<f64>().is_ok()
}

/// A text for a text, a number for a number: none that is much larger, since a number may be a count.
fn constant_like(dice: &mut Dice, piece: &str) -> String {
    if piece.starts_with(['"', '`']) {
        let kinds: Vec<Kind> = Kind::all().filter(|kind| kind.is_text()).collect();
        let kind = dice.one(&kinds);
        return literals::literal(dice, kind);
    }
    literals::literal(dice, Kind::Count)
}

fn name(first: &Piece) -> Option<&'static str> {
    let Piece::Fixed(text) = first else { return None };
    text.split(' ').next().filter(|name| {
        name.chars().all(char::is_alphanumeric) && !name.is_empty() && *name != "keys" && *name != "values"
    })
}
