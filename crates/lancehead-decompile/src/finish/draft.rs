//! A body that is being finished.

use lancehead_ast::Suite;

use crate::code::unit::Unit;

/// What a suite is the body of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A module.
    Module,
    /// A class.
    Class,
    /// A function.
    Function,
}

/// A body that is being finished.
#[derive(Debug)]
pub struct Draft<'u> {
    /// The code object that it is the body of.
    pub unit: &'u Unit<'u>,
    /// What it is the body of.
    pub kind: Kind,
    /// What comes first, whatever else does: docstring, `from __future__` imports, declarations.
    pub start: Suite,
    /// The statements after that.
    pub suite: Suite,
    /// The line of what was the last statement before implied returns were dropped, 0 if unknown.
    pub end_line: u32,
}

impl Draft<'_> {
    /// Whether the compiler may have copied short exits, as it does in functions since 3.10.
    pub fn has_exit_copies(&self) -> bool {
        self.kind == Kind::Function && self.unit.dialect.copies_exits
    }
}
