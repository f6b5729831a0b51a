//! The `.pyc` file.

use crate::bytes::Bytes;
use crate::error::ReadError;
use crate::header::Header;
use crate::read::read_object;
use crate::{CodeObject, Object, ObjectRef};

/// A `.pyc` file.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyc {
    /// What stands before the code.
    pub header: Header,
    /// The module's code, an [`Object::Code`].
    pub code: ObjectRef,
    /// Bytes after the code, which CPython does not look at. Empty in every file that it writes.
    pub trailing: Vec<u8>,
    /// What is odd about the file though it could be read, one line each.
    pub warnings: Vec<String>,
}

impl Pyc {
    /// A file with nothing odd about it.
    pub fn new(header: Header, code: CodeObject) -> Pyc {
        Pyc { header, code: Object::Code(Box::new(code)).into(), trailing: Vec::new(), warnings: Vec::new() }
    }

    /// The module's code.
    ///
    /// # Panics
    /// If something else than an [`Object::Code`] was put into `code`; reading never does.
    pub fn code_object(&self) -> &CodeObject {
        match &*self.code {
            Object::Code(code) => code,
            other => panic!("the code of a .pyc is a code object, not {other:?}"),
        }
    }
}

/// Reads a `.pyc` file of CPython 3.7 to 3.15.
///
/// The magic number says which version. One that is not known but lies in the range of a version is read like the
/// nearest known one, with a warning; so are pre-releases.
///
/// # Errors
/// See [`ReadError`]; offsets are in bytes from the start of the file.
pub fn read_pyc(bytes: &[u8]) -> Result<Pyc, ReadError> {
    let mut input = Bytes::new(bytes);
    let mut warnings = Vec::new();
    let header = Header::read(&mut input, &mut warnings).map_err(|error| *error)?;
    let start = input.offset();
    let code = read_object(&mut input, header.version).map_err(|error| *error)?;
    if !matches!(*code, Object::Code(_)) {
        let found = "another object".to_owned();
        return Err(ReadError::Unexpected { offset: start, expected: "a code object", found });
    }
    if input.left() > 0 {
        warnings.push(format!("{} bytes after the code object are ignored", input.left()));
    }
    Ok(Pyc { header, code, trailing: input.rest().to_vec(), warnings })
}
