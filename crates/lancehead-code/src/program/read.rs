//! Taking a code object apart.

use std::collections::BTreeMap;

use lancehead_isa::{Instruction, LineTable, OperandKind, decode, exception_table};
use lancehead_pyc::CodeObject;
use rustc_hash::FxHashSet;

use super::tables::operand_of;
use super::{Code, Hint, Instr, Item, Label, Operand, ReadCodeError, Region};

impl Code {
    /// Takes `object` apart; code objects among its constants stay whole.
    ///
    /// # Errors
    /// When the bytecode or a table beside it is malformed, refers to names, constants or variables that are not there,
    /// or jumps to where no instruction begins.
    pub fn of(object: &CodeObject) -> Result<Code, ReadCodeError> {
        let instructions = decode(object.version, &object.code).map_err(ReadCodeError::Code)?;
        let lines = LineTable::of(object).map_err(ReadCodeError::Lines)?;
        let mut labels = Labels::new(&instructions);
        let regions = read_regions(object, &mut labels)?;
        let mut ranges = lines.ranges().iter().peekable();
        let mut read = Vec::with_capacity(instructions.len());
        for instruction in &instructions {
            while ranges.next_if(|range| range.end <= instruction.start).is_some() {}
            let position = ranges.peek().map(|range| range.position).unwrap_or_default();
            let (operand, hint) = read_operand(object, instruction, &mut labels)?;
            read.push((instruction.start, Instr { opcode: instruction.opcode, operand, position, hint }));
        }
        let mut items = Vec::with_capacity(read.len() + labels.by_offset.len());
        for (start, instruction) in read {
            items.extend(labels.by_offset.get(&start).map(|&label| Item::Label(label)));
            items.push(Item::Instruction(instruction));
        }
        items.extend(labels.by_offset.get(&labels.end).map(|&label| Item::Label(label)));
        let next_label = labels.by_offset.len() as u32;
        // The line table stays: it is kept where nothing changed that it speaks of.
        let object = CodeObject { code: Vec::new(), exceptiontable: Vec::new(), ..object.clone() };
        Ok(Code { object, items, regions, next_label })
    }
}

/// Labels for the places that something refers to.
struct Labels {
    starts: FxHashSet<u32>,
    end: u32,
    by_offset: BTreeMap<u32, Label>,
}

impl Labels {
    fn new(instructions: &[Instruction]) -> Labels {
        Labels {
            starts: instructions.iter().map(|instruction| instruction.start).collect(),
            end: instructions.last().map_or(0, |last| last.end),
            by_offset: BTreeMap::new(),
        }
    }

    fn at(&mut self, from: u32, to: i64, may_be_end: bool) -> Result<Label, ReadCodeError> {
        let is_place = |offset: &u32| self.starts.contains(offset) || may_be_end && *offset == self.end;
        match u32::try_from(to).ok().filter(is_place) {
            Some(offset) => {
                let next = Label(self.by_offset.len() as u32);
                Ok(*self.by_offset.entry(offset).or_insert(next))
            }
            None => Err(ReadCodeError::BadTarget { from, to }),
        }
    }
}

fn read_regions(object: &CodeObject, labels: &mut Labels) -> Result<Vec<Region>, ReadCodeError> {
    let entries = exception_table(&object.exceptiontable).map_err(ReadCodeError::Exceptions)?;
    let mut regions = Vec::with_capacity(entries.len());
    for entry in entries {
        regions.push(Region {
            start: labels.at(entry.start, entry.start.into(), false)?,
            end: labels.at(entry.start, entry.end.into(), true)?,
            handler: labels.at(entry.start, entry.target.into(), false)?,
            depth: entry.depth,
            lasti: entry.lasti,
        });
    }
    Ok(regions)
}

fn read_operand(
    object: &CodeObject,
    instruction: &Instruction,
    labels: &mut Labels,
) -> Result<(Operand, Hint), ReadCodeError> {
    let Instruction { offset, start, opcode, .. } = *instruction;
    let arg = raw_argument(object, instruction);
    let prefixes = ((offset - start) / 2) as u8;
    let target = instruction.operand_offset(object.version);
    let operand = match target {
        Some(target) => Operand::Label(labels.at(offset, target, false)?),
        None => operand_of(object, opcode, arg).ok_or(ReadCodeError::OutOfRange { offset, opcode, arg })?,
    };
    Ok((operand, Hint { arg: target.is_none().then_some(arg), prefixes }))
}

/// The argument as it stands in the bytecode, of opcodes too that do not use it.
fn raw_argument(object: &CodeObject, instruction: &Instruction) -> u32 {
    if instruction.operand(object.version) != OperandKind::None {
        return instruction.arg;
    }
    let units =
        object.code.get(instruction.start as usize..instruction.offset as usize + 2).unwrap_or_default();
    units.chunks_exact(2).fold(0, |arg, unit| arg << 8 | u32::from(unit[1]))
}
