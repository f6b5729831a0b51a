//! What the lift refuses.

use lancehead_isa::{DecodeError, Opcode};

/// Why bytecode could not be lifted, with the byte offset in `co_code`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LiftError {
    /// The bytecode or one of its tables could not be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A jump or handler that is no instruction.
    #[error("target {target:#x} is not an instruction (at offset {offset:#x})")]
    Target {
        /// Where the jump is.
        offset: u32,
        /// Where it leads.
        target: u32,
    },
    /// Control runs past the last instruction.
    #[error("control runs off the end of the bytecode")]
    OffTheEnd,
    /// An index that the code object does not have.
    #[error("{} has no operand {arg} (at offset {offset:#x})", opcode.name())]
    Operand {
        /// Where.
        offset: u32,
        /// The opcode.
        opcode: Opcode,
        /// Its argument.
        arg: u32,
    },
    /// An opcode that has no place where it stands.
    #[error("unexpected {} (at offset {offset:#x})", opcode.name())]
    Unexpected {
        /// Where.
        offset: u32,
        /// The opcode.
        opcode: Opcode,
    },
    /// Handlers that protect each other.
    #[error("the exception table is circular (at offset {0:#x})")]
    CircularHandlers(u32),
    /// More blocks than any compiler makes of so many instructions.
    #[error("too many blocks")]
    TooComplex,
}
