//! Edges that lead to blocks that do nothing but jump lead to where those jump.

use lancehead_ir::{BlockId, Graph, Terminator};

/// Threads every edge.
pub fn run(graph: &mut Graph) {
    let targets: Vec<BlockId> = (0..graph.blocks.len() as u32).map(|b| settle(graph, BlockId(b))).collect();
    for block in &mut graph.blocks {
        block.terminator.map_successors(|to| targets[to.index()]);
    }
}

/// Where going to a block leads.
pub fn settle(graph: &Graph, block: BlockId) -> BlockId {
    let mut at = block;
    for _ in 0..graph.blocks.len() {
        let source = graph.block(at);
        match source.terminator {
            // A block from which a protected region is entered stays: it may head a loop around the region.
            Terminator::Jump(next)
                if source.insts.is_empty()
                    && next != at
                    && (source.scope == graph.block(next).scope
                        || !graph.is_within(graph.block(next).scope, source.scope)) =>
            {
                at = next;
            }
            _ => return at,
        }
    }
    // A loop that does nothing.
    block
}
