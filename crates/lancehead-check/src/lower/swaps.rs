//! What the optimizer makes of values that are exchanged and then stored or dropped.
//!
//! Since 3.11, rather than exchange two values on the stack, the compiler exchanges the instructions that take them off, if
//! they stand on one line (`swaptimize` and `apply_static_swaps` in `Python/flowgraph.c`). In which order variables are set
//! depends on it.

use lancehead_ir::{Collection, Variable};
use rustc_hash::FxHashSet;

use crate::act::{Act, Ins, Program};
use crate::dialect::Dialect;
use crate::intern::Name;

/// Does nothing: the top changes places with itself.
const NOTHING: Act = Act::Swap(1);

/// Optimizes a program whose jumps lead to instructions. `restores` are the instructions that give variables back what
/// they held before an inlined comprehension.
pub fn apply(program: &mut Program, restores: &FxHashSet<u32>, dialect: &Dialect) {
    if !dialect.reorders_stores || !program.ins.windows(2).any(|pair| is_work(pair[0].act, pair[1].act)) {
        return;
    }
    let mut starts_block = vec![false; program.ins.len()];
    for ins in &program.ins {
        let mut act = ins.act;
        if let Some(is_target) = act.target_mut().and_then(|target| starts_block.get_mut(*target as usize)) {
            *is_target = true;
        }
    }
    let mut start = 0;
    while start < program.ins.len() {
        let end = (start + 1..program.ins.len()).find(|&at| starts_block[at]).unwrap_or(program.ins.len());
        let block = &mut program.ins[start..end];
        exchange_tuples(block);
        if dialect.drops_repeated_stores() {
            let is_restore = |at: usize| restores.contains(&((start + at) as u32));
            drop_repeated(block, is_restore, dialect);
        }
        let mut at = 0;
        while at < block.len() {
            if is_swap(block[at].act) {
                at = shorten(block, at);
                exchange_takers(block, at, dialect);
            }
            at += 1;
        }
        start = end;
    }
}

/// Whether two acts, one after the other, may be something to optimize.
fn is_work(first: Act, second: Act) -> bool {
    is_swap(first)
        || is_swap(second)
        || matches!(second, Act::Unpack(1..=3))
        || matches!(first, Act::Store(Variable::Fast, _)) && first == second
}

fn is_swap(act: Act) -> bool {
    matches!(act, Act::Swap(2..) | Act::Rotate(2))
}

/// Which variable is set by what only takes the top off the stack; none for anything else.
fn taker(act: Act) -> Option<Option<Name>> {
    match act {
        Act::Pop => Some(None),
        Act::Store(Variable::Fast, name) => Some(Some(name)),
        _ => None,
    }
}

/// The line on which an instruction stands as the optimizer sees it; 0 for none.
fn line_of(block: &[Ins], at: usize, dialect: &Dialect) -> u32 {
    let lines = block[..=at].iter().rev().map(|ins| ins.at);
    let depth = if dialect.lines_before_optimizing() { at + 1 } else { 1 };
    lines.take(depth).find(|&line| line != 0).unwrap_or(0)
}

/// Tuples of two or three that are unpacked at once are never made.
fn exchange_tuples(block: &mut [Ins]) {
    for at in 1..block.len() {
        if let (Act::Build(Collection::Tuple, built), Act::Unpack(unpacked @ 1..=3)) =
            (block[at - 1].act, block[at].act)
            && built == unpacked
        {
            block[at - 1].act = NOTHING;
            block[at].act = Act::Swap(unpacked);
        }
    }
}

/// Of two stores to one variable, one right after the other, the first only drops its value.
fn drop_repeated(block: &mut [Ins], is_restore: impl Fn(usize) -> bool, dialect: &Dialect) {
    for at in 1..block.len() {
        let is_store = matches!(block[at].act, Act::Store(Variable::Fast, _));
        if is_store
            && block[at - 1].act == block[at].act
            && !is_restore(at - 1)
            && !is_restore(at)
            && line_of(block, at - 1, dialect) == line_of(block, at, dialect)
        {
            block[at - 1].act = Act::Pop;
        }
    }
}

/// Replaces a run of exchanges by one that is as short as can be; the last of the run.
fn shorten(block: &mut [Ins], start: usize) -> usize {
    let run = block[start..].iter().take_while(|ins| is_swap(ins.act) || ins.act == NOTHING).count();
    let depths = block[start..start + run].iter().map(|ins| depth_of(ins.act));
    if depths.clone().filter(|&depth| depth > 1).count() < 2 {
        return start;
    }
    let mut stack: Vec<Option<usize>> = (0..depths.clone().max().unwrap_or(1)).map(Some).collect();
    depths.for_each(|depth| stack.swap(0, depth - 1));
    // Each cycle of the permutation, from the end of the run backwards.
    let mut made = Vec::with_capacity(run);
    for first in 0..stack.len() {
        if stack[first].is_none_or(|value| value == first) {
            continue;
        }
        let mut index = first;
        loop {
            if index > 0 {
                made.push(Act::Swap(index as u32 + 1));
            }
            match stack[index].take() {
                Some(next) => index = next,
                None => break,
            }
        }
    }
    made.resize(run, NOTHING);
    for (ins, act) in block[start..start + run].iter_mut().rev().zip(made) {
        ins.act = act;
    }
    start + run - 1
}

fn depth_of(act: Act) -> usize {
    match act {
        Act::Swap(depth) | Act::Rotate(depth) => depth as usize,
        _ => 1,
    }
}

/// From the exchange at `last` backwards: instead of the values, exchanges what takes them.
fn exchange_takers(block: &mut [Ins], last: usize, dialect: &Dialect) {
    for at in (0..=last).rev() {
        let act = block[at].act;
        if !is_swap(act) {
            if act == NOTHING || taker(act).is_some() {
                continue;
            }
            return;
        }
        let Some((upper, lower)) = takers(block, at, depth_of(act), dialect) else { return };
        let names = |at: usize| taker(block[at].act).flatten();
        let (first, second) = (names(upper), names(lower));
        let between = block[upper + 1..lower].iter().filter_map(|ins| taker(ins.act).flatten());
        let is_repeated = first.is_some() && first == second
            || between.into_iter().any(|name| first == Some(name) || second == Some(name));
        if is_repeated && !dialect.compiler.exchanges_repeated_stores() {
            return;
        }
        block[at].act = NOTHING;
        block.swap(upper, lower);
    }
}

/// What takes the topmost value behind the exchange at `swap`, and what takes the one `depth` deep, if nothing else
/// happens between and all stands on one line.
fn takers(block: &[Ins], swap: usize, depth: usize, dialect: &Dialect) -> Option<(usize, usize)> {
    // Anything may take the first value; 0 is the line of what has none.
    let next = |from: usize, line: u32| {
        for at in from + 1..block.len() {
            if line != 0 && line != line_of(block, at, dialect) {
                return None;
            }
            if block[at].act != NOTHING {
                return taker(block[at].act).map(|_| at);
            }
        }
        None
    };
    let upper = next(swap, 0)?;
    let line = line_of(block, upper, dialect);
    let mut lower = upper;
    for _ in 1..depth {
        lower = next(lower, line)?;
    }
    Some((upper, lower))
}
