//! Displays and calls of many values, as those of few are compiled.
//!
//! Since 3.9 no more than `STACK_USE_GUIDELINE` values of a display or a call are kept on the stack:
//! what the compiler makes of more appends each to a list (`starunpack_helper`, `compiler_subdict` and
//! `compiler_call_helper` in CPython's `Python/compile.c`). Bytecode that no compiler made keeps them all there. Both do
//! the same, unless the items of a set or the keys of a dict have a hash of their own: these are left as they are.

use std::collections::{HashMap, HashSet};

use lancehead_ir::Collection;

use crate::act::{Act, Grow, Ins, Program};
use crate::dialect::Dialect;
use crate::intern::{Const, Interner, Value};
use crate::walk::arity;

/// The program with each display and call that takes its values one by one as one that takes them all.
pub fn gathered(program: &Program, dialect: &Dialect, interner: &Interner) -> Program {
    let mut gatherer = Gatherer {
        ins: &program.ins,
        dialect,
        interner,
        stack: Vec::new(),
        replaced: HashMap::new(),
        before: HashMap::new(),
    };
    let mut entered: HashSet<u32> = program.handlers.iter().map(|handler| handler.target).collect();
    entered.extend(program.ins.iter().filter_map(|ins| ins.act.clone().target_mut().map(|target| *target)));
    for at in 0..program.ins.len() {
        let is_covered_alike = at == 0 || program.ins[at - 1].handler == program.ins[at].handler;
        if entered.contains(&(at as u32)) || !is_covered_alike {
            gatherer.forget();
        }
        gatherer.step(at);
    }
    gatherer.written(program)
}

/// Keys that come with their values then, each before the instruction of that number.
type Keys = Vec<(usize, Const)>;

/// A value on the stack.
#[derive(Debug, Clone)]
struct Slot {
    /// The first of the instructions that made it, where these stand together.
    start: Option<usize>,
    growing: Option<Growing>,
}

/// A collection to which values were added one by one.
#[derive(Debug, Clone)]
struct Growing {
    kind: Collection,
    count: u32,
    /// The instructions that go: those that began it and added to it. The last becomes the one that builds it.
    steps: Vec<usize>,
    keys: Keys,
}

struct Gatherer<'a> {
    ins: &'a [Ins],
    dialect: &'a Dialect,
    interner: &'a Interner,
    /// What is known of the top of the stack.
    stack: Vec<Slot>,
    /// What stands for an instruction, if anything does.
    replaced: HashMap<usize, Option<Act>>,
    /// What stands before an instruction.
    before: HashMap<usize, Vec<Act>>,
}

