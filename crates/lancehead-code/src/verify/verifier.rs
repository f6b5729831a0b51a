//! What all checks of a code object share.

use lancehead_isa::{ExceptionEntry, Instruction};
use lancehead_pyc::CodeObject;
use lancehead_pyc::co_flags::{VARARGS, VARKEYWORDS};

use super::error::{VerifyError, VerifyErrorKind};

pub(super) struct Verifier<'a> {
    pub code: &'a CodeObject,
    pub instructions: &'a [Instruction],
    pub handlers: &'a [ExceptionEntry],
    pub errors: Vec<VerifyError>,
    /// Whether what the interpreter survives, but takes for something else, is an error too.
    pub strict: bool,
}

impl Verifier<'_> {
    pub fn error(&mut self, offset: u32, kind: VerifyErrorKind) {
        self.errors.push(VerifyError { offset, kind });
    }

    pub fn index_of(&self, offset: i64) -> Option<usize> {
        let offset = u32::try_from(offset).ok()?;
        self.instructions.binary_search_by_key(&offset, |instruction| instruction.start).ok()
    }

    /// How many parameters there are, `*args` and `**kwargs` included.
    pub fn parameters(&self) -> u64 {
        let starred =
            [VARARGS, VARKEYWORDS].iter().filter(|&&flag| self.code.flags & flag != 0).count() as u64;
        u64::from(self.code.argcount) + u64::from(self.code.kwonlyargcount) + starred
    }
}
