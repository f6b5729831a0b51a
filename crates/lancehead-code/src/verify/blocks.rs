//! The block stack up to 3.10: which handlers hold, and how much of the stack each keeps.

use lancehead_isa::{Instruction, Opcode};
use lancehead_pyc::Version;

use super::VerifyErrorKind;
use super::slot::{Part, Slot};
use super::state::{FrameBlock, State};

/// `CO_MAXBLOCKS` of `Include/cpython/code.h`: the interpreter gives up when there are more.
const MAX_BLOCKS: usize = 20;
/// What the interpreter pushes for a handler: the exception that was being handled, then the one to handle, in three
/// values each.
const RAISED: [Slot; 6] = {
    let [traceback, value, class] = Part::THREE;
    [
        Slot::Saved(traceback),
        Slot::Saved(value),
        Slot::Saved(class),
        Slot::Exception(traceback),
        Slot::Exception(value),
        Slot::Exception(class),
    ]
};
/// How many of these an `except` block keeps until `POP_EXCEPT`.
const SAVED: usize = 3;

/// Whether these are the values of the exception that was being handled before.
pub(super) fn is_saved(slots: &[Slot]) -> bool {
    slots == Part::THREE.map(Slot::Saved)
}

/// Whether these are the values of the exception being handled.
pub(super) fn is_raised(slots: &[Slot]) -> bool {
    slots == Part::THREE.map(Slot::Exception)
}

/// What `SETUP_*`, `POP_BLOCK` and their like do to the block stack, as control goes on.
pub(super) fn step(
    version: Version,
    instruction: &Instruction,
    depth: usize,
    state: &mut State,
) -> Result<(), VerifyErrorKind> {
    match instruction.opcode {
        Opcode::SETUP_EXCEPT | Opcode::SETUP_FINALLY | Opcode::SETUP_WITH | Opcode::SETUP_ASYNC_WITH => {
            let entry = instruction.opcode.stack_effect_on_jump(version, instruction.arg).net();
            let level = (depth as i64 + entry - RAISED.len() as i64).max(0) as usize;
            let target = instruction.jump_target(version).unwrap_or(0);
            let finally = instruction.opcode != Opcode::SETUP_EXCEPT;
            state.blocks.push(FrameBlock::Handler { target, level, finally });
            if state.blocks.len() > MAX_BLOCKS {
                return Err(VerifyErrorKind::BlockStack);
            }
        }
        Opcode::POP_BLOCK => match state.blocks.pop() {
            Some(FrameBlock::Handler { .. }) => {}
            _ => return Err(VerifyErrorKind::BlockStack),
        },
        // It looks for where the exception was raised first.
        Opcode::RERAISE if instruction.arg != 0 && state.blocks.is_empty() => {
            return Err(VerifyErrorKind::BlockStack);
        }
        Opcode::POP_EXCEPT | Opcode::END_ASYNC_FOR => {
            // The end of a loop takes the iterator off as well; a value to return may lie above what is popped.
            let taken = usize::from(instruction.opcode == Opcode::END_ASYNC_FOR);
            match state.blocks.pop() {
                Some(FrameBlock::Handling { level }) if state.stack.len() + taken >= level => {}
                _ => return Err(VerifyErrorKind::BlockStack),
            }
        }
        _ => {}
    }
    Ok(())
}

/// How much of the stack the innermost handler keeps.
pub(super) fn kept(blocks: &[FrameBlock]) -> Option<usize> {
    blocks.iter().rev().find_map(|block| match block {
        FrameBlock::Handler { level, .. } => Some(*level),
        FrameBlock::Handling { .. } | FrameBlock::Loop { .. } => None,
    })
}

/// Where an exception goes that is raised where `state` holds, and what holds there.
pub(super) fn raise(state: &State) -> Result<Option<(u32, State)>, VerifyErrorKind> {
    let mut blocks = state.blocks.clone();
    while let Some(block) = blocks.pop() {
        match block {
            FrameBlock::Handling { level } => {
                let saved = state.stack.get(level..level + SAVED).unwrap_or_default();
                if !is_saved(saved) {
                    return Err(VerifyErrorKind::BlockStack);
                }
            }
            FrameBlock::Loop { .. } => {}
            FrameBlock::Handler { target, level, .. } => {
                let Some(kept) = state.stack.get(..level) else {
                    let (kept, held) = (level as u32, state.stack.len() as u32);
                    return Err(VerifyErrorKind::HandlerDepth { kept, held });
                };
                let stack = kept.iter().chain(&RAISED).copied().collect();
                blocks.push(FrameBlock::Handling { level });
                return Ok(Some((target, State { stack, blocks, ..state.clone() })));
            }
        }
    }
    Ok(None)
}
