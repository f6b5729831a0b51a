//! Text from the input, made fit to be shown.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Ranges of characters that nobody sees, or that change how others are shown: controls (C0, C1, line ends among them),
/// format characters (category `Cf`: bidirectional controls, zero-width characters, tags), line and paragraph separators,
/// and fillers that look like nothing.
const WILD: &[(char, char)] = &[
    ('\0', '\u{1F}'),
    ('\u{7F}', '\u{9F}'),
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{600}', '\u{605}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{6DD}', '\u{6DD}'),
    ('\u{70F}', '\u{70F}'),
    ('\u{890}', '\u{891}'),
    ('\u{8E2}', '\u{8E2}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{2028}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFFB}'),
    ('\u{110BD}', '\u{110BD}'),
    ('\u{110CD}', '\u{110CD}'),
    ('\u{13430}', '\u{1343F}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

/// Whether a terminal may obey `c`, or a reader may not see it.
pub fn is_wild(c: char) -> bool {
    match c {
        ' '..='~' => false,
        _ => WILD.iter().any(|(first, last)| (*first..=*last).contains(&c)),
    }
}

/// `text` with [wild](is_wild) characters written as Python escapes them: one line, and nothing that a terminal obeys,
/// that ends a comment, or that hides. For whatever comes from an input and is shown to a person.
pub fn tame(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_wild) {
        return Cow::Borrowed(text);
    }
    let mut tamed = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // Writing to a `String` cannot fail.
        let _ = match (c, c as u32) {
            (c, _) if !is_wild(c) => tamed.write_char(c),
            ('\n', _) => tamed.write_str("\\n"),
            ('\r', _) => tamed.write_str("\\r"),
            ('\t', _) => tamed.write_str("\\t"),
            (_, code @ ..=0xFF) => write!(tamed, "\\x{code:02x}"),
            (_, code @ ..=0xFFFF) => write!(tamed, "\\u{code:04x}"),
            (_, code) => write!(tamed, "\\U{code:08x}"),
        };
    }
    Cow::Owned(tamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_stays() {
        assert!(matches!(tame("naïve 名前 #\\"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_obeyed_or_hidden_is_escaped() {
        assert_eq!(
            tame("a\x1b[1m\n\u{9b}\u{202e}\u{e0041}\u{2028}"),
            "a\\x1b[1m\\n\\x9b\\u202e\\U000e0041\\u2028"
        );
        assert!((0..0x20).chain(0x7F..0xA0).all(|c| char::from_u32(c).is_some_and(is_wild)));
    }
}
