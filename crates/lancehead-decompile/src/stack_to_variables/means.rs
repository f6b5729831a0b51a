//! What a rewritten graph may use.

use lancehead_ir::{Temporaries, Variable};

/// What a rewritten graph may use.
#[derive(Debug, Clone)]
pub struct Means {
    /// The names of variables.
    pub temporaries: Temporaries,
    /// What kind of variables they are: of a frame, or of a namespace.
    pub variable: Variable,
    /// How many slots the iterator of a `for` takes.
    pub iterator_slots: u32,
    /// The compiler makes constants of slices.
    pub folds_slices: bool,
}
