//! A proof holds for code that a compiler may have written.

use lancehead_code::authentic_decoded;
use lancehead_isa::Instruction;
use lancehead_pyc::CodeObject;

use crate::difference::{Difference, DifferenceKind};

/// How many oddities are named.
const NAMED: usize = 3;

/// What in `code` no compiler writes, if the interpreter may therefore do something else than the instructions say.
pub(crate) fn oddities(code: &CodeObject, decoded: &[Instruction]) -> Option<Difference> {
    let mut found = authentic_decoded(code, decoded);
    found.retain(|oddity| oddity.matters);
    let first = found.first()?;
    let others = found.iter().skip(1).take(NAMED - 1);
    let others = others.map(|oddity| format!("{} at offset {:#x}; ", oddity.text, oddity.offset));
    let more = found.len().checked_sub(NAMED).filter(|more| *more > 0);
    let more = more.map(|more| format!("{more} more; "));
    // The offset of the last one named is put behind it by whoever shows this.
    let bytecode = others.chain(more).chain([first.text.clone()]).collect();
    let source = String::new();
    Some(Difference {
        kind: DifferenceKind::Bytecode,
        offset: Some(first.offset),
        line: None,
        bytecode,
        source,
    })
}
