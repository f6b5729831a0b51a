//! What was recovered, and what was not.

use lancehead_pyc::CodeIndex;

use crate::code::budget::Budget;
use crate::code::form::Form;

/// What became of one code object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It is source.
    Recovered,
    /// It is a statement that raises, with the reason.
    NotRecovered {
        /// Why.
        reason: String,
    },
}

/// One code object of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionReport {
    /// Which it is: its place in the tree that was decompiled.
    pub code: CodeIndex,
    /// Its path of names from `<module>`, joined by dots.
    pub path: String,
    /// Its `co_firstlineno`.
    pub firstlineno: i32,
    /// What became of it.
    pub status: Status,
    /// The form in which it did.
    pub form: Form,
    /// What it has cost in all forms that were tried: blocks walked, nodes folded, comparisons.
    pub steps: u64,
    /// The bounds that were hit, and how many times.
    pub budgets: Vec<(Budget, u32)>,
}
