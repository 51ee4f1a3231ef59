//! A place in a template, shown with its line and a mark below.

use std::fmt::Write as _;

use sealed_secrets::SealedSecret;

use crate::failure::is_obeyed;

/// At most so many letters of a line are shown.
const WIDEST: usize = 100;

/// The line of a template that a place is in, and a mark below the place. `line` counts from 1, `column` bytes from 1.
/// Templates are no secrets.
pub(crate) fn shown(text: &str, line: usize, column: usize) -> String {
    let Some(whole) = text.lines().nth(line.saturating_sub(1)) else { return String::new() };
    let mut at = column.saturating_sub(1).min(whole.len());
    while !whole.is_char_boundary(at) {
        at -= 1;
    }
    let letters_before = whole[..at].chars().count();
    // Of a long line, a piece around the place.
    let skipped = if letters_before + WIDEST / 3 > WIDEST { letters_before - WIDEST / 2 } else { 0 };
    let plain = |letter: char| if is_obeyed(letter) { ' ' } else { letter };
    let piece: String = whole.chars().skip(skipped).take(WIDEST).map(plain).collect();
    let mut shown = String::new();
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let before = " ".repeat(letters_before - skipped);
    // Writing to a String never fails.
    let _ = write!(shown, "  {number} | {piece}\n  {margin} | {before}^");
    shown
}

/// The text of one template of an object.
pub(crate) fn text<'o>(sealed: &'o SealedSecret, key: &str) -> &'o str {
    let data = sealed.spec.template.as_ref().and_then(|template| template.data.as_ref());
    data.and_then(|data| data.get(key)).and_then(Option::as_deref).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_and_mark() {
        assert_eq!(shown("a\nbé{{ x }}", 2, 7), "  2 | bé{{ x }}\n    |      ^");
        assert_eq!(shown("", 1, 1), "");
        assert_eq!(shown("ab", 1, 99), "  1 | ab\n    |   ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}X{}", "a".repeat(300), "b".repeat(300));
        let text = shown(&text, 1, 301);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].len(), "  1 | ".len() + WIDEST);
        assert_eq!(lines[1].find('^'), lines[0].find('X'));
    }
}
