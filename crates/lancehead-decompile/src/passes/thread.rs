//! Edges that lead to blocks that do nothing but jump lead to where those jump.

use lancehead_ir::{BlockId, ElidedJump, Graph, ScopeId, Terminator};
use rustc_hash::FxHashSet;

use crate::code::dialect::Dialect;

/// Threads every edge.
///
/// The exception table leaves jumps out that cannot raise; where scopes come from it (no exact scopes), a jump that
/// seems to leave a region only to enter it again has never left it.
pub fn run(graph: &mut Graph, dialect: &Dialect) {
    let endless = if dialect.loops_to_endless_test { endless_headers(graph) } else { FxHashSet::default() };
    let mut stops = Vec::new();
    for from in 0..graph.blocks.len() {
        let scope = graph.blocks[from].scope;
        let mut terminator = graph.blocks[from].terminator.clone();
        let line = graph.blocks[from].end.1;
        if terminator.falls_to().is_some_and(|to| is_jump_on(graph, to, line)) {
            graph.falls_to_jump.push(BlockId(from as u32));
        }
        terminator.map_successors(|to| {
            let (end, stop) = settle_from(graph, (!dialect.exact_scopes).then_some(scope), &endless, to);
            let from = BlockId(from as u32);
            // What is on an earlier line leads back to the start of a loop.
            let stop = stop.filter(|stop| *stop > line);
            // What the edge passed is known if it has been threaded before.
            let is_known =
                || graph.elided_jumps.binary_search_by_key(&(end, from), |stop| (stop.to, stop.from)).is_ok();
            if let Some(line) = stop
                && !(end == to && is_known())
            {
                stops.push(ElidedJump { from, to: end, line });
            }
            end
        });
        graph.blocks[from].terminator = terminator;
    }
    graph.falls_to_jump.sort_unstable();
    graph.elided_jumps.append(&mut stops);
    graph.elided_jumps.sort_unstable_by_key(|stop| (stop.to, stop.from, stop.line));
    graph.elided_jumps.dedup();
    for at in 0..graph.regions.len() {
        graph.regions[at].after = graph.regions[at].after.map(|after| settle(graph, after));
        graph.regions[at].clauses_end = graph.regions[at].clauses_end.map(|end| settle(graph, end));
    }
}

/// Whether a block only jumps, and that on no line but this.
fn is_jump_on(graph: &Graph, block: BlockId, line: u32) -> bool {
    let block = graph.block(block);
    let is_on_line = [0, line].contains(&block.end.1);
    block.insts.is_empty() && is_on_line && matches!(block.terminator, Terminator::Jump(_))
}

/// The blocks that hold nothing but what `while True` has left (since 3.14), and that the end of a loop leads back to. What
/// comes next may head a loop of its own.
fn endless_headers(graph: &Graph) -> FxHashSet<BlockId> {
    let mut headers = FxHashSet::default();
    for block in &graph.blocks {
        for to in block.terminator.successors() {
            let target = graph.block(to);
            if target.insts.is_empty() && target.offset <= block.offset && graph.marker_line_at(to).is_some()
            {
                headers.insert(to);
            }
        }
    }
    headers
}

/// Where going to a block leads.
pub fn settle(graph: &Graph, block: BlockId) -> BlockId {
    settle_from(graph, None, &FxHashSet::default(), block).0
}

/// Where going to a block, from a scope, leads. A block from which a protected region is entered stays: it may head a
/// loop around the region. The line is the largest that something on the way has.
fn settle_from(
    graph: &Graph,
    from: Option<ScopeId>,
    endless: &FxHashSet<BlockId>,
    block: BlockId,
) -> (BlockId, Option<u32>) {
    let mut at = block;
    let mut line = None;
    for _ in 0..graph.blocks.len() {
        let source = graph.block(at);
        match source.terminator {
            Terminator::Jump(next) if source.insts.is_empty() && next != at && !endless.contains(&at) => {
                let scope = graph.block(next).scope;
                let enters = graph.is_within(scope, source.scope) && scope != source.scope;
                let begins = enters && graph.begins_try(at);
                if enters && (begins || !from.is_some_and(|from| graph.is_within(from, scope))) {
                    return (at, line);
                }
                let passed = graph.marker_line_at(at).or(Some(source.end.1).filter(|line| *line > 0));
                // A jump back may come upon what `while True` has left.
                line = line.max(passed);
                at = next;
            }
            // A `NOP` before what a block does has a line of its own too.
            _ => return (at, line.or_else(|| graph.marker_line_at(at))),
        }
    }
    // A loop that does nothing.
    (block, None)
}
