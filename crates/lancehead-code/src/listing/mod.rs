//! Disassembly as data: what `dis` of each version shows, for any version.
//!
//! [`Listing::of`] reads one code object; [`print`](print::print) writes it the way its version's `dis` does.

mod argument;
pub mod print;
mod style;
mod unknown;
mod value;

use std::collections::BTreeMap;

use lancehead_isa::{
    DecodeError, ExceptionEntry, Instruction, LineTable, Opcode, OperandKind, Position, exception_table,
};
use lancehead_pyc::{CodeObject, Version};

use argument::Arguments;
pub use value::ArgValue;

/// The disassembly of one code object.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Whose bytecode it is.
    pub version: Version,
    /// One row for each instruction, `EXTENDED_ARG` included.
    pub rows: Vec<Row>,
    /// The exception table (empty before 3.11).
    pub exceptions: Vec<ExceptionEntry>,
    /// Numbers of the labels, from 1, by byte offset: jump targets, and where exception-table entries start, end and
    /// lead. `dis` shows them since 3.13; they are there for every version.
    pub labels: BTreeMap<u32, u32>,
    /// Tables beside the bytecode that could not be read, and are left out.
    pub problems: Vec<ListingError>,
}

/// One instruction, its argument resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Byte offset of the opcode.
    pub offset: u32,
    /// Byte offset of the first `EXTENDED_ARG` before it; `offset` when there is none.
    pub start_offset: u32,
    /// The operation; for a specialised opcode, the one it specialises.
    pub opcode: Opcode,
    /// The opcode's number.
    pub number: u8,
    /// CPython's name of the opcode, that of a specialised one included.
    pub opname: &'static str,
    /// The argument, `None` when the opcode takes none.
    pub arg: Option<u32>,
    /// What the argument stands for.
    pub argval: ArgValue,
    /// The same as text, as `dis` shows it in parentheses; empty when it shows nothing.
    pub argrepr: String,
    /// Whether a line of the source begins here.
    pub starts_line: bool,
    /// Whether a jump leads here. Up to 3.10 handlers count too; since, see [`Listing::exceptions`].
    pub is_jump_target: bool,
    /// The place in the source.
    pub position: Position,
    /// The inline cache entries that follow.
    pub caches: Vec<CacheEntry>,
}

/// A value in the inline cache of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheEntry {
    /// CPython's name for it.
    pub name: &'static str,
    /// Byte offset of its first entry.
    pub offset: u32,
    /// Its bytes: two for each entry.
    pub data: Vec<u8>,
}

