//! `elif` where an `else` had no line to stand on.
//!
//! An arm that never ends needs no `else` behind it, so that the structurer writes `if a: return x` and what follows. Within
//! an `else` that makes a suite of an `if` and more, which only an `else:` on a line of its own can introduce. Neither
//! can two `if`s stand on one line: they are one, with both conditions.

use lancehead_ast::{BoolOp, Constant, Expr, ExprKind, Stmt, StmtKind, Suite};

use super::draft::Draft;
use crate::code::failure::Outcome;
use crate::tree::query::cannot_fall_through;
use crate::tree::query::last_line;
use crate::tree::visit::suites_mut;

/// Joins `else: if` to `elif`, and two conditions to one where there was no room for two statements.
///
/// ```python
/// if a:               if a:
///     f()                 f()
/// else:         →     elif b:
///     if b:               g()
///         g()
/// ```
pub fn join_elif(draft: &mut Draft<'_>) -> Outcome<()> {
    join(&mut draft.suite);
    Ok(())
}

/// Makes what follows an arm that never ends its `else`, where the `if` itself must have been an `elif`.
pub fn join(suite: &mut Suite) {
    for stmt in suite {
        both_conditions(stmt);
        if let StmtKind::If { body, orelse, .. } = &mut stmt.kind
            && orelse.len() > 1
            && has_no_room(body, &orelse[0])
        {
            let rest = orelse.split_off(1);
            orelse.shrink_to_fit();
            if let Some(Stmt { kind: StmtKind::If { orelse: inner, .. }, .. }) = orelse.first_mut() {
                *inner = rest;
            }
        }
        suites_mut(stmt, &mut join);
    }
}

/// Makes one of two `if`s on one line, the second of which is all that the first holds.
fn both_conditions(stmt: &mut Stmt) {
    let line = stmt.line;
    while let StmtKind::If { test, body, orelse } = &mut stmt.kind {
        let joins = |inner: &Stmt| {
            matches!(&inner.kind, StmtKind::If { orelse, .. } if orelse.is_empty()) && inner.line == line
        };
        if line == 0 || !orelse.is_empty() || body.len() != 1 || !body.iter().all(joins) {
            return;
        }
        let Some(StmtKind::If { test: second, body: inner, .. }) = body.pop().map(|inner| inner.kind) else {
            return;
        };
        *body = inner;
        *test = and(std::mem::replace(test, Expr::new(ExprKind::Constant(Constant::None))), second);
    }
}

fn and(first: Expr, second: Expr) -> Expr {
    let line = first.line;
    let mut values = match first.kind {
        ExprKind::BoolOp { op: BoolOp::And, values } => values,
        kind => vec![Expr { kind, ..first }],
    };
    match second.kind {
        ExprKind::BoolOp { op: BoolOp::And, values: more } => values.extend(more),
        kind => values.push(Expr { kind, ..second }),
    }
    Expr::at(ExprKind::BoolOp { op: BoolOp::And, values }, line)
}

/// Whether the `if` that an `else` starts with stands on the line behind the other arm, and never ends.
fn has_no_room(body: &[Stmt], first: &Stmt) -> bool {
    match &first.kind {
        StmtKind::If { body: arm, orelse, .. } if orelse.is_empty() => {
            let end = last_line(body);
            first.line > 0 && end > 0 && first.line <= end + 1 && cannot_fall_through(arm)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use lancehead_ast::parse_module;
    use lancehead_pyc::Version;

    use super::*;

    fn joined(source: &str) -> usize {
        let mut suite = parse_module(source, Version::Py312).unwrap().body;
        join(&mut suite);
        match &suite[0].kind {
            StmtKind::If { orelse, .. } => orelse.len(),
            _ => 0,
        }
    }

    #[test]
    fn two_conditions_on_one_line() {
        let mut suite = parse_module("if a:\n  if b:\n    c()\n", Version::Py312).unwrap().body;
        join(&mut suite);
        assert!(
            matches!(&suite[0].kind, StmtKind::If { test, .. } if matches!(test.kind, ExprKind::Name(_)))
        );
        if let StmtKind::If { body, .. } = &mut suite[0].kind {
            body[0].line = 1;
        }
        join(&mut suite);
        assert!(matches!(&suite[0].kind, StmtKind::If { test, body, .. }
            if matches!(&test.kind, ExprKind::BoolOp { values, .. } if values.len() == 2) && body.len() == 1));
    }

    #[test]
    fn a_line_for_else() {
        assert_eq!(joined("if a:\n  b()\nelse:\n  if c:\n    raise d\n  e()\n"), 2);
    }

    #[test]
    fn no_line_for_else() {
        let mut suite =
            parse_module("if a:\n  b()\nelse:\n  if c:\n    raise d\n  e()\n", Version::Py312).unwrap().body;
        if let StmtKind::If { orelse, .. } = &mut suite[0].kind {
            orelse[0].line = 3;
        }
        join(&mut suite);
        assert!(matches!(&suite[0].kind, StmtKind::If { orelse, .. } if orelse.len() == 1));
    }
}
