//! Where the first `case` of a `match` starts in a block that computes the subject.

use lancehead_ir::{Block, Comparison, Inst, Op, Terminator};
use lancehead_pyc::Object;

/// The index of the first operation at or after `begin` that belongs to a pattern, where the operations tell. A single
/// or first pattern that looks like any other expression is one.
pub fn pattern_start(block: &Block, begin: usize) -> Option<usize> {
    let insts = &block.insts;
    let at = (begin..insts.len()).find_map(|at| evidence(block, begin, at))?;
    let copies = insts[begin..at].iter().rev().take_while(|i| i.op == Op::Copy(1)).count();
    Some(at - copies)
}

/// Whether a pattern is under way at an operation: the index where it starts, but for copies of the subject.
fn evidence(block: &Block, begin: usize, at: usize) -> Option<usize> {
    let insts = &block.insts;
    match &insts[at].op {
        Op::MatchSequence | Op::MatchMapping => Some(at),
        Op::MatchClass { .. } => {
            let names = at.checked_sub(1).filter(|i| matches!(insts[*i].op, Op::Const(_)))?;
            let mut class = names.checked_sub(1)?;
            while matches!(insts[class].op, Op::LoadAttr(_)) {
                class = class.checked_sub(1)?;
            }
            (class >= begin && matches!(insts[class].op, Op::Load(..))).then_some(class)
        }
        Op::Copy(1) if matches!(insts.get(at + 1)?.op, Op::Pop) => Some(at),
        Op::Copy(1) if tests_copy(block, at + 1) && !is_exception_group(block, at) => Some(at),
        _ => None,
    }
}

/// Whether the value at an operation is what `except*` goes on with, which is compared with None too.
fn is_exception_group(block: &Block, at: usize) -> bool {
    let before = at.checked_sub(1).map(|i| &block.insts[i].op);
    matches!(before, Some(Op::ExceptionGroupMatch | Op::PrepReraiseStar))
}

/// Whether the rest of a block compares the top with a value or constant and branches.
fn tests_copy(block: &Block, from: usize) -> bool {
    let [value @ .., test] = &block.insts[from..] else { return false };
    if !matches!(block.terminator, Terminator::Branch { .. }) {
        return false;
    }
    match &test.op {
        Op::Compare(Comparison::Equal) => is_value(value),
        Op::Is { .. } => match value {
            [Inst { op: Op::Const(object), .. }] => matches!(**object, Object::None | Object::Bool(_)),
            _ => false,
        },
        _ => false,
    }
}

/// Whether operations compute what a value pattern may hold: a constant or a dotted name.
fn is_value(insts: &[Inst]) -> bool {
    match insts {
        [Inst { op: Op::Const(_), .. }, rest @ ..] => {
            rest.iter().all(|i| matches!(i.op, Op::Const(_) | Op::Unary(_) | Op::Binary(_)))
        }
        [Inst { op: Op::Load(..), .. }, rest @ ..] => {
            !rest.is_empty() && rest.iter().all(|i| matches!(i.op, Op::LoadAttr(_)))
        }
        _ => false,
    }
}
