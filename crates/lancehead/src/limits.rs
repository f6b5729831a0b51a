//! How much is taken on.

use lancehead_pyc::CodeObject;

/// The longest bytecode of one code object that is listed or decompiled, in bytes: more than any function that a
/// person or a generator writes (one of 25,600 statements has less than 2 MB).
///
/// An expression can be nested half as deep as its bytecode is long, and trees are walked and dropped by recursion: so
/// much fits in [`STACK_SIZE`](crate::isolate::STACK_SIZE).
pub(crate) const MAX_CODE_BYTES: usize = 4 << 20;

/// The bytecode of one code object is longer than [`MAX_CODE_BYTES`].
#[derive(Debug, thiserror::Error)]
#[error("bytecode of {0} bytes; no more than {MAX_CODE_BYTES} are taken on")]
pub(crate) struct TooLong(usize);

/// Whether the bytecode of `code` itself is short enough.
pub(crate) fn check_length(code: &CodeObject) -> Result<(), TooLong> {
    match code.code.len() {
        length if length > MAX_CODE_BYTES => Err(TooLong(length)),
        _ => Ok(()),
    }
}
