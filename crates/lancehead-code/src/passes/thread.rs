//! Jumps that lead to jumps, and instructions that do nothing.

use lancehead_isa::Opcode;

use crate::flow::{BlockId, FlowGraph, is_plain_jump};
use crate::program::{Instr, Operand};

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
    for _ in 0..graph.order.len() {
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
        let instructions = &mut graph.blocks[id.0 as usize].instructions;
        let is_needless = |instructions: &[Instr], at: usize| {
            let line = |index: Option<usize>| index.and_then(|index| instructions.get(index)).map(line_of);
            let here = line_of(&instructions[at]);
            let beside = [line(at.checked_sub(1)), line(Some(at + 1))];
            instructions[at].opcode == Opcode::NOP && (here.is_none() || beside.contains(&Some(here)))
        };
        // One after the other: of two that stand for one line one must stay.
        let mut at = 0;
        while at < instructions.len() {
            if is_needless(instructions, at) {
                instructions.remove(at);
            } else {
                at += 1;
            }
        }
    }
}

fn line_of(instruction: &Instr) -> Option<u32> {
    instruction.position.line
}
