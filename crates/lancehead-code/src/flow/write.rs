//! From blocks to a row of instructions.

use lancehead_isa::Opcode;
use rustc_hash::FxHashSet;

use super::{BlockId, FlowGraph, Handler};
use crate::program::{Code, Instr, Item, Label, Operand, Region};

pub(super) fn write(graph: &FlowGraph) -> Code {
    let mut code = Code::empty(graph.object.clone());
    let end = (0..=graph.blocks.len()).map(|_| code.new_label()).last().unwrap_or(Label(0));
    let handlers = runs(graph);
    let mut named: FxHashSet<Label> = FxHashSet::default();
    for &(first, last, handler) in &handlers {
        named.insert(graph.order[first].label());
        named.insert(graph.order.get(last).map_or(end, |block| block.label()));
        named.insert(handler.block.label());
    }
    let following = graph.order.iter().skip(1).copied().map(Some).chain([None]);
    for (&id, following) in graph.order.iter().zip(following) {
        let block = graph.block(id);
        named.extend(block.instructions.iter().filter_map(place));
        named.extend(block.next.filter(|_| block.next != following).map(BlockId::label));
    }
    let following = graph.order.iter().skip(1).copied().map(Some).chain([None]);
    for (&id, following) in graph.order.iter().zip(following) {
        if named.contains(&id.label()) {
            code.items.push(Item::Label(id.label()));
        }
        let block = graph.block(id);
        code.items.extend(block.instructions.iter().cloned().map(Item::Instruction));
        if let Some(next) = block.next.filter(|_| block.next != following) {
            // The assembler finds the opcode for the direction.
            let position = block.instructions.last().map(|last| last.position).unwrap_or_default();
            let jump = Instr::new(Opcode::JUMP_FORWARD, Operand::Label(next.label())).at(position);
            code.items.push(Item::Instruction(jump));
        }
    }
    if named.contains(&end) {
        code.items.push(Item::Label(end));
    }
    code.regions = handlers
        .into_iter()
        .map(|(first, last, handler)| Region {
            start: graph.order[first].label(),
            end: graph.order.get(last).map_or(end, |block| block.label()),
            handler: handler.block.label(),
            depth: handler.depth,
            lasti: handler.lasti,
        })
        .collect();
    code
}

fn place(instruction: &Instr) -> Option<Label> {
    match instruction.operand {
        Operand::Label(label) => Some(label),
        _ => None,
    }
}

/// Runs of blocks with one handler: places in the order, the second behind the last.
fn runs(graph: &FlowGraph) -> Vec<(usize, usize, Handler)> {
    let mut runs: Vec<(usize, usize, Handler)> = Vec::new();
    for (at, &id) in graph.order.iter().enumerate() {
        let Some(handler) = graph.block(id).handler else { continue };
        match runs.last_mut() {
            Some((_, last, known)) if *last == at && *known == handler => *last = at + 1,
            _ => runs.push((at, at + 1, handler)),
        }
    }
    runs
}
