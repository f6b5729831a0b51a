//! Which Python.

use std::fmt;
use std::str::FromStr;

/// A minor version of CPython, 3.7 to 3.15.
///
/// Versions are ordered by age. What a version's syntax, compiler or bytecode has is asked of it: see `src/facts`, a table
/// of one row per fact, so that no other code compares versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum Version {
    Py37 = 7,
    Py38,
    Py39,
    Py310,
    Py311,
    Py312,
    Py313,
    Py314,
    Py315,
}

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Version; 9] = [
        Version::Py37,
        Version::Py38,
        Version::Py39,
        Version::Py310,
        Version::Py311,
        Version::Py312,
        Version::Py313,
        Version::Py314,
        Version::Py315,
    ];

    /// The newest version.
    pub const LATEST: Version = Version::ALL[Version::ALL.len() - 1];

    /// The minor number: 12 for 3.12.
    pub const fn minor(self) -> u8 {
        self as u8
    }

    /// The version with this minor number, if it is one of ours.
    pub fn from_minor(minor: u8) -> Option<Version> {
        Version::ALL.into_iter().find(|v| v.minor() == minor)
    }

    /// Its place in [`Version::ALL`], for tables by version.
    pub const fn index(self) -> usize {
        (self.minor() - Version::ALL[0].minor()) as usize
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "3.{}", self.minor())
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("3.")
            .and_then(|minor| minor.parse().ok())
            .and_then(Version::from_minor)
            .ok_or_else(|| UnknownVersion(text.to_owned()))
    }
}

/// A text that names none of our versions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Python version from 3.7 to 3.15")]
pub struct UnknownVersion(pub String);
