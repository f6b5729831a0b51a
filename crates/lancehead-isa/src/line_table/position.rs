//! Places in the source.

/// A span of source: lines from 1, columns from 0 in UTF-8 bytes. What the table does not tell is `None`.
///
/// Up to 3.10 only `line` is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Position {
    /// Line of the first character.
    pub line: Option<u32>,
    /// Line of the last character.
    pub end_line: Option<u32>,
    /// Column of the first character.
    pub col: Option<u32>,
    /// Column after the last character.
    pub end_col: Option<u32>,
}

/// A stretch of bytecode that came from one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LineRange {
    /// First byte of the bytecode.
    pub start: u32,
    /// First byte after.
    pub end: u32,
    /// The place.
    pub position: Position,
}
