//! How to decompile, and what came of it.

use std::collections::BTreeMap;
use std::fmt;

use lancehead_ast::Layout;
use lancehead_decompile::Form;
use serde::Serialize;

/// The version of the JSON form of [`Decompilation`], docs/decompile-schema.md. A field that is added keeps it, anything
/// else raises it.
pub const DECOMPILE_SCHEMA: &str = "lancehead.decompile/1";

/// How to decompile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecompileOptions {
    /// Whether the text is proven to mean what the bytecode does. Costs about as much again.
    pub check: bool,
    /// How the text is laid out.
    pub layout: Layout,
    /// Whether the text says who made it.
    pub header: bool,
    /// Whether the lines of the original are told beside those of the text.
    pub lines: bool,
    /// The form to try first.
    pub form: Form,
}

impl Default for DecompileOptions {
    fn default() -> Self {
        DecompileOptions {
            check: true,
            layout: Layout::Pretty,
            header: true,
            lines: false,
            form: Form::Exact,
        }
    }
}

/// Source text, and how sure it is.
#[derive(Debug, Clone, Serialize)]
pub struct Decompilation {
    /// [`DECOMPILE_SCHEMA`].
    pub schema: &'static str,
    /// The source. It holds a comment that starts with [`HEADER_MARK`].
    pub source: String,
    /// The Python version that it is for: `3.12`.
    pub python: String,
    /// The patch releases that may have compiled it, as far as its bytecode tells and only some of the version may have:
    /// `3.13.1–3.13.3 or ≥ 3.13.5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compiled_by: Option<String>,
    /// Names of the bytecode that no source can spell, with what is printed for them in every place. What the reports say of
    /// a code object is proven with these names exchanged.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed: BTreeMap<String, String>,
    /// The code objects of the input, in the order in which they stand in it.
    pub functions: Vec<FunctionReport>,
    /// Lines of the source, and those of the original that they stand for, if that was asked for.
    #[serde(skip)]
    pub lines: Vec<(u32, u32)>,
    /// What is odd about the input, or wrong with the output as a whole, one line each.
    pub warnings: Vec<String>,
}

/// What became of one code object.
#[derive(Debug, Clone, Serialize)]
pub struct FunctionReport {
    /// Its path of names from `<module>`, joined by dots: `<module>.Class.method`.
    pub path: String,
    /// Its first line in the original source.
    pub firstlineno: i32,
    /// What became of it.
    #[serde(flatten)]
    pub fate: Fate,
    /// What an interpreter of its version found, if one was asked: see [`Interpreter`](crate::Interpreter).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// The bounds on work that were hit while it was decompiled, by name, and how many times. Even code that is recovered may then be written
    /// in a plainer way than it could be.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub budgets: BTreeMap<&'static str, u32>,
}

/// What became of a code object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// The printed source, parsed again and compiled as its version's compiler would, does the same, step for step.
    Proven,
    /// The printed source is proven to do the same, though it compiles to other bytecode. So it is with code that no
    /// compiler made: what it keeps on the stack is in variables named `_stack_…`.
    Emulated,
    /// There is source, and it is not proven to do the same.
    Unproven {
        /// The first difference.
        difference: String,
        /// The byte offset in the bytecode at which it shows, where there is one.
        offset: Option<u32>,
        /// The line of the printed source, where there is one.
        line: Option<u32>,
    },
    /// There is source; nobody asked for a proof.
    Unchecked,
    /// There is a statement that raises in its place.
    NotRecovered {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for FunctionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {})", self.path, self.firstlineno)
    }
}

impl FunctionReport {
    /// Whether it has source.
    pub fn is_recovered(&self) -> bool {
        !matches!(self.fate, Fate::NotRecovered { .. })
    }

    /// Whether it has source that was checked and not proven.
    pub fn is_unproven(&self) -> bool {
        matches!(self.fate, Fate::Unproven { .. })
    }
}

impl Decompilation {
    /// Whether every function was recovered and, if that was asked for, proven.
    pub fn is_complete(&self) -> bool {
        let is_complete = |fate: &Fate| matches!(fate, Fate::Proven | Fate::Emulated | Fate::Unchecked);
        self.functions.iter().all(|function| is_complete(&function.fate))
    }

    /// The functions that were not recovered.
    pub fn incomplete(&self) -> impl Iterator<Item = &FunctionReport> {
        self.functions.iter().filter(|function| !function.is_recovered())
    }

    /// The functions whose source is not proven to do what the bytecode does.
    pub fn unproven(&self) -> impl Iterator<Item = &FunctionReport> {
        self.functions.iter().filter(|function| function.is_unproven())
    }
}
