//! What begins with a backslash or a bracket.

use std::rc::Rc;

use crate::go::regexp::error::{self, Refusal};
use crate::go::regexp::names;
use crate::go::regexp::parser::{FOLD, Parser};
use crate::go::regexp::ranges::Ranges;

impl Parser<'_> {
    /// `[…]`, and past it.
    pub(super) fn class(&mut self) -> Result<Ranges, Refusal> {
        let start = self.place;
        self.place += 1;
        let negated = self.peek(0) == Some(b'^');
        if negated {
            self.place += 1;
        }
        let mut class = Ranges::default();
        let mut first = true;
        while std::mem::take(&mut first) || self.peek(0) != Some(b']') {
            self.budget.spend(1)?;
            if let Some(named) = self.posix_class()? {
                self.budget.make(8 * named.len())?;
                class.add_all(&named);
                continue;
            }
            if let Some(named) = self.named_class()? {
                self.budget.make(8 * named.len())?;
                class.add_all(&named);
                continue;
            }
            let range = self.place;
            let low = self.class_rune(start)?;
            let mut high = low;
            if self.peek(0) == Some(b'-') && self.peek(1).is_some_and(|next| next != b']') {
                self.place += 1;
                high = self.class_rune(start)?;
                if high < low {
                    return Err(Self::error_at(error::CLASS_RANGE, range, self.place));
                }
            }
            if self.has(FOLD) {
                let plain = Ranges::of(&[(low, high)]);
                self.budget.spend(plain.foldable() / 2)?;
                let folded = plain.folded();
                self.budget.make(8 * folded.len())?;
                class.add_all(&folded);
            } else {
                class.add(low, high);
            }
        }
        self.place += 1;
        self.budget.make(64 + 16 * class.len())?;
        self.budget.spend(class.len() as u64 / 2)?;
        class.sort();
        Ok(if negated { class.negated() } else { class })
    }

    fn class_rune(&mut self, class: usize) -> Result<u32, Refusal> {
        match self.peek(0) {
            None => Err(Self::error_at(error::MISSING_BRACKET, class, self.pattern.len())),
            Some(b'\\') => self.escape(),
            Some(_) => self.rune(),
        }
    }

    /// `[:alpha:]` within brackets, and past it.
    fn posix_class(&mut self) -> Result<Option<Rc<Ranges>>, Refusal> {
        let Some(rest) = self.rest().strip_prefix(b"[:") else { return Ok(None) };
        // A name is short: what closes further on closes nothing that is one, but Go quotes up to there.
        self.budget.read(rest.len())?;
        let Some(length) = memchr::memmem::find(rest, b":]") else { return Ok(None) };
        let start = self.place;
        self.place += length + 4;
        match rest.get(..length).and_then(names::posix) {
            Some((table, negated)) => self.ascii_class(start, table, negated).map(Some),
            None => Err(Self::error_at(error::CLASS_RANGE, start, self.place)),
        }
    }

    /// `\d`, `\pL`, `\p{Greek}` or the like, and past it.
    pub(super) fn named_class(&mut self) -> Result<Option<Rc<Ranges>>, Refusal> {
        let (Some(b'\\'), Some(letter)) = (self.peek(0), self.peek(1)) else { return Ok(None) };
        let start = self.place;
        if matches!(letter, b'p' | b'P') {
            return self.unicode_class(letter == b'P').map(Some);
        }
        match names::perl(letter) {
            Some((table, negated)) => {
                self.place += 2;
                self.ascii_class(start, table, negated).map(Some)
            }
            None => Ok(None),
        }
    }

    fn ascii_class(
        &mut self,
        start: usize,
        table: &[(u8, u8)],
        negated: bool,
    ) -> Result<Rc<Ranges>, Refusal> {
        let key = self.pattern.get(start..self.place).unwrap_or_default().to_vec();
        let folds = self.has(FOLD);
        let class = self.named((key, folds), 16, || {
            let table: Vec<_> =
                table.iter().map(|(first, last)| (u32::from(*first), u32::from(*last))).collect();
            let class = Ranges::of(&table);
            let class = if folds { class.folded() } else { class };
            Some(if negated { class.negated() } else { class })
        })?;
        Ok(class.unwrap_or_default())
    }

    fn unicode_class(&mut self, mut negated: bool) -> Result<Rc<Ranges>, Refusal> {
        let start = self.place;
        self.place += 2;
        let braced = self.peek(0) == Some(b'{');
        self.rune()?;
        let mut name = (start + 2, self.place);
        if braced {
            let Some(end) = memchr::memchr(b'}', self.rest()) else {
                self.check_utf8(start, self.pattern.len())?;
                return Err(Self::error_at(error::CLASS_RANGE, start, self.pattern.len()));
            };
            name = (self.place, self.place + end);
            self.check_utf8(name.0, name.1)?;
            self.place = name.1 + 1;
        }
        let name = self.pattern.get(name.0..name.1).unwrap_or_default();
        let folds = self.has(FOLD);
        let key = self.pattern.get(start..self.place).unwrap_or_default().to_vec();
        let name = match name.strip_prefix(b"^") {
            Some(name) => {
                negated = !negated;
                name
            }
            None => name,
        };
        // Looking it up is slow, folding slower; the second time it is found by its name.
        let class = self.named((key, folds), if folds { 20_000 } else { 1_000 }, || {
            let class = names::unicode(name, folds)?;
            Some(if negated { class.negated() } else { class })
        })?;
        class.ok_or_else(|| Self::error_at(error::CLASS_RANGE, start, self.place))
    }

    /// An escaped rune, and past it.
    pub(super) fn escape(&mut self) -> Result<u32, Refusal> {
        let start = self.place;
        self.place += 1;
        if self.peek(0).is_none() {
            return Err(Self::error_at(error::TRAILING_BACKSLASH, self.place, self.place));
        }
        let rune = self.rune()?;
        let known = match u8::try_from(rune).unwrap_or(b'?' | 0x80) {
            digit @ b'0'..=b'7' => self.octal(digit),
            b'x' => self.hexadecimal()?,
            b'a' => Some(0x07),
            b'f' => Some(0x0C),
            b'n' => Some(0x0A),
            b'r' => Some(0x0D),
            b't' => Some(0x09),
            b'v' => Some(0x0B),
            other => (other.is_ascii() && !other.is_ascii_alphanumeric()).then_some(rune),
        };
        known.ok_or_else(|| Self::error_at(error::ESCAPE, start, self.place))
    }

    /// Up to three digits; one alone but 0 would be a reference back.
    fn octal(&mut self, first: u8) -> Option<u32> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'7').then(|| u32::from(byte - b'0'));
        if first != b'0' && self.peek(0).and_then(digit).is_none() {
            return None;
        }
        let mut rune = u32::from(first - b'0');
        for _ in 1..3 {
            let Some(digit) = self.peek(0).and_then(digit) else { break };
            rune = rune * 8 + digit;
            self.place += 1;
        }
        Some(rune)
    }

    /// Two digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Result<Option<u32>, Refusal> {
        let digit = |rune: u32| char::from_u32(rune).and_then(|rune| rune.to_digit(16));
        if self.peek(0).is_none() {
            return Ok(None);
        }
        let first = self.rune()?;
        if first != u32::from(b'{') {
            let second = self.rune()?;
            return Ok(digit(first).zip(digit(second)).map(|(first, second)| first * 16 + second));
        }
        let mut rune = None;
        while self.peek(0).is_some() {
            let next = self.rune()?;
            if next == u32::from(b'}') {
                return Ok(rune);
            }
            let Some(next) = digit(next).map(|next| rune.unwrap_or(0) * 16 + next) else { break };
            if next > u32::from(char::MAX) {
                break;
            }
            rune = Some(next);
        }
        Ok(None)
    }
}
