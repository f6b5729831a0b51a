//! Statements that lack a part which did nothing.

use lancehead_ast::{Stmt, StmtKind, Suite};

use super::draft::Draft;
use crate::code::failure::Outcome;
use crate::tree::visit::suites_mut;

/// Puts a `finally` of which nothing is left behind a `try` without clauses.
///
/// ```python
/// try:              try:
///     f()     →         f()
///                   finally:
///                       pass
/// ```
pub fn complete_tries(draft: &mut Draft<'_>) -> Outcome<()> {
    complete(&mut draft.suite);
    Ok(())
}

/// A `try` without clauses had a `finally` that did nothing.
fn complete(suite: &mut Suite) {
    for stmt in suite {
        suites_mut(stmt, &mut complete);
        if let StmtKind::Try { handlers, finalbody, .. } = &mut stmt.kind
            && handlers.is_empty()
            && finalbody.is_empty()
        {
            finalbody.push(Stmt::new(StmtKind::Pass));
        }
    }
}
