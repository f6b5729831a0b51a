//! Edges that lead to blocks that do nothing but jump lead to where those jump.

use lancehead_ir::{BlockId, Graph, ScopeId, Terminator};

/// Threads every edge.
///
/// The exception table leaves jumps out that cannot raise; where scopes come from it (not `exact_scopes`), a jump that
/// seems to leave a region only to enter it again has never left it.
pub fn run(graph: &mut Graph, exact_scopes: bool) {
    for from in 0..graph.blocks.len() {
        let scope = graph.blocks[from].scope;
        let mut terminator = graph.blocks[from].terminator.clone();
        terminator.map_successors(|to| settle_from(graph, (!exact_scopes).then_some(scope), to));
        graph.blocks[from].terminator = terminator;
    }
    for at in 0..graph.regions.len() {
        graph.regions[at].after = graph.regions[at].after.map(|after| settle(graph, after));
        graph.regions[at].clauses_end = graph.regions[at].clauses_end.map(|end| settle(graph, end));
    }
}

/// Where going to a block leads.
pub fn settle(graph: &Graph, block: BlockId) -> BlockId {
    settle_from(graph, None, block)
}

/// Where going to a block, from a scope, leads. A block from which a protected region is entered stays: it may head a
/// loop around the region.
fn settle_from(graph: &Graph, from: Option<ScopeId>, block: BlockId) -> BlockId {
    let mut at = block;
    for _ in 0..graph.blocks.len() {
        let source = graph.block(at);
        match source.terminator {
            Terminator::Jump(next) if source.insts.is_empty() && next != at => {
                let scope = graph.block(next).scope;
                let enters = graph.is_within(scope, source.scope) && scope != source.scope;
                if enters && !from.is_some_and(|from| graph.is_within(from, scope)) {
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
