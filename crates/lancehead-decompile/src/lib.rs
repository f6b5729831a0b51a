//! From the IR to Python source: structure, expressions, sugar.
//!
//! [`decompile_module`] is the whole of it. Control flow graphs are made ready by the [`passes`], turned into statements
//! by the [structurer](structure), whose expressions come from [symbolic execution](execute), and [finished](finish).

mod code;
mod driver;
mod execute;
mod finish;
mod graph;
mod options;
mod passes;
mod report;
mod stack_to_variables;
mod structure;
mod tree;

use lancehead_pyc::{CodeObject, CodeTree};

pub use code::budget::Budget;
pub use code::failure::Failure;
pub use code::form::{Form, ITER};
pub use driver::{
    Definition, Driver, Given, ITERABLE, Replaced, decompile_function, each_body, each_definition,
    module_around,
};
pub use options::{Decompiled, Dump, Options, Stage};
pub use report::{FunctionReport, Status};
pub use tree::visit::{any_expr, suites_of};

/// The names of the stages after which [`Options::dump`] sees something, in order: the lift and the passes over graphs, then
/// `structure` and the passes over statements.
pub fn pass_names() -> impl Iterator<Item = &'static str> {
    passes::names().chain(["structure"]).chain(finish::PASSES.iter().map(|(name, _)| *name))
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
