//! Writing marshal data, after `Python/marshal.c`.
//!
//! A code object that was read has a [`CodeForm`](crate::CodeForm): the writer walks it beside the fields and makes the
//! choices that were made before, wherever they still suit the value. Everything else is *fresh*, and written as
//! CPython writes it: what occurs once is written in full, what occurs again is a reference.
//!
//! Which object gets which number in the table of references is known only at the end, for a fresh object gets one
//! when it is seen for the second time. So the writer takes notes, and fills in flags and numbers last.

mod code;
mod index;
mod number;
mod view;

use self::index::{Index, Kept};
use self::view::{Shape, View};
use crate::error::WriteError;
use crate::form::{Mark, Marks};
use crate::layout::{FLAG_REF, MAX_DEPTH, code as typecode};
use crate::{Object, ObjectRef, PyStr, Pyc, Version};

/// The bytes of a `.pyc` file: for one that was read and not changed, the bytes that were read.
///
/// # Errors
/// See [`WriteError`].
pub fn write_pyc(pyc: &Pyc) -> Result<Vec<u8>, WriteError> {
    if !matches!(*pyc.code, Object::Code(_)) {
        return Err(WriteError::NotCode);
    }
    let mut writer = Writer::new(pyc.header.version, pyc.header.to_bytes());
    writer.value(View::Object(&pyc.code), &mut Cursor::fresh())?;
    let mut bytes = writer.finish()?;
    bytes.extend(&pyc.trailing);
    Ok(bytes)
}

/// The bytes that `marshal.loads` of `version` reads as `object`.
///
/// Code objects that were read and not changed are written as they stood. Other objects keep no memory of how they
/// stood: they are written as `marshal.dumps` would, except that an object is flagged for reference only if there is
/// a reference to it.
///
/// # Errors
/// See [`WriteError`].
pub fn write_marshal(object: &ObjectRef, version: Version) -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer::new(version, Vec::new());
    writer.value(View::Object(object), &mut Cursor::fresh())?;
    writer.finish()
}

type Write = Result<(), WriteError>;

/// An object written in full, to which references may follow.
struct Definition {
    /// Where its type code stands.
    start: usize,
    /// Whether it gets a place in the table of references.
    flagged: bool,
}

struct Writer<'a> {
    version: Version,
    out: Vec<u8>,
    depth: u32,
    definitions: Vec<Definition>,
    /// Where a reference's number is to be filled in, and to which definition.
    references: Vec<(usize, usize)>,
    kept: Kept<'a>,
    /// Definitions of objects that may be shared, by address.
    shared: Index<usize>,
    /// Definitions of interned strings.
    interned: Index<&'a PyStr>,
}

/// A walk over the marks of one code object.
struct Cursor<'a> {
    stream: u64,
    marks: &'a [Mark],
    next: usize,
}

impl<'a> Cursor<'a> {
    /// A walk for values that were not read.
    fn fresh() -> Cursor<'a> {
        Cursor { stream: 0, marks: &[], next: 0 }
    }

    fn new(marks: &'a Marks) -> Cursor<'a> {
        Cursor { stream: marks.stream, marks: &marks.fields, next: 0 }
    }

    fn advance(&mut self) -> Option<Mark> {
        let mark = self.marks.get(self.next).copied();
        self.next += 1;
        mark
    }

    /// Goes past `count` objects and all that they hold.
    fn skip(&mut self, count: u32) {
        let mut pending = u64::from(count);
        while pending > 0 {
            match self.advance() {
                Some(mark) => pending = pending - 1 + u64::from(mark.items),
                None => return,
            }
        }
    }
}

/// How an object is to be written.
#[derive(Clone, Copy)]
struct Choice {
    /// The type code, without flag.
    code: u8,
    /// How many marks of objects that it held stand at the cursor.
    marked_items: u32,
}

