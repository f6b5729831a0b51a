//! Questions about statements and expressions.

use lancehead_ast::{Expr, ExprKind, Stmt, StmtKind};

use super::visit::any;

/// The last line on which anything in a suite stands, as far as it is known.
pub fn last_line(suite: &[Stmt]) -> u32 {
    let (mut last, mut last_expr) = (0, 0);
    any(suite, &mut |stmt| last = last.max(stmt.line), &mut |expr| {
        last_expr = last_expr.max(expr.line);
        false
    });
    last.max(last_expr)
}

/// Whether control never falls off the end of a suite.
pub fn cannot_fall_through(suite: &[Stmt]) -> bool {
    match suite.last().map(|last| &last.kind) {
        Some(StmtKind::Return(_) | StmtKind::Raise { .. } | StmtKind::Break | StmtKind::Continue) => true,
        Some(StmtKind::If { body, orelse, .. }) => cannot_fall_through(body) && cannot_fall_through(orelse),
        _ => false,
    }
}

/// Whether an expression is this name.
pub fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Name(n) if n == name)
}

/// Whether a suite yields, apart from nested functions.
pub fn has_yield(suite: &[Stmt]) -> bool {
    crate::tree::visit::any_expr(suite, &mut |expr| {
        matches!(expr.kind, ExprKind::Yield(_) | ExprKind::YieldFrom(_))
    })
}
