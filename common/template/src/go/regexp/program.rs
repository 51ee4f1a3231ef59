//! A tree to instructions, as many as Go would make.

use std::rc::Rc;

use zeroize::{DefaultIsZeroes, Zeroizing};

use crate::budget::Budget;
use crate::go::regexp::error::{self, Refusal, SyntaxError};
use crate::go::regexp::parser::Parsed;
use crate::go::regexp::ranges::Ranges;
use crate::go::regexp::tree::{Id, Look, Node, Tree};

#[derive(Clone, Copy, Default)]
pub(super) enum Op {
    #[default]
    Fail,
    Match,
    Rune(u32),
    Class(u32),
    Any,
    AnyButNewline,
    /// Goes on in two places; the one in [`Inst::next`] comes first.
    Split(u32),
    /// Notes the place in that slot.
    Save(u32),
    Look(Look),
}

#[derive(Clone, Copy, Default)]
pub(super) struct Inst {
    pub(super) op: Op,
    pub(super) next: u32,
}

impl DefaultIsZeroes for Inst {}

/// What a match can begin with.
pub(super) struct First {
    /// ASCII, a bit each.
    ascii: u128,
    others: bool,
}

impl First {
    pub(super) fn has(&self, byte: u8) -> bool {
        if byte < 128 { self.ascii >> byte & 1 == 1 } else { self.others }
    }
}

pub(super) struct Program {
    insts: Zeroizing<Vec<Inst>>,
    classes: Vec<Rc<Ranges>>,
    pub(super) start: u32,
    /// Two for the whole match and two for each group.
    pub(super) slots: usize,
    /// Nothing, where a match may be empty.
    pub(super) first: Option<First>,
    /// Whether every match begins where the text does.
    pub(super) anchored: bool,
}

impl Program {
    pub(super) fn of(parsed: Parsed, budget: &mut Budget) -> Result<Self, Refusal> {
        let Parsed { tree, root, groups } = parsed;
        let size = usize::try_from(tree.entry(root).size).unwrap_or(usize::MAX).saturating_add(2);
        budget.make(size.saturating_mul(size_of::<Inst>()))?;
        budget.spend(size as u64)?;
        let insts = Zeroizing::new(Vec::with_capacity(size));
        let mut compiler = Compiler { tree: &tree, insts };
        let end = compiler.push(Op::Match, 0);
        let start = compiler.node(root, end);
        let Compiler { insts, .. } = compiler;
        if insts.len() > size {
            // The estimate is Go's own and holds; were it not so, more would be made than was paid for.
            return Err(SyntaxError { reason: error::LARGE, piece: 0..0 }.into());
        }
        let classes = tree.classes;
        let mut program =
            Program { insts, classes, start, slots: 2 * (groups.len() + 1), first: None, anchored: false };
        program.anchored = program.is_anchored();
        program.first = program.first();
        Ok(program)
    }

    pub(super) fn len(&self) -> usize {
        self.insts.len()
    }

    pub(super) fn inst(&self, at: u32) -> Inst {
        self.insts.get(at as usize).copied().unwrap_or_default()
    }

    pub(super) fn class_has(&self, class: u32, rune: u32) -> bool {
        self.classes.get(class as usize).is_some_and(|class| class.has(rune))
    }

    fn is_anchored(&self) -> bool {
        let mut inst = self.inst(self.start);
        while let Op::Save(_) = inst.op {
            inst = self.inst(inst.next);
        }
        matches!(inst.op, Op::Look(Look::TextStart))
    }

