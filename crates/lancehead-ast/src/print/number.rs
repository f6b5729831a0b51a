//! Numbers and the other constants that are no strings.

use super::level::Level;
use crate::node::Constant;
use num_bigint::{BigInt, Sign};

/// Integers of more bits than this have (or may have) more than the 4300 decimal digits that `int()` and the parser
/// accept by default; in hexadecimal there is no limit.
const MAX_DECIMAL_BITS: u64 = 14_280;

/// How tightly a constant binds.
pub(super) fn level(constant: &Constant) -> Level {
    match constant {
        Constant::Int(value) if value.sign() == Sign::Minus => Level::Factor,
        Constant::Float(value) => float(*value).1,
        // The looser of its forms; the printer asks for the exact one.
        Constant::Complex(..) => Level::Arith,
        _ => Level::Atom,
    }
}

/// The text of a constant that is neither a string nor complex.
pub(super) fn text(constant: &Constant) -> String {
    match constant {
        Constant::None => "None".to_owned(),
        Constant::Bool(true) => "True".to_owned(),
        Constant::Bool(false) => "False".to_owned(),
        Constant::Ellipsis => "...".to_owned(),
        Constant::Int(value) => int(value),
        Constant::Float(value) => float(*value).0,
        Constant::Complex(..) | Constant::Str(_) | Constant::Bytes(_) => String::new(),
    }
}

fn int(value: &BigInt) -> String {
    if value.bits() <= MAX_DECIMAL_BITS { value.to_string() } else { format!("{value:#x}") }
}

/// A float, and how tightly it binds.
fn float(value: f64) -> (String, Level) {
    if value.is_nan() {
        // What the processor makes of `inf - inf` has its sign bit set.
        return match value.is_sign_negative() {
            true => ("1e309 - 1e309".to_owned(), Level::Arith),
            false => ("-(1e309 - 1e309)".to_owned(), Level::Factor),
        };
    }
    let digits = if value.is_infinite() { "1e309".to_owned() } else { repr(value.abs()) };
    if value.is_sign_negative() { (format!("-{digits}"), Level::Factor) } else { (digits, Level::Atom) }
}

/// `repr` of a finite float that is not negative: the shortest digits that read back as the same value, in Python's
/// choice between plain and scientific notation.
pub(super) fn repr(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        if plain.contains('.') { plain } else { plain + ".0" }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
    }
}

/// An expression whose value is a complex constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ComplexForm {
    pub text: String,
    pub level: Level,
    /// Whether it folds to exactly the constant.
    pub exact: bool,
}

/// The shortest expression that CPython's constant folding turns into the complex number `re + im*1j`, signs of
/// zeros and nans included. `mixed` is the arithmetic of 3.14, where a real operand has no imaginary part.
pub(super) fn complex(re: f64, im: f64, mixed: bool) -> ComplexForm {
    let candidates = candidates(re, im, mixed);
    let same = |value: (f64, f64)| is_same(value.0, re) && is_same(value.1, im);
    let near = |value: (f64, f64)| is_near(value.0, re) && is_near(value.1, im);
    let (best, exact) = match candidates.iter().find(|c| same(c.value)) {
        Some(found) => (Some(found), true),
        // The sign of a nan is lost in printing and comparing alike.
        None => match candidates.iter().find(|c| near(c.value)) {
            Some(found) => (Some(found), true),
            None => (candidates.first(), false),
        },
    };
    match best {
        Some(found) => ComplexForm { text: found.text.clone(), level: found.level, exact },
        None => ComplexForm { text: "0j".to_owned(), level: Level::Atom, exact: false },
    }
}

fn is_same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan() && a.is_sign_negative() == b.is_sign_negative())
}

fn is_near(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

struct Candidate {
    text: String,
    level: Level,
    value: (f64, f64),
}

impl Candidate {
    fn negated(&self) -> Candidate {
        let text = match self.level {
            Level::Arith => format!("-({})", self.text),
            _ => format!("-{}", self.text),
        };
        Candidate { text, level: Level::Factor, value: (-self.value.0, -self.value.1) }
    }
}

/// Expressions that may give the number, the plainest first.
fn candidates(re: f64, im: f64, mixed: bool) -> Vec<Candidate> {
    let imaginary = if im.is_nan() {
        Candidate {
            text: "(1e309j - 1e309j)".to_owned(),
            level: Level::Atom,
            // The nan that processors make of `inf - inf`.
            value: (0.0, -f64::NAN),
        }
    } else {
        let text = if im.is_infinite() { "1e309j".to_owned() } else { imaginary_literal(im.abs()) };
        Candidate { text, level: Level::Atom, value: (0.0, im.abs()) }
    };
    let mut all = vec![imaginary.negated()];
    for real in [re, -re] {
        for negative in [false, true] {
            let (mut real_text, level) = float(real);
            if level == Level::Arith {
                real_text = format!("({real_text})");
            }
            let sign = if negative { '-' } else { '+' };
            let text = format!("{real_text} {sign} {}", imaginary.text);
            let value = real_and_imaginary(real, imaginary.value, negative, mixed);
            all.push(Candidate { text, level: Level::Arith, value });
        }
    }
    let negated: Vec<Candidate> = all.iter().skip(1).map(Candidate::negated).collect();
    all.extend(negated);
    all.insert(0, imaginary);
    all
}

/// `real ± imaginary` as CPython computes it.
fn real_and_imaginary(real: f64, imaginary: (f64, f64), negative: bool, mixed: bool) -> (f64, f64) {
    let (re, im) = imaginary;
    match (negative, mixed) {
        (false, true) => (real + re, im),
        (true, true) => (real - re, -im),
        (false, false) => (real + re, 0.0 + im),
        (true, false) => (real - re, 0.0 - im),
    }
}

/// A literal as `repr` has it: `2j`, not `2.0j`.
fn imaginary_literal(value: f64) -> String {
    let text = repr(value);
    format!("{}j", text.strip_suffix(".0").unwrap_or(&text))
}
