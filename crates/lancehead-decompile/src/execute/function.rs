//! Functions: how they are made, and what they become.

use std::rc::Rc;

use lancehead_ast::{Expr, ExprKind, Stmt, StmtKind};
use lancehead_pyc::{CodeObject, PyStr, co_flags};

use super::{Machine, define};
use crate::code::constants::code_of;
use crate::code::constants::text;
use crate::code::definition::{Class, Function, FunctionKind, TypeAlias};
use crate::code::failure::Outcome;
use crate::execute::item::Item;
use crate::execute::value::Value;

const DEFAULTS: u32 = 1;
const KWDEFAULTS: u32 = 2;
const ANNOTATIONS: u32 = 4;
const CLOSURE: u32 = 8;
const ANNOTATE: u32 = 16;

impl Machine<'_> {
    /// `MAKE_FUNCTION`.
    pub fn make_function(&mut self, flags: u32, has_qualname: bool) -> Outcome<()> {
        if has_qualname {
            self.pop()?;
        }
        let code = match self.pop()? {
            Value::Const(object, _) => code_of(&object).and_then(|code| self.unit.nested.find(code)),
            _ => None,
        };
        let Some(code) = code else { return self.fail("a function made of something that is no code") };
        let mut function = Function::new(code, self.unit.nested.code(code), self.line());
        for flag in [CLOSURE, ANNOTATIONS, KWDEFAULTS, DEFAULTS] {
            if flags & flag != 0 {
                let attribute = self.pop()?;
                self.set_attribute(&mut function, flag, attribute)?;
            }
        }
        self.push(Value::Function(Rc::new(function)));
        Ok(())
    }

    /// `SET_FUNCTION_ATTRIBUTE` (3.13).
    pub fn set_function_attribute(&mut self, flag: u32) -> Outcome<()> {
        let Value::Function(function) = self.pop()? else {
            return self.fail("an attribute of something that is no function");
        };
        let mut function = Rc::unwrap_or_clone(function);
        let attribute = self.pop()?;
        self.set_attribute(&mut function, flag, attribute)?;
        self.push(Value::Function(Rc::new(function)));
        Ok(())
    }

    /// Gives a function an attribute, by the flag of `MAKE_FUNCTION`.
    pub fn set_attribute(&mut self, function: &mut Function, flag: u32, attribute: Value) -> Outcome<()> {
        if flag == ANNOTATE {
            function.annotate = match attribute {
                Value::Function(annotate) => Some(annotate.code),
                _ => return self.fail("annotations that are no function"),
            };
            return Ok(());
        }
        if let Value::HiddenArgument(name) = attribute {
            function.given.push((flag, name));
            return Ok(());
        }
        let attribute = self.to_expr(attribute)?;
        match (flag, attribute.kind) {
            (CLOSURE, _) => {}
            (DEFAULTS, ExprKind::Tuple(defaults)) => function.defaults = defaults,
            (KWDEFAULTS, ExprKind::Dict { keys, values }) => {
                function.kwdefaults = self.named(keys, values)?
            }
            (ANNOTATIONS, ExprKind::Dict { keys, values }) => {
                function.annotations = self.named(keys, values)?
            }
            (ANNOTATIONS, ExprKind::Tuple(items)) => {
                let (mut keys, mut values) = (Vec::new(), Vec::new());
                for item in items {
                    if keys.len() == values.len() { keys.push(Some(item)) } else { values.push(item) }
                }
                function.annotations = self.named(keys, values)?;
            }
            _ => return self.fail("an attribute that no function has"),
        }
        Ok(())
    }

    fn named(&self, keys: Vec<Option<Expr>>, values: Vec<Expr>) -> Outcome<Vec<(PyStr, Expr)>> {
        let named: Option<Vec<_>> =
            keys.iter().zip(values).map(|(key, value)| Some((text(key.as_ref()?)?.clone(), value))).collect();
        match named {
            Some(named) => Ok(named),
            None => self.fail("a mapping whose keys are no strings"),
        }
    }

    /// A function in an expression.
    pub fn lambda(&mut self, function: &Function) -> Outcome<Expr> {
        match function.kind {
            FunctionKind::Lambda => define::lambda(self.unit, function),
            _ => self.fail("a definition in an expression"),
        }
    }

    /// A function stored under a name.
    pub fn define_function(&mut self, target: Expr, function: Rc<Function>, time: u32) -> Outcome<()> {
        if function.is_expression() {
            let value = self.lambda(&function)?;
            return self.assign(target, Value::Expr(value), time);
        }
        let ExprKind::Name(name) = target.kind else {
            return self.fail("a definition stored into something that is no name");
        };
        if self.is_annotate(&name, &function) {
            self.unit.hidden.keep_annotate(function.code);
            self.take_statement_line();
            return Ok(());
        }
        let code = self.unit.nested.code(function.code);
        let name = source_name(name, Some(&code.name));
        let kind = define::function_def(self.unit, &function, name)?;
        let line = if function.decorators.is_empty() { first_line(code) } else { function.line };
        self.take_statement_line();
        self.items.push(Item::Stmt(Stmt::at(kind, line)));
        Ok(())
    }

    /// Whether a function is the one that the compiler makes of the annotations of a module or class.
    fn is_annotate(&self, name: &PyStr, function: &Function) -> bool {
        let names = ["__annotate__", "__annotate_func__"];
        let code = self.unit.nested.code(function.code);
        self.unit.dialect.deferred_annotations
            && !self.unit.names.is_function()
            && names.iter().any(|n| name == n)
            && code.name == "__annotate__"
            && (code.argcount, code.posonlyargcount) == (1, 1)
            && code.varnames.first().is_some_and(|n| n == "format")
    }

    /// A `type` statement.
    pub fn define_alias(&mut self, target: Expr, alias: &TypeAlias) -> Outcome<()> {
        let ExprKind::Name(name) = target.kind else {
            return self.fail("a type alias stored into something that is no name");
        };
        let name = Expr::at(ExprKind::Name(source_name(name, Some(&alias.name))), target.line);
        let (type_params, value) = (alias.type_params.clone(), alias.value.clone());
        self.emit(StmtKind::TypeAlias { name, type_params, value });
        Ok(())
    }

    /// A class stored under a name.
    pub fn define_class(&mut self, target: Expr, class: &Class) -> Outcome<()> {
        let ExprKind::Name(name) = target.kind else {
            return self.fail("a definition stored into something that is no name");
        };
        let code = self.unit.nested.code(class.code);
        let kind = define::class_def(class, source_name(name, Some(&code.name)));
        let start = self.take_statement_line();
        let line = if class.decorators.is_empty() { first_line(code) } else { start };
        self.items.push(Item::Stmt(Stmt::at(kind, line)));
        Ok(())
    }

    /// A comprehension that is a function of its own.
    pub fn comprehension(&mut self, function: &Function, iterable: Expr) -> Outcome<Value> {
        let is_coroutine = self.unit.nested.code(function.code).flags & co_flags::COROUTINE != 0;
        let comprehension = define::comprehension(self.unit, function, iterable)?;
        Ok(match is_coroutine {
            true => Value::AwaitingComprehension(comprehension),
            false => Value::Expr(comprehension),
        })
    }
}

/// The name of a definition as the source spells it: code objects keep private names unmangled.
fn source_name(stored: PyStr, own: Option<&PyStr>) -> PyStr {
    match own {
        Some(own) if own.as_bytes().starts_with(b"__") && stored.as_bytes().ends_with(own.as_bytes()) => {
            own.clone()
        }
        _ => stored,
    }
}

/// The line on which a definition without decorators begins; 0 if unknown. Its defaults may be on later ones.
fn first_line(code: &CodeObject) -> u32 {
    u32::try_from(code.firstlineno).unwrap_or(0)
}
