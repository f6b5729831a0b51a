//! Statements of which only the line is left.
//!
//! A string that stands alone, as documentation of what is before it perhaps, does nothing: the compiler keeps its line in a
//! `NOP` and forgets the rest. Where lines are kept, `pass` takes its place.

use lancehead_ast::{Stmt, StmtKind, Suite};
use lancehead_isa::Position;

use crate::annotate::suites_mut;
use crate::columns::Columns;
use crate::finish::last_line;
use crate::unit::Unit;
use crate::visit::{any_expr, suites_of};

/// Puts `pass` on the lines on which something stood that did nothing, unless what stands there is known.
pub fn restore(unit: &Unit<'_>, suite: &mut Suite) {
    if !unit.dialect.has_columns {
        return;
    }
    let columns = unit.columns();
    for (offset, next) in unit.idle_offsets() {
        let Some(place) = columns.position(offset) else { continue };
        let (Some(line), Some(column)) = (place.line, place.col) else { continue };
        // The items of a constant leave lines, too: they lie within what is loaded next.
        let is_part = columns.position(next).is_some_and(|next| spans(&next, line));
        if !is_part && !stands_on(suite, line) {
            put(columns, (line, column), suite);
        }
    }
}

/// Whether a place has a line in it, and not only at its end.
fn spans(place: &Position, line: u32) -> bool {
    place.line.zip(place.end_line).is_some_and(|(start, end)| (start..=end).contains(&line))
}

/// Whether anything in a suite is known to stand on a line.
fn stands_on(suite: &[Stmt], line: u32) -> bool {
    let mut found = false;
    let mut suites = vec![suite];
    while let Some(suite) = suites.pop() {
        for stmt in suite {
            found |= stmt.line == line;
            suites_of(stmt, &mut |inner| suites.push(inner));
        }
    }
    found || any_expr(suite, &mut |expr| expr.line == line)
}

/// Puts `pass` into the suite whose lines and columns are around it.
fn put(columns: &Columns, (line, column): (u32, u32), suite: &mut Suite) {
    let at = suite.iter().position(|stmt| stmt.line > line).unwrap_or(suite.len());
    let Some(before) = at.checked_sub(1).map(|before| &mut suite[before]) else {
        return suite.insert(0, Stmt::at(StmtKind::Pass, line));
    };
    let is_deeper = columns.of_statement(before).is_some_and(|before| before < column);
    let mut inside = None;
    let mut number = 0;
    suites_mut(before, &mut |inner| {
        let starts = inner.first().is_some_and(|first| first.line < line || last_line(inner) > line);
        if starts && (last_line(inner) > line && inside.is_none() || is_deeper) {
            inside = Some(number);
        }
        number += 1;
    });
    let Some(inside) = inside else { return suite.insert(at, Stmt::at(StmtKind::Pass, line)) };
    let mut number = 0;
    suites_mut(before, &mut |inner| {
        if number == inside {
            put(columns, (line, column), inner);
        }
        number += 1;
    });
}
