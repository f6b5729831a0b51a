//! Following what stack and frame hold along all paths.

use lancehead_isa::{ExceptionEntry, Instruction, Opcode};
use lancehead_pyc::{Version, co_flags};
use smallvec::{SmallVec, smallvec};

use super::blocks;
use super::slot::{Part, Slot};
use super::state::{SlotSet, State};
use super::transfer::step;
use super::{Verifier, VerifyError, VerifyErrorKind, unwind};
use crate::cfg::Cfg;
use crate::stack::StackErrorKind;

/// Bytes of state beyond which a code object is not verified: blocks times frame slots, in bits.
const MAX_STATE_BITS: usize = 1 << 32;
/// Variants of what holds before a block: nested `finally` bodies (up to 3.8) and stacks of different depths multiply them.
const MAX_VARIANTS: usize = 1000;
/// How often, on average, a block is walked before its code is given up.
const MAX_WALKS: usize = 200;

/// Checks that no instruction gets what it cannot handle.
pub(super) fn check_values(verifier: &mut Verifier<'_>) {
    let Ok(cfg) = Cfg::of(verifier.code) else { return };
    let slots = verifier.code.localsplus.len();
    if cfg.blocks.len().saturating_mul(slots.max(64)) > MAX_STATE_BITS {
        return verifier.error(0, VerifyErrorKind::TooLarge);
    }
    let mut walk = Walk {
        states: vec![Vec::new(); cfg.blocks.len()],
        waiting: vec![(0, 0)],
        budget: cfg.blocks.len().saturating_mul(MAX_WALKS),
        handlers: handlers(&cfg, verifier.handlers),
        cfg: &cfg,
        verifier,
    };
    let entry = walk.entry();
    walk.states[0].push(Known { state: entry, is_waiting: true });
    while let Some((block, variant)) = walk.waiting.pop() {
        walk.states[block as usize][variant].is_waiting = false;
        if walk.budget == 0 {
            return walk.verifier.error(0, VerifyErrorKind::TooLarge);
        }
        walk.budget -= 1;
        walk.block(block, variant);
    }
}

/// By block: its handler. Blocks are cut where handlers change.
fn handlers(cfg: &Cfg, entries: &[ExceptionEntry]) -> Vec<Option<(u32, ExceptionEntry)>> {
    let of_block = |start: u32| {
        let after = entries.partition_point(|entry| entry.start <= start);
        let entry = entries[..after].last().filter(|entry| start < entry.end)?;
        Some((cfg.block_at(entry.target)?, *entry))
    };
    cfg.blocks.iter().map(|block| of_block(block.start)).collect()
}

/// What is known to hold before a block.
#[derive(Clone)]
struct Known {
    state: State,
    is_waiting: bool,
}

struct Walk<'v, 'a> {
    verifier: &'v mut Verifier<'a>,
    cfg: &'v Cfg,
    handlers: Vec<Option<(u32, ExceptionEntry)>>,
    /// By block: what holds before it, in one or several variants.
    states: Vec<Vec<Known>>,
    /// Blocks and variants to be walked.
    waiting: Vec<(u32, usize)>,
    budget: usize,
}

impl Walk<'_, '_> {
    /// What holds before the first instruction: parameters are set.
    fn entry(&self) -> State {
        let code = self.verifier.code;
        let slots = code.localsplus.len();
        let mut assigned = SlotSet::new(slots);
        for slot in 0..self.verifier.parameters().min(slots as u64) {
            assigned.set(slot as u32, true);
        }
        let sent = code.version.starts_with_sent_value();
        let is_generator = code.flags & co_flags::ANY_GENERATOR != 0;
        // Before 3.11 the generator is there when its code begins; in 3.11 and 3.12 the value that is sent first comes with
        // the instruction that makes it, though the compiler counts it from the start.
        let first = if Opcode::RETURN_GENERATOR.is_in(code.version) { Slot::Unsent } else { Slot::Value };
        State {
            stack: if sent && is_generator { vec![first] } else { Vec::new() },
            assigned,
            cells: SlotSet::new(slots),
            blocks: Vec::new(),
            is_made: false,
            strict: self.verifier.strict,
            low: 0,
        }
    }

