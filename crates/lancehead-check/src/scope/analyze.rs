//! From how names are used to what they mean: `analyze_block` and its neighbours.

use smallvec::SmallVec;

use super::{Comp, Kind, Meaning, Scope, ScopeId, Scopes, Symbol, flag};
use crate::dialect::Dialect;
use crate::intern::{Interner, Name};

/// A set of names, which are small numbers.
#[derive(Debug, Clone, Default)]
struct Names(SmallVec<[u64; 2]>);

impl Names {
    fn place(name: Name) -> (usize, u64) {
        (name.0 as usize / 64, 1 << (name.0 % 64))
    }

    fn insert(&mut self, name: Name) {
        let (word, bit) = Names::place(name);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= bit;
    }

    /// Whether it was in there.
    fn remove(&mut self, name: &Name) -> bool {
        let (word, bit) = Names::place(*name);
        let is_there = self.contains(name);
        if is_there {
            self.0[word] &= !bit;
        }
        is_there
    }

    fn contains(&self, name: &Name) -> bool {
        let (word, bit) = Names::place(*name);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn add_all(&mut self, names: &Names) {
        if names.0.len() > self.0.len() {
            self.0.resize(names.0.len(), 0);
        }
        for (bits, more) in self.0.iter_mut().zip(&names.0) {
            *bits |= more;
        }
    }

    fn iter(&self) -> impl Iterator<Item = Name> + '_ {
        let words = self.0.iter().enumerate().filter(|(_, bits)| **bits != 0);
        words.flat_map(|(word, bits)| {
            (0..64).filter(move |bit| bits >> bit & 1 != 0).map(move |bit| Name(word as u32 * 64 + bit))
        })
    }
}

pub fn analyze(scopes: &mut Scopes, dialect: &Dialect, interner: &mut Interner) {
    let special = Special {
        class: interner.text("__class__"),
        classdict: interner.text("__classdict__"),
        conditional: interner.text("__conditional_annotations__"),
    };
    let mut analyzer = Analyzer { scopes, dialect, special };
    analyzer.block(ScopeId(0), None, &mut Names::default(), &mut Names::default(), None);
}

#[derive(Debug, Clone, Copy)]
struct Special {
    class: Name,
    classdict: Name,
    conditional: Name,
}

impl Special {
    /// Whether this name, free in a comprehension that is inlined in a class body, is not the class's own.
    fn ends_at_class(&self, name: Name, dialect: &Dialect) -> bool {
        name == self.class
            || (name == self.classdict || name == self.conditional)
                && dialect.compiler.hides_cells_of_classes()
    }
}

struct Analyzer<'a> {
    scopes: &'a mut Scopes,
    dialect: &'a Dialect,
    special: Special,
}

