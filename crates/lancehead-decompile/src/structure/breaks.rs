//! The `break`s of a `for`: they drop the loop's iterator first of all, which nothing else in a loop does.

use lancehead_ir::{BlockId, Op, RegionKind, Scope, Terminator};
use rustc_hash::FxHashSet;

use super::{Context, Structurer};

impl Structurer<'_> {
    /// Where the blocks lead that drop the iterator of the `for` with this header: its `break`s.
    ///
    /// Depth counts from the iterator, which is at 0; the walk covers all that the body leads to.
    pub(super) fn breaks_of_for(&self, header: BlockId, context: &Context) -> Vec<BlockId> {
        let Terminator::ForIter { body, .. } = self.graph.block(header).terminator else { return Vec::new() };
        let mut breaks = Vec::new();
        let mut seen = FxHashSet::default();
        let mut work = vec![(body, 1)];
        let around = [Some(header), context.next, context.continues_to, context.breaks_to];
        while let Some((block, depth)) = work.pop() {
            if around.contains(&Some(block)) || self.active.contains(&block) || !seen.insert(block) {
                continue;
            }
            let source = self.graph.block(block);
            if depth == 0 && source.insts.first().is_some_and(|i| i.op == Op::Pop) {
                if let Terminator::Jump(next) = source.terminator {
                    breaks.push(next);
                }
                continue;
            }
            let Some(after) = self.depth_after(block, depth) else { continue };
            match source.terminator {
                Terminator::ForIter { body, exhausted, is_async } => {
                    let slots = if self.unit.dialect.iterators_have_index && !is_async { 2 } else { 1 };
                    work.extend([(body, after + 1), (exhausted, after - slots)]);
                }
                Terminator::Branch { if_true, if_false, .. } => {
                    work.extend([(if_true, after - 1), (if_false, after - 1)]);
                }
                Terminator::Jump(next) => {
                    work.push((next, after));
                    self.handlers_entered(block, next, after, &mut work);
                }
                _ => {}
            }
        }
        breaks
    }

    /// The depth at the end of a block.
    fn depth_after(&self, block: BlockId, before: i64) -> Option<i64> {
        self.graph.block(block).insts.iter().try_fold(before, |depth, inst| {
            Some(match &inst.op {
                Op::SuppressException => depth - 7,
                Op::LeaveHandler { .. } => depth - 6,
                op => {
                    let (pops, pushes) = op.effect()?;
                    depth - i64::from(pops) + i64::from(pushes)
                }
            })
        })
    }

    /// Handlers of the regions that going from one block to another enters start with the stack as it is there.
    fn handlers_entered(&self, from: BlockId, to: BlockId, depth: i64, work: &mut Vec<(BlockId, i64)>) {
        let outside = self.graph.block(from).scope;
        let mut at = self.graph.block(to).scope;
        while at != outside && self.graph.is_within(at, outside) {
            if let Scope::Body(region) = self.graph.scopes[at.index()] {
                let region = self.graph.region(region);
                let entered = i64::from(region.kind == RegionKind::With);
                work.push((region.handler, depth - entered));
            }
            at = self.graph.parent(at);
        }
    }
}