    fn block(&mut self, block: u32, variant: usize) {
        let range = self.cfg.blocks[block as usize].instructions.clone();
        let mut waiting: SmallVec<[(usize, State); 1]> = SmallVec::new();
        waiting.push((range.start, self.states[block as usize][variant].state.clone()));
        let mut fresh = true;
        while let Some((index, state)) = waiting.pop() {
            let instruction = self.cfg.instructions[index];
            let last = index + 1 == range.end;
            let stepped = self
                .raise(&instruction, block, &state, &mut fresh)
                .and_then(|()| self.step(&instruction, block, last, state));
            match stepped {
                // Up to 3.8 an instruction may leave two ways to go on.
                Ok(states) if !last => waiting.extend(states.into_iter().map(|state| (index + 1, state))),
                Ok(_) => {}
                Err(kind) => {
                    let error = VerifyError { offset: instruction.offset, kind };
                    if !self.verifier.errors.contains(&error) {
                        self.verifier.errors.push(error);
                    }
                    return;
                }
            }
        }
    }

    /// Applies one instruction, and goes on to other blocks if it is the last of its own. Gives what holds behind it.
    fn step(
        &mut self,
        instruction: &Instruction,
        block: u32,
        last: bool,
        mut state: State,
    ) -> Result<SmallVec<[State; 1]>, VerifyErrorKind> {
        let code = self.verifier.code;
        self.check_depth(instruction, &state)?;
        if code.version.ends_finally()
            && let Some(ways) = unwind::step(code.version, instruction, state.clone())?
        {
            for (target, state) in ways.to {
                if let Some(target) = self.cfg.block_at(target) {
                    self.reach(target, state)?;
                }
            }
            for state in ways.on.iter().filter(|_| last) {
                self.reach(block + 1, state.clone())?;
            }
            return Ok(ways.on.into());
        }
        if last
            && instruction.opcode.flow().jumps()
            && let Some(target) = instruction.jump_target(code.version).and_then(|at| self.cfg.block_at(at))
        {
            let mut jumped = state.clone();
            step(code, instruction, &mut jumped, true)?;
            self.reach(target, jumped)?;
        }
        let depth = state.stack.len();
        // What is thrown into a generator is raised when the value that it yielded has been replaced by the one sent;
        // END_ASYNC_FOR raises again before it takes anything off.
        let keeps = matches!(instruction.opcode, Opcode::YIELD_VALUE | Opcode::END_ASYNC_FOR);
        let loses = instruction.opcode.may_raise(code.version) && !keeps;
        let kept = self.kept(block, &state).filter(|_| loses);
        let least = (depth as u64)
            .saturating_sub(instruction.opcode.stack_effect(code.version, instruction.arg).pops);
        let kept = kept.filter(|&kept| least < kept as u64).map(|kept| (kept, state.clone()));
        state.low = depth;
        step(code, instruction, &mut state, false)?;
        let (needed, declared) = (state.stack.len() as u32, code.stacksize);
        if needed > declared {
            return Err(VerifyErrorKind::StackSize { needed, declared });
        }
        if let Some((kept, before)) = kept.filter(|(kept, _)| state.low < *kept) {
            let handler = self.handlers[block as usize].filter(|_| !self.verifier.strict);
            let Some((target, entry)) = handler else {
                return Err(VerifyErrorKind::HandlerDepth { kept: kept as u32, held: state.low as u32 });
            };
            // The interpreter cuts the stack back as far as there is something to cut. Compilers keep what handlers need.
            let caught = caught(code.version, &before, state.low, entry);
            self.reach(target, caught)?;
        }
        if code.version.has_block_stack() {
            blocks::step(code.version, instruction, depth, &mut state)?;
        }
        if last && instruction.opcode.flow().falls_through() {
            self.reach(block + 1, state.clone())?;
        }
        Ok(smallvec![state])
    }

