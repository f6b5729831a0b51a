//! Symbolic execution of patterns: the stack holds parts of the subject.

use std::rc::Rc;

use lancehead_ast::{Constant, Expr, ExprKind};
use lancehead_ir::{Collection, Comparison, Inst, Op, Operator};
use lancehead_pyc::{Object, PyStr};

use super::pattern::{PartId, Parts, Question};
use crate::code::unit::Unit;
use crate::execute::Machine;
use crate::execute::value::{Stack, Value};

/// The most items that a pattern takes apart.
const MAX_ITEMS: usize = 1 << 14;

/// A value on the stack of a pattern.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A part of the subject.
    Part(PartId),
    /// The length of a part, less a number.
    Length(PartId, i64),
    /// The values that `MATCH_KEYS` or `MATCH_CLASS` found.
    Values(Rc<[PartId]>),
    /// The result of a test, and what it must be for the pattern to match.
    Answer(bool),
    /// Something computed without the subject.
    Value(Value),
}

/// Executes the operations of a pattern.
#[derive(Debug, Clone)]
pub struct PatternMachine<'u> {
    unit: &'u Unit<'u>,
    /// The stack above what the statement found on it.
    pub stack: Vec<Entry>,
    /// The parts of the subject.
    pub parts: Parts,
}

impl<'u> PatternMachine<'u> {
    /// A machine with the subject on its stack; and the subject's part.
    pub fn new(unit: &'u Unit<'u>) -> (Self, PartId) {
        let mut parts = Parts::default();
        let subject = parts.add();
        (PatternMachine { unit, stack: vec![Entry::Part(subject)], parts }, subject)
    }

    /// Executes one operation; `None` when no pattern holds such a one here.
    pub fn step(&mut self, inst: &Inst) -> Option<()> {
        match &inst.op {
            Op::Pop => drop(self.stack.pop()?),
            Op::Copy(index) => self.copy(*index)?,
            Op::Swap(index) => {
                let (a, b) = (self.at(1)?, self.at(*index)?);
                self.stack.swap(a, b);
            }
            Op::Rotate(index) => {
                let to = self.at(*index)?;
                let top = self.stack.pop()?;
                self.stack.insert(to, top);
            }
            Op::Store(variable, name) => {
                let part = self.pop_part()?;
                Machine::new(self.unit, Stack::default()).variable(*variable, name);
                self.parts.store(part, name.clone()).then_some(())?;
            }
            Op::Const(_)
            | Op::Load(..)
            | Op::LoadAttr(_)
            | Op::LoadCommonConstant(_)
            | Op::Unary(_)
            | Op::Build(Collection::Tuple, _) => self.express(inst)?,
            Op::Binary(Operator::Subtract) if matches!(self.stack.iter().nth_back(1)?, Entry::Length(..)) => {
                let less = self.pop_int()?;
                let Entry::Length(part, 0) = self.stack.pop()? else { return None };
                self.stack.push(Entry::Length(part, less));
            }
            Op::Binary(_) => self.express(inst)?,
            Op::Compare(comparison) => self.compare(*comparison)?,
            Op::Is { invert } => self.compare_identity(*invert)?,
            Op::Subscript => self.subscript()?,
            Op::GetLen => {
                let part = self.top_part()?;
                self.stack.push(Entry::Length(part, 0));
            }
            Op::MatchSequence => self.ask_top(Question::Sequence)?,
            Op::MatchMapping => self.ask_top(Question::Mapping)?,
            Op::MatchKeys { flag } => self.match_keys(*flag)?,
            Op::MatchClass { positional, flag } => self.match_class(*positional, *flag)?,
            Op::Unpack(count) => self.unpack(*count as usize, None)?,
            Op::UnpackEx(before, after) => {
                let starred = *before as usize;
                self.unpack(starred.checked_add(*after as usize)?.checked_add(1)?, Some(starred))?;
            }
            Op::Build(Collection::Map, 0) => {
                let rest = self.parts.add();
                self.stack.push(Entry::Part(rest));
            }
            Op::DictUpdate(index) => {
                let part = self.pop_part()?;
                let Entry::Part(rest) = self.stack[self.at(*index)?] else { return None };
                self.parts.ask(part, Question::Rest(rest));
            }
            Op::DeleteSubscript => {
                self.stack.pop()?;
                self.pop_part()?;
            }
            Op::CopyDictWithoutKeys => {
                self.stack.pop()?;
                let part = self.top_part()?;
                let rest = self.parts.add();
                self.parts.ask(part, Question::Rest(rest));
                self.stack.push(Entry::Part(rest));
            }
            _ => return None,
        }
        Some(())
    }

