//! One block, written anew: values are computed where they are used, or kept in variables.
//!
//! The block is executed on a stack of values that are not computed yet. Those wait as trees of operations, in the order
//! in which the bytecode computes them. An operation takes up the trees of its operands if nothing else was computed
//! since; otherwise they are stored into variables first. So every operation stays in its order.

use lancehead_ir::{Block, BlockId, Collection, Graph, Inst, Op, Operator, Terminator};
use lancehead_pyc::{ObjectRef, PyStr};
use rustc_hash::FxHashMap;

use super::Means;
use super::slots::{Slot, Slots, too_low};
use crate::failure::{Failure, Outcome};
use crate::value::code_of;

/// A value on the stack.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Const(ObjectRef),
    /// In a variable.
    Stored(PyStr),
    /// To be computed by the tree of this number.
    Tree(u32),
    /// The second slot of a method that the tree of this number loads.
    SelfOf(u32),
    /// On the stack of the rewritten block too.
    Kept(u32),
}

/// Operations that compute one value, and wait for it to be used.
#[derive(Debug)]
struct Tree {
    number: u32,
    insts: Vec<Inst>,
    /// They take a kept value from the stack.
    takes_kept: bool,
}

/// Writes one block anew.
#[derive(Debug)]
pub struct Rewriter<'a> {
    graph: &'a Graph,
    id: BlockId,
    slots: &'a Slots,
    means: &'a Means,
    /// Numbers given to variables that belong to no slot.
    values: &'a mut u32,
    insts: Vec<Inst>,
    stack: Vec<Value>,
    pending: Vec<Tree>,
    /// The kept values, as they lie on the stack of the rewritten block.
    kept: Vec<u32>,
    /// How often trees that wait load each variable.
    loads: FxHashMap<PyStr, u32>,
    /// How many values of the stack the block's handler finds there.
    guarded: u32,
    numbers: u32,
    /// The operations before this one are done.
    next: usize,
    offset: u32,
    line: u32,
}

