//! Blocks are split where what they start with belongs to something else than the rest.

use lancehead_ir::{Block, BlockId, Graph, Op, Terminator};

use crate::graph::exits::exit_call;

/// Splits after the exit of a `with`, and after values dropped at the start of a block.
pub fn run(graph: &mut Graph) {
    let mut at = 0;
    while (at as usize) < graph.blocks.len() {
        let insts = &graph.block(BlockId(at)).insts;
        let exits = (0..insts.len())
            .take_while(|&i| i == 0 || matches!(insts[i - 1].op, Op::Swap(_) | Op::Rotate(_)))
            .find_map(|i| exit_call(&insts[i..]).map(|n| i + n));
        let falls = insts.iter().position(|i| i.op == Op::FallsOut).map(|i| i + 1);
        let drops = match &insts[..] {
            [first, ..] if first.op == Op::Pop => Some(1),
            [first, second, ..] if first.op == Op::Swap(2) && second.op == Op::Pop => Some(2),
            _ => None,
        };
        if let Some(position) = exits.or(falls).or(drops) {
            let is_jump = matches!(graph.block(BlockId(at)).terminator, Terminator::Jump(_));
            if position < graph.block(BlockId(at)).insts.len() || !is_jump {
                split(graph, BlockId(at), position);
            }
        }
        at += 1;
    }
}

/// Splits around the operations that drop the iterators of loops.
pub fn breaks(graph: &mut Graph, iterator_slots: i64) {
    for at in 0..graph.blocks.len() as u32 {
        for (block, index) in
            crate::graph::breaks::breaks_of_for(graph, BlockId(at), iterator_slots, |_| false)
        {
            let mut dropped = if index > 0 { split(graph, block, index) } else { block };
            for _ in 0..iterator_slots {
                let first = graph.block(dropped);
                let drops = matches!(first.insts.first().map(|i| &i.op), Some(Op::Pop));
                if drops && (first.insts.len() > 1 || !matches!(first.terminator, Terminator::Jump(_))) {
                    dropped = split(graph, dropped, 1);
                }
            }
        }
    }
}

/// Splits a block before the instruction at `position`. Gives the second half; the first keeps the id.
pub fn split(graph: &mut Graph, block: BlockId, position: usize) -> BlockId {
    let new = BlockId(graph.blocks.len() as u32);
    let first = &mut graph.blocks[block.index()];
    let insts = first.insts.split_off(position);
    let (offset, _) = insts.first().map_or(first.end, |i| (i.offset, i.line));
    let end = first.end;
    let terminator = std::mem::replace(&mut first.terminator, Terminator::Jump(new));
    if let Some(last) = first.insts.last() {
        first.end = (last.offset, last.line);
    }
    let scope = first.scope;
    graph.blocks.push(Block { insts, terminator, offset, end, scope });
    // The branch is in the second half now, which comes last of all.
    if let Ok(at) = graph.falls_to_jump.binary_search(&block) {
        graph.falls_to_jump.remove(at);
        graph.falls_to_jump.push(new);
    }
    new
}
