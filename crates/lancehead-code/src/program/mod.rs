//! Code that can be edited: typed operands, labels for jump targets, a source position in every instruction.
//!
//! [`Code::of`] takes a code object apart, [`Code::assemble`] puts one together. What was not edited comes out byte for byte
//! as it was.

mod assemble;
mod build;
mod constant;
mod expand;
mod flags;
mod jumps;
mod operand;
mod read;
mod regions;
mod tables;

use lancehead_isa::{DecodeError, Opcode, Position};
use lancehead_pyc::CodeObject;

pub use assemble::AssembleError;
pub(crate) use build::binary_opcode;
pub use build::{BuildError, Builder};
pub use constant::Constant;
pub use operand::{
    BinaryOp, CompareOp, ImportMode, Intrinsic1, Intrinsic2, Label, Operand, SpecialMethod, Variable,
};
pub(crate) use tables::operand_of;

/// An instruction with its operand and its place in the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Instr {
    /// What it does.
    pub opcode: Opcode,
    /// To what.
    pub operand: Operand,
    /// Where it came from.
    pub position: Position,
    /// How it was encoded where it was read, which is kept as long as it still says the same.
    pub hint: Hint,
}

/// How an instruction was encoded. The default leaves it to the assembler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hint {
    /// The argument: tells apart equal constants at several indices, for example.
    pub arg: Option<u32>,
    /// The number of `EXTENDED_ARG` prefixes: kept with that argument, and as the least for a jump. A jump may have been
    /// given one that it would not need if it, or another, had none.
    pub prefixes: u8,
}

impl Instr {
    /// An instruction without a place in the source.
    pub fn new(opcode: Opcode, operand: Operand) -> Instr {
        Instr { opcode, operand, position: Position::default(), hint: Hint::default() }
    }

    /// The same instruction, at `position` of the source.
    pub fn at(self, position: Position) -> Instr {
        Instr { position, ..self }
    }

    /// The same instruction, from `line` of the source if it has no place of its own: what [`Item::Line`] does.
    pub(crate) fn on_line(self, line: Option<u32>) -> Instr {
        match line {
            Some(_) if self.position == Position::default() => {
                self.at(Position { line, end_line: line, ..Position::default() })
            }
            _ => self,
        }
    }
}

/// An element of a [`Code`].
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// The place before the next instruction. Each label stands for one place only.
    Label(Label),
    /// From here on, instructions that have no place of their own in the source come from this line.
    Line(u32),
    /// An instruction.
    Instruction(Instr),
}

/// A stretch of code whose exceptions a handler catches (3.11 and later).
///
/// Regions may nest; the one that begins last catches first, and of two that begin at one place the later one listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Where it begins.
    pub start: Label,
    /// Where it ends: at the first instruction after.
    pub end: Label,
    /// The handler.
    pub handler: Label,
    /// How many values of the stack the handler keeps.
    pub depth: u32,
    /// Whether the offset of the raising instruction is pushed before the exception.
    pub lasti: bool,
}

/// A code object taken apart.
#[derive(Debug, Clone)]
pub struct Code {
    /// All but the bytecode and the exception table: names, constants, flags. Constants and names that instructions need
    /// are added when it is assembled; those that none needs any more stay.
    pub object: CodeObject,
    /// Instructions and labels in order.
    pub items: Vec<Item>,
    /// Exception regions.
    pub regions: Vec<Region>,
    next_label: u32,
}

/// A code object that cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadCodeError {
    /// The bytecode cannot be decoded.
    #[error("bytecode, {0}")]
    Code(#[source] DecodeError),
    /// The line table cannot be read.
    #[error("line table, {0}")]
    Lines(#[source] DecodeError),
    /// The exception table cannot be read.
    #[error("exception table, {0}")]
    Exceptions(#[source] DecodeError),
    /// An argument refers to what is not there.
    #[error("bytecode, at byte {offset}: argument {arg} of {opcode} is out of range", opcode = opcode.name())]
    OutOfRange {
        /// The instruction.
        offset: u32,
        /// Its opcode.
        opcode: Opcode,
        /// Its argument.
        arg: u32,
    },
    /// A jump or an exception-table entry names an offset at which no instruction begins.
    #[error("at byte {from}: expected the offset of an instruction, found {to}")]
    BadTarget {
        /// The instruction that jumps, or where the range of an exception-table entry begins.
        from: u32,
        /// Where it leads.
        to: i64,
    },
}

impl Code {
    /// Code without instructions; `object` gives version, names, flags and so on.
    pub fn empty(object: CodeObject) -> Code {
        Code { object, items: Vec::new(), regions: Vec::new(), next_label: 0 }
    }

    /// A label that is not yet used. It must be placed among the items once.
    pub fn new_label(&mut self) -> Label {
        let label = Label(self.next_label);
        self.next_label += 1;
        label
    }

    /// The instructions, without labels.
    pub fn instructions(&self) -> impl Iterator<Item = &Instr> + '_ {
        self.items.iter().filter_map(|item| match item {
            Item::Instruction(instruction) => Some(instruction),
            Item::Label(_) | Item::Line(_) => None,
        })
    }
}
