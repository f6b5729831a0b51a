//! The returns that the compiler adds, and those that it copies.

use lancehead_ast::{Constant, ExceptHandler, Expr, ExprKind, Stmt, StmtKind, Suite};

use super::draft::{Draft, Kind};
use lancehead_pyc::co_flags;

use crate::code::dialect::Dialect;
use crate::code::failure::Outcome;
use crate::tree::query::last_line;
use crate::tree::visit::suites_mut;

/// Drops what falling off the end says too.
///
/// ```python
/// def f(a):               def f(a):
///     if a:                   if a:
///         g()       →             g()
///     return None
/// ```
pub fn drop_implied_returns(draft: &mut Draft<'_>) -> Outcome<()> {
    let dialect = &draft.unit.dialect;
    draft.end_line = draft.suite.last().map_or(0, |last| last.line);
    match draft.kind {
        Kind::Module => take_returns(&mut draft.suite, dialect),
        Kind::Class => _ = draft.suite.pop_if(|last| matches!(last.kind, StmtKind::Return(_))),
        Kind::Function => take_implied_returns(&mut draft.suite, dialect),
    }
    Ok(())
}

/// Writes `return` for `return None` in an asynchronous generator, which may not return a value.
///
/// ```python
/// async def f():          async def f():
///     yield 1                 yield 1
///     if a:         →         if a:
///         return None             return
/// ```
pub fn bare_returns_of_generators(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.kind == Kind::Function && draft.unit.code.flags & co_flags::ASYNC_GENERATOR != 0 {
        bare_returns(&mut draft.suite);
    }
    Ok(())
}

fn is_none(value: &Option<Expr>) -> bool {
    value.as_ref().is_none_or(|v| matches!(v.kind, ExprKind::Constant(Constant::None)))
}

/// Drops the `return None` that the compiler adds at the end of a function, and others that falling off the end says too.
/// What the compiler adds has the line of the statement before it; a `return` with a line of its own was written.
fn take_implied_returns(suite: &mut Suite, dialect: &Dialect) {
    if let [before @ .., Stmt { kind: StmtKind::Return(value), line }] = &mut suite[..]
        && is_none(value)
        && *line > 0
        && !before.is_empty()
        && *line > last_line(before)
    {
        *value = None;
        return;
    }
    take_returns(suite, dialect);
}

/// Drops the `return None` at the ends of a function: falling off the end does the same.
fn take_returns(suite: &mut Suite, dialect: &Dialect) {
    drop_returns(suite, dialect, dialect.copies_exits);
}

/// [`take_returns`]; `told` says that the line of a `return` tells whether it was written.
fn drop_returns(suite: &mut Suite, dialect: &Dialect, told: bool) {
    while let Some((last, before)) = suite.split_last_mut() {
        match &mut last.kind {
            // The structurer says no more than this where a `return` is known to have been written.
            StmtKind::Return(None) if told => break,
            StmtKind::Return(value) if is_none(value) => {
                // One behind all that is before it was written.
                if told && !before.is_empty() && last.line > last_line(before) {
                    *value = None;
                    break;
                }
                suite.pop();
                continue;
            }
            StmtKind::If { body, orelse, .. } => {
                let written = told && is_written(orelse, body);
                drop_returns_in(body, dialect, told);
                if !written {
                    drop_returns(orelse, dialect, told);
                }
            }
            StmtKind::With { body, .. } if !dialect.tells_returns_apart => {
                drop_returns_in(body, dialect, told)
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. }
                if !dialect.returns_unwind && (finalbody.is_empty() || !dialect.tells_returns_apart) =>
            {
                // A constant is returned after the `finally`, just as what follows it is. One in the `finally` itself
                // would swallow exceptions.
                let told = told && finalbody.is_empty();
                if orelse.is_empty() {
                    drop_returns_in(body, dialect, told);
                }
                drop_returns(orelse, dialect, told);
                // Leaving a clause that binds a name may look different, too.
                let alike = |h: &&mut ExceptHandler| h.name.is_none() || !dialect.tells_returns_apart;
                for handler in handlers.iter_mut().filter(alike) {
                    drop_returns_in(&mut handler.body, dialect, told);
                    // The return stands behind the `finally`.
                    if let ([Stmt { kind: StmtKind::Pass, line }], false) =
                        (&mut handler.body[..], finalbody.is_empty())
                        && dialect.exact_scopes
                    {
                        *line = 0;
                    }
                }
            }
            StmtKind::For { orelse, .. } | StmtKind::While { orelse, .. } if !dialect.tells_returns_apart => {
                drop_returns(orelse, dialect, told);
            }
            StmtKind::Match { cases, .. } => {
                cases.iter_mut().for_each(|c| drop_returns_in(&mut c.body, dialect, told))
            }
            _ => {}
        }
        break;
    }
}

/// Whether an `else` that does nothing but return stands on a line of its own.
fn is_written(orelse: &[Stmt], body: &[Stmt]) -> bool {
    matches!(orelse, [Stmt { kind: StmtKind::Return(_), line }] if *line > last_line(body))
}

/// [`drop_returns`] in a suite that must not become empty: there `pass` stood, with the line of the return.
fn drop_returns_in(suite: &mut Suite, dialect: &Dialect, told: bool) {
    let line = suite.last().map_or(0, |last| last.line);
    drop_returns(suite, dialect, told);
    if suite.is_empty() {
        suite.push(Stmt::at(StmtKind::Pass, line));
    }
}

/// An asynchronous generator may return, but not a value, not even None.
fn bare_returns(suite: &mut Suite) {
    for stmt in suite {
        match &mut stmt.kind {
            StmtKind::Return(value) if is_none(value) => *value = None,
            _ => suites_mut(stmt, &mut bare_returns),
        }
    }
}
