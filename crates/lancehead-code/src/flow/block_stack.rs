//! Edges that the frame's block stack decides, up to 3.10: from what may raise to its handler, and from `BREAK_LOOP`.

use lancehead_isa::{Flow, Opcode};

use super::{BlockId, FlowGraph};
use crate::cfg::{Edge, EdgeKind};

/// An entry of a block stack, and the entries beneath it. Stacks share their lower parts.
#[derive(Clone, Copy)]
struct Entry {
    setup: Opcode,
    target: BlockId,
    below: Option<usize>,
}

/// Follows all paths; the first to reach a block says which stack holds there, because blocks are properly nested.
pub(super) fn edges(graph: &FlowGraph, plain: &[Edge]) -> Vec<Edge> {
    let version = graph.object.version;
    let mut successors: Vec<Vec<u32>> = vec![Vec::new(); graph.blocks.len()];
    for edge in plain {
        successors[edge.from as usize].push(edge.to);
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut seen = vec![false; graph.blocks.len()];
    let mut waiting: Vec<(u32, Option<usize>)> = vec![(graph.entry().0, None)];
    let mut edges = Vec::new();
    while let Some((from, stack)) = waiting.pop() {
        let Some(block) = graph.blocks.get(from as usize) else { continue };
        if std::mem::replace(&mut seen[from as usize], true) {
            continue;
        }
        let innermost = |skipped: Opcode| {
            let mut at = stack;
            while let Some(entry) = at.map(|at| entries[at]) {
                if entry.setup != skipped {
                    return Some(entry.target.0);
                }
                at = entry.below;
            }
            None
        };
        if let Some(to) = innermost(Opcode::SETUP_LOOP).filter(|_| block.may_raise(version)) {
            edges.push(Edge { from, to, kind: EdgeKind::Exception });
        }
        if let Some(to) = innermost(Opcode::SETUP_EXCEPT).filter(|_| block.flow() == Flow::BreakLoop) {
            edges.push(Edge { from, to, kind: EdgeKind::Jump });
        }
        let last = block.instructions.last().map(|last| last.opcode);
        let after = match (last, block.target()) {
            (Some(Opcode::POP_BLOCK), _) => stack.and_then(|top| entries[top].below),
            (Some(setup), Some(target)) if setup.flow() == Flow::Setup => {
                // The handler runs with what lay beneath the block that caught.
                waiting.push((target.0, stack));
                entries.push(Entry { setup, target, below: stack });
                Some(entries.len() - 1)
            }
            _ => stack,
        };
        waiting.extend(successors[from as usize].iter().map(|&next| (next, after)));
    }
    edges
}
