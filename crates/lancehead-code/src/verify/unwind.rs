//! `finally`, `with` and loops of 3.7 and 3.8, whose end is told by a value on the stack why it was reached.
//!
//! A `finally` body finds `None` (3.7) or `NULL` (3.8) on the stack when control fell into it, six values when an exception
//! led there, a number when `break`, `continue` or `return` did (3.7), or the place to go back to (3.8). Which it is decides
//! what `END_FINALLY` does, so that states are told apart by it (`Python/ceval.c`: `fast_block_end`, `exception_unwind`).

use lancehead_isa::{Instruction, Opcode};
use lancehead_pyc::Version;

use super::VerifyErrorKind;
use super::blocks::{is_raised, is_saved};
use super::slot::{Part, Slot, Why};
use super::state::{FrameBlock, State};
use crate::stack::StackErrorKind;

/// How many values say which exception was being handled before.
const SAVED: usize = 3;
/// `CO_MAXBLOCKS` of `Include/code.h`.
const MAX_BLOCKS: usize = 20;

/// Where control goes after an instruction, and with what.
#[derive(Default)]
pub(super) struct Ways {
    /// To the next instruction.
    pub on: Vec<State>,
    /// To the instructions at these byte offsets.
    pub to: Vec<(u32, State)>,
}

impl Ways {
    fn on(state: State) -> Ways {
        Ways { on: vec![state], to: Vec::new() }
    }

    fn to(target: u32, state: State) -> Ways {
        Ways { on: Vec::new(), to: vec![(target, state)] }
    }
}

/// Whether [`step`] applies this opcode, whose effect on the stack no table tells.
pub(super) fn is_special(version: Version, opcode: Opcode) -> bool {
    use Opcode::*;
    let oldest = version.unwinds_blocks();
    match opcode {
        POP_BLOCK | RETURN_VALUE | POP_EXCEPT => oldest,
        SETUP_LOOP | BREAK_LOOP | CONTINUE_LOOP | BEGIN_FINALLY | CALL_FINALLY | END_FINALLY
        | POP_FINALLY | WITH_CLEANUP_START | WITH_CLEANUP_FINISH => version.ends_finally(),
        _ => false,
    }
}

/// Applies an instruction that has to do with blocks; none for others, and in other versions.
pub(super) fn step(
    version: Version,
    instruction: &Instruction,
    mut state: State,
) -> Result<Option<Ways>, VerifyErrorKind> {
    if !version.ends_finally() {
        return Ok(None);
    }
    let oldest = version.unwinds_blocks();
    let target = instruction.jump_target(version).unwrap_or(0);
    Ok(Some(match instruction.opcode {
        Opcode::SETUP_LOOP => {
            state.blocks.push(FrameBlock::Loop { target, level: state.stack.len() });
            if state.blocks.len() > MAX_BLOCKS {
                return Err(VerifyErrorKind::BlockStack);
            }
            Ways::on(state)
        }
        Opcode::POP_BLOCK if oldest => {
            match state.blocks.pop() {
                Some(FrameBlock::Loop { level, .. } | FrameBlock::Handler { level, .. }) => {
                    cut(&mut state, level)?;
                }
                _ => return Err(VerifyErrorKind::BlockStack),
            }
            Ways::on(state)
        }
        Opcode::BREAK_LOOP => leave(state, Why::Break)?,
        Opcode::CONTINUE_LOOP => leave(state, Why::Continue(target))?,
        Opcode::RETURN_VALUE if oldest => {
            pop_object(instruction.opcode, &mut state)?;
            leave(state, Why::Return)?
        }
        Opcode::POP_EXCEPT if oldest => {
            stop_handling(&mut state)?;
            Ways::on(state)
        }
        Opcode::BEGIN_FINALLY => {
            state.stack.push(Slot::Null);
            Ways::on(state)
        }
        Opcode::CALL_FINALLY => {
            state.stack.push(Slot::Address(instruction.end));
            Ways::to(target, state)
        }
        Opcode::END_FINALLY => end_finally(fell(oldest), state)?,
        Opcode::POP_FINALLY => pop_finally(instruction.arg, state)?,
        Opcode::WITH_CLEANUP_START => start_cleanup(fell(oldest), state)?,
        Opcode::WITH_CLEANUP_FINISH => finish_cleanup(oldest, state)?,
        _ => return Ok(None),
    }))
}

