//! Decompilation: bytes to source text, and what became of each function.

use std::cell::RefCell;

use lancehead_ast::{Module, PrintOptions, Stmt, StmtKind, print_module};
use lancehead_code::code_tree;
use lancehead_code::listing::print;
use lancehead_decompile::{Options, Status, decompile_module};
use lancehead_ir::Graph;
use lancehead_pyc::{CodeObject, Version};
use serde::Serialize;

use crate::disassemble::list;
use crate::load::{Format, Loaded};
use crate::{Error, PlainText};
use crate::{isolate, limits};

/// The words that the first line of every output starts with. A file that starts with them was made by Lancehead.
pub const HEADER_MARK: &str = "# Decompiled by Lancehead ";

/// Source text, and how sure it is.
#[derive(Debug, Clone, Serialize)]
pub struct Decompilation {
    /// The source. Its first line is a comment that starts with [`HEADER_MARK`].
    pub source: String,
    /// The Python version that it is for: `3.12`.
    pub python: String,
    /// The code objects of the input, in the order in which they stand in it.
    pub functions: Vec<FunctionReport>,
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
    /// Why it could not be recovered; null if it was.
    pub failure: Option<String>,
}

impl From<lancehead_decompile::FunctionReport> for FunctionReport {
    fn from(report: lancehead_decompile::FunctionReport) -> FunctionReport {
        let failure = match report.status {
            Status::Recovered => None,
            Status::NotRecovered { reason } => Some(reason),
        };
        FunctionReport { path: report.path, firstlineno: report.first_line, failure }
    }
}

impl Decompilation {
    /// Whether every function was recovered, and can be written in its version's syntax.
    pub fn is_complete(&self) -> bool {
        self.incomplete().next().is_none()
    }

    /// The functions that were not recovered.
    pub fn incomplete(&self) -> impl Iterator<Item = &FunctionReport> {
        self.functions.iter().filter(|function| function.failure.is_some())
    }
}

/// Decompiles the bytes of a `.pyc`, or of marshal data.
///
/// A function that cannot be recovered is no error: it says so where it stands, and in [`Decompilation::functions`].
///
/// # Errors
/// See [`Loaded::read`].
pub fn decompile(bytes: &[u8], format: Format) -> Result<Decompilation, Error> {
    let loaded = Loaded::read(bytes, format)?;
    let mut decompilation = decompile_code(loaded.code());
    decompilation.warnings.splice(0..0, loaded.warnings);
    Ok(decompilation)
}

/// Decompiles a module's code object. It never fails: see [`decompile`].
///
/// Uses up to [`isolate::STACK_SIZE`] of stack: call it on a thread that has it.
pub fn decompile_code(code: &CodeObject) -> Decompilation {
    if let Some(error) = code_tree(code).iter().find_map(|(_, code)| limits::check_length(code).err()) {
        return given_up(code, error.to_string());
    }
    isolate::catch(|| structured(code)).unwrap_or_else(|error| given_up(code, error.to_string()))
}

/// The control-flow graphs of `code`, and of the code objects within it, as they are after the pass named `pass`; after
/// every pass if it is `all`. For whoever works on the decompiler.
pub fn dump_after(code: &CodeObject, pass: &str) -> String {
    let text = RefCell::new(String::new());
    let dump = |path: &str, after: &str, graph: &Graph| {
        if pass == after || pass == "all" {
            text.borrow_mut().push_str(&format!("{path}, after {after}:\n{graph}\n"));
        }
    };
    let options = Options { dump: Some(&dump), ..Options::default() };
    decompile_module(code, &options);
    text.into_inner()
}

fn structured(code: &CodeObject) -> Decompilation {
    let options = Options { listing: &listing_lines, ..Options::default() };
    let decompiled = decompile_module(code, &options);
    let functions = decompiled.functions.into_iter().map(FunctionReport::from).collect();
    finish(&decompiled.module, code.version, functions)
}

fn finish(module: &Module, version: Version, functions: Vec<FunctionReport>) -> Decompilation {
    let printed = print_module(module, &PrintOptions::new(version));
    let failed = functions.iter().filter(|function| function.failure.is_some()).count();
    let mut source = format!("{HEADER_MARK}{} from Python {version} bytecode.\n", env!("CARGO_PKG_VERSION"));
    if failed > 0 {
        let all = functions.len();
        source += &format!(
            "# Not all of it was recovered: {failed} of {all} code objects are missing; each says so.\n"
        );
    }
    source += &printed.source;
    let warnings = printed.problems.iter().map(|problem| format!("output {problem}")).collect();
    Decompilation { source, python: version.to_string(), functions, warnings }
}

/// The output for an input on which the decompiler itself failed: its disassembly, and a statement that raises.
fn given_up(code: &CodeObject, reason: String) -> Decompilation {
    let functions = code_tree(code).into_iter().map(|(_, code)| FunctionReport {
        path: code.qualname.to_string(),
        firstlineno: code.firstlineno,
        failure: Some(reason.clone()),
    });
    let functions = functions.collect();
    let listing = listing_lines(code);
    let body = vec![Stmt::new(StmtKind::Unrecovered { reason, listing })];
    finish(&Module { body }, code.version, functions)
}

fn listing_lines(code: &CodeObject) -> Vec<String> {
    let mut text = String::new();
    match list(code) {
        Ok(listing) => {
            // Writing to a `String` cannot fail.
            let _ = print::print(&listing, print::PrintOptions::default(), &mut PlainText(&mut text));
            text.lines().map(str::to_owned).collect()
        }
        Err(reason) => vec![format!("cannot be listed: {reason}")],
    }
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
        let done = decompile_code(fixture().code());
        assert!(done.is_complete());
        assert!(done.source.starts_with(HEADER_MARK));
    }

    #[test]
    fn endless_bytecode_is_left_alone() {
        let mut code = fixture().code().clone();
        code.code = vec![0; limits::MAX_CODE_BYTES + 2];
        let done = decompile_code(&code);
        assert!(!done.is_complete());
        assert!(done.source.contains("bytes; no more than"), "{}", done.source);
        assert!(done.source.len() < 1000);
    }
}
