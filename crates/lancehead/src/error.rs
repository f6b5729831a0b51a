//! What can keep an input from being processed.

use lancehead_pyc::ReadError;

/// Why an input gave no result. One line when displayed; where bytes are at fault it says at which.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are no `.pyc`, or no marshal data. Says the byte offset and what was expected there.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The bytes start with no magic number, but it can be told what they are.
    #[error("byte 0: expected a magic number of Python 3.7 to 3.15, found {0}")]
    NotPyc(&'static str),
    /// The marshal data holds something else than code.
    #[error("byte 0: expected a code object, found {found}")]
    NotCode {
        /// The type of what was found, by Python's name.
        found: &'static str,
    },
    /// The operating system did not give the bytes.
    #[error("cannot be read: {}", reason(.0))]
    Io(#[from] std::io::Error),
    /// The archive is damaged, or not a zip archive.
    #[error("byte 0: expected a zip archive, found none: {0}")]
    Archive(#[from] zip::result::ZipError),
    /// Source text in an encoding that is not known, or that is not what it says.
    #[error("byte {offset}: expected text in {encoding}")]
    Encoding {
        /// The encoding.
        encoding: String,
        /// Where the bytes stop being text, or where the encoding is declared.
        offset: usize,
    },
    /// Source text that is no Python of the version at hand.
    #[error("byte {}: line {}, column {}: {}", .0.offset, .0.line, .0.column, .0.message)]
    Syntax(lancehead_ast::ParseError),
    /// No source for bytecode.
    #[error("expected its source at {0}, found none")]
    NoSource(String),
    /// A link in a folder to a file that does not lie in it.
    #[error("skipped: a link that leads out of the folder (name it to have it read)")]
    LeadsOut,
    /// A member of an archive that unpacks to far more than any module does.
    #[error(
        "byte {limit}: expected the end of the member: no more than {limit} bytes are unpacked from {packed}"
    )]
    Inflated {
        /// How many bytes are unpacked.
        limit: u64,
        /// How many there are in the archive.
        packed: u64,
    },
    /// A folder or archive with nothing to process in it.
    #[error("expected .pyc files in it, found none")]
    Empty,
    /// A result that could not be written.
    #[error("{}: not written: {reason}", path.display())]
    Output {
        /// Where it should have gone.
        path: std::path::PathBuf,
        /// Why it did not.
        reason: String,
    },
    /// More bytes than are read from one input.
    #[error("byte {limit}: expected the end of the input: no more than {limit} bytes are read from one")]
    TooLarge {
        /// How many bytes are read.
        limit: u64,
    },
    /// More source than is taken.
    #[error("given up: its source comes to {length} bytes (--max-output allows more than {limit})")]
    TooLong {
        /// How long it is.
        length: u64,
        /// How long it may be.
        limit: u64,
    },
    /// The members of one archive are larger together than is read from one.
    #[error("skipped: more than {limit} bytes were unpacked from this archive before it")]
    ArchiveTooLarge {
        /// How many bytes are unpacked from one archive.
        limit: u64,
    },
    /// An interpreter that cannot say what the source compiles to.
    #[error("{interpreter}: {reason}")]
    Interpreter {
        /// How it was named.
        interpreter: String,
        /// What went wrong.
        reason: String,
    },
    /// A fault of Lancehead's own.
    #[error("Lancehead failed, which is a bug of its own: {0}")]
    Internal(String),
}

/// What the operating system says, without the number that follows it in Rust's text: it means nothing to most.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let number = error.raw_os_error().map(|code| format!(" (os error {code})"));
    number.and_then(|number| text.strip_suffix(&number).map(str::to_owned)).unwrap_or(text)
}

impl Error {
    /// Whether the fault is Lancehead's and not the input's.
    pub fn is_internal(&self) -> bool {
        matches!(self, Error::Internal(_))
    }
}