/// Leaves blocks, from the innermost, until one says where to go on.
fn leave(mut state: State, why: Why) -> Result<Ways, VerifyErrorKind> {
    loop {
        if let (Some(FrameBlock::Loop { .. }), Why::Continue(target)) = (state.blocks.last(), why) {
            return Ok(Ways::to(target, state));
        }
        match state.blocks.pop() {
            None if why == Why::Return => return Ok(Ways::default()),
            None => return Err(VerifyErrorKind::BlockStack),
            Some(FrameBlock::Handling { level }) => {
                cut(&mut state, level + SAVED)?;
                drop_saved(&mut state, level)?;
            }
            Some(FrameBlock::Loop { target, level }) => {
                cut(&mut state, level)?;
                if why == Why::Break {
                    return Ok(Ways::to(target, state));
                }
            }
            Some(FrameBlock::Handler { target, level, finally }) => {
                cut(&mut state, level)?;
                if finally {
                    if why != Why::Break {
                        state.stack.push(Slot::Value);
                    }
                    state.stack.push(Slot::Reason(why));
                    return Ok(Ways::to(target, state));
                }
            }
        }
    }
}

/// What says that control fell into a `finally` body.
fn fell(oldest: bool) -> Slot {
    if oldest { Slot::NoneObject } else { Slot::Null }
}

fn end_finally(fell: Slot, mut state: State) -> Result<Ways, VerifyErrorKind> {
    let top = pop(&mut state)?;
    Ok(match top {
        top if top == fell => Ways::on(state),
        Slot::Address(target) => Ways::to(target, state),
        Slot::Reason(Why::Silenced) => {
            stop_handling(&mut state)?;
            Ways::on(state)
        }
        Slot::Reason(why) => {
            if why != Why::Break {
                pop(&mut state)?;
            }
            leave(state, why)?
        }
        Slot::Exception(Part::Type) => {
            drop_raised(&mut state)?;
            Ways::default()
        }
        found => return Err(wrong(Opcode::END_FINALLY, found)),
    })
}

fn pop_finally(keeps: u32, mut state: State) -> Result<Ways, VerifyErrorKind> {
    let result = if keeps != 0 { Some(pop_object(Opcode::POP_FINALLY, &mut state)?) } else { None };
    match pop(&mut state)? {
        Slot::Null | Slot::Address(_) => {}
        Slot::Exception(Part::Type) => {
            drop_raised(&mut state)?;
            match state.blocks.pop() {
                Some(FrameBlock::Handling { level }) => drop_saved(&mut state, level)?,
                _ => return Err(VerifyErrorKind::BlockStack),
            }
        }
        found => return Err(wrong(Opcode::POP_FINALLY, found)),
    }
    state.stack.extend(result);
    Ok(Ways::on(state))
}

/// Calls the exit function, which lies beneath the reason, and takes it off; what it was called with and its result go on
/// top.
fn start_cleanup(fell: Slot, mut state: State) -> Result<Ways, VerifyErrorKind> {
    let count = match state.stack.last() {
        Some(&top) if top == fell => 1,
        Some(Slot::Reason(Why::Break)) => 1,
        Some(Slot::Reason(Why::Return | Why::Continue(_))) => 2,
        Some(Slot::Exception(Part::Type)) => 2 * SAVED,
        found => return Err(wrong(Opcode::WITH_CLEANUP_START, found.copied().unwrap_or(Slot::Value))),
    };
    let Some(at) = state.stack.len().checked_sub(count + 1) else { return Err(too_short(count + 1, &state)) };
    let exit = state.stack.remove(at);
    if !exit.is_object() {
        return Err(wrong(Opcode::WITH_CLEANUP_START, exit));
    }
    let raised = count == 2 * SAVED;
    if raised {
        // What was saved moves down by one; a NULL fills the gap.
        let [saved, raised] = [&state.stack[at..at + SAVED], &state.stack[at + SAVED..]];
        if !is_saved(saved) || !is_raised(raised) {
            return Err(VerifyErrorKind::BlockStack);
        }
        match state.blocks.last_mut() {
            Some(FrameBlock::Handling { level }) if *level == at + 1 => *level = at,
            _ => return Err(VerifyErrorKind::BlockStack),
        }
        state.stack.insert(at + SAVED, Slot::Null);
    }
    state.stack.extend([if raised { Slot::Exception(Part::Type) } else { Slot::NoneObject }, Slot::Value]);
    state.low = state.low.min(at);
    Ok(Ways::on(state))
}

