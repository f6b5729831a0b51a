//! The instruction stream, and where its blocks start.

use lancehead_isa::{ExceptionEntry, Instruction, LineTable, Opcode, exception_table};
use lancehead_pyc::{CodeObject, Version};
use rustc_hash::FxHashSet;

use super::LiftError;
use crate::LineMarker;

/// No instruction starts here.
const NONE: u32 = u32::MAX;

/// The decoded bytecode of one code object, with what the walk asks of it.
pub struct Stream<'a> {
    pub code: &'a CodeObject,
    pub version: Version,
    pub instructions: Vec<Instruction>,
    /// Line by instruction, 0 for none.
    lines: Vec<u32>,
    table: LineTable,
    /// Instruction by code unit.
    index: Vec<u32>,
    /// Whether a block starts at an instruction.
    leaders: Vec<bool>,
    /// Since 3.11: the entry that covers each instruction, as an index into `entries`; empty where there are none.
    pub covering: Vec<Option<u32>>,
    pub entries: Vec<ExceptionEntry>,
    /// Byte offsets of the handlers that are given the offset of the raising instruction.
    pub given_lasti: FxHashSet<u32>,
}

impl<'a> Stream<'a> {
    pub fn new(
        code: &'a CodeObject,
        instructions: Vec<Instruction>,
        table: LineTable,
    ) -> Result<Self, LiftError> {
        let mut index = vec![NONE; code.code.len() / 2 + 1];
        for (at, instruction) in instructions.iter().enumerate() {
            for unit in instruction.start / 2..=instruction.offset / 2 {
                index[unit as usize] = at as u32;
            }
        }
        let lines = lines_by_instruction(&instructions, &table);
        let entries = exception_table(&code.exceptiontable)?;
        let mut stream = Stream {
            code,
            version: code.version,
            leaders: vec![false; instructions.len()],
            covering: if entries.is_empty() { Vec::new() } else { vec![None; instructions.len()] },
            given_lasti: entries.iter().filter(|e| e.lasti).map(|e| e.target).collect(),
            entries,
            instructions,
            lines,
            table,
            index,
        };
        stream.cover()?;
        stream.mark_leaders()?;
        Ok(stream)
    }

    /// The instruction at a byte offset.
    pub fn at_offset(&self, from: u32, target: u32) -> Result<u32, LiftError> {
        match self.index.get(target as usize / 2) {
            Some(&at) if at != NONE && target.is_multiple_of(2) => Ok(at),
            _ => Err(LiftError::Target { offset: from, target }),
        }
    }

    /// The instruction with this index.
    pub fn get(&self, at: u32) -> Result<&Instruction, LiftError> {
        self.instructions.get(at as usize).ok_or(LiftError::OffTheEnd)
    }

    /// The opcode of the instruction with this index, if there is one.
    pub fn opcode(&self, at: u32) -> Option<Opcode> {
        self.instructions.get(at as usize).map(|i| i.opcode)
    }

    /// The line of an instruction, 0 for none.
    pub fn line(&self, at: u32) -> u32 {
        self.lines.get(at as usize).copied().unwrap_or(0)
    }

    /// What does nothing but have a line.
    pub fn line_markers(&self) -> Vec<LineMarker> {
        let pairs = self.instructions.iter().zip(self.instructions.iter().skip(1)).zip(&self.lines);
        pairs
            .filter(|((at, _), line)| at.opcode == Opcode::NOP && **line > 0)
            .map(|((at, next), line)| LineMarker {
                offset: at.offset,
                next: next.offset,
                line: *line,
                begins_try: false,
            })
            .collect()
    }

    /// Whether a conditional jump was one back, which the compiler turned around (since 3.12): it put a jump of the same
    /// place behind it.
    pub fn is_turned_around(&self, at: u32, behind: u32) -> bool {
        let place =
            |at: u32| self.get(at).ok().and_then(|instruction| self.table.position_at(instruction.offset));
        self.version.turns_tests_around()
            && self.opcode(behind) == Some(Opcode::JUMP_BACKWARD)
            && self.line(at) == self.line(behind)
            && place(at) == place(behind)
    }

    /// Whether a block starts here.
    pub fn is_leader(&self, at: u32) -> bool {
        self.leaders.get(at as usize).copied().unwrap_or(false)
    }

    /// Whether a block starts here, or there is nothing.
    pub fn ends_block(&self, at: u32) -> bool {
        self.leaders.get(at as usize).copied().unwrap_or(true)
    }

    /// Where the jump with this index leads.
    pub fn jump(&self, at: u32) -> Result<u32, LiftError> {
        let instruction = self.get(at)?;
        let target = instruction.jump_target(self.version).ok_or(LiftError::Operand {
            offset: instruction.offset,
            opcode: instruction.opcode,
            arg: instruction.arg,
        })?;
        self.at_offset(instruction.offset, target)
    }

    /// The handler of the instruction with this index, by the exception table.
    pub fn handler(&self, at: u32) -> Result<Option<u32>, LiftError> {
        let Some(entry) = self.covering.get(at as usize).copied().flatten() else { return Ok(None) };
        let entry = self.entries[entry as usize];
        self.at_offset(entry.start, entry.target).map(Some)
    }

