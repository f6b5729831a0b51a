//! Leaving the scope of a suite: what is done on the way is implied.

use lancehead_ast::{ExprKind, Stmt, StmtKind};
use lancehead_ir::{BlockId, Op, Terminator};

use super::{Context, End, Structurer};
use crate::code::failure::Outcome;
use crate::execute::item::Item;
use crate::execute::value::Stack;
use crate::graph::exits::exit_call;

impl Structurer<'_> {
    /// Whether going to a block ends a suite: by falling off its end (`Some(None)`), `break` or `continue`.
    /// `jumping` tells that it is not the first where it may be another.
    pub(super) fn leaves(
        &mut self,
        to: BlockId,
        context: &Context,
        jumping: bool,
    ) -> Option<Option<StmtKind>> {
        // The compiler copies short ways out of the function; a copy of where the suite leads is where it leads.
        let is = |target: Option<BlockId>| target.is_some_and(|t| self.same_target(t, to));
        let (is_end, is_break) = (is(context.next), is(context.breaks_to));
        let is_continue = is(context.continues_to);
        let returns = jumping && self.ends[to.index()];
        if is_end && !returns && !(jumping && (is_break || is_continue)) {
            Some(None)
        } else if is_continue {
            Some(Some(StmtKind::Continue))
        } else if is_break {
            self.broken_to.extend(context.breaks_to);
            Some(Some(StmtKind::Break))
        } else {
            None
        }
    }

    /// Executes a block outside the suite's scope on the way out of it, which must do nothing that the source says:
    /// leave handlers, call the exits of `with`, drop iterators, return. Gives where it leads, if anywhere.
    pub(super) fn way_out(
        &mut self,
        at: BlockId,
        stack: Stack,
        left: Option<u32>,
        items: &mut Vec<Item>,
    ) -> Outcome<Option<(BlockId, Stack)>> {
        if !self.is_way_out(at) {
            return self.fail("code outside the scope that leads to it", at);
        }
        let mut node = self.execute_one(at, stack)?;
        items.append(&mut node.items);
        match node.end {
            End::Goto(next) => Ok(Some((next, node.stack))),
            End::Return(value) => {
                // It may have the line of the `with` or `finally` that is left.
                let mut value = value;
                let line = match (&value.kind, left) {
                    (ExprKind::Constant(_), Some(line)) => {
                        value.line = line;
                        line
                    }
                    (ExprKind::Constant(_), None) => node.line,
                    _ if self.unit.dialect.tells_returns_apart => node.line,
                    _ => Some(value.first_line()).filter(|line| *line > 0).unwrap_or(node.line),
                };
                items.push(Item::Stmt(Stmt::at(StmtKind::Return(Some(value)), line)));
                Ok(None)
            }
            End::Reraise => Ok(None),
            _ => self.fail("code outside the scope that leads to it", at),
        }
    }

    /// The line of the statement that leaves a scope by way of a block: that of what does nothing there, or of the end of a
    /// clause. All else has the line of the `with` or `finally` that is left.
    pub(super) fn left_on(&self, at: BlockId) -> Option<u32> {
        if self.unit.dialect.tells_returns_apart {
            return None;
        }
        let first = self.graph.block(at).insts.first();
        let clause = first.filter(|inst| matches!(inst.op, Op::PopExcept(_))).map(|inst| inst.line);
        let passed = match self.stops_before(at) {
            [first, rest @ ..] if rest.iter().all(|stop| stop.line == first.line) => Some(first.line),
            _ => None,
        };
        self.graph.marker_line_at(at).or(clause.filter(|line| *line > 0)).or(passed)
    }

    /// Whether a block that leaves a `with`, `finally` or clause does not say that it falls off the end.
    pub(super) fn leaves_by_jump(&self, at: BlockId, before: bool) -> bool {
        let mut ops = self.graph.block(at).insts.iter().map(|i| &i.op);
        match ops.clone().any(|op| *op == Op::FallsOut) {
            true => false,
            false => before || ops.any(|op| matches!(op, Op::WithExit | Op::LeaveFinally(_) | Op::JumpsOut)),
        }
    }

    /// Whether a scope is left, from a block on, by `return`, `break` or `continue`. Only bytecode up to 3.8 tells.
    pub(super) fn starts_jump(&self, at: BlockId) -> bool {
        let block = self.graph.block(at);
        let falls = |id: BlockId| self.graph.block(id).insts.first().is_some_and(|i| i.op == Op::FallsOut);
        self.unit.dialect.tells_returns_apart
            && block.insts.iter().any(|i| matches!(i.op, Op::WithExit | Op::LeaveFinally(_) | Op::JumpsOut))
            && !block.insts.iter().any(|i| i.op == Op::FallsOut)
            && !block.terminator.successors().any(falls)
    }

    /// Whether a block does only what leaving a scope implies.
    pub(super) fn is_way_out(&self, at: BlockId) -> bool {
        let block = self.graph.block(at);
        let unwinds = self.unit.dialect.returns_unwind;
        let quiet = |op: &Op| {
            let constant = match op {
                Op::Const(_) => true,
                Op::Load(_, name) => self.temporaries.as_ref().is_some_and(|t| t.contains(name)),
                _ => false,
            };
            constant && !unwinds
                || matches!(
                    op,
                    Op::Copy(_)
                        | Op::Swap(_)
                        | Op::Rotate(_)
                        | Op::Pop
                        | Op::PopExcept(_)
                        | Op::LeaveHandler { .. }
                        | Op::LeaveFinally(_)
                        | Op::FallsOut
                        | Op::JumpsOut
                        | Op::WithExit
                        | Op::SuppressException
                )
        };
        let after_exit = exit_call(&block.insts).unwrap_or(0);
        let swaps = block.insts.iter().take_while(|i| matches!(i.op, Op::Swap(_) | Op::Rotate(_))).count();
        let after_swapped_exit = exit_call(&block.insts[swaps..]).map_or(0, |n| n + swaps);
        let start = after_exit.max(after_swapped_exit);
        let leaves =
            matches!(block.terminator, Terminator::Return | Terminator::Jump(_) | Terminator::Reraise);
        // A block that holds nothing is where a protected region is entered.
        let lands = block.insts.is_empty() && matches!(block.terminator, Terminator::Jump(_));
        leaves && !lands && self.end != Some(at) && block.insts[start..].iter().all(|inst| quiet(&inst.op))
    }
}
