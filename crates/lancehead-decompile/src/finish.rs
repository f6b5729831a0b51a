//! What the compiler adds to the statements of a module, class or function is taken away, and what it leaves out is put
//! back.

use lancehead_ast::{Constant, ExceptHandler, Expr, ExprKind, Stmt, StmtKind, Suite};
use lancehead_pyc::{CodeObject, PyStr};

use crate::bound::Names;
use crate::dialect::Dialect;
use crate::failure::{Failure, Outcome};
use crate::fallback::Form;
use crate::unit::Unit;
use crate::value::code_of;
use crate::visit::{any, any_expr};

/// The `co_flags` bit of generators.
const CO_GENERATOR: u32 = 0x20;
/// The `co_flags` bit of asynchronous generators.
const CO_ASYNC_GENERATOR: u32 = 0x200;

/// What a suite is the body of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A module.
    Module,
    /// A class.
    Class,
    /// A function.
    Function,
}

/// Finishes the statements of a code object.
pub fn finish(unit: &Unit<'_>, kind: Kind, mut suite: Suite) -> Outcome<Suite> {
    let is_generator = unit.code.flags & (CO_GENERATOR | CO_ASYNC_GENERATOR) != 0;
    if !is_generator && unit.may_yield() && has_yield(&suite) {
        return Err(Failure::Expression { what: "an element added to no collection", offset: 0 });
    }
    let has_copies = kind == Kind::Function && unit.dialect.copies_exits;
    join_arms(&mut suite, has_copies);
    if crate::nesting::restore(unit, &mut suite) {
        join_arms(&mut suite, has_copies);
    }
    if has_copies {
        crate::copies::fall_off(&mut suite);
    }
    if unit.keeps_lines() {
        crate::leftover::restore(unit, &mut suite);
    }
    let end = suite.last().map_or(0, |last| last.line);
    match kind {
        Kind::Module => take_returns(&mut suite, &unit.dialect),
        Kind::Class => finish_class(&mut suite),
        Kind::Function => take_implied_returns(&mut suite, &unit.dialect),
    }
    // Where the body is `pass`, that has the line of the return behind it.
    if suite.is_empty() {
        match kind {
            Kind::Module => {}
            // Annotations may yet be put back.
            Kind::Class => {}
            // A docstring is a body too; then something else was there if the return has a line of its own.
            Kind::Function
                if unit.docstring().is_none() || i64::from(end) > i64::from(unit.code.firstlineno) =>
            {
                suite.push(Stmt::at(StmtKind::Pass, end));
            }
            Kind::Function => {}
        }
    }
    let mut start = Suite::new();
    match kind {
        Kind::Function => start.extend(unit.docstring().map(docstring)),
        Kind::Module | Kind::Class => {
            crate::annotate::restore(unit, &mut suite);
            crate::deferred::restore(unit, &mut suite)?;
            if let Some((text, line)) = take_docstring(&mut suite) {
                start.push(Stmt { line, ..docstring(text) });
                // What follows the docstring alone would have its line.
                let end = unit.last_line();
                if kind == Kind::Class && suite.is_empty() && end > line {
                    suite.push(Stmt::at(StmtKind::Pass, end));
                }
            } else if kind == Kind::Class && suite.is_empty() {
                suite.push(Stmt::at(StmtKind::Pass, unit.last_line()));
            }
        }
    }
    if kind == Kind::Module && unit.stores_annotations_as_text() {
        start.extend(future_import(&suite));
    }
    start.extend(take_future_imports(&mut suite));
    let (global, nonlocal) = unit.names.declared();
    let spelled = |names: Vec<PyStr>| names.iter().map(|name| unit.private.spelled(name)).collect::<Vec<_>>();
    let (global, nonlocal) = (spelled(global), spelled(nonlocal));
    let has_room = !unit.keeps_lines() || !start.is_empty() || kind != Kind::Function;
    for (names, declares) in [(global, StmtKind::Global as fn(_) -> _), (nonlocal, StmtKind::Nonlocal)] {
        match names.is_empty() {
            true => {}
            false if has_room => start.push(Stmt::new(declares(names))),
            false => crate::declare::place(&mut suite, Stmt::new(declares(names))),
        }
    }
    start.extend(suite);
    complete_tries(&mut start);
    if kind == Kind::Function {
        restore_locals(unit, &mut start);
        if unit.code.flags & CO_ASYNC_GENERATOR != 0 {
            bare_returns(&mut start);
        }
    }
    Ok(start)
}

/// Writes ways out once, where the compiler may have copied them, and joins `else: if` to `elif`.
fn join_arms(suite: &mut Suite, has_copies: bool) {
    if has_copies {
        crate::copies::merge(suite);
    }
    crate::elif::join(suite);
}

