//! Calls, and what calls stand for: classes, comprehensions, decorators, the exit of a `with`.

use std::rc::Rc;

use lancehead_ast::{Constant, Expr, ExprKind, Keyword, is_identifier};
use lancehead_pyc::{Object, PyStr};

use super::Machine;
use super::generic::is_generic_base;
use crate::code::constants::text;
use crate::code::definition::{Class, Function, FunctionKind};
use crate::code::failure::Outcome;
use crate::execute::value::Value;

/// More arguments than this are handed over in a tuple (`STACK_USE_GUIDELINE` in `compile.c`).
const FEW_ARGUMENTS: usize = 30;

impl Machine<'_> {
    /// A call with positional and keyword arguments.
    pub fn call(&mut self, argc: u32, keywords: bool, null_slot: bool) -> Outcome<()> {
        let names = if keywords { self.keyword_names()? } else { Vec::new() };
        if self.stack.depth() < argc {
            return self.fail("the stack is empty");
        }
        let mut args = (0..argc).map(|_| self.pop()).collect::<Outcome<Vec<_>>>()?;
        args.reverse();
        let callable = self.callable(&mut args, null_slot)?;
        if names.len() > args.len() {
            return self.fail("more keywords than arguments");
        }
        let result = self.apply(callable, args, names)?;
        self.push(result);
        Ok(())
    }

    fn keyword_names(&mut self) -> Outcome<Vec<PyStr>> {
        let names = match self.pop()? {
            Value::Const(object, _) => match &*object {
                Object::Tuple(names) => names
                    .iter()
                    .map(|name| match &**name {
                        Object::Str(name) => Some(name.clone()),
                        _ => None,
                    })
                    .collect::<Option<Vec<_>>>(),
                _ => None,
            },
            _ => None,
        };
        match names {
            Some(names) => Ok(names),
            None => self.fail("keyword names that are no tuple of strings"),
        }
    }

    /// Pops the callable. In the convention of 3.11 a slot beside it holds NULL or the first argument.
    fn callable(&mut self, args: &mut Vec<Value>, null_slot: bool) -> Outcome<Value> {
        let upper = self.pop()?;
        if !null_slot {
            return Ok(upper);
        }
        let lower = self.pop()?;
        Ok(match (lower, upper) {
            (lower, Value::Null) => lower,
            (Value::Null, upper) => upper,
            (exit @ Value::WithExit(..), _) => exit,
            (lower, upper) => {
                args.insert(0, upper);
                lower
            }
        })
    }

    fn apply(&mut self, callable: Value, mut args: Vec<Value>, names: Vec<PyStr>) -> Outcome<Value> {
        match callable {
            Value::WithExit(..) => return Ok(Value::Ignored),
            Value::BuildClass => return self.build_class(args, names),
            Value::Function(function) if function.kind == FunctionKind::Comprehension && args.len() == 1 => {
                let Some(iterable) = args.pop() else { return self.fail("a comprehension without iterable") };
                let iterable = self.to_expr(iterable)?;
                return self.comprehension(&function, iterable);
            }
            Value::Function(function) if function.kind == FunctionKind::Generic => {
                return self.generic_scope(&function, args);
            }
            _ => {}
        }
        if let [Value::Function(_) | Value::Class(_)] = &args[..]
            && names.is_empty()
            && let Some(decorated) = self.decorate(&callable, &args[0])?
        {
            return Ok(decorated);
        }
        let func = self.to_expr(callable)?;
        let mut args = args.into_iter().map(|arg| self.to_expr(arg)).collect::<Outcome<Vec<_>>>()?;
        let values = args.split_off(args.len() - names.len());
        let keywords =
            names.into_iter().zip(values).map(|(arg, value)| Keyword { arg: Some(arg), value }).collect();
        Ok(self.call_expr(func, args, keywords))
    }

    fn call_expr(&self, func: Expr, args: Vec<Expr>, keywords: Vec<Keyword>) -> Value {
        let line = func.line;
        Value::Expr(Expr::at(ExprKind::Call { func: Box::new(func), args, keywords }, line))
    }

    /// A definition that is called with is being decorated.
    fn decorate(&mut self, decorator: &Value, definition: &Value) -> Outcome<Option<Value>> {
        Ok(match definition {
            Value::Function(function) if !function.is_expression() => {
                let mut function = Function::clone(function);
                function.decorators.push(self.to_expr(decorator.clone())?);
                Some(Value::Function(Rc::new(function)))
            }
            Value::Class(class) => {
                let mut class = Class::clone(class);
                class.decorators.push(self.to_expr(decorator.clone())?);
                Some(Value::Class(Rc::new(class)))
            }
            _ => None,
        })
    }

    fn build_class(&mut self, args: Vec<Value>, names: Vec<PyStr>) -> Outcome<Value> {
        let mut args = args.into_iter();
        let (Some(Value::Function(function)), Some(name)) = (args.next(), args.next()) else {
            return self.fail("a class without a body");
        };
        let name = self.to_expr(name)?;
        if text(&name).is_none() {
            return self.fail("a class without a name");
        }
        let mut bases = args.map(|arg| self.to_expr(arg)).collect::<Outcome<Vec<_>>>()?;
        if names.len() > bases.len() {
            return self.fail("more keywords than arguments");
        }
        let values = bases.split_off(bases.len() - names.len());
        let keywords =
            names.into_iter().zip(values).map(|(arg, value)| Keyword { arg: Some(arg), value }).collect();
        self.class(&function, bases, keywords)
    }

    fn class(&mut self, function: &Function, mut bases: Vec<Expr>, keywords: Vec<Keyword>) -> Outcome<Value> {
        bases.retain(|base| !is_generic_base(base));
        Ok(Value::Class(Rc::new(Class { bases, keywords, ..Class::new(function.code) })))
    }

    /// `callable(*args, **kwargs)`.
    pub fn call_ex(&mut self, keywords: bool, null_slot: bool) -> Outcome<()> {
        let keywords = match keywords {
            true => match self.pop()? {
                Value::Null => Vec::new(),
                value => self.spread_keywords(value)?,
            },
            false => Vec::new(),
        };
        // A class built with starred bases hands its body and name over in the tuple.
        let args = self.pop()?;
        let args = match args {
            Value::Class(_) => return self.fail("a class as arguments"),
            // Up to 3.9 no arguments at all would be built, not loaded.
            Value::Const(none, _) if is_empty_tuple(&none) && self.unit.dialect.builds_empty_arguments => {
                self.at_line(ExprKind::Tuple(vec![starred_nothing()]))
            }
            args => self.to_expr(args)?,
        };
        let mut none = Vec::new();
        let callable = self.callable(&mut none, null_slot)?;
        if !none.is_empty() {
            return self.fail("a self slot in a call with a tuple");
        }
        let mut args = spread_arguments(args);
        // Calls of few arguments have a tuple of them only if the source wrote one.
        if !matches!(callable, Value::BuildClass)
            && args.len() <= FEW_ARGUMENTS
            && keywords.is_empty()
            && !args.iter().any(is_starred)
        {
            let tuple = self.at_line(ExprKind::Tuple(args));
            args = vec![self.at_line(ExprKind::Starred(Box::new(tuple)))];
        }
        let keywords = match self.unit.dialect.merges_keywords {
            false if args.iter().any(is_starred) => keywords,
            false => one_mapping(keywords),
            true => keywords,
        };
        let result = match callable {
            Value::BuildClass => self.spread_class(args, keywords)?,
            callable => {
                let func = self.to_expr(callable)?;
                self.call_expr(func, args, keywords)
            }
        };
        self.push(result);
        Ok(())
    }

    /// The keywords that a mapping stands for. Up to 3.8 there is a mapping only where the source has keywords.
    fn spread_keywords(&mut self, mapping: Value) -> Outcome<Vec<Keyword>> {
        let mapping = self.to_expr(mapping)?;
        let is_written = !self.unit.dialect.merges_keywords
            && matches!(&mapping.kind, ExprKind::Dict { keys, .. } if keys.is_empty());
        Ok(match is_written {
            true => vec![Keyword { arg: None, value: mapping }],
            false => spread_keywords(mapping),
        })
    }

    fn spread_class(&mut self, args: Vec<Expr>, keywords: Vec<Keyword>) -> Outcome<Value> {
        let mut args = args.into_iter();
        let (Some(body), Some(name)) = (args.next(), args.next()) else {
            return self.fail("a class without a body");
        };
        let Some(function) = self.unit.take_class_body(&body) else {
            return self.fail("a class without a body");
        };
        if text(&name).is_none() {
            return self.fail("a class without a name");
        }
        self.class(&function, args.collect(), keywords)
    }

    /// `super().name`: the compiler loads what `super` takes itself.
    pub fn super_attribute(&mut self, name: &PyStr, method: bool, two_argument: bool) -> Outcome<()> {
        let this = self.pop_expr()?;
        let class = self.pop_expr()?;
        let func = self.pop_expr()?;
        let args = if two_argument { vec![class, this] } else { Vec::new() };
        let line = func.line;
        let value = Expr::at(ExprKind::Call { func: Box::new(func), args, keywords: Vec::new() }, line);
        self.push(Value::Expr(Expr::at(
            ExprKind::Attribute { value: Box::new(value), attr: self.spelled(name) },
            line,
        )));
        if method {
            self.push(Value::Null);
        }
        Ok(())
    }
}

