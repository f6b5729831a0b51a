//! Annotations of variables in modules and classes.

use lancehead_ast::{Expr, ExprKind, Stmt, StmtKind, Suite};

use crate::constant::text;
use crate::unit::Unit;

/// Turns the stores into `__annotations__` back into annotated assignments.
pub fn restore(unit: &Unit<'_>, suite: &mut Suite) {
    let mut result: Suite = Vec::with_capacity(suite.len());
    for mut stmt in suite.drain(..) {
        suites_mut(&mut stmt, &mut |suite| restore(unit, suite));
        match annotated(unit, &stmt) {
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

/// Calls `visit` with every suite directly within a statement, but not the bodies of functions and classes.
pub fn suites_mut(stmt: &mut Stmt, visit: &mut dyn FnMut(&mut Suite)) {
    match &mut stmt.kind {
        StmtKind::If { body, orelse, .. }
        | StmtKind::For { body, orelse, .. }
        | StmtKind::While { body, orelse, .. } => {
            visit(body);
            visit(orelse);
        }
        StmtKind::With { body, .. } => visit(body),
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            visit(body);
            handlers.iter_mut().for_each(|h| visit(&mut h.body));
            visit(orelse);
            visit(finalbody);
        }
        StmtKind::Match { cases, .. } => cases.iter_mut().for_each(|c| visit(&mut c.body)),
        _ => {}
    }
}

/// The name that `__annotations__['name'] = …` annotates.
fn annotated(unit: &Unit<'_>, stmt: &Stmt) -> Option<Expr> {
    let StmtKind::Assign { targets, .. } = &stmt.kind else { return None };
    let [Expr { kind: ExprKind::Subscript { value, slice }, line }] = &targets[..] else { return None };
    match &value.kind {
        ExprKind::Name(name) if name == "__annotations__" => {
            Some(Expr::at(ExprKind::Name(unit.private.spelled(text(slice)?)), *line))
        }
        _ => None,
    }
}

/// The value that the statement before stored into the annotated name.
pub fn take_value(result: &mut Suite, target: &Expr) -> Option<Expr> {
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
