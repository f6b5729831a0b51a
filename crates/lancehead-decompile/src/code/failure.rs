//! Why a code object was not recovered.

use lancehead_ir::LiftError;

use super::budget::Budget;

/// Why a code object could not be turned into source.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// Its bytecode could not be read.
    #[error(transparent)]
    Lift(#[from] LiftError),
    /// Its control flow fits no statement of Python.
    #[error("control flow could not be structured: {what} (at offset {offset:#x})")]
    Structure {
        /// What was in the way.
        what: &'static str,
        /// Where.
        offset: u32,
    },
    /// Its stack is used in a way that no expression or statement of Python has.
    #[error("no source form: {what} (at offset {offset:#x})")]
    Expression {
        /// What was in the way.
        what: &'static str,
        /// Where.
        offset: u32,
    },
    /// It needs more work than any compiled function.
    #[error("too complex: {0}")]
    TooComplex(Budget),
}

/// The result of a step of decompiling.
pub type Outcome<T> = Result<T, Failure>;
