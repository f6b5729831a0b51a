//! Where an expression begins.

use crate::node::{Expr, ExprKind};

/// The operand that `expr` begins with, if it begins with one whose line is known. The line of `expr` itself may then be
/// that of something behind it (an attribute's name).
pub(super) fn first_operand(expr: &Expr) -> Option<&Expr> {
    let first = match &expr.kind {
        ExprKind::BinOp { left: first, .. }
        | ExprKind::Compare { left: first, .. }
        | ExprKind::IfExp { body: first, .. }
        | ExprKind::Call { func: first, .. }
        | ExprKind::Attribute { value: first, .. }
        | ExprKind::Subscript { value: first, .. } => first,
        ExprKind::BoolOp { values, .. } => values.first()?,
        _ => return None,
    };
    (first.line > 0).then_some(first)
}

/// The line of the first token of `expr`, 0 when unknown.
pub(super) fn first_line(mut expr: &Expr) -> u32 {
    while let Some(first) = first_operand(expr) {
        expr = first;
    }
    expr.line
}
