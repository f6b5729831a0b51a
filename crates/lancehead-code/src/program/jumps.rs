//! Which opcode jumps which way.

use lancehead_isa::{Opcode, OperandKind};
use lancehead_pyc::Version;

/// Opcodes that do the same, forwards and backwards.
#[rustfmt::skip]
const PAIRS: &[(Opcode, Opcode)] = &[
    (Opcode::JUMP_FORWARD, Opcode::JUMP_BACKWARD),
    (Opcode::JUMP_FORWARD, Opcode::JUMP_ABSOLUTE),
    (Opcode::POP_JUMP_FORWARD_IF_FALSE, Opcode::POP_JUMP_BACKWARD_IF_FALSE),
    (Opcode::POP_JUMP_FORWARD_IF_TRUE, Opcode::POP_JUMP_BACKWARD_IF_TRUE),
    (Opcode::POP_JUMP_FORWARD_IF_NONE, Opcode::POP_JUMP_BACKWARD_IF_NONE),
    (Opcode::POP_JUMP_FORWARD_IF_NOT_NONE, Opcode::POP_JUMP_BACKWARD_IF_NOT_NONE),
    // `yield from` jumps backwards without looking for signals; forwards nothing looks for them.
    (Opcode::JUMP_FORWARD, Opcode::JUMP_BACKWARD_NO_INTERRUPT),
];

/// The opcode that does what `opcode` does, and can jump this way in `version`.
pub(super) fn towards(version: Version, opcode: Opcode, forward: bool) -> Option<Opcode> {
    let fits = |candidate: Opcode| match candidate.operand(version) {
        OperandKind::JumpAbsolute => true,
        OperandKind::JumpForward => forward,
        OperandKind::JumpBackward | OperandKind::LoopSource => !forward,
        _ => false,
    };
    if fits(opcode) {
        return Some(opcode);
    }
    let others = PAIRS.iter().filter_map(|&(ahead, back)| match opcode {
        _ if opcode == ahead => Some(back),
        _ if opcode == back => Some(ahead),
        _ => None,
    });
    others.into_iter().find(|&other| other.number(version).is_some() && fits(other))
}
