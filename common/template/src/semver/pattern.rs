//! What versions look like, in versions and in constraints.

/// The pieces of a text that looks like a version.
pub(super) struct Pieces<'a> {
    /// One to three numbers (or x), without the points.
    pub(super) numbers: Vec<&'a [u8]>,
    /// Without the hyphen; empty where there is none.
    pub(super) prerelease: &'a [u8],
    /// Without the plus; empty where there is none.
    pub(super) metadata: &'a [u8],
}

/// The pieces that a text begins with, and what follows. Numbers are made of the bytes that `is_part` takes.
pub(super) fn pieces(text: &[u8], is_part: fn(u8) -> bool) -> Option<(Pieces<'_>, &[u8])> {
    let mut rest = text.strip_prefix(b"v").unwrap_or(text);
    let mut numbers = Vec::with_capacity(3);
    let (first, after) = run(rest, is_part)?;
    numbers.push(first);
    rest = after;
    while let (1..3, [b'.', after @ ..]) = (numbers.len(), rest) {
        let Some((number, after)) = run(after, is_part) else { break };
        numbers.push(number);
        rest = after;
    }
    let (prerelease, rest) = identifiers(rest, b'-');
    let (metadata, rest) = identifiers(rest, b'+');
    Some((Pieces { numbers, prerelease, metadata }, rest))
}

/// What looks like a version at the beginning of a text, and what follows. Go's pattern takes `|` for a digit.
pub(super) fn part(text: &[u8]) -> Option<(Pieces<'_>, &[u8])> {
    pieces(text, |b| b.is_ascii_digit() || matches!(b, b'|' | b'x' | b'X' | b'*'))
}

/// Go's blanks: without the vertical tab.
pub(super) fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

/// Without those at its beginning.
pub(super) fn without_blanks(text: &[u8]) -> &[u8] {
    text.get(text.iter().take_while(|&&b| is_blank(b)).count()..).unwrap_or_default()
}

/// Identifiers with points between them, behind a mark.
fn identifiers(text: &[u8], mark: u8) -> (&[u8], &[u8]) {
    let Some(inner) = text.strip_prefix(&[mark]) else { return (&[], text) };
    let Some((_, mut rest)) = run(inner, is_identifier) else { return (&[], text) };
    while let [b'.', after @ ..] = rest {
        let Some((_, after)) = run(after, is_identifier) else { break };
        rest = after;
    }
    (inner.get(..inner.len() - rest.len()).unwrap_or_default(), rest)
}

pub(super) fn is_identifier(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-'
}

/// The bytes of a kind that a text begins with, at least one, and the rest.
fn run(text: &[u8], is_part: fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&b| !is_part(b)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}
