//! `try`.

use lancehead_ast::{ExceptHandler, Stmt, StmtKind};
use lancehead_ir::Collection;

use super::frame::{Block, Label};
use super::name::Use;
use super::{Lower, Result};
use crate::act::{Act, Grow, Setup};
use crate::intern::{Interner, Name};

impl<'a> Lower<'a> {
    pub fn try_stmt(
        &mut self,
        body: &'a [Stmt],
        handlers: &'a [ExceptHandler],
        orelse: &'a [Stmt],
        finalbody: &'a [Stmt],
        is_star: bool,
    ) -> Result {
        self.unit().conditional_depth += 1;
        let inner = |this: &mut Self| match (handlers.is_empty(), is_star) {
            (true, _) => this.suite(body),
            (false, true) => this.try_star(body, handlers, orelse),
            (false, false) => this.try_except(body, handlers, orelse),
        };
        let result = if finalbody.is_empty() { inner(self) } else { self.try_finally(finalbody, inner) };
        self.unit().conditional_depth -= 1;
        result
    }

    fn try_finally(&mut self, finalbody: &'a [Stmt], inner: impl FnOnce(&mut Self) -> Result) -> Result {
        let (end, exit) = (self.label(), self.label());
        let shared = self.d.calls_finally() || self.d.unwinds_blocks();
        // A value that `break`, `continue` and `return` in the `finally` body can drop.
        let placeholder = self.d.calls_finally() && leaves(finalbody, true);
        if placeholder {
            self.constant(Interner::NONE);
        }
        self.emit(Act::Setup(Setup::Finally, end.0));
        self.push_block(Block::FinallyTry { body: finalbody, handler: end, placeholder });
        inner(self)?;
        self.emit(Act::PopBlock);
        self.pop_block();
        if shared {
            self.begin_finally();
            self.place(end);
            self.push_block(Block::FinallyEnd { placeholder });
            self.suite(finalbody)?;
            self.emit(Act::EndFinally);
            self.pop_block();
            if placeholder {
                self.emit(Act::Pop);
            }
            return Ok(());
        }
        let line = self.line;
        self.suite(finalbody)?;
        self.line = line;
        self.jump(exit);
        self.place(end);
        let cleanup = self.label();
        self.push_block(Block::FinallyEnd { placeholder });
        if self.d.exception_table {
            self.emit(Act::Setup(Setup::Cleanup, cleanup.0));
            self.emit(Act::PushExcInfo);
        }
        self.suite(finalbody)?;
        self.emit(Act::Reraise(0));
        self.pop_block();
        if self.d.exception_table {
            self.place(cleanup);
            self.reraise_cleanup();
        }
        self.place(exit);
        Ok(())
    }

    fn protected(&mut self, body: &'a [Stmt], except: Label) -> Result {
        let kind = if self.d.unwinds_blocks() { Setup::Except } else { Setup::Finally };
        self.emit(Act::Setup(kind, except.0));
        self.push_block(Block::TryExcept);
        self.suite(body)?;
        self.emit(Act::PopBlock);
        self.pop_block();
        Ok(())
    }

    fn try_except(&mut self, body: &'a [Stmt], handlers: &'a [ExceptHandler], orelse: &'a [Stmt]) -> Result {
        let (except, end, cleanup) = (self.label(), self.label(), self.label());
        self.protected(body, except)?;
        // To 3.8 the `else` lies behind the END_FINALLY of the clauses, which the walk goes past.
        let (after, otherwise) = (self.d.ends_finally(), self.label());
        if after {
            self.jump(otherwise);
        } else {
            self.suite(orelse)?;
            self.jump(end);
        }
        self.place(except);
        if self.d.exception_table {
            self.emit(Act::Setup(Setup::Cleanup, cleanup.0));
            self.emit(Act::PushExcInfo);
        }
        for handler in handlers {
            let next = self.label();
            if handler.line != 0 {
                self.line = handler.line;
            }
            if let Some(typ) = &handler.typ {
                if !self.d.exception_table {
                    self.emit(Act::Copy(1));
                }
                self.expr(typ)?;
                self.emit(Act::ExcMatch);
                self.emit(Act::PopJump(false, next.0));
            }
            self.clause(handler, end)?;
            self.place(next);
        }
        if self.d.exception_table {
            self.emit(Act::Reraise(0));
            self.place(cleanup);
            self.reraise_cleanup();
        } else if self.d.ends_finally() {
            self.emit(Act::EndFinally);
            self.place(otherwise);
            self.suite(orelse)?;
        } else {
            self.emit(Act::Reraise(0));
        }
        self.place(end);
        Ok(())
    }

