//! Loops of 3.7, whose bytecode says where they end.
//!
//! `SETUP_LOOP` names the end of the whole statement, `POP_BLOCK` marks the place that is reached when the loop ends of
//! itself, and `break` is an operation of its own: nothing about such a loop has to be guessed.

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind};
use lancehead_ir::{BlockId, Op, Terminator};

use super::branch::plain;
use super::loops::Exits;
use super::{Context, End, Structurer};
use crate::code::failure::Outcome;
use crate::execute::item::Item;
use crate::execute::value::Stack;
use crate::structure::condition::Test;

impl Structurer<'_> {
    /// Builds the loop whose test or iterable starts at `body`.
    pub(super) fn bounded_loop(
        &mut self,
        body: BlockId,
        after: BlockId,
        is_for: bool,
        stack: &Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<()> {
        if is_for {
            return self.bounded_for(body, after, stack, context, items);
        }
        self.active.push(body);
        let built = self.bounded_while(body, after, stack, context, items);
        self.active.pop();
        built
    }

    fn bounded_for(
        &mut self,
        iterable: BlockId,
        after: BlockId,
        stack: &Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<()> {
        let node = self.taken(iterable, stack)?;
        let End::Goto(header) = node.end else {
            return self.fail("a `for` over nothing", iterable);
        };
        let Terminator::ForIter { exhausted, .. } = self.graph.block(header).terminator else {
            return self.fail("a `for` without a header", iterable);
        };
        let natural = self.left_at(exhausted).unwrap_or(exhausted);
        let exits = Exits::known(Some(natural), after);
        items.extend(node.items);
        let mut entered = node.stack;
        self.active.push(header);
        let built = self.for_loop(header, exits, &mut entered, context, items);
        self.active.pop();
        built.map(|_| ())
    }

    fn bounded_while(
        &mut self,
        header: BlockId,
        after: BlockId,
        stack: &Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<()> {
        let node = self.reduce(header, stack)?;
        let condition = match &node.end {
            End::Branch { test, if_true, if_false, keeps: false } if node.items.is_empty() => {
                self.loop_test(test, *if_true, *if_false)
            }
            _ => None,
        };
        let line = node.line;
        let natural = condition.as_ref().and_then(|c| c.natural);
        self.enters_header = condition.is_none();
        let (test, start) = match condition {
            Some(Condition { test, body, .. }) => (test.into_expr(self.folds()).0, body),
            None => (Expr::at(ExprKind::Constant(Constant::Bool(true)), line), header),
        };
        let exits = Exits::known(natural, after);
        let inner = self.inside_loop(header, &exits, context);
        let walked = self.suite(start, stack.clone(), &inner)?;
        let body = plain(walked.items)?;
        let orelse = self.loop_else(&exits, stack, context)?;
        items.push(Item::Stmt(Stmt::at(StmtKind::While { test, body, orelse }, line)));
        Ok(())
    }

    /// The condition of a `while`, if one of the ways from its test leaves the loop.
    fn loop_test(&self, test: &Test, if_true: BlockId, if_false: BlockId) -> Option<Condition> {
        let folds = self.folds();
        match (self.left_at(if_true), self.left_at(if_false)) {
            (None, natural @ Some(_)) if test.is_faithful(false, folds) => {
                Some(Condition { test: test.clone(), body: if_true, natural })
            }
            (natural @ Some(_), None) if test.is_faithful(true, folds) => {
                Some(Condition { test: test.clone().negated(), body: if_false, natural })
            }
            _ => None,
        }
    }

    /// Where control goes on when a loop ends of itself at a block.
    fn left_at(&self, at: BlockId) -> Option<BlockId> {
        let block = self.graph.block(at);
        let leaves = matches!(&block.insts[..], [only] if only.op == Op::LeaveLoop);
        match block.terminator {
            Terminator::Jump(next) if leaves => Some(next),
            _ => None,
        }
    }
}

/// The condition of a `while`.
struct Condition {
    test: Test,
    /// Where the loop goes on while it holds.
    body: BlockId,
    /// Where the loop ends once it does not.
    natural: Option<BlockId>,
}
