//! Python's syntax tree to 3.15, its printer, and (with the feature `parse`) its parser.
//!
//! The tree is CPython's `ast`, as Rust types: a [`Module`] of [`Stmt`]s of [`Expr`]s. Its strings can hold lone
//! surrogates, each node knows its line in the original source, and code that could not be recovered from
//! bytecode has a node of its own.
//!
//! What is printed for a version of Python is what that version parses back into the same tree:
//!
//! ```
//! use lancehead_ast::{PrintOptions, parse_module, print_module};
//! use lancehead_pyc::Version;
//!
//! let module = parse_module("print(f'{d[\"key\"]:>{ width }}')", Version::Py312)?;
//! let printed = print_module(&module, &PrintOptions::new(Version::Py312));
//! assert_eq!(printed.source, "print(f'{d[\"key\"]:>{width}}')\n");
//! assert!(printed.problems.is_empty());
//! # Ok::<(), lancehead_ast::ParseError>(())
//! ```
//!
//! Trees are dropped, cloned and compared by recursion: whoever builds one has to bound its depth, as [`parse_module`]
//! does ([`MAX_DEPTH`]). Printing alone takes any depth.

mod node;
#[cfg(feature = "parse")]
mod parse;
mod print;
mod syntax;

pub use node::*;
#[cfg(feature = "parse")]
pub use parse::{MAX_DEPTH, ParseError, is_annotation, parse_module};
pub use print::{
    Docstrings, Layout, PrintOptions, PrintProblem, Printed, ProblemKind, percent_parts, print_expr,
    print_module, unparse_annotation,
};
pub use syntax::{is_identifier, nearest_identifier};
