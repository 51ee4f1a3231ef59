use std::ops::Range;

/// Bytes of the whole text and what takes their place.
#[derive(Debug)]
pub(crate) struct Splice {
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
}

/// A part of a text, which starts at `offset` of the whole, with all splices made; `None` if they overlap or leave
/// the part.
pub(crate) fn apply(part: &str, offset: usize, mut splices: Vec<Splice>) -> Option<String> {
    // Where one ends another may begin, so an insertion goes before what starts at its place.
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut new = String::with_capacity(part.len());
    let mut copied = 0;
    for Splice { range, text } in splices {
        let (start, end) = (range.start.checked_sub(offset)?, range.end.checked_sub(offset)?);
        new.push_str(part.get(copied..start)?);
        new.push_str(&text);
        copied = end;
    }
    new.push_str(part.get(copied..)?);
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splice(range: Range<usize>, text: &str) -> Splice {
        Splice { range, text: text.to_owned() }
    }

    #[test]
    fn splices_are_made_in_the_order_of_the_text() {
        let splices = vec![splice(14..15, "C"), splice(11..11, "x"), splice(10..11, "A")];
        assert_eq!(apply("abcdef", 10, splices).as_deref(), Some("AxbcdCf"));
    }

    #[test]
    fn overlapping_splices_are_refused() {
        assert_eq!(apply("abcdef", 0, vec![splice(0..3, "x"), splice(2..4, "y")]), None);
        assert_eq!(apply("abcdef", 5, vec![splice(0..3, "x")]), None);
        assert_eq!(apply("abc", 0, vec![splice(2..9, "x")]), None);
    }
}
