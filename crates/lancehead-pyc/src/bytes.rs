//! Bytes that are read from front to back.

use crate::error::ReadError;

/// Errors travel boxed, so that the deeply recursive reader has small frames.
pub(crate) type Read<T> = Result<T, Box<ReadError>>;

impl ReadError {
    pub(crate) fn unexpected(
        offset: usize,
        expected: &'static str,
        found: impl Into<String>,
    ) -> Box<ReadError> {
        Box::new(ReadError::Unexpected { offset, expected, found: found.into() })
    }
}

/// What is left of some bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a> {
    all: &'a [u8],
    offset: usize,
}

impl<'a> Bytes<'a> {
    pub fn new(all: &'a [u8]) -> Bytes<'a> {
        Bytes { all, offset: 0 }
    }

    /// How many bytes have been read.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.all.get(self.offset..).unwrap_or_default()
    }

    pub fn left(&self) -> usize {
        self.all.len() - self.offset
    }

    #[inline]
    pub fn take(&mut self, length: usize, expected: &'static str) -> Read<&'a [u8]> {
        match self.rest().get(..length) {
            Some(taken) => {
                self.offset += length;
                Ok(taken)
            }
            None => Err(self.cut(length, expected)),
        }
    }

    #[cold]
    fn cut(&self, needed: usize, expected: &'static str) -> Box<ReadError> {
        Box::new(ReadError::Cut { offset: self.offset, expected, needed, left: self.left() })
    }

    #[inline]
    pub fn array<const N: usize>(&mut self, expected: &'static str) -> Read<[u8; N]> {
        match self.rest().first_chunk::<N>() {
            Some(taken) => {
                self.offset += N;
                Ok(*taken)
            }
            None => Err(self.cut(N, expected)),
        }
    }

    #[inline]
    pub fn byte(&mut self, expected: &'static str) -> Read<u8> {
        self.array::<1>(expected).map(|[byte]| byte)
    }

    #[inline]
    pub fn u32(&mut self, expected: &'static str) -> Read<u32> {
        self.array(expected).map(u32::from_le_bytes)
    }

    #[inline]
    pub fn i32(&mut self, expected: &'static str) -> Read<i32> {
        self.array(expected).map(i32::from_le_bytes)
    }

    /// A length or count of things that take `unit` bytes each or more, held against what is left.
    #[inline]
    pub fn length(&mut self, unit: usize, expected: &'static str) -> Read<usize> {
        let at = self.offset;
        let length = self.i32(expected)?;
        match usize::try_from(length) {
            Ok(length) if length.saturating_mul(unit) <= self.left() => Ok(length),
            Ok(length) => Err(self.cut(length.saturating_mul(unit), expected)),
            Err(_) => Err(ReadError::unexpected(at, expected, format!("the length {length}"))),
        }
    }
}
