//! From bytecode to the IR.
//!
//! The lift walks the bytecode from its entry, one block at a time. A block is known by where it starts and by its
//! *context*: up to 3.10 the stack of blocks that `SETUP_*` instructions push, which decides what `POP_BLOCK`,
//! `END_FINALLY` and (3.7) `RETURN_VALUE` do. One `finally` body that is reached in several contexts becomes several
//! copies, as the compiler itself makes them since 3.9, so that later passes meet one form only.

mod block_stack;
mod context;
mod error;
mod leaders;
mod protected;
mod translate;
mod walk;

pub use error::LiftError;

use lancehead_isa::{LineTable, decode};
use lancehead_pyc::CodeObject;

use crate::Graph;

/// Lifts one code object; nested ones stay constants.
///
/// # Errors
/// Bytecode that cannot be read, or that no compiler makes: a jump into nothing, a block popped that was not pushed,
/// an argument out of range.
pub fn lift(code: &CodeObject) -> Result<Graph, LiftError> {
    let instructions = decode(code.version, &code.code)?;
    let lines = LineTable::of(code)?;
    let stream = leaders::Stream::new(code, instructions, lines)?;
    walk::Walk::new(&stream)?.run()
}
