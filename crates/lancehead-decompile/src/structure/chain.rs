//! Chained comparisons: `a < b < c`.

use lancehead_ast::{CmpOp, Expr, ExprKind};
use lancehead_ir::{BlockId, Op};

use super::node::value_expr;
use super::{End, Node, Structurer};
use crate::code::failure::Outcome;
use crate::execute::value::Value;
use crate::structure::condition::Test;

impl Structurer<'_> {
    /// `a < b < c`: the value in the middle was copied, and lies on the stack until the next comparison or the way out.
    pub(super) fn fold_chain(&mut self, node: &mut Node) -> Outcome<bool> {
        let End::Branch { ref test, if_true, if_false, keeps } = node.end else { return Ok(false) };
        let Test::Leaf { expr: first, .. } = test else { return Ok(false) };
        let below = node.stack.without(u32::from(keeps));
        let Some(Value::Shared(middle)) = below.top() else { return Ok(false) };
        let first = if keeps { self.kept_value(node) } else { Some(first.clone()) };
        let Some(Expr { kind: ExprKind::Compare { left, ops, comparators }, line }) = first else {
            return Ok(false);
        };
        let joined = comparators.last().is_some_and(|last| is_use_of(last, &middle.value.borrow()));
        if !joined {
            return Ok(false);
        }
        let stack = node.stack.clone();
        let Some(arm) = self.arm(node, if_true, &stack)? else { return Ok(false) };
        let base = below.without(1);
        if keeps {
            // Value: the way out swaps the result to the top and drops the middle.
            let End::Goto(to) = arm.end else { return Ok(false) };
            if !self.drops_below_top(if_false).is_some_and(|after| self.same_target(after, to))
                || !arm.stack.without(1).same(&base)
            {
                return Ok(false);
            }
            let Some(rest) = value_expr(self.unit, arm.stack.top()) else { return Ok(false) };
            let Some(value) = chain(left, ops, comparators, rest, line) else { return Ok(false) };
            self.become_value(node, &arm, base, value, End::Goto(to));
            self.take_up(node, if_false);
            return Ok(true);
        }
        let End::Branch { test, if_true: t, if_false: f, keeps: false } = &arm.end else { return Ok(false) };
        if !self.drops_top(if_false).is_some_and(|after| self.same_target(after, *f))
            || !arm.stack.same(&base)
        {
            return Ok(false);
        }
        // The next comparison may have been joined with what is tested after it.
        let (rest, more) = match test.clone() {
            Test::Leaf { expr, .. } => (expr, Vec::new()),
            Test::And(mut tests) => match tests.remove(0) {
                Test::Leaf { expr, .. } => (expr, tests),
                _ => return Ok(false),
            },
            _ => return Ok(false),
        };
        let Some(expr) = chain(left, ops, comparators, rest, line) else { return Ok(false) };
        let chained = Test::Leaf { expr, none_test: false };
        let test = more.into_iter().fold(chained, Test::and);
        node.end = End::Branch { test, if_true: *t, if_false: *f, keeps: false };
        node.blocks.extend(&arm.blocks);
        self.take_up(node, if_false);
        node.stack = base;
        Ok(true)
    }

    /// Makes a block part of a node, unless other blocks lead there too: the way out of a chain is that of all its parts.
    fn take_up(&self, node: &mut Node, block: BlockId) {
        if self.flow.predecessors[block.index()].iter().all(|from| node.blocks.contains(from)) {
            node.blocks.push(block);
        }
    }

    /// For a block that does nothing but drop what lies below the top: where it goes on.
    fn drops_below_top(&self, block: BlockId) -> Option<BlockId> {
        self.only(block, &[Op::Swap(2), Op::Pop])
    }
}

/// Whether an expression is a copied value, perhaps with the targets of `:=` around it.
fn is_use_of(expr: &Expr, value: &Expr) -> bool {
    let mut at = expr;
    loop {
        if at == value {
            return true;
        }
        match &at.kind {
            ExprKind::NamedExpr { value, .. } => at = value,
            _ => return false,
        }
    }
}

/// Appends a comparison to a chain.
fn chain(
    left: Box<Expr>,
    mut ops: Vec<CmpOp>,
    mut comparators: Vec<Expr>,
    rest: Expr,
    line: u32,
) -> Option<Expr> {
    match rest.kind {
        ExprKind::Compare { ops: more_ops, comparators: more, .. } => {
            ops.extend(more_ops);
            comparators.extend(more);
            Some(Expr::at(ExprKind::Compare { left, ops, comparators }, line))
        }
        _ => None,
    }
}
