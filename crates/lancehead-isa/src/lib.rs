//! CPython's instruction sets 3.7 to 3.15 as data: opcodes, operands, caches, line and exception tables.
//!
//! [`decode`] turns the bytes of a code object into [`Instruction`]s; [`Opcode`] answers what an opcode is in a version;
//! [`LineTable`] and [`exception_table`] read the tables beside the bytecode; [`operand`] names what arguments stand for.

mod error;
mod exception_table;
mod instruction;
mod line_table;
pub mod operand;
mod tables;

pub use error::{DecodeError, DecodeErrorKind};
pub use exception_table::{ExceptionEntry, encode_exception_table, exception_table};
pub use instruction::{Instruction, decode, jump_unit};
pub use line_table::{LineRange, LineTable, Position, encode_line_table};
pub use operand::OperandKind;
pub use tables::StackEffect;
pub use tables::flow::Flow;
pub use tables::opcodes::Opcode;
