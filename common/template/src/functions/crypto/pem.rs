//! PEM (RFC 7468), read as leniently as Go reads it.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::go::base64;

/// What stands between BEGIN and END.
pub(super) struct Block<'a> {
    pub(super) label: &'a [u8],
    pub(super) der: Zeroizing<Vec<u8>>,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const LINE_OF_END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// The first block that is whole. Others are skipped, and so is text around them.
pub(super) fn decode(text: &[u8]) -> Option<Block<'_>> {
    let mut rest = text;
    loop {
        let end = find(rest, LINE_OF_END)?.checked_add(1)?;
        let (before, from_end) = rest.split_at_checked(end)?;
        let after_end = from_end.strip_prefix(END)?;
        if let Some(block) = block(before, after_end) {
            return Some(block);
        }
        rest = after_end;
    }
}

/// The block between the last BEGIN before the END and the END.
fn block<'a>(before: &'a [u8], after_end: &'a [u8]) -> Option<Block<'a>> {
    let begin = before.windows(BEGIN.len()).rposition(|window| window == BEGIN)?;
    let (outside, block) = before.split_at_checked(begin)?;
    // It begins at the beginning of a line.
    if !outside.is_empty() && !outside.ends_with(b"\n") {
        return None;
    }
    let (first, mut body) = line(block.get(BEGIN.len()..)?);
    let label = first.strip_suffix(DASHES)?;
    while let (header, next) = line(body)
        && header.contains(&b':')
    {
        body = next;
    }
    let trailer = after_end.strip_prefix(label)?.strip_prefix(DASHES)?;
    if !line(trailer).0.is_empty() {
        return None;
    }
    let mut digits = Zeroizing::new(Vec::with_capacity(body.len()));
    digits.extend(body.iter().copied().filter(|byte| !b" \t".contains(byte)));
    Some(Block { label, der: base64::decode(&digits).ok()? })
}

/// The first line, without its end and blanks before it, and what follows.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
    let line = text.get(..end).unwrap_or_default();
    let mut line = line.strip_suffix(b"\r").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b" ").or_else(|| line.strip_suffix(b"\t")) {
        line = shorter;
    }
    (line, text.get(end + 1..).unwrap_or_default())
}

fn find(text: &[u8], piece: &[u8]) -> Option<usize> {
    text.windows(piece.len()).position(|window| window == piece)
}

/// A block with lines of 64 characters.
pub(super) fn encode(label: &str, der: &[u8]) -> Zeroizing<Vec<u8>> {
    let digits = Zeroizing::new(BASE64.encode(der));
    let length = digits.len() + digits.len().div_ceil(64) + 2 * (label.len() + 17);
    let mut text = Zeroizing::new(Vec::with_capacity(length));
    let mut put = |pieces: &[&[u8]]| pieces.iter().for_each(|piece| text.extend_from_slice(piece));
    put(&[BEGIN, label.as_bytes(), DASHES, b"\n"]);
    for line in digits.as_bytes().chunks(64) {
        put(&[line, b"\n"]);
    }
    put(&[END, label.as_bytes(), DASHES, b"\n"]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Vec<u8>)> {
        let block = decode(text.as_bytes())?;
        Some((String::from_utf8(block.label.to_vec()).unwrap(), block.der.to_vec()))
    }

    /// As `encoding/pem` answers to each of these.
    #[test]
    fn blocks_are_read_as_go_reads_them() {
        let a = || Some(("A".to_owned(), b"hi".to_vec()));
        for text in [
            "-----BEGIN A-----\naGk=\n-----END A-----\n",
            "-----BEGIN A-----\r\naGk=\r\n-----END A-----",
            "text\n-----BEGIN A-----  \nK: v\n\na G k =\n-----END A----- \ntext",
            "-----BEGIN B-----\n-----BEGIN A-----\naGk=\n-----END A-----\n",
            "-----BEGIN B-----\naGk=\n-----END C-----\n-----BEGIN A-----\naGk=\n-----END A-----\n",
            "-----BEGIN B-----\na!\n-----END B-----\n-----BEGIN A-----\naGk=\n-----END A-----\n",
        ] {
            assert_eq!(read(text), a(), "{text}");
        }
        assert_eq!(read("-----BEGIN A-----\n-----END A-----"), Some(("A".to_owned(), vec![])));
        for text in
            ["", "x-----BEGIN A-----\naGk=\n-----END A-----\n", "-----BEGIN A-----\naGk=\n-----END A-----x"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let der: Vec<u8> = (0..100).collect();
        let text = encode("A KEY", &der);
        assert!(text.starts_with(
            b"-----BEGIN A KEY-----\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\n"
        ));
        let block = decode(&text).unwrap();
        assert_eq!((block.label, &**block.der), (&b"A KEY"[..], &der[..]));
    }
}
