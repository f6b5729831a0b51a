//! Where control goes after each opcode, and which opcodes never raise.
//!
//! An opcode not listed goes on with the next instruction, and may raise.

use crate::Opcode;

/// Where control goes after an instruction, unless it raises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// To the jump target.
    Jump,
    /// To the next instruction or to the jump target.
    Branch,
    /// To the next instruction; the target is a handler, or the end of a loop, that holds from there on (up to 3.10).
    Setup,
    /// To the target as to a subroutine: `END_FINALLY` there comes back (`CALL_FINALLY` of 3.8).
    CallFinally,
    /// To wherever the reason says for which a `finally` clause was entered (`END_FINALLY`, up to 3.8).
    EndFinally,
    /// To the end of the innermost loop (`BREAK_LOOP` of 3.7).
    BreakLoop,
    /// Out of the frame, for good.
    Return,
    /// Nowhere: it always raises.
    Raise,
}

impl Flow {
    /// Whether control may go on with the next instruction.
    pub const fn falls_through(self) -> bool {
        matches!(self, Flow::Next | Flow::Branch | Flow::Setup | Flow::EndFinally)
    }

    /// Whether control may go to the jump target.
    pub const fn jumps(self) -> bool {
        matches!(self, Flow::Jump | Flow::Branch | Flow::CallFinally)
    }
}

macro_rules! flow {
    ($($flow:ident: $($opcode:ident)+;)*) => {
        &[$($((Opcode::$opcode, Flow::$flow)),+),*]
    };
}

/// Opcodes that do not simply go on.
#[rustfmt::skip]
pub(crate) static FLOW: &[(Opcode, Flow)] = flow! {
    Jump: JUMP_FORWARD JUMP_ABSOLUTE JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT CONTINUE_LOOP;
    Branch:
        FOR_ITER SEND
        JUMP_IF_FALSE_OR_POP JUMP_IF_TRUE_OR_POP JUMP_IF_NOT_EXC_MATCH
        POP_JUMP_IF_FALSE POP_JUMP_IF_TRUE POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE
        POP_JUMP_FORWARD_IF_FALSE POP_JUMP_FORWARD_IF_TRUE
        POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE
        POP_JUMP_BACKWARD_IF_FALSE POP_JUMP_BACKWARD_IF_TRUE
        POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE;
    Setup: SETUP_LOOP SETUP_EXCEPT SETUP_FINALLY SETUP_WITH SETUP_ASYNC_WITH;
    CallFinally: CALL_FINALLY;
    EndFinally: END_FINALLY;
    BreakLoop: BREAK_LOOP;
    Return: RETURN_VALUE RETURN_CONST INTERPRETER_EXIT;
    Raise: RAISE_VARARGS RERAISE;
};

/// Opcodes that never raise in any version: they only move references between stack, frame and constants.
///
/// `LOAD_FAST` is not among them, because it raises `UnboundLocalError` up to 3.11; see [`NEVER_RAISES_SINCE_312`].
#[rustfmt::skip]
pub(crate) static NEVER_RAISES: &[Opcode] = &[
    Opcode::BEGIN_FINALLY, Opcode::CACHE, Opcode::COPY, Opcode::DUP_TOP, Opcode::DUP_TOP_TWO, Opcode::END_FOR,
    Opcode::EXTENDED_ARG, Opcode::GEN_START, Opcode::IS_OP, Opcode::JUMP_BACKWARD_NO_INTERRUPT,
    Opcode::JUMP_FORWARD, Opcode::KW_NAMES, Opcode::LOAD_ASSERTION_ERROR, Opcode::LOAD_CLOSURE,
    Opcode::LOAD_COMMON_CONSTANT, Opcode::LOAD_CONST, Opcode::LOAD_FAST_AND_CLEAR, Opcode::LOAD_FAST_BORROW,
    Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW, Opcode::LOAD_FAST_LOAD_FAST, Opcode::LOAD_SMALL_INT,
    Opcode::MATCH_MAPPING, Opcode::MATCH_SEQUENCE, Opcode::NOP, Opcode::NOT_TAKEN, Opcode::POP_BLOCK,
    Opcode::POP_EXCEPT, Opcode::POP_ITER, Opcode::POP_TOP, Opcode::PUSH_EXC_INFO, Opcode::PUSH_NULL,
    Opcode::RETURN_CONST, Opcode::RETURN_VALUE, Opcode::ROT_FOUR, Opcode::ROT_N, Opcode::ROT_THREE,
    Opcode::ROT_TWO, Opcode::SETUP_EXCEPT, Opcode::SETUP_FINALLY, Opcode::SETUP_LOOP,
    Opcode::STORE_FAST, Opcode::STORE_FAST_LOAD_FAST, Opcode::STORE_FAST_STORE_FAST, Opcode::SWAP,
];

/// Opcodes that never raise since 3.12: `LOAD_FAST` there is used only where the variable is known to be set.
pub(crate) static NEVER_RAISES_SINCE_312: &[Opcode] = &[Opcode::LOAD_FAST];
