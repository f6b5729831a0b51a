//! Annotations of variables in modules and classes.

use lancehead_ast::{Expr, ExprKind, Stmt, StmtKind, Suite};

use crate::constant::text;
use crate::unit::Unit;

/// Turns the stores into `__annotations__` back into annotated assignments.
pub fn restore(unit: &Unit<'_>, suite: &mut Suite) {
    let mut result: Suite = Vec::with_capacity(suite.len());
    for mut stmt in suite.drain(..) {
        nested(unit, &mut stmt);
        match annotated(&stmt) {
            Some(target) => {
                let StmtKind::Assign { value: annotation, .. } = stmt.kind else { continue };
                let value = take_value(&mut result, &target);
                let annotation = unit.annotation(annotation);
                let line = stmt.line;
                let kind = StmtKind::AnnAssign { target, annotation, value, simple: true };
                result.push(Stmt::at(kind, line));
            }
            None => result.push(stmt),
        }
    }
    *suite = result;
}

fn nested(unit: &Unit<'_>, stmt: &mut Stmt) {
    match &mut stmt.kind {
        StmtKind::If { body, orelse, .. }
        | StmtKind::For { body, orelse, .. }
        | StmtKind::While { body, orelse, .. } => {
            restore(unit, body);
            restore(unit, orelse);
        }
        StmtKind::With { body, .. } => restore(unit, body),
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            restore(unit, body);
            handlers.iter_mut().for_each(|h| restore(unit, &mut h.body));
            restore(unit, orelse);
            restore(unit, finalbody);
        }
        StmtKind::Match { cases, .. } => cases.iter_mut().for_each(|c| restore(unit, &mut c.body)),
        _ => {}
    }
}

/// The name that `__annotations__['name'] = …` annotates.
fn annotated(stmt: &Stmt) -> Option<Expr> {
    let StmtKind::Assign { targets, .. } = &stmt.kind else { return None };
    let [Expr { kind: ExprKind::Subscript { value, slice }, line }] = &targets[..] else { return None };
    match &value.kind {
        ExprKind::Name(name) if name == "__annotations__" => {
            Some(Expr::at(ExprKind::Name(text(slice)?.clone()), *line))
        }
        _ => None,
    }
}

/// The value that the statement before stored into the annotated name.
fn take_value(result: &mut Suite, target: &Expr) -> Option<Expr> {
    let StmtKind::Assign { targets, .. } = &result.last()?.kind else { return None };
    match &targets[..] {
        [Expr { kind: ExprKind::Name(name), .. }] if matches!(&target.kind, ExprKind::Name(n) if n == name) => {
            match result.pop()?.kind {
                StmtKind::Assign { value, .. } => Some(value),
                _ => None,
            }
        }
        _ => None,
    }
}
