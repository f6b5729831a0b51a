//! Source for code that no compiler made.
//!
//! Bytecode made by hand, by an obfuscator or by PyTorch's Dynamo keeps values on the stack across branches, copies and
//! exchanges them at will, and jumps into the middle of loops. No statement of Python does so. [`rewrite`] turns its graph
//! into one that does the same with variables: a pass before all others, after which the structurer finds a program that
//! source can say. What each path computes, in which order, and which handler protects it stay as they were.

mod block;
mod collect;
mod delete;
mod dispatch;
mod leave;
mod means;
mod operands;
mod shuffle;
mod slots;

use lancehead_ir::{Graph, Op, Temporaries, Variable};
use lancehead_pyc::PyStr;
use rustc_hash::FxHashSet;

use crate::code::failure::Outcome;
use crate::code::form::Form;
use block::Rewriter;
pub use means::Means;
use slots::Slots;

/// Rewrites a graph for a form. In all but the exact one,
/// variables keep what is on the stack between blocks, or is used more than once.
///
/// What only the structure of statements puts there stays: iterators, the exits of `with`, exceptions, what inlined
/// comprehensions build.
///
/// # Errors
/// Stacks whose depth depends on the way that was taken, and operations that no variable can help.
pub fn rewrite(graph: &mut Graph, form: Form, means: &Means) -> Outcome<()> {
    if form == Form::Exact {
        return Ok(());
    }
    let slots = Slots::of(graph, means.iterator_slots)?;
    let depths: Vec<_> = graph.regions.iter().map(|region| slots.kept_depth(region)).collect();
    let mut values = 0;
    for number in 0..graph.blocks.len() {
        let id = lancehead_ir::BlockId(number as u32);
        if slots.at(id).is_some() {
            let block = Rewriter::new(graph, id, &slots, means, &mut values).run()?;
            graph.blocks[number] = block;
        }
    }
    drop_unused(graph, &means.temporaries);
    for (region, depth) in graph.regions.iter_mut().zip(depths) {
        region.depth = depth;
    }
    if form == Form::Dispatch {
        dispatch::run(graph, &slots, &means.temporaries, means.variable)?;
    }
    if means.variable == Variable::Name {
        delete::at_ends(graph, means);
    }
    Ok(())
}

/// What is stored into a variable that nothing loads is computed for nothing.
fn drop_unused(graph: &mut Graph, temporaries: &Temporaries) {
    let insts = || graph.blocks.iter().flat_map(|block| &block.insts);
    let loaded: FxHashSet<PyStr> = insts()
        .filter_map(|inst| match &inst.op {
            Op::Load(_, name) if temporaries.contains(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    for inst in graph.blocks.iter_mut().flat_map(|block| &mut block.insts) {
        match &inst.op {
            Op::Store(_, name) if temporaries.contains(name) && !loaded.contains(name) => inst.op = Op::Pop,
            _ => {}
        }
    }
}
