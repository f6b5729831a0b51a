//! Which source lines and columns the bytecode came from, in all three formats.
//!
//! `co_lnotab` up to 3.9 (`Objects/lnotab_notes.txt`), `co_linetable` of 3.10 (PEP 626), and the location table of 3.11
//! and later (PEP 657, `Objects/locations.md`).

mod position;
mod read;
mod write;

use lancehead_pyc::{CodeObject, Version};

use crate::DecodeError;
pub use position::{LineRange, Position};
pub use write::encode_line_table;

/// The line table of one code object: ranges in the order of the bytecode, without gaps, as finely cut as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineTable {
    version: Version,
    ranges: Vec<LineRange>,
}

impl LineTable {
    /// A table that tells nothing.
    pub fn empty(version: Version) -> LineTable {
        LineTable { version, ranges: Vec::new() }
    }

    /// Reads the line table of `code` in the format of its version.
    ///
    /// # Errors
    /// With the byte offset in the table: an entry that is cut off or does not start where it should, and line or column
    /// numbers that are negative or exceed 32 bits.
    pub fn of(code: &CodeObject) -> Result<LineTable, DecodeError> {
        let ranges = match (code.version.has_lnotab(), code.version.has_columns()) {
            (true, _) => read::lnotab(code)?,
            (false, false) => read::line_deltas(code)?,
            (false, true) => read::locations(code)?,
        };
        Ok(LineTable { version: code.version, ranges })
    }

    /// Each stored range with its full position.
    pub fn ranges(&self) -> &[LineRange] {
        &self.ranges
    }

    /// The position of the instruction at byte `offset`.
    pub fn position_at(&self, offset: u32) -> Option<Position> {
        let index = self.ranges.partition_point(|range| range.end <= offset);
        self.ranges.get(index).filter(|range| range.start <= offset).map(|range| range.position)
    }

    /// The line of the instruction at byte `offset`.
    pub fn line_at(&self, offset: u32) -> Option<u32> {
        self.position_at(offset)?.line
    }

    /// Ranges of one line each, neighbours of the same line merged, as `co_lines()` gives them: start, end, line.
    pub fn lines(&self) -> impl Iterator<Item = (u32, u32, Option<u32>)> + '_ {
        let mut rest = self.ranges.as_slice();
        std::iter::from_fn(move || {
            let (first, _) = rest.split_first()?;
            let line = first.position.line;
            let same = rest.iter().take_while(|range| range.position.line == line).count();
            let end = rest.get(same - 1)?.end;
            rest = &rest[same..];
            Some((first.start, end, line))
        })
    }

    /// Where lines begin, as `dis.findlinestarts` tells it: byte offset and line.
    ///
    /// Since 3.13 bytecode without a line starts one too; before, it belongs to the line that came last.
    pub fn line_starts(&self) -> Vec<(u32, Option<u32>)> {
        let mut starts: Vec<(u32, Option<u32>)> = Vec::new();
        for (start, _, line) in self.lines() {
            let counts = line.is_some() || self.version.dis_starts_lines_without_number();
            if counts && starts.last().is_none_or(|&(_, last)| last != line) {
                starts.push((start, line));
            }
        }
        starts
    }
}
