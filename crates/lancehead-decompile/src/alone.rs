//! A function, lambda, generator or class body without the module around it.

use std::collections::BTreeSet;

use lancehead_ast::{Arg, Arguments, Constant, Expr, ExprKind, FunctionDef, Module, Stmt, StmtKind};
use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr};

use crate::constant;
use crate::failure::Outcome;
use crate::report::Session;
use crate::scope::{CO_NEWLOCALS, CO_OPTIMIZED};
use crate::unit::{Unit, is_comprehension};
use crate::value::{Class, Function};
use crate::{Decompiled, Options};

/// What a function object has that its code has not, and the name that it is to be given.
#[derive(Debug, Clone, Default)]
pub struct Definition {
    /// The name of the function or class: an identifier.
    pub name: PyStr,
    /// Defaults of the last positional parameters.
    pub defaults: Vec<Given>,
    /// Defaults of keyword-only parameters.
    pub kwdefaults: Vec<(PyStr, Given)>,
}

/// A value that a function object holds.
#[derive(Debug, Clone)]
pub enum Given {
    /// One that source may be able to write.
    Value(ObjectRef),
    /// One that goes by a name.
    Name(PyStr),
}

impl Given {
    /// The value as an expression; a name for one that cannot be written.
    fn expression(&self) -> Expr {
        match self {
            Given::Name(name) => Expr::name(name.clone()),
            Given::Value(object) => {
                Expr::new(literal(object).unwrap_or(ExprKind::Constant(Constant::Ellipsis)))
            }
        }
    }
}

/// A constant, or a list, set or dict of such.
fn literal(object: &Object) -> Option<ExprKind> {
    let all = |items: &[ObjectRef]| {
        items.iter().map(|item| constant::expression(item).map(Expr::new)).collect::<Option<Vec<_>>>()
    };
    Some(match object {
        Object::List(items) => ExprKind::List(all(items)?),
        Object::Set(items) => ExprKind::Set(all(items)?),
        Object::Dict(items) => {
            let (keys, values): (Vec<_>, Vec<_>) = items.iter().cloned().unzip();
            ExprKind::Dict { keys: all(&keys)?.into_iter().map(Some).collect(), values: all(&values)? }
        }
        other => return constant::expression(other),
    })
}

/// What the first iterable of a comprehension or generator is called: it is handed over as an argument.
pub const ITERABLE: &str = "iterable";

/// Decompiles code that is no module's into a module of one statement: a `def`, a `class`, or the expression of a lambda,
/// comprehension or generator expression.
///
/// Variables of enclosing scopes keep their names, and are bound nowhere. Otherwise as
/// [`decompile_module`](crate::decompile_module).
pub fn decompile_function(code: &CodeObject, definition: Definition, options: &Options<'_>) -> Decompiled {
    // Only annotations are made of a function as a value.
    let object: ObjectRef = match code.name == *ANNOTATE {
        true => Object::Code(Box::new(code.clone())).into(),
        false => Object::None.into(),
    };
    let session = Session::new(options).of_copy(&object, code);
    let mut module = CodeObject::new(code.version);
    module.flags = code.flags & !(CO_NEWLOCALS | CO_OPTIMIZED);
    let enclosing: BTreeSet<PyStr> = code.freevars.iter().cloned().collect();
    let unit = Unit::module_around(&session, &module, enclosing);
    let body = match statement(&unit, code, &object, definition) {
        Ok(kind) => vec![Stmt::at(kind, u32::try_from(code.firstlineno).unwrap_or(0))],
        Err(failure) => session.failed(&unit.path, code, &failure),
    };
    Decompiled { module: Module { body }, functions: session.into_reports() }
}

const LAMBDA: &str = "<lambda>";
const ANNOTATE: &str = "__annotate__";

fn statement(
    unit: &Unit<'_>,
    code: &CodeObject,
    object: &ObjectRef,
    definition: Definition,
) -> Outcome<StmtKind> {
    let Definition { name, defaults, kwdefaults } = definition;
    let object = object.clone();
    if code.flags & (CO_NEWLOCALS | CO_OPTIMIZED) == 0 {
        let class = Class {
            code: object,
            bases: Vec::new(),
            keywords: Vec::new(),
            decorators: Vec::new(),
            type_params: Vec::new(),
        };
        return unit.class_def_of(code, &class, name);
    }
    let function = Function {
        code: object,
        defaults: defaults.iter().map(Given::expression).collect(),
        kwdefaults: kwdefaults.iter().map(|(name, given)| (name.clone(), given.expression())).collect(),
        annotations: Vec::new(),
        annotate: None,
        decorators: Vec::new(),
        type_params: Vec::new(),
        line: u32::try_from(code.firstlineno).unwrap_or(0),
    };
    if code.name == *ANNOTATE
        && unit.nested(code).is_annotate()
        && let Ok(annotations) = unit.annotations(&function)
    {
        let spelled = annotations.into_iter().map(|(name, value)| (name, unit.annotation(value)));
        return Ok(annotated(spelled.collect()));
    }
    if is_comprehension(code) {
        return unit.comprehension_of(code, &function, Expr::name(ITERABLE)).map(StmtKind::Expr);
    }
    match code.name == *LAMBDA {
        true => unit.lambda_of(code, &function).map(StmtKind::Expr),
        false => unit.function_def_of(code, &function, name),
    }
}

/// A function whose annotations are these: the compiler makes a function of them, which source cannot write by itself.
fn annotated(annotations: Vec<(PyStr, Expr)>) -> StmtKind {
    let (mut args, mut returns) = (Arguments::default(), None);
    for (name, annotation) in annotations {
        match name == *"return" {
            true => returns = Some(annotation),
            false => args.args.push(Arg { arg: name, annotation: Some(Box::new(annotation)) }),
        }
    }
    StmtKind::FunctionDef(Box::new(FunctionDef {
        name: "annotated".into(),
        type_params: Vec::new(),
        args,
        body: Vec::new(),
        decorators: Vec::new(),
        returns,
        is_async: false,
    }))
}
