//! Following what stack and frame hold along all paths.

use lancehead_isa::{ExceptionEntry, Flow, Instruction};
use lancehead_pyc::Version;

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
        State { stack, assigned, cells: SlotSet::new(slots) }
    }

    fn block(&mut self, block: u32) {
        let Some(mut state) = self.states[block as usize].clone() else { return };
        let handler = self.handlers[block as usize];
        let mut fresh = true;
        for index in self.cfg.blocks[block as usize].instructions.clone() {
            let instruction = self.cfg.instructions[index];
            if let Some((target, entry)) = handler
                && instruction.opcode.may_raise(self.verifier.code.version)
            {
                // Within a block variables only get set, but where one is deleted or the kept part of the stack is touched.
                if fresh || state.stack.len() <= entry.depth as usize + 1 {
                    self.raise(&state, target, entry);
                }
                fresh = false;
            }
            fresh |= touches(&instruction);
            let last = index + 1 == self.cfg.blocks[block as usize].instructions.end;
            let jumped = (last && jumps(&instruction)).then(|| state.clone());
            if let Err(kind) = step(self.verifier.code, &instruction, &mut state, false) {
                let error = VerifyError { offset: instruction.offset, kind };
                if !self.verifier.errors.contains(&error) {
                    self.verifier.errors.push(error);
                }
                return;
            }
            if let Some(mut jumped) = jumped
                && let Some(target) = instruction.jump_target(self.verifier.code.version)
                && let Some(target) = self.cfg.block_at(target)
                && step(self.verifier.code, &instruction, &mut jumped, true).is_ok()
            {
                let stack = std::mem::take(&mut jumped.stack);
                self.reach(target, stack, &jumped);
            }
            if last && instruction.opcode.flow().falls_through() {
                let stack = std::mem::take(&mut state.stack);
                self.reach(block + 1, stack, &state);
            }
        }
    }

    /// An instruction before which `state` holds raises.
    fn raise(&mut self, state: &State, target: u32, entry: ExceptionEntry) {
        let Some(kept) = state.stack.get(..entry.depth as usize) else { return };
        let mut stack = kept.to_vec();
        stack.extend(entry.lasti.then_some(Slot::Value));
        stack.push(Slot::Exception);
        self.reach(target, stack, state);
    }

    fn reach(&mut self, block: u32, stack: Vec<Slot>, from: &State) {
        let Some(known) = self.states.get_mut(block as usize) else { return };
        let changed = match known {
            Some(known) => known.join(&stack, from),
            None => {
                *known = Some(State { stack, assigned: from.assigned.clone(), cells: from.cells.clone() });
                true
            }
        };
        if changed && !std::mem::replace(&mut self.is_waiting[block as usize], true) {
            self.waiting.push(block);
        }
    }
}

fn jumps(instruction: &Instruction) -> bool {
    let flow = instruction.opcode.flow();
    flow.jumps() || flow == Flow::Setup
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
