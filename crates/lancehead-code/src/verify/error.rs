//! What the verifier finds.

use lancehead_isa::{DecodeError, Opcode};

use crate::listing::print::Notes;
use crate::stack::StackErrorKind;

/// Something that would crash the interpreter, or that it would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {kind}")]
pub struct VerifyError {
    /// Where in the bytecode; 0 for what concerns all of it.
    pub offset: u32,
    /// What.
    pub kind: VerifyErrorKind,
}

/// Errors as remarks for a [listing](crate::listing::print::print_with_notes).
pub fn notes(errors: &[VerifyError]) -> Notes {
    let mut notes = Notes::new();
    for error in errors {
        notes.entry(error.offset).or_default().push(error.kind.to_string());
    }
    notes
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyErrorKind {
    /// The bytecode cannot be decoded.
    #[error("malformed bytecode, {0}")]
    Code(#[source] DecodeError),
    /// The line table cannot be read.
    #[error("malformed line table, {0}")]
    Lines(#[source] DecodeError),
    /// The exception table cannot be read.
    #[error("malformed exception table, {0}")]
    Exceptions(#[source] DecodeError),
    /// There are no instructions.
    #[error("there are no instructions")]
    Empty,
    /// An opcode that only the interpreter itself may put there.
    #[error("{} is for the interpreter's own use", .0.name())]
    InternalOpcode(Opcode),
    /// An opcode that the specialising interpreter or `sys.monitoring` wrote over another.
    #[error("opcode {0} is specialised or instrumented")]
    AdaptiveOpcode(u8),
    /// An argument refers to a name, constant, variable or operation that is not there.
    #[error("argument {arg} of {} is out of range", opcode.name())]
    OutOfRange {
        /// The opcode.
        opcode: Opcode,
        /// Its argument.
        arg: u32,
    },
    /// A jump or handler leads to where no instruction begins.
    #[error("expected the offset of an instruction, found {0}")]
    BadTarget(i64),
    /// Exception-table entries are empty, out of order, or overlap.
    #[error("exception-table entries are out of order")]
    BadExceptionRange,
    /// Control runs off the end.
    #[error("control runs off the end of the bytecode")]
    FallsOffTheEnd,
    /// The depth of the stack is wrong.
    #[error("{0}")]
    Stack(#[source] StackErrorKind),
    /// The stack is deeper than `co_stacksize`.
    #[error("the stack needs {needed} values, co_stacksize says {declared}")]
    StackSize {
        /// The greatest depth.
        needed: u32,
        /// What the code object says.
        declared: u32,
    },
    /// The handler of an exception-table entry keeps more of the stack than there is.
    #[error("the handler keeps {kept} values of the stack, which holds {held}")]
    HandlerDepth {
        /// How many it keeps.
        kept: u32,
        /// How many there are.
        held: u32,
    },
    /// An opcode of class bodies in a function, which has no namespace but its variables.
    #[error("functions have no namespace to look into")]
    NoNamespace,
    /// Blocks are not entered and left in order, paths do not agree on them, or there are too many (3.9, 3.10).
    #[error("blocks are not properly nested")]
    BlockStack,
    /// In 3.11 a call stands without `PRECALL` before it, or that without its call.
    #[error("PRECALL and CALL do not belong together")]
    Precall,
    /// An instruction gets a value that it cannot handle.
    #[error("{} expects {expected}, gets {found}", opcode.name())]
    WrongValue {
        /// The opcode.
        opcode: Opcode,
        /// What it takes.
        expected: &'static str,
        /// What it would get.
        found: &'static str,
    },
    /// A variable is loaded, unchecked, where it may not be set (3.12 and later).
    #[error("variable {0} may not be set")]
    Unassigned(u32),
    /// A cell or free variable is used where its cell may not have been made (3.11 and later).
    #[error("the cell of variable {0} may not have been made")]
    NoCell(u32),
    /// An opcode of generators in code that is none by its flags, or a generator that is not made, or not only once.
    #[error("flags and opcodes disagree whether, or where, this becomes a generator or coroutine")]
    GeneratorFlags,
    /// Names of keyword arguments do not stand before a call with as many arguments (3.11, 3.12).
    #[error("names of keyword arguments without the call that they are for")]
    KeywordNames,
    /// The counts of parameters and variables contradict each other.
    #[error("there are {parameters} parameters but {variables} variables")]
    Parameters {
        /// How many parameters there are.
        parameters: u64,
        /// How many variables.
        variables: usize,
    },
    /// It would take too long to verify.
    #[error("the code is too large to verify")]
    TooLarge,
}

impl VerifyErrorKind {
    /// Whether it concerns the code object as a whole, not one instruction.
    pub fn is_about_all(&self) -> bool {
        use VerifyErrorKind::*;
        matches!(
            self,
            Code(_) | Lines(_) | Exceptions(_) | Empty | StackSize { .. } | Parameters { .. } | TooLarge
        )
    }
}
