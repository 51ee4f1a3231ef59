//! Go's syntax of patterns (RE2, with Perl's extensions) to a tree.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::budget::Budget;
use crate::go::regexp::error::{self, Refusal, SyntaxError};
use crate::go::regexp::ranges::Ranges;
use crate::go::regexp::tree::{Id, Look, MAX_REPEAT, Node, Tree};
use crate::go::unicode;
use crate::machine::Failure;

/// Whether case matters not; `^` and `$` are those of the whole text; `.` takes a newline; repeats prefer few.
pub(super) const FOLD: u8 = 1;
const ONE_LINE: u8 = 2;
const DOT_NEWLINE: u8 = 4;
const LAZY: u8 = 8;

/// What a pattern becomes.
pub(super) struct Parsed {
    pub(super) tree: Tree,
    pub(super) root: Id,
    /// The names of the groups from 1 on; those without one have an empty name.
    pub(super) groups: Vec<String>,
}

/// Reads a pattern. Its nodes are paid for, and every class.
pub(super) fn parse(pattern: &[u8], budget: &mut Budget) -> Result<Parsed, Refusal> {
    // Nodes with what refers to them, and the stack of what is open.
    budget.make(pattern.len().saturating_mul(128))?;
    budget.spend(pattern.len() as u64)?;
    let mut parser = Parser {
        pattern,
        place: 0,
        budget,
        tree: Tree::of(pattern.len()),
        flags: ONE_LINE,
        open: Vec::new(),
        group: Group::default(),
        groups: Vec::new(),
        named: BTreeMap::new(),
    };
    let root = parser.whole()?;
    Ok(Parsed { tree: parser.tree, root, groups: parser.groups })
}

/// What is between two parentheses, as far as it is read.
#[derive(Default)]
struct Group {
    /// The alternatives before the current one.
    alternatives: Vec<Id>,
    items: Vec<Id>,
    /// Its number, where it captures.
    number: Option<u32>,
    /// The flags outside of it.
    flags: u8,
}

