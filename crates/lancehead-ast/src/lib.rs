//! Python's syntax tree to 3.15, and its printer.

mod node;
#[cfg(feature = "parse")]
mod parse;
mod print;
mod syntax;

pub use node::*;
#[cfg(feature = "parse")]
pub use parse::{MAX_DEPTH, ParseError, parse_module};
pub use print::{
    Docstrings, Layout, PrintOptions, PrintProblem, Printed, ProblemKind, print_expr, print_module,
    unparse_annotation,
};
