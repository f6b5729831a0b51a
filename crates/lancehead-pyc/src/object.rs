//! Python values, as far as a `.pyc` can hold them.

use std::sync::Arc;

use num_bigint::BigInt;

use crate::{CodeForm, PyStr, Version};

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

/// A code object, in the shape its version gives it, with the variables already told apart.
///
/// Fields are named as in CPython, without `co_`.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeObject {
    /// The version whose bytecode this is.
    pub version: Version,
    /// Number of positional parameters, positional-only ones included.
    pub argcount: u32,
    /// Number of positional-only parameters (0 before 3.8).
    pub posonlyargcount: u32,
    /// Number of keyword-only parameters.
    pub kwonlyargcount: u32,
    /// Number of local variables; stored up to 3.10, derived from `varnames` since.
    pub nlocals: u32,
    /// Stack slots needed.
    pub stacksize: u32,
    /// `co_flags`.
    pub flags: u32,
    /// The bytecode.
    pub code: Vec<u8>,
    /// Constants.
    pub consts: Vec<ObjectRef>,
    /// Names of globals, attributes and imports.
    pub names: Vec<PyStr>,
    /// Names of local variables, parameters first.
    pub varnames: Vec<PyStr>,
    /// Names of variables from enclosing scopes.
    pub freevars: Vec<PyStr>,
    /// Names of local variables that inner scopes use. One that is also a parameter stands in `varnames` too.
    pub cellvars: Vec<PyStr>,
    /// `co_filename`.
    pub filename: PyStr,
    /// `co_name`.
    pub name: PyStr,
    /// `co_qualname` (3.11 and later; equal to `name` before).
    pub qualname: PyStr,
    /// First line of the source, from 1.
    pub firstlineno: i32,
    /// `co_lnotab` up to 3.9, `co_linetable` since.
    pub linetable: Vec<u8>,
    /// `co_exceptiontable` (empty before 3.11).
    pub exceptiontable: Vec<u8>,
    /// How `varnames`, `cellvars` and `freevars` share the frame since 3.11: names in slot order, each with its
    /// `CO_FAST_*` kind bits (0x10 hidden, 0x20 local, 0x40 cell, 0x80 free; since 3.14 also 0x02 by position, 0x04 by
    /// name, 0x08 starred, for parameters). Empty before. Writing demands that it says the same as those three; after
    /// a change to them, call [`set_localsplus_from_variables`](CodeObject::set_localsplus_from_variables).
    pub localsplus: Vec<(PyStr, u8)>,
    /// How it stood in the file it was read from, so that it can be written the same; the default for a new one.
    pub form: CodeForm,
}
