//! From the IR to Python source: structure, expressions, sugar.
//!
//! [`decompile_module`] is the whole of it. Control flow graphs are made ready by the [`passes`], turned into statements
//! by the [structurer](structure), whose expressions come from [symbolic execution](execute), and [finished](finish).

mod annotate;
mod bound;
mod breaks;
mod budget;
mod columns;
mod compare;
mod condition;
mod constant;
mod copies;
mod declare;
mod deferred;
mod dialect;
mod driver;
mod elif;
mod execute;
mod failure;
mod fallback;
mod finish;
mod flow;
mod hidden;
mod item;
mod leftover;
mod nested;
mod nesting;
mod passes;
mod private;
mod scope;
mod structure;
mod unit;
mod value;
mod visit;

use lancehead_ast::{Module, Stmt};
use lancehead_ir::Graph;
use lancehead_pyc::{CodeObject, CodeTree};

pub use driver::{
    Definition, Driver, FunctionReport, Given, ITERABLE, Replaced, Status, decompile_function, each_body,
    each_definition, module_around,
};
pub use failure::Failure;
pub use fallback::{Form, ITER};
pub use visit::{any_expr, suites_of};

/// The names of the stages after which [`Options::dump`] sees what is there, in order: the lift and the passes, which leave a
/// graph, then `structure` and `finish`, which leave statements.
pub fn pass_names() -> impl Iterator<Item = &'static str> {
    passes::names().chain(["structure", "finish"])
}

/// What a stage has made of a code object.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'a> {
    /// Its graph.
    Graph(&'a Graph),
    /// Its statements. Definitions in them are empty: their bodies are code objects of their own.
    Suite(&'a [Stmt]),
}

/// Sees what a stage has made: the path of the code object, the name of the stage, and what is there after it.
pub type Dump<'a> = dyn Fn(&str, &str, Stage<'_>) + 'a;

/// What a caller may ask for.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The lines that show the bytecode of a code object that could not be recovered.
    pub listing: &'a dyn Fn(&CodeObject) -> Vec<String>,
    /// The form to try first for a code object. Where one does not do, the next is tried.
    pub form: Form,
    /// Whether the tree is for a text whose statements stand on their original lines. What does nothing then is kept for
    /// its line.
    pub lines: bool,
    /// Sees what becomes of each code object after each of [`pass_names`].
    pub dump: Option<&'a Dump<'a>>,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("dump", &self.dump.is_some()).finish_non_exhaustive()
    }
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { listing: &|_| Vec::new(), form: Form::Exact, lines: false, dump: None }
    }
}

/// A decompiled module.
#[derive(Debug)]
pub struct Decompiled {
    /// Its tree.
    pub module: Module,
    /// What became of each code object, in preorder.
    pub functions: Vec<FunctionReport>,
}

/// Decompiles the code object of a module, and those nested in it.
///
/// This never fails as a whole: a code object that cannot be recovered becomes a statement that says so and raises, and
/// its report says why. Deeply nested input needs a deep stack: call it on a thread with 256 MiB or more.
pub fn decompile_module(code: &CodeObject, options: &Options<'_>) -> Decompiled {
    let mut driver = driver::Driver::new(CodeTree::of(code), options);
    let module = driver.module();
    Decompiled { module, functions: driver.reports().cloned().collect() }
}
