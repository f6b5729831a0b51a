//! Kinds of arguments.

use crate::argument::{FlaggedName, LazyName, SuperName};

/// How an instruction's argument is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperandKind {
    /// The argument is not used.
    None,
    /// A number: a count, a depth, or flags of the opcode's own.
    Integer,
    /// An index into `co_consts`.
    Const,
    /// An index into `co_names`.
    Name,
    /// `LOAD_GLOBAL`: an index into `co_names` above one bit, "push NULL as well".
    NameAndNull,
    /// `LOAD_ATTR`: an index into `co_names` above one bit, "load a method".
    NameAndMethod,
    /// `LOAD_SUPER_ATTR`: an index into `co_names` above two bits, "two-argument `super`" and "load a method".
    SuperName,
    /// `IMPORT_NAME` of 3.15: an index into `co_names` above two bits: 1 "lazily", 2 "eagerly".
    LazyName,
    /// A slot of the frame that holds a local variable.
    Local,
    /// Two such slots, four bits each, the first one in the higher bits.
    LocalPair,
    /// A cell or free variable: an index into cells and free variables up to 3.10, a slot of the frame since.
    Deref,
    /// A byte or code unit of the bytecode.
    JumpAbsolute,
    /// A distance forwards from the next instruction.
    JumpForward,
    /// A distance backwards from the next instruction.
    JumpBackward,
    /// `END_ASYNC_FOR`: the distance back to the `SEND` of its loop, which is no jump.
    LoopSource,
    /// A comparison: see [`compare_op`](crate::operand::compare_op).
    Compare,
    /// A binary operation: see [`binary_op`](crate::operand::binary_op).
    BinaryOp,
    /// See [`intrinsic_1`](crate::operand::intrinsic_1).
    Intrinsic1,
    /// See [`intrinsic_2`](crate::operand::intrinsic_2).
    Intrinsic2,
    /// See [`COMMON_CONSTANTS`](crate::operand::COMMON_CONSTANTS).
    CommonConstant,
    /// See [`SPECIAL_METHODS`](crate::operand::SPECIAL_METHODS).
    SpecialMethod,
    /// `FORMAT_VALUE`: a conversion in two bits, and the bit 4, "a format specification is on the stack".
    FormatValue,
    /// `CONVERT_VALUE`: a conversion.
    Conversion,
    /// `MAKE_FUNCTION`: bits of [`FUNCTION_ATTRIBUTES`](crate::operand::FUNCTION_ATTRIBUTES).
    FunctionFlags,
    /// `SET_FUNCTION_ATTRIBUTE`: one bit of [`FUNCTION_ATTRIBUTES`](crate::operand::FUNCTION_ATTRIBUTES).
    FunctionFlag,
    /// `IS_OP`, `CONTAINS_OP`: 1 for `is not` and `not in`.
    Invert,
}

impl OperandKind {
    /// Whether the argument denotes a place in the bytecode.
    pub const fn is_place(self) -> bool {
        use OperandKind::{JumpAbsolute, JumpBackward, JumpForward, LoopSource};
        matches!(self, JumpAbsolute | JumpForward | JumpBackward | LoopSource)
    }

    /// The index into `co_names` that `arg` holds, if it holds one.
    pub const fn name_index(self, arg: u32) -> Option<u32> {
        Some(match self {
            OperandKind::Name => arg,
            OperandKind::NameAndNull | OperandKind::NameAndMethod => FlaggedName::of(arg).name,
            OperandKind::SuperName => SuperName::of(arg).name,
            OperandKind::LazyName => LazyName::of(arg).name,
            _ => return None,
        })
    }
}
