//! How tightly expressions bind.

use crate::node::{BoolOp, Operator, UnaryOp};

/// The precedence of an expression as it is printed, loosest first (the productions of CPython's `python.gram`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Yield,
    Named,
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arith,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

/// What a place in the grammar takes without parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// `yield`, and tuples: the right of an assignment, an expression statement.
    Any,
    /// Tuples, starred items included.
    StarTuple,
    /// Tuples without starred items.
    PlainTuple,
    /// Assignment expressions.
    Named,
    /// Anything at least this tight.
    At(Level),
}

impl Slot {
    /// `expression` in the grammar: what most places take.
    pub(super) const TEST: Slot = Slot::At(Level::Test);

    /// Whether an expression of this level needs parentheses here. (Whether a tuple has starred items is the
    /// caller's to know.)
    pub(super) fn needs_parentheses(self, level: Level, has_star: bool) -> bool {
        match (self, level) {
            (Slot::At(least), _) => level < least,
            (Slot::Any, Level::Yield | Level::Tuple) => false,
            (Slot::StarTuple, Level::Tuple) => false,
            (Slot::PlainTuple, Level::Tuple) => has_star,
            (Slot::Named, Level::Named) => false,
            (_, level) => level < Level::Test,
        }
    }
}

/// The token, the level of the whole, and what its two sides must be.
pub(super) fn binary(op: Operator) -> (&'static str, Level, Level, Level) {
    use Level::*;
    match op {
        Operator::Add => (" + ", Arith, Arith, Term),
        Operator::Sub => (" - ", Arith, Arith, Term),
        Operator::Mult => (" * ", Term, Term, Factor),
        Operator::MatMult => (" @ ", Term, Term, Factor),
        Operator::Div => (" / ", Term, Term, Factor),
        Operator::Mod => (" % ", Term, Term, Factor),
        Operator::FloorDiv => (" // ", Term, Term, Factor),
        Operator::LShift => (" << ", Shift, Shift, Arith),
        Operator::RShift => (" >> ", Shift, Shift, Arith),
        Operator::BitOr => (" | ", BitOr, BitOr, BitXor),
        Operator::BitXor => (" ^ ", BitXor, BitXor, BitAnd),
        Operator::BitAnd => (" & ", BitAnd, BitAnd, Shift),
        // `-1 ** 2` is `-(1 ** 2)`, but `2 ** -1` needs no parentheses.
        Operator::Pow => (" ** ", Power, Await, Factor),
    }
}

/// The token and the level of the whole, which is what the operand must be too.
pub(super) fn unary(op: UnaryOp) -> (&'static str, Level) {
    match op {
        UnaryOp::Not => ("not ", Level::Not),
        UnaryOp::Invert => ("~", Level::Factor),
        UnaryOp::UAdd => ("+", Level::Factor),
        UnaryOp::USub => ("-", Level::Factor),
    }
}

/// The token, the level of the whole, and what each value must be.
pub(super) fn boolean(op: BoolOp) -> (&'static str, Level, Level) {
    match op {
        BoolOp::And => ("and ", Level::And, Level::Not),
        BoolOp::Or => ("or ", Level::Or, Level::And),
    }
}
