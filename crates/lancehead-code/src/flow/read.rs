//! From a row of instructions to blocks.

use lancehead_isa::{Flow, Opcode};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{BlockId, FlowBlock, FlowGraph, Handler};
use crate::program::{Code, Item, Label, Operand, Region};
use crate::stack::innermost;

pub(super) fn read(code: &Code) -> FlowGraph {
    let (mut blocks, places) = cut(code);
    let block_of = |label: Label| places.get(&label).copied().unwrap_or(BlockId(0));
    for block in &mut blocks {
        for instruction in &mut block.instructions {
            if let Operand::Label(label) = &mut instruction.operand {
                *label = block_of(*label).label();
            }
        }
    }
    let mut regions = code.regions.clone();
    // Stable: of those that begin at one place the later one lies inside.
    regions.sort_by_key(|region| block_of(region.start));
    let range = |region: &Region| block_of(region.start).index()..block_of(region.end).index();
    let count = blocks.len();
    let ranges: Vec<_> = regions.iter().map(range).collect();
    for (block, region) in blocks.iter_mut().zip(innermost(&ranges, count)) {
        block.handler = region.map(|index| {
            let Region { handler, depth, lasti, .. } = regions[index];
            Handler { block: block_of(handler), depth, lasti }
        });
    }
    // A label behind the last instruction, which nothing falls into, was the end of a region only.
    let mut order: Vec<BlockId> = (0..blocks.len() as u32).map(BlockId).collect();
    let targets: FxHashSet<BlockId> =
        blocks.iter().flat_map(|block| block.next.into_iter().chain(block.target())).collect();
    if let Some(last) = order.last().copied()
        && blocks.len() > 1
        && blocks[last.index()].instructions.is_empty()
        && !targets.contains(&last)
    {
        order.pop();
    }
    FlowGraph { object: code.object.clone(), blocks, order }
}

/// Cuts before labels and behind what jumps; also says which block each label begins.
fn cut(code: &Code) -> (Vec<FlowBlock>, FxHashMap<Label, BlockId>) {
    let mut blocks = vec![FlowBlock::default()];
    let mut places = FxHashMap::default();
    let mut line = None;
    let mut is_open = true;
    let mut falls = true;
    for item in &code.items {
        match item {
            Item::Line(new) => line = Some(*new),
            Item::Label(label) => {
                if !is_open || blocks.last().is_some_and(|block| !block.instructions.is_empty()) {
                    begin(&mut blocks, falls);
                    (is_open, falls) = (true, true);
                }
                places.insert(*label, BlockId(blocks.len() as u32 - 1));
            }
            Item::Instruction(instruction) => {
                if !is_open {
                    begin(&mut blocks, falls);
                }
                let flow = instruction.opcode.flow();
                falls = flow.falls_through() || flow == Flow::CallFinally;
                is_open = flow == Flow::Next && !leaves_region(instruction.opcode);
                if let Some(block) = blocks.last_mut() {
                    block.instructions.push(instruction.clone().on_line(line));
                }
            }
        }
    }
    (blocks, places)
}

/// Begins a block; the one before goes on with it if it `falls` through.
fn begin(blocks: &mut Vec<FlowBlock>, falls: bool) {
    let new = BlockId(blocks.len() as u32);
    if let Some(last) = blocks.last_mut().filter(|_| falls) {
        last.next = Some(new);
    }
    blocks.push(FlowBlock::default());
}

/// Whether another handler may hold behind this opcode (up to 3.10).
pub(super) fn leaves_region(opcode: Opcode) -> bool {
    opcode == Opcode::POP_BLOCK
}
