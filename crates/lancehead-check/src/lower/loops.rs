//! Loops.

use lancehead_ast::{Expr, Stmt};
use lancehead_ir::Variable;

use super::frame::{Block, Label};
use super::{Lower, Result};
use crate::act::{Act, Setup};
use crate::intern::Interner;

impl<'a> Lower<'a> {
    pub fn while_loop(&mut self, test: &Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result {
        if self.d.skips_dead_branches()
            && let Some(constant) = self.const_of(test)
            && !crate::fold::truth(self.i, constant)
        {
            return self.conditional(orelse);
        }
        let (again, exit, done) = (self.label(), self.label(), self.label());
        if self.d.unwinds_blocks() {
            self.emit(Act::Setup(Setup::Loop, exit.0));
        }
        self.push_block(Block::WhileLoop { again, exit });
        self.place(again);
        self.jump_if(test, done, false)?;
        self.conditional(body)?;
        self.jump(again);
        self.place(done);
        if self.d.unwinds_blocks() {
            self.emit(Act::PopBlock);
        }
        self.pop_block();
        self.conditional(orelse)?;
        self.place(exit);
        Ok(())
    }

    pub fn for_loop(&mut self, target: &Expr, iter: &Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result {
        let (again, exit, done) = (self.label(), self.label(), self.label());
        if self.d.unwinds_blocks() {
            self.emit(Act::Setup(Setup::Loop, exit.0));
        }
        self.push_block(Block::ForLoop { again, exit, is_async: false });
        self.iterated(iter)?;
        self.emit(Act::GetIter);
        self.place(again);
        self.emit(Act::ForIter(done.0));
        self.store(target)?;
        self.conditional(body)?;
        self.jump(again);
        self.place(done);
        self.end_for();
        if self.d.unwinds_blocks() {
            self.emit(Act::PopBlock);
        }
        self.pop_block();
        self.conditional(orelse)?;
        self.place(exit);
        Ok(())
    }

    /// Drops an iterator that is exhausted.
    pub fn end_for(&mut self) {
        if !self.d.for_iter_pops {
            self.emit(Act::EndFor);
            if !self.d.end_for_pops_iterator() {
                self.emit(Act::PopIter);
            }
        }
    }

    pub fn async_for(&mut self, target: &Expr, iter: &Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result {
        let (again, exit, done) = (self.label(), self.label(), self.label());
        if self.d.unwinds_blocks() {
            self.emit(Act::Setup(Setup::Loop, exit.0));
        }
        self.expr(iter)?;
        self.emit(Act::GetAiter);
        self.place(again);
        self.push_block(Block::ForLoop { again, exit, is_async: true });
        if self.d.spells_out_async_for() {
            self.next_async_spelled_out(target, done)?;
        } else {
            self.next_async(done);
            self.store(target)?;
        }
        self.conditional(body)?;
        self.jump(again);
        self.place(done);
        if self.d.spells_out_async_for() {
            self.end_async_spelled_out();
            self.emit(Act::PopBlock);
        } else {
            self.emit(Act::EndAsyncFor);
        }
        self.pop_block();
        self.conditional(orelse)?;
        self.place(exit);
        Ok(())
    }

    /// The next item of the asynchronous iterator on top; `done` handles its end.
    pub fn next_async(&mut self, done: Label) {
        self.emit(Act::Setup(Setup::Finally, done.0));
        self.emit(Act::GetAnext);
        if self.d.index_slot {
            self.emit(Act::PushNull);
        }
        self.delegate();
        self.emit(Act::PopBlock);
    }

    /// 3.7: the exception that ends the loop is told apart by ordinary code.
    pub fn next_async_spelled_out(&mut self, target: &Expr, done: Label) -> Result {
        let (except, go) = (self.label(), self.label());
        self.emit(Act::Setup(Setup::Except, except.0));
        self.emit(Act::GetAnext);
        self.constant(Interner::NONE);
        self.emit(Act::YieldFrom);
        self.store(target)?;
        self.emit(Act::PopBlock);
        self.jump(go);
        self.place(except);
        self.emit(Act::Copy(1));
        let stop = self.t("StopAsyncIteration");
        self.emit(Act::Load(Variable::Global, stop));
        self.emit(Act::ExcMatch);
        self.emit(Act::PopJump(true, done.0));
        self.emit(Act::EndFinally);
        self.place(go);
        Ok(())
    }

    pub fn end_async_spelled_out(&mut self) {
        for _ in 0..3 {
            self.emit(Act::Pop);
        }
        self.emit(Act::PopExcept);
        self.emit(Act::Pop);
    }
}
