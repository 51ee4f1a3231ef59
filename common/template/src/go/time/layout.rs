//! Layouts: how the reference time, Mon Jan 2 15:04:05 2006 MST, stands for the parts of every other one.

/// A piece of a layout that stands for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    SpaceDay,
    ZeroDay,
    SpaceYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    Abbreviation,
    Offset(OffsetForm),
    Fraction(FractionForm),
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetForm {
    /// `Z` stands for no offset.
    pub(super) has_z: bool,
    pub(super) has_colons: bool,
    pub(super) has_minutes: bool,
    pub(super) has_seconds: bool,
}

/// How parts of a second are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FractionForm {
    pub(super) digits: usize,
    /// Without zeros at the end (`.999`).
    pub(super) is_trimmed: bool,
    pub(super) separator: u8,
}

/// The text before the first piece that stands for something, that piece, and the rest; all of it without such a piece.
pub(super) fn next_chunk(layout: &[u8]) -> (&[u8], Option<Chunk>, &[u8]) {
    let mut rest = layout;
    while !rest.is_empty() {
        if let Some((chunk, length)) = chunk_at(rest) {
            let prefix = layout.get(..layout.len() - rest.len()).unwrap_or_default();
            return (prefix, Some(chunk), rest.get(length..).unwrap_or_default());
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    (layout, None, &[])
}

/// The piece that a text begins with, and its length.
fn chunk_at(text: &[u8]) -> Option<(Chunk, usize)> {
    let starts = |prefix: &[u8]| text.starts_with(prefix);
    // "Jan" and "Mon" begin many words.
    let ends_word = |length| !text.get(length).is_some_and(u8::is_ascii_lowercase);
    Some(match text.first()? {
        b'J' if starts(b"January") => (Chunk::LongMonth, 7),
        b'J' if starts(b"Jan") && ends_word(3) => (Chunk::Month, 3),
        b'M' if starts(b"Monday") => (Chunk::LongWeekday, 6),
        b'M' if starts(b"Mon") && ends_word(3) => (Chunk::Weekday, 3),
        b'M' if starts(b"MST") => (Chunk::Abbreviation, 3),
        b'0' => match text.get(1)? {
            b'1' => (Chunk::ZeroMonth, 2),
            b'2' => (Chunk::ZeroDay, 2),
            b'3' => (Chunk::ZeroHour12, 2),
            b'4' => (Chunk::ZeroMinute, 2),
            b'5' => (Chunk::ZeroSecond, 2),
            b'6' => (Chunk::Year, 2),
            b'0' if starts(b"002") => (Chunk::ZeroYearDay, 3),
            _ => return None,
        },
        b'1' if starts(b"15") => (Chunk::Hour, 2),
        b'1' => (Chunk::NumberMonth, 1),
        b'2' if starts(b"2006") => (Chunk::LongYear, 4),
        b'2' => (Chunk::Day, 1),
        // A literal underscore before the year.
        b'_' if starts(b"_2006") => return None,
        b'_' if starts(b"_2") => (Chunk::SpaceDay, 2),
        b'_' if starts(b"__2") => (Chunk::SpaceYearDay, 3),
        b'3' => (Chunk::Hour12, 1),
        b'4' => (Chunk::Minute, 1),
        b'5' => (Chunk::Second, 1),
        b'P' if starts(b"PM") => (Chunk::UpperHalf, 2),
        b'p' if starts(b"pm") => (Chunk::LowerHalf, 2),
        sign @ (b'-' | b'Z') => {
            let (form, length) = offset_form(text.get(1..)?)?;
            (Chunk::Offset(OffsetForm { has_z: *sign == b'Z', ..form }), length + 1)
        }
        b'.' | b',' => fraction(text)?,
        _ => return None,
    })
}

fn offset_form(text: &[u8]) -> Option<(OffsetForm, usize)> {
    let forms: [(&[u8], bool, bool, bool); 5] = [
        (b"070000", false, true, true),
        (b"07:00:00", true, true, true),
        (b"0700", false, true, false),
        (b"07:00", true, true, false),
        (b"07", false, false, false),
    ];
    forms.into_iter().find(|(form, ..)| text.starts_with(form)).map(
        |(form, has_colons, has_minutes, has_seconds)| {
            (OffsetForm { has_z: false, has_colons, has_minutes, has_seconds }, form.len())
        },
    )
}

/// A separator with zeros or nines, which no other digit may follow.
fn fraction(text: &[u8]) -> Option<(Chunk, usize)> {
    let (separator, after) = text.split_first()?;
    let digit = *after.first().filter(|b| matches!(b, b'0' | b'9'))?;
    let run = after.iter().take_while(|&&b| b == digit).count();
    if after.get(run).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    // Go keeps twelve bits of the number.
    let form = FractionForm { digits: run & 0xfff, is_trimmed: digit == b'9', separator: *separator };
    Some((Chunk::Fraction(form), run + 1))
}
