//! Constants, compared as the compiler does.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use lancehead_pyc::{Object, ObjectRef};

/// A constant. Equal only to one of the same type and the same bits: `1`, `1.0` and `True` differ, and so do `0.0` and
/// `-0.0` (`_PyCode_ConstantKey` in `Objects/codeobject.c`).
#[derive(Debug, Clone)]
pub struct Constant(pub ObjectRef);

impl Constant {
    /// Whether this is `object`, or an equal one.
    pub fn is(&self, object: &ObjectRef) -> bool {
        same(&self.0, object)
    }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Constant) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for Constant {}

impl Hash for Constant {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

impl From<Object> for Constant {
    fn from(object: Object) -> Constant {
        Constant(object.into())
    }
}

fn same(a: &ObjectRef, b: &ObjectRef) -> bool {
    Arc::ptr_eq(a, b) || same_object(a, b)
}

fn same_object(a: &Object, b: &Object) -> bool {
    use Object::*;
    match (a, b) {
        (Float(a), Float(b)) => a.to_bits() == b.to_bits(),
        (Complex(a, b), Complex(c, d)) => [a, b].map(|x| x.to_bits()) == [c, d].map(|x| x.to_bits()),
        (Tuple(a), Tuple(b)) | (List(a), List(b)) | (Set(a), Set(b)) | (FrozenSet(a), FrozenSet(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Dict(a), Dict(b)) | (FrozenDict(a), FrozenDict(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.0, &b.0) && same(&a.1, &b.1))
        }
        (Slice(a, b, c), Slice(d, e, f)) => same(a, d) && same(b, e) && same(c, f),
        _ => a == b,
    }
}

fn hash<H: Hasher>(object: &Object, state: &mut H) {
    use Object::*;
    std::mem::discriminant(object).hash(state);
    match object {
        None | Ellipsis | StopIteration => {}
        Bool(value) => value.hash(state),
        Int(value) => value.hash(state),
        BigInt(value) => value.hash(state),
        Float(value) => value.to_bits().hash(state),
        Complex(real, imaginary) => [real, imaginary].map(|part| part.to_bits()).hash(state),
        Str(text) => text.hash(state),
        Bytes(bytes) => bytes.hash(state),
        Tuple(items) | List(items) | Set(items) | FrozenSet(items) => {
            items.len().hash(state);
            items.iter().for_each(|item| hash(item, state));
        }
        Dict(items) | FrozenDict(items) => {
            items.len().hash(state);
            items.iter().for_each(|(key, value)| {
                hash(key, state);
                hash(value, state);
            });
        }
        Slice(start, stop, step) => [start, stop, step].into_iter().for_each(|part| hash(part, state)),
        Code(code) => {
            code.name.hash(state);
            code.firstlineno.hash(state);
            code.code.hash(state);
        }
    }
}
