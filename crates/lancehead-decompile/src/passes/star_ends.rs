//! Since 3.13 the end of the last `except*` clause, which adds the rest of the group to what is raised, is copied to
//! every way that leads to it. The copies are made one again.

use lancehead_ir::{BlockId, Graph, Op, Terminator};

/// Moves the copies to where they lead.
pub fn run(graph: &mut Graph) {
    for at in 0..graph.blocks.len() as u32 {
        let at = BlockId(at);
        if !matches!(graph.block(at).insts.first().map(|i| &i.op), Some(Op::PrepReraiseStar)) {
            continue;
        }
        let before: Vec<usize> = (0..graph.blocks.len())
            .filter(|b| graph.blocks[*b].terminator.successors().any(|next| next == at))
            .collect();
        let is_copy = |b: &usize| {
            let block = &graph.blocks[*b];
            block.terminator == Terminator::Jump(at)
                && block.insts.last().is_some_and(|i| i.op == Op::ListAppend(1))
        };
        if !before.iter().all(is_copy) {
            continue;
        }
        let copies: Vec<_> = before.iter().filter_map(|b| graph.blocks[*b].insts.pop()).collect();
        if let Some(original) = copies.into_iter().next() {
            graph.blocks[at.index()].insts.insert(0, original);
        }
    }
}
