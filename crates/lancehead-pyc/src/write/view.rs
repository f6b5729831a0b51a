//! What is written: objects, and the fields of code objects that marshal stores as objects.

use std::sync::Arc;

use crate::error::WriteError;
use crate::layout::code as typecode;
use crate::{CodeObject, Object, ObjectRef, PyStr, Version};

/// A value to be written.
#[derive(Debug, Clone, Copy)]
pub(super) enum View<'a> {
    Object(&'a ObjectRef),
    /// A name; interned.
    Str(&'a PyStr),
    /// A string that is not interned, such as a file name.
    Text(&'a PyStr),
    Bytes(&'a [u8]),
    Names(&'a [PyStr]),
    Items(&'a [ObjectRef]),
    /// The names of the slots of a frame.
    Slots(&'a [(PyStr, u8)]),
    /// The kinds of the slots of a frame.
    Kinds(&'a [(PyStr, u8)]),
}

/// A value, wherever it stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape<'a> {
    /// One of the objects that are nothing but a type code.
    Constant(u8),
    Str(&'a PyStr),
    Bytes(&'a [u8]),
    Kinds(&'a [(PyStr, u8)]),
    Names(&'a [PyStr]),
    Slots(&'a [(PyStr, u8)]),
    Items(&'a [ObjectRef]),
    Code(&'a CodeObject),
    Other(&'a Object),
}

impl<'a> View<'a> {
    pub fn shape(&self) -> Shape<'a> {
        match *self {
            View::Object(object) => match &**object {
                Object::None => Shape::Constant(typecode::NONE),
                Object::Bool(false) => Shape::Constant(typecode::FALSE),
                Object::Bool(true) => Shape::Constant(typecode::TRUE),
                Object::Ellipsis => Shape::Constant(typecode::ELLIPSIS),
                Object::StopIteration => Shape::Constant(typecode::STOPITER),
                Object::Str(text) => Shape::Str(text),
                Object::Bytes(bytes) => Shape::Bytes(bytes),
                Object::Tuple(items) => Shape::Items(items),
                Object::Code(code) => Shape::Code(code),
                other => Shape::Other(other),
            },
            View::Str(text) | View::Text(text) => Shape::Str(text),
            View::Bytes(bytes) => Shape::Bytes(bytes),
            View::Names(names) => Shape::Names(names),
            View::Items(items) => Shape::Items(items),
            View::Slots(slots) => Shape::Slots(slots),
            View::Kinds(slots) => Shape::Kinds(slots),
        }
    }

    /// The address that a fresh value is known by, if it can occur again.
    pub fn address(&self) -> Option<usize> {
        match *self {
            View::Object(object) => match &**object {
                Object::Str(text) => Some(text.as_bytes().as_ptr() as usize),
                _ if Arc::strong_count(object) > 1 => Some(Arc::as_ptr(object) as usize),
                _ => None,
            },
            View::Text(text) => Some(text.as_bytes().as_ptr() as usize),
            _ => None,
        }
    }

    /// Whether a reference to `self`, which is written, can stand for `other`. Containers must be the same object or
    /// hold the same objects: this never looks deep.
    pub fn same(&self, other: &View<'_>) -> bool {
        if let (View::Object(left), View::Object(right)) = (self, other)
            && Arc::ptr_eq(left, right)
        {
            return true;
        }
        match (self.shape(), other.shape()) {
            (Shape::Str(left), Shape::Str(right)) => left == right,
            (Shape::Other(left), Shape::Other(right)) => same_leaf(left, right),
            (left, right) => match (left.bytes(), right.bytes()) {
                (Some(left), Some(right)) => left.eq(right),
                _ => same_items(left, right),
            },
        }
    }
}

impl<'a> Shape<'a> {
    pub fn is_constant(&self) -> bool {
        matches!(self, Shape::Constant(_))
    }

    /// The bytes of a bytes object.
    fn bytes(self) -> Option<impl Iterator<Item = u8> + 'a> {
        let (bytes, slots): (&[u8], &[(PyStr, u8)]) = match self {
            Shape::Bytes(bytes) => (bytes, &[]),
            Shape::Kinds(slots) => (&[], slots),
            _ => return None,
        };
        Some(bytes.iter().copied().chain(slots.iter().map(|(_, kind)| *kind)))
    }

    /// The length of a tuple.
    fn tuple_len(&self) -> Option<usize> {
        match self {
            Shape::Names(names) => Some(names.len()),
            Shape::Items(items) => Some(items.len()),
            Shape::Slots(slots) => Some(slots.len()),
            _ => None,
        }
    }

    /// Item `index` of a tuple.
    fn item(&self, index: usize) -> Option<View<'a>> {
        match self {
            Shape::Names(names) => names.get(index).map(View::Str),
            Shape::Items(items) => items.get(index).map(View::Object),
            Shape::Slots(slots) => slots.get(index).map(|(name, _)| View::Str(name)),
            _ => None,
        }
    }

    /// The type code to write instead of `old`, which stood in this place: `old` itself if it can store the value, or
    /// one that differs from it only in the length it has room for. `None` if `old` is of another type.
    pub fn code_like(&self, old: u8) -> Option<u8> {
        match (self, old) {
            (Shape::Constant(code), _) => (*code == old).then_some(old),
            (Shape::Str(text), _) => string_code_like(text, old),
            (Shape::Bytes(_) | Shape::Kinds(_), typecode::STRING) => Some(old),
            (_, typecode::SMALL_TUPLE) => {
                self.tuple_len().map(|len| if len < 256 { typecode::SMALL_TUPLE } else { typecode::TUPLE })
            }
            (_, typecode::TUPLE) => self.tuple_len().map(|_| old),
            (Shape::Other(object), _) => other_code_like(object, old),
            _ => None,
        }
    }

    /// Refuses what `version` cannot store.
    pub fn check(&self, version: Version) -> Result<(), WriteError> {
        let what = match self {
            Shape::Other(Object::FrozenDict(_)) if !version.marshals_frozendict() => "a frozendict",
            Shape::Other(Object::Slice(..)) if !version.marshals_slice() => "a slice",
            _ => return Ok(()),
        };
        Err(WriteError::Unsupported { what, version })
    }

    /// The type code that CPython chooses.
    pub fn fresh_code(&self, interned: bool, version: Version) -> Result<u8, WriteError> {
        self.check(version)?;
        Ok(match self {
            Shape::Constant(code) => *code,
            Shape::Str(text) => {
                let interned = interned || is_identifier_like(text);
                match (text.as_bytes().is_ascii(), text.as_bytes().len() < 256, interned) {
                    (true, true, true) => typecode::SHORT_ASCII_INTERNED,
                    (true, true, false) => typecode::SHORT_ASCII,
                    (true, false, true) => typecode::ASCII_INTERNED,
                    (true, false, false) => typecode::ASCII,
                    (false, _, true) => typecode::INTERNED,
                    (false, _, false) => typecode::UNICODE,
                }
            }
            Shape::Bytes(_) | Shape::Kinds(_) => typecode::STRING,
            Shape::Code(_) => typecode::CODE,
            Shape::Names(_) | Shape::Slots(_) | Shape::Items(_) => match self.tuple_len() {
                Some(0..256) => typecode::SMALL_TUPLE,
                _ => typecode::TUPLE,
            },
            Shape::Other(object) => match object {
                Object::Int(value) if i32::try_from(*value).is_ok() => typecode::INT,
                Object::Float(_) => typecode::BINARY_FLOAT,
                Object::Complex(..) => typecode::BINARY_COMPLEX,
                Object::List(_) => typecode::LIST,
                Object::Set(_) => typecode::SET,
                Object::FrozenSet(_) => typecode::FROZENSET,
                Object::Dict(_) => typecode::DICT,
                Object::FrozenDict(_) => typecode::FROZENDICT,
                Object::Slice(..) => typecode::SLICE,
                _ => typecode::LONG,
            },
        })
    }
}

pub(super) fn is_interned(code: u8) -> bool {
    matches!(code, typecode::INTERNED | typecode::ASCII_INTERNED | typecode::SHORT_ASCII_INTERNED)
}

/// Whether the compiler interns a constant string (`all_name_chars` in `Objects/codeobject.c`).
fn is_identifier_like(text: &PyStr) -> bool {
    text.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn string_code_like(text: &PyStr, old: u8) -> Option<u8> {
    let interned = is_interned(old);
    let latin1_length = || text.to_latin1().map(|bytes| bytes.len());
    match old {
        typecode::UNICODE | typecode::INTERNED => Some(old),
        typecode::SHORT_ASCII
        | typecode::SHORT_ASCII_INTERNED
        | typecode::ASCII
        | typecode::ASCII_INTERNED => {
            let short = matches!(old, typecode::SHORT_ASCII | typecode::SHORT_ASCII_INTERNED);
            Some(match (latin1_length(), interned) {
                (Some(length), _) if !short || length < 256 => old,
                (Some(_), true) => typecode::ASCII_INTERNED,
                (Some(_), false) => typecode::ASCII,
                (None, true) => typecode::INTERNED,
                (None, false) => typecode::UNICODE,
            })
        }
        _ => None,
    }
}

fn other_code_like(object: &Object, old: u8) -> Option<u8> {
    let suits = match object {
        Object::Int(value) => match old {
            typecode::INT => i32::try_from(*value).is_ok(),
            _ => matches!(old, typecode::INT64 | typecode::LONG),
        },
        Object::BigInt(_) => old == typecode::LONG,
        Object::Float(_) => matches!(old, typecode::FLOAT | typecode::BINARY_FLOAT),
        Object::Complex(..) => matches!(old, typecode::COMPLEX | typecode::BINARY_COMPLEX),
        Object::List(_) => old == typecode::LIST,
        Object::Set(_) => old == typecode::SET,
        Object::FrozenSet(_) => old == typecode::FROZENSET,
        Object::Dict(_) => old == typecode::DICT,
        Object::FrozenDict(_) => old == typecode::FROZENDICT,
        Object::Slice(..) => old == typecode::SLICE,
        _ => false,
    };
    suits.then_some(old)
}

fn same_leaf(left: &Object, right: &Object) -> bool {
    match (left, right) {
        (Object::Int(left), Object::Int(right)) => left == right,
        (Object::BigInt(left), Object::BigInt(right)) => left == right,
        (Object::Float(left), Object::Float(right)) => left.to_bits() == right.to_bits(),
        (Object::Complex(a, b), Object::Complex(c, d)) => {
            (a.to_bits(), b.to_bits()) == (c.to_bits(), d.to_bits())
        }
        _ => false,
    }
}

/// Whether two tuples hold the same objects.
fn same_items(left: Shape<'_>, right: Shape<'_>) -> bool {
    let (Some(length), Some(right_length)) = (left.tuple_len(), right.tuple_len()) else { return false };
    let same_item = |index| match (left.item(index), right.item(index)) {
        (Some(View::Object(left)), Some(View::Object(right))) if Arc::ptr_eq(left, right) => true,
        (Some(left), Some(right)) => match (left.shape(), right.shape()) {
            (Shape::Str(left), Shape::Str(right)) => left == right,
            (Shape::Constant(left), Shape::Constant(right)) => left == right,
            (Shape::Other(left), Shape::Other(right)) => same_leaf(left, right),
            _ => false,
        },
        _ => false,
    };
    length == right_length && (0..length).all(same_item)
}
