//! Constants and names that nothing uses.

use crate::program::{Code, Hint, Item};

/// Forgets where operands stood, and all constants but the first and all names: the assembler adds what is needed, each
/// once.
pub(super) fn deduplicate(code: &mut Code) {
    for item in &mut code.items {
        if let Item::Instruction(instruction) = item {
            instruction.hint = Hint { arg: None, prefixes: 0 };
        }
    }
    // It may be the docstring, or say that there is none.
    code.object.consts.truncate(1);
    code.object.names.clear();
}
