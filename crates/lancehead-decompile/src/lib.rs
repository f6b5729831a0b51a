//! From the IR to Python source: structure, expressions, sugar.
//!
//! [`decompile_module`] is the whole of it. Control flow graphs are made ready by the [`passes`], turned into statements
//! by the [structurer](structure), whose expressions come from [symbolic execution](execute), and [finished](finish).

mod code;
mod driver;
mod execute;
mod finish;
mod graph;
mod passes;
mod stack_to_variables;
mod structure;
mod tree;

use lancehead_ast::{Module, Stmt};
use lancehead_ir::Graph;
use lancehead_pyc::{CodeObject, CodeTree};

pub use code::budget::Budget;
pub use code::failure::Failure;
pub use code::form::{Form, ITER};
pub use driver::{
    Definition, Driver, FunctionReport, Given, ITERABLE, Replaced, Status, decompile_function, each_body,
    each_definition, module_around,
};
pub use tree::visit::{any_expr, suites_of};

/// The names of the stages after which [`Options::dump`] sees something, in order: the lift and the passes over graphs, then
/// `structure` and the passes over statements.
pub fn pass_names() -> impl Iterator<Item = &'static str> {
    passes::names().chain(["structure"]).chain(finish::PASSES.iter().map(|(name, _)| *name))
}

/// A code object on its way from bytecode to source.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'a> {
    /// A graph of basic blocks.
    Graph(&'a Graph),
    /// Statements. The bodies of definitions within them are put in later.
    Statements(&'a [Stmt]),
}

/// Sees a stage: the path of its code object, the name of the pass, and what that left.
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
    /// Sees each code object (its path) after each pass (its name).
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