/// Sets that are passed down; `bound` is none at module level.
impl Analyzer<'_> {
    fn scope(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes.scopes[id.0 as usize]
    }

    fn block(
        &mut self,
        id: ScopeId,
        bound: Option<&mut Names>,
        free: &mut Names,
        global: &mut Names,
        class: Option<ScopeId>,
    ) {
        stacker::maybe_grow(64 * 1024, 1 << 20, || self.block_inner(id, bound, free, global, class));
    }

    fn block_inner(
        &mut self,
        id: ScopeId,
        mut bound: Option<&mut Names>,
        free: &mut Names,
        global: &mut Names,
        class: Option<ScopeId>,
    ) {
        let kind = self.scope(id).kind;
        let (mut local, mut new_bound, mut new_global, mut new_free) =
            (Names::default(), Names::default(), Names::default(), Names::default());
        let add_bound = |names: &mut Names, bound: &Option<&mut Names>| {
            if let Some(bound) = bound {
                names.add_all(bound);
            }
        };
        if kind == Kind::Class {
            new_global.add_all(global);
            add_bound(&mut new_bound, &bound);
        }
        for at in 0..self.scope(id).symbols.len() {
            let (name, symbol) = self.scope(id).symbols[at];
            let meaning = self.name(id, name, symbol.flags, &mut bound, &mut local, free, global, class);
            self.scope(id).symbols[at].1.meaning = meaning;
        }
        if kind == Kind::Class {
            let Special { class, classdict, conditional } = self.special;
            [class, classdict, conditional].into_iter().for_each(|name| new_bound.insert(name));
        } else {
            if kind.is_function_like() {
                new_bound.add_all(&local);
            }
            add_bound(&mut new_bound, &bound);
            new_global.add_all(global);
        }
        let mut inlined_cells = Names::default();
        for at in 0..self.scope(id).children.len() {
            let child = self.scope(id).children[at];
            let entry = match (self.scope(child).can_see_class, kind) {
                (true, Kind::Class) => Some(id),
                (true, _) => class,
                (false, _) => None,
            };
            let inlined = self.is_inlined(id, child);
            let mut child_free = self.child(child, &new_bound, &new_free, &new_global, entry);
            if inlined {
                self.scope(child).inlined = true;
                self.inline(id, child, &mut child_free, &mut inlined_cells);
            }
            new_free.add_all(&child_free);
            if self.scope(child).free || self.scope(child).child_free {
                self.scope(id).child_free = true;
            }
        }
        self.splice_inlined(id);
        if kind.is_function_like() {
            for (name, symbol) in &mut self.scope(id).symbols {
                let is_cell = new_free.contains(name) || inlined_cells.contains(name);
                if symbol.meaning == Meaning::Local && is_cell {
                    new_free.remove(name);
                    symbol.meaning = Meaning::Cell;
                }
            }
        } else if kind == Kind::Class {
            self.drop_class_free(id, &mut new_free);
        }
        self.update(id, bound.as_deref(), &new_free, &inlined_cells);
        free.add_all(&new_free);
    }

    fn child(
        &mut self,
        child: ScopeId,
        bound: &Names,
        free: &Names,
        global: &Names,
        class: Option<ScopeId>,
    ) -> Names {
        let (mut bound, mut child_free, mut global) = (bound.clone(), Names::default(), global.clone());
        let _ = free;
        self.block(child, Some(&mut bound), &mut child_free, &mut global, class);
        child_free
    }

    #[allow(clippy::too_many_arguments)]
    fn name(
        &mut self,
        id: ScopeId,
        name: Name,
        flags: u32,
        bound: &mut Option<&mut Names>,
        local: &mut Names,
        free: &mut Names,
        global: &mut Names,
        class: Option<ScopeId>,
    ) -> Meaning {
        if flags & flag::GLOBAL != 0 {
            global.insert(name);
            bound.as_deref_mut().map(|bound| bound.remove(&name));
            return Meaning::GlobalExplicit;
        }
        if flags & flag::NONLOCAL != 0 {
            self.scope(id).free = true;
            free.insert(name);
            return Meaning::Free;
        }
        if flags & flag::BOUND != 0 {
            local.insert(name);
            global.remove(&name);
            return Meaning::Local;
        }
        if let Some(class) = class {
            let in_class = self.scope(class).flags(name);
            if in_class & flag::GLOBAL != 0 {
                return Meaning::GlobalExplicit;
            }
            if in_class & flag::BOUND != 0 && in_class & flag::NONLOCAL == 0 {
                return Meaning::GlobalImplicit;
            }
        }
        if bound.as_deref().is_some_and(|bound| bound.contains(&name)) {
            self.scope(id).free = true;
            free.insert(name);
            return Meaning::Free;
        }
        if !global.contains(&name) && self.scope(id).nested {
            self.scope(id).free = true;
        }
        Meaning::GlobalImplicit
    }

    fn is_inlined(&mut self, id: ScopeId, child: ScopeId) -> bool {
        let parent_sees_class = self.scope(id).can_see_class;
        let kind = self.scope(child).kind;
        self.dialect.inlines_comprehensions()
            && matches!(kind, Kind::Comprehension(comp) if comp != Comp::Generator)
            && (self.dialect.inlines_in_class_scopes() || !parent_sees_class)
    }

    /// `inline_comprehension`: the names of a comprehension become names of the scope that it is compiled into.
    fn inline(&mut self, id: ScopeId, comp: ScopeId, comp_free: &mut Names, inlined_cells: &mut Names) {
        let is_class = self.scope(id).kind == Kind::Class;
        let mut dropped = Vec::new();
        for at in 0..self.scope(comp).symbols.len() {
            let (name, symbol) = self.scope(comp).symbols[at];
            if symbol.flags & flag::PARAM != 0 {
                continue;
            }
            let mut meaning = symbol.meaning;
            if meaning == Meaning::Free && is_class && self.special.ends_at_class(name, self.dialect) {
                meaning = Meaning::GlobalImplicit;
                if !self.is_free_in_child(comp, name) {
                    comp_free.remove(&name);
                }
                dropped.push(name);
            }
            if meaning == Meaning::Cell || symbol.flags & flag::COMP_CELL != 0 {
                inlined_cells.insert(name);
            }
            if self.scope(id).symbol(name).is_none() {
                *self.scope(id).symbol_mut(name) = Symbol { flags: symbol.flags, meaning };
            } else if self.scope(id).flags(name) & flag::BOUND != 0
                && !is_class
                && !self.is_free_in_child(comp, name)
            {
                comp_free.remove(&name);
            }
        }
        if !dropped.is_empty() {
            let scope = self.scope(comp);
            scope.symbols.retain(|(name, _)| !dropped.contains(name));
            scope.rebuild_index();
        }
    }

    /// The children of inlined comprehensions become the scope's own.
    fn splice_inlined(&mut self, id: ScopeId) {
        let children = std::mem::take(&mut self.scope(id).children);
        for child in children {
            if self.scope(child).inlined {
                let inner = self.scope(child).children.clone();
                self.scope(id).children.extend(inner);
            } else {
                self.scope(id).children.push(child);
            }
        }
    }

    fn is_free_in_child(&mut self, comp: ScopeId, name: Name) -> bool {
        let children = self.scope(comp).children.clone();
        children
            .into_iter()
            .any(|child| self.scope(child).symbol(name).is_some_and(|symbol| symbol.meaning == Meaning::Free))
    }

    fn drop_class_free(&mut self, id: ScopeId, free: &mut Names) {
        let Special { class, classdict, conditional } = self.special;
        if free.remove(&class) {
            self.scope(id).needs_class_closure = true;
        }
        if self.dialect.has_classdict() && free.remove(&classdict) {
            self.scope(id).needs_classdict = true;
        }
        if free.remove(&conditional) {
            self.scope(id).conditional_annotations = true;
        }
    }

    fn update(&mut self, id: ScopeId, bound: Option<&Names>, free: &Names, inlined_cells: &Names) {
        let scope = self.scope(id);
        let is_class = scope.kind == Kind::Class;
        for (name, symbol) in &mut scope.symbols {
            if inlined_cells.contains(name) {
                symbol.flags |= flag::COMP_CELL;
            }
        }
        for name in free.iter() {
            match scope.symbol(name) {
                Some(symbol) => {
                    if is_class && symbol.flags & (flag::BOUND | flag::GLOBAL) != 0 {
                        scope.symbol_mut(name).flags |= flag::FREE_CLASS;
                    }
                }
                None if bound.is_some_and(|bound| !bound.contains(&name)) => {}
                None => scope.symbol_mut(name).meaning = Meaning::Free,
            }
        }
    }
}
