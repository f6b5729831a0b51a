//! Ways out of a function that the compiler copied are written once.
//!
//! Since 3.10 a short way out that several ways lead to is copied to the end of each (`inline_small_or_no_lineno_blocks` in
//! `Python/flowgraph.c`), so that the statement behind an `if` seems to stand in both its arms. The copies have the line
//! of the original; two statements that were written twice have lines of their own.

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind, Suite};

use super::draft::Draft;
use crate::code::failure::Outcome;
use crate::tree::query::cannot_fall_through;
use crate::tree::query::last_line;
use crate::tree::visit::suites_mut;

/// Drops the copies of the implied `return None` at the ends of arms.
///
/// ```python
/// if a:               if a:
///     f()                 f()
///     return    →     else:
/// else:                   g()
///     g()
/// ```
pub fn drop_fall_off_copies(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.has_exit_copies() {
        fall_off(&mut draft.suite);
    }
    Ok(())
}

/// Writes exits once that the compiler may have copied into several arms.
///
/// ```python
/// if a:               if a:
///     f()                 f()
///     return 1  →     return 1
/// return 1
/// ```
pub fn merge_exit_copies(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.has_exit_copies() {
        merge(&mut draft.suite);
    }
    Ok(())
}

/// Puts the copies of a `return` or `raise` behind the statement whose arms they end.
fn merge(suite: &mut Suite) {
    for stmt in suite.iter_mut() {
        suites_mut(stmt, &mut merge);
    }
    hoist(suite);
    drop_before(suite);
    while let Some(at) = find_copy(suite) {
        let rest: Suite = suite.drain(at + 1..suite.len() - 1).collect();
        let Some(Stmt { kind: StmtKind::If { body, orelse, .. }, .. }) = suite.get_mut(at) else { return };
        body.pop();
        *orelse = rest;
    }
}

/// The statement before the last ends as that does: falling off its end does the same.
fn drop_before(suite: &mut Suite) {
    if let [.., before, exit] = &mut suite[..] {
        drop_in_arms(before, exit);
    }
}

/// Drops the copies of a way out at the ends of the arms of a statement, and of what those end with.
fn drop_in_arms(stmt: &mut Stmt, exit: &Stmt) {
    let arms: [Option<&mut Suite>; 2] = match &mut stmt.kind {
        StmtKind::If { body, orelse, .. } => [Some(body), Some(orelse)],
        // What a loop or a `try` ends with is its `else`.
        StmtKind::For { orelse, .. } | StmtKind::While { orelse, .. } => [Some(orelse), None],
        StmtKind::Try { orelse, finalbody, .. } if finalbody.is_empty() => [Some(orelse), None],
        _ => return,
    };
    for arm in arms.into_iter().flatten() {
        match &mut arm[..] {
            [_, .., last] if is_copy(last, exit) => {
                arm.pop();
            }
            [.., last] => drop_in_arms(last, exit),
            [] => {}
        }
    }
}

/// Several arms of the last statement end alike, or one with what stands behind all of them; and none falls off its end.
fn hoist(suite: &mut Suite) {
    let Some(Stmt { kind: StmtKind::If { body, orelse, .. }, .. }) = suite.last() else { return };
    let [_, .., exit] = &body[..] else { return };
    let exit = match exit.kind {
        StmtKind::Return(_) | StmtKind::Raise { .. }
            if copies_at_end(orelse, exit)
                .is_some_and(|count| count > 0 || exit.line > 0 && exit.line > last_line(orelse)) =>
        {
            exit.clone()
        }
        _ => return,
    };
    if let Some(last) = suite.last_mut() {
        drop_in_arms(last, &exit);
    }
    suite.push(exit);
}

/// How many arms of an `else` end with copies of a way out; `None` where control falls off its end.
fn copies_at_end(suite: &[Stmt], exit: &Stmt) -> Option<usize> {
    let (last, before) = suite.split_last()?;
    match &last.kind {
        StmtKind::If { body, orelse, .. } => Some(copies_at_end(body, exit)? + copies_at_end(orelse, exit)?),
        _ if is_copy(last, exit) && !before.is_empty() => Some(1),
        _ => cannot_fall_through(suite).then_some(0),
    }
}

/// The last `if` without `else` whose arm does something and ends as the suite does, and behind which something more is
/// done.
fn find_copy(suite: &Suite) -> Option<usize> {
    let (exit, before) = suite.split_last()?;
    before[..before.len().saturating_sub(1)].iter().rposition(|stmt| match &stmt.kind {
        StmtKind::If { body, orelse, .. } if orelse.is_empty() => {
            matches!(&body[..], [_, .., last] if is_copy(last, exit))
        }
        _ => false,
    })
}