impl<'a> Rewriter<'a> {
    /// A block with what it finds on the stack.
    pub fn new(
        graph: &'a Graph,
        id: BlockId,
        slots: &'a Slots,
        means: &'a Means,
        values: &'a mut u32,
    ) -> Rewriter<'a> {
        let mut rewriter = Rewriter {
            graph,
            id,
            slots,
            means,
            values,
            insts: Vec::new(),
            stack: Vec::new(),
            pending: Vec::new(),
            kept: Vec::new(),
            loads: FxHashMap::default(),
            guarded: slots.guarded(graph, id),
            numbers: 0,
            next: 0,
            offset: graph.block(id).offset,
            line: 0,
        };
        for (at, slot) in slots.at(id).unwrap_or_default().into_iter().enumerate() {
            let value = match slot {
                Slot::Null => Value::Null,
                Slot::Const(object) => Value::Const(object),
                Slot::Value => Value::Stored(means.temporaries.slot(at as u32)),
                Slot::Kept(_) => rewriter.keep(),
            };
            rewriter.stack.push(value);
        }
        rewriter
    }

    /// The block.
    pub fn run(mut self) -> Outcome<Block> {
        let block = self.graph.block(self.id);
        for (at, inst) in block.insts.iter().enumerate() {
            if at < self.next {
                continue;
            }
            self.offset = inst.offset;
            self.line = inst.line;
            self.step(at, &inst.op)?;
            if self.stack.len() < self.guarded as usize {
                return self.fail("a value that a handler finds is taken from the stack");
            }
        }
        (self.offset, self.line) = block.end;
        self.end(&block.terminator)?;
        Ok(Block { insts: self.insts, ..block.clone() })
    }

    fn fail<T>(&self, what: &'static str) -> Outcome<T> {
        Err(Failure::Expression { what, offset: self.offset })
    }

    fn inst(&self, op: Op) -> Inst {
        Inst { op, offset: self.offset, line: self.line }
    }

    fn emit(&mut self, op: Op) {
        let inst = self.inst(op);
        self.insts.push(inst);
    }

    fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    /// A value that is on top of the stack of the rewritten block.
    fn keep(&mut self) -> Value {
        let number = self.number();
        self.kept.push(number);
        Value::Kept(number)
    }

    fn place(&self, index: u32) -> Outcome<usize> {
        let place = self.stack.len().checked_sub(index as usize).filter(|_| index > 0);
        place.ok_or(too_low(self.offset))
    }

    fn step(&mut self, at: usize, op: &Op) -> Outcome<()> {
        match op {
            Op::Nop => self.emit(Op::Nop),
            Op::PushNull => self.stack.push(Value::Null),
            Op::Const(object) if self.is_plain(at) => self.stack.push(Value::Const(object.clone())),
            Op::Pop => self.discard()?,
            Op::Copy(index) => self.copy(*index)?,
            Op::Swap(index) => {
                let (top, other) = (self.place(1)?, self.place(*index)?);
                self.stack.swap(top, other);
                self.reorder_kept()?;
            }
            Op::Rotate(index) => {
                let to = self.place(*index)?;
                self.stack[to..].rotate_right(1);
                self.reorder_kept()?;
            }
            Op::ListExtend(index) | Op::SetUpdate(index) | Op::DictUpdate(index) | Op::DictMerge(index) => {
                self.extend(op, *index)?;
            }
            Op::ListAppend(index) | Op::SetAdd(index) | Op::MapAdd { index, .. } => {
                self.append(op, *index)?;
            }
            Op::Inplace(_) if !self.is_stored_back(at) => self.operate_in_place(op)?,
            Op::Unpack(count) => self.unpack(at, op, *count)?,
            Op::UnpackEx(before, after) => self.unpack(at, op, before + after + 1)?,
            Op::YieldFrom => {
                let slot = self.place(2)?;
                let has_index = matches!(self.stack[slot], Value::Null | Value::SelfOf(_));
                self.operate(at, op, 2 + u32::from(has_index), 1)?;
            }
            Op::ImportFrom(_) => self.import_from(op)?,
            Op::LeaveHandler { .. } | Op::SuppressException | Op::WithExit => {
                return self.fail("a handler that is left in the manner of old versions");
            }
            op => {
                let (taken, made) = op.effect().ok_or(too_low(self.offset))?;
                self.operate(at, op, taken, made)?;
            }
        }
        Ok(())
    }

    /// Whether nothing but expressions uses what an operation makes.
    fn is_plain(&self, at: usize) -> bool {
        self.slots.kept(self.id, at, 0).is_none() && !self.slots.is_iterated(self.id, at)
    }

    /// An operation that takes values from the top of the stack and makes others.
    fn operate(&mut self, at: usize, op: &Op, taken: u32, made: u32) -> Outcome<()> {
        self.define_functions(op, taken)?;
        if self.may_be_folded(op, taken)? {
            self.store_operand(taken)?;
        }
        let mut tree = self.take(taken)?;
        tree.insts.push(self.inst(op.clone()));
        let stays = (0..made).any(|number| self.slots.kept(self.id, at, number).is_some());
        match (op, made) {
            _ if self.has_second_slot(op) => {
                let number = self.wait(tree);
                self.stack.extend([Value::Tree(number), Value::SelfOf(number)]);
            }
            (_, 1) if !stays => {
                let number = self.wait(tree);
                self.stack.push(Value::Tree(number));
            }
            (_, 0) | (_, 1) => {
                self.run_tree(tree)?;
                if made == 1 {
                    self.iterate(at, op);
                    let value = self.keep();
                    self.stack.push(value);
                }
            }
            _ => {
                self.run_tree(tree)?;
                for number in 0..made {
                    if self.slots.kept(self.id, at, number).is_none() {
                        return self.fail("several values made at once");
                    }
                    let value = self.keep();
                    self.stack.push(value);
                }
            }
        }
        Ok(())
    }

    /// Whether an operation makes a value with a slot above it that belongs to it.
    fn has_second_slot(&self, op: &Op) -> bool {
        match op {
            Op::LoadMethod(_) | Op::LoadSuperAttr { method: true, .. } => true,
            Op::GetYieldFromIter => self.means.iterator_slots > 1,
            _ => false,
        }
    }

    /// A `def` is a statement: a function that is used at once needs a name first.
    fn define_functions(&mut self, op: &Op, taken: u32) -> Outcome<()> {
        if taken == 0 {
            return Ok(());
        }
        let from = self.place(taken)?;
        let callee = match op {
            Op::Store(..) | Op::SetFunctionAttribute(_) | Op::MakeFunction { .. } => return Ok(()),
            // The arguments of decorators and of `__build_class__` are definitions.
            Op::Call { .. } if self.stack[from] == Value::Null => from + 2,
            Op::Call { .. } => from + 1,
            _ => self.stack.len(),
        };
        for at in from..callee {
            if let Value::Tree(number) = self.stack[at]
                && self.defined(number).is_some()
            {
                self.store_through(number)?;
            }
        }
        Ok(())
    }

    /// The name of the function that a tree makes, if it takes a `def`.
    fn defined(&self, number: u32) -> Option<PyStr> {
        let tree = self.pending.iter().rev().find(|tree| tree.number == number)?;
        function_of(&tree.insts)
    }

    /// A loop draws on a value that is an iterator already: source makes one of it again, which is the same.
    fn iterate(&mut self, at: usize, op: &Op) {
        let is_iterator = match op {
            Op::GetIter { .. } | Op::GetAiter => true,
            Op::Load(_, name) => name.as_bytes() == b".0",
            _ => false,
        };
        if self.slots.is_iterated(self.id, at) && !is_iterator {
            self.emit(Op::GetIter { index_slot: false });
        }
    }

    /// Whether the compiler would compute an operation itself, or spell it in another way.
    fn may_be_folded(&self, op: &Op, taken: u32) -> Outcome<bool> {
        let operands = match taken {
            0 => &[][..],
            taken => &self.stack[self.place(taken)?..],
        };
        let constant = |values: &[Value]| values.iter().all(|v| matches!(v, Value::Const(_)));
        Ok(match op {
            Op::Unary(_) | Op::Binary(_) | Op::Inplace(_) | Op::Subscript => constant(operands),
            Op::Build(Collection::List | Collection::Set, count) => *count > 1 && constant(operands),
            Op::BinarySlice | Op::StoreSlice => {
                self.means.folds_slices && constant(&operands[taken as usize - 2..])
            }
            Op::BuildSlice(_) => self.means.folds_slices && constant(operands),
            _ => false,
        })
    }

    /// Puts one of the operands, a constant, into a variable.
    fn store_operand(&mut self, taken: u32) -> Outcome<()> {
        let from = self.place(taken)?;
        let Some(at) = self.stack[from..].iter().position(|v| matches!(v, Value::Const(_))) else {
            return Ok(());
        };
        let name = self.fresh();
        if let Value::Const(object) =
            std::mem::replace(&mut self.stack[from + at], Value::Stored(name.clone()))
        {
            self.emit(Op::Const(object));
            self.emit(Op::Store(self.means.variable, name));
        }
        Ok(())
    }

    fn fresh(&mut self) -> PyStr {
        *self.values += 1;
        self.means.temporaries.value(*self.values - 1)
    }

    /// Takes operands from the stack: the operations that put them on the stack of the rewritten block.
    fn take(&mut self, count: u32) -> Outcome<Tree> {
        if count == 0 {
            return Ok(Tree { number: 0, insts: Vec::new(), takes_kept: false });
        }
        let from = self.place(count)?;
        self.settle_methods(from)?;
        self.settle_kept(from)?;
        self.settle_trees(from)?;
        let operands = self.stack.split_off(from);
        let takes_kept = matches!(operands.first(), Some(Value::Kept(_)));
        let mut tree = Tree { number: 0, insts: Vec::new(), takes_kept };
        let trees = operands.iter().filter(|v| matches!(v, Value::Tree(_))).count();
        let mut taken = self.pending.split_off(self.pending.len() - trees).into_iter();
        for operand in operands {
            match operand {
                Value::Null => tree.insts.push(self.inst(Op::PushNull)),
                Value::Const(object) => tree.insts.push(self.inst(Op::Const(object))),
                Value::Stored(name) => {
                    *self.loads.entry(name.clone()).or_default() += 1;
                    tree.insts.push(self.inst(Op::Load(self.means.variable, name)));
                }
                Value::Tree(_) => {
                    if let Some(operand) = taken.next() {
                        tree.takes_kept |= operand.takes_kept;
                        match tree.insts.is_empty() {
                            true => tree.insts = operand.insts,
                            false => tree.insts.extend(operand.insts),
                        }
                    }
                }
                Value::Kept(_) => {
                    self.kept.pop();
                }
                Value::SelfOf(_) => {}
            }
        }
        Ok(tree)
    }

    /// A method that is not called at once becomes an attribute.
    fn settle_methods(&mut self, from: usize) -> Outcome<()> {
        for at in from..self.stack.len() {
            let split = match self.stack[at] {
                Value::Tree(number) => {
                    let other = Value::SelfOf(number);
                    let together = self.stack.get(at + 1) == Some(&other);
                    (!together && self.stack.contains(&other)).then_some(number)
                }
                Value::SelfOf(number) => {
                    (at == from || self.stack[at - 1] != Value::Tree(number)).then_some(number)
                }
                _ => None,
            };
            if let Some(number) = split {
                self.store_through(number)?;
            }
        }
        Ok(())
    }

    /// Kept values can be operands if they come first and lie on top of the stack; others are stored.
    fn settle_kept(&mut self, from: usize) -> Outcome<()> {
        let first = self.stack[from..].iter().take_while(|v| matches!(v, Value::Kept(_))).count();
        for at in (from + first..self.stack.len()).rev() {
            if let Value::Kept(number) = self.stack[at] {
                self.store_all()?;
                if self.kept.last() != Some(&number) {
                    return self.fail("a value of a statement is used in an expression");
                }
                self.kept.pop();
                let name = self.fresh();
                self.emit(Op::Store(self.means.variable, name.clone()));
                self.stack[at] = Value::Stored(name);
            }
        }
        if first == 0 {
            return Ok(());
        }
        let on_top = self.kept.len() >= first
            && self.kept[self.kept.len() - first..]
                .iter()
                .zip(&self.stack[from..])
                .all(|(number, value)| *value == Value::Kept(*number));
        match on_top {
            true => Ok(()),
            false => self.fail("a value of a statement is used out of its order"),
        }
    }

    /// The trees of operands can be taken up if they were the last to be computed, in this order; others are stored.
    fn settle_trees(&mut self, from: usize) -> Outcome<()> {
        let operands: Vec<u32> = self.stack[from..]
            .iter()
            .filter_map(|value| match value {
                Value::Tree(number) => Some(*number),
                _ => None,
            })
            .collect();
        let pairs = operands.iter().rev().zip(self.pending.iter().rev());
        let matching = pairs.take_while(|(operand, tree)| **operand == tree.number).count();
        let rest = &operands[..operands.len() - matching];
        let last = self.pending.iter().rposition(|tree| rest.contains(&tree.number));
        if let Some(last) = last {
            let number = self.pending[last].number;
            self.store_through(number)?;
        }
        Ok(())
    }

    /// A tree waits for its value to be used.
    fn wait(&mut self, tree: Tree) -> u32 {
        let number = self.number();
        self.pending.push(Tree { number, ..tree });
        number
    }

    /// Emits operations after all those that wait.
    fn run_tree(&mut self, tree: Tree) -> Outcome<()> {
        self.store_all()?;
        self.emit_tree(tree.insts);
        Ok(())
    }

    fn emit_tree(&mut self, insts: Vec<Inst>) {
        for inst in &insts {
            if let Op::Load(_, name) = &inst.op
                && let Some(count) = self.loads.get_mut(name)
            {
                *count = count.saturating_sub(1);
            }
        }
        self.insts.extend(insts);
    }

    /// Computes everything that waits.
    fn store_all(&mut self) -> Outcome<()> {
        match self.pending.last() {
            Some(last) => self.store_through(last.number),
            None => Ok(()),
        }
    }

    /// Computes what waits, up to the tree of this number, and stores it into variables.
    fn store_through(&mut self, number: u32) -> Outcome<()> {
        let Some(last) = self.pending.iter().position(|tree| tree.number == number) else { return Ok(()) };
        let rest = self.pending.split_off(last + 1);
        for tree in std::mem::replace(&mut self.pending, rest) {
            self.store(tree)?;
        }
        Ok(())
    }

    fn store(&mut self, mut tree: Tree) -> Outcome<()> {
        let at = self.stack.iter().position(|value| *value == Value::Tree(tree.number));
        let myself = self.stack.iter().position(|value| *value == Value::SelfOf(tree.number));
        if let Some(Inst { op, .. }) = tree.insts.last_mut() {
            match op {
                Op::LoadMethod(name) => *op = Op::LoadAttr(name.clone()),
                Op::LoadSuperAttr { method, .. } => *method = false,
                _ => {}
            }
        }
        let function = function_of(&tree.insts).filter(|name| self.means.temporaries.has_function(name));
        self.emit_tree(tree.insts);
        if let Some(myself) = myself {
            self.stack[myself] = Value::Null;
        }
        match at {
            Some(at) => {
                let name = function.filter(|name| !self.is_in_use(name));
                let name = name.unwrap_or_else(|| self.home(at));
                self.emit(Op::Store(self.means.variable, name.clone()));
                self.stack[at] = Value::Stored(name);
            }
            // Nobody wants it: a statement of its own.
            None => self.emit(Op::Pop),
        }
        Ok(())
    }

    /// The variable for the value at a place of the stack: its slot's, unless that is taken.
    fn home(&mut self, at: usize) -> PyStr {
        let name = self.means.temporaries.slot(at as u32);
        if self.is_in_use(&name) || at < self.guarded as usize { self.fresh() } else { name }
    }

    /// Whether what a variable holds is needed still.
    fn is_in_use(&self, name: &PyStr) -> bool {
        self.stack.contains(&Value::Stored(name.clone()))
            || self.loads.get(name).is_some_and(|count| *count > 0)
    }

    fn discard(&mut self) -> Outcome<()> {
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

    fn copy(&mut self, index: u32) -> Outcome<()> {
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
    fn reorder_kept(&mut self) -> Outcome<()> {
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

    /// Adds to a collection that lies below: part of a display, or a list that is used elsewhere too.
    fn extend(&mut self, op: &Op, index: u32) -> Outcome<()> {
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
    fn is_display(&self, number: u32) -> bool {
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

    /// Whether nothing was computed since a collection and what is added to it.
    fn were_last(&self, base: u32, added: &Value) -> bool {
        let last: Vec<u32> = self.pending.iter().rev().take(2).map(|tree| tree.number).collect();
        match added {
            Value::Tree(added) => last == [*added, base],
            _ => last.first() == Some(&base),
        }
    }

    /// `list += iterable` does to a list what `LIST_EXTEND` does.
    fn extend_stored(&mut self, op: &Op, at: usize, from: usize) -> Outcome<()> {
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
    fn append(&mut self, op: &Op, index: u32) -> Outcome<()> {
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
    fn is_stored_back(&self, at: usize) -> bool {
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
    fn operate_in_place(&mut self, op: &Op) -> Outcome<()> {
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

    /// Takes a name from the module on top, which stays.
    fn import_from(&mut self, op: &Op) -> Outcome<()> {
        let module = self.stack.last().cloned();
        if module.is_none() || self.kept.last().map(|number| Value::Kept(*number)) != module {
            return self.fail("a name imported from no module");
        }
        self.store_all()?;
        self.emit(op.clone());
        let name = self.keep();
        self.stack.push(name);
        Ok(())
    }

    /// Unpacks into targets: those that the bytecode stores into at once, and variables for the rest.
    fn unpack(&mut self, at: usize, op: &Op, count: u32) -> Outcome<()> {
        const MOST: u32 = 1 << 16;
        if count > MOST {
            return self.fail("unpacking into too many targets");
        }
        let mut tree = self.take(1)?;
        tree.insts.push(self.inst(op.clone()));
        self.run_tree(tree)?;
        let graph = self.graph;
        let targets = graph.block(self.id).insts[at + 1..].iter().take(count as usize);
        let targets = targets.take_while(|inst| matches!(inst.op, Op::Store(..) | Op::Pop));
        let before = self.insts.len();
        self.insts.extend(targets.cloned());
        let stored = self.insts.len() - before;
        self.next = at + 1 + stored;
        let from = self.stack.len();
        let count = count as usize - stored;
        self.stack.extend((0..count).map(|_| Value::Null));
        for at in (from..from + count).rev() {
            let name = self.home(at);
            self.emit(Op::Store(self.means.variable, name.clone()));
            self.stack[at] = Value::Stored(name);
        }
        Ok(())
    }

    fn end(&mut self, terminator: &Terminator) -> Outcome<()> {
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
    fn moves(&self, next: BlockId) -> Outcome<Vec<(PyStr, Value)>> {
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
    fn move_all(&mut self, mut moves: Vec<(PyStr, Value)>) -> Outcome<()> {
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

    fn emit_value(&mut self, value: Value) -> Outcome<()> {
        match value {
            Value::Const(object) => self.emit(Op::Const(object)),
            Value::Stored(name) => self.emit(Op::Load(self.means.variable, name)),
            _ => return self.fail("a value of a statement is kept across blocks"),
        }
        Ok(())
    }
}

/// The name of the function that operations make, if it takes a `def`.
fn function_of(insts: &[Inst]) -> Option<PyStr> {
    match insts.last()?.op {
        Op::MakeFunction { .. } | Op::SetFunctionAttribute(_) => {}
        _ => return None,
    }
    let code = insts.iter().rev().find_map(|inst| match &inst.op {
        Op::Const(object) => code_of(object),
        _ => None,
    })?;
    (!code.name.as_bytes().starts_with(b"<")).then(|| code.name.clone())
}
