//! Numbers in marshal data.

use num_bigint::{BigInt, Sign};

use super::{Write, Writer, signed};
use crate::layout::code as typecode;

/// Bits of one digit of a long int.
const DIGIT_BITS: u32 = 15;
const DIGIT_MASK: u64 = (1 << DIGIT_BITS) - 1;

impl Writer<'_> {
    /// An int that was found to fit `code`.
    pub(super) fn int(&mut self, value: i64, code: u8) -> Write {
        match code {
            typecode::INT => self.out.extend((value as i32).to_le_bytes()),
            typecode::INT64 => self.out.extend(value.to_le_bytes()),
            _ => return self.big_int(&BigInt::from(value)),
        }
        Ok(())
    }

    pub(super) fn big_int(&mut self, value: &BigInt) -> Write {
        let (sign, words) = value.to_u32_digits();
        let digits = digits(&words);
        let count = signed("the number of digits of an int", digits.len())?;
        self.out.extend((if sign == Sign::Minus { -count } else { count }).to_le_bytes());
        self.out.extend(digits.iter().flat_map(|digit| digit.to_le_bytes()));
        Ok(())
    }

    pub(super) fn float(&mut self, value: f64, as_text: bool) -> Write {
        if as_text {
            let text = general(value);
            self.out.push(text.len() as u8);
            self.out.extend(text.as_bytes());
        } else {
            self.out.extend(value.to_le_bytes());
        }
        Ok(())
    }
}

/// Digits of 15 bits, lowest first, none of them a leading zero.
fn digits(words: &[u32]) -> Vec<u16> {
    let mut digits = Vec::with_capacity(words.len() * 32 / 15 + 1);
    let (mut pending, mut bits) = (0u64, 0);
    for word in words {
        pending |= u64::from(*word) << bits;
        bits += 32;
        while bits >= DIGIT_BITS {
            digits.push((pending & DIGIT_MASK) as u16);
            pending >>= DIGIT_BITS;
            bits -= DIGIT_BITS;
        }
    }
    digits.push(pending as u16);
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

/// A float as C's `%.17g` prints it.
fn general(value: f64) -> String {
    const PRECISION: i32 = 17;
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".to_owned() } else { "-inf".to_owned() };
    }
    let scientific = format!("{:.*e}", PRECISION as usize - 1, value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let without_zeros = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-4..PRECISION).contains(&exponent) {
        return without_zeros(&format!("{:.*}", (PRECISION - 1 - exponent) as usize, value));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_text() {
        // What `'%.17g' % value` gives in Python.
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (0.1, "0.10000000000000001"),
            (1e16, "10000000000000000"),
            (1e17, "1e+17"),
            (1.25e-5, "1.2500000000000001e-05"),
            (0.0001, "0.0001"),
            (-1e300, "-1.0000000000000001e+300"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (value, text) in cases {
            assert_eq!(general(value), text);
        }
    }

    #[test]
    fn digits_of_ints() {
        assert_eq!(digits(&[]), []);
        assert_eq!(digits(&[0x8000]), [0, 1]);
        assert_eq!(digits(&[u32::MAX]), [0x7fff, 0x7fff, 3]);
        assert_eq!(digits(&[0, 1]), [0, 0, 4]);
    }
}
