//! `except*` (PEP 654).
//!
//! The handler keeps the group, a list of what the clauses raise, and the rest of the group that no clause has matched.
//! Each clause takes its part of the rest and goes on to the next; after the last, what is to be raised is put together.

use lancehead_ast::ExceptHandler;
use lancehead_ir::{BlockId, Op, RegionId, Terminator};

use super::{Context, End, Structurer};
use crate::code::failure::Outcome;
use crate::execute::value::Stack;
use crate::structure::condition::Test;

impl Structurer<'_> {
    /// Where control goes on after the `except*` clauses of a region; `None` when its clauses are no such.
    pub(super) fn after_star_clauses(&self, region: RegionId) -> Option<BlockId> {
        let scope = lancehead_ir::Graph::handler_scope(region);
        let blocks = &self.by_scope[scope.index()];
        self.unit.meter.step(blocks.len() as u64);
        let last = blocks.iter().find(|b| self.ends_star_clauses(**b))?;
        let Terminator::Branch { if_true, if_false, .. } = self.graph.block(*last).terminator else {
            return None;
        };
        // When nothing is left to raise, None is dropped.
        let at = [if_true, if_false]
            .into_iter()
            .find(|b| self.graph.block(*b).insts.first().is_some_and(|i| i.op == Op::Pop))?;
        let mut at = at;
        for _ in 0..8 {
            match self.graph.block(at).terminator {
                Terminator::Jump(next) if self.only_leaves(at) => at = next,
                _ => break,
            }
        }
        Some(self.originals[at.index()])
    }

    /// Whether a block puts together what to raise after the last clause.
    fn ends_star_clauses(&self, at: BlockId) -> bool {
        let [first, second, ..] = &self.graph.block(at).insts[..] else { return false };
        first.op == Op::ListAppend(1) && second.op == Op::PrepReraiseStar
    }

    /// Builds the clauses.
    pub(super) fn star_clauses(
        &mut self,
        region: RegionId,
        mut stack: Stack,
        context: &Context,
    ) -> Outcome<Vec<ExceptHandler>> {
        let mut handlers = Vec::new();
        let mut at = self.graph.region(region).handler;
        while !self.ends_star_clauses(at) {
            let node = self.taken(at, &stack)?;
            let line = node.line;
            let End::Branch { test: Test::Exception(typ), if_true, if_false, .. } = node.end else {
                return self.fail("a clause of `except*` without a type", at);
            };
            let Some(next) = self.drops_top(if_false).filter(|_| node.items.is_empty()) else {
                return self.fail("a clause of `except*` that is followed by none", at);
            };
            let inner = Context { next: Some(next), breaks_to: None, continues_to: None, ..*context };
            let walked = self.suite(if_true, node.stack.clone(), &inner)?;
            handlers.push(self.clause(Some(typ), walked.items, line, if_true)?);
            (at, stack) = (next, node.stack.without(1));
        }
        Ok(handlers)
    }
}
