//! The ends of `except*` clauses.
//!
//! At its end a clause unbinds its name, which the source does not say. Since 3.13 that is copied to every way that leads
//! there, and so is the end of the last clause, which adds the rest of the group to what is raised.

use lancehead_ir::{Block, BlockId, Graph, Inst, Op, Terminator};

/// Makes copies one again, and takes off what unbinds names.
pub fn run(graph: &mut Graph) {
    merge_ends(graph);
    for at in 0..graph.blocks.len() {
        if let Some((store, next)) = named_clause(graph, &graph.blocks[at]) {
            unbind(graph, &store, next);
        }
    }
}

/// For a block that enters a clause with a name: the operation that binds it, and where the next clause starts.
fn named_clause(graph: &Graph, block: &Block) -> Option<(Op, BlockId)> {
    let [.., Inst { op: Op::ExceptionGroupMatch, .. }, _, _, Inst { op: Op::Is { .. }, .. }] =
        &block.insts[..]
    else {
        return None;
    };
    let Terminator::Branch { if_true, if_false, .. } = block.terminator else { return None };
    let Terminator::Jump(next) = graph.block(if_true).terminator else { return None };
    let drops = matches!(&graph.block(if_true).insts[..], [Inst { op: Op::Pop, .. }]);
    let store = graph.block(if_false).insts.first().filter(|i| matches!(i.op, Op::Store(..)))?;
    drops.then(|| (store.op.clone(), next))
}

/// Takes `name = None; del name` off every way to the next clause.
fn unbind(graph: &mut Graph, store: &Op, next: BlockId) {
    for block in &mut graph.blocks {
        if block.terminator != Terminator::Jump(next) {
            continue;
        }
        if let [.., none, bind, delete] = &block.insts[..] {
            let clears = none.op.loads_none() && bind.op == *store;
            let deletes = match (&delete.op, store) {
                (Op::Delete(a, name), Op::Store(b, bound)) => a == b && name == bound,
                _ => false,
            };
            if clears && deletes {
                block.insts.truncate(block.insts.len() - 3);
            }
        }
    }
}

/// Moves the copies of the end of the last clause to where they lead.
fn merge_ends(graph: &mut Graph) {
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
