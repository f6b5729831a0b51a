//! From the tree to source text.
//!
//! The printer knows the grammar of each version: what it prints for a version is what that version's own parser
//! turns back into the same tree. Nothing here recurses on the tree, except into nested f-strings, whose depth
//! the language itself bounds.
//!
//! - [`line`] turns one logical line (a simple statement, or the header of a compound one) into fragments, with
//!   parentheses by [`level`]; [`expr`], [`pattern`], [`params`], [`fstring`], [`string`] and [`number`] hold
//!   its parts.
//! - [`layout`] makes text of the fragments, breaking lines that are too long inside their brackets; [`placed`] does
//!   so where the original lines began.
//! - [`stmt`] walks the statements.

mod annotation;
mod docstring;
mod expr;
mod first;
mod fragment;
mod fstring;
mod layout;
mod level;
mod line;
mod number;
mod options;
mod page;
mod params;
mod pattern;
mod placed;
mod simple;
mod stmt;
mod string;

pub use fstring::percent_parts;
pub use options::{Docstrings, Layout, PrintOptions, PrintProblem, Printed, ProblemKind};

use crate::node::{Expr, Module};
use lancehead_pyc::{PyStr, Version};

impl Expr {
    /// The line of its first token (from 1), 0 when unknown. That of [`Expr::line`] may be of something behind it.
    pub fn first_line(&self) -> u32 {
        first::first_line(self)
    }
}

/// Prints `module`.
pub fn print_module(module: &Module, options: &PrintOptions) -> Printed {
    stmt::print(&module.body, options)
}

/// Prints one expression on one line, as it would stand on the right of an assignment.
pub fn print_expr(expr: &Expr, version: Version) -> String {
    let mut line = line::Line::new(version);
    line.expr(expr, level::Slot::Any);
    line.run();
    line.fragments.flat()
}

/// The text of an annotation as CPython's compiler stores it under `from __future__ import annotations`
/// (`Python/ast_unparse.c`).
///
/// One thing is lost: the tree does not know the `u` prefix of a string, which CPython keeps there since 3.8. And up to
/// 3.8 the compiler folds constants first; of that only tuples of constants are known here.
/// `None` when CPython could not have compiled it: the text holds what no source can.
pub fn unparse_annotation(expr: &Expr, version: Version) -> Option<PyStr> {
    annotation::unparse(expr, version)
}
