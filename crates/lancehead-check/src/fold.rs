//! What arithmetic on constants comes to, as `Python/ast_opt.c` and `Python/flowgraph.c` fold it.
//!
//! Both sides of a check are folded alike, so it does not matter where a version draws the line, only that results are
//! right. What may raise is not folded.

use lancehead_ir::{Operator, UnaryOperator};
use lancehead_pyc::PyStr;
use num_bigint::{BigInt, BigUint, Sign};

use crate::intern::{Const, Interner, Value};

/// Results larger than this are left alone.
const MAX_BITS: u64 = 1 << 13;
/// Longer sequences are left alone.
const MAX_ITEMS: usize = 1 << 14;

/// Whether a constant counts as true.
pub fn truth(interner: &Interner, constant: Const) -> bool {
    match interner.value(constant) {
        Value::None => false,
        Value::Bool(b) => *b,
        Value::Int(i) => *i != 0,
        Value::Float(b) => f64::from_bits(*b) != 0.0,
        Value::Complex(re, im) => f64::from_bits(*re) != 0.0 || f64::from_bits(*im) != 0.0,
        Value::Str(s) => !s.is_empty(),
        Value::Bytes(b) => !b.is_empty(),
        Value::Tuple(items) | Value::FrozenSet(items) => !items.is_empty(),
        Value::Ellipsis | Value::StopIteration | Value::BigInt(_) | Value::Slice(_) | Value::Other(_) => true,
    }
}

/// A number as Python's arithmetic sees it.
#[derive(Debug, Clone)]
enum Number {
    Int(BigInt),
    Float(f64),
    Complex(f64, f64),
}

fn number(value: &Value) -> Option<Number> {
    Some(match value {
        Value::Bool(b) => Number::Int(BigInt::from(u8::from(*b))),
        Value::Int(i) => Number::Int(BigInt::from(*i)),
        Value::BigInt(i) => Number::Int(i.clone()),
        Value::Float(b) => Number::Float(f64::from_bits(*b)),
        Value::Complex(re, im) => Number::Complex(f64::from_bits(*re), f64::from_bits(*im)),
        _ => return None,
    })
}

fn store(interner: &mut Interner, number: Number) -> Const {
    match number {
        Number::Int(i) => interner.big(i),
        Number::Float(f) => interner.float(f),
        Number::Complex(re, im) => interner.complex(re, im),
    }
}

/// A unary operator applied to a constant.
pub fn unary(interner: &mut Interner, operator: UnaryOperator, operand: Const) -> Option<Const> {
    if operator == UnaryOperator::Not {
        let result = !truth(interner, operand);
        return Some(if result { Interner::TRUE } else { Interner::FALSE });
    }
    let result = match (operator, number(interner.value(operand))?) {
        (UnaryOperator::Positive, number) => number,
        (UnaryOperator::Negative, Number::Int(i)) => Number::Int(-i),
        (UnaryOperator::Negative, Number::Float(f)) => Number::Float(-f),
        (UnaryOperator::Negative, Number::Complex(re, im)) => Number::Complex(-re, -im),
        (UnaryOperator::Invert, Number::Int(i)) => Number::Int(-i - 1),
        _ => return None,
    };
    Some(store(interner, result))
}

/// A binary operator applied to two constants. `mixed` says that real and complex numbers mix as in C99 (3.14).
pub fn binary(
    interner: &mut Interner,
    operator: Operator,
    left: Const,
    right: Const,
    mixed: bool,
) -> Option<Const> {
    if let (Some(l), Some(r)) = (number(interner.value(left)), number(interner.value(right))) {
        let both_bool =
            matches!((interner.value(left), interner.value(right)), (Value::Bool(_), Value::Bool(_)));
        let result = arithmetic(operator, l, r, mixed)?;
        if both_bool
            && let (Operator::And | Operator::Or | Operator::Xor, Number::Int(i)) = (operator, &result)
        {
            return Some(if i.bits() > 0 { Interner::TRUE } else { Interner::FALSE });
        }
        return Some(store(interner, result));
    }
    let value = match operator {
        Operator::Add => concatenate(interner.value(left), interner.value(right))?,
        Operator::Multiply => match (interner.value(left), interner.value(right)) {
            (sequence, Value::Int(times)) | (Value::Int(times), sequence) => repeat(sequence, *times)?,
            _ => return None,
        },
        _ => return None,
    };
    Some(interner.constant(value))
}

