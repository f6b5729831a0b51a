//! Conditional expressions: the arms of a branch that are one value.

use lancehead_ast::{Expr, ExprKind};
use lancehead_ir::Terminator;

use super::node::value_expr;
use super::{End, Node, Structurer};
use crate::structure::condition::Test;

impl Structurer<'_> {
    /// `x if test else y`.
    pub(super) fn fold_conditional(&mut self, node: &mut Node, t: &Node, f: &Node) -> bool {
        let (End::Goto(to), End::Goto(also)) = (&t.end, &f.end) else { return false };
        if !self.same_target(*to, *also)
            || !t.stack.without(1).same(&node.stack)
            || !f.stack.without(1).same(&node.stack)
            || t.stack.depth() != node.stack.depth() + 1
            || f.stack.depth() != node.stack.depth() + 1
        {
            return false;
        }
        let (Some(body), Some(orelse)) =
            (value_expr(self.unit, t.stack.top()), value_expr(self.unit, f.stack.top()))
        else {
            return false;
        };
        // Two statements may return, each on a line of its own.
        let block = self.graph.block(*to);
        if block.insts.is_empty()
            && block.terminator == Terminator::Return
            && !self.reads_in_order(node, (body.first_line(), t), (orelse.first_line(), f))
        {
            return false;
        }
        let End::Branch { test, .. } = std::mem::replace(&mut node.end, End::Reraise) else { return false };
        let value = self.conditional(test, (body, t), (orelse, f));
        let to = *to;
        let base = node.stack.clone();
        node.blocks.extend(f.blocks.iter().copied());
        self.become_value(node, t, base, value, End::Goto(to));
        true
    }

    /// `return x if test else y`: the return was copied to both arms, with its line.
    pub(super) fn fold_returns(&mut self, node: &mut Node, t: &Node, f: &Node) -> bool {
        let (End::Return(body), End::Return(orelse)) = (&t.end, &f.end) else { return false };
        if t.line == 0 || t.line != f.line || !t.stack.same(&node.stack) || !f.stack.same(&node.stack) {
            return false;
        }
        if !self.reads_in_order(node, (body.first_line(), t), (orelse.first_line(), f)) {
            return false;
        }
        let (body, orelse) = (body.clone(), orelse.clone());
        let End::Branch { test, .. } = std::mem::replace(&mut node.end, End::Reraise) else { return false };
        let value = self.conditional(test, (body, t), (orelse, f));
        node.blocks.extend(t.blocks.iter().chain(&f.blocks).copied());
        node.line = t.line;
        node.end = End::Return(value);
        true
    }

    /// Whether two arms may be those of a conditional expression: in `x if test else y`, the first arm is written before the
    /// test. (In an `if`, it is written behind it.)
    pub(super) fn reads_in_order(
        &self,
        node: &Node,
        (t_line, t): (u32, &Node),
        (f_line, f): (u32, &Node),
    ) -> bool {
        let End::Branch { test, .. } = &node.end else { return true };
        let swapped = self.graph.block(f.blocks[0]).offset < self.graph.block(t.blocks[0]).offset;
        let (first, test) = (if swapped { f_line } else { t_line }, test.first_line());
        first == 0 || test == 0 || first <= test
    }

    /// The conditional expression of two arms: the one that is written first comes first.
    pub(super) fn conditional(
        &self,
        test: Test,
        (body, t): (Expr, &Node),
        (orelse, f): (Expr, &Node),
    ) -> Expr {
        let swapped = self.graph.block(f.blocks[0]).offset < self.graph.block(t.blocks[0]).offset;
        let folds = self.folds();
        let (test, body, orelse) = match swapped && test.is_faithful(true, folds) {
            true => (test.negated(), orelse, body),
            false => (test, body, orelse),
        };
        let (test, _) = test.into_expr(folds);
        let line = test.line;
        let kind = ExprKind::IfExp { test: Box::new(test), body: Box::new(body), orelse: Box::new(orelse) };
        Expr::at(kind, line)
    }

    /// `if x if test else y`: both arms test something and lead to the same two places.
    pub(super) fn fold_conditional_test(&mut self, node: &mut Node, t: &Node, f: &Node) -> bool {
        let (
            End::Branch { test: a, if_true: a_true, if_false: a_false, keeps: false },
            End::Branch { test: b, if_true: b_true, if_false: b_false, keeps: false },
        ) = (&t.end, &f.end)
        else {
            return false;
        };
        if !t.stack.same(&node.stack) || !f.stack.same(&node.stack) {
            return false;
        }
        let b = if self.same_target(*a_true, *b_true) && self.same_target(*a_false, *b_false) {
            b.clone()
        } else if self.same_target(*a_true, *b_false) && self.same_target(*a_false, *b_true) {
            b.clone().negated()
        } else {
            return false;
        };
        if !self.reads_in_order(node, (a.first_line(), t), (b.first_line(), f)) {
            return false;
        }
        let End::Branch { test, .. } = &node.end else { return false };
        let test = Test::If(Box::new((test.clone(), a.clone(), b)));
        node.end = End::Branch { test, if_true: *a_true, if_false: *a_false, keeps: false };
        node.blocks.extend(t.blocks.iter().chain(&f.blocks).copied());
        true
    }
}
