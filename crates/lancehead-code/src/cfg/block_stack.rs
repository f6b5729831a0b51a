//! Which handlers hold where, up to 3.10: what the frame's block stack would hold at run time.

use lancehead_isa::{Flow, Opcode};
use lancehead_pyc::Version;

use super::{Cfg, Edge, EdgeKind};

/// One entry of a block stack, and the entries beneath it. Stacks share their lower parts.
#[derive(Clone, Copy)]
struct Entry {
    target: u32,
    kind: Kind,
    below: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Loop,
    Except,
    /// A `finally` or `with`: entered on `break`, too.
    Finally,
}

/// Adds an edge from each block that may raise to its innermost handler, and from `BREAK_LOOP` to where it leads.
///
/// The compiler nests blocks properly, so one stack for each basic block is enough: the first that reaches it.
pub(super) fn add_edges(version: Version, cfg: &mut Cfg) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut stacks: Vec<Option<Option<usize>>> = vec![None; cfg.blocks.len()];
    let mut waiting: Vec<(u32, Option<usize>)> = vec![(0, None)];
    let successors = cfg.graph(true);
    let mut added = Vec::new();
    while let Some((from, stack)) = waiting.pop() {
        if stacks[from as usize].is_some() {
            continue;
        }
        stacks[from as usize] = Some(stack);
        let block = &cfg.blocks[from as usize];
        let Some(last) = cfg.instructions.get(block.instructions.end - 1) else { continue };
        let may_raise =
            cfg.instructions[block.instructions.clone()].iter().any(|i| i.opcode.may_raise(version));
        if may_raise && let Some(to) = innermost(&entries, stack, |kind| kind != Kind::Loop) {
            added.push(Edge { from, to, kind: EdgeKind::Exception });
        }
        if last.opcode.flow() == Flow::BreakLoop
            && let Some(to) = innermost(&entries, stack, |kind| kind != Kind::Except)
        {
            added.push(Edge { from, to, kind: EdgeKind::Jump });
        }
        let after = match (last.opcode, last.jump_target(version).and_then(|target| cfg.block_at(target))) {
            (Opcode::POP_BLOCK, _) => stack.and_then(|top| entries[top].below),
            (opcode, Some(target)) if opcode.flow() == Flow::Setup => {
                // The handler runs with what lay beneath the block that caught.
                waiting.push((target, stack));
                entries.push(Entry { target, kind: kind_of(opcode), below: stack });
                Some(entries.len() - 1)
            }
            _ => stack,
        };
        waiting.extend(successors.successors(from).iter().map(|&next| (next, after)));
    }
    cfg.edges.append(&mut added);
}

fn kind_of(setup: Opcode) -> Kind {
    match setup {
        Opcode::SETUP_LOOP => Kind::Loop,
        Opcode::SETUP_EXCEPT => Kind::Except,
        _ => Kind::Finally,
    }
}

/// The target of the innermost entry of a kind that counts.
fn innermost(entries: &[Entry], stack: Option<usize>, counts: impl Fn(Kind) -> bool) -> Option<u32> {
    let mut at = stack;
    while let Some(index) = at {
        let entry = entries[index];
        if counts(entry.kind) {
            return Some(entry.target);
        }
        at = entry.below;
    }
    None
}