fn concatenate(left: &Value, right: &Value) -> Option<Value> {
    Some(match (left, right) {
        (Value::Str(l), Value::Str(r)) => {
            let bytes = [l.as_bytes(), r.as_bytes()].concat();
            Value::Str(PyStr::from_wtf8(&bytes).ok()?)
        }
        (Value::Bytes(l), Value::Bytes(r)) => Value::Bytes([&l[..], r].concat()),
        (Value::Tuple(l), Value::Tuple(r)) => Value::Tuple([&l[..], r].concat()),
        _ => return None,
    })
}

fn repeat(sequence: &Value, times: i64) -> Option<Value> {
    let times = usize::try_from(times.max(0)).ok()?;
    let small = |len: usize| len.checked_mul(times).is_some_and(|n| n <= MAX_ITEMS);
    Some(match sequence {
        Value::Str(s) if small(s.as_bytes().len()) => {
            Value::Str(PyStr::from_wtf8(&s.as_bytes().repeat(times)).ok()?)
        }
        Value::Bytes(b) if small(b.len()) => Value::Bytes(b.repeat(times)),
        Value::Tuple(items) if small(items.len()) => Value::Tuple(items.repeat(times)),
        _ => return None,
    })
}

/// Whether the compiler folds an operation on constants at all: `safe_multiply`, `safe_power`, `safe_lshift`.
pub fn is_small(interner: &Interner, operator: Operator, left: Const, right: Const) -> bool {
    const MAX_INT_BITS: u64 = 128;
    const MAX_STRING: usize = 4096;
    const MAX_COLLECTION: usize = 256;
    let (l, r) = (interner.value(left), interner.value(right));
    if let (Some(Number::Int(l)), Some(Number::Int(r))) = (number(l), number(r)) {
        let exponent = u64::try_from(&r).ok();
        let zero = l.bits() == 0 || r.bits() == 0;
        return match operator {
            Operator::Multiply => zero || l.bits() + r.bits() <= MAX_INT_BITS,
            Operator::Power => {
                zero || exponent.is_none_or(|exponent| l.bits().saturating_mul(exponent) <= MAX_INT_BITS)
                    && (exponent.is_some() || r < BigInt::from(0))
            }
            Operator::LShift => {
                zero || exponent.is_some_and(|shift| l.bits().saturating_add(shift) <= MAX_INT_BITS)
            }
            _ => true,
        };
    }
    let (sequence, times) = match (operator, l, r) {
        (Operator::Multiply, sequence, Value::Int(times)) => (sequence, *times),
        (Operator::Multiply, Value::Int(times), sequence) => (sequence, *times),
        _ => return true,
    };
    let (len, limit) = match sequence {
        Value::Str(text) => (text.code_points().count(), MAX_STRING),
        Value::Bytes(bytes) => (bytes.len(), MAX_STRING),
        Value::Tuple(items) => (items.len(), MAX_COLLECTION),
        _ => return true,
    };
    len == 0 || usize::try_from(times).is_ok_and(|times| times <= limit / len)
}

fn arithmetic(operator: Operator, left: Number, right: Number, mixed: bool) -> Option<Number> {
    match (left, right) {
        (Number::Complex(a, b), r) if mixed && !matches!(r, Number::Complex(..)) => {
            let r = float(&r)?;
            Some(match operator {
                Operator::Add => Number::Complex(a + r, b),
                Operator::Subtract => Number::Complex(a - r, b),
                Operator::Multiply => Number::Complex(a * r, b * r),
                Operator::TrueDivide if r != 0.0 => Number::Complex(a / r, b / r),
                Operator::Power => return complexes(operator, (a, b), (r, 0.0)),
                _ => return None,
            })
        }
        (l, Number::Complex(c, d)) if mixed && !matches!(l, Number::Complex(..)) => {
            let l = float(&l)?;
            match operator {
                Operator::Add => Some(Number::Complex(l + c, d)),
                Operator::Subtract => Some(Number::Complex(l - c, -d)),
                Operator::Multiply => Some(Number::Complex(l * c, l * d)),
                Operator::TrueDivide => real_by_complex(l, (c, d)),
                Operator::Power => complexes(operator, (l, 0.0), (c, d)),
                _ => None,
            }
        }
        (Number::Int(l), Number::Int(r)) => integers(operator, l, r),
        (Number::Complex(a, b), Number::Complex(c, d)) => complexes(operator, (a, b), (c, d)),
        (Number::Complex(a, b), r) => complexes(operator, (a, b), (float(&r)?, 0.0)),
        (l, Number::Complex(c, d)) => complexes(operator, (float(&l)?, 0.0), (c, d)),
        (l, r) => match (float(&l)?, float(&r)?) {
            (l, r) if operator == Operator::Power && l < 0.0 && r.fract() != 0.0 => complex_root(l, r),
            (l, r) => floats(operator, l, r).map(Number::Float),
        },
    }
}