    /// Only this walk knows how deep the stack is on each path: paths may meet with different depths, and what an
    /// instruction took off is gone when it raises.
    fn check_depth(&self, instruction: &Instruction, state: &State) -> Result<(), VerifyErrorKind> {
        let version = self.verifier.code.version;
        if unwind::is_special(version, instruction.opcode) {
            return Ok(());
        }
        let needed = match instruction.opcode {
            // To name the callable in an error the interpreter looks for it there.
            Opcode::BUILD_TUPLE_UNPACK_WITH_CALL => u64::from(instruction.arg) + 1,
            Opcode::BUILD_MAP_UNPACK_WITH_CALL => u64::from(instruction.arg) + 2,
            opcode => opcode.stack_effect(version, instruction.arg).pops,
        };
        let held = state.stack.len() as u32;
        if needed > u64::from(held) {
            return Err(VerifyErrorKind::Stack(StackErrorKind::Underflow { needed, held }));
        }
        Ok(())
    }

    /// How much of the stack the handler keeps that holds in `block`.
    fn kept(&self, block: u32, state: &State) -> Option<usize> {
        match self.handlers[block as usize] {
            Some((_, entry)) => Some(entry.depth as usize),
            None => blocks::kept(&state.blocks),
        }
    }

    /// Follows what an instruction of `block` raises, before which `state` holds. `fresh` says whether anything changed
    /// since this was done last.
    fn raise(
        &mut self,
        instruction: &Instruction,
        block: u32,
        state: &State,
        fresh: &mut bool,
    ) -> Result<(), VerifyErrorKind> {
        let version = self.verifier.code.version;
        if instruction.opcode.may_raise(version) {
            let held = state.stack.len() as u32;
            if let Some((_, ExceptionEntry { depth: kept, .. })) = self.handlers[block as usize]
                && self.verifier.strict
                && held < kept
            {
                return Err(VerifyErrorKind::HandlerDepth { kept, held });
            }
            if version.has_block_stack() {
                if let Some((target, raised)) = blocks::raise(state)?
                    && let Some(target) = self.cfg.block_at(target)
                {
                    self.reach(target, raised)?;
                }
            } else if let Some((target, entry)) = self.handlers[block as usize]
                // Within a block variables only get set, but where one is deleted or the kept part of the stack is
                // touched.
                && (*fresh || state.stack.len() <= entry.depth as usize + 1)
            {
                let raised = caught(version, state, state.stack.len(), entry);
                self.reach(target, raised)?;
                *fresh = false;
            }
        }
        *fresh |= touches(instruction);
        Ok(())
    }

    fn reach(&mut self, block: u32, from: State) -> Result<(), VerifyErrorKind> {
        let code = self.verifier.code;
        let several = code.version.ends_finally();
        let (needed, declared) = (from.stack.len() as u32, code.stacksize);
        if needed > declared {
            return Err(VerifyErrorKind::StackSize { needed, declared });
        }
        let Some(known) = self.states.get_mut(block as usize) else { return Ok(()) };
        let is_same = |known: &Known| match several {
            true => known.state.is_alike(&from),
            false => known.state.is_level(&from),
        };
        let variant = known.iter().position(is_same);
        let (variant, changed) = match variant {
            Some(at) => (at, known[at].state.join(&from)),
            None if known.len() >= MAX_VARIANTS => return Err(VerifyErrorKind::TooLarge),
            None => {
                known.push(Known { state: from, is_waiting: false });
                (known.len() - 1, true)
            }
        };
        if changed && !std::mem::replace(&mut known[variant].is_waiting, true) {
            self.waiting.push((block, variant));
        }
        Ok(())
    }
}

/// What holds at a handler, when the stack held so many of the values of `state`.
fn caught(version: Version, state: &State, held: usize, entry: ExceptionEntry) -> State {
    let kept = (entry.depth as usize).min(held).min(state.stack.len());
    let mut stack = state.stack[..kept].to_vec();
    let lasti = if version.lasti_is_tagged() { Slot::LastiTag } else { Slot::Lasti };
    stack.extend(entry.lasti.then_some(lasti));
    stack.push(Slot::Exception(Part::All));
    State { stack, ..state.clone() }
}

/// Whether the instruction changes variables, or the stack beyond its top.
fn touches(instruction: &Instruction) -> bool {
    use lancehead_isa::Opcode::*;
    matches!(
        instruction.opcode,
        STORE_FAST
            | STORE_FAST_LOAD_FAST
            | STORE_FAST_STORE_FAST
            | DELETE_FAST
            | LOAD_FAST_AND_CLEAR
            | MAKE_CELL
            | COPY_FREE_VARS
            | SWAP
    )
}
