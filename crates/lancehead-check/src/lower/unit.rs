//! Beginning and ending code objects, and what is emitted between.

use lancehead_pyc::{PyStr, co_flags};
use rustc_hash::FxHashSet;

use super::frame::{Block, Label, Unit};
use super::name::Use;
use super::{Header, Lower, Lowered, Result, swaps};
use crate::act::{Act, Ins, NO_HANDLER, Program};
use crate::intern::{Const, Name};
use crate::scope::{Kind, Meaning, ScopeId, flag};

impl<'a> Lower<'a> {
    pub fn unit(&mut self) -> &mut Unit<'a> {
        let last = self.units.len() - 1;
        &mut self.units[last]
    }

    /// Whether the code object under construction only stands around the one that is asked for.
    pub fn is_made_up(&self) -> bool {
        self.units.len() <= self.made_up
    }

    pub fn kind(&mut self) -> Kind {
        self.unit().kind
    }

    /// Begins a code object.
    pub fn enter(&mut self, scope: ScopeId, name: &PyStr, first_line: u32) {
        let asked = self.d.compiler.take_asked();
        if let Some(around) = self.units.last_mut() {
            around.asked |= asked;
        }
        let kind = self.scopes.get(scope).kind;
        let private = self.units.last().and_then(|unit| unit.private);
        let qualname = self.qualname(kind, name);
        let params = self.scopes.get(scope).params.clone();
        let parent = self.scopes.get(scope).parent.map(|parent| self.scopes.get(parent).kind);
        let is_method = parent == Some(Kind::Class)
            && matches!(kind, Kind::Function | Kind::Lambda | Kind::Comprehension(_));
        let renamed = kind == Kind::Annotations;
        let params: Vec<Name> =
            params.into_iter().map(|name| if renamed { self.t("format") } else { name }).collect();
        self.units.push(Unit {
            scope,
            kind,
            name: name.clone(),
            qualname,
            first_line,
            private,
            program: Program { ins: Vec::with_capacity(24), handlers: Vec::new() },
            labels: Vec::new(),
            blocks: Vec::new(),
            varnames: params.into_iter().collect(),
            children: Vec::new(),
            argcount: 0,
            posonlyargcount: 0,
            kwonlyargcount: 0,
            star_args: false,
            star_kwargs: false,
            docstring: None,
            is_method,
            is_bare_class: false,
            inlined: 0,
            hidden: Vec::new(),
            static_attributes: FxHashSet::default(),
            restores: FxHashSet::default(),
            deferred: Vec::new(),
            conditional_depth: 0,
            conditional_count: 0,
            asked: 0,
        });
    }

    /// `compiler_set_qualname`.
    fn qualname(&mut self, kind: Kind, name: &PyStr) -> PyStr {
        let mut parents = self.units.len();
        // The innermost scope of type parameters or annotations does not show.
        let hides = |kind| {
            matches!(kind, Kind::TypeParams | Kind::TypeVariable | Kind::Annotations)
                || kind == Kind::TypeAlias && !self.d.aliases_are_functions()
        };
        if self.units.last().is_some_and(|unit| hides(unit.kind)) {
            parents -= 1;
        }
        let function = self.annotated.take();
        let is_direct = parents == self.units.len();
        let at_top = parents == 0 || kind == Kind::Module || self.units[parents - 1].kind == Kind::Module;
        if at_top && (function.is_none() || !is_direct) {
            return name.clone();
        }
        if let Some(function) = function {
            let bytes = [function.as_bytes(), b".", name.as_bytes()].concat();
            let name = PyStr::from_wtf8(&bytes).unwrap_or_default();
            return if at_top { name } else { self.qualname_in(parents, &name) };
        }
        let private = self.units.last().and_then(|unit| unit.private);
        let parent = &self.units[parents - 1];
        if matches!(kind, Kind::Function | Kind::Class) {
            let interned = self.i.name(name);
            let mangled = crate::scope::mangle(self.i, private, interned);
            let owner =
                if parents == self.units.len() { parent.scope } else { self.units[parents - 1].scope };
            let meaning = self.scopes.get(owner).symbol(mangled).map(|symbol| symbol.meaning);
            if meaning == Some(Meaning::GlobalExplicit) {
                return name.clone();
            }
        }
        self.qualname_in(parents, name)
    }

    fn qualname_in(&self, parents: usize, name: &PyStr) -> PyStr {
        let parent = &self.units[parents - 1];
        let locals = matches!(parent.kind, Kind::Function | Kind::Lambda)
            || parent.kind == Kind::TypeAlias && self.d.aliases_are_functions();
        let middle: &[u8] = if locals { b".<locals>." } else { b"." };
        let bytes = [parent.qualname.as_bytes(), middle, name.as_bytes()].concat();
        PyStr::from_wtf8(&bytes).unwrap_or_default()
    }

    /// Ends a code object; its number.
    pub fn leave(&mut self, cached: Option<crate::scope::Key>) -> Result<u32> {
        let Some(mut unit) = self.units.pop() else { return self.fault("no code object") };
        for ins in &mut unit.program.ins {
            if let Some(target) = ins.act.target_mut() {
                *target = unit.labels[*target as usize];
            }
        }
        swaps::apply(&mut unit.program, &unit.restores, self.d);
        let header = match self.units.len() < self.made_up {
            true => Header { name: unit.name, ..Header::default() },
            false => self.header(&unit),
        };
        let number = self.codes.len() as u32;
        self.codes.push(Lowered {
            program: unit.program,
            header,
            first_line: unit.first_line,
            is_class: unit.kind == Kind::Class,
            is_bare_class: unit.is_bare_class,
            children: unit.children,
            asked: unit.asked | self.d.compiler.take_asked(),
        });
        if let Some(parent) = self.units.last_mut() {
            parent.children.push(number);
            if let Some(key) = cached {
                self.cache.insert((key, self.units.len() as u32), number);
            }
        }
        Ok(number)
    }

    fn header(&mut self, unit: &Unit<'a>) -> Header {
        let scope = self.scopes.get(unit.scope);
        let spell = |name: Name| self.i.spell(name).clone();
        let sorted = |mut names: Vec<PyStr>| {
            names.sort();
            names.dedup();
            names
        };
        let of = |meaning: Meaning| {
            let names = scope.symbols().iter().filter(|(_, symbol)| symbol.meaning == meaning);
            names.map(|(name, _)| spell(*name)).collect::<Vec<_>>()
        };
        let mut cells = of(Meaning::Cell);
        let mut frees = of(Meaning::Free);
        let class_frees = scope
            .symbols()
            .iter()
            .filter(|(_, symbol)| symbol.flags & flag::FREE_CLASS != 0 && symbol.meaning != Meaning::Free);
        if unit.kind == Kind::Class {
            frees.extend(class_frees.map(|(name, _)| spell(*name)));
            cells.extend(scope.needs_class_closure.then(|| PyStr::from("__class__")));
            cells.extend(scope.needs_classdict.then(|| PyStr::from("__classdict__")));
        }
        let cells_of_inlined =
            scope.symbols().iter().filter(|(_, symbol)| symbol.flags & flag::COMP_CELL != 0);
        cells.extend(cells_of_inlined.map(|(name, _)| spell(*name)));
        if scope.conditional_annotations && matches!(unit.kind, Kind::Module | Kind::Class) {
            cells.push(PyStr::from("__conditional_annotations__"));
        }
        let format = unit.kind == Kind::Annotations;
        let args = scope.params.iter().map(|name| if format { PyStr::from("format") } else { spell(*name) });
        Header {
            name: unit.name.clone(),
            qualname: unit.qualname.clone(),
            flags: self.flags(unit, frees.is_empty() && cells.is_empty()),
            argcount: unit.argcount,
            posonlyargcount: unit.posonlyargcount,
            kwonlyargcount: unit.kwonlyargcount,
            args: args.collect(),
            varnames: sorted(unit.varnames.iter().map(|name| spell(*name)).collect()),
            cellvars: sorted(cells),
            freevars: sorted(frees),
            docstring: unit.docstring.clone(),
            is_def: unit.kind == Kind::Function,
        }
    }

    /// `compute_code_flags`.
    fn flags(&self, unit: &Unit<'a>, no_free: bool) -> u32 {
        let scope = self.scopes.get(unit.scope);
        let mut flags = self.future.flags;
        if scope.kind.is_function_like() {
            flags |= co_flags::FUNCTION;
            flags |= if scope.nested { co_flags::NESTED } else { 0 };
            flags |= match (scope.generator, scope.coroutine) {
                (true, true) => co_flags::ASYNC_GENERATOR,
                (true, false) => co_flags::GENERATOR,
                (false, true) => co_flags::COROUTINE,
                (false, false) => 0,
            };
            flags |= if unit.star_args { co_flags::VARARGS } else { 0 };
            flags |= if unit.star_kwargs { co_flags::VARKEYWORDS } else { 0 };
        }
        if no_free && self.d.flags_no_free() {
            flags |= co_flags::NOFREE;
        }
        if unit.docstring.is_some() && self.d.flags_docstrings() {
            flags |= co_flags::HAS_DOCSTRING;
        }
        if unit.is_method && self.d.flags_methods() {
            flags |= co_flags::METHOD;
        }
        flags
    }

    pub fn emit(&mut self, act: Act) {
        let at = self.line;
        self.unit().program.ins.push(Ins { act, handler: NO_HANDLER, at });
    }

    /// Emits what has no line of its own.
    pub fn emit_artificial(&mut self, act: Act) {
        self.unit().program.ins.push(Ins { act, handler: NO_HANDLER, at: 0 });
    }

    pub fn constant(&mut self, constant: Const) {
        self.emit(Act::Const(constant));
    }

    pub fn string(&mut self, text: &str) {
        let constant = self.i.string(&PyStr::from(text));
        self.constant(constant);
    }

    pub fn label(&mut self) -> Label {
        let unit = self.unit();
        unit.labels.push(u32::MAX);
        Label(unit.labels.len() as u32 - 1)
    }

    /// Says that a label is here.
    pub fn place(&mut self, label: Label) {
        let unit = self.unit();
        unit.labels[label.0 as usize] = unit.program.ins.len() as u32;
    }

    pub fn jump(&mut self, to: Label) {
        self.emit(Act::Jump(to.0));
    }

    pub fn store_name(&mut self, name: &str) {
        let name = self.t(name);
        self.name_op(name, Use::Store);
    }

    pub fn push_block(&mut self, block: Block<'a>) {
        self.unit().blocks.push(block);
    }

    pub fn pop_block(&mut self) {
        self.unit().blocks.pop();
    }

    /// A call without keywords of a function that was pushed with its NULL, if it needs one.
    pub fn call(&mut self, argc: u32) {
        let slots = self.d.call_slots;
        self.emit(Act::Call { argc, keywords: false, slots });
    }

    /// Calls the function below the top with the top.
    pub fn call_with_top(&mut self) {
        let slots = self.d.call_slots;
        self.emit(Act::Call { argc: 2 - slots, keywords: false, slots });
    }
}