    /// Finds the entry that covers each instruction.
    fn cover(&mut self) -> Result<(), LiftError> {
        for (number, entry) in self.entries.iter().enumerate() {
            let first = self.instructions.partition_point(|i| i.offset < entry.start);
            for at in first..self.instructions.len() {
                if self.instructions[at].offset >= entry.end {
                    break;
                }
                self.covering[at] = Some(number as u32);
            }
        }
        Ok(())
    }

    /// Whether a jump is part of the loop that `await` and `yield from` are since 3.11. The lift makes one operation of
    /// it, so that it starts no block.
    fn is_await(&self, at: u32) -> bool {
        use Opcode::*;
        let before = at.checked_sub(1).and_then(|i| self.opcode(i));
        match self.opcode(at) {
            Some(SEND) => true,
            Some(JUMP_BACKWARD | JUMP_BACKWARD_NO_INTERRUPT | JUMP_FORWARD) => {
                let target = self.jump(at).ok().and_then(|target| self.opcode(target));
                before == Some(CLEANUP_THROW) || target == Some(SEND)
            }
            _ => false,
        }
    }

    /// Whether what stands here does nothing but have a line, between a statement and a copied `return`: what is left of a
    /// `break` that led there.
    fn precedes_return(&self, at: u32) -> bool {
        use Opcode::*;
        /// A `return` that is copied is short.
        const LENGTH: u32 = 6;
        let line = self.line(at);
        let behind = at.checked_sub(1).and_then(|before| self.opcode(before)).is_some_and(|before| {
            matches!(
                before,
                STORE_FAST | STORE_NAME | STORE_GLOBAL | STORE_DEREF | STORE_ATTR | STORE_SUBSCR | POP_TOP
            )
        });
        let next = self.line(at + 1);
        self.version.copies_exits()
            && self.opcode(at) == Some(NOP)
            && behind
            && (line > 0 && next > 0 && next != line)
            && (at + 1..at + LENGTH).any(|next| self.is_end(next))
    }

    /// Whether an instruction leads nowhere but out of the function.
    fn is_end(&self, at: u32) -> bool {
        matches!(self.opcode(at), Some(Opcode::RETURN_VALUE | Opcode::RETURN_CONST))
    }

    fn mark_leaders(&mut self) -> Result<(), LiftError> {
        for at in 0..self.instructions.len() as u32 {
            let instruction = self.instructions[at as usize];
            if instruction.jump_target(self.version).is_some() && !self.is_await(at) {
                let target = self.jump(at)?;
                self.leaders[target as usize] = true;
            }
            if self.precedes_return(at) {
                self.leaders[at as usize] = true;
            }
            if matches!(instruction.opcode, Opcode::FOR_ITER | Opcode::GET_ANEXT) {
                self.leaders[at as usize] = true;
            }
            // What follows is reached from the end of the handler too, as far as the graph is concerned.
            if instruction.opcode == Opcode::END_FINALLY
                && let Some(next) = self.leaders.get_mut(at as usize + 1)
            {
                *next = true;
            }
        }
        for number in 0..self.entries.len() {
            let entry = self.entries[number];
            let at = self.at_offset(entry.start, entry.target)?;
            self.leaders[at as usize] = true;
        }
        Ok(())
    }
}

fn lines_by_instruction(instructions: &[Instruction], table: &LineTable) -> Vec<u32> {
    let mut lines = vec![0; instructions.len()];
    let mut at = 0;
    for (start, end, line) in table.lines() {
        while at < instructions.len() && instructions[at].offset < end {
            if instructions[at].offset >= start {
                lines[at] = line.unwrap_or(0);
            }
            at += 1;
        }
    }
    lines
}

/// Instructions that the compiler may leave out of the exception table, as they cannot raise.
pub fn cannot_raise(opcode: Opcode) -> bool {
    use Opcode::*;
    matches!(
        opcode,
        NOP | NOT_TAKEN
            | JUMP_FORWARD
            | JUMP_BACKWARD
            | JUMP_BACKWARD_NO_INTERRUPT
            | POP_JUMP_IF_FALSE
            | POP_JUMP_IF_TRUE
            | POP_JUMP_IF_NONE
            | POP_JUMP_IF_NOT_NONE
            | POP_TOP
            | POP_ITER
            | COPY
            | SWAP
            | PUSH_NULL
            | LOAD_CONST
            | LOAD_SMALL_INT
            | LOAD_COMMON_CONSTANT
            | LOAD_FAST
            | LOAD_FAST_BORROW
            | LOAD_FAST_LOAD_FAST
            | LOAD_FAST_BORROW_LOAD_FAST_BORROW
            | LOAD_FAST_AND_CLEAR
            | STORE_FAST
            | STORE_FAST_LOAD_FAST
            | STORE_FAST_STORE_FAST
            | RETURN_VALUE
            | RETURN_CONST
            | END_FOR
            | IS_OP
            | UNARY_NOT
            | BUILD_TUPLE
            | BUILD_LIST
            | RESUME
    )
}
