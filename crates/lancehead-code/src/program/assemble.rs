//! Putting a code object together.

use lancehead_isa::{
    Instruction, LineRange, LineTable, Opcode, Position, encode_exception_table, encode_line_table, jump_unit,
};
use lancehead_pyc::{CodeObject, Version};
use rustc_hash::FxHashMap;

use super::jumps::towards;
use super::regions::{Resolved, flatten};
use super::tables::{Interner, NoArgument};
use super::{Code, Instr, Item, Label, Operand};
use crate::StackDepths;

/// Code that cannot be put together. Instructions are counted from 0, without labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// The version has no such opcode.
    #[error("instruction {index}: {version} has no {opcode}", opcode = opcode.name())]
    NoOpcode {
        /// Which instruction.
        index: usize,
        /// Its opcode.
        opcode: Opcode,
        /// The version.
        version: Version,
    },
    /// The operand is not one that this opcode takes.
    #[error("instruction {index}: {opcode} does not take this kind of operand", opcode = opcode.name())]
    WrongOperand {
        /// Which instruction.
        index: usize,
        /// Its opcode.
        opcode: Opcode,
    },
    /// The version has no such operation, or cannot express it.
    #[error("instruction {index}: this operand of {opcode} cannot be expressed in this version", opcode = opcode.name())]
    NotInVersion {
        /// Which instruction.
        index: usize,
        /// Its opcode.
        opcode: Opcode,
    },
    /// The code object has no such variable, or, for an instruction on two, none within the first 16.
    #[error("instruction {index}: no variable for {opcode}", opcode = opcode.name())]
    NoVariable {
        /// Which instruction.
        index: usize,
        /// Its opcode.
        opcode: Opcode,
    },
    /// No opcode of the version does this in the direction in which its label lies.
    #[error("instruction {index}: {opcode} cannot jump {}", if *forward { "forwards" } else { "backwards" },
        opcode = opcode.name())]
    Direction {
        /// Which instruction.
        index: usize,
        /// Its opcode.
        opcode: Opcode,
        /// Whether its label lies ahead.
        forward: bool,
    },
    /// A label is referred to but not placed.
    #[error("label {} is not placed", .0.0)]
    UnplacedLabel(Label),
    /// A label is placed more than once.
    #[error("label {} is placed twice", .0.0)]
    LabelPlacedTwice(Label),
    /// The bytecode would not fit into 2 GiB.
    #[error("the bytecode is too long")]
    TooLong,
}

impl AssembleError {
    /// The same error about another instruction.
    fn at_index(mut self, other: impl Fn(usize) -> Option<usize>) -> AssembleError {
        match &mut self {
            AssembleError::NoOpcode { index, .. }
            | AssembleError::WrongOperand { index, .. }
            | AssembleError::NotInVersion { index, .. }
            | AssembleError::NoVariable { index, .. }
            | AssembleError::Direction { index, .. } => *index = other(*index).unwrap_or(*index),
            AssembleError::UnplacedLabel(_) | AssembleError::LabelPlacedTwice(_) | AssembleError::TooLong => {
            }
        }
        self
    }
}

/// An instruction on its way to bytes.
struct Piece<'a> {
    instruction: &'a Instr,
    /// The line that it has if it has no place of its own.
    line: Option<u32>,
    opcode: Opcode,
    number: u8,
    caches: u32,
    arg: u32,
    /// Which piece it jumps to, and whether that lies ahead.
    target: Option<usize>,
    /// Where it begins, prefixes included, and how many of these there are.
    start: u32,
    prefixes: u32,
}

impl Piece<'_> {
    fn position(&self) -> Position {
        match self.line {
            Some(_) if self.instruction.position == Position::default() => {
                Position { line: self.line, end_line: self.line, ..Position::default() }
            }
            _ => self.instruction.position,
        }
    }

    fn size(&self) -> u32 {
        2 * (self.prefixes + 1 + self.caches)
    }

    /// What decoding it will give.
    fn instruction(&self) -> Instruction {
        Instruction {
            offset: self.start + 2 * self.prefixes,
            start: self.start,
            end: self.start + self.size(),
            opcode: self.opcode,
            raw: self.number,
            arg: self.arg,
        }
    }

    fn needed_prefixes(&self) -> u32 {
        let needed = [8, 16, 24].iter().filter(|&&bits| self.arg >> bits != 0).count() as u32;
        let hint = self.instruction.hint;
        let holds = self.target.is_some() || hint.arg == Some(self.arg);
        if holds { needed.max(hint.prefixes.into()) } else { needed }
    }
}

