//! Calls and attributes.

use std::borrow::Borrow;

use lancehead_ast::{Expr, ExprKind, Keyword};
use lancehead_ir::Collection;
use lancehead_pyc::PyStr;

use super::display::{Display, STACK_USE_GUIDELINE};
use super::expr::is_starred;
use super::name::Use;
use super::{Lower, Result};
use crate::act::{Act, Grow};
use crate::intern::{Const, Value};
use crate::scope::{Comp, Key, Kind, Meaning, Part, flag};

impl<'a> Lower<'a> {
    pub fn call_expr(&mut self, func: &Expr, args: &[Expr], keywords: &[Keyword]) -> Result {
        if self.method_call(func, args, keywords)? {
            return Ok(());
        }
        if self.d.call_slots == 2 && !self.d.null_after {
            self.emit(Act::PushNull);
        }
        self.expr(func)?;
        let inlined = self.inlined_builtin(func, args, keywords)?;
        if self.d.null_after {
            self.emit(Act::PushNull);
        }
        self.arguments_of_call(0, args, keywords, self.d.call_slots)?;
        if let Some(end) = inlined {
            self.place(end);
        }
        Ok(())
    }

    pub fn attribute(&mut self, value: &Expr, attr: &PyStr) -> Result {
        if let ExprKind::Call { func, args, keywords } = &value.kind
            && *attr != *"__class__"
            && self.is_super_call(func, args, keywords)
        {
            let two = self.load_super(func, args)?;
            let name = self.mangled(attr);
            self.emit(Act::LoadSuper { name, method: false, two });
            return Ok(());
        }
        self.expr(value)?;
        let name = self.mangled(attr);
        self.emit(Act::LoadAttr(name));
        Ok(())
    }

    /// `maybe_optimize_method_call`.
    fn method_call(&mut self, func: &Expr, args: &[Expr], keywords: &[Keyword]) -> Result<bool> {
        let ExprKind::Attribute { value, attr } = &func.kind else { return Ok(false) };
        if self.d.methods_take_keywords() {
            let count = args.len() + keywords.len() + usize::from(!keywords.is_empty());
            if self.d.limits_stack_use() && count >= STACK_USE_GUIDELINE {
                return Ok(false);
            }
        } else if !keywords.is_empty() || (self.d.limits_stack_use() && args.len() >= STACK_USE_GUIDELINE) {
            return Ok(false);
        }
        if args.iter().any(is_starred) || keywords.iter().any(|keyword| keyword.arg.is_none()) {
            return Ok(false);
        }
        if self.d.imports_are_no_methods() && self.is_import(value) {
            return Ok(false);
        }
        if let ExprKind::Call { func, args: super_args, keywords } = &value.kind
            && *attr != *"__class__"
            && self.is_super_call(func, super_args, keywords)
        {
            let two = self.load_super(func, super_args)?;
            let name = self.mangled(attr);
            self.emit(Act::LoadSuper { name, method: true, two });
        } else {
            self.expr(value)?;
            let name = self.mangled(attr);
            self.emit(Act::LoadMethod(name));
        }
        self.plain_arguments(args, keywords, 0, 2)?;
        Ok(true)
    }

    /// Whether a name is imported at the top of the module.
    fn is_import(&mut self, value: &Expr) -> bool {
        let ExprKind::Name(name) = &value.kind else { return false };
        let name = self.i.name(name);
        let module = self.units[0].scope;
        self.scopes.get(module).symbol(name).is_some_and(|symbol| symbol.flags & flag::IMPORT != 0)
    }

    /// `can_optimize_super_call`.
    fn is_super_call(&mut self, func: &Expr, args: &[Expr], keywords: &[Keyword]) -> bool {
        let is_super = matches!(&func.kind, ExprKind::Name(name) if *name == "super");
        if !self.d.loads_super_attributes() || !is_super || !keywords.is_empty() {
            return false;
        }
        let name = self.t("super");
        let module = self.units[0].scope;
        if self.meaning(name) != Meaning::GlobalImplicit
            || self.scopes.get(module).symbol(name).is_some_and(|s| s.meaning != Meaning::Unknown)
        {
            return false;
        }
        match args.len() {
            2 => !args.iter().any(is_starred),
            0 => {
                let class = self.t("__class__");
                self.unit().argcount > 0 && self.meaning(class) == Meaning::Free
            }
            _ => false,
        }
    }

    fn load_super(&mut self, func: &Expr, args: &[Expr]) -> Result<bool> {
        self.expr(func)?;
        if !args.is_empty() {
            self.exprs(args)?;
            return Ok(true);
        }
        let class = self.t("__class__");
        self.name_op(class, Use::Load);
        let scope = self.unit().scope;
        match self.scopes.get(scope).params.first().copied() {
            Some(first) => self.name_op(first, Use::Load),
            None => return self.fault("`super()` without a first argument"),
        }
        Ok(false)
    }

