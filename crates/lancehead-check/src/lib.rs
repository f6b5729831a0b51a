//! Whether source belongs to bytecode.
//!
//! [`check_module`] lowers a syntax tree to what CPython's compiler of the code's version would make of it, and walks
//! that beside the bytecode, step for step, for the module and every code object in it. A code object whose verdict has
//! no [`Difference`] is proven: the source says what the bytecode does.

mod act;
mod dialect;
mod fold;
mod intern;
mod lower;
mod read;
mod scope;
mod verdict;
mod walk;

pub use verdict::{CodeVerdict, Difference, DifferenceKind, check_module, check_module_optimized};
