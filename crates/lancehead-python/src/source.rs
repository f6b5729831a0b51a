//! Source of code, and how sure it is.

use lancehead::{Decompilation, DecompileOptions, Fate, FunctionReport, decompile_definition};
use lancehead_ast::Layout;
use lancehead_decompile::{Definition, Form};
use lancehead_pyc::CodeObject;

use crate::stack;

/// How to decompile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    pub layout: Layout,
    pub check: bool,
    /// Whether the lines of the original are asked for.
    pub lines: bool,
    /// The form to try first.
    pub form: Form,
}

/// Decompiles a module, or, with a definition, code that stands alone.
pub(crate) fn decompile(code: &CodeObject, definition: Option<Definition>, how: How) -> Decompilation {
    let mut options = DecompileOptions::default();
    options.layout = how.layout;
    options.check = how.check;
    options.lines = how.lines;
    options.form = how.form;
    options.header = false;
    stack::for_code(code, || decompile_definition(code, definition.as_ref(), &options))
}

/// What Python is told of a code object: path, first line, fate, detail, offset, line of the source.
pub(crate) type Row = (String, i64, &'static str, Option<String>, Option<u32>, Option<u32>);

/// What Python is told of a code object.
pub(crate) fn row(function: FunctionReport) -> Row {
    let (fate, detail, offset, line) = match function.fate {
        Fate::Proven => ("proven", None, None, None),
        Fate::Emulated => ("emulated", None, None, None),
        Fate::Unproven { difference, offset, line } => ("unproven", Some(difference), offset, line),
        Fate::Unchecked => ("unchecked", None, None, None),
        Fate::NotRecovered { reason } => ("not_recovered", Some(reason), None, None),
    };
    let path = function.path.strip_prefix("<module>.").map(str::to_owned).unwrap_or(function.path);
    (path, function.firstlineno.into(), fate, detail, offset, line)
}
