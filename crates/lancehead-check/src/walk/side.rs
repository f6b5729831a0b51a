//! One side of the walk: a program, where it stands, and what it does without anybody seeing.

use lancehead_ir::Collection;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::sight::Sight;
use super::value::{Val, Why};
use crate::act::{Act, NO_HANDLER, Program, Setup};
use crate::dialect::Dialect;
use crate::fold;
use crate::intern::{Interner, Name, Value};

/// How often a program may go round without a step: what finds the next block by its number does so many times.
const LOOSE_ROUNDS: usize = 16;

/// No valid code has more on its stack; more is an enemy's.
pub const MAX_STACK: usize = 1 << 16;

/// An entry of the block stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame {
    pub kind: FrameKind,
    pub target: u32,
    pub depth: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameKind {
    Setup(Setup),
    /// An exception is being handled (to 3.10).
    Handler,
}

/// Block stacks, each stored once: number 0 is the empty one.
#[derive(Debug, Default)]
pub struct Blocks {
    frames: Vec<(Frame, u32)>,
    known: FxHashMap<(Frame, u32), u32>,
}

impl Blocks {
    pub fn push(&mut self, below: u32, frame: Frame) -> u32 {
        *self.known.entry((frame, below)).or_insert_with(|| {
            self.frames.push((frame, below));
            self.frames.len() as u32
        })
    }

    /// How many handlers there are, those of loops left out.
    pub fn handlers(&self, mut blocks: u32) -> u32 {
        let mut count = 0;
        while let Some((frame, below)) = self.top(blocks) {
            count += u32::from(frame.kind != FrameKind::Setup(Setup::Loop));
            blocks = below;
        }
        count
    }

    pub fn top(&self, blocks: u32) -> Option<(Frame, u32)> {
        self.frames.get((blocks as usize).checked_sub(1)?).copied()
    }
}

/// Where one side stands.
#[derive(Debug, Clone)]
pub struct Place {
    pub pc: u32,
    pub blocks: u32,
    pub stack: SmallVec<[Val; 8]>,
    /// What temporaries hold, by name.
    pub temporaries: Vec<(Name, Val)>,
    /// It came through a place that others may come through too.
    pub joined: bool,
}

/// What [`Side::settle`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The next step.
    At(Act),
    /// It goes round for ever and does nothing.
    Spin,
}

/// Code that no compiler makes.
#[derive(Debug, Clone, Copy)]
pub struct Broken(pub &'static str);

/// A program and the block stacks it makes.
#[derive(Debug)]
pub struct Side<'a> {
    pub program: &'a Program,
    /// Where jumps lead.
    targets: Vec<bool>,
    pub blocks: Blocks,
    pub dialect: &'a Dialect,
    /// Whether programs are compared that need only do the same.
    is_loose: bool,
    /// Who sees its variables.
    pub sight: Sight,
}

/// The truth of values that have been tested and are still there.
pub type Truths = SmallVec<[(u32, bool); 2]>;

impl Place {
    pub fn entry() -> Place {
        Place { pc: 0, blocks: 0, stack: SmallVec::new(), temporaries: Vec::new(), joined: false }
    }

    pub fn pop(&mut self) -> Result<Val, Broken> {
        self.stack.pop().ok_or(Broken("the stack is empty"))
    }

    /// The value at an index, 1 for the top.
    pub fn peek(&self, index: u32) -> Result<Val, Broken> {
        let at = self.stack.len().checked_sub(index as usize).filter(|_| index > 0);
        at.map(|at| self.stack[at]).ok_or(Broken("the stack holds too few values"))
    }

    pub fn push(&mut self, value: Val) -> Result<(), Broken> {
        if self.stack.len() >= MAX_STACK {
            return Err(Broken("the stack holds too many values"));
        }
        self.stack.push(value);
        Ok(())
    }

    fn position(&self, index: u32) -> Result<usize, Broken> {
        self.peek(index).map(|_| self.stack.len() - index as usize)
    }

