//! Comprehensions and generator expressions.

use lancehead_ast::{Comprehension, Expr, ExprKind};
use lancehead_ir::{Collection, Variable};

use super::{Lower, Result};
use crate::act::{Act, Grow, Setup};
use crate::intern::Name;
use crate::scope::{Comp, Key, Kind, Meaning, Part, ScopeId, Symbol, flag};

/// A comprehension, taken apart.
struct Parts<'e> {
    comp: Comp,
    element: &'e Expr,
    value: Option<&'e Expr>,
    generators: &'e [Comprehension],
}

fn parts(expr: &Expr) -> Option<Parts<'_>> {
    let (comp, element, value, generators) = match &expr.kind {
        ExprKind::ListComp { element, generators } => (Comp::List, element, None, generators),
        ExprKind::SetComp { element, generators } => (Comp::Set, element, None, generators),
        ExprKind::GeneratorExp { element, generators } => (Comp::Generator, element, None, generators),
        ExprKind::DictComp { key, value, generators } => (Comp::Dict, key, value.as_deref(), generators),
        _ => return None,
    };
    Some(Parts { comp, element, value, generators })
}

/// What must be put back after an inlined comprehension.
struct Isolated {
    pushed: Vec<Name>,
    symbols: Vec<(Name, Symbol)>,
    hidden: usize,
}

impl<'a> Lower<'a> {
    pub fn comprehension(&mut self, expr: &Expr) -> Result {
        let (Some(parts), key) = (parts(expr), Key::of(expr, Part::Body)) else {
            return self.fault("no comprehension");
        };
        let scope = self.scope_of(key)?;
        let Some(first) = parts.generators.first() else { return self.fault("a comprehension over nothing") };
        if self.scopes.get(scope).inlined {
            return self.inlined_comprehension(scope, &parts, first);
        }
        let is_async = self.scopes.get(scope).coroutine && parts.comp != Comp::Generator;
        let code = match self.cached(key) {
            Some(code) => code,
            None => {
                let name = self.scopes.get(scope).name;
                let name = self.i.spell(name).clone();
                self.enter(scope, &name, self.line);
                self.unit().argcount = 1;
                let early = parts.comp == Comp::Generator && self.d.generators_get_iter();
                if early {
                    // What is iterated is found out before the generator is made.
                    let param = self.t(".0");
                    self.emit(Act::Load(Variable::Fast, param));
                    self.emit(if first.is_async { Act::GetAiter } else { Act::GetIter });
                }
                let wrapped = if parts.comp == Comp::Generator { self.begin_generator() } else { None };
                self.start_collection(parts.comp);
                self.generator(&parts, 0, 0, early)?;
                if parts.comp == Comp::Generator {
                    self.end_function(wrapped);
                } else {
                    self.emit(Act::Return);
                }
                self.leave(Some(key))?
            }
        };
        self.make_function(code, 0);
        if self.d.generators_get_iter() && parts.comp == Comp::Generator {
            self.expr(&first.iter)?;
        } else {
            self.outer_iterator(first)?;
        }
        self.call_with_top();
        if is_async {
            self.await_top();
        }
        Ok(())
    }

    /// What a comprehension iterates over, where the comprehension stands.
    fn outer_iterator(&mut self, first: &Comprehension) -> Result {
        self.iterated(&first.iter)?;
        match first.is_async {
            true => self.emit(Act::GetAiter),
            false if self.d.compiler.iterates_only_within() => {}
            false => self.emit(Act::GetIter),
        }
        Ok(())
    }

    fn start_collection(&mut self, comp: Comp) {
        match comp {
            Comp::List => self.emit(Act::Build(Collection::List, 0)),
            Comp::Set => self.emit(Act::Build(Collection::Set, 0)),
            Comp::Dict => self.emit(Act::Build(Collection::Map, 0)),
            Comp::Generator => {}
        }
    }

