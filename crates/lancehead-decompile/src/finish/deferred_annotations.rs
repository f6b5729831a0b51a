//! Annotations of variables that are evaluated when asked for (PEP 649, PEP 749; 3.14).
//!
//! A module or class with annotated variables has a function that builds the dictionary of annotations. What is left of
//! an annotated assignment is the assignment. Where an annotation may not be reached (in a module always), a number is
//! added to the set `__conditional_annotations__` in its place, and the function looks whether that number is there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lancehead_ast::{CmpOp, Expr, ExprKind, Stmt, StmtKind, Suite, is_identifier};
use lancehead_pyc::{CodeIndex, PyStr};

use super::annotations::take_value;
use super::draft::Draft;
use crate::code::constants::text;
use crate::code::failure::{Failure, Outcome};
use crate::code::unit::Unit;
use crate::tree::annotation_marker::{REACHED, marked, number};
use crate::tree::build::dead;
use crate::tree::query::is_name;
use crate::tree::visit::suites_mut;

/// Puts the annotations that `__annotate__` evaluates back where they were written.
///
/// ```python
/// class C:                            class C:
///     x = 1                     →         x: int = 1
///     __annotate__ = <{'x': int}>
/// ```
pub fn restore_deferred_annotations(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.kind != super::draft::Kind::Function {
        restore(draft.unit, &mut draft.suite)?;
    }
    Ok(())
}

/// One annotated variable.
#[derive(Debug)]
struct Annotation {
    /// Its number, if it may not be reached.
    number: Option<u32>,
    name: PyStr,
    annotation: Expr,
}

impl Annotation {
    fn target(&self) -> Expr {
        Expr::at(ExprKind::Name(self.name.clone()), self.annotation.line)
    }

    fn with_value(&self, value: Option<Expr>) -> StmtKind {
        let (target, annotation) = (self.target(), self.annotation.clone());
        StmtKind::AnnAssign { target, annotation, value, simple: true }
    }
}

fn failure<T>(what: &'static str) -> Outcome<T> {
    Err(Failure::Expression { what, offset: 0 })
}

/// The annotated variables that the `__annotate__` of a module or class knows.
fn annotated_variables(unit: &Unit<'_>, annotate: CodeIndex) -> Outcome<Vec<Annotation>> {
    let mut found = Vec::new();
    for stmt in unit.nested.evaluated(annotate)? {
        match stmt.kind {
            StmtKind::If { test, body, orelse } if orelse.is_empty() => {
                let Some(number) = tested_number(&test) else {
                    return failure("annotations under an unknown condition");
                };
                for stmt in body {
                    found.extend(entry(stmt, Some(number))?);
                }
            }
            _ => found.extend(entry(stmt, None)?),
        }
    }
    found.iter_mut().for_each(|found| found.name = unit.private.spelled(&found.name));
    Ok(found)
}

/// The number in `number in __conditional_annotations__`.
fn tested_number(test: &Expr) -> Option<u32> {
    let ExprKind::Compare { left, ops, comparators } = &test.kind else { return None };
    match &comparators[..] {
        [set] if is_name(set, REACHED) && ops[..] == [CmpOp::In] => number(left),
        _ => None,
    }
}

/// Whether a key can be a variable.
fn is_variable(key: &&PyStr) -> bool {
    key.to_str().is_some_and(is_identifier)
}

/// The annotation that `{}['name'] = annotation` adds; none for the `return {}` at the end.
fn entry(stmt: Stmt, number: Option<u32>) -> Outcome<Option<Annotation>> {
    match stmt.kind {
        StmtKind::Return(Some(Expr { kind: ExprKind::Dict { keys, .. }, .. })) if keys.is_empty() => Ok(None),
        StmtKind::Assign { targets, value: annotation } => match &targets[..] {
            [Expr { kind: ExprKind::Subscript { slice, .. }, .. }] => {
                match text(slice).filter(is_variable).cloned() {
                    Some(name) => Ok(Some(Annotation { number, name, annotation })),
                    None => failure("an annotation without a name"),
                }
            }
            _ => failure("annotations of an unknown form"),
        },
        _ => failure("annotations of an unknown form"),
    }
}

/// Puts the annotations of a module or class back where they were written.
fn restore(unit: &Unit<'_>, suite: &mut Suite) -> Outcome<()> {
    // The set is made for annotations that are stored as text too, which do not use it.
    if unit.dialect.deferred_annotations
        && let Some(at) = suite.iter().position(makes_set)
    {
        suite.remove(at);
    }
    let Some(annotate) = unit.hidden.annotate() else { return Ok(()) };
    let annotations = annotated_variables(unit, annotate)?;
    let known = annotations.iter().filter_map(|a| Some((a.number?, a))).collect();
    let mut reached = BTreeSet::new();
    let statements = replace_markers(std::mem::take(suite), &known, &mut reached)?;
    *suite = place(&annotations, &reached, statements);
    Ok(())
}

