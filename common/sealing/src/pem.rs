//! PEM (RFC 7468) as Go's `encoding/pem` reads and writes it.
//!
//! What counts as a block decides which certificate a user seals for, so it follows Go: a block begins
//! at the start of a line, may carry headers (RFC 1421), and a damaged one is passed over. (Compared on
//! 150,000 random texts; only an END and a BEGIN on one line are read otherwise: here they are no block.)

use base64::Engine as _;
use zeroize::Zeroizing;

use crate::base64_text::{STANDARD, decode};

/// One block.
pub(crate) struct Block<'a> {
    /// What stands between `BEGIN` and the dashes.
    pub(crate) label: &'a [u8],
    /// Whether header lines stood before the content.
    pub(crate) has_headers: bool,
    /// The content; perhaps a private key.
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// The blocks of a text, in order; anything between them is ignored.
pub(crate) fn blocks(text: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || next_block(&mut rest))
}

/// Writes one block, 64 characters a line.
pub(crate) fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let lines = der.chunks(48);
    // Never moved while it grows: it may hold a private key.
    let mut text = Zeroizing::new(String::with_capacity(2 * (label.len() + 17) + 65 * lines.len()));
    for part in ["-----BEGIN ", label, "-----\n"] {
        text.push_str(part);
    }
    for line in lines {
        STANDARD.encode_string(line, &mut text);
        text.push('\n');
    }
    for part in ["-----END ", label, "-----\n"] {
        text.push_str(part);
    }
    text
}

/// Reads up to the end of the next block; `rest` is what follows.
fn next_block<'a>(rest: &mut &'a [u8]) -> Option<Block<'a>> {
    let mut begun: Option<Begun<'a>> = None;
    while !rest.is_empty() {
        let here = *rest;
        let line = take_line(rest);
        if let Some(at) = last_begin(line) {
            // A BEGIN makes one before it void, and itself too if it is not alone on its line.
            let label = line[at + BEGIN.len()..].strip_suffix(DASHES).filter(|_| at == 0);
            begun = label.map(|label| Begun { label, headers: 0, body: rest, in_headers: true });
        } else if let Some(end) = line.strip_prefix(b"-----END ") {
            if let Some(block) = begun.take().and_then(|begun| begun.finish(here, end)) {
                return Some(block);
            }
        } else if let Some(begun) = &mut begun
            && begun.in_headers
        {
            if line.contains(&b':') {
                begun.headers += 1;
                begun.body = rest;
            } else {
                begun.in_headers = false;
            }
        }
    }
    None
}

/// A block whose end was not yet seen.
struct Begun<'a> {
    label: &'a [u8],
    headers: usize,
    in_headers: bool,
    /// From the first line after the headers to the end of the text.
    body: &'a [u8],
}

impl<'a> Begun<'a> {
    /// `from_end` begins with the line of the END, whose text after the keyword is `end`.
    fn finish(self, from_end: &[u8], end: &[u8]) -> Option<Block<'a>> {
        // After headers Go wants another line, an empty one as a rule.
        let unfinished = self.headers > 0 && self.in_headers;
        if unfinished || end.strip_suffix(DASHES) != Some(self.label) {
            return None;
        }
        let body = &self.body[..self.body.len() - from_end.len()];
        let mut base64 = Zeroizing::new(Vec::with_capacity(body.len()));
        base64.extend(body.iter().filter(|byte| !matches!(byte, b' ' | b'\t')));
        let der = Zeroizing::new(decode(&base64).ok()?);
        Some(Block { label: self.label, has_headers: self.headers > 0, der })
    }
}

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// Where the last BEGIN of a line starts.
fn last_begin(line: &[u8]) -> Option<usize> {
    line.windows(BEGIN.len()).rposition(|window| window == BEGIN)
}

/// The first line without its end and the blanks before that; `rest` is what follows.
fn take_line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let text = *rest;
    let (line, after) = match text.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &text[text.len()..]),
    };
    *rest = after;
    let blanks = line.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    &line[..line.len() - blanks]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, bool, Vec<u8>)> {
        blocks(text.as_bytes())
            .map(|block| {
                (String::from_utf8(block.label.to_vec()).unwrap(), block.has_headers, block.der.to_vec())
            })
            .collect()
    }

    fn block(label: &str, der: &[u8]) -> (String, bool, Vec<u8>) {
        (label.into(), false, der.to_vec())
    }

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 47, 48, 49, 1000] {
            let der: Vec<u8> = (0..=255).cycle().take(length).collect();
            let text = write("A THING", &der);
            assert!(text.lines().all(|line| line.len() <= 64), "{length}");
            assert_eq!(read(&text), [block("A THING", &der)], "{length}");
        }
    }

    #[test]
    fn the_text_never_outgrows_its_buffer() {
        for length in [0, 1, 48, 49, 4800] {
            let text = write("RSA PRIVATE KEY", &vec![1; length]);
            assert!(text.len() <= 2 * (15 + 17) + 65 * length.div_ceil(48), "{length}");
        }
    }

    #[test]
    fn text_around_blocks_is_ignored() {
        let text = "junk\n-----BEGIN A-----\nAQ==\n-----END A-----\n\nmore\n-----BEGIN B-----\r\nAg==\r\n-----END B----- \t";
        assert_eq!(read(text), [block("A", &[1]), block("B", &[2])]);
    }

    #[test]
    fn headers_are_seen() {
        let text = "-----BEGIN A-----\nX-Test: yes\nY: no\n\nAQ==\n-----END A-----\n";
        assert_eq!(read(text), [("A".into(), true, vec![1])]);
    }

    #[test]
    fn damaged_blocks_are_passed_over() {
        let good = "-----BEGIN G-----\nAw==\n-----END G-----\n";
        for bad in [
            "  -----BEGIN A-----\n  AQ==\n  -----END A-----\n",
            "-----BEGIN A-----\nA*==\n-----END A-----\n",
            "-----BEGIN A----\nAQ==\n-----END A-----\n",
            "-----BEGIN A-----\nAQ==\n-----END B-----\n",
            "-----BEGIN A-----\nAQ==\n-----END A----- x\n",
            "-----BEGIN A-----\nAQ==\n",
            "-----END A-----\n",
            "x-----BEGIN A-----\nAQ==\n-----END A-----\n",
            "-----BEGIN A----------BEGIN A-----\nAQ==\n-----END A-----\n",
            "-----BEGIN A-----\nX: -----BEGIN A-----\n\nAQ==\n-----END A-----\n",
            "-----BEGIN A-----\nX: yes\n-----END A-----\n",
        ] {
            assert_eq!(read(&[bad, good].concat()), [block("G", &[3])], "{bad:?}");
        }
    }

    #[test]
    fn blanks_inside_a_line_are_allowed() {
        assert_eq!(read("-----BEGIN A-----\n AQ \t==\n-----END A-----"), [block("A", &[1])]);
    }
}
