//! Assignments.

use lancehead_ast::{Expr, ExprKind, Operator};
use lancehead_ir::Variable;

use super::expr::operator;
use super::name::Use;
use super::{Lower, Result};
use crate::act::Act;
use crate::scope::Kind;

impl<'a> Lower<'a> {
    pub fn assign(&mut self, targets: &[Expr], value: &Expr) -> Result {
        self.expr(value)?;
        for (at, target) in targets.iter().enumerate() {
            if at + 1 < targets.len() {
                self.emit(Act::Copy(1));
            }
            self.store(target)?;
        }
        Ok(())
    }

    /// Stores the top.
    pub fn store(&mut self, target: &Expr) -> Result {
        let line = self.line;
        if target.line != 0 {
            self.line = target.line;
        }
        self.store_kind(target)?;
        self.line = line;
        Ok(())
    }

    fn store_kind(&mut self, target: &Expr) -> Result {
        match &target.kind {
            ExprKind::Name(name) => self.name(name, Use::Store),
            ExprKind::Attribute { value, attr } => {
                self.expr(value)?;
                self.note_static_attribute(value, attr);
                let name = self.mangled(attr);
                self.emit(Act::StoreAttr(name));
            }
            ExprKind::Subscript { value, slice } => {
                self.expr(value)?;
                let act = if self.subscript_parts(slice)? { Act::StoreSlice } else { Act::StoreSubscript };
                self.emit(act);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                let star = items.iter().position(super::expr::is_starred);
                match star {
                    Some(before) => {
                        let after = items.len() - before - 1;
                        self.emit(Act::UnpackEx(before as u32, after as u32));
                    }
                    None => self.emit(Act::Unpack(items.len() as u32)),
                }
                for item in items {
                    match &item.kind {
                        ExprKind::Starred(item) => self.store(item)?,
                        _ => self.store(item)?,
                    }
                }
            }
            _ => return self.fault("this cannot be assigned to"),
        }
        Ok(())
    }

    /// 3.13: `__static_attributes__` lists what methods assign to `self`.
    fn note_static_attribute(&mut self, value: &Expr, attr: &lancehead_pyc::PyStr) {
        if !matches!(&value.kind, ExprKind::Name(name) if *name == "self") {
            return;
        }
        let outer = self.units.len() - 1;
        if let Some(class) = self.units[..outer].iter_mut().rev().find(|unit| unit.kind == Kind::Class) {
            class.static_attributes.insert(attr.clone());
        }
    }

    pub fn aug_assign(&mut self, target: &Expr, op: Operator, value: &Expr) -> Result {
        let act = Act::Inplace(operator(op));
        match &target.kind {
            ExprKind::Name(name) => {
                self.name(name, Use::Load);
                self.expr(value)?;
                self.emit(act);
                self.name(name, Use::Store);
            }
            ExprKind::Attribute { value: object, attr } => {
                self.expr(object)?;
                self.emit(Act::Copy(1));
                let name = self.mangled(attr);
                self.emit(Act::LoadAttr(name));
                self.expr(value)?;
                self.emit(act);
                self.emit(Act::Swap(2));
                self.emit(Act::StoreAttr(name));
            }
            ExprKind::Subscript { value: object, slice } => {
                self.expr(object)?;
                if self.subscript_parts(slice)? {
                    for _ in 0..3 {
                        self.emit(Act::Copy(3));
                    }
                    self.emit(Act::BinarySlice);
                    self.expr(value)?;
                    self.emit(act);
                    self.emit(Act::Rotate(4));
                    self.emit(Act::StoreSlice);
                } else {
                    self.emit(Act::Copy(2));
                    self.emit(Act::Copy(2));
                    self.emit(Act::Subscript);
                    self.expr(value)?;
                    self.emit(act);
                    self.emit(Act::Rotate(3));
                    self.emit(Act::StoreSubscript);
                }
            }
            _ => return self.fault("this cannot be assigned to"),
        }
        Ok(())
    }

    pub fn ann_assign(
        &mut self,
        target: &Expr,
        annotation: &'a Expr,
        value: Option<&Expr>,
        simple: bool,
    ) -> Result {
        if let Some(value) = value {
            self.expr(value)?;
            self.store(target)?;
        }
        let is_local = self.kind().is_function_like();
        match &target.kind {
            ExprKind::Name(name) if simple && !is_local => {
                if self.defers_annotations() {
                    return self.defer_annotation(name, annotation);
                }
                self.annotation_value(annotation)?;
                let annotations = self.t("__annotations__");
                self.emit(Act::Load(Variable::Name, annotations));
                let mangled = self.mangled(name);
                let text = self.i.spell(mangled).clone();
                let key = self.i.string(&text);
                self.constant(key);
                self.emit(Act::StoreSubscript);
            }
            ExprKind::Attribute { value: object, .. } if value.is_none() => self.evaluate(object)?,
            ExprKind::Subscript { value: object, slice } if value.is_none() => {
                self.evaluate(object)?;
                self.evaluate_subscript(slice)?;
            }
            _ => {}
        }
        if !simple && !is_local && !self.future.annotations && !self.d.defers_annotations() {
            self.evaluate(annotation)?;
        }
        Ok(())
    }

    fn evaluate(&mut self, expr: &Expr) -> Result {
        self.expr(expr)?;
        self.emit(Act::Pop);
        Ok(())
    }

    fn evaluate_subscript(&mut self, slice: &Expr) -> Result {
        match &slice.kind {
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().try_for_each(|part| self.evaluate(part))
            }
            ExprKind::Tuple(items) => items.iter().try_for_each(|item| self.evaluate_subscript(item)),
            _ => self.evaluate(slice),
        }
    }
}
