//! Edges that lead to blocks that do nothing but jump lead to where those jump.

use lancehead_ir::{BlockId, Graph, ScopeId, Stop, Terminator};

/// Threads every edge.
///
/// The exception table leaves jumps out that were made after it (to and from the cold blocks at the end); where scopes
/// come from it (not `exact_scopes`), a jump that seems to leave a region only to enter it again has never left it.
pub fn run(graph: &mut Graph, exact_scopes: bool) {
    for from in 0..graph.blocks.len() {
        let scope = graph.blocks[from].scope;
        let mut terminator = graph.blocks[from].terminator.clone();
        let line = graph.blocks[from].end.1;
        let mut stops = Vec::new();
        terminator.map_successors(|to| {
            let (end, stop) = settle_from(graph, (!exact_scopes).then_some(scope), to);
            let from = BlockId(from as u32);
            // What is on an earlier line leads back to the start of a loop.
            let stop = stop.filter(|stop| *stop > line);
            stops.extend(stop.map(|line| Stop { from, to: end, line }));
            end
        });
        graph.stops.append(&mut stops);
        graph.blocks[from].terminator = terminator;
    }
    for at in 0..graph.regions.len() {
        graph.regions[at].after = graph.regions[at].after.map(|after| settle(graph, after));
        graph.regions[at].clauses_end = graph.regions[at].clauses_end.map(|end| settle(graph, end));
    }
}

/// Where going to a block leads.
pub fn settle(graph: &Graph, block: BlockId) -> BlockId {
    settle_from(graph, None, block).0
}

/// Where going to a block, from a scope, leads. A block from which a protected region is entered stays: it may head a
/// loop around the region. The line is the last one that something on the way has.
fn settle_from(graph: &Graph, from: Option<ScopeId>, block: BlockId) -> (BlockId, Option<u32>) {
    let (mut from, mut at, mut line) = (from, block, None);
    for _ in 0..graph.blocks.len() {
        let source = graph.block(at);
        match source.terminator {
            Terminator::Jump(next) if source.insts.is_empty() && next != at => {
                // What a `try` leaves before its body stands outside.
                let starts = graph.is_idle_between(source.offset, graph.block(next).offset);
                from = from.filter(|_| !starts);
                let scope = graph.block(next).scope;
                let enters = graph.is_within(scope, source.scope) && scope != source.scope;
                if enters && !from.is_some_and(|from| graph.is_within(from, scope)) {
                    return (at, line);
                }
                line = Some(source.end.1).filter(|line| *line > 0).or(line);
                at = next;
            }
            _ => return (at, line),
        }
    }
    // A loop that does nothing.
    (block, None)
}
