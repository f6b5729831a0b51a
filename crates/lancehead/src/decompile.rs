//! Decompilation: bytes to source text, and what became of each function.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use lancehead_ast::{Layout, Module, PrintOptions, Stmt, StmtKind, print_module};
use lancehead_code::code_tree;
use lancehead_code::listing::print;
use lancehead_decompile::{Definition, Form, Options, Stage, decompile_module, pass_names};
use lancehead_pyc::{CodeObject, Object, ObjectRef, Version, tame};
use serde::Serialize;

use crate::disassemble::list;
use crate::load::{Format, Loaded};
use crate::{Error, PlainText};
use crate::{isolate, limits, prove};

/// The words that the first line of every output starts with; the last line, where the lines are those of the original.
pub const HEADER_MARK: &str = "# Decompiled by Lancehead ";

/// The version of the JSON form of [`Decompilation`], docs/decompile-schema.md. A field that is added keeps it, anything
/// else raises it.
pub const DECOMPILE_SCHEMA: &str = "lancehead.decompile/1";

/// How to decompile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecompileOptions {
    /// Whether the text is proven to mean what the bytecode does. Costs about as much again.
    pub check: bool,
    /// How the text is laid out.
    pub layout: Layout,
    /// Whether the text says who made it.
    pub header: bool,
    /// Whether the lines of the original are told beside those of the text.
    pub lines: bool,
    /// The form to try first.
    pub form: Form,
}

impl Default for DecompileOptions {
    fn default() -> Self {
        DecompileOptions {
            check: true,
            layout: Layout::Pretty,
            header: true,
            lines: false,
            form: Form::Exact,
        }
    }
}

/// Source text, and how sure it is.
#[derive(Debug, Clone, Serialize)]
pub struct Decompilation {
    /// [`DECOMPILE_SCHEMA`].
    pub schema: &'static str,
    /// The source. It holds a comment that starts with [`HEADER_MARK`].
    pub source: String,
    /// The Python version that it is for: `3.12`.
    pub python: String,
    /// The code objects of the input, in the order in which they stand in it.
    pub functions: Vec<FunctionReport>,
    /// Lines of the source, and those of the original that they stand for, if that was asked for.
    #[serde(skip)]
    pub lines: Vec<(u32, u32)>,
    /// What is odd about the input, or wrong with the output as a whole, one line each.
    pub warnings: Vec<String>,
}

/// What became of one code object.
#[derive(Debug, Clone, Serialize)]
pub struct FunctionReport {
    /// Its path of names from `<module>`, joined by dots: `<module>.Class.method`.
    pub path: String,
    /// Its first line in the original source.
    pub firstlineno: i32,
    /// What became of it.
    #[serde(flatten)]
    pub fate: Fate,
    /// What an interpreter of its version found, if one was asked: see [`Interpreter`](crate::Interpreter).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// The bounds on work that were hit while it was decompiled, by name, and how many times. Even code that is recovered may then be written
    /// in a plainer way than it could be.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub budgets: BTreeMap<&'static str, u32>,
}

/// What became of a code object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// The printed source, parsed again and compiled as its version's compiler would, does the same, step for step.
    Proven,
    /// The printed source is proven to do the same, though it compiles to other bytecode. So it is with code that no
    /// compiler made: what it keeps on the stack is in variables named `_stack_…`.
    Emulated,
    /// There is source, and it is not proven to do the same.
    Unproven {
        /// The first difference.
        difference: String,
        /// The byte offset in the bytecode at which it shows, where there is one.
        offset: Option<u32>,
        /// The line of the printed source, where there is one.
        line: Option<u32>,
    },
    /// There is source; nobody asked for a proof.
    Unchecked,
    /// There is a statement that raises in its place.
    NotRecovered {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for FunctionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {})", self.path, self.firstlineno)
    }
}

impl FunctionReport {
    /// Whether it has source.
    pub fn is_recovered(&self) -> bool {
        !matches!(self.fate, Fate::NotRecovered { .. })
    }

    /// Whether it has source that was checked and not proven.
    pub fn is_unproven(&self) -> bool {
        matches!(self.fate, Fate::Unproven { .. })
    }
}

