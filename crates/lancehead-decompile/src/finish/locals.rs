//! Local variables that only dropped code bound or used.

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind, Suite};
use lancehead_pyc::{CodeObject, PyStr};

use super::draft::{Draft, Kind};
use crate::code::constants::code_of;
use crate::code::failure::Outcome;
use crate::code::form::Form;
use crate::code::unit::Unit;
use crate::tree::bindings::Names;
use crate::tree::build::dead_suite;
use crate::tree::visit::any_expr;

/// Binds, in dead code, the local variables that nothing in the suite binds: the compiler knew them from code that it dropped.
///
/// ```python
/// def f():                def f():
///     return x      →         return x
///                             if False:
///                                 x = None
/// ```
pub fn restore_locals(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.kind == Kind::Function {
        restore(draft.unit, &mut draft.suite);
    }
    Ok(())
}

/// A chain of assignments cannot be broken into lines.
const NAMES_ON_A_LINE: usize = 8;

/// What only dropped code said about variables is said by dropped code again: that they are local, or used by a function
/// within.
fn restore(unit: &Unit<'_>, suite: &mut Suite) {
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
    let makes_all = unit.form == Form::Exact;
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
