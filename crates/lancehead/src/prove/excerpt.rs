//! A definition of a module with as much of what is around it as changes how it is compiled.

use lancehead_ast::{Alias, Expr, ExprKind, Module, Stmt, StmtKind, Suite};
use lancehead_decompile::{any_expr, each_definition, suites_of};
use lancehead_pyc::{CodeIndex, PyStr};

/// The code object that a definition was decompiled from.
fn code_of(stmt: &Stmt) -> Option<CodeIndex> {
    match &stmt.kind {
        StmtKind::FunctionDef(def) => def.code,
        StmtKind::ClassDef(def) => def.code,
        _ => None,
    }
}

/// The definitions that `is_wanted` accepts, anywhere in the module but within others. Before them what the compiler looks at
/// when it compiles code within a module: its `from __future__` imports, which names it imports (`is_import_originated`),
/// and whether it mentions `super` (`can_optimize_super_call`).
pub(super) fn excerpt(module: &Module, is_wanted: &dyn Fn(CodeIndex) -> bool) -> Module {
    let mut body = Suite::new();
    let mut imported: Vec<PyStr> = Vec::new();
    let mut definitions = Suite::new();
    let is_super = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if *name == "super");
    let mentions_super = any_expr(&module.body, &mut |expr| is_super(expr));
    each_statement(&module.body, &mut |stmt| match &stmt.kind {
        StmtKind::ImportFrom { module: Some(name), level: 0, .. } if name == "__future__" => {
            body.push(stmt.clone());
        }
        StmtKind::Import { names, .. } | StmtKind::ImportFrom { names, .. } => {
            imported.extend(names.iter().map(bound_name));
        }
        _ => {
            if code_of(stmt).is_some_and(is_wanted) {
                definitions.push(stmt.clone());
            }
        }
    });
    let names: Vec<Alias> =
        imported.into_iter().filter(|name| *name != "*").map(|name| Alias { name, asname: None }).collect();
    if !names.is_empty() {
        body.push(Stmt::new(StmtKind::Import { names, is_lazy: false }));
    }
    if mentions_super {
        body.push(Stmt::new(StmtKind::Expr(Expr::new(ExprKind::Name("super".into())))));
    }
    body.append(&mut definitions);
    Module { body }
}

/// The name that an import binds.
fn bound_name(alias: &Alias) -> PyStr {
    alias.asname.clone().unwrap_or_else(|| {
        let first = alias.name.as_bytes().split(|byte| *byte == b'.').next().unwrap_or_default();
        PyStr::from_wtf8(first).unwrap_or_else(|_| alias.name.clone())
    })
}

/// The module with empty definitions: its own code object is compiled from that.
pub(super) fn outline(module: &Module) -> Module {
    let mut module = module.clone();
    each_definition(&mut module.body, &mut |_, body| *body = vec![Stmt::new(StmtKind::Pass)]);
    module
}

/// Calls `visit` with each statement of a suite and of the suites in them, but not with those of definitions.
fn each_statement<'a>(suite: &'a [Stmt], visit: &mut dyn FnMut(&'a Stmt)) {
    let mut suites = vec![suite.iter()];
    while let Some(suite) = suites.last_mut() {
        match suite.next() {
            Some(stmt) => {
                visit(stmt);
                let from = suites.len();
                suites_of(stmt, &mut |inner| suites.push(inner.iter()));
                suites[from..].reverse();
            }
            None => {
                suites.pop();
            }
        }
    }
}
