//! Instrumented opcodes (3.12 and later), which `sys.monitoring` writes over plain ones in live code (PEP 669).
//!
//! `INSTRUMENTED_LINE` and `INSTRUMENTED_INSTRUCTION` hide the opcode beneath them from whoever has only the bytecode.

use crate::Opcode;

macro_rules! instrumented {
    ($($instrumented:ident => $base:ident;)*) => {
        &[$((Opcode::$instrumented, Opcode::$base)),*]
    };
}

/// Each instrumented opcode with the one that it stands for.
#[rustfmt::skip]
pub(crate) static INSTRUMENTED: &[(Opcode, Opcode)] = instrumented! {
    INSTRUMENTED_CALL                  => CALL;
    INSTRUMENTED_CALL_FUNCTION_EX      => CALL_FUNCTION_EX;
    INSTRUMENTED_CALL_KW               => CALL_KW;
    INSTRUMENTED_END_ASYNC_FOR         => END_ASYNC_FOR;
    INSTRUMENTED_END_FOR               => END_FOR;
    INSTRUMENTED_END_SEND              => END_SEND;
    INSTRUMENTED_FOR_ITER              => FOR_ITER;
    INSTRUMENTED_JUMP_BACKWARD         => JUMP_BACKWARD;
    INSTRUMENTED_JUMP_FORWARD          => JUMP_FORWARD;
    INSTRUMENTED_LOAD_SUPER_ATTR       => LOAD_SUPER_ATTR;
    INSTRUMENTED_NOT_TAKEN             => NOT_TAKEN;
    INSTRUMENTED_POP_ITER              => POP_ITER;
    INSTRUMENTED_POP_JUMP_IF_FALSE     => POP_JUMP_IF_FALSE;
    INSTRUMENTED_POP_JUMP_IF_NONE      => POP_JUMP_IF_NONE;
    INSTRUMENTED_POP_JUMP_IF_NOT_NONE  => POP_JUMP_IF_NOT_NONE;
    INSTRUMENTED_POP_JUMP_IF_TRUE      => POP_JUMP_IF_TRUE;
    INSTRUMENTED_RESUME                => RESUME;
    INSTRUMENTED_RETURN_CONST          => RETURN_CONST;
    INSTRUMENTED_RETURN_VALUE          => RETURN_VALUE;
    INSTRUMENTED_YIELD_VALUE           => YIELD_VALUE;
};