    pub fn truncate(&mut self, depth: u32) -> Result<(), Broken> {
        if self.stack.len() < depth as usize {
            return Err(Broken("the stack holds fewer values than its handler keeps"));
        }
        self.stack.truncate(depth as usize);
        Ok(())
    }
}

impl Side<'_> {
    /// A program that nothing has been done with.
    pub fn new<'p>(program: &'p Program, dialect: &'p Dialect, is_loose: bool) -> Side<'p> {
        let mut targets = vec![false; program.ins.len()];
        for ins in &program.ins {
            let mut act = ins.act;
            if let Some(target) = act.target_mut().and_then(|target| targets.get_mut(*target as usize)) {
                *target = true;
            }
        }
        Side { program, targets, blocks: Blocks::default(), dialect, is_loose, sight: Sight::default() }
    }

    /// Whether an act stands at `pc`, and nothing jumps there.
    fn follows(&self, pc: u32, act: Act) -> bool {
        self.act(pc).ok() == Some(act) && !self.targets[pc as usize]
    }

    /// Whether a constant was pushed right before this, on the only way to it.
    pub fn follows_constant(&self, pc: u32) -> bool {
        let before = pc.checked_sub(1).and_then(|before| self.act(before).ok());
        matches!(before, Some(Act::Const(_))) && !self.targets[pc as usize]
    }

    /// Whether the last so many instructions, in one block, pushed constants.
    fn follows_constants(&self, pc: u32, count: u32) -> bool {
        let is_entered = |pc: u32| self.targets[pc as usize];
        (1..=count).all(|back| {
            let before = pc.checked_sub(back);
            before.is_some_and(|before| {
                matches!(self.act(before), Ok(Act::Const(_))) && !is_entered(before + 1)
            })
        })
    }

    pub fn act(&self, pc: u32) -> Result<Act, Broken> {
        self.program.ins.get(pc as usize).map(|ins| ins.act).ok_or(Broken("control runs off the end"))
    }

    /// Goes on until something happens that the other side must do too.
    ///
    /// With `drops`, the other side drops a constant: any constant that is dropped here may be that one.
    pub fn settle(
        &mut self,
        at: &mut Place,
        truths: &Truths,
        drops: bool,
        i: &mut Interner,
    ) -> Result<Settled, Broken> {
        let rounds = if self.is_loose { LOOSE_ROUNDS } else { 2 };
        let limit = self.program.ins.len() * rounds + 100;
        for _ in 0..limit {
            let act = self.act(at.pc)?;
            at.joined |= self.targets[at.pc as usize];
            if drops && act == Act::Pop && matches!(at.peek(1)?, Val::Const(_)) {
                return Ok(Settled::At(act));
            }
            if !self.quiet(act, at, truths, i)? {
                return Ok(Settled::At(act));
            }
        }
        Ok(Settled::Spin)
    }

    /// Does what needs no partner; false if the act is a step.
    fn quiet(&mut self, act: Act, at: &mut Place, truths: &Truths, i: &mut Interner) -> Result<bool, Broken> {
        let mut next = at.pc + 1;
        if self.is_loose
            && let Some(next) = self.loosely_quiet(act, at, i)?
        {
            at.pc = next;
            return Ok(true);
        }
        match act {
            Act::ToBool => {}
            // A tuple that is only iterated need not be made of the list.
            Act::ListToTuple if self.dialect.folds_late() && self.follows(next, Act::GetIter) => {}
            // The other side may have dropped it already, or never have had it: see `Walk::settle_source`.
            Act::Pop if self.follows_constant(at.pc) => return Ok(false),
            Act::Pop if self.dialect.keeps_unused_constants() && matches!(at.peek(1)?, Val::Const(_)) => {
                return Ok(false);
            }
            Act::Pop => drop(at.pop()?),
            Act::Copy(index) => at.push(at.peek(index)?)?,
            Act::Swap(index) => {
                let (top, other) = (at.position(1)?, at.position(index)?);
                at.stack.swap(top, other);
            }
            Act::Rotate(index) => {
                let to = at.position(index)?;
                at.stack[to..].rotate_right(1);
            }
            Act::PushNull => at.push(Val::Null)?,
            Act::Const(c) => at.push(Val::Const(c))?,
            Act::Code(number) => at.push(Val::Code(number))?,
            Act::Common(name) => at.push(Val::Common(name))?,
            Act::Cell(name) => at.push(Val::Cell(name))?,
            Act::Negate => {
                let negated = match at.pop()? {
                    Val::Id(id) => Val::Not(id),
                    Val::Not(id) => Val::Id(id),
                    Val::Const(c) => {
                        Val::Const(if fold::truth(i, c) { Interner::FALSE } else { Interner::TRUE })
                    }
                    _ => return Err(Broken("UNARY_NOT of a value that is no truth value")),
                };
                at.push(negated)?;
            }
            Act::EndFor if self.dialect.end_for_pops_iterator() => drop(at.pop()?),
            Act::EndFor => {}
            Act::PopIter => {
                at.pop()?;
                if self.dialect.index_slot {
                    at.pop()?;
                }
            }
            Act::EndSend => {
                let value = at.pop()?;
                at.pop()?;
                if self.dialect.index_slot {
                    at.pop()?;
                }
                at.push(value)?;
            }
            Act::PushExcInfo => {
                let exception = at.pop()?;
                at.push(Val::Null)?;
                at.push(exception)?;
            }
            Act::Jump(to) => next = to,
            Act::PopJump(when, to) => match known(at.peek(1)?, truths) {
                Some(truth) => {
                    at.pop()?;
                    next = if truth == when { to } else { next };
                }
                None => return Ok(false),
            },
            Act::JumpOrPop(when, to) => match known(at.peek(1)?, truths) {
                Some(truth) if truth == when => next = to,
                Some(_) => drop(at.pop()?),
                None => return Ok(false),
            },
            Act::Build(Collection::Tuple, n) => return self.tuple(n, at, i),
            // What is joined with nothing stays what it is.
            Act::BuildString(count) if self.empty_above(count, at, i)? => {
                at.truncate(at.stack.len() as u32 + 1 - count)?;
            }
            _ => return self.block(act, at),
        }
        at.pc = next;
        Ok(true)
    }

    /// Whether all joined strings but the first are empty.
    fn empty_above(&self, count: u32, at: &Place, i: &Interner) -> Result<bool, Broken> {
        let is_empty = |value: Val| matches!(value, Val::Const(c) if matches!(i.value(c), Value::Str(text) if text.is_empty()));
        for index in 1..count {
            if !is_empty(at.peek(index)?) {
                return Ok(false);
            }
        }
        Ok(count > 1 && matches!(at.peek(count)?, Val::Id(_)))
    }

    /// A tuple that is unpacked again, and a tuple of constants.
    fn tuple(&mut self, n: u32, at: &mut Place, i: &mut Interner) -> Result<bool, Broken> {
        let from = at.stack.len().checked_sub(n as usize).ok_or(Broken("the stack holds too few values"))?;
        if (1..=3).contains(&n) && self.follows(at.pc + 1, Act::Unpack(n)) {
            let folded = !self.dialect.unpacks_constants_in_place() && self.follows_constants(at.pc, n);
            if !folded {
                at.stack[from..].reverse();
                at.pc += 2;
                return Ok(true);
            }
        }
        if n == 0 && !self.dialect.folds_empty_tuples() {
            return Ok(false);
        }
        let mut items = Vec::with_capacity(n as usize);
        for value in &at.stack[from..] {
            let Val::Const(item) = value else { return Ok(false) };
            items.push(*item);
        }
        at.stack.truncate(from);
        at.push(Val::Const(i.constant(Value::Tuple(items))))?;
        at.pc += 1;
        Ok(true)
    }

    /// What the block stack does: to 3.10 in the interpreter, since 3.11 only in the compiler.
    fn block(&mut self, act: Act, at: &mut Place) -> Result<bool, Broken> {
        let next = at.pc + 1;
        match act {
            // To 3.10 a block is an instruction, and both sides must have it.
            Act::Setup(kind, _) if kind != Setup::Loop && !self.dialect.exception_table => return Ok(false),
            Act::Setup(kind, target) => {
                self.set_up(kind, target, at)?;
            }
            Act::CallFinally(_) => return Ok(false),
            Act::PopBlock => match self.blocks.top(at.blocks) {
                Some((Frame { kind: FrameKind::Setup(_), .. }, below)) => at.blocks = below,
                _ => return Err(Broken("POP_BLOCK outside of a block")),
            },
            Act::BeginFinally => at.push(Val::Null)?,
            Act::BreakLoop => return self.unwind(Why::Break, at, 0).map(|()| true),
            Act::ContinueLoop(to) => return self.unwind(Why::Continue, at, to).map(|()| true),
            Act::Return if self.unwinds(at) => return self.unwind(Why::Return, at, 0).map(|()| true),
            _ => return Ok(false),
        }
        at.pc = next;
        Ok(true)
    }

    /// Pushes a block.
    pub fn set_up(&mut self, kind: Setup, target: u32, at: &mut Place) -> Result<(), Broken> {
        let below = u32::from(kind == Setup::With);
        let depth =
            (at.stack.len() as u32).checked_sub(below).ok_or(Broken("the stack holds too few values"))?;
        at.blocks = self.blocks.push(at.blocks, Frame { kind: FrameKind::Setup(kind), target, depth });
        Ok(())
    }

    /// `END_FINALLY` where no exception is raised again: goes on with what was under way.
    pub fn end_finally(&mut self, at: &mut Place) -> Result<(), Broken> {
        match at.pop()? {
            Val::Return(to) => at.pc = to,
            Val::Why(why) => self.resume(why, at)?,
            _ => at.pc += 1,
        }
        Ok(())
    }

    /// `POP_FINALLY`: drops what led to a `finally` body, below the top if that is kept.
    pub fn pop_finally(&mut self, keep: bool, at: &mut Place) -> Result<(), Broken> {
        let kept = if keep { Some(at.pop()?) } else { None };
        if !matches!(at.pop()?, Val::Null | Val::Return(_)) {
            at.truncate((at.stack.len() as u32).saturating_sub(2))?;
            self.leave_handler(at)?;
        }
        at.pc += 1;
        kept.map_or(Ok(()), |value| at.push(value))
    }

    /// Whether the next act is a test of a constant, and what it finds.
    pub fn constant_test(&self, act: Act, at: &Place, i: &Interner) -> Option<bool> {
        match (act, at.peek(1)) {
            (Act::PopJump(..) | Act::JumpOrPop(..), Ok(Val::Const(c))) => Some(fold::truth(i, c)),
            _ => None,
        }
    }

    /// Drops the state of the exception that was handled.
    pub fn leave_handler(&mut self, at: &mut Place) -> Result<(), Broken> {
        match self.blocks.top(at.blocks) {
            Some((Frame { kind: FrameKind::Handler, depth, .. }, below)) => {
                at.blocks = below;
                at.truncate(depth)
            }
            _ => Err(Broken("an exception handler ends outside of one")),
        }
    }

    /// `POP_EXCEPT` to 3.10: takes the state of the exception from the top.
    pub fn pop_except(&mut self, at: &mut Place) -> Result<(), Broken> {
        match self.blocks.top(at.blocks) {
            Some((Frame { kind: FrameKind::Handler, .. }, below)) => {
                at.blocks = below;
                let depth = at.stack.len().checked_sub(3).ok_or(Broken("the stack holds too few values"))?;
                at.truncate(depth as u32)
            }
            _ => Err(Broken("an exception handler ends outside of one")),
        }
    }

    /// `WITH_CLEANUP_START` has taken a value from below the state of the handled exception.
    pub fn lower_handler(&mut self, at: &mut Place) -> Result<(), Broken> {
        match self.blocks.top(at.blocks) {
            Some((Frame { kind: FrameKind::Handler, target, depth }, below)) if depth > 0 => {
                let frame = Frame { kind: FrameKind::Handler, target, depth: depth - 1 };
                at.blocks = self.blocks.push(below, frame);
                Ok(())
            }
            _ => Err(Broken("WITH_CLEANUP_START outside of a handler")),
        }
    }

    /// 3.7: whether a `return` here runs a `finally` body first.
    fn unwinds(&self, at: &Place) -> bool {
        let mut blocks = at.blocks;
        while let Some((frame, below)) =
            self.dialect.unwinds_blocks().then(|| self.blocks.top(blocks)).flatten()
        {
            if matches!(frame.kind, FrameKind::Setup(Setup::Finally | Setup::With)) {
                return true;
            }
            blocks = below;
        }
        false
    }

    fn resume(&mut self, why: Why, at: &mut Place) -> Result<(), Broken> {
        match why {
            Why::Silenced => {
                self.leave_handler(at)?;
                at.pc += 1;
                Ok(())
            }
            Why::Continue => match at.pop()? {
                Val::Return(to) => self.unwind(why, at, to),
                _ => Err(Broken("CONTINUE_LOOP without its target")),
            },
            Why::Break => self.unwind(why, at, 0),
            Why::Return if self.unwinds(at) => self.unwind(why, at, 0),
            // The walk compares what the END_FINALLY of a plain return finds on top.
            Why::Return => {
                let place = self.program.ins.iter().position(|ins| ins.act == Act::Return);
                at.pc = place.ok_or(Broken("a return without RETURN_VALUE"))? as u32;
                at.blocks = 0;
                Ok(())
            }
        }
    }

    /// 3.7: leaves blocks for a `return`, `break` or `continue`, into the next `finally` body on the way.
    fn unwind(&mut self, why: Why, at: &mut Place, to: u32) -> Result<(), Broken> {
        let result = if why == Why::Return { Some(at.pop()?) } else { None };
        while let Some((frame, below)) = self.blocks.top(at.blocks) {
            match frame.kind {
                FrameKind::Setup(Setup::Loop) if why == Why::Continue => {
                    at.pc = to;
                    return Ok(());
                }
                FrameKind::Setup(Setup::Loop) if why == Why::Break => {
                    at.truncate(frame.depth)?;
                    (at.blocks, at.pc) = (below, frame.target);
                    return Ok(());
                }
                FrameKind::Setup(Setup::Finally | Setup::With) => {
                    at.truncate(frame.depth)?;
                    if let Some(result) = result {
                        at.push(result)?;
                    }
                    if why == Why::Continue {
                        at.push(Val::Return(to))?;
                    }
                    at.push(Val::Why(why))?;
                    (at.blocks, at.pc) = (below, frame.target);
                    return Ok(());
                }
                _ => {
                    at.blocks = below;
                    at.truncate(frame.depth)?;
                }
            }
        }
        Err(Broken("BREAK_LOOP or CONTINUE_LOOP outside of a loop"))
    }

    /// Where an exception goes that is raised at `pc`: handler, depth of the stack there, whether the offset is kept,
    /// and the blocks below.
    pub fn handler(&self, pc: u32, at: &Place) -> Option<(u32, u32, bool, u32)> {
        let number = self.program.ins.get(pc as usize)?.handler;
        if number != NO_HANDLER {
            let handler = self.program.handlers.get(number as usize)?;
            return Some((handler.target, handler.depth, handler.lasti, at.blocks));
        }
        let mut blocks = at.blocks;
        while let Some((frame, below)) = self.blocks.top(blocks) {
            if let FrameKind::Setup(kind) = frame.kind
                && kind != Setup::Loop
            {
                let lasti = self.dialect.exception_table && matches!(kind, Setup::Cleanup | Setup::With);
                return Some((frame.target, frame.depth, lasti, below));
            }
            blocks = below;
        }
        None
    }
}

/// The truth of a value that need not be tested.
fn known(value: Val, truths: &Truths) -> Option<bool> {
    let look = |id: u32| truths.iter().find(|(known, _)| *known == id).map(|(_, truth)| *truth);
    match value {
        Val::Id(id) => look(id),
        Val::Not(id) => look(id).map(|truth| !truth),
        _ => None,
    }
}
