//! Reading marshal data, after `Python/marshal.c`.
//!
//! The reader is recursive, with small frames and CPython's own limit of depth. What makes hostile data harmless:
//!
//! * every length is held against the bytes left before anything is allocated for it;
//! * a reference to a container counts as deep and as heavy as the container, so that a few bytes cannot stand for a
//!   value that nobody can walk;
//! * a container that holds itself is refused: no compiler writes one.

mod code;
mod number;
mod reference;
mod value;

use std::sync::Arc;

use self::value::{Cost, Place, Value};
use crate::bytes::{Bytes, Read};
use crate::error::ReadError;
use crate::form::{Mark, new_stream};
use crate::layout::{FLAG_REF, MAX_DEPTH, code as typecode};
use crate::{Object, ObjectRef, PyStr, Version};

/// Reads one marshalled object, with which the data must end: what `marshal.dumps` of `version` gives.
///
/// `version` says how code objects are laid out; other objects read the same in every version.
///
/// # Errors
/// See [`ReadError`]; offsets are in bytes from the start of `bytes`.
pub fn read_marshal(bytes: &[u8], version: Version) -> Result<ObjectRef, ReadError> {
    let mut input = Bytes::new(bytes);
    let object = read_object(&mut input, version).map_err(|error| *error)?;
    match input.left() {
        0 => Ok(object),
        left => Err(ReadError::Unexpected {
            offset: input.offset(),
            expected: "the end of the data",
            found: format!("{left} more bytes"),
        }),
    }
}

/// Reads one object and leaves `input` behind it.
pub(crate) fn read_object(input: &mut Bytes<'_>, version: Version) -> Read<ObjectRef> {
    let mut reader = Reader::new(*input, version);
    let object = reader.object()?;
    *input = reader.bytes;
    Ok(object)
}

/// No more than this many items are allocated for at once: a tuple that claims more must first show them.
const PREALLOCATED: usize = 256;

/// References may repeat this many bytes of marshal data, and this many times the length of the data. No file of a
/// standard library comes near even one time its length.
const REPEAT_ALLOWANCE: u64 = 1 << 20;
const REPEAT_FACTOR: u64 = 4;

struct Reader<'a> {
    bytes: Bytes<'a>,
    version: Version,
    /// Names this run, for the forms of code objects.
    stream: u64,
    /// How many containers are open.
    depth: u32,
    /// How deep the deepest container in the innermost open one lies.
    deepest: u32,
    /// What all references so far repeat, in bytes of marshal data.
    repeated: u64,
    repeat_limit: u64,
    /// Objects that may be referred to, in the order in which they began.
    places: Vec<Place<'a>>,
    /// Marks of the fields of the open code objects, the innermost last.
    marks: Vec<Mark>,
    /// None, False and True, once each has occurred.
    singletons: [Option<ObjectRef>; 3],
}

/// An open container.
struct Scope {
    start: usize,
    /// The reserved place of a container that may be referred to.
    place: Option<usize>,
    repeated_before: u64,
    outer_deepest: u32,
}

