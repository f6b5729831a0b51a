//! What can be wrong with bytecode.

/// Bytecode, or a table beside it, that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {kind}")]
pub struct DecodeError {
    /// Where, in bytes from the start of the bytecode or of the table.
    pub offset: u32,
    /// What is wrong there.
    pub kind: DecodeErrorKind,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeErrorKind {
    /// Bytecode of 3.6 and later comes in units of two bytes.
    #[error("expected an even number of bytes of bytecode")]
    OddLength,
    /// More bytes than CPython's `int` can index.
    #[error("expected at most 2 GiB")]
    TooLong,
    /// No opcode of this version has this number.
    #[error("{0} is no opcode of this version")]
    UnknownOpcode(u8),
    /// The bytecode ends after `EXTENDED_ARG`.
    #[error("expected an instruction after EXTENDED_ARG, found the end of the bytecode")]
    DanglingExtendedArg,
    /// More than 32 bits of argument.
    #[error("more than three EXTENDED_ARG before one instruction")]
    ArgumentTooLong,
    /// The bytecode ends within the cache entries of its last instruction.
    #[error("expected the cache entries of the last instruction, found the end of the bytecode")]
    TruncatedCaches,
    /// A table ends within an entry.
    #[error("expected more of the entry, found the end of the table")]
    TruncatedTable,
    /// An entry of the table does not begin where one was expected.
    #[error("expected the start of an entry")]
    MisplacedEntry,
    /// A number in a table is too large for what it counts.
    #[error("a number of the table is out of range")]
    NumberOutOfRange,
}

impl DecodeErrorKind {
    pub(crate) fn at(self, offset: usize) -> DecodeError {
        DecodeError { offset: u32::try_from(offset).unwrap_or(u32::MAX), kind: self }
    }
}
