//! What can be wrong with text, and with code that is to be written as text.

use crate::program::{AssembleError, ReadCodeError};

/// Text that cannot be assembled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct AsmError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What was expected, or what is wrong.
    pub message: String,
}

/// A code object that cannot be written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// It cannot be taken apart.
    #[error(transparent)]
    Read(#[from] ReadCodeError),
    /// It cannot be put together again.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// The text would stand for other bytes.
    #[error(
        "the text would not keep this byte for byte (specialised opcodes, cache entries, or a stack that is too small)"
    )]
    NotKept,
    /// A constant is of a type that no compiler makes constants of.
    #[error("constant {0} is of a type that the text has no form for")]
    Constant(usize),
}
