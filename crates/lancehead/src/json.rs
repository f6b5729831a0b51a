//! JSON that can be shown on a terminal.

use std::io::{self, Write};

use lancehead_pyc::is_wild;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Writes `value` as JSON on one line. Characters that a terminal may obey, or that nobody sees, are escaped.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_json(value: &impl Serialize, out: impl Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping)).map_err(io::Error::from)
}

/// The same as text.
pub fn to_json(value: &impl Serialize) -> io::Result<String> {
    let mut text = Vec::new();
    write_json(value, &mut text)?;
    String::from_utf8(text).map_err(io::Error::other)
}

/// Compact JSON in which [wild](is_wild) characters are escaped.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut from = 0;
        for (at, wild) in fragment.char_indices().filter(|(_, c)| is_wild(*c)) {
            out.write_all(&fragment.as_bytes()[from..at])?;
            for unit in wild.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            from = at + wild.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[from..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wild_characters_are_escaped_and_read_back() {
        let text = "a\x1b\u{9b}\u{202e}\u{e0041}é\"\\\n";
        let json = to_json(&text).unwrap();
        assert_eq!(json, "\"a\\u001b\\u009b\\u202e\\udb40\\udc41é\\\"\\\\\\n\"");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
