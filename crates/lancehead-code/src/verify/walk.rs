//! Following what stack and frame hold along all paths.

use lancehead_isa::{ExceptionEntry, Instruction, Opcode};
use lancehead_pyc::Version;

use super::blocks;
use super::slot::Slot;
use super::state::{SlotSet, State};
use super::transfer::step;
use super::{GENERATOR_FLAGS, Verifier, VerifyError, VerifyErrorKind};
use crate::cfg::Cfg;

/// Bytes of state beyond which a code object is not verified: blocks times frame slots, in bits.
const MAX_STATE_BITS: usize = 1 << 32;
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
        states: vec![None; cfg.blocks.len()],
        waiting: vec![0],
        is_waiting: vec![false; cfg.blocks.len()],
        budget: cfg.blocks.len().saturating_mul(MAX_WALKS),
        handlers: handlers(&cfg, verifier.handlers),
        cfg: &cfg,
        verifier,
    };
    walk.states[0] = Some(walk.entry());
    while let Some(block) = walk.waiting.pop() {
        walk.is_waiting[block as usize] = false;
        if walk.budget == 0 {
            return walk.verifier.error(0, VerifyErrorKind::TooLarge);
        }
        walk.budget -= 1;
        walk.block(block);
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

struct Walk<'v, 'a> {
    verifier: &'v mut Verifier<'a>,
    cfg: &'v Cfg,
    handlers: Vec<Option<(u32, ExceptionEntry)>>,
    states: Vec<Option<State>>,
    waiting: Vec<u32>,
    is_waiting: Vec<bool>,
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
        let sent = matches!(code.version, Version::Py310 | Version::Py311 | Version::Py312);
        let stack = if sent && code.flags & GENERATOR_FLAGS != 0 { vec![Slot::Value] } else { Vec::new() };
        State { stack, assigned, cells: SlotSet::new(slots), blocks: Vec::new(), low: 0 }
    }

    fn block(&mut self, block: u32) {
        let Some(mut state) = self.states[block as usize].clone() else { return };
        let range = self.cfg.blocks[block as usize].instructions.clone();
        let mut fresh = true;
        for index in range.clone() {
            let instruction = self.cfg.instructions[index];
            let stepped = self
                .raise(&instruction, block, &state, &mut fresh)
                .and_then(|()| self.step(&instruction, block, index + 1 == range.end, &mut state));
            if let Err(kind) = stepped {
                let error = VerifyError { offset: instruction.offset, kind };
                if !self.verifier.errors.contains(&error) {
                    self.verifier.errors.push(error);
                }
                return;
            }
        }
    }

    /// Applies one instruction, and goes on to other blocks if it is the last of its own.
    fn step(
        &mut self,
        instruction: &Instruction,
        block: u32,
        last: bool,
        state: &mut State,
    ) -> Result<(), VerifyErrorKind> {
        let code = self.verifier.code;
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
        let kept = self.kept(block, state).filter(|_| loses);
        state.low = depth;
        step(code, instruction, state, false)?;
        if let Some(kept) = kept.filter(|&kept| state.low < kept) {
            return Err(VerifyErrorKind::HandlerDepth { kept: kept as u32, held: state.low as u32 });
        }
        if code.version <= Version::Py310 {
            blocks::step(code.version, instruction, depth, state)?;
        }
        if last && instruction.opcode.flow().falls_through() {
            self.reach(block + 1, state.clone())?;
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
            if version <= Version::Py310 {
                if let Some((target, raised)) = blocks::raise(state)?
                    && let Some(target) = self.cfg.block_at(target)
                {
                    self.reach(target, raised)?;
                }
            } else if let Some((target, entry)) = self.handlers[block as usize]
                // Within a block variables only get set, but where one is deleted or the kept part of the stack is
                // touched.
                && (*fresh || state.stack.len() <= entry.depth as usize + 1)
                && let Some(kept) = state.stack.get(..entry.depth as usize)
            {
                let mut stack = kept.to_vec();
                stack.extend(entry.lasti.then_some(Slot::Value));
                stack.push(Slot::Exception);
                self.reach(target, State { stack, ..state.clone() })?;
                *fresh = false;
            }
        }
        *fresh |= touches(instruction);
        Ok(())
    }

    fn reach(&mut self, block: u32, from: State) -> Result<(), VerifyErrorKind> {
        let Some(known) = self.states.get_mut(block as usize) else { return Ok(()) };
        let changed = match known {
            Some(known) if known.blocks != from.blocks => return Err(VerifyErrorKind::BlockStack),
            Some(known) => known.join(&from),
            None => {
                *known = Some(from);
                true
            }
        };
        if changed && !std::mem::replace(&mut self.is_waiting[block as usize], true) {
            self.waiting.push(block);
        }
        Ok(())
    }
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
