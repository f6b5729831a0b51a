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
//!
//! # What a proof claims, and of what
//!
//! That the compiler of CPython of the code's version makes of the source a code object that does on every path the same
//! acts with the same values in the same order, each protected by the same handlers. Each code object has a verdict of its
//! own; that of a function does not speak of the place where it is made.
//!
//! It takes for granted a release build of CPython without tracing, monitoring or a frame evaluation function, and a program
//! that does not look at itself (`__code__`, frames, reference counts). It speaks of what the interpreter runs: not of line
//! tables, file names, the order of variables that are no parameters, constants that nothing loads, or code that control
//! never reaches. How values are dropped is not compared, nor the arguments of `GET_AWAITABLE` and `RERAISE`, which word
//! messages and tracebacks.
//!
//! The acts of bytecode are those of its instructions, which is what the interpreter does only if a compiler may have
//! written them: [`lancehead_code::authentic()`] says what none writes, and nothing is proven of such code. `docs/proof.md`
//! says all of this at length.

mod act;
mod alone;
mod authentic;
mod compiler;
mod dialect;
mod difference;
mod equal;
mod fold;
mod gather;
mod intern;
mod loosen;
mod lower;
mod module;
mod read;
mod scope;
mod show;
mod trial;
mod verdict;
mod walk;

pub use alone::{
    check_function, examine_function, imported_names, module_uses_super, move_qualnames, own_qualname,
};
pub use difference::{CodeVerdict, Difference, DifferenceKind, Equality};
pub use equal::first_difference;
pub use module::{
    Checked, check_definition, check_definition_by, check_module, check_module_by, check_module_itself,
    check_module_itself_by, check_module_optimized, examine_module,
};
pub use trial::{Compilers, Releases};