    /// The arguments of a call and the call itself; `pushed` positional ones lie on the stack already.
    pub fn arguments_of_call<E: Borrow<Expr>>(
        &mut self,
        pushed: u32,
        args: &[E],
        keywords: &[Keyword],
        slots: u32,
    ) -> Result {
        let unpacks = args.iter().any(is_starred) || keywords.iter().any(|keyword| keyword.arg.is_none());
        let many = self.d.limits_stack_use() && args.len() + keywords.len() * 2 > STACK_USE_GUIDELINE;
        if !unpacks && !many {
            return self.plain_arguments(args, keywords, pushed, slots);
        }
        if self.d.extends_collections() {
            self.unpacked_arguments(pushed, args, keywords)?;
        } else {
            self.joined_arguments(pushed, args, keywords)?;
        }
        let mapping = self.d.call_ex_has_mapping();
        if mapping && keywords.is_empty() {
            self.emit(Act::PushNull);
        }
        let slots = self.d.call_slots;
        self.emit(Act::CallEx { keywords: mapping || !keywords.is_empty(), slots });
        Ok(())
    }

    fn plain_arguments<E: Borrow<Expr>>(
        &mut self,
        args: &[E],
        keywords: &[Keyword],
        pushed: u32,
        slots: u32,
    ) -> Result {
        self.exprs(args)?;
        let mut names = Vec::with_capacity(keywords.len());
        for keyword in keywords {
            self.expr(&keyword.value)?;
            names.push(self.keyword_name(keyword)?);
        }
        let argc = pushed + (args.len() + keywords.len()) as u32;
        if !keywords.is_empty() {
            let names = self.i.constant(Value::Tuple(names));
            self.constant(names);
        }
        self.emit(Act::Call { argc, keywords: !keywords.is_empty(), slots });
        Ok(())
    }

    fn keyword_name(&mut self, keyword: &Keyword) -> Result<Const> {
        let Some(name) = &keyword.arg else { return self.fault("a keyword without a name") };
        let name = self.i.name(name);
        let text = self.i.spell(name).clone();
        Ok(self.i.string(&text))
    }

    fn unpacked_arguments<E: Borrow<Expr>>(
        &mut self,
        pushed: u32,
        args: &[E],
        keywords: &[Keyword],
    ) -> Result {
        let only = match args {
            [only] if pushed == 0 => match &only.borrow().kind {
                ExprKind::Starred(value) => Some(&**value),
                _ => None,
            },
            _ => None,
        };
        match only {
            Some(only) => self.expr(only)?,
            None if pushed == 0 => match self.consts_of(args) {
                Some(args) if args.is_empty() => self.emit(Act::Build(Collection::Tuple, 0)),
                Some(args) if args.len() > 2 => {
                    let args = self.i.constant(Value::Tuple(args));
                    self.constant(args);
                }
                _ => self.display(args, pushed, Display::Tuple)?,
            },
            None => self.display(args, pushed, Display::Tuple)?,
        }
        let (mut have_dict, mut from) = (false, 0);
        for (at, keyword) in keywords.iter().enumerate() {
            if keyword.arg.is_some() {
                continue;
            }
            if at > from {
                self.keyword_part(&keywords[from..at])?;
                if have_dict {
                    self.emit(Act::Grow(Grow::DictMerge, 1));
                }
                have_dict = true;
            }
            if !have_dict {
                self.emit(Act::Build(Collection::Map, 0));
                have_dict = true;
            }
            self.expr(&keyword.value)?;
            self.emit(Act::Grow(Grow::DictMerge, 1));
            from = at + 1;
        }
        if from < keywords.len() {
            self.keyword_part(&keywords[from..])?;
            if have_dict {
                self.emit(Act::Grow(Grow::DictMerge, 1));
            }
        }
        Ok(())
    }

    /// 3.7, 3.8: positional and keyword arguments are joined from parts.
    fn joined_arguments<E: Borrow<Expr>>(&mut self, pushed: u32, args: &[E], keywords: &[Keyword]) -> Result {
        let parts = self.unpacked_parts(args, pushed, Collection::Tuple)?;
        match parts {
            0 => self.emit(Act::Build(Collection::Tuple, 0)),
            1 => {}
            _ => self.emit(Act::BuildUnpack(Collection::Tuple, parts, true)),
        }
        let (mut parts, mut from) = (0, 0);
        for (at, keyword) in keywords.iter().enumerate() {
            if keyword.arg.is_some() {
                continue;
            }
            if at > from {
                self.keyword_part(&keywords[from..at])?;
                parts += 1;
            }
            self.expr(&keyword.value)?;
            parts += 1;
            from = at + 1;
        }
        if from < keywords.len() {
            self.keyword_part(&keywords[from..])?;
            parts += 1;
        }
        if parts > 1 {
            self.emit(Act::BuildUnpack(Collection::Map, parts, true));
        }
        Ok(())
    }

