//! Python's arithmetic on constants, as far as it cannot go wrong: whatever would raise, warn, or take a library's word for
//! its last digit is left to the interpreter.

use lancehead_pyc::{Object, ObjectRef, PyStr};
use num_bigint::{BigInt, Sign};

use crate::program::BinaryOp;

/// The most bits of a product, power or shift (`MAX_INT_SIZE` in `Python/ast_opt.c`).
const MAX_BITS: u64 = 128;
/// The most characters or bytes of a repetition (`MAX_STR_SIZE`).
const MAX_LENGTH: usize = 4096;
/// The most items of a repeated tuple (`MAX_COLLECTION_SIZE`).
const MAX_ITEMS: usize = 256;
/// Integers up to here are floats without rounding.
const EXACT: i64 = 1 << 53;

/// Operations on one constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Negative,
    Positive,
    Not,
    Invert,
}

/// The value of `op` on a constant; none where it is left to the interpreter.
pub(super) fn unary(op: Unary, operand: &Object) -> Option<Object> {
    match (op, operand) {
        (Unary::Not, _) => truth(operand).map(|truth| Object::Bool(!truth)),
        (Unary::Negative, Object::Float(value)) => Some(Object::Float(-value)),
        (Unary::Positive, Object::Float(value)) => Some(Object::Float(*value)),
        // Newer versions warn of it.
        (Unary::Invert, Object::Bool(_)) => None,
        (Unary::Negative, _) => Some(normal(-integer(operand)?)),
        (Unary::Positive, _) => Some(normal(integer(operand)?)),
        (Unary::Invert, _) => Some(normal(!integer(operand)?)),
    }
}

/// Whether a constant is true.
pub(super) fn truth(object: &Object) -> Option<bool> {
    Some(match object {
        Object::None => false,
        Object::Bool(value) => *value,
        Object::Ellipsis => true,
        Object::Int(value) => *value != 0,
        Object::BigInt(value) => value.sign() != Sign::NoSign,
        Object::Float(value) => *value != 0.0,
        Object::Str(text) => !text.is_empty(),
        Object::Bytes(bytes) => !bytes.is_empty(),
        Object::Tuple(items) => !items.is_empty(),
        _ => return None,
    })
}

/// The value of `op` on two constants; none where it is left to the interpreter.
pub(super) fn binary(op: BinaryOp, left: &Object, right: &Object) -> Option<Object> {
    let op = plain(op);
    if op == BinaryOp::Subscript {
        return subscript(left, right);
    }
    if let (Object::Bool(left), Object::Bool(right)) = (left, right) {
        match op {
            BinaryOp::And => return Some(Object::Bool(left & right)),
            BinaryOp::Or => return Some(Object::Bool(left | right)),
            BinaryOp::Xor => return Some(Object::Bool(left ^ right)),
            _ => {}
        }
    }
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => integers(op, left, right),
        (_, Some(count)) if op == BinaryOp::Multiply && float(left).is_none() => repeated(left, &count),
        (Some(count), _) if op == BinaryOp::Multiply && float(right).is_none() => repeated(right, &count),
        _ => match (float(left), float(right)) {
            (Some(left), Some(right)) => floats(op, left, right),
            _ => joined(op, left, right),
        },
    }
}

/// The same operation, not in place: constants never change.
fn plain(op: BinaryOp) -> BinaryOp {
    use BinaryOp::*;
    match op {
        InplaceAdd => Add,
        InplaceAnd => And,
        InplaceFloorDivide => FloorDivide,
        InplaceLeftShift => LeftShift,
        InplaceMatrixMultiply => MatrixMultiply,
        InplaceMultiply => Multiply,
        InplaceRemainder => Remainder,
        InplaceOr => Or,
        InplacePower => Power,
        InplaceRightShift => RightShift,
        InplaceSubtract => Subtract,
        InplaceTrueDivide => TrueDivide,
        InplaceXor => Xor,
        op => op,
    }
}

fn integer(object: &Object) -> Option<BigInt> {
    match object {
        Object::Int(value) => Some((*value).into()),
        Object::Bool(value) => Some(i64::from(*value).into()),
        Object::BigInt(value) => Some(value.clone()),
        _ => None,
    }
}

/// A number as a float, where that is exact.
fn float(object: &Object) -> Option<f64> {
    match object {
        Object::Float(value) => Some(*value),
        _ => exact(&integer(object)?),
    }
}

fn exact(value: &BigInt) -> Option<f64> {
    let value = i64::try_from(value).ok()?;
    (-EXACT..=EXACT).contains(&value).then_some(value as f64)
}

fn normal(value: BigInt) -> Object {
    match i64::try_from(&value) {
        Ok(small) => Object::Int(small),
        Err(_) => Object::BigInt(value),
    }
}