/// A negative number to the power of a fraction: `float_pow` leaves it to `_Py_c_pow` of `Objects/complexobject.c`.
fn complex_root(base: f64, exponent: f64) -> Option<Number> {
    let length = base.hypot(0.0).powf(exponent);
    let phase = 0f64.atan2(base) * exponent;
    let (re, im) = (length * phase.cos(), length * phase.sin());
    (re.is_finite() && im.is_finite()).then_some(Number::Complex(re, im))
}

/// `_Py_rc_quot` of `Objects/complexobject.c` (3.14).
fn real_by_complex(a: f64, (c, d): (f64, f64)) -> Option<Number> {
    if c.abs() >= d.abs() {
        if c == 0.0 {
            return None;
        }
        let ratio = d / c;
        let denominator = c + d * ratio;
        return Some(Number::Complex(a / denominator, (-a * ratio) / denominator));
    }
    if c.is_nan() || d.is_nan() {
        return None;
    }
    let ratio = c / d;
    let denominator = c * ratio + d;
    Some(Number::Complex((a * ratio) / denominator, -a / denominator))
}

fn float(number: &Number) -> Option<f64> {
    match number {
        Number::Int(i) if i.bits() <= 53 => i64::try_from(i).ok().map(|i| i as f64),
        // Decimal text is rounded correctly, as Python rounds integers.
        Number::Int(i) => i.to_string().parse().ok().filter(|f: &f64| f.is_finite()),
        Number::Float(f) => Some(*f),
        Number::Complex(..) => None,
    }
}

fn complexes(operator: Operator, (a, b): (f64, f64), (c, d): (f64, f64)) -> Option<Number> {
    Some(match operator {
        Operator::Add => Number::Complex(a + c, b + d),
        Operator::Subtract => Number::Complex(a - c, b - d),
        Operator::Multiply => Number::Complex(a * c - b * d, a * d + b * c),
        Operator::TrueDivide => return complex_quotient((a, b), (c, d)),
        Operator::Power if d == 0.0 && c.fract() == 0.0 && c.abs() <= 100.0 => {
            return complex_power((a, b), c as i32);
        }
        _ => return None,
    })
}

/// `c_powi` of `Objects/complexobject.c`: powers by multiplying. Others depend on the platform's mathematics.
fn complex_power(base: (f64, f64), exponent: i32) -> Option<Number> {
    let product = |(a, b): (f64, f64), (c, d): (f64, f64)| (a * c - b * d, a * d + b * c);
    let (mut result, mut power) = ((1.0, 0.0), base);
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        if left & 1 == 1 {
            result = product(result, power);
        }
        left >>= 1;
        power = product(power, power);
    }
    if exponent <= 0 {
        return complex_quotient((1.0, 0.0), result);
    }
    (result.0.is_finite() && result.1.is_finite()).then_some(Number::Complex(result.0, result.1))
}

/// `_Py_c_quot` of `Objects/complexobject.c`: the larger part of the divisor is divided out first.
fn complex_quotient((a, b): (f64, f64), (c, d): (f64, f64)) -> Option<Number> {
    if c.abs() >= d.abs() {
        if c == 0.0 {
            return None;
        }
        let ratio = d / c;
        let denominator = c + d * ratio;
        return Some(Number::Complex((a + b * ratio) / denominator, (b - a * ratio) / denominator));
    }
    if d.is_nan() || c.is_nan() {
        return None;
    }
    let ratio = c / d;
    let denominator = c * ratio + d;
    Some(Number::Complex((a * ratio + b) / denominator, (b * ratio - a) / denominator))
}

