//! What lies on the stack where blocks begin.

use lancehead_ir::{BlockId, Graph, Inst, Op, Region, RegionKind, Scope, Terminator};
use lancehead_pyc::ObjectRef;
use rustc_hash::FxHashMap;

use crate::code::failure::{Failure, Outcome};

/// What is known of a slot of the stack.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    /// NULL, whatever way was taken.
    Null,
    /// The same constant, whatever way was taken.
    Const(ObjectRef),
    /// A value that stays on the stack, because a statement keeps it there.
    Kept(Kept),
    /// Any other value.
    Value,
}

/// Why a value stays on the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is part of an exception that is being handled.
    Exception,
    /// It is the exit of a context manager.
    Exit,
    /// A statement or a comprehension has put it there.
    Statement,
}

/// What a value is known to be, apart from the ways that lead to it.
#[derive(Debug, Clone, PartialEq)]
enum Fact {
    /// Nothing has said anything yet.
    Unknown,
    Null,
    Const(ObjectRef),
    Made,
}

impl Fact {
    fn join(self, other: Fact) -> Option<Fact> {
        match (self, other) {
            (Fact::Unknown, known) | (known, Fact::Unknown) => Some(known),
            (Fact::Null, Fact::Null) => Some(Fact::Null),
            (Fact::Null, _) | (_, Fact::Null) => None,
            (Fact::Const(a), Fact::Const(b)) if a == b => Some(Fact::Const(a)),
            _ => Some(Fact::Made),
        }
    }
}

/// Values that are one, on some way: slots, and what is put into them.
#[derive(Debug, Default)]
struct Classes {
    parents: Vec<u32>,
    facts: Vec<Fact>,
    kept: Vec<Option<Kept>>,
    iterated: Vec<bool>,
}

impl Classes {
    fn add(&mut self, fact: Fact, kept: Option<Kept>) -> u32 {
        let id = self.parents.len() as u32;
        self.parents.push(id);
        self.facts.push(fact);
        self.kept.push(kept);
        self.iterated.push(false);
        id
    }

    fn find(&self, mut id: u32) -> u32 {
        while self.parents[id as usize] != id {
            id = self.parents[id as usize];
        }
        id
    }

    /// [`find`](Classes::find), which leaves the way shorter than it was.
    fn shorten(&mut self, mut id: u32) -> u32 {
        while self.parents[id as usize] != id {
            let parent = self.parents[id as usize] as usize;
            self.parents[id as usize] = self.parents[parent];
            id = self.parents[id as usize];
        }
        id
    }

    fn keep(&mut self, id: u32, kept: Kept) {
        let root = self.find(id) as usize;
        self.kept[root].get_or_insert(kept);
    }

    /// Makes one of two classes; false if NULL is in one of them only.
    fn unite(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.shorten(a), self.shorten(b));
        if a == b {
            return true;
        }
        let (root, child) = (a.min(b) as usize, a.max(b) as usize);
        self.parents[child] = root as u32;
        self.iterated[root] |= self.iterated[child];
        self.kept[root] = self.kept[root].or(self.kept[child]);
        let joined = self.facts[root].clone().join(self.facts[child].clone());
        let agrees = joined.is_some();
        self.facts[root] = joined.unwrap_or(Fact::Made);
        agrees
    }
}

/// The slots of the stack at the start of each block that is reached.
#[derive(Debug)]
pub struct Slots {
    classes: Classes,
    entries: Vec<Option<Vec<u32>>>,
    /// The first of the values that an operation makes, by block and place in it.
    made: FxHashMap<(BlockId, u32), u32>,
    /// How many values each handler keeps.
    depths: Vec<Option<u32>>,
    iterator_slots: u32,
}

impl Slots {
    /// Finds out what every block finds on the stack.
    pub fn of(graph: &Graph, iterator_slots: u32) -> Outcome<Slots> {
        let mut slots = Slots {
            classes: Classes::default(),
            entries: vec![None; graph.blocks.len()],
            made: FxHashMap::default(),
            depths: graph.regions.iter().map(|region| region.depth).collect(),
            iterator_slots,
        };
        let mut work = Vec::new();
        slots.enter(graph, graph.entry, &[], &mut work)?;
        while let Some(block) = work.pop() {
            slots.visit(graph, block, &mut work)?;
        }
        Ok(slots)
    }

    /// What a block finds on the stack, from the bottom; `None` if it is not reached.
    pub fn at(&self, block: BlockId) -> Option<Vec<Slot>> {
        let entry = self.entries.get(block.index())?.as_ref()?;
        Some(entry.iter().map(|id| self.slot(*id)).collect())
    }

