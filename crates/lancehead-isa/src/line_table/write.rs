//! Writing the three formats, with CPython's own rules for what shares an entry.

use lancehead_pyc::Version;

use super::{LineRange, Position};

/// Code units that one entry of the location table can cover.
const MAX_ENTRY_UNITS: u32 = 8;

/// Writes the line table of bytecode that begins with `firstlineno`, in the format of `version`.
///
/// `instructions` gives each instruction's range, prefixes and cache entries included, without gaps. The result is what
/// CPython's compiler writes for these positions: `assemble_lnotab` of `Python/compile.c` up to 3.9,
/// `assemble_line_range` in 3.10, `write_location_info_entry` in 3.11, `assemble_location_info` of `Python/assemble.c`
/// since. Up to 3.10 only lines are kept.
///
/// Up to 3.9 two things get lost: instructions without a line take the one before, and entries that CPython's peephole
/// optimizer left without need are not made up.
pub fn encode_line_table(version: Version, firstlineno: i32, instructions: &[LineRange]) -> Vec<u8> {
    match (version.has_lnotab(), version.has_columns()) {
        (true, _) => lnotab(firstlineno, instructions),
        (false, false) => line_deltas(firstlineno, instructions),
        (false, true) => locations(firstlineno, instructions, version.shares_line_entries()),
    }
}

/// Ranges whose neighbours `same` finds alike, put together.
fn merged(instructions: &[LineRange], same: impl Fn(&Position, &Position) -> bool) -> Vec<LineRange> {
    let mut merged: Vec<LineRange> = Vec::new();
    for range in instructions.iter().filter(|range| range.start < range.end) {
        match merged.last_mut() {
            Some(last) if same(&last.position, &range.position) => last.end = range.end,
            _ => merged.push(*range),
        }
    }
    merged
}

fn lnotab(firstlineno: i32, instructions: &[LineRange]) -> Vec<u8> {
    let mut table = Vec::new();
    let mut line = i64::from(firstlineno);
    let mut written = 0;
    for range in merged(instructions, |a, b| a.line == b.line) {
        let Some(next) = range.position.line.map(i64::from).filter(|&next| next != line) else { continue };
        let mut bytes = range.start - written;
        let mut lines = next - line;
        while bytes > 255 {
            table.extend([255, 0]);
            bytes -= 255;
        }
        while !(-128..=127).contains(&lines) {
            let step: i8 = if lines < 0 { -128 } else { 127 };
            table.extend([bytes as u8, step.cast_unsigned()]);
            bytes = 0;
            lines -= i64::from(step);
        }
        table.extend([bytes as u8, (lines as i8).cast_unsigned()]);
        line = next;
        written = range.start;
    }
    table
}

fn line_deltas(firstlineno: i32, instructions: &[LineRange]) -> Vec<u8> {
    const NO_LINE: i8 = -128;
    let mut table = Vec::new();
    let mut line = i64::from(firstlineno);
    let mut push = |bytes: u32, lines: i8| table.extend([bytes as u8, lines.cast_unsigned()]);
    for range in merged(instructions, |a, b| a.line == b.line) {
        let mut bytes = range.end - range.start;
        let mut delta = NO_LINE;
        if let Some(next) = range.position.line.map(i64::from) {
            let mut lines = next - line;
            line = next;
            while !(-127..=127).contains(&lines) {
                let step: i8 = if lines < 0 { -127 } else { 127 };
                push(0, step);
                lines -= i64::from(step);
            }
            delta = lines as i8;
        }
        while bytes > 254 {
            push(254, delta);
            delta = if delta == NO_LINE { NO_LINE } else { 0 };
            bytes -= 254;
        }
        push(bytes, delta);
    }
    table
}

/// In 3.11 each instruction has its own entry; since, neighbours at one position share.
fn locations(firstlineno: i32, instructions: &[LineRange], share: bool) -> Vec<u8> {
    let mut writer = Locations { table: Vec::new(), line: i64::from(firstlineno) };
    for range in merged(instructions, |a, b| share && a == b) {
        let mut units = (range.end - range.start) / 2;
        while units > MAX_ENTRY_UNITS {
            writer.entry(range.position, MAX_ENTRY_UNITS);
            units -= MAX_ENTRY_UNITS;
        }
        if units > 0 {
            writer.entry(range.position, units);
        }
    }
    writer.table
}

struct Locations {
    table: Vec<u8>,
    line: i64,
}

impl Locations {
    /// Writes one entry in the first form that can hold it.
    fn entry(&mut self, position: Position, units: u32) {
        let Some(line) = position.line else { return self.head(15, units) };
        let delta = i64::from(line) - self.line;
        let end_line = position.end_line.unwrap_or(line);
        self.line = i64::from(line);
        match (position.col, position.end_col) {
            (Some(col), Some(end_col)) if end_line == line => {
                let width = end_col.checked_sub(col);
                if delta == 0 && col < 80 && width.is_some_and(|width| width < 16) {
                    self.head((col >> 3) as u8, units);
                    self.table.push(((col & 7) << 4 | (end_col - col)) as u8);
                    return;
                }
                if (0..3).contains(&delta) && col < 128 && end_col < 128 {
                    self.head(10 + delta as u8, units);
                    self.table.extend([col as u8, end_col as u8]);
                    return;
                }
            }
            (Some(_), Some(_)) => {}
            _ if end_line == line => {
                self.head(13, units);
                return self.signed(delta);
            }
            _ => {}
        }
        self.head(14, units);
        self.signed(delta);
        self.number(u64::from(end_line.saturating_sub(line)));
        self.number(position.col.map_or(0, |col| u64::from(col) + 1));
        self.number(position.end_col.map_or(0, |col| u64::from(col) + 1));
    }

    fn head(&mut self, kind: u8, units: u32) {
        self.table.push(0x80 | kind << 3 | (units - 1) as u8);
    }

    fn signed(&mut self, number: i64) {
        self.number(number.unsigned_abs() << 1 | u64::from(number < 0));
    }

    /// Writes a number: six bits a byte, the least significant first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x40 {
            self.table.push(0x40 | (number & 0x3F) as u8);
            number >>= 6;
        }
        self.table.push(number as u8);
    }
}
