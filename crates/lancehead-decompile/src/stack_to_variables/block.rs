//! One block, written anew: values are computed where they are used, or kept in variables.
//!
//! The block is executed on a stack of values that are not computed yet. Those wait as trees of operations, in the order
//! in which the bytecode computes them. An operation takes up the trees of its operands if nothing else was computed
//! since; otherwise they are stored into variables first. So every operation stays in its order.

use lancehead_ir::{Block, BlockId, Collection, Graph, Inst, Op, Variable};
use lancehead_pyc::{ObjectRef, PyStr};
use rustc_hash::FxHashMap;

use super::means::Means;
use super::slots::{Slot, Slots, too_low};
use crate::code::constants::code_of;
use crate::code::failure::{Failure, Outcome};

/// A value on the stack.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
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
pub(super) struct Tree {
    pub(super) number: u32,
    pub(super) insts: Vec<Inst>,
    /// They take a kept value from the stack.
    pub(super) takes_kept: bool,
}

/// Writes one block anew.
#[derive(Debug)]
pub struct Rewriter<'a> {
    pub(super) graph: &'a Graph,
    pub(super) id: BlockId,
    pub(super) slots: &'a Slots,
    pub(super) means: &'a Means,
    /// Numbers given to variables that belong to no slot.
    pub(super) values: &'a mut u32,
    pub(super) insts: Vec<Inst>,
    pub(super) stack: Vec<Value>,
    pub(super) pending: Vec<Tree>,
    /// The kept values, as they lie on the stack of the rewritten block.
    pub(super) kept: Vec<u32>,
    /// How often trees that wait load each variable.
    pub(super) loads: FxHashMap<PyStr, u32>,
    /// How many values of the stack the block's handler finds there.
    pub(super) guarded: u32,
    pub(super) numbers: u32,
    /// The operations before this one are done.
    pub(super) next: usize,
    pub(super) offset: u32,
    pub(super) line: u32,
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

    pub(super) fn fail<T>(&self, what: &'static str) -> Outcome<T> {
        Err(Failure::Expression { what, offset: self.offset })
    }

    pub(super) fn inst(&self, op: Op) -> Inst {
        Inst { op, offset: self.offset, line: self.line }
    }

    pub(super) fn emit(&mut self, op: Op) {
        let inst = self.inst(op);
        self.insts.push(inst);
    }

    pub(super) fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    /// A value that is on top of the stack of the rewritten block.
    pub(super) fn keep(&mut self) -> Value {
        let number = self.number();
        self.kept.push(number);
        Value::Kept(number)
    }

    pub(super) fn place(&self, index: u32) -> Outcome<usize> {
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
            Op::CallEx { keywords, .. } => {
                self.settle_arguments(*keywords)?;
                let (taken, made) = op.effect().ok_or(too_low(self.offset))?;
                self.operate(at, op, taken, made)?;
            }
            Op::LoadClosure(name) if !self.makes_closure(at) => {
                self.operate(at, &Op::LoadCell(name.clone()), 0, 1)?;
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

    /// Whether cells that are loaded become the closure of a function, not values of a tuple like others.
    fn makes_closure(&self, at: usize) -> bool {
        let insts = &self.graph.block(self.id).insts[at..];
        let mut after = insts.iter().map(|inst| &inst.op).skip_while(|op| matches!(op, Op::LoadClosure(_)));
        match (after.next(), after.next()) {
            (Some(Op::Build(Collection::Tuple, _)), Some(Op::Const(object))) => code_of(object).is_some(),
            // The cell of `__class__`, which a class body keeps for the class.
            (Some(Op::Copy(_)), _) => self.means.variable != Variable::Fast,
            _ => false,
        }
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
    pub(super) fn store_operand(&mut self, taken: u32) -> Outcome<()> {
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

    pub(super) fn fresh(&mut self) -> PyStr {
        *self.values += 1;
        self.means.temporaries.value(*self.values - 1)
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
}

/// The name of the function that operations make, if it takes a `def`.
pub(super) fn function_of(insts: &[Inst]) -> Option<PyStr> {
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
