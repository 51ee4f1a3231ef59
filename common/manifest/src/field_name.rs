/// Whether two names are the same field to Go's encoding/json: equal but for upper and lower case as Go folds them,
/// the letters of ASCII, the Kelvin sign (a `k`) and the long s (an `s`).
///
/// Go decodes all such keys of a mapping into the one field, one over the other; more than one is worth a refusal.
///
/// ```
/// assert!(manifest::same_field("stringData", "stringdata"));
/// assert!(!manifest::same_field("data", "stringData"));
/// ```
pub fn same_field(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || (!(a.is_ascii() && b.is_ascii()) && a.chars().map(fold).eq(b.chars().map(fold)))
}

fn fold(character: char) -> char {
    match character {
        '\u{212A}' => 'k',
        '\u{17F}' => 's',
        other => other.to_ascii_lowercase(),
    }
}