    /// The body of an `except` clause.
    fn clause(&mut self, handler: &'a ExceptHandler, end: Label) -> Result {
        let name = handler.name.as_ref().map(|name| self.mangled(name));
        if !self.d.exception_table {
            self.emit(Act::Pop);
        }
        match name {
            Some(name) => self.name_op(name, Use::Store),
            None => self.emit(Act::Pop),
        }
        if !self.d.exception_table {
            self.emit(Act::Pop);
        }
        let cleanup = self.label();
        if name.is_some() {
            let kind = if self.d.exception_table { Setup::Cleanup } else { Setup::Finally };
            self.emit(Act::Setup(kind, cleanup.0));
        }
        if self.d.unwinds_blocks() {
            self.push_block(Block::FinallyTry { body: &[], handler: cleanup, placeholder: false });
        } else {
            self.push_block(Block::HandlerCleanup { name, cleanup });
        }
        self.suite(&handler.body)?;
        self.pop_block();
        if let Some(name) = name {
            self.emit(Act::PopBlock);
            if self.d.calls_finally() || self.d.unwinds_blocks() {
                self.unbind_in_finally(name, cleanup);
                self.jump(end);
                return Ok(());
            }
        }
        if self.d.exception_table {
            self.emit(Act::PopBlock);
        }
        self.emit(Act::PopExcept);
        if let Some(name) = name {
            self.unbind(name);
        }
        self.jump(end);
        if let Some(name) = name {
            self.place(cleanup);
            self.unbind(name);
            self.emit(Act::Reraise(1));
        }
        Ok(())
    }

    /// 3.7, 3.8: the unbinding is a `finally` body of its own.
    fn unbind_in_finally(&mut self, name: Name, cleanup: Label) {
        self.begin_finally();
        self.place(cleanup);
        self.unbind(name);
        self.emit(Act::EndFinally);
        self.emit(Act::PopExcept);
    }

    fn try_star(&mut self, body: &'a [Stmt], handlers: &'a [ExceptHandler], orelse: &'a [Stmt]) -> Result {
        let (except, end, cleanup) = (self.label(), self.label(), self.label());
        let (raise_rest, reraise) = (self.label(), self.label());
        self.protected(body, except)?;
        self.suite(orelse)?;
        self.jump(end);
        self.place(except);
        self.emit(Act::Setup(Setup::Cleanup, cleanup.0));
        self.emit(Act::PushExcInfo);
        for (at, handler) in handlers.iter().enumerate() {
            if at == 0 {
                if self.d.copies_group_first() {
                    self.emit(Act::Copy(1));
                    self.emit(Act::Build(Collection::List, 0));
                    self.emit(Act::Swap(2));
                } else {
                    self.emit(Act::Build(Collection::List, 0));
                    self.emit(Act::Copy(2));
                }
            }
            self.star_clause(handler)?;
            if at + 1 == handlers.len() {
                self.emit(Act::Grow(Grow::ListAppend, 1));
                self.jump(raise_rest);
            }
        }
        self.place(raise_rest);
        self.emit(Act::PrepReraiseStar);
        self.emit(Act::Copy(1));
        self.constant(Interner::NONE);
        self.emit(Act::Is);
        self.emit(Act::PopJump(false, reraise.0));
        self.emit(Act::Pop);
        self.emit(Act::PopBlock);
        self.emit(Act::PopExcept);
        self.jump(end);
        self.place(reraise);
        self.emit(Act::PopBlock);
        self.emit(Act::Swap(2));
        self.emit(Act::PopExcept);
        self.emit(Act::Reraise(0));
        self.place(cleanup);
        self.reraise_cleanup();
        self.place(end);
        Ok(())
    }

    fn star_clause(&mut self, handler: &'a ExceptHandler) -> Result {
        let (no_match, cleanup, next) = (self.label(), self.label(), self.label());
        let Some(typ) = &handler.typ else { return self.fault("`except*` without a type") };
        self.expr(typ)?;
        self.emit(Act::ExcGroupMatch);
        self.emit(Act::Copy(1));
        self.constant(Interner::NONE);
        self.emit(Act::Is);
        self.emit(Act::PopJump(true, no_match.0));
        let name = handler.name.as_ref().map(|name| self.mangled(name));
        match name {
            Some(name) => self.name_op(name, Use::Store),
            None => self.emit(Act::Pop),
        }
        self.emit(Act::Setup(Setup::Cleanup, cleanup.0));
        self.push_block(Block::HandlerCleanup { name, cleanup });
        self.suite(&handler.body)?;
        self.pop_block();
        self.emit(Act::PopBlock);
        if let Some(name) = name {
            self.unbind(name);
        }
        self.jump(next);
        self.place(cleanup);
        if let Some(name) = name {
            self.unbind(name);
        }
        self.emit(Act::Grow(Grow::ListAppend, 3));
        self.emit(Act::Pop);
        self.jump(next);
        self.place(no_match);
        self.emit(Act::Pop);
        self.place(next);
        Ok(())
    }
}

/// Whether a suite leaves by `return`, or by `break` or `continue` of a loop around it.
fn leaves(suite: &[Stmt], loops: bool) -> bool {
    suite.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(_) => true,
        StmtKind::Break | StmtKind::Continue => loops,
        StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } => {
            leaves(body, false) || leaves(orelse, loops)
        }
        StmtKind::If { body, orelse, .. } => leaves(body, loops) || leaves(orelse, loops),
        StmtKind::With { body, .. } => leaves(body, loops),
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            [body, orelse, finalbody].into_iter().any(|suite| leaves(suite, loops))
                || handlers.iter().any(|handler| leaves(&handler.body, loops))
        }
        StmtKind::Match { cases, .. } => cases.iter().any(|case| leaves(&case.body, loops)),
        _ => false,
    })
}
