//! Listings as text, laid out as the `dis` of their version does.
//!
//! Text comes in tokens, each of a class, so that a terminal can colour it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{CacheEntry, Listing, Row};
use crate::listing::style::Style;
use lancehead_pyc::{CodeObject, tame};

/// Widths of columns, from `Lib/dis.py`.
const OPNAME_WIDTH: usize = 20;
const ARG_WIDTH: usize = 5;
const LINE_WIDTH: usize = 3;
const OFFSET_WIDTH: usize = 4;
/// What stands for a line that is not known.
const NO_LINE: &str = "--";

/// What a piece of a listing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// Blanks, line ends, punctuation.
    Plain,
    /// A line number, or a whole position.
    Line,
    /// A label, or the mark of a jump target.
    Label,
    /// A byte offset.
    Offset,
    /// An opcode's name.
    Opcode,
    /// A numeric argument.
    Argument,
    /// What an argument stands for.
    Value,
    /// A headline.
    Heading,
    /// A cache entry.
    Cache,
    /// A remark on the instruction above.
    Note,
}

/// Takes the tokens of a listing.
pub trait TokenSink {
    /// Takes one token.
    ///
    /// # Errors
    /// When it cannot be written.
    fn token(&mut self, class: TokenClass, text: &str) -> fmt::Result;
}

/// Writes tokens as plain text.
#[derive(Debug)]
pub struct PlainText<W>(pub W);

impl<W: fmt::Write> TokenSink for PlainText<W> {
    fn token(&mut self, _: TokenClass, text: &str) -> fmt::Result {
        self.0.write_str(text)
    }
}

/// Writes tokens with ANSI colours.
#[derive(Debug)]
pub struct AnsiText<W>(pub W);

impl<W: fmt::Write> TokenSink for AnsiText<W> {
    fn token(&mut self, class: TokenClass, text: &str) -> fmt::Result {
        let color = match class {
            TokenClass::Plain => return self.0.write_str(text),
            TokenClass::Line => "33",
            TokenClass::Label => "35",
            TokenClass::Offset | TokenClass::Cache => "2",
            TokenClass::Opcode => "1",
            TokenClass::Argument => "36",
            TokenClass::Value => "32",
            TokenClass::Heading => "1;34",
            TokenClass::Note => "1;31",
        };
        write!(self.0, "\x1b[{color}m{text}\x1b[0m")
    }
}

/// What to show beside the instructions.
#[derive(Debug, Clone, Copy, Default)]
pub struct PrintOptions {
    /// Cache entries, one a line (3.11 and later).
    pub caches: bool,
    /// Byte offsets also where the version shows labels (3.13 and later).
    pub offsets: bool,
    /// Whole source positions in place of lines (3.11 and later know them).
    pub positions: bool,
}

/// The headline over the listing of a nested code object.
///
/// # Errors
/// When the sink cannot write.
pub fn print_heading(code: &CodeObject, sink: &mut impl TokenSink) -> fmt::Result {
    let text = format!(
        "Disassembly of <code object {}, file \"{}\", line {}>:",
        code.name, code.filename, code.firstlineno
    );
    sink.token(TokenClass::Heading, &tame(&text))?;
    sink.token(TokenClass::Plain, "\n")
}

/// Remarks by the byte offset of the instruction that they are about, such as what [`verify`](crate::verify::verify)
/// finds.
pub type Notes = BTreeMap<u32, Vec<String>>;

/// Writes a listing.
///
/// # Errors
/// When the sink cannot write.
pub fn print(listing: &Listing, options: PrintOptions, sink: &mut impl TokenSink) -> fmt::Result {
    print_with_notes(listing, options, &Notes::new(), sink)
}

