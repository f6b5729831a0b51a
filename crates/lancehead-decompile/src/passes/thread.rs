//! Edges that lead to blocks that do nothing but jump lead to where those jump.

use lancehead_ir::{BlockId, Graph, ScopeId, Terminator};

/// Threads every edge.
pub fn run(graph: &mut Graph) {
    for from in 0..graph.blocks.len() {
        let scope = graph.blocks[from].scope;
        let mut terminator = graph.blocks[from].terminator.clone();
        terminator.map_successors(|to| settle_from(graph, scope, to));
        graph.blocks[from].terminator = terminator;
    }
}

/// Where going to a block leads.
pub fn settle(graph: &Graph, block: BlockId) -> BlockId {
    settle_from(graph, graph.block(block).scope, block)
}

/// Where going to a block from a scope leads. A block from which a protected region is entered stays: it may head a loop
/// around the region.
fn settle_from(graph: &Graph, from: ScopeId, block: BlockId) -> BlockId {
    let mut at = block;
    for _ in 0..graph.blocks.len() {
        let source = graph.block(at);
        match source.terminator {
            Terminator::Jump(next) if source.insts.is_empty() && next != at => {
                let scope = graph.block(next).scope;
                let enters = graph.is_within(scope, source.scope) && scope != source.scope;
                if enters && !graph.is_within(from, scope) {
                    return at;
                }
                at = next;
            }
            _ => return at,
        }
    }
    // A loop that does nothing.
    block
}