/// A code object that cannot be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// Its bytecode cannot be decoded.
    #[error("bytecode, {0}")]
    Code(#[source] DecodeError),
    /// Its line table cannot be read.
    #[error("line table, {0}")]
    Lines(#[source] DecodeError),
    /// Its exception table cannot be read.
    #[error("exception table, {0}")]
    Exceptions(#[source] DecodeError),
}

impl Listing {
    /// Disassembles `code`; code objects among its constants are not looked into.
    ///
    /// # Errors
    /// When the bytecode is malformed. An opcode that the version lacks and an argument out of range are no errors: they are
    /// shown as such; nor is a table that cannot be read, see [`Listing::problems`].
    pub fn of(code: &CodeObject) -> Result<Listing, ListingError> {
        let version = code.version;
        let instructions = unknown::decode_all(code).map_err(ListingError::Code)?;
        let mut problems = Vec::new();
        let exceptions = exception_table(&code.exceptiontable).map_err(ListingError::Exceptions);
        let exceptions = exceptions.unwrap_or_else(|error| {
            problems.push(error);
            Vec::new()
        });
        let lines = LineTable::of(code).map_err(ListingError::Lines);
        let lines = lines.unwrap_or_else(|error| {
            problems.push(error);
            LineTable::empty(version)
        });
        let targets = jump_targets(version, &instructions);
        let labels = number_labels(&targets, &exceptions);
        let arguments = Arguments::new(code, &labels);
        let mut rows = RowMaker { code, arguments, lines: LineCursor::new(&lines), targets: &targets };
        let mut made = Vec::with_capacity(instructions.len());
        for instruction in &instructions {
            rows.make(instruction, &mut made);
        }
        Ok(Listing { version, rows: made, exceptions, labels, problems })
    }
}

/// Every offset that a jump or its like denotes, in order.
fn jump_targets(version: Version, instructions: &[Instruction]) -> Vec<u32> {
    let mut targets: Vec<u32> = instructions
        .iter()
        .filter_map(|instruction| instruction.operand_offset(version))
        .filter_map(|offset| u32::try_from(offset).ok())
        .collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

fn number_labels(targets: &[u32], exceptions: &[ExceptionEntry]) -> BTreeMap<u32, u32> {
    let mut offsets: Vec<u32> = targets.to_vec();
    offsets.extend(exceptions.iter().flat_map(|entry| [entry.start, entry.end, entry.target]));
    offsets.sort_unstable();
    offsets.dedup();
    offsets.into_iter().zip(1..).collect()
}

/// Makes the rows of instructions, which must come in order.
struct RowMaker<'a> {
    code: &'a CodeObject,
    arguments: Arguments<'a>,
    lines: LineCursor<'a>,
    targets: &'a [u32],
}

impl RowMaker<'_> {
    fn make(&mut self, instruction: &Instruction, rows: &mut Vec<Row>) {
        let mut prefix = 0;
        for offset in (instruction.start..instruction.offset).step_by(2) {
            let [number, low] = self.unit(offset);
            prefix = prefix << 8 | u32::from(low);
            rows.push(self.row(Row {
                opcode: Opcode::EXTENDED_ARG,
                number,
                arg: Some(prefix),
                argval: ArgValue::Int(prefix),
                ..blank(offset, offset)
            }));
        }
        let has_arg = instruction.operand(self.code.version) != OperandKind::None;
        let (argval, argrepr) = self.arguments.resolve(instruction);
        rows.push(self.row(Row {
            opcode: instruction.opcode,
            number: instruction.raw,
            arg: has_arg.then_some(instruction.arg),
            argval,
            argrepr,
            caches: self.caches(instruction),
            ..blank(instruction.offset, instruction.start)
        }));
    }

    /// Fills in what depends on the offset alone.
    fn row(&mut self, row: Row) -> Row {
        let (position, starts_line) = self.lines.at(row.offset);
        let opname = Opcode::name_of_number(self.code.version, row.number)
            .unwrap_or_else(|| unknown::name(row.number));
        let is_jump_target = self.targets.binary_search(&row.offset).is_ok();
        Row { opname, position, starts_line, is_jump_target, ..row }
    }

    fn unit(&self, offset: u32) -> [u8; 2] {
        let at = offset as usize;
        match self.code.code.get(at..at + 2) {
            Some(&[first, second]) => [first, second],
            _ => [0, 0],
        }
    }

    fn caches(&self, instruction: &Instruction) -> Vec<CacheEntry> {
        let mut offset = instruction.offset + 2;
        let mut entries = Vec::new();
        for &(name, size) in instruction.opcode.cache_layout(self.code.version) {
            let end = offset + 2 * u32::from(size);
            let data = self.code.code.get(offset as usize..end as usize).unwrap_or_default().to_vec();
            entries.push(CacheEntry { name, offset, data });
            offset = end;
        }
        entries
    }
}

fn blank(offset: u32, start_offset: u32) -> Row {
    Row {
        offset,
        start_offset,
        opcode: Opcode::NOP,
        number: 0,
        opname: "",
        arg: None,
        argval: ArgValue::None,
        argrepr: String::new(),
        starts_line: false,
        is_jump_target: false,
        position: Position::default(),
        caches: Vec::new(),
    }
}

/// Looks up positions of rising offsets in one walk.
struct LineCursor<'a> {
    lines: &'a LineTable,
    range: usize,
    starts: std::iter::Peekable<std::vec::IntoIter<(u32, Option<u32>)>>,
}

impl<'a> LineCursor<'a> {
    fn new(lines: &'a LineTable) -> LineCursor<'a> {
        LineCursor { lines, range: 0, starts: lines.line_starts().into_iter().peekable() }
    }

    fn at(&mut self, offset: u32) -> (Position, bool) {
        let ranges = self.lines.ranges();
        while ranges.get(self.range).is_some_and(|range| range.end <= offset) {
            self.range += 1;
        }
        let position = ranges.get(self.range).map(|range| range.position).unwrap_or_default();
        while self.starts.next_if(|&(start, _)| start < offset).is_some() {}
        let starts = self.starts.next_if(|&(start, _)| start == offset).is_some();
        (position, starts)
    }
}