pub(super) struct Parser<'a> {
    pub(super) pattern: &'a [u8],
    pub(super) place: usize,
    pub(super) budget: &'a mut Budget,
    tree: Tree,
    pub(super) flags: u8,
    open: Vec<Group>,
    group: Group,
    groups: Vec<String>,
    /// The classes that have a name, and letters that are to match in either case.
    named: BTreeMap<(Vec<u8>, bool), Rc<Ranges>>,
}

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Result<Id, Refusal> {
        // Where the repeat operator just before began, if there was one.
        let mut repeated = None;
        while let Some(byte) = self.peek(0) {
            let start = self.place;
            let last_repeat = repeated.take();
            match byte {
                b'(' if self.peek(1) == Some(b'?') => self.perl_group()?,
                b'(' => {
                    self.place += 1;
                    self.open_group(Some(""));
                }
                b'|' => {
                    self.place += 1;
                    let item = self.concat()?;
                    self.group.alternatives.push(item);
                }
                b')' => {
                    self.place += 1;
                    self.close_group()?;
                }
                b'^' => self
                    .one(Node::Look(if self.has(ONE_LINE) { Look::TextStart } else { Look::LineStart }), 1),
                b'$' => {
                    self.one(Node::Look(if self.has(ONE_LINE) { Look::TextEnd } else { Look::LineEnd }), 1);
                }
                b'.' => self.one(if self.has(DOT_NEWLINE) { Node::Any } else { Node::AnyButNewline }, 1),
                b'[' => {
                    let class = self.class()?;
                    self.push_class(Rc::new(class))?;
                }
                b'*' | b'+' | b'?' => {
                    self.place += 1;
                    let (min, max) = match byte {
                        b'*' => (0, None),
                        b'+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    self.repeat(start, min, max, last_repeat)?;
                    repeated = Some(start);
                }
                b'{' => match self.counts()? {
                    Some((min, max)) => {
                        self.repeat(start, min, max, last_repeat)?;
                        repeated = Some(start);
                    }
                    None => {
                        self.place += 1;
                        self.literal(u32::from(b'{'))?;
                    }
                },
                b'\\' => self.backslash()?,
                _ => {
                    let rune = self.rune()?;
                    self.literal(rune)?;
                }
            }
        }
        if !self.open.is_empty() {
            return Err(self.of_all()(error::MISSING_PAREN));
        }
        self.alternate()
    }

    /// The byte so many further on.
    pub(super) fn peek(&self, offset: usize) -> Option<u8> {
        self.rest().get(offset).copied()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.pattern.get(self.place..).unwrap_or_default()
    }

    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// An error that quotes a piece of the pattern.
    pub(super) fn error_at(reason: &'static str, start: usize, end: usize) -> Refusal {
        SyntaxError { reason, piece: start..end }.into()
    }

    /// The next rune, and past it. At the end U+FFFD, as Go.
    pub(super) fn rune(&mut self) -> Result<u32, Refusal> {
        match unicode::decode(self.rest()) {
            Some((unicode::INVALID, 1)) => {
                Err(Self::error_at(error::INVALID_UTF8, self.place, self.pattern.len()))
            }
            Some((rune, width)) => {
                self.place += width;
                Ok(rune.into())
            }
            None => Ok(unicode::INVALID.into()),
        }
    }

    /// Refuses a piece that is no UTF-8.
    pub(super) fn check_utf8(&self, start: usize, end: usize) -> Result<(), Refusal> {
        match self.pattern.get(start..end).map(str::from_utf8) {
            Some(Err(bad)) => Err(Self::error_at(error::INVALID_UTF8, start + bad.valid_up_to(), end)),
            _ => Ok(()),
        }
    }

    /// Makes errors that quote all of the pattern.
    fn of_all(&self) -> impl Fn(&'static str) -> Refusal + use<> {
        let end = self.pattern.len();
        move |reason| Self::error_at(reason, 0, end)
    }

    fn one(&mut self, node: Node, width: usize) {
        self.place += width;
        let item = self.tree.leaf(node);
        self.group.items.push(item);
    }

    fn literal(&mut self, rune: u32) -> Result<(), Refusal> {
        let folds = |rune: &char| unicode::simple_fold(*rune) != *rune;
        match char::from_u32(rune).filter(folds) {
            Some(letter) if self.has(FOLD) => {
                let key = (letter.to_string().into_bytes(), true);
                let class = self.named(key, 8, || Some(Ranges::of(&[(rune, rune)]).folded()))?;
                self.push_class(class.unwrap_or_default())
            }
            _ => {
                self.one(Node::Rune(rune), 0);
                Ok(())
            }
        }
    }

    /// The class kept under that name, or made and paid for: its size, and so many steps.
    pub(super) fn named(
        &mut self,
        key: (Vec<u8>, bool),
        steps: u64,
        make: impl FnOnce() -> Option<Ranges>,
    ) -> Result<Option<Rc<Ranges>>, Failure> {
        if let Some(class) = self.named.get(&key) {
            return Ok(Some(class.clone()));
        }
        self.budget.spend(steps)?;
        let class = make().map(Rc::new);
        if let Some(class) = &class {
            self.budget.make(64 + 8 * class.len())?;
            self.named.insert(key, class.clone());
        }
        Ok(class)
    }

    fn push_class(&mut self, class: Rc<Ranges>) -> Result<(), Refusal> {
        self.tree.classes.push(class);
        self.one(Node::Class(self.tree.classes.len() as u32 - 1), 0);
        Ok(())
    }

    fn concat(&mut self) -> Result<Id, Refusal> {
        let items = std::mem::take(&mut self.group.items);
        self.tree.concat(&items).map_err(self.of_all())
    }

    fn alternate(&mut self) -> Result<Id, Refusal> {
        let last = self.concat()?;
        let mut all = std::mem::take(&mut self.group.alternatives);
        all.push(last);
        self.tree.alternate(&all).map_err(self.of_all())
    }

    /// With a name, even an empty one, it captures.
    fn open_group(&mut self, name: Option<&str>) {
        let number = name.map(|name| {
            self.groups.push(name.to_owned());
            self.groups.len() as u32
        });
        let group = Group { number, flags: self.flags, ..Group::default() };
        self.open.push(std::mem::replace(&mut self.group, group));
    }

    fn close_group(&mut self) -> Result<(), Refusal> {
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
    fn perl_group(&mut self) -> Result<(), Refusal> {
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

    /// Repeats what is before. `start` is where the operator began, `last` where the operator right before it did.
    fn repeat(
        &mut self,
        start: usize,
        min: u32,
        max: Option<u32>,
        last: Option<usize>,
    ) -> Result<(), Refusal> {
        let mut lazy = self.has(LAZY);
        if self.peek(0) == Some(b'?') {
            self.place += 1;
            lazy = !lazy;
        }
        if let Some(last) = last {
            return Err(Self::error_at(error::REPEAT_OPERATOR, last, self.place));
        }
        let Some(item) = self.group.items.pop() else {
            return Err(Self::error_at(error::MISSING_ARGUMENT, start, self.place));
        };
        let item = self.tree.repeat(item, min, max, !lazy).map_err(|reason| match reason {
            error::REPEAT_SIZE => Self::error_at(reason, start, self.place),
            reason => Self::error_at(reason, 0, self.pattern.len()),
        })?;
        self.group.items.push(item);
        Ok(())
    }

    /// `{2}`, `{2,}` or `{2,3}`, and past it; nothing where the brace stands for itself.
    fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>, Refusal> {
        let start = self.place;
        let rest = self.rest();
        let inside = |byte: &u8| *byte == b',' || byte.is_ascii_digit();
        let end = 1 + rest.iter().skip(1).take_while(|byte| inside(byte)).count();
        let Some(inner) = rest.get(1..end).filter(|_| rest.get(end) == Some(&b'}')) else { return Ok(None) };
        let comma = memchr::memchr(b',', inner);
        let (first, second) = match comma {
            Some(comma) => (inner.get(..comma), inner.get(comma + 1..)),
            None => (Some(inner), None),
        };
        let Some(min) = first.and_then(count) else { return Ok(None) };
        let max = match second {
            None => Some(min),
            Some(b"") => None,
            Some(digits) => match count(digits) {
                Some(max) => Some(max),
                None => return Ok(None),
            },
        };
        self.place += end + 1;
        if min > MAX_REPEAT || max.is_some_and(|max| max > MAX_REPEAT || min > max) {
            return Err(Self::error_at(error::REPEAT_SIZE, start, self.place));
        }
        Ok(Some((min, max)))
    }

    fn backslash(&mut self) -> Result<(), Refusal> {
        let start = self.place;
        let look = match self.peek(1) {
            Some(b'A') => Look::TextStart,
            Some(b'z') => Look::TextEnd,
            Some(b'b') => Look::WordBoundary,
            Some(b'B') => Look::NoWordBoundary,
            Some(b'C') => return Err(Self::error_at(error::ESCAPE, start, start + 2)),
            Some(b'Q') => return self.quoted(),
            _ => {
                return match self.named_class()? {
                    Some(class) => self.push_class(class),
                    None => {
                        let rune = self.escape()?;
                        self.literal(rune)
                    }
                };
            }
        };
        self.one(Node::Look(look), 2);
        Ok(())
    }

    /// `\Q…\E`, or to the end.
    fn quoted(&mut self) -> Result<(), Refusal> {
        self.place += 2;
        let length = memchr::memmem::find(self.rest(), b"\\E");
        let end = self.place + length.unwrap_or(self.rest().len());
        while self.place < end {
            // What Go quotes of invalid UTF-8 ends where the quotation does.
            self.check_utf8(self.place, end)?;
            let rune = self.rune()?;
            self.literal(rune)?;
        }
        self.place += if length.is_some() { 2 } else { 0 };
        Ok(())
    }
}

/// A count without leading zeros; one beyond all limits is the largest.
fn count(digits: &[u8]) -> Option<u32> {
    let leading_zero = matches!(digits, [b'0', _, ..]);
    if digits.is_empty() || leading_zero || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |n: u32, digit| n.saturating_mul(10).saturating_add(u32::from(digit - b'0'))))
}
