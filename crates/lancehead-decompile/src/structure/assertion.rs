//! `assert`: a branch that raises AssertionError, and the conditions that were one.

use lancehead_ast::{BoolOp, Constant, Expr, ExprKind, Stmt, StmtKind, UnaryOp};
use lancehead_ir::{BlockId, Op};

use super::branch::statement;
use super::{Context, End, Node, Structurer, Walked};
use crate::code::failure::Outcome;
use crate::execute::item::Item;
use crate::tree::assertion::ASSERTION_ERROR;

impl Structurer<'_> {
    /// `assert test, message`: an arm that does nothing but raise AssertionError. Gives where control goes on.
    pub(super) fn assertion(
        &mut self,
        node: &Node,
        context: &Context,
        walked: &mut Walked,
    ) -> Outcome<Option<BlockId>> {
        let End::Branch { test, if_true, if_false, .. } = &node.end else { return Ok(None) };
        for (raises, holds_at, holds) in [(*if_false, *if_true, true), (*if_true, *if_false, false)] {
            if !self.asserts(raises) || self.is_written_behind(raises, holds_at) {
                continue;
            }
            let holds = if holds { test.clone() } else { test.clone().negated() };
            let (holds, true) = holds.into_expr(self.folds()) else { continue };
            let inner = Context { next: None, ..*context };
            let body = self.suite(raises, node.stack.clone(), &inner)?;
            let Some(msg) = assertion_message(&body) else { continue };
            let begin = self.graph.block(raises).insts.first().map_or(0, |inst| inst.line);
            let (condition, holds) = self.asserted(holds, begin);
            let line = if condition.is_some() { begin } else { node.line };
            let assert = Item::Stmt(Stmt::at(StmtKind::Assert { test: holds, msg }, line));
            walked.items.push(match condition {
                Some(condition) => statement(condition, vec![assert], Vec::new(), node.line)?,
                None => assert,
            });
            return Ok(Some(holds_at));
        }
        Ok(None)
    }

    /// Whether a block was written behind another, of which it is the alternative: `else: assert False`. Before 3.11 what fails
    /// an assertion has the line of what is tested last.
    pub(super) fn is_written_behind(&self, block: BlockId, other: BlockId) -> bool {
        let line = |block: BlockId| self.graph.block(block).insts.first().map_or(0, |inst| inst.line);
        let (block, other) = (line(block), line(other));
        self.unit.dialect.has_columns && other > 0 && block > other
    }

    /// Takes what is tested on lines before that of an `assert` apart: `if a: assert b`. Since 3.11 what fails an assertion
    /// has the line of the statement; before, that of what is tested last.
    pub(super) fn asserted(&self, test: Expr, begin: u32) -> (Option<Expr>, Expr) {
        let ExprKind::BoolOp { op: BoolOp::Or, values } = &test.kind else { return (None, test) };
        let before = values.iter().take_while(|value| (1..begin).contains(&value.first_line())).count();
        if before == 0 || before == values.len() || !self.unit.dialect.has_columns {
            return (None, test);
        }
        let line = test.line;
        let mut values = values.clone();
        let rest = join_values(values.split_off(before), BoolOp::Or, line);
        let negated = values.into_iter().map(|value| match value.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => *operand,
            _ => {
                let line = value.line;
                Expr::at(ExprKind::UnaryOp { op: UnaryOp::Not, operand: Box::new(value) }, line)
            }
        });
        (Some(join_values(negated.collect(), BoolOp::And, line)), rest)
    }

    /// Whether a block starts by loading AssertionError in the way that `assert` does.
    pub(super) fn asserts(&self, block: BlockId) -> bool {
        use lancehead_ir::Variable;
        match self.graph.block(block).insts.first().map(|i| &i.op) {
            Some(Op::LoadAssertionError) => true,
            Some(Op::Load(Variable::Global | Variable::Name, name)) => {
                self.unit.dialect.asserts_by_name && name == "AssertionError"
            }
            _ => false,
        }
    }
}

/// One value, or several joined.
pub(super) fn join_values(mut values: Vec<Expr>, op: BoolOp, line: u32) -> Expr {
    match (values.len(), values.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            values.extend(last);
            Expr::at(ExprKind::BoolOp { op, values }, line)
        }
    }
}

/// The message of an assertion, if a suite does nothing but fail it.
pub(super) fn assertion_message(body: &Walked) -> Option<Option<Expr>> {
    if let [Item::Stmt(only)] = &body.items[..]
        && let Some(message) = raised(&only.kind)
    {
        return Some(message);
    }
    let [Item::Stmt(Stmt { kind: StmtKind::Raise { exc: Some(exc), cause: None }, .. })] = &body.items[..]
    else {
        return None;
    };
    let is_error = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if name == "AssertionError" || name == ASSERTION_ERROR);
    match &exc.kind {
        ExprKind::Call { func, args, keywords } if is_error(func) && keywords.is_empty() => match &args[..] {
            [message] => Some(Some(message.clone())),
            _ => None,
        },
        _ => is_error(exc).then_some(None),
    }
}

/// What an assertion raises, if a statement fails one.
pub(super) fn raised(kind: &StmtKind) -> Option<Option<Expr>> {
    match kind {
        StmtKind::Assert { test, msg } if matches!(test.kind, ExprKind::Constant(Constant::Bool(false))) => {
            Some(msg.clone())
        }
        _ => None,
    }
}