fn integers(operator: Operator, l: BigInt, r: BigInt) -> Option<Number> {
    let zero = BigInt::from(0);
    let small = |bits: u64| bits <= MAX_BITS;
    let shift = || u64::try_from(&r).ok();
    Some(Number::Int(match operator {
        Operator::Add => l + r,
        Operator::Subtract => l - r,
        Operator::Multiply if small(l.bits() + r.bits()) => l * r,
        Operator::TrueDivide if r != zero => {
            return true_divide(&l, &r).map(Number::Float);
        }
        Operator::FloorDivide if r != zero => floor_divide(&l, &r),
        Operator::Remainder if r != zero => {
            let quotient = floor_divide(&l, &r);
            l - quotient * r
        }
        Operator::Power if r >= zero => {
            let exponent = shift()?;
            if !small(l.bits().saturating_mul(exponent)) {
                return None;
            }
            l.pow(u32::try_from(exponent).ok()?)
        }
        Operator::Power => {
            let base = float(&Number::Int(l)).filter(|base| *base != 0.0)?;
            return floats(Operator::Power, base, float(&Number::Int(r))?).map(Number::Float);
        }
        Operator::LShift if r >= zero && small(l.bits().saturating_add(shift()?)) => l << shift()?,
        Operator::RShift if r >= zero => l >> shift()?,
        Operator::And => l & r,
        Operator::Or => l | r,
        Operator::Xor => l ^ r,
        _ => return None,
    }))
}

/// The quotient of two integers, rounded once, as `long_true_divide` of `Objects/longobject.c` does. `None` where it is
/// too large for a float, or so small that it would lose precision.
fn true_divide(l: &BigInt, r: &BigInt) -> Option<f64> {
    /// Enough bits to round to 53 and see half-way cases.
    const BITS: i64 = 66;
    let (a, b) = (l.magnitude(), r.magnitude());
    let is_negative = (l.sign() == Sign::Minus) != (r.sign() == Sign::Minus);
    if a.bits() == 0 {
        return Some(if is_negative { -0.0 } else { 0.0 });
    }
    let shift = BITS - (i64::try_from(a.bits()).ok()? - i64::try_from(b.bits()).ok()?);
    let up = |n: &BigUint, by: i64| u64::try_from(by).map_or_else(|_| n.clone(), |by| n << by);
    let (a, b) = (up(a, shift), up(b, -shift));
    let quotient = &a / &b;
    let is_exact = &quotient * &b == a;
    let quotient = u128::try_from(&quotient).ok()? << 1 | u128::from(!is_exact);
    let exponent = i32::try_from(-shift - 1).ok()?;
    if !(-1000..900).contains(&exponent) {
        return None;
    }
    // The conversion rounds to nearest, ties to even; scaling by powers of two is exact.
    let half = exponent / 2;
    let quotient = quotient as f64 * 2f64.powi(half) * 2f64.powi(exponent - half);
    Some(if is_negative { -quotient } else { quotient })
}

fn floor_divide(l: &BigInt, r: &BigInt) -> BigInt {
    let quotient = l / r;
    let negative = (l.sign() == Sign::Minus) != (r.sign() == Sign::Minus);
    if negative && &quotient * r != *l { quotient - 1 } else { quotient }
}

fn floats(operator: Operator, l: f64, r: f64) -> Option<f64> {
    Some(match operator {
        Operator::Add => l + r,
        Operator::Subtract => l - r,
        Operator::Multiply => l * r,
        Operator::TrueDivide if r != 0.0 => l / r,
        Operator::FloorDivide if r != 0.0 => float_divmod(l, r).0,
        Operator::Remainder if r != 0.0 => float_divmod(l, r).1,
        Operator::Power => float_power(l, r).filter(|f| f.is_finite())?,
        _ => return None,
    })
}

/// `float_pow` of `Objects/floatobject.c`, for finite numbers whose power is a float.
fn float_power(l: f64, r: f64) -> Option<f64> {
    let is_odd = r.fract() == 0.0 && r % 2.0 != 0.0;
    if r == 0.0 {
        return Some(1.0);
    }
    if l == 0.0 {
        return (r > 0.0).then_some(if is_odd { l } else { 0.0 });
    }
    if l < 0.0 && r.fract() != 0.0 {
        return None;
    }
    let power = if l.abs() == 1.0 { 1.0 } else { l.abs().powf(r) };
    Some(if l < 0.0 && is_odd { -power } else { power })
}

