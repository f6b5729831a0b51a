//! A proof holds for code that a compiler may have written.

use lancehead_code::authentic_decoded;
use lancehead_isa::Instruction;
use lancehead_pyc::CodeObject;

use crate::verdict::{Difference, DifferenceKind};

/// How many oddities are named.
const NAMED: usize = 3;

/// What in `code` no compiler writes, if the interpreter may therefore do something else than the instructions say.
pub(crate) fn oddities(code: &CodeObject, decoded: &[Instruction]) -> Option<Difference> {
    let mut found = authentic_decoded(code, decoded);
    found.retain(|oddity| oddity.matters);
    let first = found.first()?;
    let mut bytecode = first.text.clone();
    for oddity in found.iter().skip(1).take(NAMED - 1) {
        bytecode += &format!("; {} (offset {:#x})", oddity.text, oddity.offset);
    }
    if let Some(more) = found.len().checked_sub(NAMED).filter(|more| *more > 0) {
        bytecode += &format!("; {more} more");
    }
    let source = String::new();
    Some(Difference {
        kind: DifferenceKind::Bytecode,
        offset: Some(first.offset),
        line: None,
        bytecode,
        source,
    })
}
