//! Taking a code object apart.

use lancehead_isa::{Instruction, LineTable, OperandKind, decode, exception_table};
use lancehead_pyc::CodeObject;

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
        for instruction in &instructions {
            if let Some(target) = instruction.operand_offset(object.version) {
                labels.at(instruction.offset, target, false)?;
            }
        }
        let mut ranges = lines.ranges().iter().peekable();
        let mut items = Vec::with_capacity(instructions.len() + labels.count as usize);
        for (index, instruction) in instructions.iter().enumerate() {
            while ranges.next_if(|range| range.end <= instruction.start).is_some() {}
            let position = ranges.peek().map(|range| range.position).unwrap_or_default();
            let (operand, hint) = read_operand(object, instruction, &mut labels)?;
            items.extend(labels.before(index).map(Item::Label));
            items.push(Item::Instruction(Instr { opcode: instruction.opcode, operand, position, hint }));
        }
        items.extend(labels.before(instructions.len()).map(Item::Label));
        Ok(Code { object: shell(object), items, regions, next_label: labels.count })
    }
}

/// All but the bytecode and the exception table. The line table stays: it is kept where nothing changed that it speaks
/// of.
fn shell(object: &CodeObject) -> CodeObject {
    CodeObject {
        version: object.version,
        argcount: object.argcount,
        posonlyargcount: object.posonlyargcount,
        kwonlyargcount: object.kwonlyargcount,
        nlocals: object.nlocals,
        stacksize: object.stacksize,
        flags: object.flags,
        code: Vec::new(),
        consts: object.consts.clone(),
        names: object.names.clone(),
        varnames: object.varnames.clone(),
        freevars: object.freevars.clone(),
        cellvars: object.cellvars.clone(),
        filename: object.filename.clone(),
        name: object.name.clone(),
        qualname: object.qualname.clone(),
        firstlineno: object.firstlineno,
        linetable: object.linetable.clone(),
        exceptiontable: Vec::new(),
        localsplus: object.localsplus.clone(),
        form: object.form.clone(),
    }
}

/// Labels for the places that something refers to.
struct Labels<'a> {
    instructions: &'a [Instruction],
    /// By instruction, and at last for the end: its label.
    labels: Vec<Option<Label>>,
    count: u32,
}

impl Labels<'_> {
    fn new(instructions: &[Instruction]) -> Labels<'_> {
        Labels { instructions, labels: vec![None; instructions.len() + 1], count: 0 }
    }

    /// The label before an instruction, if something refers to it.
    fn before(&self, index: usize) -> Option<Label> {
        self.labels.get(index).copied().flatten()
    }

    /// The label of the instruction that begins at byte `to`, which `from` refers to.
    fn at(&mut self, from: u32, to: i64, may_be_end: bool) -> Result<Label, ReadCodeError> {
        let end = self.instructions.last().map_or(0, |last| last.end);
        let index = match u32::try_from(to) {
            Ok(offset) if offset == end && may_be_end => Some(self.instructions.len()),
            Ok(offset) => self.instructions.binary_search_by_key(&offset, |i| i.start).ok(),
            Err(_) => None,
        };
        match index.and_then(|index| self.labels.get_mut(index)) {
            Some(Some(label)) => Ok(*label),
            Some(free) => {
                let label = Label(self.count);
                self.count += 1;
                *free = Some(label);
                Ok(label)
            }
            None => Err(ReadCodeError::BadTarget { from, to }),
        }
    }
}

fn read_regions(object: &CodeObject, labels: &mut Labels<'_>) -> Result<Vec<Region>, ReadCodeError> {
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
    labels: &mut Labels<'_>,
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
