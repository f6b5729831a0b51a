//! `global` and `nonlocal` where there is room for them.
//!
//! They leave nothing in the bytecode, so that any place before the first use will do. At the start of a function whose
//! lines are kept they would push what follows from its line.

use lancehead_ast::{Identifier, Stmt, StmtKind, Suite};

use super::draft::{Draft, Kind};
use crate::code::failure::Outcome;
use crate::tree::bindings::Names;
use crate::tree::query::last_line;
use crate::tree::visit::suites_mut;
use crate::tree::visit::suites_of;

/// Writes `global` and `nonlocal` after what has to come first, and joins both with the rest.
///
/// ```python
/// def f():            def f():
///     x = 1     →         global x
///                         x = 1
/// ```
pub fn declare_names(draft: &mut Draft<'_>) -> Outcome<()> {
    let (unit, kind) = (draft.unit, draft.kind);
    let (global, nonlocal) = unit.names.declared();
    let spelled = |names: Vec<Identifier>| -> Vec<Identifier> {
        names.iter().map(|name| unit.private.spelled(name)).collect()
    };
    let has_room = !unit.keeps_lines || !draft.start.is_empty() || kind != Kind::Function;
    for (names, declares) in
        [(spelled(global), StmtKind::Global as fn(_) -> _), (spelled(nonlocal), StmtKind::Nonlocal)]
    {
        match names.is_empty() {
            true => {}
            false if has_room => draft.start.push(Stmt::new(declares(names))),
            false => place(&mut draft.suite, Stmt::new(declares(names))),
        }
    }
    let suite = std::mem::take(&mut draft.suite);
    draft.suite = std::mem::take(&mut draft.start);
    draft.suite.extend(suite);
    Ok(())
}

/// Puts a declaration of names on the line of the statement that uses one of them first; where that is no simple one, on
/// a free line before it or at the start.
fn place(suite: &mut Suite, declaration: Stmt) {
    let (StmtKind::Global(names) | StmtKind::Nonlocal(names)) = &declaration.kind else { return };
    let mut missing = Some(declaration.clone());
    put_before_use(suite, names, &mut missing);
    if let Some(declaration) = missing {
        suite.insert(0, declaration);
    }
}

/// Takes the declaration if the first statement that uses one of the names has room for it.
fn put_before_use(suite: &mut Suite, names: &[Identifier], declaration: &mut Option<Stmt>) {
    let Some(at) = suite.iter().position(|stmt| uses(stmt, names)) else { return };
    let stmt = &mut suite[at];
    let mut is_compound = false;
    let is_used = names.iter().any(|name| Names::of_statement(stmt).mention(name));
    let mut is_done = is_used;
    suites_mut(stmt, &mut |inner| {
        is_compound = true;
        if !is_done && inner.iter().any(|stmt| uses(stmt, names)) {
            put_before_use(inner, names, declaration);
            is_done = true;
        }
    });
    is_compound |= matches!(stmt.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_));
    let line = stmt.line;
    let has_line = || at > 0 && last_line(&suite[..at]) + 1 < line;
    if is_used && (!is_compound || has_line()) {
        suite.splice(at..at, declaration.take());
    }
}

/// Whether a statement, or one within it, uses one of some names.
fn uses(stmt: &Stmt, names: &[Identifier]) -> bool {
    let mut work = vec![stmt];
    while let Some(stmt) = work.pop() {
        let own = Names::of_statement(stmt);
        if names.iter().any(|name| own.mention(name)) {
            return true;
        }
        suites_of(stmt, &mut |suite| work.extend(suite));
    }
    false
}

#[cfg(test)]
mod tests {
    use lancehead_ast::{PrintOptions, parse_module, print_module};
    use lancehead_pyc::Version;

    use super::*;

    fn declared(source: &str) -> String {
        let mut module = parse_module(source, Version::Py312).unwrap();
        place(&mut module.body, Stmt::new(StmtKind::Global(vec!["x".into()])));
        print_module(&module, &PrintOptions::new(Version::Py312)).source
    }

    #[test]
    fn in_the_suite_that_uses_it() {
        assert_eq!(declared("if a:\n    b()\n    x = 1\n"), "if a:\n    b()\n    global x\n    x = 1\n");
    }

    #[test]
    fn at_the_start_where_a_test_uses_it() {
        assert_eq!(declared("a()\nif x:\n    x = 1\n"), "global x\na()\nif x:\n    x = 1\n");
    }

    #[test]
    fn before_all_uses() {
        let source = "if a:\n    b()\nelse:\n    del x\nx = 1\n";
        assert_eq!(declared(source), "if a:\n    b()\nelse:\n    global x\n    del x\nx = 1\n");
    }
}
