//! Functions, classes and type parameters in the first pass of the symbol table.

use lancehead_ast::{Arguments, ClassDef, Expr, FunctionDef, TypeParam};

use super::build::{Builder, Result};
use super::{Key, Kind, Part, flag};

/// The annotations of parameters.
fn annotations(args: &Arguments) -> impl Iterator<Item = &Expr> {
    let args = args
        .posonlyargs
        .iter()
        .chain(&args.args)
        .chain(&args.vararg)
        .chain(&args.kwonlyargs)
        .chain(&args.kwarg);
    args.filter_map(|arg| arg.annotation.as_deref())
}

impl Builder<'_> {
    pub fn defaults(&mut self, args: &Arguments) -> Result {
        self.exprs(&args.defaults)?;
        args.kw_defaults.iter().flatten().try_for_each(|default| self.expr(default))
    }

    pub fn parameters(&mut self, args: &Arguments) {
        for arg in args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs) {
            self.add(&arg.arg, flag::PARAM);
        }
        for arg in args.vararg.iter().chain(&args.kwarg) {
            self.add(&arg.arg, flag::PARAM);
        }
    }

    pub fn function(&mut self, def: &FunctionDef) -> Result {
        self.add(&def.name, flag::LOCAL);
        self.defaults(&def.args)?;
        self.exprs(&def.decorators)?;
        let name = self.interner.name(&def.name);
        let outer = if def.type_params.is_empty() {
            None
        } else {
            let before = self.enter_seeing(Kind::TypeParams, name, Key::of(def, Part::TypeParams));
            // The parser makes a sequence of defaults even where there are none.
            self.special(".defaults", flag::PARAM);
            if def.args.kw_defaults.iter().any(Option::is_some) {
                self.special(".kwdefaults", flag::PARAM);
            }
            self.type_params(&def.type_params)?;
            Some(before)
        };
        self.function_annotations(def)?;
        let before = self.enter(Kind::Function, name, Key::of(def, Part::Body));
        self.scope().coroutine = def.is_async;
        self.parameters(&def.args);
        self.suite(&def.body)?;
        self.is_well_formed()?;
        self.leave(before);
        if let Some(outer) = outer {
            self.leave(outer);
        }
        Ok(())
    }

    fn function_annotations(&mut self, def: &FunctionDef) -> Result {
        let all: Vec<&Expr> = annotations(&def.args).chain(&def.returns).collect();
        let apart = self.dialect.defers_annotations()
            || (self.future_annotations && self.dialect.keeps_text_annotations_apart());
        if !apart {
            return all.into_iter().try_for_each(|annotation| self.expr(annotation));
        }
        // Where nothing is annotated, all that comes of the scope is that the class around it is seen.
        if all.is_empty() && !self.sees_class(Kind::Annotations) {
            return Ok(());
        }
        let name = self.interner.text("__annotate__");
        let key = Key::of(def, Part::Annotations);
        let before = if self.dialect.defers_annotations() {
            let before = self.enter_seeing(Kind::Annotations, name, key);
            self.special(".format", flag::PARAM);
            before
        } else {
            self.enter(Kind::Annotations, name, key)
        };
        all.into_iter().try_for_each(|annotation| self.expr(annotation))?;
        self.leave(before);
        Ok(())
    }

    pub fn class(&mut self, def: &ClassDef) -> Result {
        self.add(&def.name, flag::LOCAL);
        self.exprs(&def.decorators)?;
        let name = self.interner.name(&def.name);
        let private = self.private;
        let outer = if def.type_params.is_empty() {
            None
        } else {
            let before = self.enter_seeing(Kind::TypeParams, name, Key::of(def, Part::TypeParams));
            self.private = Some(name);
            self.special(".type_params", flag::LOCAL | flag::USE);
            self.special(".generic_base", flag::LOCAL | flag::USE);
            self.type_params(&def.type_params)?;
            Some(before)
        };
        // The class's own arguments are not within it: they are not mangled by its name since 3.13.
        if self.dialect.mangles_type_params_only() {
            self.private = private;
        }
        self.exprs(&def.bases)?;
        def.keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))?;
        let before = self.enter(Kind::Class, name, Key::of(def, Part::Body));
        self.private = Some(name);
        if !def.type_params.is_empty() {
            self.special("__type_params__", flag::LOCAL);
            self.special(".type_params", flag::USE);
        }
        self.suite(&def.body)?;
        self.leave(before);
        self.private = private;
        if let Some(outer) = outer {
            self.leave(outer);
        }
        Ok(())
    }

    pub fn type_params(&mut self, params: &[TypeParam]) -> Result {
        for param in params {
            let (name, bound, default) = match param {
                TypeParam::TypeVar { name, bound, default } => (name, bound.as_ref(), default.as_ref()),
                TypeParam::ParamSpec { name, default } | TypeParam::TypeVarTuple { name, default } => {
                    (name, None, default.as_ref())
                }
            };
            self.add(name, flag::LOCAL | flag::TYPE_PARAM);
            let name = self.interner.name(name);
            for (part, value) in [(Part::Bound, bound), (Part::Default, default)] {
                let Some(value) = value else { continue };
                let before = self.enter_seeing(Kind::TypeVariable, name, Key::of(param, part));
                if self.dialect.evaluators_take_format() {
                    self.special(".format", flag::PARAM);
                }
                self.expr(value)?;
                self.leave(before);
            }
        }
        Ok(())
    }
}
