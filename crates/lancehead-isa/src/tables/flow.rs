//! Where control goes after an instruction.

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