impl Decompilation {
    /// Whether every function was recovered and, if that was asked for, proven.
    pub fn is_complete(&self) -> bool {
        let is_complete = |fate: &Fate| matches!(fate, Fate::Proven | Fate::Emulated | Fate::Unchecked);
        self.functions.iter().all(|function| is_complete(&function.fate))
    }

    /// The functions that were not recovered.
    pub fn incomplete(&self) -> impl Iterator<Item = &FunctionReport> {
        self.functions.iter().filter(|function| !function.is_recovered())
    }

    /// The functions whose source is not proven to do what the bytecode does.
    pub fn unproven(&self) -> impl Iterator<Item = &FunctionReport> {
        self.functions.iter().filter(|function| function.is_unproven())
    }
}

/// Decompiles the bytes of a `.pyc`, or of marshal data.
///
/// A function that cannot be recovered, or whose source is not proven, is no error: it says so where it stands, and in
/// [`Decompilation::functions`].
///
/// # Errors
/// See [`Loaded::read`].
pub fn decompile(bytes: &[u8], format: Format, options: &DecompileOptions) -> Result<Decompilation, Error> {
    let loaded = Loaded::read(bytes, format)?;
    let mut decompilation = decompile_code(loaded.code(), options);
    decompilation.warnings.splice(0..0, loaded.warnings);
    Ok(decompilation)
}

/// Decompiles a code object: a module's, or one that stands alone, as a function's does. It never fails: see
/// [`decompile`].
///
/// Uses up to [`isolate::STACK_SIZE`] of stack: call it on a thread that has it.
pub fn decompile_code(code: &CodeObject, options: &DecompileOptions) -> Decompilation {
    const FUNCTION: u32 = 0x1 | 0x2;
    let alone = Definition { name: code.name.clone(), ..Definition::default() };
    decompile_definition(code, (code.flags & FUNCTION == FUNCTION).then_some(&alone), options)
}

/// [`decompile_code`] for code of which more is known: what the function that it belongs to has besides; `None` for a
/// module.
pub fn decompile_definition(
    code: &CodeObject,
    definition: Option<&Definition>,
    options: &DecompileOptions,
) -> Decompilation {
    if let Some(error) = code_tree(code).iter().find_map(|(_, code)| limits::check_length(code).err()) {
        return given_up(code, &error.to_string());
    }
    isolate::catch(|| prove::decompiled(code, definition, options))
        .unwrap_or_else(|error| given_up(code, &error.to_string()))
}

/// A pass that there is none of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no pass {0}; there are all, {names}", names = pass_names().collect::<Vec<_>>().join(", "))]
pub struct UnknownPass(pub String);

/// The control-flow graphs of `code`, and of the code objects within it, as they are after the pass named `pass` (one of
/// [`pass_names`]); after every pass if it is `all`. For whoever works on the decompiler.
///
/// # Errors
/// If there is no such pass.
pub fn dump_after(code: &CodeObject, pass: &str) -> Result<String, UnknownPass> {
    if pass != "all" && !pass_names().any(|name| name == pass) {
        return Err(UnknownPass(pass.to_owned()));
    }
    let text = RefCell::new(String::new());
    let dump = |path: &str, after: &str, stage: Stage<'_>| {
        if pass == after || pass == "all" {
            let shown = match stage {
                Stage::Graph(graph) => graph.to_string(),
                Stage::Statements(suite) => {
                    let module = Module { body: suite.to_vec() };
                    print_module(&module, &PrintOptions::new(code.version)).source
                }
            };
            text.borrow_mut().push_str(&format!("{}, after {after}:\n{shown}\n", tame(path)));
        }
    };
    let options = Options { dump: Some(&dump), ..Options::default() };
    decompile_module(code, &options);
    Ok(text.into_inner())
}

/// The text of a module, with the header that says who made it.
pub(crate) struct Text {
    pub source: String,
    pub warnings: Vec<String>,
    /// The line of each statement, in order.
    pub statements: Vec<u32>,
}