/// `float_divmod` of `Objects/floatobject.c`.
fn float_divmod(l: f64, r: f64) -> (f64, f64) {
    let mut remainder = l % r;
    let mut quotient = (l - remainder) / r;
    if remainder != 0.0 {
        if (r < 0.0) != (remainder < 0.0) {
            remainder += r;
            quotient -= 1.0;
        }
    } else {
        remainder = 0f64.copysign(r);
    }
    let floor = match quotient {
        0.0 => 0f64.copysign(l / r),
        q if q - q.floor() > 0.5 => q.floor() + 1.0,
        q => q.floor(),
    };
    (floor, remainder)
}

/// The places that a slice takes of a sequence: `PySlice_AdjustIndices`.
fn slice_places(interner: &Interner, parts: [Const; 3], len: usize) -> Option<Vec<usize>> {
    let part = |at: usize| match interner.value(parts[at]) {
        Value::None => Some(None),
        Value::Int(i) => Some(Some(*i)),
        _ => None,
    };
    let (start, stop, step, len) = (part(0)?, part(1)?, part(2)?.unwrap_or(1), i64::try_from(len).ok()?);
    if step == 0 || len > MAX_ITEMS as i64 {
        return None;
    }
    let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let clamp = |at: i64| (if at < 0 { at.saturating_add(len) } else { at }).clamp(low, high);
    let start = start.map_or(if step < 0 { high } else { low }, clamp);
    let stop = stop.map_or(if step < 0 { low } else { high }, clamp);
    let mut places = Vec::new();
    let mut at = start;
    while if step < 0 { at > stop } else { at < stop } {
        places.push(usize::try_from(at).ok()?);
        at = at.saturating_add(step);
    }
    Some(places)
}

fn slice(interner: &mut Interner, container: Const, parts: [Const; 3]) -> Option<Const> {
    let value = match interner.value(container) {
        Value::Tuple(items) => {
            let places = slice_places(interner, parts, items.len())?;
            Value::Tuple(places.into_iter().map(|at| items[at]).collect())
        }
        Value::Bytes(bytes) => {
            let places = slice_places(interner, parts, bytes.len())?;
            Value::Bytes(places.into_iter().map(|at| bytes[at]).collect())
        }
        Value::Str(text) => {
            let points: Vec<char> = text.code_points().map(char::from_u32).collect::<Option<_>>()?;
            let places = slice_places(interner, parts, points.len())?;
            Value::Str(PyStr::from(places.into_iter().map(|at| points[at]).collect::<String>()))
        }
        _ => return None,
    };
    Some(interner.constant(value))
}

/// An item or slice of a constant by a constant index.
pub fn subscript(interner: &mut Interner, container: Const, index: Const) -> Option<Const> {
    if let Value::Slice(parts) = *interner.value(index) {
        return slice(interner, container, parts);
    }
    let index = match interner.value(index) {
        Value::Int(i) => *i,
        Value::Bool(b) => i64::from(*b),
        _ => return None,
    };
    let place = |len: usize| {
        let at = if index < 0 { index + len as i64 } else { index };
        usize::try_from(at).ok().filter(|at| *at < len)
    };
    match interner.value(container) {
        Value::Tuple(items) => place(items.len()).map(|at| items[at]),
        Value::Bytes(bytes) => {
            let byte = bytes[place(bytes.len())?];
            Some(interner.int(i64::from(byte)))
        }
        Value::Str(text) => {
            let points: Vec<u32> = text.code_points().collect();
            let point = points[place(points.len())?];
            let item = char::from_u32(point)?.to_string();
            Some(interner.string(&PyStr::from(item)))
        }
        _ => None,
    }
}

/// Whether two constants are equal as members of a set.
pub fn equal(interner: &Interner, left: Const, right: Const) -> bool {
    if left == right {
        return true;
    }
    match (number(interner.value(left)), number(interner.value(right))) {
        (Some(Number::Int(l)), Some(Number::Int(r))) => l == r,
        (Some(Number::Complex(a, b)), Some(Number::Complex(c, d))) => a == c && b == d,
        (Some(Number::Complex(a, 0.0)), Some(other)) | (Some(other), Some(Number::Complex(a, 0.0))) => {
            float(&other) == Some(a)
        }
        (Some(l), Some(r)) => match (float(&l), float(&r)) {
            (Some(l), Some(r)) => l == r,
            _ => false,
        },
        _ => false,
    }
}