impl Code {
    /// Puts the code object together: operands encoded, jumps measured, tables written.
    ///
    /// Constants and names keep their indices; new ones come after. `stacksize` grows to what is needed, `flags` are
    /// taken as they are. A conditional jump back, where the version has none, becomes two jumps.
    ///
    /// # Errors
    /// See [`AssembleError`]. Whether the code makes sense is not looked at.
    pub fn assemble(&self) -> Result<CodeObject, AssembleError> {
        match self.assemble_as_it_is() {
            // Looked for only now, because no code that was read needs it.
            Err(error @ AssembleError::Direction { forward: false, .. }) => match self.expanded() {
                Some(expanded) => expanded
                    .code
                    .assemble_as_it_is()
                    .map_err(|error| error.at_index(|index| expanded.origins.get(index).copied())),
                None => Err(error),
            },
            done => done,
        }
    }

    fn assemble_as_it_is(&self) -> Result<CodeObject, AssembleError> {
        let mut object = self.object.clone();
        let places = self.places()?;
        let mut pieces = self.pieces(&mut object, &places)?;
        let length = lay_out(object.version, &mut pieces)?;
        let offset_of = |place: usize| pieces.get(place).map_or(length, |piece| piece.start);
        let mut resolved = Vec::with_capacity(self.regions.len());
        for &region in &self.regions {
            let offset = |label: Label| match places.get(&label) {
                Some(&place) => Ok(offset_of(place)),
                None => Err(AssembleError::UnplacedLabel(label)),
            };
            let (start, end) = (offset(region.start)?, offset(region.end)?);
            resolved.push(Resolved { start, end, target: offset(region.handler)?, region });
        }
        let entries = flatten(&resolved);
        object.exceptiontable = encode_exception_table(&entries);
        object.code = emit(object.version, &pieces, length);
        write_lines(&mut object, &pieces);
        let instructions: Vec<Instruction> = pieces.iter().map(Piece::instruction).collect();
        let depths = StackDepths::walk(&object, &instructions, &entries);
        object.stacksize = object.stacksize.max(depths.max);
        Ok(object)
    }

    /// By label: the number of instructions before it.
    fn places(&self) -> Result<FxHashMap<Label, usize>, AssembleError> {
        let mut places = FxHashMap::default();
        let mut count = 0;
        for item in &self.items {
            match item {
                Item::Instruction(_) => count += 1,
                Item::Line(_) => {}
                Item::Label(label) => {
                    if places.insert(*label, count).is_some() {
                        return Err(AssembleError::LabelPlacedTwice(*label));
                    }
                }
            }
        }
        Ok(places)
    }

    fn pieces(
        &self,
        object: &mut CodeObject,
        places: &FxHashMap<Label, usize>,
    ) -> Result<Vec<Piece<'_>>, AssembleError> {
        let version = object.version;
        let mut interner = Interner::new(object);
        let mut pieces = Vec::with_capacity(self.items.len());
        for (index, (instruction, line)) in self.placed_instructions().enumerate() {
            let (opcode, target, arg) = match instruction.operand {
                Operand::Label(label) => {
                    let &place = places.get(&label).ok_or(AssembleError::UnplacedLabel(label))?;
                    (direct(version, instruction.opcode, index, place)?, Some(place), 0)
                }
                _ => (instruction.opcode, None, argument(&mut interner, instruction, index)?),
            };
            let number = opcode.number(version).ok_or(AssembleError::NoOpcode { index, opcode, version })?;
            let caches = opcode.caches(version);
            let start = 0;
            let prefixes = 0;
            pieces.push(Piece { instruction, line, opcode, number, caches, arg, target, start, prefixes });
        }
        Ok(pieces)
    }

    /// The instructions, with the line that [`Item::Line`] gives those without a place of their own.
    fn placed_instructions(&self) -> impl Iterator<Item = (&Instr, Option<u32>)> + '_ {
        let mut line = None;
        self.items.iter().filter_map(move |item| match item {
            Item::Instruction(instruction) => Some((instruction, line)),
            Item::Line(new) => {
                line = Some(*new);
                None
            }
            Item::Label(_) => None,
        })
    }
}

