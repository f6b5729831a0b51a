//! What two code objects of one version do differently.
//!
//! Compared is what an interpreter would notice: what each path does, which handler protects it, parameters, variables,
//! flags and docstrings, of all nested code objects. Offsets, the order of constants, names and blocks, copies of blocks,
//! line numbers, file names, and how instructions are encoded do not count.

mod lines;
mod nodes;
mod walk;

use lancehead_pyc::co_flags::{HAS_DOCSTRING, NOFREE, OPTIMIZED, VARARGS, VARKEYWORDS};
use lancehead_pyc::{CodeObject, Object, PyStr};
use rustc_hash::FxHashMap;

use crate::program::ReadCodeError;
use crate::repr;
pub use lines::{Change, changes};
use nodes::Nodes;

/// A difference between two trees of code objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The code object, by the names of those around it: `<module>.Class.method`.
    pub path: String,
    /// What differs.
    pub kind: DifferenceKind,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The second tree has no such code object.
    OnlyInFirst,
    /// The first tree has no such code object.
    OnlyInSecond,
    /// A field differs.
    Field {
        /// Which.
        name: &'static str,
        /// Its value in the first.
        first: String,
        /// Its value in the second.
        second: String,
    },
    /// The bytecode differs.
    Code {
        /// Where the paths first part, and how.
        reason: String,
        /// The instructions of both, without labels.
        changes: Vec<Change>,
    },
    /// Not everything could be read, so that nothing is known.
    Unreadable {
        /// Why.
        error: ReadCodeError,
    },
}

/// Compares two trees of code objects of one version. Empty when they do the same.
pub fn diff(first: &CodeObject, second: &CodeObject) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut waiting = vec![(first.name.to_string_lossy().into_owned(), first, second)];
    while let Some((path, first, second)) = waiting.pop() {
        let mut push = |kind| found.push(Difference { path: path.clone(), kind });
        fields(first, second, &mut push);
        let (a, b) = match (Nodes::of(first), Nodes::of(second)) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(error), _) | (_, Err(error)) => {
                push(DifferenceKind::Unreadable { error });
                continue;
            }
        };
        if let Some(parting) = walk::first_difference(&a, &b) {
            push(DifferenceKind::Code {
                reason: parting.describe(&a, &b),
                changes: changes(&a.texts(), &b.texts()),
            });
        }
        let mut theirs: FxHashMap<&str, &CodeObject> =
            b.nested.iter().map(|(key, code)| (key.as_str(), *code)).collect();
        let below = |code: &CodeObject| format!("{path}.{}", code.name.to_string_lossy());
        let mut pairs = Vec::new();
        for (key, mine) in &a.nested {
            match theirs.remove(key.as_str()) {
                Some(other) => pairs.push((below(mine), *mine, other)),
                None => found.push(Difference { path: below(mine), kind: DifferenceKind::OnlyInFirst }),
            }
        }
        let left = b.nested.iter().filter(|(key, _)| theirs.contains_key(key.as_str()));
        found.extend(
            left.map(|(_, code)| Difference { path: below(code), kind: DifferenceKind::OnlyInSecond }),
        );
        waiting.extend(pairs.into_iter().rev());
    }
    found
}

fn fields(first: &CodeObject, second: &CodeObject, push: &mut impl FnMut(DifferenceKind)) {
    type Field = (&'static str, fn(&CodeObject) -> String);
    let fields: [Field; 8] = [
        ("co_name", |code| code.name.to_string_lossy().into_owned()),
        ("co_qualname", |code| code.qualname.to_string_lossy().into_owned()),
        ("parameters", parameters),
        // `NOFREE` follows from the variables.
        ("co_flags", |code| format!("{:#x}", code.flags & !NOFREE)),
        ("co_freevars", |code| sorted(&code.freevars)),
        ("co_cellvars", |code| sorted(&code.cellvars)),
        ("local variables", |code| sorted(&code.varnames)),
        ("docstring", docstring),
    ];
    for (name, value) in fields {
        let (first, second) = (value(first), value(second));
        if first != second {
            push(DifferenceKind::Field { name, first, second });
        }
    }
}

fn parameters(code: &CodeObject) -> String {
    let starred = [VARARGS, VARKEYWORDS].into_iter().filter(|flag| code.flags & flag != 0).count();
    let count = code.argcount as usize + code.kwonlyargcount as usize + starred;
    let names: Vec<_> = code.varnames.iter().take(count).map(PyStr::to_string_lossy).collect();
    let (only, all, keyword) = (code.posonlyargcount, code.argcount, code.kwonlyargcount);
    format!("{} ({only} positional-only, {all} positional, {keyword} keyword-only)", names.join(", "))
}

fn sorted(names: &[PyStr]) -> String {
    let mut names: Vec<_> = names.iter().map(PyStr::to_string_lossy).collect();
    names.sort();
    names.join(", ")
}

/// What becomes `__doc__`: the first constant, if it is text.
fn docstring(code: &CodeObject) -> String {
    let says_so = !code.version.flags_docstrings() || code.flags & HAS_DOCSTRING != 0;
    match code.consts.first().map(|constant| &**constant) {
        Some(text @ Object::Str(_)) if code.flags & OPTIMIZED != 0 && says_so => repr(text),
        _ => "None".to_owned(),
    }
}
