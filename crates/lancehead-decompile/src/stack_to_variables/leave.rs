//! The end of a block, and what has to be where the next one looks for it.

use lancehead_ir::{BlockId, Op, Terminator};
use lancehead_pyc::PyStr;

use super::block::{Rewriter, Value};
use super::slots::Slot;
use crate::code::failure::Outcome;

impl Rewriter<'_> {
    pub(super) fn end(&mut self, terminator: &Terminator) -> Outcome<()> {
        let taken = match terminator {
            Terminator::Branch { .. } | Terminator::Return => 1,
            Terminator::Raise(count) => *count,
            _ => 0,
        };
        let mut tree = self.take(taken)?;
        let Some(next) = terminator.successors().next() else {
            // What is left on the stack is dropped.
            self.stack.clear();
            self.store_all()?;
            self.emit_tree(tree.insts);
            return Ok(());
        };
        self.store_all()?;
        let moves = self.moves(next)?;
        let clashes = tree.insts.iter().any(|inst| match &inst.op {
            Op::Load(_, name) => moves.iter().any(|(to, _)| to == name),
            _ => false,
        });
        if clashes {
            let name = self.fresh();
            self.emit_tree(std::mem::take(&mut tree.insts));
            self.emit(Op::Store(self.means.variable, name.clone()));
            tree.insts.push(self.inst(Op::Load(self.means.variable, name)));
        }
        self.move_all(moves)?;
        self.emit_tree(tree.insts);
        Ok(())
    }

    /// The values that have to go to the variables of their slots.
    pub(super) fn moves(&self, next: BlockId) -> Outcome<Vec<(PyStr, Value)>> {
        let slots = self.slots.at(next).unwrap_or_default();
        let mut moves = Vec::new();
        for (at, (value, slot)) in self.stack.iter().zip(slots).enumerate() {
            let name = self.means.temporaries.slot(at as u32);
            if slot != Slot::Value || *value == Value::Stored(name.clone()) {
                continue;
            }
            if at < self.guarded as usize {
                return self.fail("a value that a handler finds is exchanged");
            }
            moves.push((name, value.clone()));
        }
        Ok(moves)
    }

    /// Moves values to variables, as if all at once.
    pub(super) fn move_all(&mut self, mut moves: Vec<(PyStr, Value)>) -> Outcome<()> {
        while !moves.is_empty() {
            let free = moves.iter().position(|(to, _)| {
                let needed = Value::Stored(to.clone());
                moves.iter().all(|(_, from)| *from != needed)
            });
            let Some(free) = free else {
                // A circle: one of its values waits elsewhere.
                let name = self.fresh();
                let from = std::mem::replace(&mut moves[0].1, Value::Stored(name.clone()));
                self.emit_value(from)?;
                self.emit(Op::Store(self.means.variable, name));
                continue;
            };
            let (to, from) = moves.swap_remove(free);
            self.emit_value(from)?;
            self.emit(Op::Store(self.means.variable, to));
        }
        Ok(())
    }

    pub(super) fn emit_value(&mut self, value: Value) -> Outcome<()> {
        match value {
            Value::Const(object) => self.emit(Op::Const(object)),
            Value::Stored(name) => self.emit(Op::Load(self.means.variable, name)),
            _ => return self.fail("a value of a statement is kept across blocks"),
        }
        Ok(())
    }
}
