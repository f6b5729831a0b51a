//! A function, lambda, generator or class body without the module around it.

use lancehead_ast::{Arg, Arguments, Constant, Expr, ExprKind, FunctionDef, Module, Stmt, StmtKind};
use lancehead_pyc::{CodeIndex, CodeObject, CodeTree, Object, ObjectRef, PyStr, co_flags};

use super::{Driver, place};
use crate::code::constants;
use crate::code::definition::{Class, Function, FunctionKind};
use crate::code::failure::Outcome;
use crate::code::form::Form;
use crate::code::unit::Unit;
use crate::execute::define;
use crate::options::{Decompiled, Options};

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
        items.iter().map(|item| constants::expression(item).map(Expr::new)).collect::<Option<Vec<_>>>()
    };
    Some(match object {
        Object::List(items) => ExprKind::List(all(items)?),
        Object::Set(items) => ExprKind::Set(all(items)?),
        Object::Dict(items) => {
            let (keys, values): (Vec<_>, Vec<_>) = items.iter().cloned().unzip();
            ExprKind::Dict { keys: all(&keys)?.into_iter().map(Some).collect(), values: all(&values)? }
        }
        other => return constants::expression(other),
    })
}

/// What the first iterable of a comprehension or generator is called: it is handed over as an argument.
pub const ITERABLE: &str = "iterable";

/// The module to make up around code that stands alone, for [`Driver::alone`].
pub fn module_around(code: &CodeObject) -> CodeObject {
    let mut module = CodeObject::new(code.version);
    module.flags = code.flags & !(co_flags::NEWLOCALS | co_flags::OPTIMIZED);
    module
}

/// Decompiles code that is no module's into a module of one statement: a `def`, a `class`, or the expression of a lambda,
/// comprehension or generator expression.
///
/// Variables of enclosing scopes keep their names, and are bound nowhere. The code object has index 1 in the reports, for it is
/// within a module that is made up. Otherwise as [`decompile_module`](crate::decompile_module).
pub fn decompile_function(code: &CodeObject, definition: Definition, options: &Options<'_>) -> Decompiled {
    let around = module_around(code);
    let mut driver = Driver::alone(&around, code, options);
    let module = driver.standalone(definition);
    Decompiled { module, functions: driver.reports().cloned().collect() }
}

const ANNOTATE: &str = "__annotate__";

/// Where code that stands alone is in its tree.
const ALONE: CodeIndex = CodeIndex(1);

impl<'a> Driver<'a> {
    /// A run over code that stands alone in a [made-up module](module_around).
    pub fn alone(module: &'a CodeObject, code: &'a CodeObject, options: &'a Options<'a>) -> Driver<'a> {
        Driver::new(CodeTree::around(module, code), options)
    }

    /// Decompiles the code object that stands alone, and gives a module of the statement that it is.
    pub fn standalone(&mut self, definition: Definition) -> Module {
        self.decompile(ALONE);
        let made = self.unit(CodeIndex::ROOT, Form::Exact).and_then(|unit| statement(&unit, definition));
        let kind = match made {
            Ok(kind) => kind,
            Err(failure) => {
                self.failed(ALONE, &failure);
                return Module { body: vec![self.raises(ALONE, &failure)] };
            }
        };
        let line = u32::try_from(self.tree.code(ALONE).firstlineno).unwrap_or(0);
        let mut suite = vec![Stmt::at(kind, line)];
        place::bodies(&mut suite, &mut self.results);
        Module { body: suite }
    }
}

/// What defines code that stands alone; `unit` is the module around it.
fn statement(unit: &Unit<'_>, definition: Definition) -> Outcome<StmtKind> {
    let Definition { name, defaults, kwdefaults } = definition;
    let code = unit.nested.code(ALONE);
    let mut function = Function::new(ALONE, code, u32::try_from(code.firstlineno).unwrap_or(0));
    if code.flags & (co_flags::NEWLOCALS | co_flags::OPTIMIZED) == 0 {
        return Ok(define::class_def(&Class::new(ALONE), name));
    }
    function.defaults = defaults.iter().map(Given::expression).collect();
    function.kwdefaults = kwdefaults.iter().map(|(name, given)| (name.clone(), given.expression())).collect();
    // Only annotations are made of a function as a value.
    if unit.dialect.deferred_annotations
        && code.name == *ANNOTATE
        && let Ok(annotations) = define::annotations(unit, ALONE)
    {
        let spelled = annotations.into_iter().map(|(name, value)| (name, unit.annotation(value)));
        return Ok(annotated(spelled.collect()));
    }
    match function.kind {
        FunctionKind::Comprehension => {
            define::comprehension(unit, &function, Expr::name(ITERABLE)).map(StmtKind::Expr)
        }
        FunctionKind::Lambda => define::lambda(unit, &function).map(StmtKind::Expr),
        _ => define::function_def(unit, &function, name),
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
        code: None,
    }))
}
