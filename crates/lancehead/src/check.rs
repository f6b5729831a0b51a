//! Does this source belong to this bytecode?

use std::fmt;

use lancehead_ast::parse_module;
use lancehead_check::{Checked, CodeVerdict, DifferenceKind, Equality, examine_module};
use lancehead_pyc::CodeObject;
use serde::Serialize;

use crate::Error;
use crate::source_text::decode;

/// The version of the JSON form of [`Check`], docs/check-schema.md. A field that is added keeps it, anything else raises
/// it.
pub const CHECK_SCHEMA: &str = "lancehead.check/1";

/// The verdict on source and bytecode.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// [`CHECK_SCHEMA`].
    pub schema: &'static str,
    /// The Python version of the bytecode: `3.12`.
    pub python: String,
    /// The level of optimisation that it was compiled with, as far as is known: 1 drops `assert`, 2 docstrings too.
    pub optimize: u8,
    /// The patch releases that compile the source to the bytecode, if only some of the version do:
    /// `3.13.1–3.13.3 or ≥ 3.13.5`.
    pub compiled_by: Option<String>,
    /// The code objects of the bytecode, in the order in which they stand in it.
    pub functions: Vec<CheckedFunction>,
}

/// The verdict on one code object.
#[derive(Debug, Clone, Serialize)]
pub struct CheckedFunction {
    /// Its path of names from `<module>`, joined by dots: `<module>.Class.method`.
    pub path: String,
    /// Its first line, as the bytecode has it.
    pub firstlineno: u32,
    /// Where source and bytecode part; null when they are equal.
    pub difference: Option<FoundDifference>,
}

/// The first difference between source and bytecode.
#[derive(Debug, Clone, Serialize)]
pub struct FoundDifference {
    /// `header`, `instruction`, `missing`, `bytecode`, `unsupported` or `emulated`.
    pub kind: &'static str,
    /// What the bytecode says.
    pub bytecode: String,
    /// What the source says.
    pub source: String,
    /// The byte offset in the bytecode, where there is one.
    pub offset: Option<u32>,
    /// The line of the source, where there is one.
    pub line: Option<u32>,
    /// All of it, for people.
    pub text: String,
}

impl Check {
    /// Whether all is equal.
    pub fn is_equal(&self) -> bool {
        self.different().next().is_none()
    }

    /// The code objects for which source and bytecode differ.
    pub fn different(&self) -> impl Iterator<Item = &CheckedFunction> {
        self.functions.iter().filter(|function| function.difference.is_some())
    }
}

impl fmt::Display for CheckedFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {})", self.path, self.firstlineno)?;
        match &self.difference {
            Some(difference) => write!(f, ": {}", difference.text),
            None => Ok(()),
        }
    }
}

impl From<CodeVerdict> for CheckedFunction {
    fn from(verdict: CodeVerdict) -> CheckedFunction {
        let difference = verdict.difference.map(|difference| FoundDifference {
            kind: match difference.kind {
                DifferenceKind::Header => "header",
                DifferenceKind::Instruction => "instruction",
                DifferenceKind::Missing => "missing",
                DifferenceKind::Bytecode => "bytecode",
                DifferenceKind::Unsupported => "unsupported",
            },
            text: difference.to_string(),
            bytecode: difference.bytecode,
            source: difference.source,
            offset: difference.offset,
            line: difference.line,
        });
        // The bytecode was not made of a source that only does the same.
        let difference = match verdict.equality {
            Equality::Emulated => difference.or_else(|| Some(emulated())),
            Equality::Exact => difference,
        };
        CheckedFunction { path: verdict.path, firstlineno: verdict.first_line, difference }
    }
}

fn emulated() -> FoundDifference {
    let text = "does the same, but no compiler makes the bytecode of the source";
    let (bytecode, source) = (String::new(), text.to_owned());
    FoundDifference { kind: "emulated", bytecode, source, offset: None, line: None, text: text.to_owned() }
}

/// Compiles `source` as CPython of the bytecode's version would, and compares, code object by code object.
///
/// `source` is the bytes of a file: its encoding is found as CPython finds it. `optimize` is the level that the bytecode
/// was compiled with (`-O` is 1, `-OO` is 2); without it the first that makes them equal is taken, and 0 if none does.
/// Uses up to [`isolate::STACK_SIZE`](crate::isolate::STACK_SIZE) of stack.
///
/// # Errors
/// [`Error::Encoding`] and [`Error::Syntax`] when `source` is no Python of the bytecode's version.
pub fn check(source: &[u8], code: &CodeObject, optimize: Option<u8>) -> Result<Check, Error> {
    let module = parse_module(&decode(source)?, code.version).map_err(Error::Syntax)?;
    let at = |level| {
        let Checked { verdicts, releases } = examine_module(code, &module, level);
        Check {
            schema: CHECK_SCHEMA,
            python: code.version.to_string(),
            optimize: level,
            compiled_by: releases.map(|releases| releases.to_string()),
            functions: verdicts.into_iter().map(Into::into).collect(),
        }
    };
    let Some(level) = optimize else {
        let plain = at(0);
        return Ok(match plain.is_equal() {
            true => plain,
            false => [1, 2].into_iter().map(at).find(Check::is_equal).unwrap_or(plain),
        });
    };
    Ok(at(level))
}

/// The level of optimisation that the name of a `.pyc` tells (PEP 488): 2 for `mod.cpython-312.opt-2.pyc`; 0 for
/// `mod.cpython-312.pyc`. `None` for a name without the tag of an implementation.
pub fn optimisation_of(name: &str) -> Option<u8> {
    let stem = name.strip_suffix(".pyc")?;
    let (rest, last) = stem.rsplit_once('.')?;
    match last.strip_prefix("opt-") {
        Some(level) => level.parse().ok().filter(|level| *level <= 2 && !rest.is_empty()),
        None => last.starts_with("cpython-").then_some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optimisation_by_name() {
        assert_eq!(optimisation_of("m.cpython-312.pyc"), Some(0));
        assert_eq!(optimisation_of("a/m.cpython-312.opt-1.pyc"), Some(1));
        assert_eq!(optimisation_of("m.pyc"), None);
        assert_eq!(optimisation_of("m.opt-9.pyc"), None);
    }
}