    /// How many of the values that a handler keeps stay on the stack.
    pub fn kept_depth(&self, region: &Region) -> Option<u32> {
        let depth = region.depth? as usize;
        let Some(entry) = self.at(region.handler) else { return region.depth };
        Some(entry[..depth.min(entry.len())].iter().filter(|slot| matches!(slot, Slot::Kept(_))).count()
            as u32)
    }

    /// How many values must stay as they are in a block, because its handler finds them.
    pub fn guarded(&self, graph: &Graph, block: BlockId) -> u32 {
        let region = graph.handler_of(graph.block(block).scope);
        region.and_then(|region| self.depths[region.index()]).unwrap_or(0)
    }

    /// Why the `number`th value that an operation makes stays on the stack, if it does.
    pub fn kept(&self, block: BlockId, at: usize, number: u32) -> Option<Kept> {
        let first = self.made.get(&(block, at as u32))?;
        self.classes.kept[self.classes.find(first + number) as usize]
    }

    /// Whether a `for` draws on the value that an operation makes.
    pub fn is_iterated(&self, block: BlockId, at: usize) -> bool {
        let first = self.made.get(&(block, at as u32));
        first.is_some_and(|first| self.classes.iterated[self.classes.find(*first) as usize])
    }

    fn slot(&self, id: u32) -> Slot {
        let root = self.classes.find(id) as usize;
        if let Some(kept) = self.classes.kept[root] {
            return Slot::Kept(kept);
        }
        match &self.classes.facts[root] {
            Fact::Null => Slot::Null,
            Fact::Const(object) => Slot::Const(object.clone()),
            Fact::Made | Fact::Unknown => Slot::Value,
        }
    }

    /// Control goes to a block with these values on the stack.
    fn enter(&mut self, graph: &Graph, to: BlockId, stack: &[u32], work: &mut Vec<BlockId>) -> Outcome<()> {
        let offset = graph.block(to).offset;
        if self.entries[to.index()].is_none() {
            let slots = stack.iter().map(|_| self.classes.add(Fact::Unknown, None)).collect();
            self.entries[to.index()] = Some(slots);
            work.push(to);
            self.find_depth(graph, to, stack.len());
        }
        let entry = self.entries[to.index()].clone().unwrap_or_default();
        if entry.len() != stack.len() {
            return Err(Failure::Expression { what: "a stack whose depth depends on the way taken", offset });
        }
        for (slot, value) in entry.iter().zip(stack) {
            if !self.classes.unite(*value, *slot) {
                return Err(Failure::Expression { what: "NULL on the stack on some ways only", offset });
            }
        }
        Ok(())
    }

    /// Up to 3.10, a handler keeps what is on the stack where its region is entered.
    fn find_depth(&mut self, graph: &Graph, entered: BlockId, depth: usize) {
        let Scope::Body(region) = graph.scopes[graph.block(entered).scope.index()] else { return };
        let below = usize::from(graph.region(region).kind == RegionKind::With);
        self.depths[region.index()].get_or_insert(depth.saturating_sub(below) as u32);
    }

    fn visit(&mut self, graph: &Graph, id: BlockId, work: &mut Vec<BlockId>) -> Outcome<()> {
        let block = graph.block(id);
        let mut stack = self.entries[id.index()].clone().unwrap_or_default();
        if let Some(region) = graph.handler_of(block.scope) {
            let depth = self.depths[region.index()].unwrap_or(0) as usize;
            let kept = stack.get(..depth).ok_or(too_low(block.offset))?.to_vec();
            self.enter(graph, graph.region(region).handler, &kept, work)?;
        }
        for (at, inst) in block.insts.iter().enumerate() {
            self.step((id, at as u32), inst, &mut stack)?;
        }
        let end = block.end.0;
        let at = (id, block.insts.len() as u32);
        match block.terminator {
            Terminator::Branch { .. } => drop(pop(&mut stack, end)?),
            Terminator::ForIter { body, exhausted, is_async } => {
                let slots = if is_async { 1 } else { self.iterator_slots };
                let below = stack.len().checked_sub(slots as usize).ok_or(too_low(end))?;
                for value in &stack[below..] {
                    self.classes.keep(*value, Kept::Statement);
                    let root = self.classes.find(*value) as usize;
                    self.classes.iterated[root] |= *value == stack[below];
                }
                self.enter(graph, exhausted, &stack[..below], work)?;
                self.make(at, 1, Some(Kept::Statement), &mut stack);
                return self.enter(graph, body, &stack, work);
            }
            _ => {}
        }
        for next in block.terminator.successors() {
            self.enter(graph, next, &stack, work)?;
        }
        Ok(())
    }

    fn make(&mut self, at: (BlockId, u32), count: u32, kept: Option<Kept>, stack: &mut Vec<u32>) {
        for _ in 0..count {
            let id = self.classes.add(Fact::Made, kept);
            self.made.entry(at).or_insert(id);
            stack.push(id);
        }
    }

