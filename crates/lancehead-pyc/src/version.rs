//! Which Python.

use std::fmt;
use std::str::FromStr;

macro_rules! versions {
    ($($name:ident = $minor:literal,)+) => {
        /// A minor version of CPython, 3.7 to 3.15.
        ///
        /// Versions are ordered by age. What a version's syntax, compiler or bytecode has is asked of it: see
        /// `src/facts`, a table of one row per fact, so that no other code compares versions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        #[repr(u8)]
        pub enum Version {
            $($name = $minor),+
        }

        impl Version {
            /// Every version, oldest first.
            pub const ALL: [Version; [$($minor),+].len()] = [$(Version::$name),+];
        }
    };
}

versions! {
    Py37 = 7,
    Py38 = 8,
    Py39 = 9,
    Py310 = 10,
    Py311 = 11,
    Py312 = 12,
    Py313 = 13,
    Py314 = 14,
    Py315 = 15,
}

impl Version {
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
#[error("`{0}` is not a Python version from {oldest} to {newest}", oldest = Version::ALL[0], newest = Version::LATEST)]
pub struct UnknownVersion(pub String);
