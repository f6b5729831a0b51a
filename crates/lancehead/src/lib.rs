//! Read, explain and decompile CPython bytecode, 3.7 to 3.15.
//!
//! - [`Loaded::read`] turns bytes (a `.pyc`, or bare marshal data) into a code object;
//! - [`decompile`] turns them into source, and says what became of each function;
//! - [`check`] says whether source belongs to bytecode;
//! - [`Interpreter`] has a real CPython compare them, where there is one;
//! - [`Info`] tells what is in it, [`Disassembly`] and [`write_disassembly`] list its instructions;
//! - [`assembly`] writes it as text that can be edited, [`assemble`] makes a `.pyc` of that;
//! - [`Diff`] tells what two inputs do differently;
//! - [`input`] finds inputs in files, folders and archives, and says where their output may go;
//! - [`isolate`] keeps one input from harming the others.
//!
//! Nothing here prints, and nothing but [`Interpreter`] needs a Python.
//!
//! ```
//! use lancehead::{DecompileOptions, Format, decompile};
//!
//! let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pyc/3.12/only_docstring.pyc");
//! let done = decompile(&std::fs::read(path)?, Format::Pyc, &DecompileOptions::default())?;
//! for lost in done.incomplete() {
//!     eprintln!("{} on line {} is missing", lost.path, lost.firstlineno);
//! }
//! assert!(done.is_complete());
//! assert!(done.source.contains("Only a docstring."));
//! # Ok::<(), lancehead::Error>(())
//! ```

mod assemble;
mod check;
mod decompile;
mod diff;
mod disassemble;
mod error;
mod info;
pub mod input;
pub mod isolate;
mod json;
mod limits;
mod line_map;
mod load;
mod prove;
mod report;
mod source_text;
mod text;
mod verify;

pub use assemble::{AssemblyError, assemble, assembly};
pub use check::{CHECK_SCHEMA, Check, CheckedFunction, FoundDifference, check, optimisation_of};
pub use decompile::{UnknownPass, decompile, decompile_code, decompile_definition, dump_after};
pub use diff::{DIFF_SCHEMA, Diff, Method, Part};
pub use disassemble::{
    CacheRow, CodeListing, DIS_SCHEMA, Disassembly, ExceptionRow, InstructionRow, PrintOptions,
    write_disassembly,
};
pub use error::{Error, reason};
pub use info::{CodeInfo, HeaderInfo, INFO_SCHEMA, Info};
pub use json::{to_json, write_json};
pub use lancehead_ast::Layout;
pub use lancehead_code::listing::print::{AnsiText, PlainText, TokenClass, TokenSink};
pub use lancehead_decompile::{Form, pass_names};
pub use lancehead_ir::{Exhausted, Fuel, Limits};
pub use lancehead_pyc::co_flags::{Flag, flag_names, known_flags};
pub use lancehead_pyc::{CodeObject, Header, Magic, ReadError, Validation, Version, tame};
pub use load::{Format, Loaded};
pub use report::{DECOMPILE_SCHEMA, Decompilation, DecompileOptions, Fate, FunctionReport};
pub use text::HEADER_MARK;
pub use verify::Interpreter;
