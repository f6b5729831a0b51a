//! Since 3.10 a `while` tests its condition twice: before the loop, and again at the end of the body. The copy at the
//! end is dropped, and control goes to the first one instead.

use lancehead_ir::{Block, BlockId, Graph, Inst, Terminator};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::{split, thread};
use crate::code::budget::{Budget, MAX_LOOP_TEST_BLOCKS, Meter};
use crate::code::dialect::Dialect;
use crate::graph::fingerprint::fingerprint;
use crate::graph::flow::Flow;

/// Loops nest no deeper in compiled code; each round merges the tests of all loops at one depth at least.
const MAX_ROUNDS: usize = 24;

/// Merges the copies of loop tests.
pub fn run(graph: &mut Graph, dialect: &Dialect, meter: &Meter) {
    for _ in 0..MAX_ROUNDS {
        if !round(graph, meter) {
            return;
        }
        thread::run(graph, dialect);
    }
}

/// One pass over the graph; whether it merged anything.
fn round(graph: &mut Graph, meter: &Meter) -> bool {
    if !may_have_copies(graph) {
        return false;
    }
    let flow = Flow::of(graph);
    // A copy has the lines of its original.
    let mut tests: FxHashMap<Key, Vec<BlockId>> = FxHashMap::default();
    let mut changed = false;
    for &block in &flow.order {
        if !matches!(graph.block(block).terminator, Terminator::Branch { .. }) {
            continue;
        }
        let Some(key @ (_, length, _)) = key(graph.block(block)) else { continue };
        let earlier = tests.entry(key).or_default();
        let original = earlier.iter().copied().find(|&original| {
            meter.step(1);
            flow.dominates(original, block) && Comparison::new(graph, meter).is_copy(original, block, length)
        });
        match original {
            Some(original) => {
                let at = graph.block(original).insts.len() - length;
                let test = if at == 0 { original } else { split::split(graph, original, at) };
                let kept = graph.block(block).insts.len() - length;
                let copy = &mut graph.blocks[block.index()];
                copy.insts.truncate(kept);
                copy.terminator = Terminator::Jump(test);
                graph.falls_to_jump.retain(|from| *from != block);
                changed = true;
            }
            None => earlier.push(block),
        }
    }
    changed
}

/// What a test and its copy have in common: the line of the branch, the number of operations, and what those are.
type Key = (u32, usize, u64);

/// The key of the test that a block ends with.
fn key(block: &Block) -> Option<Key> {
    let length = test_length(&block.insts)?;
    Some((block.end.1, length, fingerprint(&block.insts[block.insts.len() - length..])))
}

/// Whether two tests have a key in common, without which nothing needs to be known of the flow.
fn may_have_copies(graph: &Graph) -> bool {
    let branches = graph.blocks.iter().filter(|block| matches!(block.terminator, Terminator::Branch { .. }));
    let mut tests: SmallVec<[Key; 16]> = branches.filter_map(key).collect();
    tests.sort_unstable();
    tests.windows(2).any(|pair| pair[0] == pair[1])
}

/// The number of operations at the end of a block that compute the value its branch tests, and nothing else.
fn test_length(insts: &[Inst]) -> Option<usize> {
    let mut needed: u32 = 1;
    for (count, inst) in insts.iter().rev().enumerate() {
        let (pops, pushes) = inst.op.effect()?;
        // More than is needed may be pushed: the middle of a chained comparison stays on the stack.
        needed = needed.saturating_sub(pushes) + pops;
        if needed == 0 {
            return Some(count + 1);
        }
    }
    None
}

/// Compares two tests and what follows them, assuming that what is being compared is equal.
struct Comparison<'g> {
    graph: &'g Graph,
    meter: &'g Meter,
    assumed: FxHashSet<(BlockId, BlockId)>,
}

impl<'g> Comparison<'g> {
    fn new(graph: &'g Graph, meter: &'g Meter) -> Self {
        Comparison { graph, meter, assumed: FxHashSet::default() }
    }

    /// Whether the test at the end of one block is a copy of that of another: the same operations, and the same ways on.
    fn is_copy(&mut self, original: BlockId, copy: BlockId, length: usize) -> bool {
        let (a, b) = (self.graph.block(original), self.graph.block(copy));
        // The end of the original may have become a block of its own.
        let (Some(i), Some(j)) = (a.insts.len().checked_sub(length), b.insts.len().checked_sub(length))
        else {
            return false;
        };
        a.scope == b.scope && same_insts(&a.insts[i..], &b.insts[j..]) && self.same_ends(original, copy)
    }

    fn same_ends(&mut self, a: BlockId, b: BlockId) -> bool {
        let (x, y) = (&self.graph.block(a).terminator, &self.graph.block(b).terminator);
        match (x, y) {
            (
                Terminator::Branch { if_true: a, if_false: b, none_test: x, .. },
                Terminator::Branch { if_true: c, if_false: d, none_test: y, .. },
            ) => x == y && self.same_way(*a, *c) && self.same_way(*b, *d),
            (Terminator::Jump(a), Terminator::Jump(b)) => self.same_way(*a, *b),
            (x, y) => x.successors().next().is_none() && x == y,
        }
    }

    /// Whether two blocks are one place, or copies of one.
    fn same_way(&mut self, a: BlockId, b: BlockId) -> bool {
        let (a, b) = (thread::settle(self.graph, a), thread::settle(self.graph, b));
        if a == b || !self.assumed.insert((a, b)) {
            return true;
        }
        if self.assumed.len() > MAX_LOOP_TEST_BLOCKS {
            self.meter.hit(Budget::LoopTestBlocks);
            return false;
        }
        let (x, y) = (self.graph.block(a), self.graph.block(b));
        let exits = x.terminator.successors().next().is_none();
        let same = match exits {
            // The copies of an implicit `return None` have lines of their own.
            true => x.insts.iter().map(|i| &i.op).eq(y.insts.iter().map(|i| &i.op)),
            false => same_insts(&x.insts, &y.insts),
        };
        x.scope == y.scope && same && self.same_ends(a, b)
    }
}

fn same_insts(a: &[Inst], b: &[Inst]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.op == y.op && x.line == y.line)
}
