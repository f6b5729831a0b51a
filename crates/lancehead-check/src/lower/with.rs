//! `with`.

use lancehead_ast::{Stmt, WithItem};

use super::frame::{Block, Label};
use super::{Lower, Result};
use crate::act::{Act, Setup};
use crate::intern::Interner;

/// What `LOAD_SPECIAL` numbers: the names of `SPECIAL_METHODS`.
const ENTER: u32 = 0;
const EXIT: u32 = 1;
const ASYNC_ENTER: u32 = 2;
const ASYNC_EXIT: u32 = 3;

impl<'a> Lower<'a> {
    pub fn with(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool) -> Result {
        let Some((item, rest)) = items.split_first() else { return self.conditional(body) };
        let (handler, exit) = (self.label(), self.label());
        self.expr(&item.context)?;
        self.enter_with(is_async);
        self.emit(Act::Setup(Setup::With, handler.0));
        self.push_block(Block::With { is_async });
        match &item.target {
            Some(target) => self.store(target)?,
            None => self.emit(Act::Pop),
        }
        stacker::maybe_grow(64 * 1024, 1 << 20, || self.with(rest, body, is_async))?;
        self.emit(Act::PopBlock);
        self.pop_block();
        if self.d.cleans_up_with() || self.d.unwinds_blocks() {
            self.begin_finally();
            self.place(handler);
            self.clean_up_with(is_async);
            self.emit(Act::EndFinally);
            return Ok(());
        }
        self.exit_with(is_async);
        self.jump(exit);
        self.place(handler);
        if self.d.exception_table {
            self.handle_with(is_async, exit);
        } else {
            self.emit(Act::WithExceptStart);
            if is_async {
                self.await_top();
            }
            self.suppress_or_raise();
            for _ in 0..3 {
                self.emit(Act::Pop);
            }
            self.emit(Act::PopExcept);
            self.emit(Act::Pop);
        }
        self.place(exit);
        Ok(())
    }

    fn enter_with(&mut self, is_async: bool) {
        if self.d.special_methods() {
            let (enter, exit) = if is_async { (ASYNC_ENTER, ASYNC_EXIT) } else { (ENTER, EXIT) };
            self.emit(Act::Copy(1));
            self.emit(Act::LoadSpecial(exit));
            self.emit(Act::Swap(2));
            self.emit(Act::Swap(3));
            self.emit(Act::LoadSpecial(enter));
            self.call(0);
        } else {
            self.emit(if is_async { Act::BeforeAsyncWith } else { Act::BeforeWith });
        }
        if is_async {
            self.await_top();
        }
    }

    /// What a `finally` body finds on top when no exception led to it (3.7, 3.8).
    pub fn begin_finally(&mut self) {
        if self.d.unwinds_blocks() {
            self.constant(Interner::NONE);
        } else {
            self.emit(Act::BeginFinally);
        }
    }

    fn clean_up_with(&mut self, is_async: bool) {
        self.emit(Act::WithCleanupStart);
        if is_async {
            self.await_top();
        }
        self.emit(Act::WithCleanupFinish);
    }

    /// Calls `__exit__` when no exception was raised, and drops its result.
    pub fn exit_with(&mut self, is_async: bool) {
        if self.d.cleans_up_with() {
            self.begin_finally();
            self.clean_up_with(is_async);
            return;
        }
        for _ in 0..3 {
            self.constant(Interner::NONE);
        }
        // The first None takes the place of self where there is one; since 3.14 there is one already.
        let slots = self.d.call_slots;
        let argc = if slots == 2 && !self.d.special_methods() { 2 } else { 3 };
        self.emit(Act::Call { argc, keywords: false, slots });
        if is_async {
            self.await_top();
        }
        self.emit(Act::Pop);
    }

    fn suppress_or_raise(&mut self) {
        let suppress = self.label();
        self.emit(Act::PopJump(true, suppress.0));
        self.emit(Act::Reraise(0));
        self.place(suppress);
    }

    fn handle_with(&mut self, is_async: bool, exit: Label) {
        let cleanup = self.label();
        self.emit(Act::Setup(Setup::Cleanup, cleanup.0));
        self.emit(Act::PushExcInfo);
        self.emit(Act::WithExceptStart);
        if is_async {
            self.await_top();
        }
        self.suppress_or_raise();
        self.emit(Act::Pop);
        self.emit(Act::PopBlock);
        self.emit(Act::PopExcept);
        for _ in 0..if self.d.special_methods() { 3 } else { 2 } {
            self.emit(Act::Pop);
        }
        self.jump(exit);
        self.place(cleanup);
        self.reraise_cleanup();
    }

    /// `POP_EXCEPT_AND_RERAISE`.
    pub fn reraise_cleanup(&mut self) {
        self.emit(Act::Copy(3));
        self.emit(Act::PopExcept);
        self.emit(Act::Reraise(1));
    }
}
