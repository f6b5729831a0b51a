//! What a caller may ask for, and what it gets.

use lancehead_ast::{Module, Stmt};
use lancehead_ir::Graph;
use lancehead_pyc::CodeObject;

use crate::code::form::Form;
use crate::report::FunctionReport;

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
