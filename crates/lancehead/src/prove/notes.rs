//! Comments that say what is not as it should be, on the function concerned.

use std::collections::HashMap;

use lancehead_ast::{Layout, Stmt, StmtKind};
use lancehead_decompile::each_body;
use lancehead_pyc::{CodeIndex, CodeTree};

use super::Job;
use crate::report::{Fate, FunctionReport};

/// What is said of a code object that is [emulated](Fate::Emulated).
const EMULATED_NOTE: &str = "Proven to do the same, though it compiles to other bytecode.";

impl Job<'_> {
    /// Puts comments into the module for what is not proven: at the start of the body concerned, or into `header`. Tells whether
    /// there are any.
    pub(super) fn add_notes(&mut self, functions: &[FunctionReport], header: &mut Vec<String>) -> bool {
        let mut notes: HashMap<CodeIndex, Vec<String>> = HashMap::new();
        for (index, function) in (self.root().0..).map(CodeIndex).zip(functions) {
            let mut note = match &function.fate {
                Fate::Unproven { difference, .. } => format!("Not proven: {difference}"),
                Fate::Emulated => EMULATED_NOTE.to_owned(),
                _ => continue,
            };
            let host = host(self.driver.tree(), index);
            if host != index {
                let name = function.path.rsplit_once('.').map_or(function.path.as_str(), |(_, name)| name);
                note = format!("{name} of line {}: {note}", function.firstlineno);
            }
            let is_top = host <= self.root() && self.options.layout == Layout::Lines;
            if is_top { header.push(note) } else { notes.entry(host).or_default().push(note) }
        }
        let has_notes = !notes.is_empty();
        each_body(&mut self.module, &mut |code, body| {
            if let Some(notes) = notes.get_mut(&code) {
                let comments = notes.iter().map(|note| Stmt::new(StmtKind::Comment(note.clone())));
                body.splice(0..0, comments);
                notes.clear();
            }
        });
        // What has no body of its own is said of the module.
        let mut left: Vec<_> = notes.into_iter().collect();
        left.sort_by_key(|(host, _)| *host);
        header.extend(left.into_iter().flat_map(|(_, notes)| notes));
        has_notes
    }
}

/// The code object whose body, in the source, one is written in: itself, unless it is an expression.
fn host(tree: &CodeTree<'_>, index: CodeIndex) -> CodeIndex {
    let mut at = index;
    loop {
        let name = tree.code(at).name.as_bytes();
        let has_body = !name.starts_with(b"<") && name != b"__annotate__";
        match tree.parent(at) {
            Some(around) if !has_body => at = around,
            _ => return at,
        }
    }
}
