//! From bytes to instructions.

use lancehead_pyc::Version;

use crate::error::DecodeErrorKind::{
    ArgumentTooLong, DanglingExtendedArg, OddLength, TooLong, TruncatedCaches, UnknownOpcode,
};
use crate::tables::{self, Decoding};
use crate::{DecodeError, Opcode, OperandKind};

/// Bytes in a code unit: an opcode and its argument, or a cache entry.
const UNIT: u32 = 2;
/// `EXTENDED_ARG` prefixes that CPython's 32-bit argument has room for.
const MAX_PREFIXES: u32 = 3;

/// One instruction: prefixes folded into its argument, its cache entries skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// Where the opcode itself stands, in bytes.
    pub offset: u32,
    /// Where the first `EXTENDED_ARG` before it stands; `offset` when there is none.
    pub start: u32,
    /// Where the next instruction begins: after the cache entries.
    pub end: u32,
    /// The operation; for a specialised opcode, the one it specialises.
    pub opcode: Opcode,
    /// The opcode's number as it stands in the bytecode.
    pub raw: u8,
    /// The argument with all prefixes; 0 when the opcode has none.
    pub arg: u32,
}

impl Instruction {
    /// What the argument means in `version`.
    pub fn operand(&self, version: Version) -> OperandKind {
        self.opcode.operand(version)
    }

    /// Where it may jump to, as a byte offset, or which handler it sets up (`SETUP_*` up to 3.10, `CALL_FINALLY`).
    ///
    /// The target need not be an instruction, nor within the bytecode. `None` when the opcode does not jump, or jumps to
    /// before the bytecode. `END_ASYNC_FOR` has a related offset since 3.14 that is not a jump.
    pub fn jump_target(&self, version: Version) -> Option<u32> {
        match self.operand(version) {
            OperandKind::LoopSource => None,
            _ => self.operand_offset(version).and_then(|offset| u32::try_from(offset).ok()),
        }
    }

    /// The byte offset that the argument denotes, if it denotes one: the jump target, or since 3.14 the `SEND` of
    /// the loop that an `END_ASYNC_FOR` ends. Negative when it lies before the bytecode.
    pub fn operand_offset(&self, version: Version) -> Option<i64> {
        let distance = i64::from(self.arg) * i64::from(jump_unit(version));
        match self.operand(version) {
            OperandKind::JumpAbsolute => Some(distance),
            OperandKind::JumpForward => Some(i64::from(self.end) + distance),
            OperandKind::JumpBackward | OperandKind::LoopSource => Some(i64::from(self.end) - distance),
            _ => None,
        }
    }
}

/// Bytes for each step of a jump's argument: those of a code unit since 3.10, one before.
pub fn jump_unit(version: Version) -> u32 {
    if version.jumps_by_units() { UNIT } else { 1 }
}

/// Reads bytecode as `version` does: `EXTENDED_ARG` folded in, cache entries skipped.
///
/// # Errors
/// With the byte offset: an odd length, an opcode that the version lacks, more than 32 bits of argument, and bytecode
/// that ends within an instruction.
pub fn decode(version: Version, code: &[u8]) -> Result<Vec<Instruction>, DecodeError> {
    if i32::try_from(code.len()).is_err() {
        return Err(TooLong.at(code.len()));
    }
    let (units, rest) = code.as_chunks::<{ UNIT as usize }>();
    if !rest.is_empty() {
        return Err(OddLength.at(code.len()));
    }
    let mut instructions = Vec::with_capacity(units.len());
    let decodings = tables::decodings(version);
    let mut at = 0;
    while at < units.len() {
        let (instruction, next) = decode_one(decodings, units, at)?;
        instructions.push(instruction);
        at = next;
    }
    Ok(instructions)
}

/// Reads the instruction that begins with unit `first`; also gives the unit after it.
fn decode_one(
    decodings: &[Option<Decoding>; 256],
    units: &[[u8; 2]],
    first: usize,
) -> Result<(Instruction, usize), DecodeError> {
    let mut at = first;
    let mut arg = 0;
    loop {
        let Some(&[raw, low]) = units.get(at) else {
            return Err(DanglingExtendedArg.at(at * 2));
        };
        let Some(Decoding { opcode, caches, has_argument }) = decodings[usize::from(raw)] else {
            return Err(UnknownOpcode(raw).at(at * 2));
        };
        arg = arg << 8 | u32::from(low);
        if opcode == Opcode::EXTENDED_ARG {
            if at - first == MAX_PREFIXES as usize {
                return Err(ArgumentTooLong.at(at * 2));
            }
            at += 1;
            continue;
        }
        let next = at + 1 + usize::from(caches);
        if next > units.len() {
            return Err(TruncatedCaches.at(units.len() * 2));
        }
        if !has_argument {
            arg = 0;
        }
        let [start, offset, end] = [first, at, next].map(|unit| unit as u32 * UNIT);
        return Ok((Instruction { offset, start, end, opcode, raw, arg }, next));
    }
}
