//! Disassembly: text like `dis`, and JSON.

use std::fmt;

use lancehead_code::listing::print::{self, TokenClass, TokenSink};
use lancehead_code::{ArgValue, CacheEntry, Listing, Row, code_tree, repr};
use lancehead_pyc::{CodeObject, PyStr};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::limits;
use crate::load::Loaded;

pub use lancehead_code::listing::print::PrintOptions;

/// The version of the JSON that [`Disassembly`] serialises to. Fields may be added to it; when one changes its meaning
/// or goes, the number rises. `docs/dis-schema.md` describes it.
pub const DIS_SCHEMA: &str = "lancehead.dis/1";

/// Writes the disassembly of `code` and of the code objects within it, as its version's `dis` does.
///
/// A code object whose bytecode is malformed is listed as one line that says so.
///
/// # Errors
/// When the sink cannot write.
pub fn write_disassembly(code: &CodeObject, options: PrintOptions, sink: &mut impl TokenSink) -> fmt::Result {
    for (depth, code) in code_tree(code) {
        if depth > 0 {
            sink.token(TokenClass::Plain, "\n")?;
            print::print_heading(code, sink)?;
        }
        match list(code) {
            Ok(listing) => print::print(&listing, options, sink)?,
            Err(error) => sink.token(TokenClass::Plain, &format!("cannot be listed: {error}\n"))?,
        }
    }
    Ok(())
}

/// The listing of `code`, or why there is none.
pub(crate) fn list(code: &CodeObject) -> Result<Listing, String> {
    limits::check_length(code).map_err(|error| error.to_string())?;
    Listing::of(code).map_err(|error| error.to_string())
}

/// The disassembly of an input. Serialises to the JSON of schema [`DIS_SCHEMA`], one code object after the other, so
/// that no more than one is held in memory.
#[derive(Debug, Clone, Copy)]
pub struct Disassembly<'a>(&'a Loaded);

impl<'a> Disassembly<'a> {
    /// That of `loaded`, code objects within code objects included.
    pub fn of(loaded: &'a Loaded) -> Disassembly<'a> {
        Disassembly(loaded)
    }

    /// The code objects, each before those within it.
    pub fn code_objects(&self) -> impl Iterator<Item = CodeListing> + use<'a> {
        code_tree(self.0.code()).into_iter().map(|(depth, code)| CodeListing::of(code, depth))
    }
}

impl Serialize for Disassembly<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct CodeObjects<'a>(Disassembly<'a>);
        impl Serialize for CodeObjects<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.code_objects())
            }
        }
        let mut object = serializer.serialize_struct("Disassembly", 4)?;
        object.serialize_field("schema", DIS_SCHEMA)?;
        object.serialize_field("python", &self.0.code().version.to_string())?;
        object.serialize_field("warnings", &self.0.warnings)?;
        object.serialize_field("code_objects", &CodeObjects(*self))?;
        object.end()
    }
}

/// The disassembly of one code object.
#[derive(Debug, Clone, Serialize)]
pub struct CodeListing {
    /// `co_name`.
    pub name: String,
    /// `co_qualname`; `co_name` before 3.11.
    pub qualname: String,
    /// `co_firstlineno`.
    pub firstlineno: i32,
    /// How many code objects it lies within.
    pub depth: usize,
    /// The instructions in order.
    pub instructions: Vec<InstructionRow>,
    /// The exception table (since 3.11).
    pub exception_table: Vec<ExceptionRow>,
    /// Why it cannot be listed; or which table beside the bytecode could not be read, and is left out.
    pub error: Option<String>,
}

/// One instruction.
#[derive(Debug, Clone, Serialize)]
pub struct InstructionRow {
    /// Byte offset of the opcode.
    pub offset: u32,
    /// Byte offset of the first `EXTENDED_ARG` before it.
    pub start_offset: u32,
    /// The opcode's number.
    pub opcode: u8,
    /// The opcode's name.
    pub opname: &'static str,
    /// The argument as a number, null when the opcode takes none.
    pub arg: Option<u32>,
    /// What kind of thing `argval` is.
    pub argkind: &'static str,
    /// What the argument stands for: a number for `int` and `target`, null for `none`, else text; constants as `repr`.
    pub argval: serde_json::Value,
    /// What `dis` shows in parentheses.
    pub argrepr: String,
    /// Number of the label that stands here, from 1.
    pub label: Option<u32>,
    /// Whether a jump leads here.
    pub is_jump_target: bool,
    /// Whether a source line begins here.
    pub starts_line: bool,
    /// The source line.
    pub line: Option<u32>,
    /// The last source line (3.11 and later).
    pub end_line: Option<u32>,
    /// The first column, in UTF-8 bytes from 0 (3.11 and later).
    pub column: Option<u32>,
    /// The column after the last (3.11 and later).
    pub end_column: Option<u32>,
    /// Inline cache entries.
    pub caches: Vec<CacheRow>,
}

