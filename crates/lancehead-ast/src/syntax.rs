//! What the grammar of each version allows, as far as the printer has to know.

use lancehead_pyc::Version;

/// The features of one version's grammar. The printer asks these questions and never compares versions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Syntax {
    /// `return *a, b` and `yield *a, b` without parentheses (3.8).
    pub star_in_return: bool,
    /// `x: T = a, b` and `x: T = yield` without parentheses (3.8).
    pub open_annotated_value: bool,
    /// `for x in *a, b` without parentheses (3.9).
    pub star_in_for: bool,
    /// Annotations are stored as they are written, not with their constants folded (3.9).
    pub annotation_unfolded: bool,
    /// Annotations are stored with `:=` in blanks (3.9).
    pub annotation_walrus_blanks: bool,
    /// Annotations are stored with `a[(b := c)]` in parentheses (3.10).
    pub annotation_index_parentheses: bool,
    /// `a[*b]` and `a[b, *c]` without parentheses (PEP 646, 3.11).
    pub star_in_index: bool,
    /// `'%s' % (x,)` compiles to what an f-string compiles to (3.11).
    pub percent_is_fstring: bool,
    /// Quotes and backslashes are free inside the expressions of f-strings (PEP 701, 3.12).
    pub free_fstrings: bool,
    /// The compiler strips the indentation of docstrings (3.13).
    pub cleans_docstrings: bool,
    /// `real op complex` leaves the imaginary part alone, as C99 does (3.14).
    pub mixed_complex_arithmetic: bool,
    /// `case +1:` (3.15).
    #[cfg_attr(not(feature = "parse"), allow(dead_code))]
    pub plus_in_patterns: bool,
}

impl Syntax {
    /// The grammar of `version`.
    pub(crate) fn of(version: Version) -> Syntax {
        Syntax {
            star_in_return: version >= Version::Py38,
            open_annotated_value: version >= Version::Py38,
            star_in_for: version >= Version::Py39,
            annotation_unfolded: version >= Version::Py39,
            annotation_walrus_blanks: version >= Version::Py39,
            annotation_index_parentheses: version >= Version::Py310,
            star_in_index: version >= Version::Py311,
            percent_is_fstring: version >= Version::Py311,
            free_fstrings: version >= Version::Py312,
            cleans_docstrings: version >= Version::Py313,
            mixed_complex_arithmetic: version >= Version::Py314,
            plus_in_patterns: version >= Version::Py315,
        }
    }
}

/// The reserved words, the same from 3.7 to 3.15.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether `text` can stand in source as a name: an identifier that is no reserved word, and that the parser (which
/// normalises identifiers) leaves as it is.
pub fn is_identifier(text: &str) -> bool {
    if text.is_ascii() {
        let bytes = text.as_bytes();
        let starts = bytes.first().is_some_and(|b| *b == b'_' || b.is_ascii_alphabetic());
        let goes_on = bytes.iter().all(|b| *b == b'_' || b.is_ascii_alphanumeric());
        return starts && goes_on && KEYWORDS.binary_search(&text).is_err();
    }
    let mut chars = text.chars();
    let starts = chars.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c));
    starts
        && chars.all(unicode_ident::is_xid_continue)
        && KEYWORDS.binary_search(&text).is_err()
        && unicode_normalization::is_nfkc(text)
}
