//! Whether source belongs to bytecode.
//!
//! [`check_module`] lowers a syntax tree to what CPython's compiler of the code's version would make of it, and walks
//! that beside the bytecode, step for step, for the module and every code object in it. A code object whose verdict has
//! no [`Difference`] is proven: the source says what the bytecode does.
//!
//! The instructions here are finer than those of `lancehead-ir`: its lift leaves out what the structure of the source
//! implies (the unbinding of `except … as name`, the loops of `await`, inlined builtins), and a proof must see that too.
//! Both sides are written in one set of acts, run on symbolic stacks, so that how a compiler moves values about
//! does not matter, only what is done to them, in which order, and where exceptions go.

mod act;
mod alone;
mod authentic;
mod dialect;
mod equal;
mod fold;
mod gather;
mod intern;
mod loosen;
mod lower;
mod read;
mod scope;
mod verdict;
mod walk;

pub use alone::{check_function, imported_names, module_uses_super, move_qualnames, own_qualname};
pub use equal::first_difference;
pub use verdict::{CodeVerdict, Difference, DifferenceKind, Equality, check_module, check_module_optimized};
