//! What a code object is written as.

use lancehead_pyc::CodeObject;

use crate::code::scope::{CO_NEWLOCALS, CO_OPTIMIZED};
use crate::finish;

/// What a code object is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A module, class or function: statements.
    Body(finish::Kind),
    /// The body of a lambda.
    Lambda,
    /// A comprehension or generator expression.
    Comprehension,
    /// Nothing: the hidden function that makes type parameters, and returns what they belong to.
    Generic,
}

impl Kind {
    /// What a nested code object is written as, by its name and flags.
    pub fn of(code: &CodeObject) -> Kind {
        match code.name.as_bytes() {
            b"<lambda>" => Kind::Lambda,
            b"<listcomp>" | b"<setcomp>" | b"<dictcomp>" | b"<genexpr>" => Kind::Comprehension,
            name if name.starts_with(b"<generic parameters of") => Kind::Generic,
            _ if code.flags & (CO_OPTIMIZED | CO_NEWLOCALS) == 0 => Kind::Body(finish::Kind::Class),
            _ => Kind::Body(finish::Kind::Function),
        }
    }
}
