//! From source text to the tree.
//!
//! The parser is ruff's; this module turns its tree into ours. String literals are decoded here again from the source,
//! because ruff's strings cannot hold the lone surrogates that Python's can.
//!
//! What CPython's own compiler would refuse for its depth is refused here too, so that the tree can be walked by plain
//! recursion.

mod expr;
mod fstring;
mod literal;
mod pattern;
mod stmt;

use std::cell::Cell;

use crate::node::{Expr, ExprKind, Module, Stmt, StmtKind};
use crate::syntax::Syntax;
use lancehead_pyc::Version;
use ruff_python_ast::{Mod, PythonVersion};
use ruff_python_parser::{Mode, ParseErrorType, ParseOptions, Parsed};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// How deep expressions and statements may be nested. CPython up to 3.11 refuses more than 3000.
pub const MAX_DEPTH: usize = 3000;
/// Below this much free stack, recursion goes on on a new piece of it.
const RED_ZONE: usize = 128 * 1024;
/// The size of such a piece.
const STACK_PIECE: usize = 2 * 1024 * 1024;
/// What dropping one level of ruff's tree may take of the stack.
const DROP_FRAME: usize = 512;
/// The most stack that is spent on dropping a tree; what might need more is leaked.
const MAX_DROP_STACK: usize = 1 << 30;

/// Why a text is not Python.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}")]
pub struct ParseError {
    /// What is wrong.
    pub message: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The offset in bytes.
    pub offset: usize,
}

/// What is wrong, and where: an error before the line is looked up.
#[derive(Debug)]
struct Fault {
    message: String,
    at: TextSize,
}

impl Fault {
    fn new(message: impl Into<String>, range: TextRange) -> Self {
        Fault { message: message.into(), at: range.start() }
    }
}

type Result<T, E = Fault> = std::result::Result<T, E>;

/// Whether `text` may stand where an annotation is written, and is nothing but one expression there: `x: text`,
/// `def f(x: text, y)`. A line break, a comma, a `#` or a bracket of its own would make other code of what follows.
pub fn is_annotation(text: &str, version: Version) -> bool {
    if text.chars().any(lancehead_pyc::is_wild) {
        return false;
    }
    let Ok(module) = parse_module(&format!("f({text}, 0)\n"), version) else { return false };
    let [Stmt { kind: StmtKind::Expr(Expr { kind: ExprKind::Call { args, keywords, .. }, .. }), .. }] =
        &module.body[..]
    else {
        return false;
    };
    let is_open = matches!(args.first().map(|arg| &arg.kind), Some(ExprKind::NamedExpr { .. }));
    args.len() == 2 && keywords.is_empty() && (!is_open || text.starts_with('('))
}

/// Parses the source text of a module.
///
/// Every node gets the line on which it begins. Docstrings are as the source spells them
/// ([`Docstrings::Exact`](crate::Docstrings::Exact)).
///
/// # Errors
/// The first thing that is no syntax of `version`, or nested deeper than [`MAX_DEPTH`].
pub fn parse_module(source: &str, version: Version) -> Result<Module, ParseError> {
    let source = source.strip_prefix('\u{FEFF}').unwrap_or(source);
    let lines = Lines::new(source);
    let target = PythonVersion { major: 3, minor: version.minor() };
    let parsed = ruff_python_parser::parse_unchecked(
        source,
        ParseOptions::from(Mode::Module).with_target_version(target),
    );
    let result = first_fault(&parsed, version).map_or_else(
        || Converter { source, lines: &lines, depth: 0, pattern_lines: Vec::new() }.module(parsed.syntax()),
        Err,
    );
    dispose(parsed, source.len(), result.is_ok());
    result.map_err(|fault| lines.error(source, fault))
}

fn first_fault(parsed: &Parsed<Mod>, version: Version) -> Option<Fault> {
    let errors = parsed.errors().iter().filter(|e| !is_allowed(&e.error, version));
    let errors = errors.map(|e| Fault::new(e.error.to_string(), e.location));
    let unsupported = parsed.unsupported_syntax_errors().iter().map(|e| Fault::new(e.to_string(), e.range()));
    errors.chain(unsupported).min_by_key(|fault| fault.at)
}

/// Whether an error is none in this version. The parser does not know yet that 3.15 takes `case +1:`, and reads it
/// as a mistake that it can mend.
fn is_allowed(error: &ParseErrorType, version: Version) -> bool {
    let is_plus =
        matches!(error, ParseErrorType::OtherError(text) if text.starts_with("Unary '+' is not allowed"));
    is_plus && Syntax::of(version).plus_in_patterns
}

