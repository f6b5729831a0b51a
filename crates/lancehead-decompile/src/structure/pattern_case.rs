//! One `case`: every path through its pattern, from the first test to the body, the guard or the next `case`.

use lancehead_ir::{BlockId, Graph, Op, Terminator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::pattern::{PartId, Question};
use super::pattern_machine::{Entry, PatternMachine};
use crate::code::unit::Unit;
use lancehead_ast::Pattern;

/// A place before an operation of a block, or before its terminator.
pub type Place = (BlockId, usize);

/// The most operations in the pattern of one `case`.
const MAX_STEPS: u32 = 100_000;

/// Where a pattern that matches leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// To the body; the subject is dropped.
    Body(Place),
    /// To a guard; the subject is kept.
    Guard(Place),
}

/// Where a pattern that does not match leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// The subject is dropped: no pattern follows.
    End(Place),
    /// To the next pattern.
    Next(Place),
}

/// What one `case` turned out to be.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its pattern.
    pub pattern: Pattern,
    /// Whether the subject is kept for another `case`.
    pub is_followed: bool,
    /// Where it leads when the pattern matches.
    pub success: Success,
    /// Where it leads when it does not, if it can fail.
    pub failed: Option<Failed>,
    /// The blocks that the pattern consists of.
    pub blocks: Vec<BlockId>,
    /// The line on which it starts.
    pub line: u32,
    /// The line of its last operation.
    pub last_line: u32,
}

/// A path that starts in the middle of a pattern: an alternative.
#[derive(Debug, Clone)]
struct Pending {
    place: Place,
    stack: Vec<Entry>,
}

/// A stack, and how many questions had been asked of each part.
type Snapshot = (Vec<Entry>, Vec<usize>);

#[derive(Debug, Clone)]
struct Paths<'g> {
    graph: &'g Graph,
    machine: PatternMachine<'g>,
    subject: PartId,
    /// Stacks at the starts of blocks that a path has come through.
    visited: FxHashMap<BlockId, Snapshot>,
    /// Where alternatives start.
    known: FxHashSet<Place>,
    pending: Vec<Pending>,
    success: Option<Success>,
    /// The last operation of the first path, and its line.
    last: Option<(Op, u32)>,
    /// Where `_` is the last alternative of an or-pattern.
    wildcards: FxHashSet<BlockId>,
    /// Ways out with the subject dropped.
    ends: Vec<Place>,
    /// Where ways out drop the subject: if it is kept for another `case`, that one starts so.
    drops: Vec<Place>,
    /// A way out with the subject kept: to the next pattern, or to another alternative of the last one.
    next: Option<Place>,
    blocks: Vec<BlockId>,
    steps: u32,
}

/// Follows the pattern that starts at a place, with the subject on top of the stack. `None` when there is none.
pub fn case<'g>(unit: &'g Unit<'g>, graph: &'g Graph, start: Place) -> Option<Case> {
    let (machine, subject) = PatternMachine::new(unit);
    let line = graph.block(start.0).insts.get(start.1).map_or(0, |i| i.line);
    let mut paths = Paths {
        graph,
        machine,
        subject,
        visited: FxHashMap::default(),
        known: FxHashSet::default(),
        pending: Vec::new(),
        success: None,
        last: None,
        wildcards: FxHashSet::default(),
        ends: Vec::new(),
        drops: Vec::new(),
        next: None,
        blocks: Vec::new(),
        steps: 0,
    };
    paths.walk(start)?;
    paths.alternatives()?;
    // With the subject kept, another alternative may follow, if no further pattern does.
    while let Some(place) = paths.next.filter(|_| paths.may_be_alternatives()) {
        let mut trial = paths.clone();
        trial.next = None;
        trial.known.insert(place);
        let stack = vec![Entry::Part(subject)];
        trial.pending.push(Pending { place, stack });
        if trial.alternatives().is_none() {
            break;
        }
        paths = trial;
    }
    let (pattern, is_followed) = paths.machine.parts.subject_pattern(subject)?;
    let failed = match (paths.next, paths.ends.first()) {
        (None, Some(_)) if is_followed => Some(Failed::Next(paths.drop()?)),
        (Some(_), Some(_)) => return None,
        (Some(next), None) => Some(Failed::Next(next)),
        (None, Some(_)) => Some(Failed::End(paths.end()?)),
        (None, None) => None,
    };
    let last_line = paths.last.map_or(line, |last| last.1);
    Some(Case {
        pattern,
        is_followed,
        success: paths.success?,
        failed,
        blocks: paths.blocks,
        line,
        last_line,
    })
}

