//! The `.pyc` container, marshal, and Python values as Rust types.

mod bytes;
mod code;
mod error;
mod form;
mod header;
mod layout;
mod magic;
mod object;
mod pyc;
mod pystr;
mod read;
mod version;
mod write;

pub use code::CodeObject;
pub use error::{ReadError, WriteError};
pub use form::CodeForm;
pub use header::{Header, Validation};
pub use magic::Magic;
pub use object::{Object, ObjectRef};
pub use pyc::{Pyc, read_pyc};
pub use pystr::PyStr;
pub use read::read_marshal;
pub use version::{UnknownVersion, Version};
pub use write::{write_marshal, write_pyc};
