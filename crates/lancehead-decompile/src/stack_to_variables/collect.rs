//! Collections that grow, and assignments that change what they hold.

use lancehead_ir::{Inst, Op, Operator};

use super::block::{Rewriter, Value};
use super::slots::too_low;
use crate::code::failure::Outcome;

impl Rewriter<'_> {
    /// Adds to a collection that lies below: part of a display, or a list that is used elsewhere too.
    pub(super) fn extend(&mut self, op: &Op, index: u32) -> Outcome<()> {
        let added = self.stack.pop().ok_or(too_low(self.offset))?;
        let at = self.place(index)?;
        let base = self.stack[at].clone();
        // Base and added value side by side, as operands of one operation.
        self.stack.extend([base.clone(), added]);
        let from = self.stack.len() - 2;
        self.settle_kept(from)?;
        let (Value::Tree(base), added) = (base, self.stack[from + 1].clone()) else {
            return self.extend_stored(op, at, from);
        };
        if !(self.is_display(base) && self.were_last(base, &added)) {
            self.stack[from] = Value::Null;
            self.store_through(base)?;
            self.stack[from] = self.stack[at].clone();
            return self.extend_stored(op, at, from);
        }
        let mut tree = self.take(2)?;
        let op = match op {
            Op::ListExtend(_) => Op::ListExtend(1),
            Op::SetUpdate(_) => Op::SetUpdate(1),
            Op::DictUpdate(_) => Op::DictUpdate(1),
            _ => Op::DictMerge(1),
        };
        tree.insts.push(self.inst(op));
        let number = self.wait(tree);
        self.stack[at] = Value::Tree(number);
        Ok(())
    }

    /// Whether a tree builds a collection, to which a display can add.
    pub(super) fn is_display(&self, number: u32) -> bool {
        let tree = self.pending.iter().rev().find(|tree| tree.number == number);
        let last = tree.and_then(|tree| tree.insts.last()).map(|inst| &inst.op);
        matches!(
            last,
            Some(
                Op::Build(..)
                    | Op::BuildConstKeyMap(_)
                    | Op::ListExtend(_)
                    | Op::SetUpdate(_)
                    | Op::DictUpdate(_)
                    | Op::DictMerge(_)
            )
        )
    }

    /// What a call takes its arguments from. A mapping that is no display is put into a variable, for source would copy
    /// it first; and so is a tuple, for source would take it apart.
    pub(super) fn settle_arguments(&mut self, keywords: bool) -> Outcome<()> {
        let args = self.place(1 + u32::from(keywords))?;
        if let Value::Tree(number) = self.stack[args]
            && self.is_plain_display(number)
        {
            self.store_through(number)?;
        }
        match self.stack.last() {
            Some(Value::Tree(number)) if keywords && !self.is_display(*number) => {
                let number = *number;
                self.store_through(number)
            }
            _ => Ok(()),
        }
    }

    /// Whether a tree builds a collection of items only.
    fn is_plain_display(&self, number: u32) -> bool {
        let tree = self.pending.iter().rev().find(|tree| tree.number == number);
        tree.and_then(|tree| tree.insts.last()).is_some_and(|inst| matches!(inst.op, Op::Build(..)))
    }

    /// Whether nothing was computed since a collection and what is added to it.
    pub(super) fn were_last(&self, base: u32, added: &Value) -> bool {
        let last: Vec<u32> = self.pending.iter().rev().take(2).map(|tree| tree.number).collect();
        match added {
            Value::Tree(added) => last == [*added, base],
            _ => last.first() == Some(&base),
        }
    }

    /// `list += iterable` does to a list what `LIST_EXTEND` does.
    pub(super) fn extend_stored(&mut self, op: &Op, at: usize, from: usize) -> Outcome<()> {
        let (Value::Stored(name), Op::ListExtend(_)) = (self.stack[from].clone(), op) else {
            return self.fail("a collection that is used while it grows");
        };
        debug_assert_eq!(self.stack[at], self.stack[from], "the base is its own copy");
        let mut tree = self.take(2)?;
        tree.insts.push(self.inst(Op::Inplace(Operator::Add)));
        tree.insts.push(self.inst(Op::Store(self.means.variable, name)));
        self.run_tree(tree)
    }

    /// Adds an element to what a comprehension builds.
    pub(super) fn append(&mut self, op: &Op, index: u32) -> Outcome<()> {
        let taken = if matches!(op, Op::MapAdd { .. }) { 2 } else { 1 };
        let mut tree = self.take(taken)?;
        let Value::Kept(number) = self.stack[self.place(index)?] else {
            return self.fail("an element of no comprehension");
        };
        let Some(depth) = self.kept.iter().rev().position(|kept| *kept == number) else {
            return self.fail("a value of a statement is gone");
        };
        let index = depth as u32 + 1;
        let op = match op {
            Op::ListAppend(_) => Op::ListAppend(index),
            Op::SetAdd(_) => Op::SetAdd(index),
            Op::MapAdd { value_first, .. } => Op::MapAdd { index, value_first: *value_first },
            op => op.clone(),
        };
        tree.insts.push(self.inst(op));
        self.run_tree(tree)
    }

    /// Whether the next operation stores the result of an augmented assignment where its left side came from.
    pub(super) fn is_stored_back(&self, at: usize) -> bool {
        let insts = &self.graph.block(self.id).insts;
        let Some(Inst { op: Op::Store(variable, name), .. }) = insts.get(at + 1) else { return false };
        let Some(Value::Tree(left)) = self.stack.len().checked_sub(2).map(|left| &self.stack[left]) else {
            return false;
        };
        let tree = self.pending.iter().rev().take(2).find(|tree| tree.number == *left);
        tree.is_some_and(
            |tree| matches!(&tree.insts[..], [Inst { op: Op::Load(v, n), .. }] if v == variable && n == name),
        )
    }

    /// An augmented assignment whose result goes elsewhere: to a variable that holds the left side.
    pub(super) fn operate_in_place(&mut self, op: &Op) -> Outcome<()> {
        let left = self.place(2)?;
        match self.stack[left].clone() {
            Value::Tree(number) => self.store_through(number)?,
            Value::Const(_) => self.store_operand(2)?,
            _ => {}
        }
        let Value::Stored(from) = self.stack[left].clone() else {
            return self.fail("an augmented assignment to nothing");
        };
        // The variable of the left side may be in use elsewhere.
        let others = self.stack.iter().filter(|value| **value == Value::Stored(from.clone())).count() > 1;
        let is_loaded = self.loads.get(&from).is_some_and(|count| *count > 0);
        let name = if others || is_loaded || left < self.guarded as usize {
            let name = self.fresh();
            self.emit(Op::Load(self.means.variable, from));
            self.emit(Op::Store(self.means.variable, name.clone()));
            self.stack[left] = Value::Stored(name.clone());
            name
        } else {
            from
        };
        let mut tree = self.take(2)?;
        tree.insts.push(self.inst(op.clone()));
        tree.insts.push(self.inst(Op::Store(self.means.variable, name.clone())));
        self.run_tree(tree)?;
        self.stack.push(Value::Stored(name));
        Ok(())
    }
}