/// A value in an inline cache.
#[derive(Debug, Clone, Serialize)]
pub struct CacheRow {
    /// CPython's name for it.
    pub name: &'static str,
    /// Byte offset of its first entry.
    pub offset: u32,
    /// Its bytes, in hexadecimal.
    pub data: String,
}

/// An entry of an exception table.
#[derive(Debug, Clone, Serialize)]
pub struct ExceptionRow {
    /// Byte offset of the first instruction covered.
    pub start: u32,
    /// Byte offset after the last.
    pub end: u32,
    /// Byte offset of the handler.
    pub target: u32,
    /// How deep the stack is when the handler starts.
    pub depth: u32,
    /// Whether the offset of the instruction that raised is pushed too.
    pub lasti: bool,
}

impl CodeListing {
    fn of(code: &CodeObject, depth: usize) -> CodeListing {
        let mut listed = CodeListing {
            name: text(&code.name),
            qualname: text(&code.qualname),
            firstlineno: code.firstlineno,
            depth,
            instructions: Vec::new(),
            exception_table: Vec::new(),
            error: None,
        };
        match list(code) {
            Ok(listing) => {
                listed.instructions = listing.rows.iter().map(|row| instruction(row, &listing)).collect();
                listed.exception_table = listing.exceptions.iter().map(exception).collect();
                let problems: Vec<String> = listing.problems.iter().map(ToString::to_string).collect();
                listed.error = (!problems.is_empty()).then(|| problems.join("; "));
            }
            Err(reason) => listed.error = Some(reason),
        }
        listed
    }
}

fn instruction(row: &Row, listing: &Listing) -> InstructionRow {
    let (argkind, argval) = argument(&row.argval);
    InstructionRow {
        offset: row.offset,
        start_offset: row.start_offset,
        opcode: row.number,
        opname: row.opname,
        arg: row.arg,
        argkind,
        argval,
        argrepr: row.argrepr.clone(),
        label: listing.labels.get(&row.offset).copied(),
        is_jump_target: row.is_jump_target,
        starts_line: row.starts_line,
        line: row.position.line,
        end_line: row.position.end_line,
        column: row.position.col,
        end_column: row.position.end_col,
        caches: row.caches.iter().map(cache).collect(),
    }
}

fn exception(entry: &lancehead_isa::ExceptionEntry) -> ExceptionRow {
    ExceptionRow {
        start: entry.start,
        end: entry.end,
        target: entry.target,
        depth: entry.depth,
        lasti: entry.lasti,
    }
}

fn cache(entry: &CacheEntry) -> CacheRow {
    let data = entry.data.iter().map(|byte| format!("{byte:02x}")).collect();
    CacheRow { name: entry.name, offset: entry.offset, data }
}

fn argument(value: &ArgValue) -> (&'static str, serde_json::Value) {
    match value {
        ArgValue::None => ("none", serde_json::Value::Null),
        ArgValue::Int(number) => ("int", (*number).into()),
        ArgValue::Const(object) => ("const", repr(object).into()),
        ArgValue::Builtin(name) => ("builtin", (*name).into()),
        ArgValue::Name(name) => ("name", text(name).into()),
        ArgValue::Names(first, second) => ("names", vec![text(first), text(second)].into()),
        ArgValue::Target(offset) => ("target", (*offset).into()),
        ArgValue::Compare(operator) => ("compare", (*operator).into()),
        ArgValue::Format(function, with_spec) => {
            ("format", serde_json::json!({ "conversion": function, "spec": with_spec }))
        }
        ArgValue::Conversion(function) => ("conversion", (*function).into()),
        ArgValue::OutOfRange(index) => ("out_of_range", (*index).into()),
    }
}

/// A name as JSON can hold it: a lone surrogate, which it cannot, as the six characters of its escape.
fn text(name: &PyStr) -> String {
    match name.to_str() {
        Some(text) => text.to_owned(),
        None => name
            .code_points()
            .map(|point| char::from_u32(point).map_or_else(|| format!("\\u{point:04x}"), String::from))
            .collect(),
    }
}
