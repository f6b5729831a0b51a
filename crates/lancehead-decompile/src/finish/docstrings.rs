//! Docstrings, and the bodies that hold nothing else.

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind, Suite};
use lancehead_pyc::PyStr;

use super::class_members::assigned_name;
use super::draft::{Draft, Kind};
use crate::code::constants::text;
use crate::code::failure::Outcome;

/// Puts `pass` where a function had a body of which nothing is left: it has the line of the return after it.
///
/// ```python
/// def f():          def f():
///             →         pass
/// ```
pub fn restore_empty_body(draft: &mut Draft<'_>) -> Outcome<()> {
    // A docstring is a body too; then something else was there if the return has a line of its own.
    let has_line = || i64::from(draft.end_line) > i64::from(draft.unit.code.firstlineno);
    if draft.kind == Kind::Function
        && draft.suite.is_empty()
        && (draft.unit.docstring().is_none() || has_line())
    {
        draft.suite.push(Stmt::at(StmtKind::Pass, draft.end_line));
    }
    Ok(())
}

/// Writes the docstring: the first constant of a function, an assignment in a module or class.
///
/// ```python
/// class C:                        class C:
///     __doc__ = 'Says why.'  →        """Says why."""
///     x = 1                           x = 1
/// ```
pub fn restore_docstring(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.kind == Kind::Function {
        draft.start.extend(draft.unit.docstring().map(docstring));
        return Ok(());
    }
    let last_line = draft.unit.last_line();
    let is_bare = |suite: &Suite| draft.kind == Kind::Class && suite.is_empty();
    if let Some((text, line)) = take_docstring(&mut draft.suite) {
        draft.start.push(Stmt { line, ..docstring(text) });
        // What follows the docstring alone would have its line.
        if is_bare(&draft.suite) && last_line > line {
            draft.suite.push(Stmt::at(StmtKind::Pass, last_line));
        }
    } else if is_bare(&draft.suite) {
        draft.suite.push(Stmt::at(StmtKind::Pass, last_line));
    }
    Ok(())
}

fn docstring(text: PyStr) -> Stmt {
    Stmt::new(StmtKind::Expr(Expr::new(ExprKind::Constant(Constant::Str(text)))))
}

/// The docstring of a module or class is an assignment to `__doc__` at its start.
fn take_docstring(suite: &mut Suite) -> Option<(PyStr, u32)> {
    let first = suite.first()?;
    let text = match assigned_name(first) {
        Some((name, value)) if name == "__doc__" => (text(value)?.clone(), first.line),
        _ => return None,
    };
    suite.remove(0);
    Some(text)
}