fn integers(op: BinaryOp, left: BigInt, right: BigInt) -> Option<Object> {
    use BinaryOp::*;
    let zero = right.sign() == Sign::NoSign;
    let value = match op {
        Add => left + right,
        Subtract => left - right,
        Multiply if left.bits() + right.bits() <= MAX_BITS => left * right,
        FloorDivide if !zero => divided(&left, &right).0,
        Remainder if !zero => divided(&left, &right).1,
        // Both are exact, so that the hardware rounds as it should.
        TrueDivide if !zero => return Some(Object::Float(exact(&left)? / exact(&right)?)),
        Power => {
            let exponent = u32::try_from(&right).ok()?;
            if left.bits().checked_mul(exponent.into())? > MAX_BITS {
                return None;
            }
            left.pow(exponent)
        }
        LeftShift => {
            let count = u64::try_from(&right).ok()?;
            if left.bits().checked_add(count)? > MAX_BITS {
                return None;
            }
            left << count
        }
        RightShift => left >> u32::try_from(&right).ok()?,
        And => left & right,
        Or => left | right,
        Xor => left ^ right,
        _ => return None,
    };
    Some(normal(value))
}

/// Quotient and remainder, rounded down as Python does.
fn divided(left: &BigInt, right: &BigInt) -> (BigInt, BigInt) {
    let (quotient, remainder) = (left / right, left % right);
    if remainder.sign() == Sign::NoSign || remainder.sign() == right.sign() {
        return (quotient, remainder);
    }
    (quotient - 1, remainder + right)
}

/// What IEEE 754 rounds in one way only.
fn floats(op: BinaryOp, left: f64, right: f64) -> Option<Object> {
    Some(Object::Float(match op {
        BinaryOp::Add => left + right,
        BinaryOp::Subtract => left - right,
        BinaryOp::Multiply => left * right,
        BinaryOp::TrueDivide if right != 0.0 => left / right,
        _ => return None,
    }))
}

/// `object * count`.
fn repeated(object: &Object, count: &BigInt) -> Option<Object> {
    // Beyond 64 bits it is an error, whichever its sign.
    let count = usize::try_from(i64::try_from(count).ok()?.max(0)).ok()?;
    let fits = |length: usize, most: usize| length.checked_mul(count).is_some_and(|length| length <= most);
    match object {
        Object::Str(text) if fits(text.as_bytes().len(), MAX_LENGTH) => {
            PyStr::from_wtf8(&text.as_bytes().repeat(count)).ok().map(Object::Str)
        }
        Object::Bytes(bytes) if fits(bytes.len(), MAX_LENGTH) => Some(Object::Bytes(bytes.repeat(count))),
        // However often nothing is repeated.
        Object::Tuple(items) if items.is_empty() => Some(Object::Tuple(Vec::new())),
        Object::Tuple(items) if fits(items.len(), MAX_ITEMS) => {
            let repeated: Vec<ObjectRef> = (0..count).flat_map(|_| items.iter().cloned()).collect();
            Some(Object::Tuple(repeated))
        }
        _ => None,
    }
}

/// `left + right` of sequences.
fn joined(op: BinaryOp, left: &Object, right: &Object) -> Option<Object> {
    if op != BinaryOp::Add {
        return None;
    }
    match (left, right) {
        (Object::Str(left), Object::Str(right)) => {
            let both = [left.as_bytes(), right.as_bytes()].concat();
            PyStr::from_wtf8(&both).ok().map(Object::Str)
        }
        (Object::Bytes(left), Object::Bytes(right)) => {
            Some(Object::Bytes([left.as_slice(), right.as_slice()].concat()))
        }
        (Object::Tuple(left), Object::Tuple(right)) => {
            Some(Object::Tuple([left.as_slice(), right.as_slice()].concat()))
        }
        _ => None,
    }
}

/// `object[index]`, where there is such an item.
fn subscript(object: &Object, index: &Object) -> Option<Object> {
    let at = i64::try_from(integer(index)?).ok()?;
    let within = |length: usize| {
        let at = if at < 0 { at.checked_add(i64::try_from(length).ok()?)? } else { at };
        usize::try_from(at).ok()
    };
    match object {
        Object::Tuple(items) => items.get(within(items.len())?).map(|item| (**item).clone()),
        Object::Bytes(bytes) => bytes.get(within(bytes.len())?).map(|&byte| Object::Int(byte.into())),
        Object::Str(text) if text.as_bytes().is_ascii() => {
            let byte = *text.as_bytes().get(within(text.as_bytes().len())?)?;
            PyStr::from_wtf8(&[byte]).ok().map(Object::Str)
        }
        _ => None,
    }
}