fn docstring(text: PyStr) -> Stmt {
    Stmt::new(StmtKind::Expr(Expr::new(ExprKind::Constant(Constant::Str(text)))))
}

/// `from __future__ import annotations`, unless the import is there still.
fn future_import(suite: &[Stmt]) -> Option<Stmt> {
    let has = suite.iter().any(|s| {
        matches!(&s.kind, StmtKind::ImportFrom { module: Some(m), names, .. }
            if m == "__future__" && names.iter().any(|n| n.name == "annotations"))
    });
    let alias = lancehead_ast::Alias { name: "annotations".into(), asname: None };
    let kind = StmtKind::ImportFrom {
        module: Some("__future__".into()),
        names: vec![alias],
        level: 0,
        is_lazy: false,
    };
    (!has).then(|| Stmt::new(kind))
}

/// Takes the `from __future__` imports that a suite starts with: no declaration may stand before them.
fn take_future_imports(suite: &mut Suite) -> Suite {
    let is_future = |stmt: &Stmt| matches!(&stmt.kind, StmtKind::ImportFrom { module: Some(module), level: 0, .. } if module == "__future__");
    let count = suite.iter().take_while(|stmt| is_future(stmt)).count();
    suite.drain(..count).collect()
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

/// The last line on which anything in a suite stands, as far as it is known.
pub fn last_line(suite: &[Stmt]) -> u32 {
    let (mut last, mut last_expr) = (0, 0);
    any(suite, &mut |stmt| last = last.max(stmt.line), &mut |expr| {
        last_expr = last_expr.max(expr.line);
        false
    });
    last.max(last_expr)
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

/// A `try` without clauses had a `finally` that did nothing.
fn complete_tries(suite: &mut Suite) {
    for stmt in suite {
        crate::annotate::suites_mut(stmt, &mut complete_tries);
        if let StmtKind::Try { handlers, finalbody, .. } = &mut stmt.kind
            && handlers.is_empty()
            && finalbody.is_empty()
        {
            finalbody.push(Stmt::new(StmtKind::Pass));
        }
    }
}

/// An asynchronous generator may return, but not a value, not even None.
fn bare_returns(suite: &mut Suite) {
    for stmt in suite {
        match &mut stmt.kind {
            StmtKind::Return(value) if is_none(value) => *value = None,
            _ => crate::annotate::suites_mut(stmt, &mut bare_returns),
        }
    }
}

fn assigned_name(stmt: &Stmt) -> Option<(&PyStr, &Expr)> {
    match &stmt.kind {
        StmtKind::Assign { targets, value } => match &targets[..] {
            [Expr { kind: ExprKind::Name(name), .. }] => Some((name, value)),
            _ => None,
        },
        _ => None,
    }
}

/// The docstring of a module or class is an assignment to `__doc__` at its start.
fn take_docstring(suite: &mut Suite) -> Option<(PyStr, u32)> {
    let first = suite.first()?;
    let text = match assigned_name(first) {
        Some((name, value)) if name == "__doc__" => (crate::constant::text(value)?.clone(), first.line),
        _ => return None,
    };
    suite.remove(0);
    Some(text)
}

/// What the compiler stores into a class at its start.
const CLASS_START: [&str; 4] = ["__module__", "__qualname__", "__firstlineno__", "__type_params__"];
/// What it stores at its end.
const CLASS_END: [&str; 3] = ["__classcell__", "__classdictcell__", "__static_attributes__"];

fn finish_class(suite: &mut Suite) {
    if matches!(suite.last(), Some(Stmt { kind: StmtKind::Return(_), .. })) {
        suite.pop();
    }
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

/// The expression that a lambda's statements compute.
pub fn value_of(mut statements: Suite) -> Option<Expr> {
    if statements.is_empty() {
        return None;
    }
    let rest = statements.split_off(1);
    match statements.pop()?.kind {
        StmtKind::Return(value) if rest.is_empty() => {
            Some(value.unwrap_or_else(|| Expr::new(ExprKind::Constant(Constant::None))))
        }
        StmtKind::If { test, body, orelse } => {
            let orelse = if orelse.is_empty() {
                rest
            } else if rest.is_empty() {
                orelse
            } else {
                return None;
            };
            let line = test.line;
            let kind = ExprKind::IfExp {
                test: Box::new(test),
                body: Box::new(value_of(body)?),
                orelse: Box::new(value_of(orelse)?),
            };
            Some(Expr::at(kind, line))
        }
        _ => None,
    }
}

/// An expression that raises NotImplementedError, for one that could not be recovered.
pub fn raises(failure: &crate::failure::Failure) -> Expr {
    let call = |func: Expr, args: Vec<Expr>| {
        Expr::new(ExprKind::Call { func: Box::new(func), args, keywords: Vec::new() })
    };
    let nothing = lancehead_ast::Comprehension {
        target: Expr::name("_"),
        iter: Expr::new(ExprKind::Tuple(Vec::new())),
        ifs: Vec::new(),
        is_async: false,
    };
    let element = Box::new(Expr::name("_"));
    let generator = Expr::new(ExprKind::GeneratorExp { element, generators: vec![nothing] });
    let throw = Expr::new(ExprKind::Attribute { value: Box::new(generator), attr: "throw".into() });
    let reason = Expr::new(ExprKind::Constant(Constant::Str(failure.to_string().into())));
    call(throw, vec![call(Expr::name("NotImplementedError"), vec![reason])])
}

/// `if False: statement`: the compiler drops it, but takes note of the names and of `yield`.
pub fn dead(kind: StmtKind) -> Stmt {
    dead_suite(vec![Stmt::new(kind)])
}

fn dead_suite(body: Suite) -> Stmt {
    let test = Expr::new(ExprKind::Constant(Constant::Bool(false)));
    Stmt::new(StmtKind::If { test, body, orelse: Vec::new() })
}

/// Whether a suite yields, apart from nested functions.
pub fn has_yield(suite: &[Stmt]) -> bool {
    crate::visit::any_expr(suite, &mut |expr| {
        matches!(expr.kind, ExprKind::Yield(_) | ExprKind::YieldFrom(_))
    })
}

/// A chain of assignments cannot be broken into lines.
const NAMES_ON_A_LINE: usize = 8;

/// What only dropped code said about variables is said by dropped code again: that they are local, or used by a function
/// within.
fn restore_locals(unit: &Unit<'_>, suite: &mut Suite) {
    if matches!(suite.first(), Some(Stmt { kind: StmtKind::Unrecovered { .. }, .. })) {
        return;
    }
    let code = unit.code;
    let flags = [0x4, 0x8].into_iter().filter(|f| code.flags & f != 0).count();
    let parameters = (code.argcount + code.kwonlyargcount) as usize + flags;
    let cells = code.cellvars.iter().filter(|name| !code.varnames.contains(name));
    let mut said = Suite::new();
    let mut unbound = Vec::new();
    let local = code.varnames.iter().skip(parameters).chain(cells);
    let mut local: Vec<PyStr> =
        local.filter(|name| !unit.names.is_global(name)).map(|name| unit.private.spelled(name)).collect();
    if !local.is_empty() {
        let bound = Names::bound_by_statements(suite);
        local.retain(|name| !bound.contains(name));
    }
    let bound = if local.is_empty() { Names::default() } else { Names::of(suite) };
    for name in local {
        // One that is called as a variable around is no variable of any source.
        let is_hidden = name.as_bytes().starts_with(b".") || code.freevars.contains(&name);
        if bound.lack(&name) && !is_hidden {
            unbound.push(Expr::name(name));
        }
    }
    for targets in unbound.chunks(NAMES_ON_A_LINE) {
        let value = Expr::new(ExprKind::Constant(Constant::None));
        said.push(Stmt::new(StmtKind::Assign { targets: targets.to_vec(), value }));
    }
    // The class around cannot be declared; to name it is to use its cell.
    if let Some(class) = code.freevars.iter().find(|name| **name == *"__class__")
        && !unit.names.is_used(class)
        && !mentions_class(suite)
    {
        said.push(Stmt::new(StmtKind::Expr(Expr::name(class.clone()))));
    }
    // Code that is no compiler's may hold functions that it never makes.
    let makes_all = unit.form() == Form::Exact;
    for name in code.cellvars.iter().filter(|name| !(makes_all && is_used_within(code, name))) {
        let body = Box::new(Expr::name(unit.private.spelled(name)));
        let lambda = ExprKind::Lambda { args: Box::default(), body };
        said.push(Stmt::new(StmtKind::Expr(Expr::new(lambda))));
    }
    if !said.is_empty() {
        suite.push(dead_suite(said));
    }
}

/// Whether a suite uses the cell of the class around it: by name, or by `super`.
fn mentions_class(suite: &[Stmt]) -> bool {
    any_expr(suite, &mut |expr| match &expr.kind {
        ExprKind::Name(name) => *name == *"__class__" || *name == *"super",
        _ => false,
    })
}

/// Whether code nested in a code object uses a variable of it.
fn is_used_within(code: &CodeObject, name: &PyStr) -> bool {
    code.consts.iter().filter_map(code_of).any(|nested| nested.freevars.contains(name))
}