impl<'a> Reader<'a> {
    fn new(bytes: Bytes<'a>, version: Version) -> Reader<'a> {
        Reader {
            bytes,
            version,
            stream: new_stream(),
            depth: 0,
            deepest: 0,
            repeated: 0,
            repeat_limit: REPEAT_ALLOWANCE + REPEAT_FACTOR * bytes.left() as u64,
            places: Vec::new(),
            marks: Vec::new(),
            singletons: [const { None }; 3],
        }
    }

    fn object(&mut self) -> Read<ObjectRef> {
        let start = self.bytes.offset();
        let raw = self.bytes.byte("an object")?;
        match raw & !FLAG_REF {
            typecode::NONE => Ok(self.singleton(raw, 0, Object::None)),
            typecode::FALSE => Ok(self.singleton(raw, 1, Object::Bool(false))),
            typecode::TRUE => Ok(self.singleton(raw, 2, Object::Bool(true))),
            typecode::ELLIPSIS => Ok(self.constant(raw, Object::Ellipsis)),
            typecode::STOPITER => Ok(self.constant(raw, Object::StopIteration)),
            typecode::REF => self.refer_to_object(start, raw),
            typecode::CODE => self.code_object(start, raw),
            typecode::SLICE if !self.version.marshals_slice() => Err(self.too_new(start, raw)),
            typecode::FROZENDICT if !self.version.marshals_frozendict() => Err(self.too_new(start, raw)),
            typecode::TUPLE
            | typecode::SMALL_TUPLE
            | typecode::LIST
            | typecode::SET
            | typecode::FROZENSET
            | typecode::DICT
            | typecode::FROZENDICT
            | typecode::SLICE => self.container(start, raw),
            _ => self.leaf(start, raw),
        }
    }

    #[cold]
    fn too_new(&self, start: usize, raw: u8) -> Box<ReadError> {
        let found = format!("{}, which {} does not have", describe(raw), self.version);
        ReadError::unexpected(start, "the type code of an object", found)
    }

    /// An object without content; CPython's reader gives it no place, whatever its flag.
    fn constant(&mut self, raw: u8, object: Object) -> ObjectRef {
        self.marks.push(Mark { code: raw, place: 0, items: 0 });
        Arc::new(object)
    }

    /// A [constant](Reader::constant) that is one object wherever it stands.
    fn singleton(&mut self, raw: u8, index: usize, object: Object) -> ObjectRef {
        self.marks.push(Mark { code: raw, place: 0, items: 0 });
        self.singletons[index].get_or_insert_with(|| Arc::new(object)).clone()
    }

    /// Numbers, strings and bytes.
    #[inline(never)]
    fn leaf(&mut self, start: usize, raw: u8) -> Read<ObjectRef> {
        let code = raw & !FLAG_REF;
        let object = match code {
            typecode::INT => Object::Int(self.bytes.i32("an int")?.into()),
            typecode::INT64 => Object::Int(self.bytes.array("an int of 64 bits").map(i64::from_le_bytes)?),
            typecode::LONG => self.long()?,
            typecode::FLOAT => Object::Float(self.float_text()?),
            typecode::BINARY_FLOAT => Object::Float(self.float()?),
            typecode::COMPLEX => Object::Complex(self.float_text()?, self.float_text()?),
            typecode::BINARY_COMPLEX => Object::Complex(self.float()?, self.float()?),
            typecode::STRING => Object::Bytes(self.bytes_content("a bytes object")?.to_vec()),
            typecode::NULL => {
                return Err(ReadError::unexpected(start, "an object", "the end mark of a dict"));
            }
            _ => match self.text(code)? {
                Some(text) => Object::Str(text),
                None => {
                    return Err(ReadError::unexpected(start, "the type code of an object", describe(raw)));
                }
            },
        };
        let object = Arc::new(object);
        self.finish_leaf(raw, || Value::Object(object.clone(), Cost::LEAF));
        Ok(object)
    }

    /// Marks an object that holds no others, and gives it its place.
    #[inline]
    fn finish_leaf(&mut self, raw: u8, value: impl FnOnce() -> Value<'a>) {
        self.marks.push(Mark { code: raw, place: self.places.len() as u32, items: 0 });
        if raw & FLAG_REF != 0 {
            self.places.push(Place(value()));
        }
    }

    fn bytes_content(&mut self, expected: &'static str) -> Read<&'a [u8]> {
        let length = self.bytes.length(1, expected)?;
        self.bytes.take(length, expected)
    }

    /// The rest of a string of type `code`; `None` if that is no type of strings.
    #[inline]
    fn text(&mut self, code: u8) -> Read<Option<PyStr>> {
        const EXPECTED: &str = "a string";
        let short = matches!(code, typecode::SHORT_ASCII | typecode::SHORT_ASCII_INTERNED);
        if short || matches!(code, typecode::ASCII | typecode::ASCII_INTERNED) {
            let length = match short {
                true => self.bytes.byte(EXPECTED)?.into(),
                false => self.bytes.length(1, EXPECTED)?,
            };
            // CPython copies these bytes as Latin-1 without a look at them.
            return self.bytes.take(length, EXPECTED).map(|bytes| Some(PyStr::from_latin1(bytes)));
        }
        if !matches!(code, typecode::UNICODE | typecode::INTERNED) {
            return Ok(None);
        }
        let length = self.bytes.length(1, EXPECTED)?;
        let start = self.bytes.offset();
        let content = self.bytes.take(length, EXPECTED)?;
        match PyStr::from_wtf8(content) {
            Ok(text) => Ok(Some(text)),
            Err(at) => {
                let found = content.get(at).map_or_else(String::new, |byte| format!("byte {byte:#04x}"));
                Err(ReadError::unexpected(start + at, "UTF-8 text", found))
            }
        }
    }

    #[inline(never)]
    fn container(&mut self, start: usize, raw: u8) -> Read<ObjectRef> {
        let mark = self.marks.len();
        let scope = self.open(start, raw)?;
        let object = match raw & !FLAG_REF {
            typecode::SMALL_TUPLE => {
                let count = self.small_count()?;
                Object::Tuple(self.items(mark, count)?)
            }
            typecode::SLICE => {
                self.set_items(mark, 3);
                Object::Slice(self.object()?, self.object()?, self.object()?)
            }
            typecode::DICT => Object::Dict(self.pairs(mark)?),
            typecode::FROZENDICT => Object::FrozenDict(self.pairs(mark)?),
            code => {
                let count = self.bytes.length(1, "a container")?;
                let items = self.items(mark, count)?;
                match code {
                    typecode::TUPLE => Object::Tuple(items),
                    typecode::LIST => Object::List(items),
                    typecode::SET => Object::Set(items),
                    _ => Object::FrozenSet(items),
                }
            }
        };
        let object = Arc::new(object);
        self.close(scope, |cost| Value::Object(object.clone(), cost));
        Ok(object)
    }

    /// The length of a tuple of fewer than 256 items.
    fn small_count(&mut self) -> Read<usize> {
        let count = self.bytes.byte("a tuple")?.into();
        match count <= self.bytes.left() {
            true => Ok(count),
            false => Err(Box::new(ReadError::Cut {
                offset: self.bytes.offset(),
                expected: "the items of a tuple",
                needed: count,
                left: self.bytes.left(),
            })),
        }
    }

    /// The `count` objects of the container marked at `mark`.
    fn items(&mut self, mark: usize, count: usize) -> Read<Vec<ObjectRef>> {
        self.set_items(mark, count);
        let mut items = Vec::with_capacity(count.min(PREALLOCATED));
        for _ in 0..count {
            items.push(self.object()?);
        }
        Ok(items)
    }

    /// The keys and values of the dict marked at `mark`, and its end mark.
    fn pairs(&mut self, mark: usize) -> Read<Vec<(ObjectRef, ObjectRef)>> {
        let mut pairs = Vec::new();
        while self.bytes.rest().first().is_none_or(|raw| raw & !FLAG_REF != typecode::NULL) {
            pairs.push((self.object()?, self.object()?));
        }
        self.bytes.byte("the end mark of a dict")?;
        self.set_items(mark, 2 * pairs.len());
        Ok(pairs)
    }

    fn set_items(&mut self, mark: usize, count: usize) {
        if let Some(mark) = self.marks.get_mut(mark) {
            mark.items = count as u32;
        }
    }

    /// Begins an object that holds others.
    fn open(&mut self, start: usize, raw: u8) -> Read<Scope> {
        if self.depth >= MAX_DEPTH {
            return Err(Box::new(ReadError::TooDeep { offset: start, limit: MAX_DEPTH }));
        }
        self.depth += 1;
        self.marks.push(Mark { code: raw, place: self.places.len() as u32, items: 0 });
        let place = (raw & FLAG_REF != 0).then_some(self.places.len());
        if place.is_some() {
            self.places.push(Place(Value::Unfinished));
        }
        let outer_deepest = std::mem::replace(&mut self.deepest, self.depth);
        Ok(Scope { start, place, repeated_before: self.repeated, outer_deepest })
    }

    /// Ends an object that holds others, and fills its place.
    fn close(&mut self, scope: Scope, value: impl FnOnce(Cost) -> Value<'a>) {
        if let Some(place) = scope.place.and_then(|place| self.places.get_mut(place)) {
            let weight = (self.bytes.offset() - scope.start) as u64 + (self.repeated - scope.repeated_before);
            let height = self.deepest + 1 - self.depth;
            place.0 = value(Cost { weight: weight.try_into().unwrap_or(u32::MAX), height });
        }
        self.depth -= 1;
        self.deepest = self.deepest.max(scope.outer_deepest);
    }
}

/// A type code, for messages.
fn describe(raw: u8) -> String {
    let name = match raw & !FLAG_REF {
        typecode::NULL => "the end mark of a dict",
        typecode::NONE => "None",
        typecode::FALSE => "False",
        typecode::TRUE => "True",
        typecode::STOPITER => "StopIteration",
        typecode::ELLIPSIS => "Ellipsis",
        typecode::INT | typecode::INT64 | typecode::LONG => "an int",
        typecode::FLOAT | typecode::BINARY_FLOAT => "a float",
        typecode::COMPLEX | typecode::BINARY_COMPLEX => "a complex",
        typecode::STRING => "a bytes object",
        typecode::REF => "a reference",
        typecode::TUPLE | typecode::SMALL_TUPLE => "a tuple",
        typecode::LIST => "a list",
        typecode::DICT => "a dict",
        typecode::CODE => "a code object",
        typecode::SET => "a set",
        typecode::FROZENSET => "a frozenset",
        typecode::SLICE => "a slice",
        typecode::FROZENDICT => "a frozendict",
        typecode::ASCII
        | typecode::ASCII_INTERNED
        | typecode::SHORT_ASCII
        | typecode::SHORT_ASCII_INTERNED
        | typecode::UNICODE
        | typecode::INTERNED => "a string",
        _ => return format!("byte {raw:#04x}"),
    };
    format!("{name} (byte {raw:#04x})")
}
