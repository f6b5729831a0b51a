//! Functions: how they are made, and what they become.

use std::rc::Rc;

use lancehead_ast::{Expr, ExprKind, Stmt, StmtKind};
use lancehead_pyc::{Object, PyStr};

use super::Machine;
use crate::constant::text;
use crate::failure::Outcome;
use crate::item::Item;
use crate::value::{Class, Function, TypeAlias, Value, code_of};

const CO_COROUTINE: u32 = 0x80;
const DEFAULTS: u32 = 1;
const KWDEFAULTS: u32 = 2;
const ANNOTATIONS: u32 = 4;
const CLOSURE: u32 = 8;
const ANNOTATE: u32 = 16;

impl Function {
    /// The name of its code.
    pub fn name(&self) -> Option<&PyStr> {
        code_of(&self.code).map(|code| &code.name)
    }

    fn name_starts_with(&self, start: &[u8]) -> bool {
        self.name().is_some_and(|name| name.as_bytes().starts_with(start))
    }

    /// Whether the source wrote it as an expression: a lambda or a comprehension.
    pub fn is_expression(&self) -> bool {
        self.name_starts_with(b"<") && !self.is_generic_scope()
    }

    /// Whether it is the hidden function that makes the type parameters of another definition.
    pub fn is_generic_scope(&self) -> bool {
        self.name_starts_with(b"<generic parameters of")
    }
}

impl Machine<'_> {
    /// `MAKE_FUNCTION`.
    pub fn make_function(&mut self, flags: u32, has_qualname: bool) -> Outcome<()> {
        if has_qualname {
            self.pop()?;
        }
        let code = match self.pop()? {
            Value::Const(object, _) if matches!(*object, Object::Code(_)) => object,
            _ => return self.fail("a function made of something that is no code"),
        };
        let mut function = Function {
            code,
            defaults: Vec::new(),
            kwdefaults: Vec::new(),
            annotations: Vec::new(),
            annotate: None,
            decorators: Vec::new(),
            type_params: Vec::new(),
            line: self.line(),
        };
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

    fn set_attribute(&mut self, function: &mut Function, flag: u32, attribute: Value) -> Outcome<()> {
        if flag == ANNOTATE {
            function.annotate = match attribute {
                Value::Function(annotate) => Some(annotate),
                _ => return self.fail("annotations that are no function"),
            };
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
        if function.name().is_some_and(|name| name == "<lambda>") {
            return self.unit.lambda(function);
        }
        self.fail("a definition in an expression")
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
            self.unit.hidden.keep_annotate(function);
            self.take_statement_line();
            return Ok(());
        }
        let name = source_name(name, function.name());
        let kind = self.unit.function_def(&function, name)?;
        let line = if function.decorators.is_empty() { first_line(&function.code) } else { function.line };
        self.take_statement_line();
        self.items.push(Item::Stmt(Stmt::at(kind, line)));
        Ok(())
    }

    /// Whether a function is the one that the compiler makes of the annotations of a module or class.
    fn is_annotate(&self, name: &PyStr, function: &Function) -> bool {
        let names = ["__annotate__", "__annotate_func__"];
        self.unit.dialect.deferred_annotations
            && !self.unit.names.is_function()
            && names.iter().any(|n| name == n)
            && code_of(&function.code).is_some_and(|code| {
                code.name == "__annotate__"
                    && (code.argcount, code.posonlyargcount) == (1, 1)
                    && code.varnames.first().is_some_and(|n| n == "format")
            })
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
        let name = source_name(name, code_of(&class.code).map(|code| &code.name));
        let kind = self.unit.class_def(class, name)?;
        let start = self.take_statement_line();
        let line = if class.decorators.is_empty() { first_line(&class.code) } else { start };
        self.items.push(Item::Stmt(Stmt::at(kind, line)));
        Ok(())
    }

    /// A comprehension that is a function of its own.
    pub fn comprehension(&mut self, function: &Function, iterable: Expr) -> Outcome<Value> {
        let is_coroutine = code_of(&function.code).is_some_and(|code| code.flags & CO_COROUTINE != 0);
        let comprehension = self.unit.comprehension(function, iterable)?;
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
fn first_line(code: &Object) -> u32 {
    match code {
        Object::Code(code) => u32::try_from(code.firstlineno).unwrap_or(0),
        _ => 0,
    }
}
