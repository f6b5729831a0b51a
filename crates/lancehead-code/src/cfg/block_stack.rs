//! Edges that the frame's block stack decides, up to 3.10: from what may raise to its handler, and from `BREAK_LOOP`.

use lancehead_graph::Graph;
use lancehead_isa::{Flow, Opcode};

use super::edge::{Edge, EdgeKind};

/// What the block stack depends on, of a block.
pub(crate) struct Exit {
    /// Whether one of its instructions may raise.
    pub may_raise: bool,
    /// Its last opcode. `SETUP_*` and `POP_BLOCK` are the last of their blocks.
    pub last: Option<Opcode>,
    /// The block that this names: where it jumps, or the handler that it sets up.
    pub target: Option<u32>,
}

/// One entry of a block stack, and the entries beneath it. Stacks share their lower parts.
#[derive(Clone, Copy)]
struct Entry {
    setup: Opcode,
    target: u32,
    below: Option<usize>,
}

/// The edges of all blocks that can be reached from `entry`; `plain` are those that need no block stack.
///
/// The compiler nests blocks properly, so one stack for each basic block is enough: that of the first path to reach it.
pub(crate) fn edges(plain: &Graph, entry: u32, exit: impl Fn(u32) -> Option<Exit>) -> Vec<Edge> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut seen = vec![false; plain.len()];
    let mut waiting: Vec<(u32, Option<usize>)> = vec![(entry, None)];
    let mut edges = Vec::new();
    while let Some((from, stack)) = waiting.pop() {
        if seen.get(from as usize).is_none_or(|seen| *seen) {
            continue;
        }
        seen[from as usize] = true;
        let Some(Exit { may_raise, last, target }) = exit(from) else { continue };
        // Exceptions pass loops; `break` passes what only catches exceptions.
        if may_raise && let Some(to) = innermost(&entries, stack, Opcode::SETUP_LOOP) {
            edges.push(Edge { from, to, kind: EdgeKind::Exception });
        }
        if last.is_some_and(|last| last.flow() == Flow::BreakLoop)
            && let Some(to) = innermost(&entries, stack, Opcode::SETUP_EXCEPT)
        {
            edges.push(Edge { from, to, kind: EdgeKind::Jump });
        }
        let after = match (last, target) {
            (Some(Opcode::POP_BLOCK), _) => stack.and_then(|top| entries[top].below),
            (Some(setup), Some(target)) if setup.flow() == Flow::Setup => {
                // The handler runs with what lay beneath the block that caught.
                waiting.push((target, stack));
                entries.push(Entry { setup, target, below: stack });
                Some(entries.len() - 1)
            }
            _ => stack,
        };
        waiting.extend(plain.successors(from).iter().map(|&next| (next, after)));
    }
    edges
}

/// The target of the innermost entry that another opcode than `passed` has set up.
fn innermost(entries: &[Entry], stack: Option<usize>, passed: Opcode) -> Option<u32> {
    let mut at = stack;
    while let Some(entry) = at.map(|at| entries[at]) {
        if entry.setup != passed {
            return Some(entry.target);
        }
        at = entry.below;
    }
    None
}
