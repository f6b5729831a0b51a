//! What the compiler stores into a class for itself.

use lancehead_ast::{Expr, ExprKind, Stmt, StmtKind, Suite};
use lancehead_pyc::PyStr;

use super::draft::{Draft, Kind};
use crate::code::failure::Outcome;

/// Drops the stores of the compiler's own class members.
///
/// ```python
/// class C:                        class C:
///     __module__ = __name__           x = 1
///     __qualname__ = 'C'      →
///     x = 1
/// ```
pub fn drop_class_members(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.kind == Kind::Class {
        finish_class(&mut draft.suite);
    }
    Ok(())
}

/// What the compiler stores into a class at its start.
const CLASS_START: [&str; 4] = ["__module__", "__qualname__", "__firstlineno__", "__type_params__"];

/// What it stores at its end.
const CLASS_END: [&str; 3] = ["__classcell__", "__classdictcell__", "__static_attributes__"];

fn finish_class(suite: &mut Suite) {
    let is =
        |stmt: &Stmt, names: &[&str]| assigned_name(stmt).is_some_and(|(n, _)| names.iter().any(|m| n == m));
    // The source may store into one of the names again.
    let mut awaited = CLASS_START.to_vec();
    let mut is_start = |stmt: &&Stmt| match assigned_name(stmt) {
        Some((name, _)) => match awaited.iter().position(|awaited| name == awaited) {
            Some(at) => Some(awaited.remove(at)).is_some(),
            None => false,
        },
        None => false,
    };
    let start = suite.iter().take_while(|stmt| is_start(stmt)).count();
    suite.drain(..start);
    while suite.last().is_some_and(|s| is(s, &CLASS_END)) {
        suite.pop();
    }
}

/// The name that a statement assigns to, if it is the only target, and the value.
pub fn assigned_name(stmt: &Stmt) -> Option<(&PyStr, &Expr)> {
    match &stmt.kind {
        StmtKind::Assign { targets, value } => match &targets[..] {
            [Expr { kind: ExprKind::Name(name), .. }] => Some((name, value)),
            _ => None,
        },
        _ => None,
    }
}