/// Writes a listing with remarks below the instructions that they are about.
///
/// # Errors
/// When the sink cannot write.
pub fn print_with_notes(
    listing: &Listing,
    options: PrintOptions,
    notes: &Notes,
    sink: &mut impl TokenSink,
) -> fmt::Result {
    let style = Style::of(listing.version);
    let columns = Columns::of(listing, options, style);
    // `dis` of 3.11 and 3.12 marks handlers as jump targets.
    let marked = if style.labels { &[][..] } else { &listing.exceptions[..] };
    let handlers = marked.iter().map(|entry| entry.target).collect();
    let mut printer = Printer { listing, options, style, columns, handlers, notes, sink };
    for row in &listing.rows {
        printer.row(row)?;
    }
    printer.exceptions()?;
    for problem in &listing.problems {
        printer.sink.token(TokenClass::Note, &format!("left out: {problem}"))?;
        printer.plain("\n")?;
    }
    Ok(())
}

/// How wide the columns are; 0 for one that is not shown.
struct Columns {
    line: usize,
    label: usize,
    offset: usize,
}

impl Columns {
    fn of(listing: &Listing, options: PrintOptions, style: Style) -> Columns {
        let last = listing.rows.last().map_or(0, |row| row.offset);
        let line = if options.positions {
            1 + listing.rows.iter().map(|row| position_text(row).len()).max().unwrap_or(0)
        } else {
            line_width(listing, style)
        };
        let offset = OFFSET_WIDTH.max(last.to_string().len());
        if style.labels {
            let label = 4 + listing.labels.len().to_string().len();
            Columns { line, label, offset: if options.offsets { offset } else { 0 } }
        } else {
            Columns { line, label: 2, offset }
        }
    }
}

fn line_width(listing: &Listing, style: Style) -> usize {
    let starts = || listing.rows.iter().filter(|row| row.starts_line);
    // Since 3.13 line 0, where a module begins, alone does not make a column.
    let counts = |line: &u32| *line > 0 || !style.labels;
    let Some(largest) = starts().filter_map(|row| row.position.line).filter(counts).max() else {
        return 0;
    };
    let width = LINE_WIDTH.max(largest.to_string().len());
    let unknown = starts().any(|row| row.position.line.is_none());
    // `dis` gives the mark for "no line" two more columns.
    if style.labels && unknown { width.max(NO_LINE.len() + 2) } else { width }
}

fn position_text(row: &Row) -> String {
    let position = row.position;
    let parts = [position.line, position.col, position.end_line, position.end_col];
    if parts.iter().all(Option::is_none) {
        return format!("  {NO_LINE}");
    }
    let [line, col, end_line, end_col] = parts.map(|part| part.map_or("?".to_owned(), |n| n.to_string()));
    format!("{line}:{col}-{end_line}:{end_col}")
}

struct Printer<'a, S> {
    listing: &'a Listing,
    options: PrintOptions,
    style: Style,
    columns: Columns,
    handlers: BTreeSet<u32>,
    notes: &'a Notes,
    sink: &'a mut S,
}