    /// The place of the value this far from the top, which is at 1.
    fn at(&self, index: u32) -> Option<usize> {
        if index == 0 { None } else { self.stack.len().checked_sub(index as usize) }
    }

    fn pop_part(&mut self) -> Option<PartId> {
        match self.stack.pop()? {
            Entry::Part(part) => Some(part),
            _ => None,
        }
    }

    fn top_part(&self) -> Option<PartId> {
        match self.stack.last()? {
            Entry::Part(part) => Some(*part),
            _ => None,
        }
    }

    fn pop_expr(&mut self) -> Option<Expr> {
        match self.stack.pop()? {
            Entry::Value(value) => Machine::new(self.unit, Stack::default()).to_expr(value).ok(),
            _ => None,
        }
    }

    fn pop_int(&mut self) -> Option<i64> {
        match self.pop_expr()?.kind {
            ExprKind::Constant(Constant::Int(value)) => i64::try_from(value).ok(),
            _ => None,
        }
    }

    fn ask_top(&mut self, question: Question) -> Option<()> {
        let part = self.top_part()?;
        self.parts.ask(part, question);
        self.stack.push(Entry::Answer(true));
        Some(())
    }

    fn copy(&mut self, index: u32) -> Option<()> {
        let entry = self.stack[self.at(index)?].clone();
        let entry = match entry {
            Entry::Part(part) if index == 1 => {
                let copy = self.parts.add();
                self.parts.ask(part, Question::Copy(copy));
                Entry::Part(copy)
            }
            other => other,
        };
        self.stack.push(entry);
        Some(())
    }

    /// Executes an operation on values that have nothing to do with the subject.
    fn express(&mut self, inst: &Inst) -> Option<()> {
        let (pops, _) = inst.op.effect()?;
        let from = self.stack.len().checked_sub(pops as usize)?;
        let mut machine = Machine::new(self.unit, Stack::default());
        for entry in self.stack.drain(from..) {
            match entry {
                Entry::Value(value) => machine.push(value),
                _ => return None,
            }
        }
        machine.step(inst).ok()?;
        let value = machine.pop().ok()?;
        let is_alone = machine.items.is_empty() && machine.stack.depth() == 0;
        self.stack.push(Entry::Value(value));
        is_alone.then_some(())
    }

    fn compare(&mut self, comparison: Comparison) -> Option<()> {
        let right = self.pop_expr()?;
        let (part, question) = match (self.stack.pop()?, comparison) {
            (Entry::Part(part), Comparison::Equal) => (part, Question::Equal(right)),
            (Entry::Length(part, 0), Comparison::Equal | Comparison::GreaterEqual) => {
                let ExprKind::Constant(Constant::Int(length)) = right.kind else { return None };
                let length = usize::try_from(length).ok()?;
                (part, Question::Length { least: comparison == Comparison::GreaterEqual, length })
            }
            _ => return None,
        };
        self.parts.ask(part, question);
        self.stack.push(Entry::Answer(true));
        Some(())
    }