/// `__conditional_annotations__ = set()`.
fn makes_set(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Assign { targets, value } => {
            matches!(&targets[..], [target] if is_name(target, REACHED))
                && matches!(&value.kind, ExprKind::Set(items) if items.is_empty())
        }
        _ => false,
    }
}

/// A statement, and the highest number of an annotation in it.
type Numbered = (Stmt, Option<u32>);

/// Replaces the markers in a suite by annotated assignments; takes note of their numbers.
fn replace_markers(
    suite: Suite,
    known: &BTreeMap<u32, &Annotation>,
    reached: &mut BTreeSet<u32>,
) -> Outcome<VecDeque<Numbered>> {
    let mut result: Suite = Vec::with_capacity(suite.len());
    let mut highest: Vec<Option<u32>> = Vec::with_capacity(suite.len());
    for mut stmt in suite {
        let mut high = marked(&stmt);
        if let Some(number) = high {
            let Some(annotation) = known.get(&number) else { return failure("an unknown annotation") };
            let value = take_value(&mut result, &annotation.target());
            highest.truncate(result.len());
            stmt.kind = annotation.with_value(value);
            reached.insert(number);
        }
        let mut outcome = Ok(());
        suites_mut(&mut stmt, &mut |inner| match replace_markers(std::mem::take(inner), known, reached) {
            Ok(placed) => {
                high = high.max(placed.iter().filter_map(|(_, number)| *number).max());
                inner.extend(placed.into_iter().map(|(stmt, _)| stmt));
            }
            Err(failure) => outcome = Err(failure),
        });
        outcome?;
        result.push(stmt);
        highest.push(high);
    }
    Ok(result.into_iter().zip(highest).collect())
}

/// Places the annotations that no marker places, in order: with the assignment to the name, or by their lines.
fn place(annotations: &[Annotation], reached: &BTreeSet<u32>, mut rest: VecDeque<Numbered>) -> Suite {
    let mut result = Suite::with_capacity(rest.len());
    let mut highest = None;
    for annotation in annotations {
        if let Some(number) = annotation.number.filter(|number| reached.contains(number)) {
            while highest < Some(number)
                && let Some((stmt, number)) = rest.pop_front()
            {
                highest = highest.max(number);
                result.push(stmt);
            }
            continue;
        }
        let (before, found) = find(annotation, &rest);
        result.extend(rest.drain(..before).map(|(stmt, _)| stmt));
        let line = annotation.annotation.line;
        if annotation.number.is_some() {
            // Its marker was never reached: the compiler dropped the code around it.
            result.push(dead(annotation.with_value(None)));
        } else if found {
            result.extend(rest.pop_front().map(|(stmt, _)| annotated(stmt, annotation)));
        } else {
            result.push(Stmt::at(annotation.with_value(None), line));
        }
    }
    result.extend(rest.into_iter().map(|(stmt, _)| stmt));
    result
}

/// How many statements come before an annotated variable, and whether its assignment follows them.
fn find(annotation: &Annotation, rest: &VecDeque<Numbered>) -> (usize, bool) {
    let line = annotation.annotation.line;
    for (at, (stmt, number)) in rest.iter().enumerate() {
        if number.is_some() {
            return (at, false);
        }
        if annotation.number.is_none() && assigns(stmt, annotation) {
            return (at, true);
        }
        if line != 0 && stmt.line > line {
            return (at, false);
        }
    }
    (if line == 0 { 0 } else { rest.len() }, false)
}

/// Whether a statement is the assignment that an annotation may have stood in.
fn assigns(stmt: &Stmt, annotation: &Annotation) -> bool {
    let StmtKind::Assign { targets, .. } = &stmt.kind else { return false };
    let line = annotation.annotation.line;
    match &targets[..] {
        [Expr { kind: ExprKind::Name(name), line: at }] => {
            *name == annotation.name && (line == 0 || *at == 0 || *at <= line)
        }
        _ => false,
    }
}

/// The annotated assignment for an assignment.
fn annotated(stmt: Stmt, annotation: &Annotation) -> Stmt {
    match stmt.kind {
        StmtKind::Assign { value, .. } => Stmt { kind: annotation.with_value(Some(value)), line: stmt.line },
        kind => Stmt { kind, line: stmt.line },
    }
}
