//! Scopes: what each name means where, after `Python/symtable.c`.

mod analyze;
mod build;
mod expr;
mod legal;
mod params;
mod table;

pub use build::first_part;
use lancehead_ast::Module;
pub use table::{Comp, Key, Kind, Meaning, Part, Scope, ScopeFault, ScopeId, Scopes, Symbol, flag, mangle};

use crate::dialect::Dialect;
use crate::intern::Interner;

impl Scopes {
    /// The scopes of a module.
    ///
    /// # Errors
    /// What the compiler refuses.
    pub fn of(
        module: &Module,
        dialect: &Dialect,
        future_annotations: bool,
        interner: &mut Interner,
    ) -> Result<Scopes, ScopeFault> {
        let mut scopes = build::build(module, dialect, future_annotations, interner)?;
        analyze::analyze(&mut scopes, dialect, interner);
        Ok(scopes)
    }
}
