//! The AssertionError that `assert` raises, whatever the name means.

use lancehead_ast::{Constant, Expr, ExprKind, StmtKind};

/// What the AssertionError is called that `assert` loads whatever the name means: no name of any source.
pub const ASSERTION_ERROR: &str = "<AssertionError>";

/// Whether an exception is one that only `assert` raises.
pub fn fails_assertion(exc: &Expr) -> bool {
    let is_error = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if name == ASSERTION_ERROR);
    match &exc.kind {
        ExprKind::Call { func, args, keywords } => is_error(func) && args.len() == 1 && keywords.is_empty(),
        _ => is_error(exc),
    }
}

/// `assert False` with the message of the exception.
pub fn failed_assertion(exc: Expr) -> StmtKind {
    let msg = match exc.kind {
        ExprKind::Call { mut args, .. } => args.pop(),
        _ => None,
    };
    StmtKind::Assert { test: Expr::new(ExprKind::Constant(Constant::Bool(false))), msg }
}
