//! Whether two code objects do the same.

use lancehead_ir::Temporaries;
use lancehead_pyc::{CodeObject, PyStr, co_flags};

use crate::act::{Act, Program};
use crate::dialect::Dialect;
use crate::difference::{Difference, DifferenceKind};
use crate::intern::Interner;
use crate::loosen::has_temporaries;
use crate::read::{child, read};
use crate::show;
use crate::verdict::{self, difference, own_variables, unreadable};
use crate::walk::{Likeness, Sight};

/// The path of names and the first difference of two code objects of one version, or of code objects within them that
/// stand for each other; `None` if they do the same.
///
/// Parameters, variables of enclosing scopes in their order, cell variables, flags and instructions must agree; qualified
/// names, first lines and line tables need not. In the difference, what is said of "source" is said of `other`.
pub fn first_difference(code: &CodeObject, other: &CodeObject) -> Option<(String, Difference)> {
    let dialect = Dialect::of(code.version);
    let path = code.name.to_string_lossy().into_owned();
    compare(code, other, Closures::InOrder, &dialect, &mut Interner::new(), path)
}

/// How functions find the variables of functions around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closures {
    /// By their place.
    InOrder,
    /// By name: the code that makes the function puts them in its order, and was walked so.
    ByName,
}

fn compare(
    code: &CodeObject,
    other: &CodeObject,
    closures: Closures,
    dialect: &Dialect,
    interner: &mut Interner,
    path: String,
) -> Option<(String, Difference)> {
    if let Some((bytecode, source)) = header_difference(code, other, closures) {
        let kind = DifferenceKind::Header;
        return Some((path, Difference { kind, offset: None, line: None, bytecode, source }));
    }
    let mut program = |code: &CodeObject| read(code, dialect, interner).map_err(unreadable);
    let (a, b) = match (program(code), program(other)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(fault), _) | (_, Err(fault)) => return Some((path, fault)),
    };
    let b = with_tests_as_sources(b, dialect);
    let loosely = Likeness::Loose(Sight::of(code, &a, false, interner));
    let likeness = match has_temporaries(&b, &Temporaries::of(code), interner) {
        true => loosely,
        false => Likeness::Exact,
    };
    let mut outcome = verdict::compare(code, &a, &b, likeness, dialect, interner);
    let mut closures = if likeness == Likeness::Exact { Closures::InOrder } else { Closures::ByName };
    if outcome.mismatch.is_some() && likeness == Likeness::Exact {
        let loose = verdict::compare(code, &a, &b, loosely, dialect, interner);
        if loose.mismatch.is_none() {
            (outcome, closures) = (loose, Closures::ByName);
        }
    }
    if let Some(mismatch) = outcome.mismatch {
        return Some((path, difference(mismatch)));
    }
    for (at, number) in outcome.pairs.iter().copied() {
        let (Some(inner), Some(counterpart)) = (child(code, at), child(other, number)) else { continue };
        let path = format!("{path}.{}", inner.name.to_string_lossy());
        let found = stacker::maybe_grow(256 * 1024, 2 << 20, || {
            compare(inner, counterpart, closures, dialect, interner, path)
        });
        if found.is_some() {
            return found;
        }
    }
    // Code objects that no instruction of either side loads do nothing.
    None
}

/// A program in which a jump raises where the `TO_BOOL` before it does, as it does in one that was made of source.
fn with_tests_as_sources(mut program: Program, dialect: &Dialect) -> Program {
    if dialect.tests_by_to_bool() {
        for at in 1..program.ins.len() {
            if program.ins[at - 1].act == Act::ToBool {
                program.ins[at].handler = program.ins[at - 1].handler;
            }
        }
    }
    program
}

fn header_difference(code: &CodeObject, other: &CodeObject, closures: Closures) -> Option<(String, String)> {
    let counts = |code: &CodeObject| (code.argcount, code.posonlyargcount, code.kwonlyargcount);
    let parameters = |code: &CodeObject| {
        let starred =
            (code.flags & co_flags::VARARGS != 0) as u32 + (code.flags & co_flags::VARKEYWORDS != 0) as u32;
        let count = (code.argcount + code.kwonlyargcount + starred) as usize;
        code.varnames[..count.min(code.varnames.len())].to_vec()
    };
    // What the other keeps in temporaries is on the stack of `code`, or nowhere.
    let temporaries = Temporaries::of(code);
    let sorted = |names: &[PyStr]| {
        let mut names = names.to_vec();
        names.retain(|name| !temporaries.contains(name));
        names.sort();
        names
    };
    // `NESTED` says where code was written, not what it does.
    let flags = |code: &CodeObject| code.flags & !co_flags::NESTED;
    let free = |code: &CodeObject| match closures {
        Closures::InOrder => code.freevars.clone(),
        Closures::ByName => sorted(&code.freevars),
    };
    if code.version != other.version {
        return Some((format!("version {}", code.version), format!("version {}", other.version)));
    }
    if code.name != other.name {
        return Some((show::names("name", [&code.name]), show::names("name", [&other.name])));
    }
    if counts(code) != counts(other) {
        return Some((show::argument_counts(counts(code)), show::argument_counts(counts(other))));
    }
    if flags(code) != flags(other) {
        return Some((show::flags(flags(code), code.version), show::flags(flags(other), code.version)));
    }
    let of =
        |what: &'static str, names: &dyn Fn(&CodeObject) -> Vec<PyStr>| (what, names(code), names(other));
    let names = [
        of("arguments", &parameters),
        of("variables", &|code| sorted(&own_variables(code))),
        of("cell variables", &|code| sorted(&code.cellvars)),
        of("free variables", &free),
    ];
    let found = names.into_iter().find(|(_, a, b)| a != b);
    found.map(|(what, a, b)| (show::names(what, &a), show::names(what, &b)))
}
