//! Functions that the compiler makes for itself: those that make type parameters (PEP 695), and those that evaluate
//! annotations, bounds, defaults and aliases when they are asked for (PEP 649, PEP 695).

use lancehead_ast::{CmpOp, Constant, Expr, ExprKind, Stmt, StmtKind, Suite};

use crate::code::definition::Definition;
use crate::code::failure::{Failure, Outcome};
use crate::code::unit::Unit;

/// The definition that a hidden function of type parameters returns.
pub fn definition(unit: &Unit<'_>, statements: &[Stmt]) -> Outcome<Definition> {
    let returns = matches!(statements, [Stmt { kind: StmtKind::Return(_), .. }]);
    let definition = unit.hidden.take_definition().filter(|_| returns);
    definition.ok_or(Failure::Expression { what: "type parameters of nothing", offset: 0 })
}

/// Whether code may be a function that evaluates: only the code around it knows whether it is.
///
/// It has no parameter, or (since 3.14) one: the format that is asked for. But for annotations it only returns.
pub fn may_be_one(unit: &Unit<'_>, statements: &[Stmt]) -> bool {
    let code = unit.code;
    let parameters = code.argcount + code.kwonlyargcount;
    if !unit.dialect.has_type_params || parameters > 1 || parameters != code.posonlyargcount {
        return false;
    }
    let only_returns = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Return(_) | StmtKind::If { .. });
    unit.is_annotate() || statements.len() <= 2 && statements.iter().all(only_returns)
}

/// The statements of an evaluator without what it does first since 3.14: it refuses formats other than values.
pub fn without_guard(mut suite: Suite) -> Suite {
    let Some(Stmt { kind: StmtKind::If { test, body, orelse }, .. }) = suite.first_mut() else {
        return suite;
    };
    if !is_guard(test) || !matches!(body[..], [Stmt { kind: StmtKind::Raise { .. }, .. }]) {
        return suite;
    }
    let mut rest = std::mem::take(orelse);
    rest.extend(suite.drain(1..));
    rest
}

/// `format > 2`; the parameter of evaluators other than `__annotate__` is `.format`.
fn is_guard(test: &Expr) -> bool {
    let ExprKind::Compare { left, ops, comparators } = &test.kind else { return false };
    let is_format = matches!(&left.kind, ExprKind::Name(n) if n == "format" || n == ".format");
    let is_two = matches!(&comparators[..], [Expr { kind: ExprKind::Constant(Constant::Int(n)), .. }] if *n == 2.into());
    is_format && is_two && ops[..] == [CmpOp::Gt]
}
