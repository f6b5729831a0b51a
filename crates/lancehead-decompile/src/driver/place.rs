//! Moves the bodies of definitions into them.

use lancehead_ast::{Stmt, StmtKind, Suite};
use lancehead_pyc::CodeIndex;
use rustc_hash::FxHashMap;

use crate::code::nested::{Content, Results};
use crate::tree::visit::suites_mut;
use crate::tree::visit::suites_of;

/// How large a suite is with all bodies in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Size {
    /// How many statements.
    pub statements: u64,
    /// Whether some definition stands in it more than once.
    pub has_copies: bool,
}

/// Measures a suite whose definitions are empty still.
pub fn sizes(suite: &[Stmt], results: &Results) -> Size {
    let mut size = Size::default();
    let mut seen = FxHashMap::default();
    let mut suites = vec![suite];
    while let Some(suite) = suites.pop() {
        size.statements += suite.len() as u64;
        for stmt in suite {
            if let Some(code) = code_of(stmt) {
                size.statements = size.statements.saturating_add(results.of(code).size);
                size.has_copies |= seen.insert(code, ()).is_some();
            }
            suites_of(stmt, &mut |inner| suites.push(inner));
        }
    }
    size
}

/// The code object that a definition is made of.
fn code_of(stmt: &Stmt) -> Option<CodeIndex> {
    match &stmt.kind {
        StmtKind::FunctionDef(def) => def.code,
        StmtKind::ClassDef(def) => def.code,
        _ => None,
    }
}

/// Puts each body into its definition. One that stands in several places is copied to all but the last.
pub fn bodies(suite: &mut Suite, results: &mut Results) {
    let mut uses: FxHashMap<CodeIndex, u32> = FxHashMap::default();
    each_definition(suite, &mut |code, _| *uses.entry(code).or_default() += 1);
    each_definition(suite, &mut |code, body| {
        let left = uses.entry(code).or_default();
        *left = left.saturating_sub(1);
        let result = results.of_mut(code);
        let Content::Body(made) = &mut result.content else { return };
        *body = match *left {
            0 => std::mem::take(made),
            _ => made.clone(),
        };
    });
}

/// Calls `visit` with the body of each definition that a code object was decompiled to and that is in a suite, but not in
/// another definition.
pub fn each_definition(suite: &mut Suite, visit: &mut dyn FnMut(CodeIndex, &mut Suite)) {
    for stmt in suite {
        match &mut stmt.kind {
            StmtKind::FunctionDef(def) => def.code.into_iter().for_each(|code| visit(code, &mut def.body)),
            StmtKind::ClassDef(def) => def.code.into_iter().for_each(|code| visit(code, &mut def.body)),
            _ => suites_mut(stmt, &mut |inner| each_definition(inner, visit)),
        }
    }
}
