//! Statements of which only the line is left.
//!
//! A string that stands alone, as documentation of what is before it perhaps, does nothing: the compiler keeps its line in a
//! `NOP` and forgets the rest. Where lines are kept, `pass` takes its place.

use lancehead_ast::{Stmt, StmtKind, Suite};
use lancehead_isa::Position;
use rustc_hash::FxHashSet;

use super::draft::Draft;
use crate::code::columns::Columns;
use crate::code::failure::Outcome;
use crate::code::unit::Unit;
use crate::tree::query::last_line;
use crate::tree::visit::suites_mut;
use crate::tree::visit::{any_expr, suites_of};

/// Puts `pass` on the lines of statements that did nothing, where lines are kept.
///
/// ```python
/// x = 1               x = 1
///               →     pass
/// y = 2               y = 2
/// ```
pub fn restore_pass_lines(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.unit.keeps_lines {
        restore(draft.unit, &mut draft.suite);
    }
    Ok(())
}

/// Where something stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    line: u32,
    column: u32,
}

/// Puts `pass` on the lines on which something stood that did nothing, unless what stands there is known.
fn restore(unit: &Unit<'_>, suite: &mut Suite) {
    let idle = unit.idle_offsets();
    if !unit.dialect.has_columns || idle.is_empty() {
        return;
    }
    let (columns, taken) = (unit.columns(), lines_of(suite));
    let stood = |(offset, next): (u32, u32)| {
        let place = columns.position(offset)?;
        let (line, column) = (place.line?, place.col?);
        // The items of a constant leave lines, too: they lie within what is loaded next.
        let is_part = columns.position(next).is_some_and(|next| spans(&next, line));
        (!is_part && !taken.contains(&line)).then_some(Place { line, column })
    };
    let mut places: Vec<Place> = idle.into_iter().filter_map(stood).collect();
    places.sort_unstable();
    places.dedup_by_key(|place| place.line);
    put(columns, &places, suite);
}

/// Whether a place has a line in it.
fn spans(place: &Position, line: u32) -> bool {
    place.line.zip(place.end_line).is_some_and(|(start, end)| (start..=end).contains(&line))
}

/// The lines on which anything in a suite is known to stand.
fn lines_of(suite: &[Stmt]) -> FxHashSet<u32> {
    let mut lines = FxHashSet::default();
    let mut suites = vec![suite];
    while let Some(suite) = suites.pop() {
        for stmt in suite {
            lines.insert(stmt.line);
            suites_of(stmt, &mut |inner| suites.push(inner));
        }
    }
    any_expr(suite, &mut |expr| {
        lines.insert(expr.line);
        false
    });
    lines
}

/// Puts `pass` at places, in order, into the suites whose lines and columns are around them.
fn put(columns: &Columns, mut places: &[Place], suite: &mut Suite) {
    if places.is_empty() {
        return;
    }
    let pass = |place: &Place| Stmt::at(StmtKind::Pass, place.line);
    let mut stmts = std::mem::take(suite).into_iter().peekable();
    while let Some(mut stmt) = stmts.next() {
        let before = places.partition_point(|place| place.line < stmt.line);
        suite.extend(places[..before].iter().map(pass));
        let next = stmts.peek().map_or(u32::MAX, |next| next.line.max(stmt.line));
        let behind = places.partition_point(|place| place.line < next).max(before);
        let rest = put_inside(columns, &places[before..behind], &mut stmt);
        suite.push(stmt);
        suite.extend(rest.iter().map(pass));
        places = &places[behind..];
    }
    suite.extend(places.iter().map(pass));
}

/// [`put`] for the suites in a statement. Gives the places that are behind all of them.
fn put_inside<'p>(columns: &Columns, mut places: &'p [Place], stmt: &mut Stmt) -> &'p [Place] {
    if places.is_empty() {
        return places;
    }
    let column = columns.of_statement(stmt);
    let mut suites = 0;
    suites_mut(stmt, &mut |inner| suites += usize::from(!inner.is_empty()));
    suites_mut(stmt, &mut |inner| {
        if inner.is_empty() {
            return;
        }
        suites -= 1;
        let end = last_line(inner);
        // What is deeper than the statement is at the end of its last suite.
        let is_in = |place: &Place| {
            place.line < end || suites == 0 && column.is_some_and(|column| column < place.column)
        };
        let count = places.iter().take_while(|place| is_in(place)).count();
        put(columns, &places[..count], inner);
        places = &places[count..];
    });
    places
}