/// Goes on without the exception if the exit function said so.
fn finish_cleanup(oldest: bool, mut state: State) -> Result<Ways, VerifyErrorKind> {
    pop_object(Opcode::WITH_CLEANUP_FINISH, &mut state)?;
    match pop(&mut state)? {
        Slot::NoneObject => Ok(Ways::on(state)),
        Slot::Exception(Part::Type) => {
            let mut silenced = state.clone();
            if oldest {
                silenced.stack.push(Slot::Reason(Why::Silenced));
            } else {
                stop_handling(&mut silenced)?;
                silenced.stack.push(Slot::Null);
            }
            Ok(Ways { on: vec![state, silenced], to: Vec::new() })
        }
        found => Err(wrong(Opcode::WITH_CLEANUP_FINISH, found)),
    }
}

/// Ends the handling of an exception, and takes off all that came since.
fn stop_handling(state: &mut State) -> Result<(), VerifyErrorKind> {
    match state.blocks.pop() {
        Some(FrameBlock::Handling { level }) => {
            cut(state, level + SAVED)?;
            drop_saved(state, level)
        }
        _ => Err(VerifyErrorKind::BlockStack),
    }
}

fn drop_saved(state: &mut State, level: usize) -> Result<(), VerifyErrorKind> {
    let is_saved = state.stack.get(level..).is_some_and(is_saved);
    state.stack.truncate(level);
    state.low = state.low.min(level);
    if is_saved { Ok(()) } else { Err(VerifyErrorKind::BlockStack) }
}

fn cut(state: &mut State, level: usize) -> Result<(), VerifyErrorKind> {
    if state.stack.len() < level {
        return Err(VerifyErrorKind::HandlerDepth { kept: level as u32, held: state.stack.len() as u32 });
    }
    state.stack.truncate(level);
    state.low = state.low.min(level);
    Ok(())
}

fn pop(state: &mut State) -> Result<Slot, VerifyErrorKind> {
    let Some(slot) = state.stack.pop() else { return Err(too_short(1, state)) };
    state.low = state.low.min(state.stack.len());
    Ok(slot)
}

fn pop_object(opcode: Opcode, state: &mut State) -> Result<Slot, VerifyErrorKind> {
    let slot = pop(state)?;
    match slot.is_object() {
        true => Ok(slot),
        false => Err(VerifyErrorKind::WrongValue { opcode, expected: "an object", found: slot.describe() }),
    }
}

/// Takes off what lies beneath the class of an exception.
fn drop_raised(state: &mut State) -> Result<(), VerifyErrorKind> {
    for part in [Part::Value, Part::Traceback] {
        let found = pop(state)?;
        if found != Slot::Exception(part) {
            return Err(wrong(Opcode::END_FINALLY, found));
        }
    }
    Ok(())
}

fn too_short(needed: usize, state: &State) -> VerifyErrorKind {
    let held = state.stack.len() as u32;
    VerifyErrorKind::Stack(StackErrorKind::Underflow { needed: needed as u64, held })
}

fn wrong(opcode: Opcode, found: Slot) -> VerifyErrorKind {
    VerifyErrorKind::WrongValue { opcode, expected: "why it is reached", found: found.describe() }
}