/// Drops ruff's tree, which recurses, on a stack that is large enough. The depth of a tree that was not converted is
/// only known to be less than the length of its source.
fn dispose(parsed: Parsed<Mod>, source_len: usize, is_shallow: bool) {
    let depth = if is_shallow { MAX_DEPTH.min(source_len) } else { source_len };
    match depth.saturating_mul(DROP_FRAME) + STACK_PIECE {
        needed if needed > MAX_DROP_STACK => std::mem::forget(parsed),
        needed => stacker::maybe_grow(needed, needed, || drop(parsed)),
    }
}

/// Where lines begin. As in Python, a carriage return ends a line too.
struct Lines {
    starts: Vec<u32>,
    /// The index of the line that was asked for last: the next one is mostly the same, or near.
    last: Cell<usize>,
}

impl Lines {
    fn new(source: &str) -> Lines {
        let bytes = source.as_bytes();
        let start = |end: usize| u32::try_from(end + 1).unwrap_or(u32::MAX);
        let mut starts = Vec::with_capacity(16);
        starts.push(0);
        if memchr::memchr(b'\r', bytes).is_some() {
            let ends = bytes.iter().enumerate().filter(|(i, byte)| match byte {
                b'\n' => true,
                b'\r' => bytes.get(i + 1) != Some(&b'\n'),
                _ => false,
            });
            starts.extend(ends.map(|(i, _)| start(i)));
        } else {
            starts.extend(memchr::memchr_iter(b'\n', bytes).map(start));
        }
        Lines { starts, last: Cell::new(0) }
    }

    /// The line, from 1.
    fn at(&self, offset: TextSize) -> u32 {
        let offset = offset.to_u32();
        let last = self.last.get();
        let is_last = self.starts.get(last).is_some_and(|start| *start <= offset)
            && self.starts.get(last + 1).is_none_or(|next| offset < *next);
        if !is_last {
            self.last.set(self.starts.partition_point(|start| *start <= offset).saturating_sub(1));
        }
        u32::try_from(self.last.get() + 1).unwrap_or(u32::MAX)
    }

    fn error(&self, source: &str, fault: Fault) -> ParseError {
        let line = self.at(fault.at);
        let start = self.starts.get(line as usize - 1).map_or(0, |start| *start as usize);
        let before = source.get(start..fault.at.to_usize()).unwrap_or_default();
        let column = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
        ParseError { message: fault.message, line, column, offset: fault.at.to_usize() }
    }
}

/// Turns ruff's nodes into ours.
struct Converter<'s> {
    source: &'s str,
    lines: &'s Lines,
    depth: usize,
    /// The lines of the patterns of this `case`.
    pattern_lines: Vec<u32>,
}

impl<'s> Converter<'s> {
    fn module(&mut self, module: &Mod) -> Result<Module> {
        match module {
            Mod::Module(module) => Ok(Module { body: self.suite(&module.body)? }),
            Mod::Expression(expression) => Err(Fault::new("an expression, not a module", expression.range)),
        }
    }

    /// Goes one level deeper, on more stack when there is little left.
    fn nested<T>(&mut self, range: TextRange, convert: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Fault::new("too deeply nested", range));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(RED_ZONE, STACK_PIECE, || convert(self));
        self.depth -= 1;
        result
    }

    fn line(&self, range: TextRange) -> u32 {
        self.lines.at(range.start())
    }

    fn text(&self, range: TextRange) -> &'s str {
        self.source.get(range.to_std_range()).unwrap_or_default()
    }
}

#[cfg(test)]
mod annotation_tests {
    use super::*;

    #[test]
    fn text_that_is_more_than_an_expression_is_no_annotation() {
        for text in ["int", "a[b, 'c']", "(a, b)", "*Ts", "lambda: 0", "(y := 1)", "'x' if a else b", "'a#b'"]
        {
            assert!(is_annotation(text, Version::Py312), "{text}");
        }
        for text in [
            "a, b",
            "x): evil() #",
            "x #",
            "a=1",
            "y := 1",
            "a\nb",
            "x for x in y",
            "",
            "x), (y",
            "a; b",
            "x\u{2028}",
        ] {
            assert!(!is_annotation(text, Version::Py312), "{text}");
        }
    }
}
