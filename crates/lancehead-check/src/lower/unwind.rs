//! `return`, `break` and `continue`: what surrounds them is undone on the way.

use lancehead_ast::{Expr, ExprKind};

use super::frame::Block;
use super::{Lower, Result};
use crate::act::Act;
use crate::intern::Interner;

impl<'a> Lower<'a> {
    pub fn return_stmt(&mut self, value: Option<&Expr>) -> Result {
        let constant = match value {
            // What is folded later is a value like others where blocks are left.
            Some(value)
                if self.d.folds_late()
                    && !matches!(value.kind, ExprKind::Constant(_) | ExprKind::Name(_)) =>
            {
                None
            }
            Some(value) => self.const_of(value),
            None => Some(Interner::NONE),
        };
        match (value, constant) {
            (Some(value), None) => self.expr(value)?,
            (_, Some(constant)) if self.d.unwinds_blocks() => self.constant(constant),
            _ => {}
        }
        if !self.d.unwinds_blocks() {
            self.unwind_all(constant.is_none())?;
            if let Some(constant) = constant {
                self.constant(constant);
            }
        }
        self.emit(Act::Return);
        Ok(())
    }

    pub fn break_stmt(&mut self) -> Result {
        if self.d.unwinds_blocks() {
            self.emit(Act::BreakLoop);
            return Ok(());
        }
        match self.unwind_to_loop(true)? {
            Block::WhileLoop { exit, .. } | Block::ForLoop { exit, .. } => self.jump(exit),
            _ => return self.fault("`break` outside of a loop"),
        }
        Ok(())
    }

    pub fn continue_stmt(&mut self) -> Result {
        if self.d.unwinds_blocks() {
            let blocks = &self.unit().blocks;
            let found = blocks.iter().rev().find_map(|block| match block {
                Block::WhileLoop { again, .. } | Block::ForLoop { again, .. } => Some(*again),
                _ => None,
            });
            let directly = matches!(blocks.last(), Some(Block::WhileLoop { .. } | Block::ForLoop { .. }));
            match found {
                Some(again) if directly => self.jump(again),
                Some(again) => self.emit(Act::ContinueLoop(again.0)),
                None => return self.fault("`continue` outside of a loop"),
            }
            return Ok(());
        }
        match self.unwind_to_loop(false)? {
            Block::WhileLoop { again, .. } | Block::ForLoop { again, .. } => self.jump(again),
            _ => return self.fault("`continue` outside of a loop"),
        }
        Ok(())
    }

    fn unwind_all(&mut self, keeps_top: bool) -> Result {
        let saved = self.unit().blocks.clone();
        while let Some(block) = self.unit().blocks.pop() {
            self.unwind(block, keeps_top)?;
        }
        self.unit().blocks = saved;
        Ok(())
    }

    /// Undoes what stands between here and the loop around, and the loop itself if it is left.
    fn unwind_to_loop(&mut self, leaves: bool) -> Result<Block<'a>> {
        let saved = self.unit().blocks.clone();
        let found = loop {
            let Some(block) = self.unit().blocks.pop() else { return self.fault("outside of a loop") };
            if matches!(block, Block::WhileLoop { .. } | Block::ForLoop { .. }) {
                break block;
            }
            self.unwind(block, false)?;
        };
        if leaves {
            self.unwind(found, false)?;
        }
        self.unit().blocks = saved;
        Ok(found)
    }

    /// Brings a value that is to be returned below `count` others to the top again after they are dropped.
    fn below(&mut self, keeps_top: bool, count: u32) {
        if keeps_top {
            self.emit(Act::Rotate(count + 1));
        }
    }

    /// `compiler_unwind_fblock`.
    fn unwind(&mut self, block: Block<'a>, keeps_top: bool) -> Result {
        match block {
            Block::WhileLoop { .. } => {}
            Block::ForLoop { is_async, .. } => {
                let two = self.d.index_slot && !is_async;
                self.below(keeps_top, if two { 2 } else { 1 });
                self.emit(if two { Act::PopIter } else { Act::Pop });
            }
            Block::PopValue => {
                self.below(keeps_top, 1);
                self.emit(Act::Pop);
            }
            Block::TryExcept => self.emit(Act::PopBlock),
            Block::FinallyTry { body, handler, placeholder } => {
                self.emit(Act::PopBlock);
                if self.d.calls_finally() {
                    return self.call_finally(handler, placeholder, keeps_top);
                }
                if keeps_top {
                    self.push_block(Block::PopValue);
                }
                let line = self.line;
                self.suite(body)?;
                self.line = line;
                if keeps_top {
                    self.pop_block();
                }
            }
            Block::FinallyEnd { placeholder } => self.leave_finally(placeholder, keeps_top),
            Block::With { is_async } => self.leave_with(is_async, keeps_top)?,
            Block::HandlerCleanup { name, cleanup } => self.leave_handler(name, cleanup, keeps_top),
        }
        Ok(())
    }

    fn call_finally(&mut self, handler: super::frame::Label, placeholder: bool, keeps_top: bool) -> Result {
        if placeholder && keeps_top {
            // The value takes the place of the placeholder.
            self.emit(Act::Swap(2));
            self.emit(Act::Pop);
            self.emit(Act::CallFinally(handler.0));
        } else {
            self.emit(Act::CallFinally(handler.0));
            if placeholder {
                self.emit(Act::Pop);
            }
        }
        Ok(())
    }

    fn leave_finally(&mut self, placeholder: bool, keeps_top: bool) {
        if self.d.calls_finally() {
            self.emit(Act::PopFinally(keeps_top));
            if placeholder {
                self.below(keeps_top, 1);
                self.emit(Act::Pop);
            }
            return;
        }
        let slots = self.d.exception_slots;
        self.below(keeps_top, slots);
        for _ in 0..slots {
            self.emit(Act::Pop);
        }
        if self.d.exception_table {
            self.below(keeps_top, 1);
            self.emit(Act::PopBlock);
        } else {
            self.below(keeps_top, 3);
        }
        self.emit(Act::PopExcept);
    }

    fn leave_with(&mut self, is_async: bool, keeps_top: bool) -> Result {
        self.emit(Act::PopBlock);
        self.below(keeps_top, if self.d.special_methods() { 2 } else { 1 });
        self.exit_with(is_async);
        if self.d.cleans_up_with() {
            self.emit(Act::PopFinally(false));
        }
        Ok(())
    }

    fn leave_handler(
        &mut self,
        name: Option<crate::intern::Name>,
        cleanup: super::frame::Label,
        keeps_top: bool,
    ) {
        if self.d.calls_finally() {
            self.below(keeps_top, 3);
            if name.is_some() {
                self.emit(Act::PopBlock);
                self.emit(Act::PopExcept);
                self.emit(Act::CallFinally(cleanup.0));
            } else {
                self.emit(Act::PopExcept);
            }
            return;
        }
        if name.is_some() {
            self.emit(Act::PopBlock);
        }
        if self.d.exception_table {
            self.below(keeps_top, 1);
            self.emit(Act::PopBlock);
        } else {
            self.below(keeps_top, 3);
        }
        self.emit(Act::PopExcept);
        if let Some(name) = name {
            self.unbind(name);
        }
    }
}