    fn inlined_comprehension(&mut self, scope: ScopeId, parts: &Parts<'_>, first: &Comprehension) -> Result {
        let get_iter = if first.is_async { Act::GetAiter } else { Act::GetIter };
        let late = self.d.index_slot;
        if late {
            self.expr(&first.iter)?;
        } else {
            self.outer_iterator(first)?;
        }
        let isolated = self.isolate(scope);
        let cleanup = self.label();
        let count = isolated.pushed.len() as u32;
        if count > 0 {
            self.emit(Act::Swap(count + 1));
            self.emit(Act::Setup(Setup::Finally, cleanup.0));
        }
        self.start_collection(parts.comp);
        self.emit(Act::Swap(2));
        if late {
            self.emit(get_iter);
        }
        self.generator(parts, 0, 0, true)?;
        if count > 0 {
            let end = self.label();
            self.emit(Act::PopBlock);
            self.jump(end);
            self.place(cleanup);
            self.emit(Act::Swap(2));
            self.emit(Act::Pop);
            self.restore(&isolated.pushed);
            self.emit(Act::Reraise(0));
            self.place(end);
            self.restore(&isolated.pushed);
        }
        self.unit().inlined -= 1;
        let owner = self.unit().scope;
        for (name, symbol) in isolated.symbols {
            self.scopes.get_mut(owner).set(name, symbol);
        }
        self.unit().hidden.truncate(isolated.hidden);
        Ok(())
    }

    /// `push_inlined_comprehension_state`: variables of the same name are put aside.
    fn isolate(&mut self, comp: ScopeId) -> Isolated {
        let unit = self.unit();
        let in_class = unit.kind == Kind::Class && unit.inlined == 0;
        let is_function = unit.kind.is_function_like();
        let (owner, hidden) = (unit.scope, unit.hidden.len());
        unit.inlined += 1;
        let mut isolated = Isolated { pushed: Vec::new(), symbols: Vec::new(), hidden };
        for (name, symbol) in self.scopes.get(comp).symbols().to_vec() {
            let is_local = symbol.flags & flag::LOCAL != 0 && symbol.flags & flag::NONLOCAL == 0;
            let isolated_too = in_class && self.d.isolates_all_in_classes();
            if !is_local && !isolated_too {
                if self.d.overrides_all_inlined() {
                    self.override_symbol(owner, name, symbol, &mut isolated);
                }
                continue;
            }
            if !is_function && !self.unit().hidden.contains(&name) {
                self.unit().hidden.push(name);
            }
            self.override_symbol(owner, name, symbol, &mut isolated);
            self.unit().varnames.insert(name);
            self.emit(Act::LoadAndClear(name));
            isolated.pushed.push(name);
        }
        isolated
    }

    /// Gives a name of the scope around the meaning it has in the comprehension.
    fn override_symbol(&mut self, owner: ScopeId, name: Name, symbol: Symbol, isolated: &mut Isolated) {
        let outer = self.scopes.get(owner).symbol(name).unwrap_or_default();
        if symbol.meaning != outer.meaning && symbol.meaning != Meaning::Free {
            isolated.symbols.push((name, outer));
            self.scopes.get_mut(owner).set(name, symbol);
        }
    }

    fn restore(&mut self, names: &[Name]) {
        self.emit(Act::Swap(names.len() as u32 + 1));
        for name in names.iter().rev() {
            let unit = self.unit();
            unit.restores.insert(unit.program.ins.len() as u32);
            self.emit(Act::Store(Variable::Fast, *name));
        }
    }