/// Gives the `if` whose arm returns where falling off the end of the function would do, and whose `return` has no line of its
/// own, what follows it for an `else`.
fn fall_off(suite: &mut Suite) {
    let returns = |stmt: &Stmt| match &stmt.kind {
        StmtKind::If { body, orelse, .. } => orelse.is_empty() && ends_by_implied_return(body),
        _ => false,
    };
    let Some(at) = suite.iter().position(returns).filter(|at| at + 1 < suite.len()) else {
        return fall_off_within(suite);
    };
    let rest = suite.split_off(at + 1);
    // Each level of a long chain would keep room for all that comes below it.
    suite.shrink_to_fit();
    if let Some(Stmt { kind: StmtKind::If { orelse, .. }, .. }) = suite.last_mut() {
        *orelse = rest;
        fall_off(orelse);
    }
}

/// [`fall_off`] in the suites behind whose ends the function ends, too.
fn fall_off_within(suite: &mut Suite) {
    match suite.last_mut().map(|last| &mut last.kind) {
        Some(StmtKind::If { body, orelse, .. }) => {
            fall_off(body);
            fall_off(orelse);
        }
        Some(StmtKind::With { body, .. }) => fall_off(body),
        Some(StmtKind::Try { body, handlers, orelse, finalbody, .. }) if finalbody.is_empty() => {
            fall_off(if orelse.is_empty() { body } else { orelse });
            handlers.iter_mut().for_each(|handler| fall_off(&mut handler.body));
        }
        _ => {}
    }
}

/// Whether a suite never ends but by a `return None` that has the line of what is before it.
fn ends_by_implied_return(suite: &[Stmt]) -> bool {
    let Some((last, before)) = suite.split_last() else { return false };
    match &last.kind {
        StmtKind::Return(_) => !before.is_empty() && is_implied(last, last_line(before)),
        StmtKind::Try { body, orelse, finalbody, handlers, .. } => {
            let suite = if orelse.is_empty() { body } else { orelse };
            finalbody.is_empty()
                && handlers.iter().all(|handler| cannot_fall_through(&handler.body))
                && ends_by_implied_return(suite)
        }
        StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } => {
            matches!(&orelse[..], [only] if is_implied(only, last_line(body)))
        }
        _ => false,
    }
}

fn is_implied(stmt: &Stmt, last: u32) -> bool {
    let none = |v: &Expr| matches!(v.kind, ExprKind::Constant(Constant::None));
    matches!(&stmt.kind, StmtKind::Return(value) if value.as_ref().is_none_or(none)) && stmt.line <= last
}

fn is_copy(a: &Stmt, b: &Stmt) -> bool {
    matches!(a.kind, StmtKind::Return(_) | StmtKind::Raise { .. }) && a.line > 0 && a == b
}

#[cfg(test)]
mod tests {
    use lancehead_ast::parse_module;
    use lancehead_pyc::Version;

    use super::*;

    /// A suite, with each `return` on the line that its value names.
    fn suite(source: &str) -> Suite {
        fn renumber(suite: &mut Suite) {
            for stmt in suite {
                suites_mut(stmt, &mut renumber);
                if let StmtKind::Return(Some(value)) = &mut stmt.kind {
                    value.line = 7;
                    stmt.line = 7;
                }
            }
        }
        let mut suite = parse_module(source, Version::Py312).unwrap().body;
        renumber(&mut suite);
        suite
    }

    fn kinds(suite: &Suite) -> Vec<&'static str> {
        let kind = |stmt: &Stmt| match &stmt.kind {
            StmtKind::If { orelse, .. } if orelse.is_empty() => "if",
            StmtKind::If { .. } => "if else",
            StmtKind::Return(_) => "return",
            _ => "other",
        };
        suite.iter().map(kind).collect()
    }

    #[test]
    fn what_follows_becomes_the_other_arm() {
        let mut copied = suite("if a:\n  b()\n  return r\nc()\nreturn r\n");
        merge(&mut copied);
        assert_eq!(kinds(&copied), ["if else", "return"]);
    }

    #[test]
    fn both_arms() {
        let mut copied = suite("if a:\n  b()\n  return r\nelse:\n  c()\n  return r\n");
        merge(&mut copied);
        assert_eq!(kinds(&copied), ["if else", "return"]);
    }

    #[test]
    fn written_twice() {
        let mut twice = suite("if a:\n  b()\n  return r\nc()\nreturn r\n");
        twice[2].line = 8;
        merge(&mut twice);
        assert_eq!(kinds(&twice), ["if", "other", "return"]);
    }
}
