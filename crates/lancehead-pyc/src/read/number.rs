//! Numbers in marshal data.

use num_bigint::{BigInt, Sign};

use super::Reader;
use crate::Object;
use crate::bytes::Read;
use crate::error::ReadError;

/// Bits of one digit of a long int.
const DIGIT_BITS: u32 = 15;

impl Reader<'_> {
    pub(super) fn float(&mut self) -> Read<f64> {
        self.bytes.array("a float").map(f64::from_le_bytes)
    }

    /// A float as text, which marshal versions 0 and 1 wrote.
    pub(super) fn float_text(&mut self) -> Read<f64> {
        const EXPECTED: &str = "a float as text";
        let start = self.bytes.offset();
        let length = self.bytes.byte(EXPECTED)?.into();
        let text = self.bytes.take(length, EXPECTED)?;
        let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| ReadError::unexpected(start, EXPECTED, format!("`{}`", text.escape_ascii())))
    }

    /// An int of any size: a count of digits, negative for a negative int, and that many digits of 15 bits, lowest
    /// first.
    pub(super) fn long(&mut self) -> Read<Object> {
        const EXPECTED: &str = "an int";
        let start = self.bytes.offset();
        let signed = self.bytes.i32(EXPECTED)?;
        let digits = self.bytes.take(signed.unsigned_abs() as usize * 2, EXPECTED)?;
        let digits: Vec<u16> =
            digits.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        if let Some(at) = digits.iter().position(|digit| *digit >> DIGIT_BITS != 0) {
            let found = format!("{:#06x}", digits[at]);
            return Err(ReadError::unexpected(start + 4 + 2 * at, "a digit of 15 bits of an int", found));
        }
        if digits.last() == Some(&0) {
            let at = self.bytes.offset() - 2;
            return Err(ReadError::unexpected(at, "a highest digit of an int that is not zero", "zero"));
        }
        let negative = signed < 0;
        Ok(small(&digits, negative).map_or_else(|| Object::BigInt(big(&digits, negative)), Object::Int))
    }
}

/// The int, if it fits.
fn small(digits: &[u16], negative: bool) -> Option<i64> {
    // Five digits are 75 bits: they may not fit an i64, but always fit an i128.
    if digits.len() > 5 {
        return None;
    }
    let magnitude = digits.iter().rev().fold(0i128, |sum, digit| sum << DIGIT_BITS | i128::from(*digit));
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn big(digits: &[u16], negative: bool) -> BigInt {
    let mut words = Vec::with_capacity(digits.len() / 2 + 1);
    let (mut pending, mut bits) = (0u64, 0);
    for digit in digits {
        pending |= u64::from(*digit) << bits;
        bits += DIGIT_BITS;
        if bits >= 32 {
            words.push(pending as u32);
            pending >>= 32;
            bits -= 32;
        }
    }
    words.push(pending as u32);
    BigInt::from_slice(if negative { Sign::Minus } else { Sign::Plus }, &words)
}
