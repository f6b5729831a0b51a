//! The clauses of a `try`.

use lancehead_ast::{ExceptHandler, ExprKind, Stmt, StmtKind};
use lancehead_ir::{BlockId, Op, RegionId, Terminator};

use super::{Context, End, Structurer};
use crate::code::failure::Outcome;
use crate::execute::item::{Item, Source, take_bound};
use crate::execute::value::Stack;
use crate::structure::condition::Test;

impl Structurer<'_> {
    pub(super) fn clauses(
        &mut self,
        region: RegionId,
        stack: &Stack,
        context: &Context,
    ) -> Outcome<Vec<ExceptHandler>> {
        let mut handlers = Vec::new();
        let mut at = self.graph.region(region).handler;
        let mut stack = self.handler_stack(region, stack);
        loop {
            let node = self.taken(at, &stack)?;
            let line = node.line;
            match node.end {
                End::Branch { test: Test::Exception(typ), if_true, if_false, .. }
                    if node.items.is_empty() =>
                {
                    let walked = self.suite(if_true, node.stack.clone(), context)?;
                    handlers.push(self.clause(Some(typ), walked.items, line, if_true)?);
                    (at, stack) = (if_false, node.stack);
                }
                End::Reraise if node.items.is_empty() && !handlers.is_empty() => break,
                _ => {
                    let walked = self.suite(at, stack, context)?;
                    handlers.push(self.clause(
                        None,
                        walked.items,
                        self.line_of_drop(at).unwrap_or(line),
                        at,
                    )?);
                    break;
                }
            }
        }
        Ok(handlers)
    }

    pub(super) fn clause(
        &self,
        typ: Option<lancehead_ast::Expr>,
        items: Vec<Item>,
        line: u32,
        at: BlockId,
    ) -> Outcome<ExceptHandler> {
        let Ok((target, body)) = take_bound(items, Source::Exception) else {
            return self.fail("an exception bound late", at);
        };
        let name = match target.map(|t| t.kind) {
            None => None,
            Some(ExprKind::Name(name)) => Some(name),
            Some(_) => return self.fail("an exception bound to something that is no name", at),
        };
        let line = typ.as_ref().map_or(line, |t| t.line);
        let mut body = body;
        if body.is_empty() {
            // `pass` is where the clause is left.
            body.push(Stmt::at(StmtKind::Pass, self.line_of_leaving(at)));
        }
        Ok(ExceptHandler { typ, name, body, line })
    }

    /// The line of a bare `except`, which drops the exception.
    pub(super) fn line_of_drop(&self, start: BlockId) -> Option<u32> {
        let mut at = start;
        for _ in 0..4 {
            let block = self.graph.block(at);
            if let Some(drops) = block.insts.iter().find(|i| i.op == Op::Pop) {
                return Some(drops.line).filter(|line| *line > 0);
            }
            let Terminator::Jump(next) = block.terminator else { break };
            at = next;
        }
        None
    }

    /// The line on which a clause is left that does nothing.
    pub(super) fn line_of_leaving(&self, start: BlockId) -> u32 {
        let mut at = start;
        for _ in 0..8 {
            let block = self.graph.block(at);
            if let Some(leaves) = block.insts.iter().find(|i| matches!(i.op, Op::PopExcept(_))) {
                return leaves.line;
            }
            match block.terminator {
                Terminator::Jump(next) => at = next,
                _ => break,
            }
        }
        self.graph.block(start).end.1
    }

    /// The stack on which a handler starts.
    pub(super) fn handler_stack(&self, region: RegionId, stack: &Stack) -> Stack {
        match self.graph.region(region).depth {
            Some(depth) => stack.truncated(depth),
            None => stack.clone(),
        }
    }
}
