//! What two inputs do differently.

use std::fmt;

use lancehead_ast::{Module, PrintOptions, print_module};
use lancehead_check::check_module_optimized;
use lancehead_code::diff::{self, Change, Difference, DifferenceKind};
use lancehead_code::{authentic, code_tree};
use lancehead_decompile::{Options, Status, decompile_module};
use lancehead_pyc::CodeObject;
use serde::Serialize;

use crate::Loaded;

/// The schema of the JSON that a [`Diff`] serialises to.
pub const DIFF_SCHEMA: &str = "lancehead.diff/1";

/// The levels of `python -O`.
const OPTIMIZATIONS: [u8; 3] = [0, 1, 2];

/// Lines shown before and after each change.
const CONTEXT: usize = 3;

/// What two inputs do differently. Displayed, it is a report for people; serialised, the JSON of [`DIFF_SCHEMA`].
///
/// ```
/// use lancehead::{Diff, Format, Loaded};
///
/// let read = |version| {
///     let path = format!("{}/../../fixtures/pyc/{version}/only_docstring.pyc", env!("CARGO_MANIFEST_DIR"));
///     Loaded::read(&std::fs::read(path).unwrap(), Format::Pyc).unwrap()
/// };
/// assert!(Diff::of(&read("3.8"), &read("3.13")).equal);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// [`DIFF_SCHEMA`].
    pub schema: &'static str,
    /// The versions of both: `3.12`.
    pub python: [String; 2],
    /// How they were compared.
    pub method: Method,
    /// Whether they do the same.
    pub equal: bool,
    /// What differs.
    pub parts: Vec<Part>,
}

/// How two inputs were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Their bytecode, walked in lock-step: inputs of one version.
    Bytecode,
    /// The source that each is decompiled to, and whether it is proven to belong to the bytecode of the other: inputs of
    /// two versions. What is said to differ may yet do the same.
    Source,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The code object, by the names of those around it: `<module>.Class.method`.
    pub path: String,
    /// What differs, in a few words.
    pub what: String,
    /// Lines of both, as in a unified diff: the first character is ` `, `-` or `+`.
    pub lines: Vec<String>,
}

impl Diff {
    /// Compares two inputs. See [`Method`] for how.
    pub fn of(first: &Loaded, second: &Loaded) -> Diff {
        let versions = [first.code().version, second.code().version];
        let (method, mut parts) = if versions[0] == versions[1] {
            (Method::Bytecode, diff::diff(first.code(), second.code()).into_iter().map(part).collect())
        } else {
            (Method::Source, sources(first, second))
        };
        if first.code() != second.code() {
            parts.extend(oddities(first, "in the first"));
            parts.extend(oddities(second, "in the second"));
        }
        let python = versions.map(|version| version.to_string());
        Diff { schema: DIFF_SCHEMA, python, method, equal: parts.is_empty(), parts }
    }
}

/// What no compiler writes, and what the interpreter therefore does is not known. `which` says in which input.
fn oddities(loaded: &Loaded, which: &str) -> Vec<Part> {
    let of_code = |code: &CodeObject| {
        let odd = authentic(code).into_iter().find(|oddity| oddity.matters)?;
        Some(Part { path: code.qualname.to_string(), what: format!("{which}, {odd}"), lines: Vec::new() })
    };
    code_tree(loaded.code()).into_iter().filter_map(|(_, code)| of_code(code)).collect()
}

fn part(difference: Difference) -> Part {
    let Difference { path, kind } = difference;
    let (what, lines) = match kind {
        DifferenceKind::OnlyInFirst => ("only in the first".to_owned(), Vec::new()),
        DifferenceKind::OnlyInSecond => ("only in the second".to_owned(), Vec::new()),
        DifferenceKind::Field { name, first, second } => {
            (format!("{name} differs"), vec![format!("-{first}"), format!("+{second}")])
        }
        DifferenceKind::Code { reason, changes } => (reason, shown(&changes)),
        DifferenceKind::Unreadable { error } => (format!("cannot be compared: {error}"), Vec::new()),
    };
    Part { path, what, lines }
}

/// Changes with some context; what lies between is left out.
fn shown(changes: &[Change]) -> Vec<String> {
    let is_near = |at: usize| {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(changes.len());
        changes[around].iter().any(|change| !matches!(change, Change::Same(_)))
    };
    let mut lines = Vec::new();
    let mut skipped = false;
    for (at, change) in changes.iter().enumerate() {
        if !is_near(at) {
            skipped = true;
            continue;
        }
        if std::mem::take(&mut skipped) {
            lines.push("@@".to_owned());
        }
        lines.push(match change {
            Change::Same(line) => format!(" {line}"),
            Change::Removed(line) => format!("-{line}"),
            Change::Added(line) => format!("+{line}"),
        });
    }
    lines
}

/// Compares what both are decompiled to, printed for one version.
///
/// A compiler that wrote one thing as another is spelt otherwise by the decompiler, too; then it is proven, if it can be,
/// that the source of one belongs to the bytecode of the other.
fn sources(first: &Loaded, second: &Loaded) -> Vec<Part> {
    let (a, b) = match (source(first), source(second)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(part), _) | (_, Err(part)) => return vec![part],
    };
    let version = first.code().version.max(second.code().version);
    let print = |module: &Module| print_module(module, &PrintOptions::new(version)).source;
    let (printed_a, printed_b) = (print(&a), print(&b));
    if printed_a == printed_b || belongs(&a, second) || belongs(&b, first) {
        return Vec::new();
    }
    let (a, b) = (printed_a, printed_b);
    let (a, b): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
    let what = "they are decompiled to source that differs".to_owned();
    vec![Part { path: first.code().name.to_string(), what, lines: shown(&diff::changes(&a, &b)) }]
}

fn source(loaded: &Loaded) -> Result<Module, Part> {
    let decompiled = decompile_module(loaded.code(), &Options::default());
    for function in decompiled.functions {
        if let Status::NotRecovered { reason } = function.status {
            let what = format!("cannot be compared: not decompiled: {reason}");
            return Err(Part { path: function.path, what, lines: Vec::new() });
        }
    }
    Ok(decompiled.module)
}

/// Whether this source is proven to be that of `loaded`, compiled with whatever optimisation.
fn belongs(module: &Module, loaded: &Loaded) -> bool {
    OPTIMIZATIONS.iter().any(|&level| {
        let verdicts = check_module_optimized(loaded.code(), module, level);
        verdicts.iter().all(|verdict| verdict.difference.is_none())
    })
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Part { path, what, lines } in &self.parts {
            writeln!(f, "{path}: {what}")?;
            lines.iter().try_for_each(|line| writeln!(f, "    {line}"))?;
        }
        Ok(())
    }
}
