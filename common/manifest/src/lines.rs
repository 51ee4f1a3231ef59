//! Lines and columns of a text. A line ends at LF, at CRLF, or at a CR alone.

/// Counts lines and columns, both from 1 and columns in characters, while going forward through a text.
pub(crate) struct Lines<'t> {
    bytes: &'t [u8],
    at: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl<'t> Lines<'t> {
    /// Begins at the start of a text that stands at this line and column.
    pub(crate) fn new(text: &'t str, line: usize, column: usize) -> Self {
        Lines { bytes: text.as_bytes(), at: 0, line, column }
    }

    /// Goes forward to a byte offset.
    pub(crate) fn advance(&mut self, offset: usize) {
        let offset = offset.min(self.bytes.len());
        while self.at < offset {
            let byte = self.bytes[self.at];
            self.at += 1;
            if byte == b'\n' || (byte == b'\r' && self.bytes.get(self.at) != Some(&b'\n')) {
                self.line += 1;
                self.column = 1;
            } else if byte & 0xC0 != 0x80 {
                self.column += 1;
            }
        }
    }
}

/// The line and the column of a byte offset.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let mut lines = Lines::new(text, 1, 1);
    lines.advance(offset);
    (lines.line, lines.column)
}

/// Where the line behind this offset starts, or the end of the text.
pub(crate) fn next_line(bytes: &[u8], at: usize) -> usize {
    match memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
        None => bytes.len(),
        Some(end) => {
            let end = at + end;
            let crlf = bytes[end] == b'\r' && bytes.get(end + 1) == Some(&b'\n');
            end + 1 + usize::from(crlf)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_lf_crlf_and_cr() {
        assert_eq!(line_and_column("a\nb\r\nc\rd", 7), (4, 1));
        assert_eq!(line_and_column("äö!", 4), (1, 3));
        assert_eq!(line_and_column("", 5), (1, 1));
        let text = b"a\nb\r\nc\rd";
        let mut starts = vec![0];
        while *starts.last().unwrap() < text.len() {
            starts.push(next_line(text, *starts.last().unwrap()));
        }
        assert_eq!(starts, [0, 2, 5, 7, 8]);
    }
}
