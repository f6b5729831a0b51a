//! Annotations of variables in modules and classes.

use lancehead_ast::{Expr, ExprKind, Stmt, StmtKind, Suite, is_identifier};

use super::draft::Draft;
use crate::code::constants::text;
use crate::code::failure::Outcome;
use crate::code::unit::Unit;
use crate::tree::visit::suites_mut;

/// Turns stores into `__annotations__` into annotated assignments.
///
/// ```python
/// x = 1                             x: int = 1
/// __annotations__['x'] = int  →
/// ```
pub fn restore_annotations(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.kind != super::draft::Kind::Function {
        restore(draft.unit, &mut draft.suite);
    }
    Ok(())
}

/// Turns the stores into `__annotations__` back into annotated assignments.
fn restore(unit: &Unit<'_>, suite: &mut Suite) {
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

/// The name that `__annotations__['name'] = …` annotates.
fn annotated(unit: &Unit<'_>, stmt: &Stmt) -> Option<Expr> {
    let StmtKind::Assign { targets, .. } = &stmt.kind else { return None };
    let [Expr { kind: ExprKind::Subscript { value, slice }, line }] = &targets[..] else { return None };
    match &value.kind {
        ExprKind::Name(name) if name == "__annotations__" => {
            // A key that is no name was no annotation.
            let name = unit.private.spelled(text(slice)?);
            let is_name = name.to_str().is_some_and(is_identifier);
            is_name.then(|| Expr::at(ExprKind::Name(name), *line))
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
