//! What the grammar of each version allows, as far as the printer has to know.

use lancehead_pyc::{PyStr, Version};
use unicode_normalization::UnicodeNormalization;

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
            star_in_return: version.star_in_return(),
            open_annotated_value: version.open_annotated_value(),
            star_in_for: version.star_in_for(),
            annotation_unfolded: version.annotation_unfolded(),
            annotation_walrus_blanks: version.annotation_walrus_blanks(),
            annotation_index_parentheses: version.annotation_index_parentheses(),
            star_in_index: version.star_in_index(),
            percent_is_fstring: version.formats_percent(),
            free_fstrings: version.free_fstrings(),
            cleans_docstrings: version.cleans_docstrings(),
            mixed_complex_arithmetic: version.mixes_complex(),
            plus_in_patterns: version.plus_in_patterns(),
        }
    }
}

/// Whether `text` is a reserved word: they are the same from 3.7 to 3.15.
fn is_keyword(text: &[u8]) -> bool {
    matches!(
        text,
        b"False"
            | b"None"
            | b"True"
            | b"and"
            | b"as"
            | b"assert"
            | b"async"
            | b"await"
            | b"break"
            | b"class"
            | b"continue"
            | b"def"
            | b"del"
            | b"elif"
            | b"else"
            | b"except"
            | b"finally"
            | b"for"
            | b"from"
            | b"global"
            | b"if"
            | b"import"
            | b"in"
            | b"is"
            | b"lambda"
            | b"nonlocal"
            | b"not"
            | b"or"
            | b"pass"
            | b"raise"
            | b"return"
            | b"try"
            | b"while"
            | b"with"
            | b"yield"
    )
}

/// Whether ASCII text is an identifier and no reserved word.
fn is_plain(bytes: &[u8]) -> bool {
    let starts = bytes.first().is_some_and(|b| *b == b'_' || b.is_ascii_alphabetic());
    let goes_on = bytes.iter().all(|b| *b == b'_' || b.is_ascii_alphanumeric());
    starts && goes_on && !is_keyword(bytes)
}

/// The text of a name that can stand in source as it is, if that is plain to see: nearly all can.
pub(crate) fn plain_identifier(name: &PyStr) -> Option<&str> {
    let bytes = name.as_bytes();
    if is_plain(bytes) { std::str::from_utf8(bytes).ok() } else { None }
}

/// Whether `text` can stand in source as a name: an identifier that is no reserved word, and that the parser (which
/// normalises identifiers) leaves as it is.
pub fn is_identifier(text: &str) -> bool {
    if text.is_ascii() {
        return is_plain(text.as_bytes());
    }
    let mut chars = text.chars();
    let starts = chars.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c));
    starts
        && chars.all(unicode_ident::is_xid_continue)
        && !is_keyword(text.as_bytes())
        && unicode_normalization::is_nfkc(text)
}

/// An identifier as like `text` as can be, of no great length: it is normalised as the parser would (NFKC), what cannot stand in a
/// name becomes `_`, and a reserved word gets a `_`. It begins with one `_` at most, so that no class changes it.
///
/// ```
/// use lancehead_ast::nearest_identifier;
///
/// assert_eq!(nearest_identifier("@py_assert1"), "_py_assert1");
/// assert_eq!(nearest_identifier("class"), "class_");
/// assert_eq!(nearest_identifier("1 b"), "_1_b");
/// assert_eq!(nearest_identifier("ﬁle"), "file");
/// ```
pub fn nearest_identifier(text: &str) -> String {
    const MAX_LENGTH: usize = 40;
    let known = |c: char| unicode_ident::is_xid_continue(c) && !lancehead_pyc::is_wild(c);
    let normal = text.chars().take(MAX_LENGTH).nfkc().take(MAX_LENGTH);
    let mut name: String = normal.map(|c| if known(c) { c } else { '_' }).collect();
    while name.starts_with("__") {
        name.remove(0);
    }
    if !name.starts_with(|c| c == '_' || unicode_ident::is_xid_start(c)) {
        name.insert(0, '_');
    }
    if is_keyword(name.as_bytes()) {
        name.push('_');
    }
    // What cannot be helped so is normalised to something else again.
    if is_identifier(&name) { name } else { "_".to_owned() }
}
