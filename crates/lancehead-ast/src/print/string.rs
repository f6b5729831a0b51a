//! String and bytes literals.

use lancehead_pyc::PyStr;
use std::fmt::Write as _;

/// The four ways to delimit a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    Single,
    Double,
    TripleSingle,
    TripleDouble,
}

impl Quote {
    pub(super) const ALL: [Quote; 4] =
        [Quote::Single, Quote::Double, Quote::TripleSingle, Quote::TripleDouble];

    /// The delimiter.
    pub(super) fn text(self) -> &'static str {
        match self {
            Quote::Single => "'",
            Quote::Double => "\"",
            Quote::TripleSingle => "'''",
            Quote::TripleDouble => "\"\"\"",
        }
    }

    /// The character it is made of.
    pub(super) fn char(self) -> char {
        match self {
            Quote::Single | Quote::TripleSingle => '\'',
            Quote::Double | Quote::TripleDouble => '"',
        }
    }

    /// The other one of the same length.
    pub(super) fn other(self) -> Quote {
        match self {
            Quote::Single => Quote::Double,
            Quote::Double => Quote::Single,
            Quote::TripleSingle => Quote::TripleDouble,
            Quote::TripleDouble => Quote::TripleSingle,
        }
    }

    pub(super) fn is_triple(self) -> bool {
        matches!(self, Quote::TripleSingle | Quote::TripleDouble)
    }
}

/// What a string may look like where it stands.
///
/// Before 3.12 the expressions in an f-string may hold no backslash, nor the quotes of the f-strings around them. Later
/// only the latter is kept to, for the sake of readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Quotes {
    /// Whether an f-string stands around.
    pub restricted: bool,
    /// Whether there is no backslash to escape with.
    pub no_backslash: bool,
    around: [bool; 4],
}

impl Quotes {
    /// The rules inside an f-string that is delimited by `quote`.
    pub(super) fn within(mut self, quote: Quote, no_backslash: bool) -> Quotes {
        self.restricted = true;
        self.no_backslash = no_backslash;
        self.around[quote as usize] = true;
        self
    }

    /// Whether source text may stand here.
    pub(super) fn allow(self, text: &str) -> bool {
        if !self.restricted {
            return true;
        }
        let around = || Quote::ALL.into_iter().filter(|quote| self.around[*quote as usize]);
        let has_backslash = self.no_backslash && text.contains('\\');
        !has_backslash
            && around().all(|q| !text.contains(q.text()) && (q.is_triple() || !text.contains('\n')))
    }
}

/// The quote that `repr` chooses: double ones only for text with single and without double quotes.
pub(super) fn preferred_quote(has_single: bool, has_double: bool) -> Quote {
    if has_single && !has_double { Quote::Double } else { Quote::Single }
}

/// A literal for `text`, or `None` when the f-strings around it allow none.
pub(super) fn str_literal(text: &PyStr, quotes: Quotes) -> Option<String> {
    let bytes = text.as_bytes();
    let preferred = preferred_quote(bytes.contains(&b'\''), bytes.contains(&b'"'));
    if !quotes.no_backslash {
        return [preferred, preferred.other()].into_iter().find_map(|quote| {
            let mut out = String::with_capacity(bytes.len() + 2);
            out.push(quote.char());
            match plain(text, quote.char()) {
                Some(text) => out.push_str(text),
                None => text.code_points().for_each(|point| escape(&mut out, point, quote.char())),
            }
            out.push(quote.char());
            quotes.allow(&out).then_some(out)
        });
    }
    let text = text.to_str()?;
    let is_raw = |c: char| c != '\\' && c != '\r' && c != '\0';
    if text.chars().all(is_raw) { raw_literal("", text, preferred, quotes) } else { None }
}

/// The text, if it can stand between quotes as it is, as most text can.
fn plain(text: &PyStr, quote: char) -> Option<&str> {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'\\' && char::from(*byte) != quote;
    let bytes = text.as_bytes();
    if bytes.iter().all(is_plain) { std::str::from_utf8(bytes).ok() } else { None }
}

/// A literal for `bytes`, or `None` when the f-strings around it allow none.
pub(super) fn bytes_literal(bytes: &[u8], quotes: Quotes) -> Option<String> {
    let preferred = preferred_quote(bytes.contains(&b'\''), bytes.contains(&b'"'));
    if !quotes.no_backslash {
        return [preferred, preferred.other()].into_iter().find_map(|quote| {
            let out = escaped_bytes(bytes, quote);
            quotes.allow(&out).then_some(out)
        });
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let is_raw = |c: char| matches!(c, ' '..='~' | '\t' | '\n') && c != '\\';
    if text.chars().all(is_raw) { raw_literal("b", text, preferred, quotes) } else { None }
}

fn escaped_bytes(bytes: &[u8], quote: Quote) -> String {
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(quote.char());
    for &byte in bytes {
        match byte {
            b' '..=b'~' | b'\t' | b'\n' | b'\r' => escape(&mut out, u32::from(byte), quote.char()),
            _ => escape_numeric(&mut out, u32::from(byte)),
        }
    }
    out.push(quote.char());
    out
}

/// `text` as it is between quotes that neither it nor its surroundings forbid.
fn raw_literal(prefix: &str, text: &str, preferred: Quote, quotes: Quotes) -> Option<String> {
    [preferred].into_iter().chain(Quote::ALL).find_map(|quote| {
        let delimiter = quote.text();
        let ends_early = text.contains(delimiter) || quote.is_triple() && text.ends_with(quote.char());
        let runs_on = !quote.is_triple() && text.contains('\n');
        let literal = format!("{prefix}{delimiter}{text}{delimiter}");
        (!ends_early && !runs_on && quotes.allow(&literal)).then_some(literal)
    })
}

/// Writes one code point as `repr` does inside `quote`.
pub(super) fn escape(out: &mut String, point: u32, quote: char) {
    match char::from_u32(point) {
        Some('\\') => out.push_str("\\\\"),
        Some('\n') => out.push_str("\\n"),
        Some('\r') => out.push_str("\\r"),
        Some('\t') => out.push_str("\\t"),
        Some(c) if c == quote => {
            out.push('\\');
            out.push(c);
        }
        Some(c) if is_printable(c) => out.push(c),
        _ => escape_numeric(out, point),
    }
}

/// Writes a code point by its number.
pub(super) fn escape_numeric(out: &mut String, point: u32) {
    let _ = match point {
        0..=0xFF => write!(out, "\\x{point:02x}"),
        0x100..=0xFFFF => write!(out, "\\u{point:04x}"),
        _ => write!(out, "\\U{point:08x}"),
    };
}

/// Whether a character can be seen; of the blanks only the ASCII one can.
pub(super) fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\0'..='\u{A0}' | '\u{AD}' => false,
        _ if c.is_whitespace() => false,
        // A combining character is escaped only at the start of a text.
        _ => !['a', c].iter().collect::<String>().escape_debug().to_string().ends_with('}'),
    }
}
