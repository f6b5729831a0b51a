//! Statements.

use lancehead_ast::{Expr, ExprKind, Stmt, StmtKind};
use lancehead_ir::Variable;

use super::frame::Label;
use super::name::Use;
use super::{Lower, Result};
use crate::act::Act;
use crate::intern::Interner;

impl<'a> Lower<'a> {
    pub fn suite(&mut self, suite: &'a [Stmt]) -> Result {
        suite.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    /// A suite that may not be executed, or more than once.
    pub fn conditional(&mut self, suite: &'a [Stmt]) -> Result {
        self.unit().conditional_depth += 1;
        self.suite(suite)?;
        self.unit().conditional_depth -= 1;
        Ok(())
    }

    fn stmt(&mut self, stmt: &'a Stmt) -> Result {
        if stmt.line != 0 {
            self.line = stmt.line;
        }
        stacker::maybe_grow(64 * 1024, 1 << 20, || self.stmt_kind(&stmt.kind))
    }

    fn stmt_kind(&mut self, kind: &'a StmtKind) -> Result {
        match kind {
            StmtKind::FunctionDef(def) => self.function(def),
            StmtKind::ClassDef(def) => self.class(def),
            StmtKind::Return(value) => self.return_stmt(value.as_ref()),
            StmtKind::Delete(targets) => targets.iter().try_for_each(|target| self.delete(target)),
            StmtKind::Assign { targets, value } => self.assign(targets, value),
            StmtKind::TypeAlias { name, type_params, value } => {
                self.type_alias(kind, name, type_params, value)
            }
            StmtKind::AugAssign { target, op, value } => self.aug_assign(target, *op, value),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(target, annotation, value.as_ref(), *simple)
            }
            StmtKind::For { target, iter, body, orelse, is_async: false } => {
                self.for_loop(target, iter, body, orelse)
            }
            StmtKind::For { target, iter, body, orelse, is_async: true } => {
                self.async_for(target, iter, body, orelse)
            }
            StmtKind::While { test, body, orelse } => self.while_loop(test, body, orelse),
            StmtKind::If { test, body, orelse } => self.if_stmt(test, body, orelse),
            StmtKind::With { items, body, is_async } => self.with(items, body, *is_async),
            StmtKind::Match { subject, cases } => self.match_stmt(subject, cases),
            StmtKind::Raise { exc, cause } => {
                let parts = [exc, cause].into_iter().flatten();
                let mut count = 0;
                for part in parts {
                    self.expr(part)?;
                    count += 1;
                }
                self.emit(Act::Raise(count));
                Ok(())
            }
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                self.try_stmt(body, handlers, orelse, finalbody, *is_star)
            }
            StmtKind::Assert { test, msg } => self.assert(test, msg.as_ref()),
            StmtKind::Import { names, is_lazy } => self.import(names, *is_lazy),
            StmtKind::ImportFrom { module, names, level, is_lazy } => {
                self.import_from(module.as_ref(), names, *level, *is_lazy)
            }
            StmtKind::Global(_) | StmtKind::Nonlocal(_) | StmtKind::Pass | StmtKind::Comment(_) => Ok(()),
            // A constant that nobody uses is not loaded (`codegen_stmt_expr`).
            StmtKind::Expr(value) if self.const_of(value).is_some() => Ok(()),
            StmtKind::Expr(value) => {
                self.expr(value)?;
                self.emit_artificial(Act::Pop);
                Ok(())
            }
            StmtKind::Break => self.break_stmt(),
            StmtKind::Continue => self.continue_stmt(),
            StmtKind::Unrecovered { .. } => self.fault("code that was not recovered"),
        }
    }

    fn if_stmt(&mut self, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result {
        // What 3.7 does not compile at all leaves no trace, not even the names of variables.
        if self.d.skips_dead_branches()
            && let Some(constant) = self.const_of(test)
        {
            let live = if crate::fold::truth(self.i, constant) { body } else { orelse };
            return self.conditional(live);
        }
        let (end, next) = (self.label(), self.label());
        self.jump_if(test, next, false)?;
        self.conditional(body)?;
        self.jump(end);
        self.place(next);
        self.conditional(orelse)?;
        self.place(end);
        Ok(())
    }

    fn assert(&mut self, test: &Expr, msg: Option<&Expr>) -> Result {
        if self.optimize > 0 {
            return Ok(());
        }
        let end = self.label();
        self.jump_if(test, end, true)?;
        let error = self.t("AssertionError");
        if self.d.loads_assertion_error() {
            self.emit(Act::Common(error));
        } else {
            self.emit(Act::Load(Variable::Global, error));
        }
        if let Some(msg) = msg {
            self.expr(msg)?;
            self.call_with_top();
        }
        self.emit(Act::Raise(1));
        self.place(end);
        Ok(())
    }

    fn delete(&mut self, target: &Expr) -> Result {
        match &target.kind {
            ExprKind::Name(name) => self.name(name, Use::Delete),
            ExprKind::Attribute { value, attr } => {
                self.expr(value)?;
                let name = self.mangled(attr);
                self.emit(Act::DeleteAttr(name));
            }
            ExprKind::Subscript { value, slice } => {
                self.expr(value)?;
                self.expr(slice)?;
                self.emit(Act::DeleteSubscript);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().try_for_each(|item| self.delete(item))?;
            }
            _ => return self.fault("this cannot be deleted"),
        }
        Ok(())
    }

    /// Jumps if an expression is as told, else goes on behind it: `compiler_jump_if`.
    pub fn jump_if(&mut self, test: &Expr, to: Label, when: bool) -> Result {
        stacker::maybe_grow(64 * 1024, 1 << 20, || self.jump_if_inner(test, to, when))
    }

    fn jump_if_inner(&mut self, test: &Expr, to: Label, when: bool) -> Result {
        use lancehead_ast::{BoolOp, UnaryOp};
        match &test.kind {
            // The tree is optimized before jumps are made of it.
            ExprKind::UnaryOp { op: UnaryOp::Not, operand }
                if self.d.inverts_in_tree() && super::expr::inverse_test(operand).is_some() => {}
            ExprKind::UnaryOp { op: UnaryOp::Not, .. }
                if self.d.tests_constants() && self.const_of(test).is_some() => {}
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => return self.jump_if(operand, to, !when),
            ExprKind::BoolOp { op, values } => {
                let stops = *op == BoolOp::Or;
                let out = if stops == when { to } else { self.label() };
                let Some((last, others)) = values.split_last() else { return self.fault("nothing to test") };
                for value in others {
                    self.jump_if(value, out, stops)?;
                }
                self.jump_if(last, to, when)?;
                if out != to {
                    self.place(out);
                }
                return Ok(());
            }
            ExprKind::IfExp { test, body, orelse } => {
                let (end, other) = (self.label(), self.label());
                self.jump_if(test, other, false)?;
                self.jump_if(body, to, when)?;
                self.jump(end);
                self.place(other);
                self.jump_if(orelse, to, when)?;
                self.place(end);
                return Ok(());
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 => {
                let (end, cleanup) = (self.label(), self.label());
                self.compare_chain(left, ops, comparators, |this| {
                    this.emit(Act::PopJump(false, cleanup.0));
                })?;
                self.emit(Act::PopJump(when, to.0));
                self.jump(end);
                self.place(cleanup);
                self.emit(Act::Pop);
                if !when {
                    self.jump(to);
                }
                self.place(end);
                return Ok(());
            }
            _ => {}
        }
        self.expr(test)?;
        self.emit(Act::PopJump(when, to.0));
        Ok(())
    }

    /// `name = None; del name`, at the end of an `except` clause with a name.
    pub fn unbind(&mut self, name: crate::intern::Name) {
        self.constant(Interner::NONE);
        self.name_op(name, Use::Store);
        self.name_op(name, Use::Delete);
    }
}
