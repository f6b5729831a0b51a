//! What functions and classes become in the source: definitions whose bodies are put in later, and expressions.

use lancehead_ast::{Arg, Arguments, ClassDef, Expr, ExprKind, FunctionDef, StmtKind, Suite};
use lancehead_pyc::{CodeIndex, CodeObject, PyStr, co_flags};

use crate::code::constants::text;
use crate::code::definition::{Class, Function};
use crate::code::failure::{Failure, Outcome};
use crate::code::unit::Unit;
use crate::tree::build::value_of;

/// The expression of a hidden function that is called with the outermost iterable.
pub fn comprehension(unit: &Unit<'_>, function: &Function, iterable: Expr) -> Outcome<Expr> {
    let mut expr = unit.nested.expression(function.code)?;
    expr.line = function.line;
    match &mut expr.kind {
        ExprKind::ListComp { generators, .. }
        | ExprKind::SetComp { generators, .. }
        | ExprKind::DictComp { generators, .. }
        | ExprKind::GeneratorExp { generators, .. } => {
            if let Some(first) = generators.first_mut() {
                first.iter = iterable;
            }
        }
        // One that could not be recovered raises.
        _ => {}
    }
    Ok(expr)
}

/// The expression of a lambda.
pub fn lambda(unit: &Unit<'_>, function: &Function) -> Outcome<Expr> {
    let body = Box::new(unit.nested.expression(function.code)?);
    let args = Box::new(arguments(unit, unit.nested.code(function.code), function)?);
    Ok(Expr::at(ExprKind::Lambda { args, body }, function.line))
}

/// A `def` or `async def`, whose body is put in later.
pub fn function_def(unit: &Unit<'_>, function: &Function, name: PyStr) -> Outcome<StmtKind> {
    let code = unit.nested.code(function.code);
    let mut function = function.clone();
    if let Some(annotate) = function.annotate.take() {
        function.annotations = annotations(unit, annotate)?;
    }
    let args = arguments(unit, code, &function)?;
    let returns = function.annotations.iter().find(|(name, _)| name == "return");
    let returns = returns.map(|(_, annotation)| unit.annotation(annotation.clone()));
    let is_async = code.flags & (co_flags::COROUTINE | co_flags::ASYNC_GENERATOR) != 0;
    let decorators = function.decorators.into_iter().rev().collect();
    Ok(StmtKind::FunctionDef(Box::new(FunctionDef {
        name,
        type_params: function.type_params,
        args,
        body: Suite::new(),
        decorators,
        returns,
        is_async,
        code: Some(function.code),
    })))
}

/// A `class`, whose body is put in later.
pub fn class_def(class: &Class, name: PyStr) -> StmtKind {
    let decorators = class.decorators.iter().rev().cloned().collect();
    StmtKind::ClassDef(Box::new(ClassDef {
        name,
        type_params: class.type_params.clone(),
        bases: class.bases.clone(),
        keywords: class.keywords.clone(),
        body: Suite::new(),
        decorators,
        code: Some(class.code),
    }))
}

fn arguments(unit: &Unit<'_>, code: &CodeObject, function: &Function) -> Outcome<Arguments> {
    let invalid = Failure::Expression { what: "more parameters than local variables", offset: 0 };
    let mut names = code.varnames.iter();
    let mut take = |count: u32| -> Outcome<Vec<Arg>> {
        (0..count)
            .map(|_| names.next().cloned().map(|name| parameter(unit, name, function)).ok_or(invalid.clone()))
            .collect()
    };
    if code.posonlyargcount > code.argcount {
        return Err(invalid);
    }
    let posonlyargs = take(code.posonlyargcount)?;
    let args = take(code.argcount - code.posonlyargcount)?;
    let kwonlyargs = take(code.kwonlyargcount)?;
    let vararg = if code.flags & co_flags::VARARGS != 0 { take(1)?.pop() } else { None };
    let kwarg = if code.flags & co_flags::VARKEYWORDS != 0 { take(1)?.pop() } else { None };
    if function.defaults.len() > code.argcount as usize {
        return Err(Failure::Expression { what: "more defaults than parameters", offset: 0 });
    }
    let kw_defaults = kwonlyargs
        .iter()
        .map(|arg| {
            let mut defaults = function.kwdefaults.iter();
            defaults.find(|(name, _)| unit.private.spelled(name) == arg.arg).map(|(_, d)| d.clone())
        })
        .collect();
    let defaults = function.defaults.clone();
    Ok(Arguments { posonlyargs, args, vararg, kwonlyargs, kw_defaults, kwarg, defaults })
}

fn parameter(unit: &Unit<'_>, name: PyStr, function: &Function) -> Arg {
    let annotation = function.annotations.iter().find(|(n, _)| *n == name);
    let annotation = annotation.map(|(_, annotation)| Box::new(unit.annotation(annotation.clone())));
    Arg { arg: unit.private.spelled(&name), annotation }
}

/// The annotations that the `__annotate__` of a function returns.
pub fn annotations(unit: &Unit<'_>, annotate: CodeIndex) -> Outcome<Vec<(PyStr, Expr)>> {
    let Some(Expr { kind: ExprKind::Dict { keys, values }, .. }) = value_of(unit.nested.evaluated(annotate)?)
    else {
        return failed("annotations of an unknown form");
    };
    let named = keys.iter().zip(values).map(|(key, value)| Some((text(key.as_ref()?)?.clone(), value)));
    named.collect::<Option<Vec<_>>>().map_or_else(|| failed("annotations without names"), Ok)
}

fn failed<T>(what: &'static str) -> Outcome<T> {
    Err(Failure::Expression { what, offset: 0 })
}
