//! Jumps that lead to jumps, and instructions that do nothing.

use lancehead_isa::Opcode;

use crate::flow::{BlockId, FlowGraph, is_plain_jump};
use crate::program::{Instr, Operand};

/// How many jumps are followed: no compiler chains more, and each may be followed from everywhere.
const MAX_STEPS: usize = 64;

/// Lets every jump lead where control ends up in the end.
pub(super) fn thread(graph: &mut FlowGraph) {
    let place = places(graph);
    for at in 0..graph.order.len() {
        let id = graph.order[at];
        let block = graph.block(id);
        if let Some(next) = block.next {
            let end = follow(graph, next);
            if end != next && may_go(graph, id, next) {
                graph.blocks[id.0 as usize].next = Some(end);
            }
        }
        let block = graph.block(id);
        let Some(target) = block.target().filter(|_| is_threadable(block.instructions.last())) else {
            continue;
        };
        let end = follow(graph, target);
        // A conditional jump cannot change its direction in every version.
        let ahead = |to: BlockId| place[to.0 as usize] > at;
        let keeps_way = ahead(target) == ahead(end) || block.instructions.last().is_some_and(is_plain_jump);
        if end != target
            && keeps_way
            && may_go(graph, id, target)
            && let Some(last) = graph.blocks[id.0 as usize].instructions.last_mut()
        {
            last.operand = Operand::Label(end.label());
        }
    }
    drop_jumps_to_next(graph);
}

fn places(graph: &FlowGraph) -> Vec<usize> {
    let mut place = vec![0; graph.blocks.len()];
    for (at, id) in graph.order.iter().enumerate() {
        place[id.0 as usize] = at;
    }
    place
}

/// Jumps that only jump, and tests; not what begins or ends anything else.
fn is_threadable(instruction: Option<&Instr>) -> bool {
    instruction.is_some_and(|instruction| {
        is_plain_jump(instruction) || instruction.opcode.name().starts_with("POP_JUMP_")
    })
}

/// Where control gets from a block on, past blocks that only jump forwards: jumping back looks for signals.
fn follow(graph: &FlowGraph, from: BlockId) -> BlockId {
    let mut at = from;
    for _ in 0..MAX_STEPS {
        let block = graph.block(at);
        let next = match block.instructions.as_slice() {
            [] => block.next,
            [only] if matches!(only.opcode, Opcode::JUMP_FORWARD | Opcode::JUMP_ABSOLUTE) => block.target(),
            _ => None,
        };
        match next {
            Some(next) if next != at => at = next,
            _ => break,
        }
    }
    at
}

/// Whether going past `through` hides no line from whoever traces them.
fn may_go(graph: &FlowGraph, from: BlockId, through: BlockId) -> bool {
    let line = |id: BlockId| graph.block(id).instructions.last().and_then(|last| last.position.line);
    line(through).is_none() || line(through) == line(from)
}

/// Drops jumps to what follows anyway.
pub(super) fn drop_jumps_to_next(graph: &mut FlowGraph) {
    for at in 0..graph.order.len().saturating_sub(1) {
        let (id, following) = (graph.order[at], graph.order[at + 1]);
        let block = graph.block(id);
        let is_jump = block.instructions.last().is_some_and(is_plain_jump);
        // Alone on its line, it is what a debugger stops at.
        let [.., before, last] = block.instructions.as_slice() else { continue };
        let hides = last.position.line.is_some() && last.position.line != before.position.line;
        if is_jump && !hides && block.target() == Some(following) {
            let block = &mut graph.blocks[id.0 as usize];
            block.instructions.pop();
            block.next = Some(following);
        }
    }
}

/// Drops no-ops where another instruction of their line follows or stands before.
pub(super) fn drop_noops(graph: &mut FlowGraph) {
    for &id in &graph.order {
        let instructions = std::mem::take(&mut graph.blocks[id.0 as usize].instructions);
        let mut kept: Vec<Instr> = Vec::with_capacity(instructions.len());
        let mut rest = instructions.into_iter().peekable();
        while let Some(instruction) = rest.next() {
            let here = line_of(&instruction);
            // Of two that stand for one line one stays.
            let beside = [kept.last().map(line_of), rest.peek().map(line_of)];
            let is_needless = here.is_none() || beside.contains(&Some(here));
            if instruction.opcode != Opcode::NOP || !is_needless {
                kept.push(instruction);
            }
        }
        graph.blocks[id.0 as usize].instructions = kept;
    }
}

fn line_of(instruction: &Instr) -> Option<u32> {
    instruction.position.line
}