    fn compare_identity(&mut self, invert: bool) -> Option<()> {
        let ExprKind::Constant(constant) = self.pop_expr()?.kind else { return None };
        match self.stack.pop()? {
            Entry::Part(part) if matches!(constant, Constant::None | Constant::Bool(_)) => {
                self.parts.ask(part, Question::Same(constant));
                self.stack.push(Entry::Answer(!invert));
            }
            // `MATCH_KEYS` and `MATCH_CLASS` give None for no match.
            Entry::Values(_) if constant == Constant::None => self.stack.push(Entry::Answer(invert)),
            _ => return None,
        }
        Some(())
    }

    fn subscript(&mut self) -> Option<()> {
        if let Entry::Length(part, less) = *self.stack.last()? {
            self.stack.pop();
            return self.take_item(part, less.checked_neg().filter(|i| *i < 0)?);
        }
        let index = self.pop_int()?;
        match self.stack.last()? {
            Entry::Values(values) => {
                let part = *values.get(usize::try_from(index).ok()?)?;
                self.stack.pop();
                self.stack.push(Entry::Part(part));
                Some(())
            }
            Entry::Part(part) => self.take_item(*part, index),
            _ => None,
        }
    }

    /// The top, a copy of a sequence, becomes an item of it.
    fn take_item(&mut self, of: PartId, index: i64) -> Option<()> {
        if self.pop_part()? != of {
            return None;
        }
        let item = self.parts.add();
        self.stack.push(Entry::Part(item));
        self.parts.ask_item(of, index, item).then_some(())
    }

    fn match_keys(&mut self, flag: bool) -> Option<()> {
        let keys = match self.stack.pop()? {
            Entry::Value(Value::Const(object, _)) => match &*object {
                Object::Tuple(items) => items
                    .iter()
                    .map(|item| crate::code::constants::expression(item).map(Expr::new))
                    .collect::<Option<Vec<_>>>()?,
                _ => return None,
            },
            Entry::Value(Value::Expr(Expr { kind: ExprKind::Tuple(keys), .. })) => keys,
            _ => return None,
        };
        let part = self.top_part()?;
        let values = self.parts.add_many(keys.len());
        // The keys stay for what may take the rest.
        self.stack.push(Entry::Value(Value::Ignored));
        self.stack.push(Entry::Values(values.clone().into()));
        self.parts.ask(part, Question::Keys { keys, values });
        if flag {
            self.stack.push(Entry::Answer(true));
        }
        Some(())
    }

    fn match_class(&mut self, positional: u32, flag: bool) -> Option<()> {
        let Entry::Value(Value::Const(names, _)) = self.stack.pop()? else { return None };
        let Object::Tuple(names) = &*names else { return None };
        let names = names.iter().map(|name| attribute(name)).collect::<Option<Vec<_>>>()?;
        let class = self.pop_expr()?;
        let part = self.pop_part()?;
        let count = (positional as usize).checked_add(names.len()).filter(|n| *n <= MAX_ITEMS)?;
        let values = self.parts.add_many(count);
        self.stack.push(Entry::Values(values.clone().into()));
        self.parts.ask(part, Question::Class { class, names, values });
        if flag {
            self.stack.push(Entry::Answer(true));
        }
        Some(())
    }

    fn unpack(&mut self, count: usize, starred: Option<usize>) -> Option<()> {
        if count > MAX_ITEMS {
            return None;
        }
        match self.stack.pop()? {
            Entry::Part(part) => {
                let items = self.parts.add_many(count);
                self.stack.extend(items.iter().rev().map(|item| Entry::Part(*item)));
                self.parts.ask(part, Question::Unpacked { items, starred });
            }
            Entry::Values(values) if values.len() == count && starred.is_none() => {
                self.stack.extend(values.iter().rev().map(|part| Entry::Part(*part)));
            }
            Entry::Value(Value::Ignored) => {
                self.stack.extend((0..count).map(|_| Entry::Value(Value::Ignored)));
            }
            _ => return None,
        }
        Some(())
    }
}

fn attribute(name: &Object) -> Option<PyStr> {
    match name {
        Object::Str(name) => Some(name.clone()),
        _ => None,
    }
}
