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
mod error;
mod literal;
mod operand;
mod parse;
mod print;

pub use error::{AsmError, PrintError};
pub use parse::{parse, parse_verified};
pub use print::print;