    /// `compiler_subkwargs`.
    fn keyword_part(&mut self, keywords: &[Keyword]) -> Result {
        let count = keywords.len();
        let big = self.d.limits_stack_use() && count * 2 > STACK_USE_GUIDELINE;
        if count > 1 && !big && self.d.builds_const_key_maps() {
            let mut names = Vec::with_capacity(count);
            for keyword in keywords {
                self.expr(&keyword.value)?;
                names.push(self.keyword_name(keyword)?);
            }
            let names = self.i.constant(Value::Tuple(names));
            self.constant(names);
            self.emit(Act::BuildConstKeyMap(count as u32));
            return Ok(());
        }
        if big {
            self.emit(Act::Build(Collection::Map, 0));
        }
        for keyword in keywords {
            let name = self.keyword_name(keyword)?;
            self.constant(name);
            self.expr(&keyword.value)?;
            if big {
                self.emit(Act::Grow(Grow::MapAdd, 1));
            }
        }
        if !big {
            self.emit(Act::Build(Collection::Map, count as u32));
        }
        Ok(())
    }

    /// 3.14: `any`, `all`, `tuple` (3.15: `list`, `set`) of a generator expression become a loop, if the name still
    /// means the builtin. Emits the test and the loop, and gives the label behind the call.
    fn inlined_builtin(
        &mut self,
        func: &Expr,
        args: &[Expr],
        keywords: &[Keyword],
    ) -> Result<Option<super::frame::Label>> {
        let ExprKind::Name(name) = &func.kind else { return Ok(None) };
        let [generator @ Expr { kind: ExprKind::GeneratorExp { .. }, .. }] = args else { return Ok(None) };
        let Some(builtin) = self.d.inlined_builtins().iter().copied().find(|known| *name == *known) else {
            return Ok(None);
        };
        if !keywords.is_empty() || self.is_async_generator(generator)? {
            return Ok(None);
        }
        let (skip, end) = (self.label(), self.label());
        let common = self.t(builtin);
        self.emit(Act::Copy(1));
        self.emit(Act::Common(common));
        self.emit(Act::Is);
        self.emit(Act::PopJump(false, skip.0));
        self.emit(Act::Pop);
        self.inlined_loop(builtin, generator, end)?;
        self.place(skip);
        Ok(Some(end))
    }

    fn is_async_generator(&mut self, generator: &Expr) -> Result<bool> {
        let scope = self.scope_of(Key::of(generator, Part::Body))?;
        let scope = self.scopes.get(scope);
        debug_assert_eq!(scope.kind, Kind::Comprehension(Comp::Generator));
        Ok(scope.coroutine)
    }

    fn inlined_loop(&mut self, builtin: &str, generator: &Expr, end: super::frame::Label) -> Result {
        let grows = match builtin {
            "set" => Some((Collection::Set, Grow::SetAdd)),
            "tuple" | "list" => Some((Collection::List, Grow::ListAppend)),
            _ => None,
        };
        if let Some((collection, _)) = grows {
            self.emit(Act::Build(collection, 0));
        }
        self.expr(generator)?;
        if self.d.index_slot {
            self.emit(Act::PushNull);
        }
        let (again, done) = (self.label(), self.label());
        self.place(again);
        self.emit(Act::ForIter(done.0));
        if let Some((_, grow)) = grows {
            self.emit(Act::Grow(grow, if self.d.index_slot { 3 } else { 2 }));
            self.jump(again);
        } else {
            let stops_at = builtin == "any";
            self.emit(Act::PopJump(!stops_at, again.0));
            self.emit(Act::PopIter);
            self.constant(if stops_at {
                crate::intern::Interner::TRUE
            } else {
                crate::intern::Interner::FALSE
            });
            self.jump(end);
        }
        self.place(done);
        self.emit(Act::EndFor);
        self.emit(Act::PopIter);
        match builtin {
            "tuple" => self.emit(Act::ListToTuple),
            "any" => self.constant(crate::intern::Interner::FALSE),
            "all" => self.constant(crate::intern::Interner::TRUE),
            _ => {}
        }
        self.jump(end);
        Ok(())
    }
}
