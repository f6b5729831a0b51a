//! CPython's instruction sets 3.7 to 3.15 as data: opcodes, operands, caches, line and exception tables.
//!
//! [`decode`] turns the bytes of a code object into [`Instruction`]s; [`Opcode`] answers what an opcode is in a version;
//! [`LineTable`] and [`exception_table`] read the tables beside the bytecode, [`encode_line_table`] and
//! [`encode_exception_table`] write them; [`operand`] names what arguments stand for.
//!
//! Everything that differs between versions stands in a few tables (`src/tables`), declared once, with the range of
//! versions for which each row holds. Tests hold them against what each interpreter says about itself.
//!
//! ```
//! use lancehead_isa::{Opcode, decode};
//! use lancehead_pyc::Version;
//!
//! // LOAD_FAST 0; RETURN_VALUE
//! let instructions = decode(Version::Py312, &[124, 0, 83, 0])?;
//! assert_eq!(instructions[0].opcode, Opcode::LOAD_FAST);
//! assert_eq!(Opcode::LOAD_FAST.stack_effect(Version::Py312, 0).net(), 1);
//! assert_eq!(decode(Version::Py312, &[124]).unwrap_err().to_string(),
//!     "at byte 1: expected an even number of bytes of bytecode");
//! # Ok::<(), lancehead_isa::DecodeError>(())
//! ```

pub mod argument;
mod changes;
mod error;
mod exception_table;
mod instruction;
mod kind;
mod line_table;
pub mod operand;
mod tables;

pub use error::{DecodeError, DecodeErrorKind};
pub use exception_table::{ExceptionEntry, encode_exception_table, exception_table};
pub use instruction::{Instruction, decode, jump_unit};
pub use kind::OperandKind;
pub use line_table::{LineRange, LineTable, Position, encode_line_table};
pub use tables::StackEffect;
pub use tables::flow::Flow;
pub use tables::opcodes::Opcode;
