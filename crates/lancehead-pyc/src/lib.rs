//! The `.pyc` container, marshal, and Python values as Rust types.

mod code;
mod object;
mod pystr;
mod version;

pub use code::CodeObject;
pub use object::{Object, ObjectRef};
pub use pystr::PyStr;
pub use version::{UnknownVersion, Version};
