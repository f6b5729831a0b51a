//! Decompilation: bytes to source text, and what became of each function.

use std::cell::RefCell;
use std::collections::BTreeMap;

use lancehead_ast::{Module, PrintOptions, Stmt, StmtKind, print_module};
use lancehead_code::code_tree;
use lancehead_decompile::{Definition, Options, Stage, decompile_module, pass_names};
use lancehead_pyc::{CodeObject, co_flags, tame};

use crate::Error;
use crate::load::{Format, Loaded};
use crate::report::{DECOMPILE_SCHEMA, Decompilation, DecompileOptions, Fate, FunctionReport};
use crate::text::{Text, listing_lines};
use crate::{isolate, limits, prove};

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
    let alone = Definition { name: code.name.clone(), ..Definition::default() };
    decompile_definition(
        code,
        (code.flags & co_flags::FUNCTION == co_flags::FUNCTION).then_some(&alone),
        options,
    )
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
        compiled_by: None,
        renamed: Default::default(),
        functions,
        lines: Vec::new(),
        warnings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::HEADER_MARK;

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
