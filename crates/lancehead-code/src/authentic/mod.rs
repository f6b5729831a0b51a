//! What no compiler writes, though it can be decoded.
//!
//! A reader of bytecode sees instructions; the interpreter sees bytes, and trusts them. It runs an opcode that is stored
//! specialised without the checks that specialising it makes, takes what a branch tests for a `bool`, believes the
//! argument of `RESUME` about where a generator stands, and stops at the first row of the exception table that starts
//! behind the instruction. Code that breaks such a rule does not do what its instructions say. [`authentic`] holds a code
//! object against what the compiler of its version can have written, so that nothing is said of it that only holds for
//! compiled code.
//!
//! - [`stored`]: opcodes and cache entries as they lie in the file;
//! - [`arguments`]: arguments that the interpreter uses and a listing does not show;
//! - [`frame`]: kinds of variables, and what a frame begins with;
//! - [`suspend`]: `YIELD_VALUE`, `RESUME` and `SEND`, on which `close()` and `throw()` rely;
//! - [`borrow`]: references that do not count (3.14 and later).
//!
//! Memory safety is [`verify`](crate::verify)'s part.

mod arguments;
mod borrow;
mod frame;
mod rules;
mod stored;
mod suspend;

use std::fmt;

use lancehead_isa::{ExceptionEntry, Instruction, decode, exception_table};
use lancehead_pyc::CodeObject;

use crate::stack::StackDepths;
use crate::verify::{self, VerifyErrorKind};
use rules::Rules;

/// Something in a code object that no compiler writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oddity {
    /// Where in the bytecode; 0 for what concerns all of it.
    pub offset: u32,
    /// What, in words.
    pub text: String,
    /// Whether the code may do something else than its instructions say, or crash.
    pub matters: bool,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no compiler writes this: {} (offset {:#x})", self.text, self.offset)
    }
}

/// What no compiler of its version can have written into `code`, in the order of the bytecode; nothing for code that was
/// compiled. Code objects among its constants are not looked into.
///
/// What stands where control never gets does not matter, nor does a line table that cannot be read.
pub fn authentic(code: &CodeObject) -> Vec<Oddity> {
    match decode(code.version, &code.code) {
        Ok(instructions) => authentic_decoded(code, &instructions),
        Err(error) => vec![Oddity { offset: error.offset, text: error.kind.to_string(), matters: true }],
    }
}

/// [`authentic()`] of what is decoded already.
pub fn authentic_decoded(code: &CodeObject, instructions: &[Instruction]) -> Vec<Oddity> {
    let whole = |kind: VerifyErrorKind| vec![Oddity { offset: 0, text: kind.to_string(), matters: true }];
    if instructions.is_empty() {
        return whole(VerifyErrorKind::Empty);
    }
    let handlers = match exception_table(&code.exceptiontable) {
        Ok(handlers) => handlers,
        Err(error) => return whole(VerifyErrorKind::Exceptions(error)),
    };
    let depths = StackDepths::walk(code, instructions, &handlers);
    let is_reached: Vec<bool> = depths.before.iter().map(Option::is_some).collect();
    let mut examiner = Examiner {
        code,
        rules: Rules::of(code.version),
        instructions,
        handlers: &handlers,
        is_reached: &is_reached,
        found: Vec::new(),
    };
    examiner.safety(&depths);
    examiner.stored();
    examiner.arguments();
    examiner.frame();
    examiner.suspensions();
    examiner.borrowed();
    let mut found = examiner.found;
    found.sort_by_key(|oddity| oddity.offset);
    found.dedup();
    found
}

struct Examiner<'a> {
    code: &'a CodeObject,
    rules: Rules,
    instructions: &'a [Instruction],
    handlers: &'a [ExceptionEntry],
    /// By instruction: whether control may get there.
    is_reached: &'a [bool],
    found: Vec<Oddity>,
}

impl<'a> Examiner<'a> {
    fn odd(&mut self, offset: u32, text: impl Into<String>) {
        self.found.push(Oddity { offset, text: text.into(), matters: true });
    }

    /// The instructions where control may get, with their indices.
    fn reached(&self) -> impl Iterator<Item = (usize, Instruction)> + use<'a> {
        let all = self.instructions.iter().copied().enumerate();
        all.zip(self.is_reached).filter(|(_, is_reached)| **is_reached).map(|(found, _)| found)
    }

    /// The row of the exception table that holds at `offset`.
    fn handler_at(&self, offset: u32) -> Option<&'a ExceptionEntry> {
        let after = self.handlers.partition_point(|entry| entry.start <= offset);
        self.handlers[..after].last().filter(|entry| offset < entry.end)
    }

    /// What the verifier finds where control may get.
    fn safety(&mut self, depths: &StackDepths) {
        let errors = verify::verify_reached(self.code, self.instructions, self.handlers, depths);
        for error in errors {
            let matters = match error.kind {
                VerifyErrorKind::Lines(_) => false,
                // Said by name.
                VerifyErrorKind::AdaptiveOpcode(_) => continue,
                _ => true,
            };
            self.found.push(Oddity { offset: error.offset, text: error.kind.to_string(), matters });
        }
    }
}
