//! Every edge into a protected region gets a block outside the region to come from.

use lancehead_ir::{Block, BlockId, Graph, ScopeId, Terminator};
use rustc_hash::FxHashMap;

/// Adds the blocks.
pub fn run(graph: &mut Graph) {
    let mut landings: FxHashMap<(BlockId, ScopeId), BlockId> = FxHashMap::default();
    for from in 0..graph.blocks.len() {
        let scope = graph.blocks[from].scope;
        let is_landing = graph.blocks[from].insts.is_empty();
        let mut terminator = graph.blocks[from].terminator.clone();
        terminator.map_successors(|to| {
            let outside = common(graph, scope, graph.block(to).scope);
            if outside == graph.block(to).scope
                || (is_landing && graph.parent(graph.block(to).scope) == scope)
            {
                return to;
            }
            land(graph, &mut landings, to, outside)
        });
        graph.blocks[from].terminator = terminator;
    }
}

/// The innermost scope that both are in.
fn common(graph: &Graph, a: ScopeId, b: ScopeId) -> ScopeId {
    let mut at = a;
    while !graph.is_within(b, at) {
        at = graph.parent(at);
    }
    at
}

/// The block in scope `outside` from which `to` is entered, one scope at a time.
fn land(
    graph: &mut Graph,
    landings: &mut FxHashMap<(BlockId, ScopeId), BlockId>,
    to: BlockId,
    outside: ScopeId,
) -> BlockId {
    let mut levels = Vec::new();
    let mut level = graph.parent(graph.block(to).scope);
    loop {
        levels.push(level);
        if level == outside {
            break;
        }
        level = graph.parent(level);
    }
    let mut next = to;
    for level in levels {
        next = *landings.entry((to, level)).or_insert_with(|| {
            let id = BlockId(graph.blocks.len() as u32);
            let offset = graph.block(to).offset;
            let line = graph.block(to).insts.first().map_or(0, |i| i.line);
            graph.blocks.push(Block {
                insts: Vec::new(),
                terminator: Terminator::Jump(next),
                offset,
                end: (offset, line),
                scope: level,
            });
            id
        });
    }
    next
}
