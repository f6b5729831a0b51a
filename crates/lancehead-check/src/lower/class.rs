//! Classes.

use lancehead_ast::ClassDef;
use lancehead_ir::Variable;

use super::function::generic_name;
use super::name::Use;
use super::{Lower, Result};
use crate::act::Act;
use crate::intern::{Interner, Value};
use crate::scope::{Key, Kind, Part};

impl<'a> Lower<'a> {
    pub fn class(&mut self, def: &'a ClassDef) -> Result {
        for decorator in &def.decorators {
            self.expr(decorator)?;
        }
        if def.type_params.is_empty() {
            let code = self.class_code(def)?;
            self.build_class(def, code)?;
        } else {
            self.generic_class(def)?;
        }
        for _ in &def.decorators {
            self.call_with_top();
        }
        self.name(&def.name, Use::Store);
        Ok(())
    }

    fn build_class(&mut self, def: &ClassDef, code: u32) -> Result {
        self.begin_class(code);
        let name = self.i.string(&def.name);
        self.constant(name);
        let slots = self.d.call_slots;
        self.arguments_of_call(2, &def.bases, &def.keywords, slots)
    }

    fn begin_class(&mut self, code: u32) {
        let has_null = self.d.call_slots == 2;
        if has_null && !self.d.null_after {
            self.emit(Act::PushNull);
        }
        self.emit(Act::LoadBuildClass);
        if has_null && self.d.null_after {
            self.emit(Act::PushNull);
        }
        self.make_function(code, 0);
    }

    fn generic_class(&mut self, def: &'a ClassDef) -> Result {
        if !self.d.null_after {
            self.emit(Act::PushNull);
        }
        let key = Key::of(def, Part::TypeParams);
        let code = match self.cached(key) {
            Some(code) => code,
            None => {
                let scope = self.scope_of(key)?;
                self.enter(scope, &generic_name(&def.name), self.line);
                let name = self.i.name(&def.name);
                let private = self.unit().private;
                self.unit().private = Some(name);
                self.type_params(&def.type_params)?;
                let type_params = self.t(".type_params");
                self.name_op(type_params, Use::Store);
                let code = self.class_code(def)?;
                if self.d.mangles_type_params_only() {
                    self.unit().private = private;
                }
                self.generic_bases(def, code)?;
                self.emit(Act::Return);
                self.leave(Some(key))?
            }
        };
        self.make_function(code, 0);
        if self.d.null_after {
            self.emit(Act::PushNull);
        }
        self.call(0);
        Ok(())
    }

    fn generic_bases(&mut self, def: &ClassDef, code: u32) -> Result {
        let (type_params, base) = (self.t(".type_params"), self.t(".generic_base"));
        self.begin_class(code);
        let name = self.i.string(&def.name);
        self.constant(name);
        self.name_op(type_params, Use::Load);
        self.emit(Act::Intrinsic1("INTRINSIC_SUBSCRIPT_GENERIC"));
        self.name_op(base, Use::Store);
        let generic = lancehead_ast::Expr::name(".generic_base");
        let bases: Vec<&lancehead_ast::Expr> = def.bases.iter().chain([&generic]).collect();
        let slots = self.d.call_slots;
        self.arguments_of_call(2, &bases, &def.keywords, slots)
    }

    fn class_code(&mut self, def: &'a ClassDef) -> Result<u32> {
        let key = Key::of(def, Part::Body);
        if let Some(code) = self.cached(key) {
            return Ok(code);
        }
        let scope = self.scope_of(key)?;
        let first_line = self.line;
        self.enter(scope, &def.name, first_line);
        let name = self.i.name(&def.name);
        self.unit().private = Some(name);
        self.unit().is_bare_class = def.bases.is_empty() && def.keywords.is_empty();
        if self.is_made_up() {
            self.body(&def.body)?;
            return self.leave(Some(key));
        }
        let module = self.t("__name__");
        self.emit(Act::Load(Variable::Name, module));
        self.store_name("__module__");
        let qualname = self.unit().qualname.clone();
        let qualname = self.i.string(&qualname);
        self.constant(qualname);
        self.store_name("__qualname__");
        if self.d.notes_first_lines() {
            let line = self.i.int(i64::from(first_line));
            self.constant(line);
            self.store_name("__firstlineno__");
        }
        if !def.type_params.is_empty() {
            let type_params = self.t(".type_params");
            self.name_op(type_params, Use::Load);
            self.store_name("__type_params__");
        }
        if self.scopes.get(scope).needs_classdict {
            let classdict = self.t("__classdict__");
            self.emit(Act::LoadLocals);
            self.emit(Act::Store(Variable::Deref, classdict));
        }
        self.class_conditional_annotations(scope);
        self.body(&def.body)?;
        self.class_annotations(scope)?;
        self.end_class(scope);
        self.leave(Some(key))
    }

    fn end_class(&mut self, scope: crate::scope::ScopeId) {
        if self.d.notes_first_lines() {
            let mut names: Vec<_> = self.unit().static_attributes.iter().cloned().collect();
            names.sort();
            let names = names.iter().map(|name| self.i.string(name)).collect();
            let names = self.i.constant(Value::Tuple(names));
            self.constant(names);
            self.store_name("__static_attributes__");
        }
        let scope = self.scopes.get(scope);
        let (needs_classdict, needs_closure) = (scope.needs_classdict, scope.needs_class_closure);
        if needs_classdict {
            let classdict = self.t("__classdict__");
            self.cell(classdict);
            self.store_name("__classdictcell__");
        }
        if needs_closure {
            let class = self.t("__class__");
            self.cell(class);
            self.emit(Act::Copy(1));
            self.store_name("__classcell__");
        } else {
            self.constant(Interner::NONE);
        }
        self.emit(Act::Return);
        debug_assert_eq!(self.kind(), Kind::Class);
    }
}
