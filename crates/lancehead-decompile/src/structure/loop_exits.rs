//! Where a loop is left, and what follows it.

use lancehead_ir::BlockId;

use rustc_hash::FxHashSet;

use super::{Context, Structurer};
use crate::code::budget::{Budget, MAX_EXIT_BLOCKS, MAX_REACHED_BLOCKS};

impl Structurer<'_> {
    pub(super) fn follow_of_natural(
        &self,
        natural: BlockId,
        targets: &[BlockId],
        context: &Context,
    ) -> Option<BlockId> {
        let natural = self.settle(natural).unwrap_or(natural);
        if targets.is_empty() || targets.iter().any(|t| self.same_target(*t, natural)) {
            return Some(natural);
        }
        let reached = self.reachable_from(natural, context);
        // A way out that nothing else leads to is the end of the body, up to where it leads.
        let targets: Vec<BlockId> = targets
            .iter()
            .flat_map(|t| {
                match reached.contains(t)
                    || Some(*t) == context.next
                    || self.flow.forward_predecessors(*t).count() > 1
                {
                    true => vec![*t],
                    false => self.leads_to(*t),
                }
            })
            .collect();
        if targets.iter().any(|t| self.same_target(*t, natural)) {
            return Some(natural);
        }
        if let Some(&after_else) = targets
            .iter()
            .filter(|t| reached.iter().any(|r| self.same_target(*r, **t)) || Some(**t) == context.next)
            .min_by_key(|t| self.flow.position(**t))
        {
            return Some(after_else);
        }
        let shared = targets.iter().find(|t| {
            self.flow.forward_predecessors(**t).count() >= 2
                && self.graph.block(**t).offset > self.graph.block(natural).offset
        });
        if let Some(&shared) = shared {
            return Some(shared);
        }
        Some(natural)
    }

    /// Where the blocks that a block dominates lead, if not to each other.
    pub(super) fn leads_to(&self, start: BlockId) -> Vec<BlockId> {
        let mut out = Vec::new();
        let mut seen = FxHashSet::default();
        let mut work = vec![start];
        while let Some(block) = work.pop() {
            if !seen.insert(block) {
                continue;
            }
            if seen.len() > MAX_EXIT_BLOCKS {
                self.unit.meter.hit(Budget::ExitBlocks);
                break;
            }
            for next in self.graph.block(block).terminator.successors() {
                match self.flow.dominates(start, next) {
                    true => work.push(next),
                    false => out.push(next),
                }
            }
        }
        out
    }

    pub(super) fn follow_of_breaks(&self, targets: &[BlockId], context: &Context) -> Option<BlockId> {
        if let Some(next) = context.next.filter(|n| targets.iter().any(|t| self.same_target(*t, *n))) {
            return Some(next);
        }
        let leads: Vec<Vec<BlockId>> = targets.iter().map(|t| self.leads_to(*t)).collect();
        // A way out that is not where the loop's statement ends is part of the body, and must lead to that end.
        let suits = |end: BlockId| {
            let leads_there = |(target, leads): &(&BlockId, &Vec<BlockId>)| {
                self.same_target(**target, end) || leads.iter().all(|lead| self.same_target(*lead, end))
            };
            targets.iter().zip(&leads).filter(leads_there).count()
        };
        let best = targets.iter().copied().max_by_key(|t| {
            let reached_by =
                targets.iter().filter(|o| *o != t && self.reachable_from(**o, context).contains(t)).count();
            let shared = self.flow.forward_predecessors(*t).count().min(2);
            (reached_by, shared, self.graph.block(*t).offset)
        })?;
        let suited = suits(best);
        match leads
            .iter()
            .flatten()
            .copied()
            .find(|lead| suited < targets.len() && suits(*lead) == targets.len())
        {
            Some(shared) => Some(shared),
            None => Some(best),
        }
    }

    /// The blocks that can be reached from a block within the surrounding suite.
    pub(super) fn reachable_from(&self, from: BlockId, context: &Context) -> FxHashSet<BlockId> {
        let mut seen = FxHashSet::default();
        let mut work = vec![from];
        while let Some(block) = work.pop() {
            if [context.next, context.continues_to, context.breaks_to].contains(&Some(block))
                || self.active.contains(&block)
                || !seen.insert(block)
            {
                continue;
            }
            if seen.len() > MAX_REACHED_BLOCKS {
                self.unit.meter.hit(Budget::ReachedBlocks);
                break;
            }
            work.extend(self.graph.block(block).terminator.successors());
        }
        seen
    }
}
