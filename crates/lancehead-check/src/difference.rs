//! What is found of code objects: verdicts, and the first difference.

use std::fmt;

use lancehead_pyc::CodeId;

/// The verdict on one code object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeVerdict {
    /// Which code object it is.
    pub code: CodeId,
    /// The names of the code objects around it and its own, from `<module>` on, joined by dots.
    pub path: String,
    /// The line on which it begins, as the bytecode says.
    pub first_line: u32,
    /// The first difference of source and bytecode; `None` when they are proven equal.
    pub difference: Option<Difference>,
    /// What is proven all the same: source whose bytecode differs may do the same.
    pub equality: Equality,
}

impl CodeVerdict {
    /// Whether the source is proven to do what the bytecode does, even if it compiles to other bytecode.
    pub fn does_the_same(&self) -> bool {
        self.difference.is_none() || self.equality == Equality::Emulated
    }
}

/// What is proven of source and bytecode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Equality {
    /// The compiler makes the bytecode, or such that differs in nothing that can be seen, of the source; unless there
    /// is a difference.
    #[default]
    Exact,
    /// Both do the same, though the compiler makes other bytecode of the source: it keeps in
    /// [temporaries](lancehead_ir::Temporaries) what the bytecode keeps on its stack, or spells out what that does at
    /// once.
    Emulated,
}

/// Of what kind a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DifferenceKind {
    /// Names, arguments, flags, variables or the docstring differ.
    Header,
    /// Instructions differ.
    Instruction,
    /// The source has no such code object.
    Missing,
    /// The bytecode is none that the compiler makes.
    Bytecode,
    /// The source could not be lowered.
    Unsupported,
}

/// The first difference between source and bytecode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of what kind.
    pub kind: DifferenceKind,
    /// The byte offset in the bytecode, where there is one.
    pub offset: Option<u32>,
    /// The line in the source that was checked, where there is one.
    pub line: Option<u32>,
    /// What the bytecode says.
    pub bytecode: String,
    /// What the source says.
    pub source: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DifferenceKind::Missing => return write!(f, "the source has no such code"),
            DifferenceKind::Unsupported => write!(f, "not checked: {}", self.source)?,
            DifferenceKind::Bytecode => write!(f, "no compiler writes this: {}", self.bytecode)?,
            _ if self.bytecode.is_empty() => write!(f, "source: {}", self.source)?,
            _ => write!(f, "bytecode: {}; source: {}", self.bytecode, self.source)?,
        }
        if let Some(offset) = self.offset {
            write!(f, " (offset {offset:#x})")?;
        }
        match self.line {
            Some(line) => write!(f, " (source line {line})"),
            None => Ok(()),
        }
    }
}