impl Text {
    /// Prints a module. `notes` are comments on it as a whole; where lines are kept, they and the header are at its end.
    pub fn of(module: &Module, version: Version, options: &DecompileOptions, notes: &[String]) -> Text {
        let layout = options.layout;
        let mut header = String::new();
        if options.header {
            header +=
                &format!("{HEADER_MARK}{} from Python {version} bytecode.\n", env!("CARGO_PKG_VERSION"));
        }
        for note in notes {
            header += &format!("# {}\n", tame(note));
        }
        let mut print = PrintOptions::new(version);
        print.layout = layout;
        let mut printed = print_module(module, &print);
        if layout != Layout::Lines {
            let before = header.lines().count() as u32;
            printed.statements.iter_mut().for_each(|line| *line += before);
        }
        let source = match layout {
            _ if header.is_empty() => printed.source,
            Layout::Lines => printed.source + &header,
            _ => header + &printed.source,
        };
        let warnings = printed.problems.iter().map(|problem| format!("output {problem}")).collect();
        Text { source, warnings, statements: printed.statements }
    }
}

/// The output for an input on which the decompiler itself failed: its disassembly, and a statement that raises.
fn given_up(code: &CodeObject, reason: &str) -> Decompilation {
    let functions = code_tree(code).into_iter().map(|(_, code)| FunctionReport {
        path: code.qualname.to_string(),
        firstlineno: code.firstlineno,
        fate: Fate::NotRecovered { reason: reason.to_owned() },
        verified: None,
        budgets: BTreeMap::new(),
    });
    let functions: Vec<FunctionReport> = functions.collect();
    let stmt = StmtKind::Unrecovered { reason: reason.to_owned(), listing: listing_lines(code) };
    let module = Module { body: vec![Stmt::new(stmt)] };
    let notes = [prove::missing_note(functions.len(), functions.len())];
    let Text { source, warnings, .. } = Text::of(&module, code.version, &DecompileOptions::default(), &notes);
    Decompilation {
        schema: DECOMPILE_SCHEMA,
        source,
        python: code.version.to_string(),
        functions,
        lines: Vec::new(),
        warnings,
    }
}

pub(crate) fn listing_lines(code: &CodeObject) -> Vec<String> {
    let mut text = String::new();
    match list(&short_enough(code)) {
        Ok(listing) => {
            // Writing to a `String` cannot fail.
            let _ = print::print(&listing, print::PrintOptions::default(), &mut PlainText(&mut text));
            text.lines().map(str::to_owned).collect()
        }
        Err(reason) => vec![format!("cannot be listed: {reason}")],
    }
}

/// The code object itself, or, where its constants are long and many instructions may load them, without the text of those.
fn short_enough(code: &CodeObject) -> Cow<'_, CodeObject> {
    const MOST: usize = 16 << 20;
    const SHORT: usize = 1000;
    let length = |object: &ObjectRef| match &**object {
        Object::Str(text) => text.as_bytes().len(),
        Object::Bytes(bytes) => bytes.len(),
        Object::Tuple(items) | Object::FrozenSet(items) => items.len(),
        _ => 0,
    };
    let longest = code.consts.iter().map(length).max().unwrap_or(0);
    if longest.saturating_mul(code.code.len() / 2) <= MOST {
        return Cow::Borrowed(code);
    }
    let mut code = code.clone();
    for object in code.consts.iter_mut().filter(|object| length(object) > SHORT) {
        *object = Object::Str(format!("a constant of length {}", length(object)).into()).into();
    }
    Cow::Owned(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture() -> Loaded {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pyc/3.12/only_docstring.pyc");
        Loaded::read(&std::fs::read(path).unwrap(), Format::Pyc).unwrap()
    }

    #[test]
    fn the_first_line_says_who_made_it() {
        let done = decompile_code(fixture().code(), &DecompileOptions::default());
        assert!(done.is_complete());
        assert!(done.source.starts_with(HEADER_MARK));
    }

    #[test]
    fn an_unknown_pass_is_an_error_that_lists_the_known_ones() {
        let error = dump_after(fixture().code(), "nosuchpass").unwrap_err().to_string();
        assert!(error.starts_with("there is no pass nosuchpass; there are all, lift, "), "{error}");
        assert!(dump_after(fixture().code(), "lift").unwrap().contains("entry b0"));
    }

    #[test]
    fn endless_bytecode_is_left_alone() {
        let mut code = fixture().code().clone();
        code.code = vec![0; limits::MAX_CODE_BYTES + 2];
        let done = decompile_code(&code, &DecompileOptions::default());
        assert!(!done.is_complete());
        assert!(done.source.contains("bytes; no more than"), "{}", done.source);
        assert!(done.source.len() < 1000);
    }
}
