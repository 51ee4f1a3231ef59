//! Which characters names are made of.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

/// A letter, a decimal digit or `_`: as Go's tables have it, those of Unicode 15.0.
pub(super) fn is_alphanumeric(character: char) -> bool {
    if character.is_ascii() {
        return character == '_' || character.is_ascii_alphanumeric();
    }
    let after = ALPHANUMERIC.partition_point(|(first, _)| *first <= character);
    after.checked_sub(1).and_then(|at| ALPHANUMERIC.get(at)).is_some_and(|(_, last)| character <= *last)
}

/// Ranges beyond ASCII, taken from the tables of the regexp library once.
static ALPHANUMERIC: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let class = regex_syntax::parse(r"[[\p{L}\p{Nd}]&&\p{age:15.0}]");
    match class.map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => {
            class.ranges().iter().map(|range| (range.start(), range.end())).collect()
        }
        // Not reached, as the test shows; names would be of ASCII.
        _ => Vec::new(),
    }
});

#[cfg(test)]
mod tests {
    use super::is_alphanumeric;

    #[test]
    fn letters_and_decimal_digits_of_unicode_15_0() {
        assert!("aZ0_é日٣\u{1e4d0}".chars().all(is_alphanumeric));
        assert!(!"-€²Ⅷ\u{301}\u{2ebf0}".chars().any(is_alphanumeric));
    }
}
