//! Constants as expressions.

use lancehead_ast::{Constant, Expr, ExprKind};
use lancehead_pyc::{CodeObject, Object, ObjectRef};

use super::budget::MAX_REPEATED_TEXT;

/// Containers nest at most this deep; marshal itself has a limit.
const MAX_DEPTH: u32 = 200;

/// The expression that evaluates to a constant, if there is one.
pub fn expression(object: &Object) -> Option<ExprKind> {
    at_depth(object, 0)
}

/// About how many bytes of text a constant takes; no more is counted than may be repeated.
pub fn length(object: &Object) -> u64 {
    let (mut length, mut work) = (0u64, vec![object]);
    // One that shares its items with itself may be far longer than its file.
    while let Some(object) = work.pop()
        && length <= MAX_REPEATED_TEXT
    {
        length += match object {
            Object::Str(text) => text.as_bytes().len() as u64,
            Object::Bytes(bytes) => bytes.len() as u64,
            Object::BigInt(value) => value.bits() / 3,
            Object::Tuple(items) | Object::FrozenSet(items) => {
                work.extend(items.iter().map(|item| &**item));
                2
            }
            _ => 4,
        };
    }
    length
}

fn at_depth(object: &Object, depth: u32) -> Option<ExprKind> {
    if depth > MAX_DEPTH {
        return None;
    }
    let all = |items: &[ObjectRef]| {
        items.iter().map(|item| at_depth(item, depth + 1).map(Expr::new)).collect::<Option<Vec<_>>>()
    };
    let part = |object: &Object| match object {
        Object::None => Some(None),
        other => at_depth(other, depth + 1).map(|kind| Some(Box::new(Expr::new(kind)))),
    };
    Some(match object {
        Object::None => ExprKind::Constant(Constant::None),
        Object::Bool(value) => ExprKind::Constant(Constant::Bool(*value)),
        Object::Ellipsis => ExprKind::Constant(Constant::Ellipsis),
        Object::Int(value) => ExprKind::Constant(Constant::Int((*value).into())),
        Object::BigInt(value) => ExprKind::Constant(Constant::Int(value.clone())),
        Object::Float(value) => ExprKind::Constant(Constant::Float(*value)),
        Object::Complex(real, imaginary) => ExprKind::Constant(Constant::Complex(*real, *imaginary)),
        Object::Str(value) => ExprKind::Constant(Constant::Str(value.clone())),
        Object::Bytes(value) => ExprKind::Constant(Constant::Bytes(value.clone())),
        Object::Tuple(items) => ExprKind::Tuple(all(items)?),
        Object::FrozenSet(items) => ExprKind::Set(all(items)?),
        Object::Slice(lower, upper, step) => {
            ExprKind::Slice { lower: part(lower)?, upper: part(upper)?, step: part(step)? }
        }
        Object::StopIteration
        | Object::List(_)
        | Object::Set(_)
        | Object::Dict(_)
        | Object::FrozenDict(_)
        | Object::Code(_) => return None,
    })
}

/// The text of a string constant.
pub fn text(expr: &Expr) -> Option<&lancehead_pyc::PyStr> {
    match &expr.kind {
        ExprKind::Constant(Constant::Str(text)) => Some(text),
        _ => None,
    }
}

/// The code object that an object is, if it is one.
pub fn code_of(object: &ObjectRef) -> Option<&CodeObject> {
    match &**object {
        lancehead_pyc::Object::Code(code) => Some(code),
        _ => None,
    }
}

/// Where a constant was loaded.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// The line.
    pub line: u32,
    /// The byte offset.
    pub offset: u32,
}
