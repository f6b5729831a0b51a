//! What is known of a code object under construction.

use crate::compiler::Choices;
use lancehead_ast::Stmt;
use lancehead_pyc::PyStr;
use rustc_hash::FxHashSet;

use crate::act::Program;
use crate::intern::Name;
use crate::scope::{Kind, ScopeId};

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
    pub(super) labels: Vec<u32>,
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
    pub(super) asked: Choices,
}
