//! Walking nested code objects.

use lancehead_pyc::{CodeObject, Object};

/// A code object and those among its constants, at any depth, each before those within it; with how deep each lies.
///
/// This is the order in which `dis.dis` shows them. Constants are looked at directly, as the compiler stores functions;
/// code objects within tuples are not looked for.
pub fn code_tree(root: &CodeObject) -> Vec<(usize, &CodeObject)> {
    let mut found = Vec::new();
    let mut waiting = vec![(0, root)];
    while let Some((depth, code)) = waiting.pop() {
        found.push((depth, code));
        let nested = code.consts.iter().rev().filter_map(|constant| match &**constant {
            Object::Code(code) => Some((depth + 1, &**code)),
            _ => None,
        });
        waiting.extend(nested);
    }
    found
}