impl Gatherer<'_> {
    fn step(&mut self, at: usize) {
        let act = self.ins[at].act;
        match act {
            Act::Build(kind @ (Collection::List | Collection::Set | Collection::Map), 0) => {
                self.begin(Some(at), vec![at], kind, 0, Vec::new());
            }
            Act::Build(Collection::Map, count) => self.small_map(at, count, false),
            Act::BuildConstKeyMap(count) => self.small_map(at, count, true),
            Act::Grow(Grow::ListAppend, 1) => self.add(at, Collection::List, 1),
            Act::Grow(Grow::SetAdd, 1) => self.add(at, Collection::Set, 1),
            Act::Grow(Grow::MapAdd, 1) => self.add(at, Collection::Map, 2),
            Act::Grow(Grow::DictUpdate, 1) => self.update(at),
            Act::Grow(grow, index) => {
                self.take(if grow == Grow::MapAdd { 2 } else { 1 });
                self.settle_at(index);
            }
            Act::ListToTuple => self.end_list(at),
            Act::Copy(count) | Act::Swap(count) | Act::Rotate(count) => self.shuffle(act, count),
            Act::CallEx { slots, .. } => {
                self.call(at, slots);
                self.plain(at, act);
            }
            _ => self.plain(at, act),
        }
    }

    fn begin(&mut self, start: Option<usize>, steps: Vec<usize>, kind: Collection, count: u32, keys: Keys) {
        self.stack.push(Slot { start, growing: Some(Growing { kind, count, steps, keys }) });
    }

    /// Takes values, and is a value.
    fn plain(&mut self, at: usize, act: Act) {
        let (pop, peek, push) = match act {
            Act::Const(_) | Act::Code(_) | Act::Common(_) | Act::Cell(_) | Act::PushNull => (0, 0, 1),
            Act::LoadTemporary(_) => (0, 0, 1),
            Act::DeleteTemporary(_) => (0, 0, 0),
            Act::Pop | Act::StoreTemporary(_) => (1, 0, 0),
            _ => match arity::of(act, self.dialect) {
                Some(arity) => (arity.pop, arity.peek, arity.push),
                // Whatever it does to the stack, it is no part of a display.
                None => return self.forget(),
            },
        };
        (pop..pop.saturating_add(peek)).for_each(|index| self.settle_at(index.saturating_add(1)));
        let start = if pop == 0 { Some(at) } else { self.take(pop) };
        let start = start.filter(|_| push == 1 && peek == 0);
        self.stack.extend((0..push).map(|_| Slot { start, growing: None }));
    }

    /// Moves values about, or copies one.
    fn shuffle(&mut self, act: Act, count: u32) {
        let Some(from) = self.stack.len().checked_sub(count as usize) else { return self.forget() };
        for place in from..self.stack.len() {
            self.settle(place);
            self.stack[place].start = None;
        }
        if matches!(act, Act::Copy(_)) {
            self.stack.push(Slot { start: None, growing: None });
        }
    }

    /// Drops values from the stack, and gives where the lowest that is known was begun.
    fn take(&mut self, count: u32) -> Option<usize> {
        let kept = self.stack.len().saturating_sub(count as usize);
        let is_known = self.stack.len() - kept == count as usize;
        let start = self.stack.get(kept).and_then(|slot| slot.start).filter(|_| is_known);
        (kept..self.stack.len()).for_each(|place| self.settle(place));
        self.stack.truncate(kept);
        start
    }

    /// Knows of nothing on the stack any more, as where ways meet or part.
    fn forget(&mut self) {
        (0..self.stack.len()).for_each(|place| self.settle(place));
        self.stack.clear();
    }

    /// Nothing more is added to the collection at this index, which counts from 1 at the top.
    fn settle_at(&mut self, index: u32) {
        if let Some(place) = self.stack.len().checked_sub(index as usize) {
            self.settle(place);
        }
    }

    /// Nothing more is added to the collection in this slot.
    fn settle(&mut self, place: usize) {
        let Some(growing) = self.stack.get_mut(place).and_then(|slot| slot.growing.take()) else { return };
        let Some((last, others)) = growing.steps.split_last() else { return };
        if others.is_empty() {
            return;
        }
        self.replaced.extend(others.iter().map(|step| (*step, None)));
        self.replaced.insert(*last, Some(Act::Build(growing.kind, growing.count)));
        for (step, key) in growing.keys {
            // What is within was settled before, and its keys come after.
            self.before.entry(step).or_default().insert(0, Act::Const(key));
        }
    }

    /// Adds what `taken` values make to the collection below them.
    fn add(&mut self, at: usize, kind: Collection, taken: usize) {
        let Some(place) = self.stack.len().checked_sub(taken + 1) else { return self.forget() };
        // What is hashed may run code: between loads of items nobody sees when, between keys and values one may.
        let first = &self.stack[place + 1];
        let is_plain = match kind {
            Collection::Set => self.is_loaded(first, at),
            Collection::Map => self.is_constant(first, self.stack[place + 2].start),
            _ => true,
        };
        self.take(taken as u32);
        match &mut self.stack[place].growing {
            Some(growing) if is_plain && growing.kind == kind => {
                growing.count += 1;
                growing.steps.push(at);
            }
            _ => self.settle(place),
        }
    }

    /// Whether a value is a constant, and made by one instruction before `end`.
    fn is_constant(&self, slot: &Slot, end: Option<usize>) -> bool {
        slot.start.is_some_and(|start| matches!(self.ins[start].act, Act::Const(_)) && end == Some(start + 1))
    }

    /// Whether a value is a constant or a temporary, and loaded just before `end`.
    fn is_loaded(&self, slot: &Slot, end: usize) -> bool {
        let is_load = |start: usize| matches!(self.ins[start].act, Act::Const(_) | Act::LoadTemporary(_));
        slot.start.is_some_and(|start| start + 1 == end && is_load(start))
    }

    /// A dict that is built at once, and may be part of another.
    fn small_map(&mut self, at: usize, count: u32, has_names: bool) {
        let values = if has_names { count.saturating_add(1) } else { count.saturating_mul(2) };
        let known = self.stack.len().checked_sub(values as usize).map(|from| &self.stack[from..]);
        let found = known.and_then(|slots| match has_names {
            true => self.keys_of_names(slots, at),
            false => self.are_constants(slots, at).then(|| (Vec::new(), vec![at])),
        });
        let Some((keys, steps)) = found else { return self.plain(at, self.ins[at].act) };
        let start = self.take(values);
        self.begin(start, steps, Collection::Map, count, keys);
    }

    /// The keys that the tuple on top names, with the places of the values that belong to them; and the steps that
    /// make the dict.
    fn keys_of_names(&self, slots: &[Slot], at: usize) -> Option<(Keys, Vec<usize>)> {
        let (names, values) = slots.split_last()?;
        let start = names.start.filter(|_| self.is_constant(names, Some(at)))?;
        let Act::Const(names) = self.ins[start].act else { return None };
        let Value::Tuple(keys) = self.interner.value(names) else { return None };
        let starts: Option<Vec<usize>> = values.iter().map(|value| value.start).collect();
        let keys = starts.filter(|starts| starts.len() == keys.len())?.into_iter().zip(keys.iter().copied());
        Some((keys.collect(), vec![start, at]))
    }

    /// Whether every other value is a constant.
    fn are_constants(&self, slots: &[Slot], at: usize) -> bool {
        let ends = slots.iter().skip(1).map(|slot| slot.start).chain([Some(at)]);
        slots.iter().zip(ends).step_by(2).all(|(slot, end)| self.is_constant(slot, end))
    }

    /// Adds a dict to the one below it.
    fn update(&mut self, at: usize) {
        let Some(place) = self.stack.len().checked_sub(2) else { return self.forget() };
        let added = self.stack.pop().and_then(|slot| slot.growing);
        let into = &mut self.stack[place].growing;
        match (into, added) {
            (Some(into), Some(added)) if into.kind == Collection::Map && added.kind == Collection::Map => {
                into.count = into.count.saturating_add(added.count);
                into.steps.extend(added.steps);
                into.steps.push(at);
                into.keys.extend(added.keys);
            }
            _ => self.settle(place),
        }
    }

    /// A list of arguments, or of the items of a tuple.
    fn end_list(&mut self, at: usize) {
        match self.stack.last_mut() {
            Some(Slot { growing: Some(growing), .. })
                if growing.kind == Collection::List && growing.steps.len() > 1 =>
            {
                growing.kind = Collection::Tuple;
                growing.steps.push(at);
            }
            _ => self.plain(at, Act::ListToTuple),
        }
    }

    /// A call whose arguments are such a tuple, and that has no others.
    fn call(&mut self, at: usize, slots: u32) {
        let mut top = self.stack.len();
        let mut null = None;
        if self.dialect.call_ex_has_mapping() {
            let start = self.stack.last().and_then(|slot| slot.start);
            null = start.filter(|start| start + 1 == at && self.ins[*start].act == Act::PushNull);
            if null.is_none() {
                return;
            }
            top -= 1;
        } else if matches!(self.ins[at].act, Act::CallEx { keywords: true, .. }) {
            return;
        }
        let Some(Slot { growing, .. }) = top.checked_sub(1).map(|place| &mut self.stack[place]) else {
            return;
        };
        if growing.as_ref().is_none_or(|growing| growing.kind != Collection::Tuple) {
            return;
        }
        let Some(growing) = growing.take() else { return };
        self.replaced.extend(growing.steps.iter().chain(&null).map(|step| (*step, None)));
        self.replaced.insert(at, Some(Act::Call { argc: growing.count, keywords: false, slots }));
    }

    /// The program with what was found.
    fn written(self, program: &Program) -> Program {
        if self.replaced.is_empty() {
            return Program { ins: program.ins.clone(), handlers: program.handlers.clone() };
        }
        let mut ins = Vec::with_capacity(program.ins.len());
        let mut places = Vec::with_capacity(program.ins.len() + 1);
        for (at, original) in program.ins.iter().enumerate() {
            places.push(ins.len() as u32);
            ins.extend(self.before.get(&at).into_iter().flatten().map(|act| Ins { act: *act, ..*original }));
            match self.replaced.get(&at) {
                Some(act) => ins.extend(act.map(|act| Ins { act, ..*original })),
                None => ins.push(*original),
            }
        }
        places.push(ins.len() as u32);
        let mut gathered = Program { ins, handlers: program.handlers.clone() };
        gathered.move_targets(&places);
        gathered
    }
}