    fn step(&mut self, at: (BlockId, u32), inst: &Inst, stack: &mut Vec<u32>) -> Outcome<()> {
        let offset = inst.offset;
        let place = |stack: &[u32], index: u32| {
            stack.len().checked_sub(index as usize).filter(|_| index > 0).ok_or(too_low(offset))
        };
        match &inst.op {
            Op::Copy(index) => stack.push(stack[place(stack, *index)?]),
            Op::Swap(index) => {
                let (top, other) = (place(stack, 1)?, place(stack, *index)?);
                stack.swap(top, other);
            }
            Op::Rotate(index) => {
                let to = place(stack, *index)?;
                stack[to..].rotate_right(1);
            }
            Op::PushNull => stack.push(self.classes.add(Fact::Null, None)),
            Op::Const(object) => {
                let id = self.classes.add(Fact::Const(object.clone()), None);
                self.made.insert(at, id);
                stack.push(id);
            }
            Op::LoadMethod(_) | Op::LoadSuperAttr { method: true, .. } => {
                let taken = if matches!(inst.op, Op::LoadMethod(_)) { 1 } else { 3 };
                stack.truncate(place(stack, taken)?);
                self.make(at, 1, None, stack);
                stack.push(self.classes.add(Fact::Null, None));
            }
            Op::EnterHandler(count) => self.make(at, *count, Some(Kept::Exception), stack),
            Op::BeforeWith { null_slot, .. } => {
                pop(stack, offset)?;
                self.make(at, 1, Some(Kept::Exit), stack);
                self.make(at, 1 + u32::from(*null_slot), Some(Kept::Statement), stack);
            }
            Op::LoadAndClear(_) | Op::WithExceptStart => self.make(at, 1, Some(Kept::Statement), stack),
            Op::ListExtend(_) | Op::SetUpdate(_) | Op::DictUpdate(_) | Op::DictMerge(_) => {
                pop(stack, offset)?;
            }
            Op::ListAppend(index) | Op::SetAdd(index) | Op::MapAdd { index, .. } => {
                let taken = if matches!(inst.op, Op::MapAdd { .. }) { 2 } else { 1 };
                let below = place(stack, taken)?;
                stack.truncate(below);
                self.classes.keep(stack[place(stack, *index)?], Kept::Statement);
            }
            Op::ImportFrom(_) => {
                self.classes.keep(stack[place(stack, 1)?], Kept::Statement);
                self.make(at, 1, Some(Kept::Statement), stack);
            }
            Op::ExceptionGroupMatch => {
                stack.truncate(place(stack, 2)?);
                self.make(at, 2, Some(Kept::Exception), stack);
            }
            Op::GetIter { index_slot: true } => {
                pop(stack, offset)?;
                self.make(at, 1, None, stack);
                self.make(at, 1, Some(Kept::Statement), stack);
            }
            Op::GetYieldFromIter if self.iterator_slots > 1 => {
                pop(stack, offset)?;
                self.make(at, 1, None, stack);
                stack.push(self.classes.add(Fact::Null, None));
            }
            Op::YieldFrom => {
                pop(stack, offset)?;
                // An iterator with a slot for its index.
                if self.slot(pop(stack, offset)?) == Slot::Null {
                    pop(stack, offset)?;
                }
                self.make(at, 1, None, stack);
            }
            Op::LeaveHandler { keeps_top } => {
                let kept = if *keeps_top { Some(pop(stack, offset)?) } else { None };
                while stack.last().is_some_and(|top| self.slot(*top) == Slot::Kept(Kept::Exception)) {
                    stack.pop();
                }
                stack.extend(kept);
            }
            Op::SuppressException => {
                while let Some(value) = stack.pop() {
                    if self.slot(value) == Slot::Kept(Kept::Exit) {
                        break;
                    }
                }
            }
            Op::WithExit => {
                let exit = stack.iter().rposition(|value| self.slot(*value) == Slot::Kept(Kept::Exit));
                stack.remove(exit.ok_or(too_low(offset))?);
                self.make(at, 1, Some(Kept::Statement), stack);
            }
            op => {
                let (taken, made) = op.effect().ok_or(too_low(offset))?;
                let below = stack.len().checked_sub(taken as usize).ok_or(too_low(offset))?;
                stack.truncate(below);
                self.make(at, made, None, stack);
            }
        }
        Ok(())
    }
}

fn pop(stack: &mut Vec<u32>, offset: u32) -> Outcome<u32> {
    stack.pop().ok_or(too_low(offset))
}

/// The stack is too low for an operation.
pub fn too_low(offset: u32) -> Failure {
    Failure::Expression { what: "the stack is empty", offset }
}
