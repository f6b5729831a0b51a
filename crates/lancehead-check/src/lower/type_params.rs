//! Type parameters and type aliases (PEP 695, PEP 696).

use lancehead_ast::{Expr, ExprKind, StmtKind, TypeParam};
use lancehead_ir::Collection;
use lancehead_pyc::PyStr;

use super::function::generic_name;
use super::name::Use;
use super::{Lower, Result};
use crate::act::Act;
use crate::intern::{Interner, Value};
use crate::scope::{Key, Part};

const DEFAULTS: u32 = 1;

impl<'a> Lower<'a> {
    /// `compiler_type_params`: binds each, and leaves the tuple of all on the stack.
    pub fn type_params(&mut self, params: &[TypeParam]) -> Result {
        for param in params {
            let (name, default) = match param {
                TypeParam::TypeVar { name, default, .. }
                | TypeParam::ParamSpec { name, default }
                | TypeParam::TypeVarTuple { name, default } => (name, default.as_ref()),
            };
            let text = self.i.string(name);
            self.constant(text);
            match param {
                TypeParam::TypeVar { bound: Some(bound), .. } => {
                    self.evaluator(Key::of(param, Part::Bound), name, bound)?;
                    self.emit(Act::Intrinsic2(match bound.kind {
                        ExprKind::Tuple(_) => "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
                        _ => "INTRINSIC_TYPEVAR_WITH_BOUND",
                    }));
                }
                TypeParam::TypeVar { .. } => self.emit(Act::Intrinsic1("INTRINSIC_TYPEVAR")),
                TypeParam::ParamSpec { .. } => self.emit(Act::Intrinsic1("INTRINSIC_PARAMSPEC")),
                TypeParam::TypeVarTuple { .. } => self.emit(Act::Intrinsic1("INTRINSIC_TYPEVARTUPLE")),
            }
            if let Some(default) = default {
                self.evaluator(Key::of(param, Part::Default), name, default)?;
                self.emit(Act::Intrinsic2("INTRINSIC_SET_TYPEPARAM_DEFAULT"));
            }
            self.emit(Act::Copy(1));
            self.name(name, Use::Store);
        }
        self.emit(Act::Build(Collection::Tuple, params.len() as u32));
        Ok(())
    }

    /// A function that evaluates a bound, a default or the value of an alias.
    fn evaluator(&mut self, key: Key, name: &PyStr, value: &Expr) -> Result {
        let mut flags = 0;
        if self.d.evaluators_take_format() {
            let one = self.i.int(1);
            let defaults = self.i.constant(Value::Tuple(vec![one]));
            self.constant(defaults);
            flags |= DEFAULTS;
        }
        let code = match self.cached(key) {
            Some(code) => code,
            None => {
                let scope = self.scope_of(key)?;
                let name = name.to_string_lossy().into_owned();
                self.begin_evaluator(scope, &name);
                match &value.kind {
                    ExprKind::Starred(inner) => {
                        self.expr(inner)?;
                        self.emit(Act::Unpack(1));
                    }
                    _ => self.expr(value)?,
                }
                self.emit(Act::Return);
                self.leave(Some(key))?
            }
        };
        self.make_function(code, flags);
        Ok(())
    }

    pub fn type_alias(&mut self, node: &StmtKind, name: &Expr, params: &[TypeParam], value: &Expr) -> Result {
        let ExprKind::Name(name) = &name.kind else { return self.fault("a type alias without a name") };
        if params.is_empty() {
            self.alias_parts(node, name, None, value)?;
        } else {
            if !self.d.null_after {
                self.emit(Act::PushNull);
            }
            let key = Key::of(node, Part::TypeParams);
            let code = match self.cached(key) {
                Some(code) => code,
                None => {
                    let scope = self.scope_of(key)?;
                    self.enter(scope, &generic_name(name), self.line);
                    self.alias_parts(node, name, Some(params), value)?;
                    self.emit(Act::Return);
                    self.leave(Some(key))?
                }
            };
            self.make_function(code, 0);
            if self.d.null_after {
                self.emit(Act::PushNull);
            }
            self.call(0);
        }
        self.name(name, Use::Store);
        Ok(())
    }

    fn alias_parts(
        &mut self,
        node: &StmtKind,
        name: &PyStr,
        params: Option<&[TypeParam]>,
        value: &Expr,
    ) -> Result {
        let text = self.i.string(name);
        self.constant(text);
        match params {
            Some(params) => self.type_params(params)?,
            None => self.constant(Interner::NONE),
        }
        self.evaluator(Key::of(node, Part::Body), name, value)?;
        self.emit(Act::Build(Collection::Tuple, 3));
        self.emit(Act::Intrinsic1("INTRINSIC_TYPEALIAS"));
        Ok(())
    }
}