    /// One `for … in … if …` and all within it; `slots` lie on the stack above the collection.
    fn generator(&mut self, parts: &Parts<'_>, at: usize, slots: u32, inlined: bool) -> Result {
        let generator = &parts.generators[at];
        let (again, anchor, skip) = (self.label(), self.label(), self.label());
        let is_async = generator.is_async;
        if at == 0 {
            if !inlined {
                let param = self.t(".0");
                self.emit(Act::Load(Variable::Fast, param));
            }
        } else if !is_async && self.single_item(&generator.iter)? {
            self.store(&generator.target)?;
            return self.filtered(parts, at, slots, skip, inlined, None);
        } else {
            self.outer_iterator(generator)?;
        }
        if !is_async && self.d.compiler.iterates_within() {
            self.emit(Act::GetIter);
        }
        self.place(again);
        let mut slots = slots;
        if is_async {
            slots += 1;
            if self.d.spells_out_async_for() {
                self.next_async_spelled_out(&generator.target, anchor)?;
            } else {
                self.next_async(anchor);
                self.store(&generator.target)?;
            }
        } else {
            slots += if self.d.index_slot { 2 } else { 1 };
            self.emit(Act::ForIter(anchor.0));
            self.store(&generator.target)?;
        }
        self.filtered(parts, at, slots, skip, inlined, Some(again))?;
        self.place(anchor);
        match (is_async, self.d.spells_out_async_for()) {
            (true, true) => self.end_async_spelled_out(),
            (true, false) => self.emit(Act::EndAsyncFor),
            (false, _) => self.end_for(),
        }
        Ok(())
    }

    /// The conditions of a generator, then the next generator or the element.
    fn filtered(
        &mut self,
        parts: &Parts<'_>,
        at: usize,
        slots: u32,
        skip: super::frame::Label,
        inlined: bool,
        again: Option<super::frame::Label>,
    ) -> Result {
        for condition in &parts.generators[at].ifs {
            self.jump_if(condition, skip, false)?;
        }
        if at + 1 < parts.generators.len() {
            stacker::maybe_grow(64 * 1024, 1 << 20, || self.generator(parts, at + 1, slots, inlined))?;
        } else {
            self.element(parts, slots)?;
        }
        self.place(skip);
        if let Some(again) = again {
            self.jump(again);
        }
        Ok(())
    }

    /// `for y in [x]` in a comprehension assigns (3.9).
    fn single_item(&mut self, iter: &Expr) -> Result<bool> {
        let (ExprKind::List(items) | ExprKind::Tuple(items)) = &iter.kind else { return Ok(false) };
        let [item] = &items[..] else { return Ok(false) };
        if !self.d.assigns_single_items() || super::expr::is_starred(item) {
            return Ok(false);
        }
        if self.const_of(item).is_some() && !self.d.folds_late() {
            return Ok(false);
        }
        self.expr(item)?;
        Ok(true)
    }

    fn element(&mut self, parts: &Parts<'_>, slots: u32) -> Result {
        let spread = match &parts.element.kind {
            ExprKind::Starred(inner) => Some(&**inner),
            _ => None,
        };
        let depth = slots + 1;
        match (parts.comp, spread) {
            (Comp::Generator, None) => {
                self.expr(parts.element)?;
                self.yield_top();
                self.emit(Act::Pop);
            }
            (Comp::Generator, Some(inner)) => {
                let (again, done) = (self.label(), self.label());
                self.expr(inner)?;
                self.emit(Act::GetIter);
                self.place(again);
                self.emit(Act::ForIter(done.0));
                self.yield_top();
                self.emit(Act::Pop);
                self.jump(again);
                self.place(done);
                self.end_for();
            }
            (Comp::List, None) => {
                self.expr(parts.element)?;
                self.emit(Act::Grow(Grow::ListAppend, depth));
            }
            (Comp::List, Some(inner)) => {
                self.expr(inner)?;
                self.emit(Act::Grow(Grow::ListExtend, depth));
            }
            (Comp::Set, None) => {
                self.expr(parts.element)?;
                self.emit(Act::Grow(Grow::SetAdd, depth));
            }
            (Comp::Set, Some(inner)) => {
                self.expr(inner)?;
                self.emit(Act::Grow(Grow::SetUpdate, depth));
            }
            (Comp::Dict, _) => match parts.value {
                None => {
                    self.expr(parts.element)?;
                    self.emit(Act::Grow(Grow::DictUpdate, depth));
                }
                Some(value) if self.d.evaluates_value_first() => {
                    self.expr(value)?;
                    self.expr(parts.element)?;
                    self.emit(Act::Grow(Grow::MapAdd, depth));
                }
                Some(value) => {
                    self.expr(parts.element)?;
                    self.expr(value)?;
                    self.emit(Act::Grow(Grow::MapAdd, depth));
                }
            },
        }
        Ok(())
    }
}
