//! What to print, and what can be wrong with it.

use lancehead_pyc::Version;

/// How the text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Layout {
    /// For reading: blank lines around definitions as PEP 8 has them, long lines broken inside brackets.
    #[default]
    Pretty,
    /// Every statement on its line of the original, blank lines where there was nothing, expressions broken where
    /// their parts stood, so that tracebacks and debuggers agree with the original. What does not fit goes
    /// behind a semicolon, or to the next line.
    Lines,
}

/// What the docstrings in the tree are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Docstrings {
    /// As code objects store them. Since 3.13 the compiler strips the indentation of a docstring, so the printer is
    /// free to indent it with the code around it; before, the text is printed as it is.
    #[default]
    Stored,
    /// As the source spells them: the literal that is printed evaluates to exactly this text.
    Exact,
}

/// What to print, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrintOptions {
    /// The Python that has to understand the text.
    pub version: Version,
    /// How the text is laid out.
    pub layout: Layout,
    /// What the docstrings in the tree are.
    pub docstrings: Docstrings,
}

impl PrintOptions {
    /// Pretty, for `version`, from a tree whose docstrings are as code objects store them.
    pub fn new(version: Version) -> Self {
        PrintOptions { version, layout: Layout::default(), docstrings: Docstrings::default() }
    }
}

/// The text of a module, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Printed {
    /// The source. Lone surrogates stand in it as escapes.
    pub source: String,
    /// Where the text does not say what the tree says. Empty for every tree that CPython could have parsed from
    /// source of the same version.
    pub problems: Vec<PrintProblem>,
    /// The line of each statement, from 1, in the order of the text: each before those within it. Comments are none.
    pub statements: Vec<u32>,
}

/// Something in the tree that the version's syntax cannot express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintProblem {
    /// The line of the printed text, from 1.
    pub line: u32,
    /// What it is.
    pub kind: ProblemKind,
}

/// The kinds of [`PrintProblem`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A name that is no identifier, or a reserved word.
    InvalidIdentifier(String),
    /// An f-string with an expression that needs a backslash or a fifth kind of quote, before 3.12.
    FString,
    /// F-strings nested deeper than the tokenizer allows (150).
    FStringTooDeep,
    /// A docstring that the compiler would change (3.13 and later).
    Docstring,
    /// A complex constant that no expression folds to.
    Complex,
    /// A block indented deeper than the tokenizer allows (100 levels).
    TooManyIndents,
    /// Brackets nested deeper than the tokenizer allows (200).
    TooManyBrackets,
    /// Text that stands for itself but cannot stand in a file: it holds a lone surrogate.
    Unencodable,
}

impl std::fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ProblemKind::InvalidIdentifier(name) => return write!(f, "`{name}` cannot be written as a name"),
            ProblemKind::FString => "an f-string that this version's syntax cannot express",
            ProblemKind::FStringTooDeep => "f-strings nested too deeply",
            ProblemKind::Docstring => "a docstring that the compiler would change",
            ProblemKind::Complex => "a complex number that no expression gives",
            ProblemKind::TooManyIndents => "too many levels of indentation",
            ProblemKind::TooManyBrackets => "too many nested brackets",
            ProblemKind::Unencodable => "text that cannot be encoded",
        })
    }
}

impl std::fmt::Display for PrintProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)
    }
}