impl<S: TokenSink> Printer<'_, S> {
    fn row(&mut self, row: &Row) -> fmt::Result {
        if self.columns.line > 0 && row.starts_line && row.offset > 0 {
            self.plain("\n")?;
        }
        self.line_column(row)?;
        let label = self.listing.labels.get(&row.offset).copied();
        self.place_columns(row.offset, row.is_jump_target || self.handlers.contains(&row.offset), label)?;
        self.operation(row)?;
        self.plain("\n")?;
        for note in self.notes.get(&row.offset).into_iter().flatten() {
            self.sink.token(TokenClass::Note, &format!("    ^ {}", tame(note)))?;
            self.plain("\n")?;
        }
        if self.options.caches {
            for entry in &row.caches {
                self.cache(entry)?;
            }
        }
        Ok(())
    }

    fn line_column(&mut self, row: &Row) -> fmt::Result {
        let width = self.columns.line;
        if width == 0 {
            return Ok(());
        }
        let text = if self.options.positions {
            format!("{:width$}", position_text(row))
        } else if row.starts_line {
            format!("{:>width$}", row.position.line.map_or(NO_LINE.to_owned(), |line| line.to_string()))
        } else {
            " ".repeat(width)
        };
        self.sink.token(TokenClass::Line, &text)?;
        self.plain(" ")
    }

    fn place_columns(&mut self, offset: u32, is_target: bool, label: Option<u32>) -> fmt::Result {
        let width = self.columns.label;
        let offset_width = self.columns.offset;
        if self.style.labels {
            let text = label.map(|label| format!("L{label}:")).unwrap_or_default();
            self.sink.token(TokenClass::Label, &format!("{text:>width$}"))?;
            if offset_width > 0 {
                self.plain(" ")?;
                self.sink.token(TokenClass::Offset, &format!("{offset:>offset_width$}  "))?;
            }
            return self.plain("     ");
        }
        self.plain("    ")?;
        self.sink.token(TokenClass::Label, if is_target { ">>" } else { "  " })?;
        self.plain(" ")?;
        self.sink.token(TokenClass::Offset, &format!("{offset:>offset_width$}"))?;
        self.plain(" ")
    }

    fn operation(&mut self, row: &Row) -> fmt::Result {
        self.sink.token(TokenClass::Opcode, row.opname)?;
        let Some(arg) = row.arg else { return Ok(()) };
        let name_width = row.opname.len();
        let excess = if self.style.labels { name_width.saturating_sub(OPNAME_WIDTH) } else { 0 };
        let width = ARG_WIDTH.saturating_sub(excess);
        self.plain(&" ".repeat(OPNAME_WIDTH.saturating_sub(name_width) + 1))?;
        self.sink.token(TokenClass::Argument, &format!("{arg:>width$}"))?;
        if !row.argrepr.is_empty() {
            self.plain(" (")?;
            self.sink.token(TokenClass::Value, &tame(&row.argrepr))?;
            self.plain(")")?;
        }
        Ok(())
    }

    fn cache(&mut self, entry: &CacheEntry) -> fmt::Result {
        // The least significant byte comes first: `.pyc` files hold zeros, dumps come from little-endian machines.
        let value = entry.data.iter().rev().fold(0u128, |value, &byte| value << 8 | u128::from(byte));
        for index in 0..entry.data.len() / 2 {
            let width = self.columns.line;
            if width > 0 {
                self.plain(&" ".repeat(width + 1))?;
            }
            let offset = entry.offset + 2 * u32::try_from(index).unwrap_or(0);
            self.place_columns(offset, false, None)?;
            let value = if index == 0 { format!(" ({}: {value})", entry.name) } else { String::new() };
            let text = format!("{:OPNAME_WIDTH$} {:>ARG_WIDTH$}{value}\n", "CACHE", 0);
            self.sink.token(TokenClass::Cache, &text)?;
        }
        Ok(())
    }

    fn exceptions(&mut self) -> fmt::Result {
        if self.listing.exceptions.is_empty() {
            return Ok(());
        }
        self.sink.token(TokenClass::Heading, "ExceptionTable:")?;
        self.plain("\n")?;
        for entry in &self.listing.exceptions {
            let lasti = if entry.lasti { " lasti" } else { "" };
            let name = |offset: u32| match self.listing.labels.get(&offset) {
                Some(label) if self.style.labels => format!("L{label}"),
                _ => offset.to_string(),
            };
            // Up to 3.12 the last covered unit is shown, since then the first one after it.
            let end = if self.style.labels { entry.end } else { entry.end.saturating_sub(2) };
            let text = format!(
                "  {} to {} -> {} [{}]{lasti}\n",
                name(entry.start),
                name(end),
                name(entry.target),
                entry.depth
            );
            self.plain(&text)?;
        }
        Ok(())
    }

    fn plain(&mut self, text: &str) -> fmt::Result {
        self.sink.token(TokenClass::Plain, text)
    }
}
