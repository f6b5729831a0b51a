//! A module or class has no `return`: all its ways out are one end, which the compiler copies.

use lancehead_ir::{Block, BlockId, Graph, Op, Terminator};
use lancehead_pyc::Object;

use super::Prepared;

/// Adds the block that stands for the end.
pub fn add(graph: &mut Graph) -> BlockId {
    let id = BlockId(graph.blocks.len() as u32);
    let offset = graph.blocks.iter().map(|b| b.end.0).max().unwrap_or(0).saturating_add(1);
    let (insts, terminator, end) = (Vec::new(), Terminator::Reraise, (offset, 0));
    graph.blocks.push(Block { insts, terminator, offset, end, scope: Graph::ROOT });
    id
}

/// Leads every way that returns None to the end.
pub fn run(prepared: &mut Prepared) {
    let Some(end) = prepared.end else { return };
    for block in &mut prepared.graph.blocks {
        let returns_none = block.terminator == Terminator::Return
            && matches!(block.insts.last().map(|i| &i.op), Some(Op::Const(object)) if **object == Object::None);
        if returns_none {
            block.insts.pop();
            block.terminator = Terminator::Jump(end);
        }
    }
}
