//! Python's syntax tree to 3.15, and its printer.

mod node;
mod print;
mod syntax;

pub use node::*;
pub use print::{
    Docstrings, Layout, PrintOptions, PrintProblem, Printed, ProblemKind, print_expr, print_module,
};
