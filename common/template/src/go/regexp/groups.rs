//! What stands in parentheses: groups with and without a number, and flags.

use crate::go::regexp::error::{self, Refusal};
use crate::go::regexp::parser::{DOT_NEWLINE, FOLD, LAZY, ONE_LINE, Parser};
use crate::go::regexp::tree::Id;

/// What is between two parentheses, as far as it is read.
#[derive(Default)]
pub(super) struct Group {
    /// The alternatives before the current one.
    pub(super) alternatives: Vec<Id>,
    pub(super) items: Vec<Id>,
    /// Its number, where it captures.
    pub(super) number: Option<u32>,
    /// The flags outside of it.
    pub(super) flags: u8,
}

impl Parser<'_> {
    /// With a name, even an empty one, it captures.
    pub(super) fn open_group(&mut self, name: Option<&str>) {
        let number = name.map(|name| {
            self.groups.push(name.to_owned());
            self.groups.len() as u32
        });
        let group = Group { number, flags: self.flags, ..Group::default() };
        self.open.push(std::mem::replace(&mut self.group, group));
    }

    pub(super) fn close_group(&mut self) -> Result<(), Refusal> {
        let mut inner = self.alternate()?;
        let Some(outer) = self.open.pop() else {
            return Err(self.of_all()(error::UNEXPECTED_PAREN));
        };
        let group = std::mem::replace(&mut self.group, outer);
        self.flags = group.flags;
        if let Some(number) = group.number {
            inner = self.tree.capture(inner, number).map_err(self.of_all())?;
        }
        self.group.items.push(inner);
        Ok(())
    }

    /// `(?…`: flags, a group that captures nothing, or one with a name.
    pub(super) fn perl_group(&mut self) -> Result<(), Refusal> {
        let start = self.place;
        let rest = self.rest();
        let prefix = match rest {
            [_, _, b'<', _, ..] => Some(3),
            [_, _, b'P', b'<', _, ..] => Some(4),
            _ => None,
        };
        if let Some(prefix) = prefix {
            return self.named_group(start, prefix);
        }
        self.place += 2;
        let mut flags = self.flags;
        let (mut negative, mut saw_flag) = (false, false);
        while self.place < self.pattern.len() {
            let rune = self.rune()?;
            match u8::try_from(rune).unwrap_or(0) {
                b'i' => flags |= FOLD,
                b'm' => flags &= !ONE_LINE,
                b's' => flags |= DOT_NEWLINE,
                b'U' => flags |= LAZY,
                b'-' if !negative => {
                    negative = true;
                    // Turned over here and again at the end: what is set meanwhile is unset.
                    flags = !flags;
                    saw_flag = false;
                    continue;
                }
                end @ (b':' | b')') if !negative || saw_flag => {
                    if negative {
                        flags = !flags;
                    }
                    if end == b':' {
                        self.open_group(None);
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            }
            saw_flag = true;
        }
        Err(Self::error_at(error::PERL_OPERATOR, start, self.place))
    }

    fn named_group(&mut self, start: usize, prefix: usize) -> Result<(), Refusal> {
        let Some(end) = memchr::memchr(b'>', self.rest()).map(|end| start + end) else {
            self.check_utf8(start, self.pattern.len())?;
            return Err(Self::error_at(error::NAMED_CAPTURE, start, self.pattern.len()));
        };
        self.check_utf8(start + prefix, end)?;
        let name = self.pattern.get(start + prefix..end).and_then(|name| str::from_utf8(name).ok());
        let is_name = |name: &&str| {
            !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        };
        let Some(name) = name.filter(is_name) else {
            return Err(Self::error_at(error::NAMED_CAPTURE, start, end + 1));
        };
        self.place = end + 1;
        self.open_group(Some(name));
        Ok(())
    }
}
