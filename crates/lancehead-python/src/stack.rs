//! Stacks as deep as the work needs.
//!
//! Trees are walked by recursion as deep as the code is nested, and a Python thread may have little stack. Threads of
//! our own would not survive a fork; a second stack on the same thread does.

use lancehead::isolate::STACK_SIZE;
use lancehead_pyc::{CodeObject, Object};

/// Stack for each byte of bytecode: an expression nests half as deep as it is long, and each level takes several calls.
/// Code that is not optimised has bigger frames. Stacks are not free: what is not asked for is not mapped either.
const PER_BYTE: usize = if cfg!(debug_assertions) { 16 << 10 } else { 4 << 10 };
const LEAST: usize = 2 << 20;

/// Runs `work` on `code` with enough stack. Python must not be called in it: interpreters look at where the stack is.
pub(crate) fn for_code<T>(code: &CodeObject, work: impl FnOnce() -> T) -> T {
    let size = (LEAST + PER_BYTE * total_length(code)).min(STACK_SIZE);
    stacker::maybe_grow(size, size, work)
}

/// The bytes of bytecode in `code` and all code in it.
pub(crate) fn total_length(code: &CodeObject) -> usize {
    let inner = code.consts.iter().map(|constant| match &**constant {
        Object::Code(inner) => total_length(inner),
        _ => 0,
    });
    code.code.len() + inner.sum::<usize>()
}
