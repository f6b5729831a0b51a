//! Reading the three formats.

use lancehead_pyc::CodeObject;

use super::{LineRange, Position};
use crate::DecodeError;
use crate::error::DecodeErrorKind::{MisplacedEntry, NumberOutOfRange, TruncatedTable};

/// "No line", where a line delta stands in the table of 3.10.
const NO_LINE: i8 = -128;

fn line_number(line: i64, at: usize) -> Result<u32, DecodeError> {
    u32::try_from(line).map_err(|_| NumberOutOfRange.at(at))
}

fn line_only(line: Option<u32>) -> Position {
    Position { line, ..Position::default() }
}

/// Reads pairs of bytes and signed lines to advance by; the line holds from the *next* pair's bytes on.
pub(super) fn lnotab(code: &CodeObject) -> Result<Vec<LineRange>, DecodeError> {
    let length = u32::try_from(code.code.len()).map_err(|_| NumberOutOfRange.at(0))?;
    let (pairs, rest) = code.linetable.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(TruncatedTable.at(code.linetable.len()));
    }
    let mut ranges = Vec::with_capacity(pairs.len() + 1);
    let mut line = i64::from(code.firstlineno);
    let mut start = 0;
    for (index, &[bytes, lines]) in pairs.iter().enumerate() {
        if bytes != 0 && start < length {
            let end = (start + u32::from(bytes)).min(length);
            ranges.push(LineRange { start, end, position: line_only(Some(line_number(line, index * 2)?)) });
            start = end;
        }
        line += i64::from(lines.cast_signed());
    }
    if start < length {
        let position = line_only(Some(line_number(line, code.linetable.len())?));
        ranges.push(LineRange { start, end: length, position });
    }
    Ok(ranges)
}

/// Reads pairs of bytes and signed lines to advance by; the line holds for *this* pair's bytes.
pub(super) fn line_deltas(code: &CodeObject) -> Result<Vec<LineRange>, DecodeError> {
    let (pairs, rest) = code.linetable.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(TruncatedTable.at(code.linetable.len()));
    }
    let mut ranges = Vec::with_capacity(pairs.len());
    let mut line = i64::from(code.firstlineno);
    let mut start: u32 = 0;
    for (index, &[bytes, lines]) in pairs.iter().enumerate() {
        let delta = lines.cast_signed();
        if delta != NO_LINE {
            line += i64::from(delta);
        }
        if bytes != 0 {
            let end = start.checked_add(u32::from(bytes)).ok_or(NumberOutOfRange.at(index * 2))?;
            let known = if delta == NO_LINE { None } else { Some(line_number(line, index * 2)?) };
            ranges.push(LineRange { start, end, position: line_only(known) });
            start = end;
        }
    }
    Ok(ranges)
}

/// Reads entries of one to eight code units with lines and columns.
pub(super) fn locations(code: &CodeObject) -> Result<Vec<LineRange>, DecodeError> {
    let mut reader = Locations { table: &code.linetable, at: 0, line: i64::from(code.firstlineno) };
    let mut ranges = Vec::with_capacity(code.linetable.len() / 2);
    let mut start: u32 = 0;
    while let Some(&head) = code.linetable.get(reader.at) {
        let begin = reader.at;
        if head & 0x80 == 0 {
            return Err(MisplacedEntry.at(begin));
        }
        reader.at += 1;
        let end = start.checked_add(2 * (u32::from(head & 7) + 1)).ok_or(NumberOutOfRange.at(begin))?;
        let position = reader.position(head >> 3 & 15)?;
        ranges.push(LineRange { start, end, position });
        start = end;
    }
    Ok(ranges)
}

struct Locations<'a> {
    table: &'a [u8],
    at: usize,
    line: i64,
}

impl Locations<'_> {
    /// Reads what follows the head of an entry of kind `kind`.
    fn position(&mut self, kind: u8) -> Result<Position, DecodeError> {
        match kind {
            0..=9 => {
                let low = u32::from(self.byte()?);
                let col = u32::from(kind) << 3 | low >> 4;
                self.on_line(0, col, col + (low & 15))
            }
            10..=12 => {
                let col = u32::from(self.byte()?);
                let end_col = u32::from(self.byte()?);
                self.on_line(i64::from(kind) - 10, col, end_col)
            }
            13 => {
                let line = self.advance_signed()?;
                Ok(Position { line: Some(line), end_line: Some(line), col: None, end_col: None })
            }
            14 => {
                let line = self.advance_signed()?;
                let begin = self.at;
                let end_line = self.number()?.checked_add(line).ok_or(NumberOutOfRange.at(begin))?;
                let col = self.number()?.checked_sub(1);
                let end_col = self.number()?.checked_sub(1);
                Ok(Position { line: Some(line), end_line: Some(end_line), col, end_col })
            }
            _ => Ok(Position::default()),
        }
    }

    fn on_line(&mut self, delta: i64, col: u32, end_col: u32) -> Result<Position, DecodeError> {
        let line = Some(self.advance(delta)?);
        Ok(Position { line, end_line: line, col: Some(col), end_col: Some(end_col) })
    }

    fn advance_signed(&mut self) -> Result<u32, DecodeError> {
        let number = self.number()?;
        let magnitude = i64::from(number >> 1);
        self.advance(if number & 1 == 1 { -magnitude } else { magnitude })
    }

    fn advance(&mut self, delta: i64) -> Result<u32, DecodeError> {
        self.line += delta;
        line_number(self.line, self.at)
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        let &byte = self.table.get(self.at).ok_or(TruncatedTable.at(self.at))?;
        self.at += 1;
        Ok(byte)
    }

    /// Reads a number: six bits a byte, the least significant first.
    fn number(&mut self) -> Result<u32, DecodeError> {
        let begin = self.at;
        let mut number: u64 = 0;
        for shift in (0..36).step_by(6) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x3F) << shift;
            if byte & 0x40 == 0 {
                return u32::try_from(number).map_err(|_| NumberOutOfRange.at(begin));
            }
        }
        Err(NumberOutOfRange.at(begin))
    }
}
