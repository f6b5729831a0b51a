//! The statement that stands for adding to `__conditional_annotations__` until annotations are put back (PEP 749).

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind};

use super::query::is_name;

/// The set of the annotations that were reached.
pub const REACHED: &str = "__conditional_annotations__";

/// The target of the statement that stands for adding to that set.
const MARKER: &str = "<annotation>";

/// The statement that stands for `__conditional_annotations__.add(number)`.
pub fn marker(number: Expr) -> StmtKind {
    StmtKind::AnnAssign { target: Expr::name(MARKER), annotation: number, value: None, simple: true }
}

/// The number of the annotation that a statement stands for.
pub fn marked(stmt: &Stmt) -> Option<u32> {
    match &stmt.kind {
        StmtKind::AnnAssign { target, annotation, .. } if is_name(target, MARKER) => number(annotation),
        _ => None,
    }
}

pub fn number(expr: &Expr) -> Option<u32> {
    match &expr.kind {
        ExprKind::Constant(Constant::Int(number)) => u32::try_from(number).ok(),
        _ => None,
    }
}
