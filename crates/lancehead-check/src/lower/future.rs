//! What stands at the top of a module: the docstring, and `from __future__ import`.

use lancehead_ast::{Constant, Expr, ExprKind, Module, Stmt, StmtKind};
use lancehead_pyc::PyStr;

use crate::dialect::Dialect;

/// `co_flags` that the source asks for in `from __future__ import`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Future {
    pub flags: u32,
    pub annotations: bool,
}

/// What `from __future__ import` at the top of a module asks for.
pub fn future(module: &Module, dialect: &Dialect) -> Future {
    let mut future = Future::default();
    for (at, stmt) in module.body.iter().enumerate() {
        match &stmt.kind {
            StmtKind::ImportFrom { module: Some(name), names, level: 0, .. } if *name == "__future__" => {
                for alias in names {
                    future.flags |= alias.name.to_str().map_or(0, |name| dialect.future_flag(name));
                    future.annotations |= alias.name == "annotations";
                }
            }
            StmtKind::Comment(_) => {}
            _ if at == 0 && docstring(stmt).is_some() => {}
            _ => break,
        }
    }
    future
}

/// The text of a statement that is a docstring if it stands first.
pub fn docstring(stmt: &Stmt) -> Option<&PyStr> {
    match &stmt.kind {
        StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(text)), .. }) => Some(text),
        _ => None,
    }
}
