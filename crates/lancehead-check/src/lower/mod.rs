//! From the tree to programs, as CPython's compiler of the version under check would make them.
//!
//! What the walk does not see is left out: block layout, jump threading, line numbers. What it sees (each step, its
//! values, where its exceptions go) follows `Python/compile.c` and, since 3.13, `Python/codegen.c`.

mod annotations;
mod assign;
mod call;
mod class;
mod comprehension;
mod display;
mod expr;
mod format;
mod frame;
mod function;
mod future;
mod import;
mod loops;
mod matching;
mod name;
mod stmt;
mod swaps;
mod tries;
mod type_params;
mod unit;
mod unwind;
mod with;

use lancehead_ast::{Module, Stmt};
use lancehead_pyc::PyStr;
use rustc_hash::FxHashMap;

use crate::act::{Act, Program};
use crate::compiler::Choices;
use crate::dialect::Dialect;
use crate::intern::{Interner, Name};
use crate::scope::{Key, Part, ScopeFault, ScopeId, Scopes};
use frame::Unit;
use future::Future;
pub use future::docstring;

/// One code object as the source says it is.
#[derive(Debug)]
pub struct Lowered {
    pub program: Program,
    pub header: Header,
    pub first_line: u32,
    pub is_class: bool,
    /// A class without bases and keywords: its namespace is a dict.
    pub is_bare_class: bool,
    /// The nested code objects, in order of creation.
    pub children: Vec<u32>,
    /// Which choices of its compiler it was asked for.
    pub asked: Choices,
}

/// What a code object says besides its instructions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Header {
    pub name: PyStr,
    pub qualname: PyStr,
    pub flags: u32,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    /// The parameters, in order.
    pub args: Vec<PyStr>,
    /// All local variables, sorted.
    pub varnames: Vec<PyStr>,
    pub cellvars: Vec<PyStr>,
    pub freevars: Vec<PyStr>,
    pub docstring: Option<PyStr>,
    /// Only a `def` can have a docstring.
    pub is_def: bool,
}

/// Why a tree could not be lowered: what, and on which line.
#[derive(Debug, Clone)]
pub struct LowerFault(pub &'static str, pub u32);

impl From<ScopeFault> for LowerFault {
    fn from(fault: ScopeFault) -> Self {
        LowerFault(fault.0, fault.1)
    }
}

pub(crate) type Result<T = ()> = std::result::Result<T, LowerFault>;

/// Lowers a module and all code in it; the module itself is the last.
///
/// The outermost `made_up` code objects only stand around the one that is asked for: they are left incomplete.
///
/// # Errors
/// What the compiler would refuse, or what is not understood here.
pub fn lower<'a>(
    module: &'a Module,
    dialect: &'a Dialect,
    optimize: u8,
    made_up: usize,
    interner: &'a mut Interner,
) -> Result<Vec<Lowered>> {
    let future = future::future(module, dialect);
    let scopes = Scopes::of(module, dialect, future.annotations, interner)?;
    let mut lower = Lower {
        d: dialect,
        optimize,
        future,
        i: interner,
        scopes,
        units: Vec::with_capacity(4),
        codes: Vec::with_capacity(4),
        cache: FxHashMap::default(),
        line: 1,
        unfolded: 0,
        annotated: None,
        made_up,
    };
    lower.module(module)?;
    Ok(lower.codes)
}

pub(crate) struct Lower<'a> {
    pub d: &'a Dialect,
    /// 0 keeps `assert`, 1 drops it, 2 drops docstrings too.
    pub optimize: u8,
    pub future: Future,
    pub i: &'a mut Interner,
    pub scopes: Scopes,
    /// The code objects under construction, the innermost last.
    pub units: Vec<Unit<'a>>,
    pub codes: Vec<Lowered>,
    /// Code that a `finally` body holds is lowered once, though the body is emitted several times.
    pub cache: FxHashMap<(Key, u32), u32>,
    pub line: u32,
    /// How many expressions are being emitted in which the compiler does not look for constants.
    pub unfolded: u32,
    /// The function that the next code object annotates.
    pub annotated: Option<PyStr>,
    /// How many code objects there are around the one that is asked for. Nobody looks at what they do.
    pub made_up: usize,
}

impl<'a> Lower<'a> {
    fn module(&mut self, module: &'a Module) -> Result {
        let scope = self.scope_of(Key::of(module, Part::Body))?;
        let name = PyStr::from("<module>");
        self.enter(scope, &name, 1);
        self.module_annotations(scope, &module.body)?;
        self.body(&module.body)?;
        self.constant(Interner::NONE);
        self.emit(Act::Return);
        self.leave(None)?;
        Ok(())
    }

    /// The statements of a module or class: annotations, docstring, the rest.
    pub fn body(&mut self, body: &'a [Stmt]) -> Result {
        self.set_up_annotations(body);
        let mut body = body;
        if self.optimize < 2
            && let Some((first, rest)) = body.split_first()
            && let Some(doc) = docstring(first)
        {
            let doc = self.clean_docstring(doc);
            let doc = self.i.string(&doc);
            self.constant(doc);
            // Global, where a function of the module says so.
            self.store_name("__doc__");
            body = rest;
        }
        self.suite(body)
    }

    pub fn scope_of(&self, key: Key) -> Result<ScopeId> {
        self.scopes.find(key).ok_or(LowerFault("a scope that was not seen", self.line))
    }

    pub fn fault<T>(&self, why: &'static str) -> Result<T> {
        Err(LowerFault(why, self.line))
    }

    /// An interned name.
    pub fn t(&mut self, text: &str) -> Name {
        self.i.text(text)
    }
}
