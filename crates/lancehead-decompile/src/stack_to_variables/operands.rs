//! Operands: taken up as they were computed, or stored into variables first.

use lancehead_ir::{Inst, Op};
use lancehead_pyc::PyStr;

use super::block::{Rewriter, Tree, Value, function_of};
use crate::code::failure::Outcome;

impl Rewriter<'_> {
    /// Takes operands from the stack: the operations that put them on the stack of the rewritten block.
    pub(super) fn take(&mut self, count: u32) -> Outcome<Tree> {
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
    pub(super) fn settle_methods(&mut self, from: usize) -> Outcome<()> {
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
    pub(super) fn settle_kept(&mut self, from: usize) -> Outcome<()> {
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
    pub(super) fn settle_trees(&mut self, from: usize) -> Outcome<()> {
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
    pub(super) fn wait(&mut self, tree: Tree) -> u32 {
        let number = self.number();
        self.pending.push(Tree { number, ..tree });
        number
    }

    /// Emits operations after all those that wait.
    pub(super) fn run_tree(&mut self, tree: Tree) -> Outcome<()> {
        self.store_all()?;
        self.emit_tree(tree.insts);
        Ok(())
    }

    pub(super) fn emit_tree(&mut self, insts: Vec<Inst>) {
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
    pub(super) fn store_all(&mut self) -> Outcome<()> {
        match self.pending.last() {
            Some(last) => self.store_through(last.number),
            None => Ok(()),
        }
    }

    /// Computes what waits, up to the tree of this number, and stores it into variables.
    pub(super) fn store_through(&mut self, number: u32) -> Outcome<()> {
        let Some(last) = self.pending.iter().position(|tree| tree.number == number) else { return Ok(()) };
        let rest = self.pending.split_off(last + 1);
        for tree in std::mem::replace(&mut self.pending, rest) {
            self.store(tree)?;
        }
        Ok(())
    }

    pub(super) fn store(&mut self, mut tree: Tree) -> Outcome<()> {
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
    pub(super) fn home(&mut self, at: usize) -> PyStr {
        let name = self.means.temporaries.slot(at as u32);
        if self.is_in_use(&name) || at < self.guarded as usize { self.fresh() } else { name }
    }

    /// Whether what a variable holds is needed still.
    pub(super) fn is_in_use(&self, name: &PyStr) -> bool {
        self.stack.contains(&Value::Stored(name.clone()))
            || self.loads.get(name).is_some_and(|count| *count > 0)
    }
}
