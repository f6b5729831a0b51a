//! What only moves values about.

use lancehead_ir::Op;

use super::block::{Rewriter, Value};
use super::slots::too_low;
use crate::code::failure::Outcome;

impl Rewriter<'_> {
    pub(super) fn discard(&mut self) -> Outcome<()> {
        match self.stack.pop().ok_or(too_low(self.offset))? {
            Value::Tree(number) | Value::SelfOf(number) => self.store_through(number),
            Value::Kept(number) => {
                if self.pending.iter().any(|tree| tree.takes_kept) {
                    self.store_all()?;
                }
                if self.kept.last() != Some(&number) {
                    return self.fail("a value of a statement is dropped out of its order");
                }
                self.kept.pop();
                self.emit(Op::Pop);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn copy(&mut self, index: u32) -> Outcome<()> {
        let at = self.place(index)?;
        if let Value::Tree(number) | Value::SelfOf(number) = self.stack[at] {
            self.store_through(number)?;
        }
        let value = match self.stack[at].clone() {
            Value::Kept(number) => {
                self.store_all()?;
                let depth = self.kept.iter().rev().position(|kept| *kept == number);
                let Some(depth) = depth else { return self.fail("a value of a statement is gone") };
                self.emit(Op::Copy(depth as u32 + 1));
                self.keep()
            }
            value => value,
        };
        self.stack.push(value);
        Ok(())
    }

    /// Exchanges kept values on the stack of the rewritten block, if their order has changed.
    pub(super) fn reorder_kept(&mut self) -> Outcome<()> {
        let order: Vec<u32> = self
            .stack
            .iter()
            .filter_map(|value| match value {
                Value::Kept(number) => Some(*number),
                _ => None,
            })
            .collect();
        let Some(first) = self.kept.iter().zip(&order).position(|(a, b)| a != b) else { return Ok(()) };
        if self.pending.iter().any(|tree| tree.takes_kept) {
            self.store_all()?;
        }
        let depth = (self.kept.len() - first) as u32;
        let mut swapped = self.kept.clone();
        let top = swapped.len() - 1;
        swapped.swap(first, top);
        let mut rotated = self.kept.clone();
        rotated[first..].rotate_right(1);
        let op = if swapped == order {
            Op::Swap(depth)
        } else if rotated == order {
            Op::Rotate(depth)
        } else {
            return self.fail("values of statements are exchanged");
        };
        self.emit(op);
        self.kept = order;
        Ok(())
    }
}
