//! Python values, as far as a `.pyc` can hold them.

use std::sync::Arc;

use num_bigint::BigInt;

use crate::{CodeObject, PyStr};

/// A shared Python value. Two references to one marshalled object are one allocation, so identity survives.
pub type ObjectRef = Arc<Object>;

/// A value that marshal can hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// `...`.
    Ellipsis,
    /// `StopIteration` (marshal has a type code for it).
    StopIteration,
    /// An `int` that fits.
    Int(i64),
    /// An `int` that does not.
    BigInt(BigInt),
    /// A `float`.
    Float(f64),
    /// A `complex`: real and imaginary part.
    Complex(f64, f64),
    /// A `str`.
    Str(PyStr),
    /// A `bytes`.
    Bytes(Vec<u8>),
    /// A `tuple`.
    Tuple(Vec<ObjectRef>),
    /// A `list`.
    List(Vec<ObjectRef>),
    /// A `set`, in the order in which it was stored.
    Set(Vec<ObjectRef>),
    /// A `frozenset`, in the order in which it was stored.
    FrozenSet(Vec<ObjectRef>),
    /// A `dict`, in order.
    Dict(Vec<(ObjectRef, ObjectRef)>),
    /// A `frozendict` (3.15), in order.
    FrozenDict(Vec<(ObjectRef, ObjectRef)>),
    /// A `slice` (marshal 5): start, stop, step.
    Slice(ObjectRef, ObjectRef, ObjectRef),
    /// A code object.
    Code(Box<CodeObject>),
}