/// The arguments that a tuple of them stands for.
fn spread_arguments(args: Expr) -> Vec<Expr> {
    match args.kind {
        ExprKind::Tuple(items) => items,
        kind => vec![Expr::new(ExprKind::Starred(Box::new(Expr { kind, line: args.line })))],
    }
}

fn is_empty_tuple(object: &Object) -> bool {
    matches!(object, Object::Tuple(items) if items.is_empty())
}

/// `*()`
fn starred_nothing() -> Expr {
    Expr::new(ExprKind::Starred(Box::new(Expr::new(ExprKind::Tuple(Vec::new())))))
}

fn is_starred(arg: &Expr) -> bool {
    matches!(arg.kind, ExprKind::Starred(_))
}

/// Keywords that needed a mapping although nothing else is unpacked were written as a mapping.
fn one_mapping(keywords: Vec<Keyword>) -> Vec<Keyword> {
    if keywords.is_empty() || keywords.iter().any(|keyword| keyword.arg.is_none()) {
        return keywords;
    }
    let key = |name: PyStr| Some(Expr::new(ExprKind::Constant(Constant::Str(name))));
    let (keys, values) = keywords.into_iter().map(|k| (k.arg.and_then(key), k.value)).unzip();
    vec![Keyword { arg: None, value: Expr::new(ExprKind::Dict { keys, values }) }]
}

/// Whether a key of a mapping can be written as a keyword.
fn is_keyword(key: &Expr) -> bool {
    text(key).and_then(PyStr::to_str).is_some_and(is_identifier)
}

/// The keywords that a mapping of them stands for.
fn spread_keywords(mapping: Expr) -> Vec<Keyword> {
    match mapping.kind {
        ExprKind::Dict { keys, values } if keys.iter().flatten().all(is_keyword) => keys
            .iter()
            .zip(values)
            .map(|(key, value)| Keyword { arg: key.as_ref().and_then(text).cloned(), value })
            .collect(),
        kind => vec![Keyword { arg: None, value: Expr { kind, line: mapping.line } }],
    }
}