impl Paths<'_> {
    /// Walks all alternatives that the paths so far have left.
    fn alternatives(&mut self) -> Option<()> {
        let mut at = 0;
        while let Some(pending) = self.pending.get(at).cloned() {
            at += 1;
            self.machine.stack = pending.stack;
            self.walk(pending.place)?;
        }
        self.pending.clear();
        Some(())
    }

    /// Whether the subject may be that of an or-pattern, or copied for the `case`.
    fn may_be_alternatives(&self) -> bool {
        self.ends.is_empty()
            && matches!(self.success, Some(Success::Body(_)))
            && self.machine.parts.is_only_copied(self.subject)
    }

    /// Follows one path until it has succeeded or joined another one.
    fn walk(&mut self, start: Place) -> Option<()> {
        let first = self.success.is_none();
        let mut last = None;
        let mut own: FxHashSet<BlockId> = FxHashSet::default();
        let mut place = start;
        loop {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return None;
            }
            if self.machine.stack.is_empty() {
                return self.succeed(Success::Body(place), last);
            }
            let (block, index) = place;
            if index == 0 && !own.contains(&block) {
                if let Some(known) = self.visited.get(&block).cloned() {
                    return if first { None } else { self.join(&known) };
                }
                own.insert(block);
                self.visited.insert(block, (self.machine.stack.clone(), self.machine.parts.asked_of_all()));
            } else if index == 0 {
                return None;
            }
            let source = self.graph.block(block);
            if let Some(inst) = source.insts.get(index) {
                if self.is_guard(&inst.op) {
                    return self.succeed(Success::Guard(place), last);
                }
                self.machine.step(inst)?;
                last = Some((inst.op.clone(), inst.line));
                place.1 += 1;
                continue;
            }
            self.blocks.push(block);
            place = match source.terminator {
                Terminator::Jump(next) => (next, 0),
                Terminator::Branch { if_true, if_false, .. } => {
                    let Entry::Answer(success) = self.machine.stack.pop()? else { return None };
                    let (on, off) = if success { (if_true, if_false) } else { (if_false, if_true) };
                    self.fail(off)?;
                    (on, 0)
                }
                _ => return None,
            };
        }
    }

    /// Whether the pattern is done and what follows is a guard: the subject alone is left, and was copied once.
    fn is_guard(&self, op: &Op) -> bool {
        self.is_subject(&self.machine.stack)
            && self.machine.parts.is_only_copied(self.subject)
            && !matches!(op, Op::Pop | Op::Store(..) | Op::Swap(_) | Op::Rotate(_) | Op::Copy(_) | Op::GetLen)
    }

    /// A path has come to its end: the first, or one that ends in a copy of what the first does.
    fn succeed(&mut self, success: Success, last: Option<(Op, u32)>) -> Option<()> {
        let Some(known) = self.success else {
            (self.success, self.last) = (Some(success), last);
            return Some(());
        };
        let same = match (known, success) {
            // Cases that do nothing lead to one place, but each drops the subject by itself.
            (Success::Body(a), Success::Body(b)) => {
                self.last == last
                    && settle(self.graph, a) != settle(self.graph, b)
                    && is_same_way(self.graph, a, b)
            }
            (a, b) => a == b,
        };
        same.then_some(())
    }

    /// This path has come to where another one came with a stack like its own.
    fn join(&mut self, (stack, asked): &Snapshot) -> Option<()> {
        if stack.len() != self.machine.stack.len() {
            return None;
        }
        let mut pairs = Vec::new();
        for (here, there) in self.machine.stack.iter().zip(stack) {
            match (here, there) {
                (Entry::Part(a), Entry::Part(b)) => pairs.push((*a, *b)),
                (Entry::Values(a), Entry::Values(b)) if a.len() == b.len() => {
                    pairs.extend(a.iter().copied().zip(b.iter().copied()));
                }
                // A sequence and what `MATCH_CLASS` found are taken apart by one operation.
                (Entry::Part(a), Entry::Values(b)) => {
                    let unpacked = Question::Unpacked { items: b.to_vec(), starred: None };
                    self.machine.parts.ask(*a, unpacked);
                }
                (Entry::Values(a), Entry::Part(b)) => {
                    let before = asked.get(*b).copied().unwrap_or(0);
                    let items = self.machine.parts.unpacked_since(*b, before)?;
                    if items.len() != a.len() {
                        return None;
                    }
                    pairs.extend(a.iter().copied().zip(items));
                }
                (Entry::Value(_), Entry::Value(_)) => {}
                _ => return None,
            }
        }
        for (here, there) in pairs {
            self.machine.parts.join(here, there, asked.get(there).copied().unwrap_or(0));
        }
        Some(())
    }

    /// Follows the way out of a failed test, which drops what is left on the stack.
    fn fail(&mut self, to: BlockId) -> Option<()> {
        let mut stack = self.machine.stack.clone();
        let mut place = (to, 0);
        let mut passed = Vec::new();
        loop {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return None;
            }
            let (block, index) = place;
            let source = self.graph.block(block);
            let inst = source.insts.get(index);
            match (inst, &source.terminator) {
                (None, Terminator::Jump(next)) if !source.insts.is_empty() || !stack.is_empty() => {
                    passed.push(block);
                    place = (*next, 0);
                }
                _ if stack.is_empty() => {
                    self.ends.push(place);
                    break;
                }
                _ if index == 0
                    && !self.known.contains(&place)
                    && self.visited.get(&block).is_some_and(|s| s.0.len() == stack.len()) =>
                {
                    return self.wildcard_alternative(block, stack);
                }
                (Some(inst), _) if inst.op == Op::Pop => {
                    if self.is_subject(&stack) {
                        self.drops.push(place);
                    }
                    stack.pop();
                    place.1 += 1;
                }
                _ if self.is_subject(&stack) => {
                    // A last case that is short and ends the function is copied, too.
                    match self.next {
                        _ if self.known.contains(&place) => {}
                        Some(next) if is_same_way(self.graph, next, place) => {}
                        Some(_) => return None,
                        None => self.next = Some(place),
                    }
                    break;
                }
                _ => {
                    if self.known.insert(place) {
                        self.pending.push(Pending { place, stack });
                    }
                    break;
                }
            }
        }
        self.blocks.extend(passed);
        Some(())
    }

    /// An alternative `_` leaves no trace: a failed test leads to where the others go when they match.
    fn wildcard_alternative(&mut self, block: BlockId, stack: Vec<Entry>) -> Option<()> {
        let Some(Entry::Part(part)) = stack.last() else { return None };
        if !self.wildcards.insert(block) {
            return Some(());
        }
        let copy = self.machine.parts.add();
        self.machine.parts.ask(*part, Question::Copy(copy));
        let kept = std::mem::replace(&mut self.machine.stack, stack);
        let other = self.visited.get(&block).cloned()?;
        let joined = self.join(&other);
        self.machine.stack = kept;
        joined
    }

    fn is_subject(&self, stack: &[Entry]) -> bool {
        matches!(stack, [Entry::Part(part)] if *part == self.subject)
    }

    /// The one place where all ways out drop the subject.
    fn drop(&self) -> Option<Place> {
        let first = *self.drops.first()?;
        let all = self.drops.len() == self.ends.len()
            && self.drops.iter().all(|drop| is_same_way(self.graph, first, *drop));
        all.then_some(first)
    }

    /// The one place that all ways out with the subject dropped lead to.
    fn end(&self) -> Option<Place> {
        let first = *self.ends.first()?;
        let all = self.ends.iter().all(|end| is_same_way(self.graph, first, *end));
        all.then(|| self.ends.iter().copied().find(|end| end.1 == 0).unwrap_or(first))
    }
}

/// Goes along jumps until there is an operation or another end of a block.
pub fn settle(graph: &Graph, mut place: Place) -> Place {
    for _ in 0..64 {
        let block = graph.block(place.0);
        match block.terminator {
            Terminator::Jump(next)
                if place.1 >= block.insts.len() && block.scope == graph.block(next).scope =>
            {
                place = (next, 0);
            }
            _ => break,
        }
    }
    place
}

/// Whether two places are one, or copies of one short way out of the function.
pub fn is_same_way(graph: &Graph, a: Place, b: Place) -> bool {
    let (mut a, mut b) = (settle(graph, a), settle(graph, b));
    for _ in 0..64 {
        if a == b {
            return true;
        }
        let (x, y) = (graph.block(a.0), graph.block(b.0));
        match (x.insts.get(a.1), y.insts.get(b.1)) {
            (Some(i), Some(j)) if i.op == j.op && (i.line == j.line || i.line == 0 || j.line == 0) => {
                a = settle(graph, (a.0, a.1 + 1));
                b = settle(graph, (b.0, b.1 + 1));
            }
            (None, None) => {
                return x.terminator == y.terminator && x.terminator.successors().next().is_none();
            }
            _ => return false,
        }
    }
    false
}
