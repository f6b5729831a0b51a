//! Since 3.10 the compiler copies short blocks that end the function to where they are jumped to (`flowgraph.c`,
//! `inline_small_exit_blocks`). The copies are made one again: where that cuts an expression in two, so that values wait
//! on the stack, and where they are whole statements, whose lines tell that they were written once.

use std::cmp::Reverse;

use lancehead_ir::{Block, BlockId, Graph, Inst, LineMarker, Op, RegionId, Scope, ScopeId, Terminator};
use rustc_hash::FxHashMap;

use super::split;
use crate::graph::handlers::HandlerKind;

/// What copies have in common: how they end, on which line, and where they stand.
type Key = (u8, u32, ScopeId);

/// Merges the copies. Up to 3.9 (not `copies_blocks`) only a jump to a return is replaced by a return, which cuts chained
/// comparisons in two.
pub fn run(graph: &mut Graph, kinds: &[HandlerKind], copies_blocks: bool) {
    if !copies_blocks {
        return merge_chains(graph);
    }
    merge_finally_ends(graph, kinds);
    let count = graph.blocks.len();
    merge_copies(graph, 0..count, in_expression);
    // The copies stand where they are jumped to from, before the original.
    let mut last_first: Vec<usize> = (0..graph.blocks.len()).collect();
    last_first.sort_by_key(|at| Reverse(graph.blocks[*at].offset));
    merge_copies(graph, last_first.into_iter(), statements);
}

/// Gives the body of each `finally` one end: what raises the exception again is copied to where a loop in it is left.
fn merge_finally_ends(graph: &mut Graph, kinds: &[HandlerKind]) {
    let mut ends: FxHashMap<ScopeId, Vec<BlockId>> = FxHashMap::default();
    for (at, block) in graph.blocks.iter().enumerate() {
        let is_body = |region: RegionId| kinds[region.index()] == HandlerKind::Finally;
        if let (Terminator::Reraise, Scope::Handler(region)) =
            (&block.terminator, graph.scopes[block.scope.index()])
            && block.insts.is_empty()
            && is_body(region)
        {
            ends.entry(block.scope).or_default().push(BlockId(at as u32));
        }
    }
    let mut ends: Vec<_> = ends.into_iter().filter(|(_, ends)| ends.len() > 1).collect();
    ends.sort_unstable();
    for (scope, copies) in ends {
        let to = BlockId(graph.blocks.len() as u32);
        let end = copies.iter().map(|copy| graph.block(*copy).end).max().unwrap_or_default();
        graph.blocks.push(Block {
            insts: Vec::new(),
            terminator: Terminator::Reraise,
            offset: end.0,
            end,
            scope,
        });
        for copy in copies {
            graph.blocks[copy.index()].terminator = Terminator::Jump(to);
        }
    }
}

/// Gives the last comparison of a chain, and the way out that drops the value in the middle, one return.
fn merge_chains(graph: &mut Graph) {
    for at in 0..graph.blocks.len() {
        let Terminator::Branch { if_true, if_false: drops, .. } = graph.blocks[at].terminator else {
            continue;
        };
        let last = last_comparison(graph, if_true);
        let is = |block: BlockId, ops: &[Op]| graph.block(block).insts.iter().map(|i| &i.op).eq(ops);
        let Some(last) = last.filter(|_| is(drops, &[Op::Swap(2), Op::Pop])) else { continue };
        let end = match graph.block(drops).terminator {
            Terminator::Return => split::split(graph, drops, 2),
            Terminator::Jump(next) if is(next, &[]) && graph.block(next).terminator == Terminator::Return => {
                next
            }
            _ => continue,
        };
        graph.blocks[last.index()].terminator = Terminator::Jump(end);
    }
}

/// The block that goes on with a chain and returns what the last comparison gives, if one does from here on.
fn last_comparison(graph: &Graph, start: BlockId) -> Option<BlockId> {
    let first = graph.block(start);
    let at = match (&first.insts[..], &first.terminator) {
        ([Inst { op: Op::Pop, .. }], Terminator::Jump(next)) => *next,
        _ => start,
    };
    let block = graph.block(at);
    let compares = matches!(
        block.insts.last().map(|i| &i.op),
        Some(Op::Compare(_) | Op::Is { .. } | Op::Contains { .. })
    );
    (compares && block.terminator == Terminator::Return).then_some(at)
}

/// Makes the ends that blocks share one, in the first of them; `common` gives how long the end is that two share.
fn merge_copies(
    graph: &mut Graph,
    blocks: impl Iterator<Item = usize>,
    common: fn(&Block, &Block) -> Option<usize>,
) {
    let is_end = |block: &&Block| matches!(block.terminator, Terminator::Return | Terminator::Raise(0..3));
    if graph.blocks.iter().filter(is_end).nth(1).is_none() {
        return;
    }
    let mut kept: FxHashMap<Key, Vec<BlockId>> = FxHashMap::default();
    for at in blocks {
        let block = &graph.blocks[at];
        let how = match block.terminator {
            Terminator::Return => 0,
            Terminator::Raise(count) if count < 3 => 1 + count as u8,
            _ => continue,
        };
        let key = (how, block.end.1, block.scope);
        let originals = kept.entry(key).or_default();
        let copy = BlockId(at as u32);
        let shared = |o: BlockId| common(graph.block(o), graph.block(copy));
        match originals.iter_mut().find_map(|o| shared(*o).map(|length| (o, length))) {
            Some((original, length)) => {
                let start = graph.block(*original).insts.len() - length;
                if start > 0 {
                    *original = split::split(graph, *original, start);
                }
                jump_instead(graph, copy, length, *original);
            }
            None => originals.push(copy),
        }
    }
}