fn direct(version: Version, opcode: Opcode, index: usize, place: usize) -> Result<Opcode, AssembleError> {
    if opcode.number(version).is_some() && !opcode.operand(version).is_place() {
        return Err(AssembleError::WrongOperand { index, opcode });
    }
    // To jump to what comes next is no matter of direction.
    if place == index + 1 && opcode.number(version).is_some() {
        return Ok(opcode);
    }
    let forward = place > index;
    towards(version, opcode, forward).ok_or(AssembleError::Direction { index, opcode, forward })
}

fn argument(interner: &mut Interner<'_>, instruction: &Instr, index: usize) -> Result<u32, AssembleError> {
    let opcode = instruction.opcode;
    let version = interner.object.version;
    if opcode.number(version).is_none() {
        return Err(AssembleError::NoOpcode { index, opcode, version });
    }
    if opcode.operand(version).is_place() {
        return Err(AssembleError::WrongOperand { index, opcode });
    }
    interner.argument(opcode, &instruction.operand, instruction.hint.arg).map_err(|reason| match reason {
        NoArgument::WrongKind => AssembleError::WrongOperand { index, opcode },
        NoArgument::NotInVersion => AssembleError::NotInVersion { index, opcode },
        NoArgument::NoVariable => AssembleError::NoVariable { index, opcode },
    })
}

/// Finds the offsets of all pieces and the arguments of jumps; gives the length of the bytecode.
///
/// Prefixes only ever grow, so this ends; it is repeated only when a jump has grown.
fn lay_out(version: Version, pieces: &mut [Piece<'_>]) -> Result<u32, AssembleError> {
    for piece in pieces.iter_mut() {
        piece.prefixes = piece.needed_prefixes();
    }
    loop {
        let mut length = 0u32;
        for piece in pieces.iter_mut() {
            piece.start = length;
            length = length
                .checked_add(piece.size())
                .filter(|&length| i32::try_from(length).is_ok())
                .ok_or(AssembleError::TooLong)?;
        }
        let mut grown = false;
        for index in 0..pieces.len() {
            let Some(target) = pieces[index].target else { continue };
            let target = pieces.get(target).map_or(length, |piece| piece.start);
            let piece = &mut pieces[index];
            piece.arg = jump_argument(version, piece, target);
            let needed = piece.needed_prefixes();
            if needed > piece.prefixes {
                piece.prefixes = needed;
                grown = true;
            }
        }
        if !grown {
            return Ok(length);
        }
    }
}

fn jump_argument(version: Version, piece: &Piece<'_>, target: u32) -> u32 {
    use lancehead_isa::OperandKind::*;
    let end = piece.start + piece.size();
    let bytes = match piece.opcode.operand(version) {
        JumpForward => target.saturating_sub(end),
        JumpBackward | LoopSource => end - target,
        _ => target,
    };
    bytes / jump_unit(version)
}

fn emit(version: Version, pieces: &[Piece<'_>], length: u32) -> Vec<u8> {
    // Every version has it.
    let extended_arg = Opcode::EXTENDED_ARG.number(version).unwrap_or_default();
    let mut code = Vec::with_capacity(length as usize);
    for piece in pieces {
        for prefix in (1..=piece.prefixes).rev() {
            let byte = piece.arg.checked_shr(8 * prefix).unwrap_or(0) as u8;
            code.extend([extended_arg, byte]);
        }
        code.extend([piece.number, piece.arg as u8]);
        code.resize(code.len() + 2 * piece.caches as usize, 0);
    }
    code
}

/// Writes the line table, unless the one at hand says the same of the new bytecode: up to 3.9, the peephole optimizer left
/// entries in it that no rule would make up.
fn write_lines(object: &mut CodeObject, pieces: &[Piece<'_>]) {
    let ranges: Vec<LineRange> = pieces
        .iter()
        .map(|piece| LineRange {
            start: piece.start,
            end: piece.start + piece.size(),
            position: piece.position(),
        })
        .collect();
    let kept = object.version.has_lnotab()
        && LineTable::of(object)
            .is_ok_and(|lines| ranges.iter().all(|range| lines.line_at(range.start) == range.position.line));
    if !kept {
        object.linetable = encode_line_table(object.version, object.firstlineno, &ranges);
    }
}
