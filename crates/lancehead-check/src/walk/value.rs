//! Values on the stacks of the walk.

use crate::intern::{Const, Name};

/// What one slot of a stack holds. Values that both sides made in the same step have the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Val {
    /// The result of a step.
    Id(u32),
    /// The negation of a truth value.
    Not(u32),
    Const(Const),
    Null,
    /// A nested code object.
    Code(u32),
    /// A builtin by name.
    Common(Name),
    /// The cell of a variable.
    Cell(Name),
    /// Where `END_FINALLY` goes back to.
    Return(u32),
    /// Why a `finally` body runs (3.7).
    Why(Why),
}

/// Why a `finally` body runs (3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    Return,
    Break,
    Continue,
    /// `__exit__` suppressed the exception.
    Silenced,
}

impl Val {
    /// As a number for the record of visited states; `rank` renumbers ids in order of appearance.
    pub fn encode(self, mut rank: impl FnMut(u32) -> u32) -> u32 {
        let (tag, payload) = match self {
            Val::Id(id) => (0, rank(id)),
            Val::Not(id) => (1, rank(id)),
            Val::Const(c) => (2, c.0),
            Val::Null => (3, 0),
            Val::Code(at) => (4, at),
            Val::Common(name) => (5, name.0),
            Val::Cell(name) => (6, name.0),
            Val::Return(to) => (7, to),
            Val::Why(why) => (8, why as u32),
        };
        tag << 28 | (payload & 0x0FFF_FFFF)
    }
}
