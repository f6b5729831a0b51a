//! Bytecode as text that can be edited and assembled again.
//!
//! [`print`] writes a code object with all that is nested in it, [`parse`] reads it back; one undoes the other. The text is made
//! of lines; `;` begins a comment, blanks separate, indentation means nothing.
//!
//! ```text
//! file      = ".python" VERSION code
//! code      = ".code" STRING {setting} ".consts" {constant | code} ".body" {line} ".end"
//! setting   = (".qualname" | ".filename") STRING
//!           | (".argcount" | ".posonlyargcount" | ".kwonlyargcount" | ".firstlineno" | ".flags" | ".stacksize") INT
//!           | ".nlocals" INT                            where it is not the number of local variables
//!           | (".names" | ".varnames" | ".cellvars" | ".freevars") {NAME}
//!           | ".localsplus" {NAME INT}                  where kinds of slots do not follow from the above
//!           | ".lnotab" HEX                             where a line table says more than its lines (up to 3.9)
//! line      = LABEL ":" | OPCODE [operand] [hints] [position]
//!           | ".try" LABEL LABEL "->" LABEL INT ["lasti"]         from, to, handler, depth
//!           | ".line" INT                               the line of the instructions that follow
//! operand   = INT | constant | "code" INT               a constant that is code, by its index
//!           | NAME {"+" ("NULL" | "self" | "two" | "lazy" | "eager")}
//!           | variable ["," variable] | LABEL | COMPARISON ["bool"] | OPERATOR | INTRINSIC
//! variable  = ("local" | "cell" | "free") NAME
//! hints     = "{" ["arg" INT] ["prefixes" INT] "}"      as the code was encoded, where that is not what the assembler
//!                                                       would choose
//! position  = "@" LINE [":" COL "-" LINE ":" COL]       "?" for what is not known; without it, that of the line before
//! constant  = "None" | "True" | "False" | "..." | INT | FLOAT | "float" HEX | "complex" "(" FLOAT "," FLOAT ")"
//!           | STRING | "b" STRING | "(" {constant ","} ")" | "frozenset" "(" {constant ","} ")"
//!           | "frozendict" "(" {constant ":" constant ","} ")" | "slice" "(" constant "," constant "," constant ")"
//! ```
//!
//! A `NAME` is an identifier or a `STRING`; a `STRING` has Python's escapes `\\`, `\"`, `\n`, `\r`, `\t`, `\xHH`, `\uHHHH`
//! and `\UHHHHHHHH`, the last two of which may name lone surrogates.

mod cursor;
mod literal;
mod operand;
mod parse;
mod print;

pub use parse::{parse, parse_verified};
pub use print::print;

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
