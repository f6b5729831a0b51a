//! A code object under construction.

use lancehead_ast::Stmt;
use lancehead_pyc::PyStr;
use rustc_hash::FxHashSet;

use super::name::Use;
use super::{Header, Lower, Lowered, Result, swaps};
use crate::act::{Act, Ins, NO_HANDLER, Program};
use crate::compiler::Choices;
use crate::intern::{Const, Name};
use crate::scope::{Kind, Meaning, ScopeId, flag};

/// A place in the program that is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(pub u32);

/// What surrounds a statement and must be undone when it is left (`struct fblockinfo`).
#[derive(Debug, Clone, Copy)]
pub enum Block<'a> {
    WhileLoop {
        again: Label,
        exit: Label,
    },
    ForLoop {
        again: Label,
        exit: Label,
        is_async: bool,
    },
    TryExcept,
    /// The body and handlers of a `try` with this `finally`; to 3.8 the label is where that stands.
    FinallyTry {
        body: &'a [Stmt],
        handler: Label,
        placeholder: bool,
    },
    FinallyEnd {
        placeholder: bool,
    },
    With {
        is_async: bool,
    },
    /// An `except` clause, perhaps with a name; to 3.8 the label is where the name is unbound.
    HandlerCleanup {
        name: Option<Name>,
        cleanup: Label,
    },
    PopValue,
}

/// A code object under construction.
#[derive(Debug)]
pub struct Unit<'a> {
    pub scope: ScopeId,
    pub kind: Kind,
    pub name: PyStr,
    pub qualname: PyStr,
    pub first_line: u32,
    pub private: Option<Name>,
    pub program: Program,
    labels: Vec<u32>,
    pub blocks: Vec<Block<'a>>,
    pub varnames: FxHashSet<Name>,
    pub children: Vec<u32>,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub star_args: bool,
    pub star_kwargs: bool,
    pub docstring: Option<PyStr>,
    pub is_method: bool,
    /// A class without bases and keywords.
    pub is_bare_class: bool,
    /// How many inlined comprehensions are being emitted.
    pub inlined: u32,
    /// Names that are local variables for a while though this is no function.
    pub hidden: Vec<Name>,
    /// What the methods of a class assign to `self`.
    pub static_attributes: FxHashSet<PyStr>,
    /// Which instructions give variables back what they held before an inlined comprehension.
    pub restores: FxHashSet<u32>,
    /// Annotations of a class or module so far (3.14): variable, annotation, number if conditional.
    pub deferred: Vec<(PyStr, &'a lancehead_ast::Expr, Option<i64>)>,
    pub conditional_depth: u32,
    pub conditional_count: i64,
    /// Which choices the compiler was asked for before the code object within that is under construction.
    asked: Choices,
}

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
            flags |= 0x1 | 0x2;
            flags |= if scope.nested { 0x10 } else { 0 };
            flags |= match (scope.generator, scope.coroutine) {
                (true, true) => 0x200,
                (true, false) => 0x20,
                (false, true) => 0x80,
                (false, false) => 0,
            };
            flags |= if unit.star_args { 0x4 } else { 0 };
            flags |= if unit.star_kwargs { 0x8 } else { 0 };
        }
        if no_free && self.d.flags_no_free() {
            flags |= 0x40;
        }
        if unit.docstring.is_some() && self.d.flags_docstrings() {
            flags |= 0x0400_0000;
        }
        if unit.is_method && self.d.flags_methods() {
            flags |= 0x0800_0000;
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
