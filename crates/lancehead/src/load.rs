//! From bytes to a code object, whatever the bytes are.

use lancehead_pyc::{CodeObject, Header, Object, ObjectRef, ReadError, Version, read_marshal, read_pyc};

use crate::Error;

/// What the bytes of an input are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A `.pyc` file: its magic number says which version.
    #[default]
    Pyc,
    /// What `marshal.dumps(code)` of this version gives, with no header.
    Marshal(Version),
}

/// A code object and what stood around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The header, if the input was a `.pyc`.
    pub header: Option<Header>,
    /// What is odd about the input though it could be read, one line each.
    pub warnings: Vec<String>,
    object: ObjectRef,
}

impl Loaded {
    /// Reads `bytes`.
    ///
    /// # Errors
    /// [`Error::Read`] with the offset at which the bytes stop making sense; [`Error::NotCode`] for marshal data of
    /// something else.
    pub fn read(bytes: &[u8], format: Format) -> Result<Loaded, Error> {
        let loaded = match format {
            Format::Pyc => {
                let pyc = read_pyc(bytes).map_err(|error| explain(error, bytes))?;
                Loaded { header: Some(pyc.header), warnings: pyc.warnings, object: pyc.code }
            }
            Format::Marshal(version) => {
                let object = read_marshal(bytes, version)?;
                Loaded { header: None, warnings: Vec::new(), object }
            }
        };
        match &*loaded.object {
            Object::Code(_) => Ok(loaded),
            other => Err(Error::NotCode { found: type_name(other) }),
        }
    }

    /// The module's code.
    pub fn code(&self) -> &CodeObject {
        match &*self.object {
            Object::Code(code) => code,
            // `read` is the only way to make one, and it has looked.
            _ => unreachable!("a Loaded holds a code object"),
        }
    }
}

/// Names what is often taken for a `.pyc`, where there is no magic number of any Python.
fn explain(error: ReadError, bytes: &[u8]) -> Error {
    if !matches!(&error, ReadError::Unexpected { offset: 0, .. }) {
        return Error::Read(error);
    }
    // A code object's type in marshal, with and without the flag of those that are referred to.
    if matches!(bytes, [b'c' | 0xe3, 0..=0x7f, 0, 0, ..]) {
        return Error::NotPyc(
            "what may be marshal data without a header (--python X.Y reads it as that version's)",
        );
    }
    let start = &bytes[..bytes.len().min(TEXT)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => Some(text),
        // A character that the end of `start` cuts.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&start[..error.valid_up_to()]).ok(),
        Err(_) => None,
    };
    match text.is_some_and(|text| !text.contains(|c: char| c.is_control() && !"\t\n\x0c\r".contains(c))) {
        true => Error::NotPyc("text (`lancehead check SOURCE BYTECODE` compares source with bytecode)"),
        false => Error::Read(error),
    }
}

/// How much of an input has to be text for the input to be called text.
const TEXT: usize = 1024;

/// Python's name for the type of `object`.
pub(crate) fn type_name(object: &Object) -> &'static str {
    match object {
        Object::None => "None",
        Object::Bool(_) => "a bool",
        Object::Ellipsis => "an ellipsis",
        Object::StopIteration => "StopIteration",
        Object::Int(_) | Object::BigInt(_) => "an int",
        Object::Float(_) => "a float",
        Object::Complex(..) => "a complex",
        Object::Str(_) => "a str",
        Object::Bytes(_) => "a bytes",
        Object::Tuple(_) => "a tuple",
        Object::List(_) => "a list",
        Object::Set(_) => "a set",
        Object::FrozenSet(_) => "a frozenset",
        Object::Dict(_) => "a dict",
        Object::FrozenDict(_) => "a frozendict",
        Object::Slice(..) => "a slice",
        Object::Code(_) => "a code object",
    }
}

/// The code objects among the constants of `code`, in order.
pub(crate) fn children(code: &CodeObject) -> impl Iterator<Item = &CodeObject> {
    code.consts.iter().filter_map(|constant| match &**constant {
        Object::Code(child) => Some(&**child),
        _ => None,
    })
}