    fn first(&self) -> Option<First> {
        let mut first = First { ascii: 0, others: false };
        let mut seen = vec![false; self.insts.len()];
        let mut ahead = vec![self.start];
        while let Some(at) = ahead.pop() {
            if seen.get_mut(at as usize).is_none_or(|seen| std::mem::replace(seen, true)) {
                continue;
            }
            let inst = self.inst(at);
            match inst.op {
                Op::Fail => {}
                Op::Match => return None,
                Op::Rune(rune) if rune < 128 => first.ascii |= 1 << rune,
                Op::Rune(_) => first.others = true,
                Op::Class(class) => {
                    let (ascii, others) = self.classes.get(class as usize)?.first_bytes();
                    first.ascii |= ascii;
                    first.others |= others;
                }
                Op::Any | Op::AnyButNewline => return None,
                Op::Split(other) => ahead.extend([inst.next, other]),
                Op::Save(_) | Op::Look(_) => ahead.push(inst.next),
            }
        }
        Some(first)
    }
}

struct Compiler<'a> {
    tree: &'a Tree,
    insts: Zeroizing<Vec<Inst>>,
}

impl Compiler<'_> {
    fn push(&mut self, op: Op, next: u32) -> u32 {
        self.insts.push(Inst { op, next });
        self.insts.len() as u32 - 1
    }

    /// What matches the node and then goes on at `next`. The tree is at most 1000 high.
    fn node(&mut self, id: Id, next: u32) -> u32 {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match self.tree.entry(id).node {
            Node::Empty => next,
            Node::Rune(rune) => self.push(Op::Rune(rune), next),
            Node::Class(class) => self.push(Op::Class(class), next),
            Node::Any => self.push(Op::Any, next),
            Node::AnyButNewline => self.push(Op::AnyButNewline, next),
            Node::Look(look) => self.push(Op::Look(look), next),
            Node::Capture { sub, number } => {
                let end = self.push(Op::Save(2 * number + 1), next);
                let inner = self.node(sub, end);
                self.push(Op::Save(2 * number), inner)
            }
            Node::Repeat { sub, min, max, greedy } => self.repeat(sub, min, max, greedy, next),
            Node::Concat { first, count } => {
                let children = self.tree.children(first, count);
                children.iter().rev().fold(next, |next, child| self.node(*child, next))
            }
            Node::Alternate { first, count } => {
                let children = self.tree.children(first, count);
                let mut others = None;
                for child in children.iter().rev() {
                    let this = self.node(*child, next);
                    others = Some(others.map_or(this, |others| self.push(Op::Split(others), this)));
                }
                others.unwrap_or(next)
            }
        })
    }

    fn repeat(&mut self, sub: Id, min: u32, max: Option<u32>, greedy: bool, next: u32) -> u32 {
        if let Node::Empty = self.tree.entry(sub).node {
            return next;
        }
        let (mut entry, copies) = match max {
            None if min == 0 && self.tree.entry(sub).nullable => {
                // As x+ or nothing: the order of what may match is another than that of a plain loop.
                let (_, body) = self.looped(sub, greedy, next);
                (self.split(body, next, greedy), 0)
            }
            None => {
                let (split, body) = self.looped(sub, greedy, next);
                if min == 0 { (split, 0) } else { (body, min - 1) }
            }
            Some(max) => {
                // x{0,3} is (x(x(x)?)?)?: from the innermost on.
                let optional = max.saturating_sub(min);
                let all = (0..optional).fold(next, |inner, _| {
                    let body = self.node(sub, inner);
                    self.split(body, next, greedy)
                });
                (all, min)
            }
        };
        for _ in 0..copies {
            entry = self.node(sub, entry);
        }
        entry
    }

    /// A loop: where it decides to go on, and its body.
    fn looped(&mut self, sub: Id, greedy: bool, next: u32) -> (u32, u32) {
        let split = self.push(Op::Fail, 0);
        let body = self.node(sub, split);
        let (first, second) = if greedy { (body, next) } else { (next, body) };
        if let Some(inst) = self.insts.get_mut(split as usize) {
            *inst = Inst { op: Op::Split(second), next: first };
        }
        (split, body)
    }

    fn split(&mut self, body: u32, next: u32, greedy: bool) -> u32 {
        let (first, second) = if greedy { (body, next) } else { (next, body) };
        self.push(Op::Split(second), first)
    }
}
