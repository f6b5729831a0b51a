//! The header of a `.pyc` file (PEP 552; before it, `Lib/importlib/_bootstrap_external.py` of 3.7.0a3).

use crate::Version;
use crate::bytes::Bytes;
use crate::error::ReadError;
use crate::magic::{Magic, Maker, maker, nearest};

/// The header of a `.pyc` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The magic number as it stands in the file.
    pub magic: u16,
    /// The version whose bytecode follows.
    pub version: Version,
    /// How the file is known to be up to date.
    pub validation: Validation,
}

/// How an interpreter finds out whether a `.pyc` still belongs to its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// By the source's time and size, each modulo 2³².
    Timestamp {
        /// Modification time of the source, in seconds since 1970.
        mtime: u32,
        /// Size of the source in bytes.
        source_size: u32,
    },
    /// By the hash of the source (PEP 552).
    Hash {
        /// SipHash of the source, as `importlib.util.source_hash` gives it.
        source_hash: [u8; 8],
        /// Whether the interpreter checks the hash (`checked-hash`) or trusts it (`unchecked-hash`).
        check_source: bool,
    },
}

/// The first magic number whose header has PEP 552's flags.
const FIRST_WITH_FLAGS: u16 = 3392;
/// Bit of the flags: validated by hash.
const HASH_BASED: u32 = 1;
/// Bit of the flags: the hash is to be checked.
const CHECK_SOURCE: u32 = 2;

impl Header {
    /// A header as the final releases of `version` write it.
    pub fn new(version: Version, validation: Validation) -> Header {
        Header { magic: Magic::released(version).number, version, validation }
    }

    /// The row of the magic number's table: this number's own, or the nearest one of its version.
    pub fn magic_row(&self) -> Magic {
        Magic::find(self.magic).unwrap_or_else(|| nearest(self.magic, self.version))
    }

    /// The flags of PEP 552: bit 0 for a hash, bit 1 for one that is checked.
    pub fn flags(&self) -> u32 {
        match self.validation {
            Validation::Timestamp { .. } => 0,
            Validation::Hash { check_source: false, .. } => HASH_BASED,
            Validation::Hash { check_source: true, .. } => HASH_BASED | CHECK_SOURCE,
        }
    }

    /// Length in bytes: 16, or 12 for the first pre-releases of 3.7.
    pub fn size(&self) -> usize {
        if self.magic < FIRST_WITH_FLAGS { 12 } else { 16 }
    }

    /// The bytes of the header.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16);
        out.extend(self.magic.to_le_bytes());
        out.extend(b"\r\n");
        if self.magic >= FIRST_WITH_FLAGS {
            out.extend(self.flags().to_le_bytes());
        }
        match self.validation {
            Validation::Timestamp { mtime, source_size } => {
                out.extend(mtime.to_le_bytes());
                out.extend(source_size.to_le_bytes());
            }
            Validation::Hash { source_hash, .. } => out.extend(source_hash),
        }
        out
    }

    /// Reads a header and leaves `bytes` behind it.
    pub(crate) fn read(bytes: &mut Bytes<'_>, warnings: &mut Vec<String>) -> Result<Header, Box<ReadError>> {
        let magic = u16::from_le_bytes(bytes.array("a magic number")?);
        let version = version_of(magic, warnings)?;
        let at = bytes.offset();
        let line_end: [u8; 2] = bytes.array("the carriage return and line feed of a magic number")?;
        if line_end != *b"\r\n" {
            let expected = "the carriage return and line feed of a magic number";
            return Err(ReadError::unexpected(at, expected, format!("{line_end:02x?}")));
        }
        let at = bytes.offset();
        let flags = if magic < FIRST_WITH_FLAGS { 0 } else { bytes.u32("the flags of a .pyc header")? };
        let validation = match flags {
            0 => Validation::Timestamp {
                mtime: bytes.u32("the time of the source")?,
                source_size: bytes.u32("the size of the source")?,
            },
            1 | 3 => Validation::Hash {
                source_hash: bytes.array("the hash of the source")?,
                check_source: flags & CHECK_SOURCE != 0,
            },
            _ => {
                return Err(ReadError::unexpected(
                    at,
                    "the flags 0, 1 or 3 of a .pyc header",
                    flags.to_string(),
                ));
            }
        };
        Ok(Header { magic, version, validation })
    }
}

/// Magic numbers of 3.11 pre-releases whose code objects are laid out in ways of their own.
const SHORT_LIVED_LAYOUTS: std::ops::Range<u16> = 3450..3460;
/// The first magic number whose code objects have `co_posonlyargcount`.
const FIRST_WITH_POSONLY: u16 = 3410;

fn version_of(magic: u16, warnings: &mut Vec<String>) -> Result<Version, Box<ReadError>> {
    match maker(magic) {
        Maker::Known(row) if SHORT_LIVED_LAYOUTS.contains(&magic) => Err(Box::new(ReadError::Foreign {
            magic,
            implementation: format!("the pre-release {}", row.release),
        })),
        Maker::Known(row) if row.version == Version::Py38 && magic < FIRST_WITH_POSONLY => {
            Err(Box::new(ReadError::Foreign {
                magic,
                implementation: format!("the pre-release {}", row.release),
            }))
        }
        Maker::Known(row) => {
            if !row.is_released() {
                warnings.push(format!(
                    "magic number {magic} is that of the pre-release {}; read as if of {}",
                    row.release, row.version
                ));
            }
            Ok(row.version)
        }
        Maker::InRange(version) => {
            let like = nearest(magic, version);
            warnings.push(format!(
                "magic number {magic} is not known, but lies in the range of {version}; read like {} ({})",
                like.number, like.release
            ));
            Ok(version)
        }
        Maker::Foreign(implementation) => Err(Box::new(ReadError::Foreign { magic, implementation })),
        Maker::Nobody => {
            let expected = "a magic number of Python 3.7 to 3.15";
            Err(ReadError::unexpected(0, expected, format!("{magic} (bytes {:02x?})", magic.to_le_bytes())))
        }
    }
}
