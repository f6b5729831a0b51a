//! `from __future__` imports.

use lancehead_ast::{Stmt, StmtKind, Suite};

use super::draft::{Draft, Kind};
use crate::code::failure::Outcome;

/// Puts `from __future__` imports before all that is not a docstring, and adds the one that only a flag of the code tells of.
///
/// ```python
///                                  from __future__ import annotations
/// x: 'int' = 1              →      x: int = 1
/// ```
pub fn lead_with_future_imports(draft: &mut Draft<'_>) -> Outcome<()> {
    if draft.kind == Kind::Module && draft.unit.stores_annotations_as_text() {
        draft.start.extend(future_import(&draft.suite));
    }
    draft.start.extend(take_future_imports(&mut draft.suite));
    Ok(())
}

/// `from __future__ import annotations`, unless the import is there still.
pub fn future_import(suite: &[Stmt]) -> Option<Stmt> {
    let has = suite.iter().any(|s| {
        matches!(&s.kind, StmtKind::ImportFrom { module: Some(m), names, .. }
            if m == "__future__" && names.iter().any(|n| n.name == "annotations"))
    });
    let alias = lancehead_ast::Alias { name: "annotations".into(), asname: None };
    let kind = StmtKind::ImportFrom {
        module: Some("__future__".into()),
        names: vec![alias],
        level: 0,
        is_lazy: false,
    };
    (!has).then(|| Stmt::new(kind))
}

/// Takes the `from __future__` imports that a suite starts with: no declaration may stand before them.
fn take_future_imports(suite: &mut Suite) -> Suite {
    let is_future = |stmt: &Stmt| matches!(&stmt.kind, StmtKind::ImportFrom { module: Some(module), level: 0, .. } if module == "__future__");
    let count = suite.iter().take_while(|stmt| is_future(stmt)).count();
    suite.drain(..count).collect()
}
