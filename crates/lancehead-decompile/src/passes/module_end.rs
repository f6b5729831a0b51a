//! A module or class has no `return`: all its ways out are one end, which the compiler copies.

use lancehead_ir::{Block, BlockId, Graph, Inst, Op, Terminator, Variable};

use crate::graph::prepared::Prepared;

/// Adds the block that stands for the end.
pub fn add(graph: &mut Graph) -> BlockId {
    let id = BlockId(graph.blocks.len() as u32);
    let offset = graph.blocks.iter().map(|b| b.end.0).max().unwrap_or(0).saturating_add(1);
    let (insts, terminator, end) = (Vec::new(), Terminator::Reraise, (offset, 0));
    graph.blocks.push(Block { insts, terminator, offset, end, scope: Graph::ROOT });
    id
}

/// Leads every way that returns to the end.
pub fn run(prepared: &mut Prepared) {
    let Some(end) = prepared.end else { return };
    let is_class = is_class(&prepared.graph);
    for block in &mut prepared.graph.blocks {
        if block.terminator != Terminator::Return {
            continue;
        }
        if block.insts.last().is_some_and(|inst| inst.op.loads_none()) {
            block.insts.pop();
        } else if !(is_class && take_store(&mut block.insts, "__classcell__")) {
            continue;
        }
        block.terminator = Terminator::Jump(end);
        if is_class {
            take_store(&mut block.insts, "__classdictcell__");
            take_store(&mut block.insts, "__static_attributes__");
        }
    }
}

/// Whether the code is the body of a class: it says first which module it is in.
fn is_class(graph: &Graph) -> bool {
    let stores = |inst: &Inst| matches!(&inst.op, Op::Store(Variable::Name, name) if name == "__module__");
    graph.block(graph.entry).insts.iter().take(4).any(stores)
}

/// Takes away the store that the compiler adds at the end of a class, if it is there: a value, copied for the return if
/// it is returned too.
fn take_store(insts: &mut Vec<Inst>, name: &str) -> bool {
    let mut rest = insts.as_slice();
    match rest.split_last() {
        Some((Inst { op: Op::Store(Variable::Name, stored), .. }, before)) if stored == name => rest = before,
        _ => return false,
    }
    if let Some((Inst { op: Op::Copy(1), .. }, before)) = rest.split_last() {
        rest = before;
    }
    let Some((Inst { op: Op::LoadClosure(_) | Op::Const(_), .. }, before)) = rest.split_last() else {
        return false;
    };
    let kept = before.len();
    insts.truncate(kept);
    true
}
