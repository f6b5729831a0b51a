//! Type parameters (PEP 695, PEP 696): hidden functions make them, and what they belong to.

use std::rc::Rc;

use lancehead_ast::{Expr, ExprKind, TypeParam};
use lancehead_pyc::PyStr;

use super::Machine;
use crate::code::constants::text;
use crate::code::definition::{Class, Definition, Function, TypeAlias};
use crate::code::failure::Outcome;
use crate::execute::value::Value;
use crate::tree::build::value_of;

/// What the compiler calls the base `Generic[…]` that it adds to a class.
const GENERIC_BASE: &str = ".generic_base";

impl Machine<'_> {
    /// The hidden function that makes the type parameters of a definition, called.
    pub fn generic_scope(&mut self, function: &Function, args: Vec<Value>) -> Outcome<Value> {
        let arguments = args.into_iter().map(|arg| self.to_expr(arg)).collect::<Outcome<Vec<_>>>()?;
        let definition = self.unit.nested.generic(function.code)?;
        let defined = match definition {
            Definition::Function(defined) => defined,
            Definition::Class(class) => return Ok(Value::Class(class)),
            Definition::Alias(alias) => return Ok(Value::TypeAlias(alias)),
        };
        let mut defined = Rc::unwrap_or_clone(defined);
        let parameters = &self.unit.nested.code(function.code).varnames;
        for (flag, name) in std::mem::take(&mut defined.given) {
            let at = parameters.iter().position(|parameter| *parameter == name);
            match at.and_then(|at| arguments.get(at)) {
                Some(argument) => self.set_attribute(&mut defined, flag, Value::Expr(argument.clone()))?,
                None => return self.fail("a default that is not handed over"),
            }
        }
        Ok(Value::Function(Rc::new(defined)))
    }

    /// Pops what is returned: a hidden function returns a definition.
    pub fn pop_returned(&mut self) -> Outcome<Expr> {
        let type_params = self.unit.hidden.type_params();
        let definition = match self.pop()? {
            Value::Function(function) if self.unit.is_generic_scope() && !function.is_expression() => {
                Definition::Function(function)
            }
            Value::Class(class) if self.unit.is_generic_scope() => {
                Definition::Class(Rc::new(Class { type_params, ..Class::clone(&class) }))
            }
            Value::TypeAlias(alias) if self.unit.is_generic_scope() => Definition::Alias(alias),
            value => return self.to_expr(value),
        };
        Ok(self.unit.hidden.define(definition))
    }

    /// An intrinsic with one argument.
    pub fn intrinsic_1(&mut self, intrinsic: &str) -> Outcome<()> {
        let value = match intrinsic {
            "INTRINSIC_TYPEVAR" => {
                let name = self.pop_text()?;
                type_param(TypeParam::TypeVar { name, bound: None, default: None })
            }
            "INTRINSIC_PARAMSPEC" => {
                type_param(TypeParam::ParamSpec { name: self.pop_text()?, default: None })
            }
            "INTRINSIC_TYPEVARTUPLE" => {
                type_param(TypeParam::TypeVarTuple { name: self.pop_text()?, default: None })
            }
            "INTRINSIC_SUBSCRIPT_GENERIC" => {
                self.pop()?;
                Value::Expr(self.at_line(ExprKind::Name(GENERIC_BASE.into())))
            }
            "INTRINSIC_TYPEALIAS" => self.type_alias()?,
            _ => return self.fail("an intrinsic of unknown meaning"),
        };
        self.push(value);
        Ok(())
    }

    /// An intrinsic with two arguments.
    pub fn intrinsic_2(&mut self, intrinsic: &str) -> Outcome<()> {
        let value = match intrinsic {
            "INTRINSIC_TYPEVAR_WITH_BOUND" | "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS" => {
                let bound = Some(self.pop_evaluated()?);
                let name = self.pop_text()?;
                type_param(TypeParam::TypeVar { name, bound, default: None })
            }
            "INTRINSIC_SET_TYPEPARAM_DEFAULT" => {
                let value = self.pop_evaluated()?;
                match self.pop()? {
                    Value::TypeParam(param) => type_param(with_default(Rc::unwrap_or_clone(param), value)),
                    _ => return self.fail("a default of something that is no type parameter"),
                }
            }
            "INTRINSIC_SET_FUNCTION_TYPE_PARAMS" => {
                self.pop()?;
                let type_params = self.unit.hidden.type_params();
                match self.pop()? {
                    Value::Function(function) => {
                        Value::Function(Rc::new(Function { type_params, ..Function::clone(&function) }))
                    }
                    _ => return self.fail("type parameters of something that is no function"),
                }
            }
            _ => return self.fail("an intrinsic of unknown meaning"),
        };
        self.push(value);
        Ok(())
    }

    fn pop_text(&mut self) -> Outcome<PyStr> {
        match text(&self.pop_expr()?) {
            Some(text) => Ok(text.clone()),
            None => self.fail("a type parameter without a name"),
        }
    }

    /// Pops a function that computes a bound or default, and gives the expression that it returns.
    fn pop_evaluated(&mut self) -> Outcome<Expr> {
        match self.pop()? {
            Value::Function(function) => self.evaluated(&function),
            _ => self.fail("an evaluator that is no function"),
        }
    }

    /// The expression that an evaluator returns.
    fn evaluated(&self, function: &Function) -> Outcome<Expr> {
        match value_of(self.unit.nested.evaluated(function.code)?) {
            Some(value) => Ok(value),
            None => self.fail("an evaluator that is no expression"),
        }
    }

    /// Takes name, type parameters (or None) and evaluator, in a tuple.
    fn type_alias(&mut self) -> Outcome<Value> {
        let ExprKind::Tuple(parts) = self.pop_expr()?.kind else {
            return self.fail("a type alias of something else");
        };
        let [name, params, evaluator] = &parts[..] else {
            return self.fail("a type alias of something else");
        };
        let (Some(name), Some(evaluator)) = (text(name), self.unit.take_class_body(evaluator)) else {
            return self.fail("a type alias of something else");
        };
        let type_params = match super::is_none(params) {
            true => Vec::new(),
            false => self.unit.hidden.type_params(),
        };
        let value = self.evaluated(&evaluator)?;
        Ok(Value::TypeAlias(Rc::new(TypeAlias { name: name.clone(), type_params, value })))
    }
}

fn type_param(param: TypeParam) -> Value {
    Value::TypeParam(Rc::new(param))
}

fn with_default(mut param: TypeParam, value: Expr) -> TypeParam {
    match &mut param {
        TypeParam::TypeVar { default, .. }
        | TypeParam::ParamSpec { default, .. }
        | TypeParam::TypeVarTuple { default, .. } => *default = Some(value),
    }
    param
}

/// Whether an expression is the base that the compiler adds to a class with type parameters.
pub fn is_generic_base(base: &Expr) -> bool {
    crate::tree::query::is_name(base, GENERIC_BASE)
}
