//! The forms in which the graph of a code object may be decompiled.

/// How far the source of a code object may part from its bytecode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Form {
    /// Compiled again, it gives the bytecode.
    #[default]
    Exact,
    /// What the bytecode keeps on the stack is kept in variables, where source cannot keep it otherwise.
    Temporaries,
    /// So they are; and where ways meet that no statement leads together, a loop asks a variable where to go on.
    Dispatch,
}

impl Form {
    /// The form to try when this one does not do.
    pub fn next(self) -> Option<Form> {
        match self {
            Form::Exact => Some(Form::Temporaries),
            Form::Temporaries => Some(Form::Dispatch),
            Form::Dispatch => None,
        }
    }
}

/// What source calls to get an iterator that no loop draws on. It is the builtin only where nobody has given that name to
/// something else; a proof does not take it for the instruction.
pub const ITER: &str = "iter";
