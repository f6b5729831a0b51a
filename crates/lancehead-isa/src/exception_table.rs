//! Exception tables of 3.11 and later (`Objects/exception_handling_notes.txt`).

use crate::DecodeError;
use crate::error::DecodeErrorKind::{MisplacedEntry, NumberOutOfRange, TruncatedTable};

/// Set on the first byte of each entry.
const START_BIT: u8 = 0x80;
/// Set on each byte of a number but its last.
const MORE_BIT: u8 = 0x40;
const VALUE_BITS: u8 = 0x3F;

/// A range of bytecode and the handler that catches what is raised there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExceptionEntry {
    /// First byte covered.
    pub start: u32,
    /// First byte after the range.
    pub end: u32,
    /// Where the handler begins, in bytes.
    pub target: u32,
    /// How many values of the stack the handler keeps.
    pub depth: u32,
    /// Whether the offset of the raising instruction is pushed before the exception.
    pub lasti: bool,
}

/// Reads a `co_exceptiontable`, entries in order.
///
/// # Errors
/// With the byte offset in the table: an entry that is cut off, that does not start with the start bit, or that holds
/// a number over 31 bits.
pub fn exception_table(table: &[u8]) -> Result<Vec<ExceptionEntry>, DecodeError> {
    let mut entries = Vec::new();
    let mut at = 0;
    while at < table.len() {
        if table[at] & START_BIT == 0 {
            return Err(MisplacedEntry.at(at));
        }
        let mut entry = Entry { table, begin: at, at };
        let start = entry.read_offset()?;
        let length = entry.read_offset()?;
        let target = entry.read_offset()?;
        let depth_and_lasti = entry.read_number()?;
        let end = start.checked_add(length).ok_or(NumberOutOfRange.at(at))?;
        at = entry.at;
        let (depth, lasti) = (depth_and_lasti >> 1, depth_and_lasti & 1 == 1);
        entries.push(ExceptionEntry { start, end, target, depth, lasti });
    }
    Ok(entries)
}

/// A reader within one entry.
struct Entry<'a> {
    table: &'a [u8],
    begin: usize,
    at: usize,
}

impl Entry<'_> {
    /// Reads a number of code units, and gives bytes.
    fn read_offset(&mut self) -> Result<u32, DecodeError> {
        let begin = self.at;
        self.read_number()?.checked_mul(2).ok_or(NumberOutOfRange.at(begin))
    }

    /// Reads a number: six bits a byte, the most significant first.
    fn read_number(&mut self) -> Result<u32, DecodeError> {
        let begin = self.at;
        let mut number: u32 = 0;
        loop {
            let &byte = self.table.get(self.at).ok_or(TruncatedTable.at(self.at))?;
            if byte & START_BIT != 0 && self.at > self.begin {
                return Err(MisplacedEntry.at(self.at));
            }
            self.at += 1;
            if number >> (31 - 6) != 0 {
                return Err(NumberOutOfRange.at(begin));
            }
            number = number << 6 | u32::from(byte & VALUE_BITS);
            if byte & MORE_BIT == 0 {
                return Ok(number);
            }
        }
    }
}

/// Writes a `co_exceptiontable` (`assemble_exception_table` of `Python/assemble.c`).
///
/// Entries must be in order of their start and must not overlap, or the interpreter will not find them; offsets must be
/// even and below 2 GiB.
pub fn encode_exception_table(entries: &[ExceptionEntry]) -> Vec<u8> {
    let mut table = Vec::new();
    for entry in entries {
        let begin = table.len();
        push_number(&mut table, entry.start / 2);
        table[begin] |= START_BIT;
        push_number(&mut table, entry.end.saturating_sub(entry.start) / 2);
        push_number(&mut table, entry.target / 2);
        push_number(&mut table, entry.depth << 1 | u32::from(entry.lasti));
    }
    table
}

fn push_number(table: &mut Vec<u8>, number: u32) {
    for shift in [30, 24, 18, 12, 6] {
        if number >> shift != 0 {
            table.push((number >> shift) as u8 & VALUE_BITS | MORE_BIT);
        }
    }
    table.push(number as u8 & VALUE_BITS);
}
