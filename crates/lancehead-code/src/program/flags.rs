//! Which flags of a code object its instructions demand.

use lancehead_isa::{Opcode, OperandKind};
use lancehead_pyc::co_flags::{
    ANY_GENERATOR, ASYNC_GENERATOR, COROUTINE, GENERATOR, ITERABLE_COROUTINE, NOFREE,
};

use super::{Code, Operand};

impl Code {
    /// The flags of the code object, changed as little as its instructions and variables demand: what yields is a
    /// generator, what awaits a coroutine, what does both an asynchronous generator; and up to 3.10 code without cells and
    /// free variables says so. All else stays (`compute_code_flags` in `Python/compile.c`).
    ///
    /// A generator whose last `yield` is gone stays one, as it does when the compiler finds that a `yield` is never
    /// reached.
    pub fn inferred_flags(&self) -> u32 {
        let object = &self.object;
        let mut flags = object.flags;
        if object.version.flags_no_free() {
            let free = object.cellvars.is_empty() && object.freevars.is_empty();
            flags = if free { flags | NOFREE } else { flags & !NOFREE };
        }
        let uses = Uses::of(self);
        let is_async = uses.awaits && flags & (GENERATOR | ITERABLE_COROUTINE) == 0
            || flags & (COROUTINE | ASYNC_GENERATOR) != 0;
        let kind = match (is_async, uses.yields) {
            (true, true) => ASYNC_GENERATOR,
            (true, false) if flags & ASYNC_GENERATOR != 0 => ASYNC_GENERATOR,
            (true, false) => COROUTINE,
            (false, true) => GENERATOR,
            (false, false) => return flags,
        };
        flags & !ANY_GENERATOR | kind
    }
}

/// What the instructions do that only generators and coroutines can.
struct Uses {
    /// Waits for something.
    awaits: bool,
    /// Yields to a caller, not for an `await`.
    yields: bool,
}

impl Uses {
    fn of(code: &Code) -> Uses {
        use Opcode::*;
        let mut uses = Uses { awaits: false, yields: false };
        let mut plain_yields = 0usize;
        let mut suspensions = 0usize;
        for instruction in code.instructions() {
            match instruction.opcode {
                // Not GET_AITER: it stands where an asynchronous generator expression is made, too.
                GET_AWAITABLE | GET_ANEXT | BEFORE_ASYNC_WITH | SETUP_ASYNC_WITH | END_ASYNC_FOR => {
                    uses.awaits = true;
                }
                YIELD_VALUE => plain_yields += 1,
                YIELD_FROM => uses.yields |= false,
                // Since 3.11 `await` and `yield from` are a loop of SEND around one YIELD_VALUE.
                SEND => suspensions += 1,
                ASYNC_GEN_WRAP => uses.yields = true,
                _ if instruction.opcode.operand(code.object.version) == OperandKind::Intrinsic1
                    && matches!(instruction.operand, Operand::Intrinsic1(f) if f == super::Intrinsic1::AsyncGenWrap) =>
                {
                    uses.yields = true;
                }
                _ => {}
            }
        }
        let delegates = code.instructions().any(|instruction| {
            matches!(instruction.opcode, GET_YIELD_FROM_ITER)
                || instruction.opcode == YIELD_FROM && !uses.awaits
        });
        uses.yields |= plain_yields > suspensions || delegates || suspensions > 0 && !uses.awaits;
        uses
    }
}
