//! A tree as the library compiles it, and what compiling takes, which is paid for before.

use regex_syntax::hir::{
    Capture, Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, Look as HirLook,
    Repetition,
};

use crate::budget::Budget;
use crate::failure::Failure;
use crate::go::regexp::ranges::Ranges;
use crate::go::regexp::subject::INVALID;
use crate::go::regexp::tree::{Id, Look, Node, Tree};
use crate::go::unicode;

/// What a node takes as [`Hir`], and its states in the automaton, at most; a range of a class likewise.
const NODE: usize = 256;
const STATES: usize = 128;
const RANGE: usize = 32;
const RANGE_STATES: usize = 8;

/// What a class beyond ASCII takes in the automaton, and a range of it, which is more than any set that has a name takes; and
/// the steps to compile them.
const WIDE: (usize, usize) = (2048, 40);
const WIDE_RANGE: (usize, usize) = (40, 4);

/// What the compiler takes for classes beyond ASCII, once, and the steps to fill it.
const TABLES: (usize, usize) = (640 * 1024, 2_000);

/// A tree that is ready to compile, and what that takes.
pub(super) struct Ready {
    pub(super) hir: Hir,
    /// Memory borrowed, for the time of compiling.
    pub(super) borrowed: usize,
    /// Bytes of the automaton, at most.
    pub(super) automaton: usize,
}

/// Pays for what compiling will take, too.
pub(super) fn ready(tree: &Tree, root: Id, budget: &mut Budget) -> Result<Ready, Failure> {
    let mut writer = Writer { tree, budget, borrowed: 0, automaton: 16 * STATES, tables: false };
    let hir = writer.node(root, 1)?;
    let Writer { borrowed, automaton, .. } = writer;
    // The compiler has the automaton twice for a while.
    let twice = automaton.saturating_mul(2);
    budget.borrow(twice)?;
    Ok(Ready { hir, borrowed: borrowed + twice, automaton })
}

struct Writer<'a> {
    tree: &'a Tree,
    budget: &'a mut Budget,
    borrowed: usize,
    automaton: usize,
    /// Whether the compiler's tables are paid for.
    tables: bool,
}

impl Writer<'_> {
    /// The node, of which the automaton will have so many copies.
    fn node(&mut self, id: Id, copies: usize) -> Result<Hir, Failure> {
        self.takes(NODE, copies.saturating_mul(STATES), copies)?;
        // What the library compares when alternatives are joined may be as deep.
        stacker::maybe_grow(256 * 1024, 1024 * 1024, || {
            Ok(match self.tree.entry(id).node {
                Node::Empty => Hir::empty(),
                Node::Rune(rune) => literal(rune),
                Node::Class(class) => match self.tree.classes.get(class as usize) {
                    Some(class) => self.class(class, copies)?,
                    None => Hir::fail(),
                },
                Node::Any => self.class(&Ranges::of(&[(0, u32::from(char::MAX))]), copies)?,
                Node::AnyButNewline => {
                    let newline = u32::from('\n');
                    self.class(&Ranges::of(&[(newline, newline)]).negated(), copies)?
                }
                Node::Look(look) => Hir::look(match look {
                    Look::LineStart => HirLook::StartLF,
                    Look::LineEnd => HirLook::EndLF,
                    Look::TextStart => HirLook::Start,
                    Look::TextEnd => HirLook::End,
                    Look::WordBoundary => HirLook::WordAscii,
                    Look::NoWordBoundary => HirLook::WordAsciiNegate,
                }),
                Node::Capture { sub, number } => Hir::capture(Capture {
                    index: number,
                    name: None,
                    sub: Box::new(self.node(sub, copies)?),
                }),
                Node::Repeat { sub, min, max, greedy } => {
                    let copies = copies.saturating_mul(max.unwrap_or(min).max(1) as usize);
                    Hir::repetition(Repetition { min, max, greedy, sub: Box::new(self.node(sub, copies)?) })
                }
                Node::Concat { first, count } => Hir::concat(self.nodes(id, first, count, copies)?),
                Node::Alternate { first, count } => Hir::alternation(self.nodes(id, first, count, copies)?),
            })
        })
    }

    fn nodes(&mut self, id: Id, first: u32, count: u32, copies: usize) -> Result<Vec<Hir>, Failure> {
        // Joining looks at what is within.
        self.budget.spend(self.tree.entry(id).size / 8)?;
        self.tree.children(first, count).iter().map(|child| self.node(*child, copies)).collect()
    }

    fn class(&mut self, class: &Ranges, copies: usize) -> Result<Hir, Failure> {
        let ranges = class.len();
        let (mut states, mut steps) = (RANGE_STATES * ranges, 1);
        if !class.is_ascii() {
            if !std::mem::replace(&mut self.tables, true) {
                self.takes(TABLES.0, 0, TABLES.1)?;
            }
            states = WIDE.0 + WIDE_RANGE.0 * ranges;
            steps = WIDE.1 + WIDE_RANGE.1 * ranges;
        }
        self.takes(RANGE * ranges, copies.saturating_mul(states), copies.saturating_mul(steps))?;
        Ok(set(class))
    }

    /// Borrows so much, and spends so many steps; the automaton will take that much more.
    fn takes(&mut self, memory: usize, automaton: usize, steps: usize) -> Result<(), Failure> {
        self.budget.borrow(memory)?;
        self.borrowed += memory;
        self.automaton = self.automaton.saturating_add(automaton);
        self.budget.spend(steps as u64)
    }
}

fn literal(rune: u32) -> Hir {
    match char::from_u32(rune) {
        None => Hir::fail(),
        Some(unicode::INVALID) => set(&Ranges::of(&[(rune, rune)])),
        Some(rune) => Hir::literal(rune.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// The runes of a class: no surrogates, which are in no text; and with U+FFFD what stands for an invalid byte.
fn set(ranges: &Ranges) -> Hir {
    let apart = |(first, last): (u32, u32)| [(first, last.min(0xD7FF)), (first.max(0xE000), last)];
    let pairs = ranges.pairs().flat_map(apart).filter(|(first, last)| first <= last);
    let range = |(first, last)| Some(ClassUnicodeRange::new(char::from_u32(first)?, char::from_u32(last)?));
    let class = Hir::class(Class::Unicode(ClassUnicode::new(pairs.filter_map(range))));
    if !ranges.has(unicode::INVALID.into()) {
        return class;
    }
    let invalid = ClassBytes::new([ClassBytesRange::new(INVALID, INVALID)]);
    Hir::alternation(vec![class, Hir::class(Class::Bytes(invalid))])
}