/// Replaces the end of a block by a jump. What stood before the copy is the jump's: `break` leaves its line there.
fn jump_instead(graph: &mut Graph, copy: BlockId, length: usize, to: BlockId) {
    let block = &mut graph.blocks[copy.index()];
    let cut = block.insts.split_off(block.insts.len() - length);
    let offset = cut.first().map_or(block.end.0, |inst| inst.offset);
    let line = LineMarker::right_before(&graph.line_markers, offset).last().map(|idle| idle.line);
    let line = line.or(block.insts.last().map(|inst| inst.line));
    block.end = (offset, line.unwrap_or(0));
    block.terminator = Terminator::Jump(to);
}

/// The longest end that two blocks share, of operations that `fit`: its length, and how many values it needs from before.
fn shared_end(x: &Block, y: &Block, fit: fn(&Inst) -> bool) -> Option<(usize, u32)> {
    let mut needed: u32 = match x.terminator {
        Terminator::Return => 1,
        Terminator::Raise(count) => count,
        _ => return None,
    };
    let mut length = 0;
    for (i, j) in x.insts.iter().rev().zip(y.insts.iter().rev()) {
        if i.op != j.op || i.line != j.line || !fit(i) {
            break;
        }
        let Some((pops, pushes)) = i.op.effect() else { break };
        needed = needed.saturating_sub(pushes) + pops;
        length += 1;
    }
    Some((length, needed))
}

/// The length of the longest end that two blocks share and that starts in the middle of an expression.
fn in_expression(x: &Block, y: &Block) -> Option<usize> {
    // A block that only returns what was computed before it is the end of an expression.
    let moves = |insts: &[Inst]| insts.iter().all(|i| matches!(i.op, Op::Pop | Op::Swap(_) | Op::Rotate(_)));
    let bare = moves(&x.insts) || moves(&y.insts);
    let (length, needed) = shared_end(x, y, |_| true)?;
    // Where nothing is needed from before, the copies are whole statements. What comes before a copy differs in at most one
    // value, which it pushes; the original may have been left with nothing before it.
    let (before_x, before_y) = (&x.insts[..x.insts.len() - length], &y.insts[..y.insts.len() - length]);
    let one_value = |insts: &[Inst]| pushed(insts).is_some_and(|count| count <= 1);
    let fits = match length {
        0 => bare,
        _ if leaves(x, length) => false,
        _ if before_x.is_empty() => one_value(before_y),
        _ if before_y.is_empty() => one_value(before_x),
        _ => one_value(before_x) && one_value(before_y),
    };
    (needed > 0 && fits).then_some(length)
}

/// The length of the end that two blocks share and that consists of whole statements, if it has a line of its own.
fn statements(x: &Block, y: &Block) -> Option<usize> {
    let (length, needed) = shared_end(x, y, |inst| inst.line > 0)?;
    // What is copied may start in the middle of a pattern.
    if length == 0 || needed > 0 {
        return None;
    }
    // What a function returns that falls off its end has the line of what is before.
    let implied = |block: &Block| {
        let [before @ .., none] = &block.insts[..] else { return true };
        none.op.loads_none() && before.last().is_none_or(|before| before.line >= none.line)
    };
    let [before_x, before_y] = [x, y].map(|block| &block.insts[..block.insts.len() - length]);
    let fits = (length > 1 || ![x, y].into_iter().any(implied))
        && !drops_subject(before_x)
        && !drops_subject(before_y);
    fits.then_some(length)
}

/// Whether operations end by dropping something that no call gave: what is in a `case` starts by dropping its subject, which
/// belongs to what is copied.
fn drops_subject(insts: &[Inst]) -> bool {
    let gives = |inst: &Inst| matches!(inst.op, Op::Call { .. } | Op::YieldFrom);
    match insts {
        [.., before, Inst { op: Op::Pop, .. }] => !gives(before),
        [Inst { op: Op::Pop, .. }] => true,
        _ => false,
    }
}

/// How many values operations push that were not there before.
fn pushed(insts: &[Inst]) -> Option<i64> {
    insts.iter().try_fold(0, |depth, inst| {
        let (pops, pushes) = inst.op.effect()?;
        Some(depth + i64::from(pushes) - i64::from(pops))
    })
}

/// Whether the last operations of a block start by moving or dropping something: that is what a `return` leaves behind.
fn leaves(block: &Block, length: usize) -> bool {
    let first = block.insts.len().checked_sub(length).and_then(|at| block.insts.get(at));
    first.is_some_and(|i| matches!(i.op, Op::Pop | Op::Swap(_) | Op::Rotate(_)))
}
