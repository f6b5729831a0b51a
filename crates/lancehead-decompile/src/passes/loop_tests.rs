//! Since 3.10 a `while` tests its condition twice: before the loop, and again at the end of the body. The copy at the
//! end is dropped, and control goes to the first one instead.

use lancehead_ir::{BlockId, Graph, Inst, Terminator};

use super::{split, thread};
use crate::flow::Flow;

/// Conditions of more operands than this keep their copies, which is right but not pretty.
const MAX_ROUNDS: usize = 24;

/// Merges the copies of loop tests, one operand of a condition a round: the last one first.
pub fn run(graph: &mut Graph) {
    for _ in 0..MAX_ROUNDS {
        let flow = Flow::of(graph);
        let mut changed = false;
        for &block in &flow.order {
            changed |= merge(graph, &flow, block);
        }
        if !changed {
            return;
        }
        thread::run(graph);
    }
}

/// Merges the test at the end of a block into its original, if it is a copy.
fn merge(graph: &mut Graph, flow: &Flow, copy: BlockId) -> bool {
    let Terminator::Branch { if_true, if_false, .. } = graph.block(copy).terminator else { return false };
    for (start, out) in [(if_true, if_false), (if_false, if_true)] {
        if !flow.is_reached(start) || !flow.dominates(start, copy) {
            continue;
        }
        for original in flow.forward_predecessors(start).collect::<Vec<_>>() {
            if original == copy || !is_same_branch(graph, original, copy, start, out) {
                continue;
            }
            if let Some(length) = test_length(&graph.block(copy).insts)
                && is_copy(graph, original, copy, length)
            {
                let insts = &graph.block(original).insts;
                let at = insts.len() - length;
                let test = if at == 0 { original } else { split::split(graph, original, at) };
                let kept = graph.block(copy).insts.len() - length;
                let block = &mut graph.blocks[copy.index()];
                block.insts.truncate(kept);
                block.terminator = Terminator::Jump(test);
                return true;
            }
        }
    }
    false
}

/// Whether both blocks decide between the same two places.
fn is_same_branch(graph: &Graph, original: BlockId, copy: BlockId, start: BlockId, out: BlockId) -> bool {
    let (
        Terminator::Branch { if_true: a, if_false: b, none_test: x, .. },
        Terminator::Branch { if_true: c, none_test: y, .. },
    ) = (&graph.block(original).terminator, &graph.block(copy).terminator)
    else {
        return false;
    };
    let (to_start, to_out) = if *c == start { (*a, *b) } else { (*b, *a) };
    x == y && to_start == start && is_same_way(graph, to_out, out)
}

/// Whether two blocks are one place, or copies of one short way on.
fn is_same_way(graph: &Graph, a: BlockId, b: BlockId) -> bool {
    let (mut a, mut b) = (thread::settle(graph, a), thread::settle(graph, b));
    for _ in 0..3 {
        if a == b {
            return true;
        }
        let (x, y) = (graph.block(a), graph.block(b));
        if !x.insts.iter().map(|i| &i.op).eq(y.insts.iter().map(|i| &i.op)) || x.scope != y.scope {
            return false;
        }
        match (&x.terminator, &y.terminator) {
            (Terminator::Jump(c), Terminator::Jump(d)) => {
                (a, b) = (thread::settle(graph, *c), thread::settle(graph, *d));
            }
            (x, y) => return x.successors().next().is_none() && x == y,
        }
    }
    false
}

/// The number of operations at the end of a block that compute the value its branch tests, and nothing else.
fn test_length(insts: &[Inst]) -> Option<usize> {
    let mut needed: u32 = 1;
    for (count, inst) in insts.iter().rev().enumerate() {
        let (pops, pushes) = inst.op.effect()?;
        needed = needed.checked_sub(pushes)? + pops;
        if needed == 0 {
            return Some(count + 1);
        }
    }
    None
}

fn is_copy(graph: &Graph, original: BlockId, copy: BlockId, length: usize) -> bool {
    let (a, b) = (&graph.block(original).insts, &graph.block(copy).insts);
    let tail = |insts: &'_ [Inst]| insts.len().checked_sub(length);
    let (Some(i), Some(j)) = (tail(a), tail(b)) else { return false };
    a[i..].iter().zip(&b[j..]).all(|(x, y)| x.op == y.op && x.line == y.line)
}
