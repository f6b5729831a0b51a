//! Reading no more than is sensible.

use std::io::Read;

use crate::Error;

/// The most bytes that are read from one input: far more than any module compiles to.
pub const MAX_INPUT_BYTES: u64 = 64 << 20;

/// All of `source`, if it is no more than `limit` bytes.
pub(super) fn read_bounded(source: impl Read, limit: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = source.take(limit + 1).read_to_end(&mut bytes)?;
    if read as u64 > limit {
        return Err(Error::TooLarge { limit });
    }
    Ok(bytes)
}
