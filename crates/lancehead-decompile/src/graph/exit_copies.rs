//! Copies of one exit of a function.

use lancehead_ir::{Block, BlockId, Graph, Inst, Terminator};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::code::budget::{MAX_EXIT_OPERATIONS, Meter};
use crate::graph::fingerprint::{fingerprint, has_any_line};
use crate::graph::flow::Flow;
use crate::graph::prepared::Prepared;

/// For each block the first one that is the same way out of the function (itself, unless it is a copy), and whether it
/// is one.
pub fn originals(prepared: &Prepared, flow: &Flow, meter: &Meter) -> (Vec<BlockId>, Vec<bool>) {
    let (graph, end) = (&prepared.graph, prepared.end);
    let mut originals: Vec<BlockId> = (0..graph.blocks.len() as u32).map(BlockId).collect();
    let mut known: FxHashMap<(u32, u32, u64), SmallVec<[BlockId; 4]>> = FxHashMap::default();
    // Blocks that leave by way of another are compared by where they lead, so that one comes first.
    let mut ends = vec![false; graph.blocks.len()];
    end.into_iter().for_each(|end| ends[end.index()] = true);
    for &at in flow.order.iter().rev() {
        let block = graph.block(at);
        let how = match block.terminator {
            Terminator::Return => 0,
            Terminator::Raise(count) => 1 + count.min(9),
            Terminator::Reraise if !block.insts.is_empty() => 11,
            Terminator::Jump(next) if ends[next.index()] && block.insts.len() <= MAX_EXIT_OPERATIONS => {
                16 + originals[next.index()].0
            }
            _ => continue,
        };
        ends[at.index()] = true;
        let written =
            |id: BlockId| prepared.dialect.copies_exits.then(|| written_at(graph, flow, id)).flatten();
        let same = known.entry((block.scope.0, how, fingerprint(&block.insts))).or_default();
        let is_same = |o: &&BlockId| is_same_exit(graph.block(**o), block) && written(**o) == written(at);
        let found = same.iter().position(|o| is_same(&o));
        meter.step(found.unwrap_or(same.len()) as u64);
        match found.map(|at| &same[at]) {
            Some(original) => originals[at.index()] = *original,
            None => same.push(at),
        }
    }
    (originals, ends)
}

/// The line of a lone `return None` or `raise` that was written: what a function returns that falls off its end has the line
/// of what was done before.
fn written_at(graph: &Graph, flow: &Flow, at: BlockId) -> Option<u32> {
    let block = graph.block(at);
    match (&block.insts[..], &block.terminator) {
        ([only], Terminator::Return) if only.op.loads_none() => {
            let before = |from: &BlockId| graph.block(*from).end.1;
            let implied = flow.predecessors[at.index()].iter().any(|from| before(from) >= only.line);
            (!implied).then_some(only.line)
        }
        ([], Terminator::Raise(_)) => Some(block.end.1),
        _ => None,
    }
}

/// Whether two blocks that end the function are copies of one.
fn is_same_exit(a: &Block, b: &Block) -> bool {
    let same = |(x, y): (&Inst, &Inst)| x.op == y.op && (x.line == y.line || has_any_line(&x.op));
    a.insts.len() == b.insts.len() && a.insts.iter().zip(&b.insts).all(same)
}
