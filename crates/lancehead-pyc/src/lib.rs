//! The `.pyc` container, marshal, and Python values as Rust types.
//!
//! [`read_pyc`] reads a file of CPython 3.7 to 3.15 into a [`Pyc`]: its [`Header`], and a [`CodeObject`] whose fields are
//! public and may be changed. [`write_pyc`] writes it: a file that was not changed as it was, byte for byte, and one
//! that was changed with as few other changes as can be. [`read_marshal`] and [`write_marshal`] do the same for data
//! without a header.
//!
//! ```
//! use lancehead_pyc::{CodeObject, Header, Object, Pyc, Validation, Version, read_pyc, write_pyc};
//!
//! let mut code = CodeObject::new(Version::Py312);
//! code.name = "<module>".into();
//! code.consts.push(Object::Int(42).into());
//! let unchecked = Validation::Hash { source_hash: [0; 8], check_source: false };
//! let bytes = write_pyc(&Pyc::new(Header::new(Version::Py312, unchecked), code))?;
//!
//! let pyc = read_pyc(&bytes)?;
//! assert_eq!(*pyc.code_object().consts[0], Object::Int(42));
//! assert_eq!(read_pyc(&bytes[..30]).unwrap_err().to_string(),
//!     "byte 29: expected co_stacksize (4 bytes), found the end of the data after 1 bytes");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
pub mod co_fast;
pub mod co_flags;
mod code;
mod error;
mod facts;
mod form;
mod header;
mod layout;
mod magic;
mod object;
mod pyc;
mod pystr;
mod read;
mod tame;
mod tree;
mod version;
mod write;

pub use code::CodeId;
pub use error::{ReadError, WriteError};
pub use form::CodeForm;
pub use header::{Header, Validation};
pub use magic::Magic;
pub use object::{CodeObject, Object, ObjectRef};
pub use pyc::{Pyc, read_pyc};
pub use pystr::PyStr;
pub use read::read_marshal;
pub use tame::{is_wild, tame};
pub use tree::{CodeIndex, CodeTree};
pub use version::{UnknownVersion, Version};
pub use write::{write_marshal, write_pyc};