impl<'a> Writer<'a> {
    fn new(version: Version, out: Vec<u8>) -> Writer<'a> {
        Writer {
            version,
            out,
            depth: 0,
            definitions: Vec::new(),
            references: Vec::new(),
            kept: Kept::default(),
            shared: Index::new(),
            interned: Index::new(),
        }
    }

    /// Numbers the objects that are referred to, and fills in the references.
    fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        let mut numbers = Vec::with_capacity(self.definitions.len());
        let mut number = 0u32;
        for definition in &self.definitions {
            numbers.push(number);
            if definition.flagged {
                self.out[definition.start] |= FLAG_REF;
                number += 1;
            }
        }
        signed("the number of objects that are referred to", self.definitions.len())?;
        for (at, definition) in self.references {
            self.out[at..at + 4].copy_from_slice(&numbers[definition].to_le_bytes());
        }
        Ok(self.out)
    }

    /// Writes a value, as the next mark says if that suits it.
    fn value(&mut self, view: View<'a>, cursor: &mut Cursor<'a>) -> Write {
        self.value_in(view, cursor, false)
    }

    /// Writes a value; `interned` says what to do with a string that no mark says anything about.
    fn value_in(&mut self, view: View<'a>, cursor: &mut Cursor<'a>, interned: bool) -> Write {
        let Some(mark) = cursor.advance() else { return self.fresh(view, interned) };
        let code = mark.code & !FLAG_REF;
        if code == typecode::REF {
            match self.kept.find(cursor.stream, mark.place) {
                Some((definition, written)) if written.same(&view) => {
                    self.refer(definition);
                    return Ok(());
                }
                _ => return self.fresh(view, interned),
            }
        }
        let shape = view.shape();
        if let Shape::Code(code) = shape {
            cursor.skip(mark.items);
            return self.code(view, code);
        }
        shape.check(self.version)?;
        let Some(code) = shape.code_like(code) else {
            cursor.skip(mark.items);
            return self.fresh(view, interned);
        };
        if shape.is_constant() {
            self.out.push(mark.code);
            return Ok(());
        }
        let flagged = mark.code & FLAG_REF != 0;
        let definition = self.define(flagged);
        if flagged {
            self.kept.insert(cursor.stream, mark.place, definition, view);
        }
        match (shape, view.address()) {
            (Shape::Str(text), _) if view::is_interned(code) => self.interned.note(text, definition),
            // Something fresh may be the same object.
            (_, Some(address)) if flagged => self.shared.note(address, definition),
            _ => {}
        }
        self.content(shape, Choice { code, marked_items: mark.items }, cursor)
    }

    /// Writes a value of which nothing is known but the value.
    fn fresh(&mut self, view: View<'a>, interned: bool) -> Write {
        let shape = view.shape();
        if let Shape::Code(code) = shape {
            return self.code(view, code);
        }
        let code = shape.fresh_code(interned, self.version)?;
        if shape.is_constant() {
            self.out.push(code);
            return Ok(());
        }
        let address = view.address();
        let known = match shape {
            Shape::Str(text) => self.interned.find(&text),
            _ => None,
        };
        if let Some(definition) = known.or_else(|| self.shared.find(&address?)) {
            self.refer(definition);
            return Ok(());
        }
        let definition = self.define(false);
        match (shape, address) {
            (Shape::Str(text), _) if view::is_interned(code) => self.interned.note(text, definition),
            (_, Some(address)) => self.shared.note(address, definition),
            _ => {}
        }
        self.content(shape, Choice { code, marked_items: 0 }, &mut Cursor::fresh())
    }

    /// Notes that an object begins here.
    fn define(&mut self, flagged: bool) -> usize {
        self.definitions.push(Definition { start: self.out.len(), flagged });
        self.definitions.len() - 1
    }

    /// Writes a reference.
    fn refer(&mut self, definition: usize) {
        self.definitions[definition].flagged = true;
        self.out.push(typecode::REF);
        self.references.push((self.out.len(), definition));
        self.out.extend([0; 4]);
    }

    /// Writes type code and content of an object that is no constant and no code object.
    fn content(&mut self, shape: Shape<'a>, choice: Choice, cursor: &mut Cursor<'a>) -> Write {
        self.out.push(choice.code);
        match shape {
            Shape::Str(text) => self.text(text, choice.code),
            Shape::Bytes(bytes) => self.sized("the length of a bytes object", bytes),
            Shape::Kinds(slots) => {
                self.length("the number of variables", slots.len())?;
                self.out.extend(slots.iter().map(|(_, kind)| kind));
                Ok(())
            }
            Shape::Names(names) => self.tuple(names.iter().map(View::Str), choice, cursor),
            Shape::Slots(slots) => self.tuple(slots.iter().map(|(name, _)| View::Str(name)), choice, cursor),
            Shape::Items(items) => self.tuple(items.iter().map(View::Object), choice, cursor),
            Shape::Other(object) => self.other(object, choice, cursor),
            // Constants are one byte, which is written; code objects are written elsewhere.
            Shape::Constant(_) | Shape::Code(_) => Ok(()),
        }
    }

    fn other(&mut self, object: &'a Object, choice: Choice, cursor: &mut Cursor<'a>) -> Write {
        match object {
            Object::Int(value) => self.int(*value, choice.code),
            Object::BigInt(value) => self.big_int(value),
            Object::Float(value) => self.float(*value, choice.code == typecode::FLOAT),
            Object::Complex(real, imaginary) => {
                self.float(*real, choice.code == typecode::COMPLEX)?;
                self.float(*imaginary, choice.code == typecode::COMPLEX)
            }
            Object::List(items) | Object::Set(items) | Object::FrozenSet(items) => {
                self.length("the length of a container", items.len())?;
                self.items(items.iter().map(View::Object), choice, cursor)
            }
            Object::Dict(pairs) | Object::FrozenDict(pairs) => {
                let items = pairs.iter().flat_map(|(key, value)| [View::Object(key), View::Object(value)]);
                self.items(items, choice, cursor)?;
                self.out.push(typecode::NULL);
                Ok(())
            }
            Object::Slice(start, stop, step) => {
                self.items([start, stop, step].into_iter().map(View::Object), choice, cursor)
            }
            // These have shapes of their own.
            _ => Ok(()),
        }
    }

    fn tuple(
        &mut self,
        items: impl ExactSizeIterator<Item = View<'a>>,
        choice: Choice,
        cursor: &mut Cursor<'a>,
    ) -> Write {
        match choice.code {
            typecode::SMALL_TUPLE => self.out.push(items.len() as u8),
            _ => self.length("the length of a tuple", items.len())?,
        }
        self.items(items, choice, cursor)
    }

    /// Writes the objects in a container, each with its mark if it had one.
    fn items(
        &mut self,
        items: impl Iterator<Item = View<'a>>,
        choice: Choice,
        cursor: &mut Cursor<'a>,
    ) -> Write {
        self.enter()?;
        let mut marks = choice.marked_items;
        for item in items {
            // Names in a code object's tables are interned; constants are not, unless they look like names.
            let interned = matches!(item, View::Str(_));
            if marks > 0 {
                marks -= 1;
                self.value_in(item, cursor, interned)?;
            } else {
                self.fresh(item, interned)?;
            }
        }
        cursor.skip(marks);
        self.depth -= 1;
        Ok(())
    }

    fn enter(&mut self) -> Write {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(WriteError::TooDeep { limit: MAX_DEPTH }) } else { Ok(()) }
    }

    fn text(&mut self, text: &PyStr, code: u8) -> Write {
        const WHAT: &str = "the length of a string";
        match code {
            typecode::UNICODE | typecode::INTERNED => self.sized(WHAT, text.as_bytes()),
            _ => {
                let latin1 = text.to_latin1().unwrap_or_default();
                match code {
                    typecode::SHORT_ASCII | typecode::SHORT_ASCII_INTERNED => {
                        self.out.push(latin1.len() as u8)
                    }
                    _ => self.length(WHAT, latin1.len())?,
                }
                self.out.extend(latin1.iter());
                Ok(())
            }
        }
    }

    fn sized(&mut self, what: &'static str, bytes: &[u8]) -> Write {
        self.length(what, bytes.len())?;
        self.out.extend(bytes);
        Ok(())
    }

    fn length(&mut self, what: &'static str, length: usize) -> Write {
        self.out.extend(signed(what, length)?.to_le_bytes());
        Ok(())
    }
}

/// A length as marshal stores it.
fn signed(what: &'static str, length: usize) -> Result<i32, WriteError> {
    i32::try_from(length).map_err(|_| WriteError::TooLarge { what, value: length as u64 })
}
