//! What can be wrong with bytes that are read, and with values that are written.

use crate::Version;

/// Why bytes are not a `.pyc` or not marshal data. One line when displayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The data ends too early, or a length promises more than is left.
    #[error(
        "byte {offset}: expected {expected} ({needed} bytes), found the end of the data after {left} bytes"
    )]
    Cut {
        /// Where the missing thing starts, in bytes from the start of the data.
        offset: usize,
        /// What should stand there.
        expected: &'static str,
        /// How many bytes it takes, at least.
        needed: usize,
        /// How many there are.
        left: usize,
    },
    /// Something else stands where something is demanded.
    #[error("byte {offset}: expected {expected}, found {found}")]
    Unexpected {
        /// Where it stands, in bytes from the start of the data.
        offset: usize,
        /// What should stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// The magic number belongs to a Python that is not read, or to a pre-release that was laid out in its own way.
    #[error("byte 0: expected a magic number of Python 3.7 to 3.15, found {magic}, that of {implementation}")]
    Foreign {
        /// The magic number.
        magic: u16,
        /// Whose it is: `Python 2.7`.
        implementation: String,
    },
    /// Containers lie in one another more deeply than CPython's `marshal` allows.
    #[error("byte {offset}: expected at most {limit} objects nested in one another, found more")]
    TooDeep {
        /// Where the innermost object starts, in bytes from the start of the data.
        offset: usize,
        /// How deep is allowed.
        limit: u32,
    },
    /// References make the data stand for a value out of all proportion to its length.
    #[error("byte {offset}: expected references that repeat at most {limit} bytes in all, found more")]
    TooLarge {
        /// Where the reference that goes too far stands, in bytes from the start of the data.
        offset: usize,
        /// How many bytes of the data all references together may repeat.
        limit: u64,
    },
}

impl ReadError {
    /// Where the fault lies, in bytes from the start of the data.
    pub fn offset(&self) -> usize {
        match self {
            ReadError::Foreign { .. } => 0,
            ReadError::Cut { offset, .. }
            | ReadError::Unexpected { offset, .. }
            | ReadError::TooDeep { offset, .. }
            | ReadError::TooLarge { offset, .. } => *offset,
        }
    }
}

/// Why a value cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The version has no way to store it.
    #[error("Python {version} cannot store {what}")]
    Unsupported {
        /// What it cannot store.
        what: &'static str,
        /// The version that is written.
        version: Version,
    },
    /// Containers lie in one another more deeply than CPython's `marshal` allows.
    #[error("more than {limit} objects are nested in one another")]
    TooDeep {
        /// How deep is allowed.
        limit: u32,
    },
    /// A length or number is beyond the 31 bits that marshal has for it.
    #[error("{what} is {value}, more than marshal can store")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large.
        value: u64,
    },
    /// `localsplus` and the variables of a code object of 3.11 or later say different things.
    #[error(
        "`localsplus` of code object `{name}` disagrees with its `varnames`, `cellvars` and `freevars`: \
         one was changed without the others"
    )]
    Variables {
        /// The code object's qualified name.
        name: String,
    },
    /// A code object is of another version than the file or than the code object it stands in.
    #[error("code object `{name}` is of Python {found}, but Python {expected} is written")]
    MixedVersions {
        /// The code object's qualified name.
        name: String,
        /// Its version.
        found: Version,
        /// The version that is written.
        expected: Version,
    },
    /// Something else than a code object was given for the code of a `.pyc`.
    #[error("the code of a .pyc must be a code object")]
    NotCode,
}
