//! The `break`s of a `for`: they drop the loop's iterator, which nothing else in a loop does.

use lancehead_ir::{BlockId, Graph, Op, RegionKind, Scope, Terminator};
use rustc_hash::FxHashSet;

/// Finds the places that drop the iterator of the `for` with this header, as a block and the index of the operation.
///
/// Depth counts from the iterator, which is at 0. The walk covers all that the body leads to, up to where `stops`.
pub fn breaks_of_for(
    graph: &Graph,
    header: BlockId,
    iterator_slots: i64,
    stops: impl Fn(BlockId) -> bool,
) -> Vec<(BlockId, usize)> {
    let Terminator::ForIter { body, .. } = graph.block(header).terminator else { return Vec::new() };
    let mut breaks = Vec::new();
    let mut seen = FxHashSet::default();
    let mut work = vec![(body, 1)];
    while let Some((block, depth)) = work.pop() {
        if block == header || stops(block) || !seen.insert(block) {
            continue;
        }
        let after = match depth_after(graph, block, depth) {
            Depth::Drops(index) => {
                breaks.push((block, index));
                continue;
            }
            Depth::At(after) => after,
            Depth::Unknown => continue,
        };
        match graph.block(block).terminator {
            Terminator::ForIter { body, exhausted, is_async } => {
                let slots = if is_async { 1 } else { iterator_slots };
                work.extend([(body, after + 1), (exhausted, after - slots)]);
            }
            Terminator::Branch { if_true, if_false, .. } => {
                work.extend([(if_true, after - 1), (if_false, after - 1)]);
            }
            Terminator::Loop { body, after: next, .. } => work.extend([(body, after), (next, after)]),
            Terminator::Jump(next) => {
                work.push((next, after));
                handlers_entered(graph, block, next, after, &mut work);
            }
            _ => {}
        }
    }
    breaks
}

/// What a block does to the depth.
enum Depth {
    /// The depth at its end.
    At(i64),
    /// It drops the iterator, with the operation at this index.
    Drops(usize),
    /// What it does depends on what is on the stack.
    Unknown,
}

fn depth_after(graph: &Graph, block: BlockId, before: i64) -> Depth {
    let mut depth = before;
    for (index, inst) in graph.block(block).insts.iter().enumerate() {
        if depth == 0 && inst.op == Op::Pop {
            return Depth::Drops(index);
        }
        // A value that is returned is moved below the iterator: that is no `break`.
        if matches!(inst.op, Op::Swap(n) | Op::Rotate(n) if i64::from(n) > depth) {
            return Depth::Unknown;
        }
        depth += match &inst.op {
            Op::SuppressException => -7,
            Op::LeaveHandler { .. } => -6,
            op => match op.effect() {
                Some((pops, pushes)) => i64::from(pushes) - i64::from(pops),
                None => return Depth::Unknown,
            },
        };
    }
    Depth::At(depth)
}

/// Handlers of the regions that going from one block to another enters start with the stack as it is there.
fn handlers_entered(graph: &Graph, from: BlockId, to: BlockId, depth: i64, work: &mut Vec<(BlockId, i64)>) {
    let outside = graph.block(from).scope;
    let mut at = graph.block(to).scope;
    while at != outside && graph.is_within(at, outside) {
        if let Scope::Body(region) = graph.scopes[at.index()] {
            let region = graph.region(region);
            let entered = i64::from(region.kind == RegionKind::With);
            work.push((region.handler, depth - entered));
        }
        at = graph.parent(at);
    }
}
