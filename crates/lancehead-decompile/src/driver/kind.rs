//! What a code object is written as.

use lancehead_pyc::{CodeObject, co_flags};

use crate::code::definition::FunctionKind;
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
        match FunctionKind::of(code) {
            FunctionKind::Lambda => Kind::Lambda,
            FunctionKind::Comprehension => Kind::Comprehension,
            FunctionKind::Generic => Kind::Generic,
            FunctionKind::Definition | FunctionKind::Unknown => {
                match code.flags & (co_flags::OPTIMIZED | co_flags::NEWLOCALS) {
                    0 => Kind::Body(finish::Kind::Class),
                    _ => Kind::Body(finish::Kind::Function),
                }
            }
        }
    }
}
