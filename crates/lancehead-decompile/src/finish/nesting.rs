//! Statements go into the suites that their columns tell.
//!
//! Behind an arm or a clause that never ends, an `else` makes no difference to what is done, and `if __debug__` is dropped where
//! it holds: the bytecode does not tell of either, but its columns do.

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind, Suite};

use super::draft::Draft;
use crate::code::columns::Columns;
use crate::code::failure::Outcome;
use crate::code::unit::Unit;
use crate::tree::query::cannot_fall_through;
use crate::tree::query::last_line;
use crate::tree::visit::suites_mut;

/// Moves statements into the suites that their columns tell.
///
/// ```python
/// if a:               if a:
///     return 1            return 1
/// f()           →     else:
///                         f()
/// ```
pub fn nest_by_columns(draft: &mut Draft<'_>) -> Outcome<()> {
    if restore(draft.unit, &mut draft.suite) {
        super::exit_copies::merge_exit_copies(draft)?;
        super::elif::join_elif(draft)?;
    }
    Ok(())
}

/// Nests the statements of a unit. Tells whether any was moved.
fn restore(unit: &Unit<'_>, suite: &mut Suite) -> bool {
    let mut moved = false;
    if unit.dialect.has_columns {
        move_behind(unit, suite, &mut moved);
        let tests = if unit.keeps_lines { constant_tests(unit) } else { Vec::new() };
        for hint in tests {
            wrap(unit.columns(), &hint, suite);
        }
    }
    moved
}

/// Moves what stands deeper than the statement before it into the `else` of that.
fn move_behind(unit: &Unit<'_>, suite: &mut Suite, any: &mut bool) {
    for at in (0..suite.len()).rev() {
        suites_mut(&mut suite[at], &mut |inner| move_behind(unit, inner, any));
        // Columns are read only where they decide something.
        if at + 1 == suite.len() || orelse(&mut suite[at]).is_none() {
            continue;
        }
        let columns = unit.columns();
        let Some(column) = inner_column(columns, &suite[at]) else { continue };
        let deeper = |stmt: &&Stmt| columns.of_statement(stmt).is_some_and(|other| other >= column);
        let count = suite[at + 1..].iter().take_while(deeper).count();
        *any |= count > 0;
        let moved: Suite = suite.drain(at + 1..at + 1 + count).collect();
        if let Some(orelse) = orelse(&mut suite[at]) {
            *orelse = moved;
        }
    }
}

/// The missing `else` of a statement behind which control only goes on where one would start.
fn orelse(stmt: &mut Stmt) -> Option<&mut Suite> {
    match &mut stmt.kind {
        StmtKind::If { body, orelse, .. } if orelse.is_empty() && cannot_fall_through(body) => Some(orelse),
        StmtKind::Try { handlers, orelse, finalbody, .. }
            if orelse.is_empty()
                && finalbody.is_empty()
                && !handlers.is_empty()
                && handlers.iter().all(|handler| cannot_fall_through(&handler.body)) =>
        {
            Some(orelse)
        }
        _ => None,
    }
}

/// The column of the suites within a statement.
fn inner_column(columns: &Columns, stmt: &Stmt) -> Option<u32> {
    match &stmt.kind {
        StmtKind::If { body, .. } | StmtKind::Try { body, .. } => {
            // What stands on the line of the statement itself tells nothing.
            let below = body.first().filter(|first| first.line > stmt.line);
            let column = below.and_then(|_| columns.of_suite(body));
            column.or_else(|| columns.of_statement(stmt).map(|column| column + 1))
        }
        _ => None,
    }
}

/// The test of an `if` that the compiler knew to hold.
struct Known {
    line: u32,
    /// The column of the `if`.
    column: u32,
    /// The last line of its body, where that is told.
    end: Option<u32>,
}

/// The tests that have left nothing but a line.
fn constant_tests(unit: &Unit<'_>) -> Vec<Known> {
    let columns = unit.columns();
    let known = |(offset, _): (u32, u32)| {
        let position = columns.position(offset)?;
        let (line, end, col) = (position.line?, position.end_line?, position.col?);
        if columns.spans_statements() {
            return (end > line).then_some(Known { line, column: col, end: Some(end) });
        }
        let is_debug = line == end && position.end_col? == col + "__debug__".len() as u32;
        let column = col.checked_sub("if ".len() as u32).filter(|_| is_debug)?;
        Some(Known { line, column, end: None })
    };
    unit.idle_offsets().into_iter().filter_map(known).collect()
}

/// Puts the `if` around the statements that stood in it.
fn wrap(columns: &Columns, known: &Known, suite: &mut Suite) {
    let at = suite.iter().position(|stmt| stmt.line > known.line).unwrap_or(suite.len());
    if let Some(before) = at.checked_sub(1) {
        // What stands on the line itself is no `if` of this kind.
        if suite[before].line == known.line {
            return;
        }
        let mut found = None;
        let mut number = 0;
        suites_mut(&mut suite[before], &mut |inner| {
            if found.is_none() && last_line(inner) > known.line {
                found = Some(number);
            }
            number += 1;
        });
        if let Some(found) = found {
            let mut number = 0;
            suites_mut(&mut suite[before], &mut |inner| {
                if number == found {
                    wrap(columns, known, inner);
                }
                number += 1;
            });
            return;
        }
    }
    let inside = |stmt: &&Stmt| match known.end {
        Some(end) => stmt.line <= end,
        None => columns.of_statement(stmt).is_none_or(|column| column > known.column),
    };
    let count = suite[at..].iter().take_while(inside).count();
    let is_told = |stmt: &Stmt| known.end.is_some() || columns.of_statement(stmt).is_some();
    if suite[at..at + count].iter().any(is_told) {
        let body: Suite = suite.drain(at..at + count).collect();
        // What `__debug__` was is not known: this holds either way.
        let test = Expr::at(ExprKind::Constant(Constant::Bool(true)), known.line);
        let kind = StmtKind::If { test, body, orelse: Suite::new() };
        suite.insert(at, Stmt::at(kind, known.line));
    }
}
