//! From text assembly to a `.pyc`, and back.

use lancehead_code::asm::{self, AsmError, PrintError};
use lancehead_pyc::{Header, Pyc, Validation, WriteError, write_pyc};

use crate::Loaded;

/// Why text gave no `.pyc`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AssemblyError {
    /// What is wrong with the text, or with the code that it stands for, in the order of the text.
    #[error("{} (and {} more)", .0[0], .0.len() - 1)]
    Text(Vec<AsmError>),
    /// The code cannot be written as marshal data.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The text assembly of `loaded`, with all code objects within it: [`assemble`] reads it.
///
/// # Errors
/// When the bytecode is malformed, or a constant is of a type that no compiler makes constants of.
pub fn assembly(loaded: &Loaded) -> Result<String, PrintError> {
    asm::print(loaded.code())
}

/// Assembles `text` (its form is described in `docs/assembly.md`) to the bytes of a `.pyc`.
///
/// The header says that the interpreter must not look for a source (PEP 552, an unchecked hash). With `verified`, code
/// that would crash the interpreter is refused.
///
/// # Errors
/// See [`AssemblyError`].
pub fn assemble(text: &str, verified: bool) -> Result<Vec<u8>, AssemblyError> {
    let code = match verified {
        true => asm::parse_verified(text).map_err(AssemblyError::Text)?,
        false => asm::parse(text).map_err(|error| AssemblyError::Text(vec![error]))?,
    };
    let validation = Validation::Hash { source_hash: [0; 8], check_source: false };
    let header = Header::new(code.version, validation);
    Ok(write_pyc(&Pyc::new(header, code))?)
}
