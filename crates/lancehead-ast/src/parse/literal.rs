//! Numbers, strings and bytes, decoded from the source text.

use super::{Converter, Fault, Result};
use crate::node::Constant;
use lancehead_pyc::PyStr;
use num_bigint::BigInt;
use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};

/// CPython's limit on the digits of a decimal integer, which bounds the time that reading one takes.
const MAX_DECIMAL_DIGITS: usize = 4300;

/// What a literal's escapes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Those of `str`.
    Text,
    /// Those of `bytes`.
    Bytes,
    /// None.
    Raw,
}

impl Converter<'_> {
    pub(super) fn number(&mut self, literal: &ruff::ExprNumberLiteral) -> Result<Constant> {
        match &literal.value {
            ruff::Number::Float(value) => Ok(Constant::Float(*value)),
            ruff::Number::Complex { real, imag } => Ok(Constant::Complex(*real, *imag)),
            ruff::Number::Int(value) => match value.as_i64() {
                Some(value) => Ok(Constant::Int(value.into())),
                None => integer(self.text(literal.range))
                    .map(Constant::Int)
                    .ok_or_else(|| Fault::new("an integer with too many digits", literal.range)),
            },
        }
    }

    pub(super) fn string(&mut self, literal: &ruff::ExprStringLiteral) -> Result<Constant> {
        let mut out = Vec::new();
        for part in &literal.value {
            self.string_part(part, &mut out)?;
        }
        text(out, literal.range).map(Constant::Str)
    }

    /// Adds the text of one of the literals that are implicitly concatenated.
    pub(super) fn string_part(&self, part: &ruff::StringLiteral, out: &mut Vec<u8>) -> Result<()> {
        let (prefix, body) = split(self.text(part.range()));
        let escapes = if prefix.contains(['r', 'R']) { Escapes::Raw } else { Escapes::Text };
        decode(body, escapes, out).map_err(|message| Fault::new(message, part.range()))
    }

    pub(super) fn bytes(&mut self, literal: &ruff::ExprBytesLiteral) -> Result<Constant> {
        let mut out = Vec::new();
        for part in &literal.value {
            let (prefix, body) = split(self.text(part.range()));
            let escapes = if prefix.contains(['r', 'R']) { Escapes::Raw } else { Escapes::Bytes };
            decode(body, escapes, &mut out).map_err(|message| Fault::new(message, part.range()))?;
        }
        Ok(Constant::Bytes(out))
    }
}

/// A string from decoded bytes.
pub(super) fn text(bytes: Vec<u8>, range: TextRange) -> Result<PyStr> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(e) => {
            PyStr::from_wtf8(e.as_bytes()).map_err(|_| Fault::new("a string that cannot be decoded", range))
        }
    }
}

fn integer(token: &str) -> Option<BigInt> {
    let digits: String = token.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ => (digits.trim_start_matches('0'), 10),
    };
    if radix == 10 && digits.len() > MAX_DECIMAL_DIGITS {
        return None;
    }
    BigInt::parse_bytes(digits.as_bytes(), radix)
}

/// The prefix and the body of a string literal.
fn split(literal: &str) -> (&str, &str) {
    let prefix_len = literal.find(['\'', '"']).unwrap_or(literal.len());
    let (prefix, quoted) = literal.split_at(prefix_len);
    let is_triple = quoted.len() >= 6 && (quoted.starts_with("'''") || quoted.starts_with("\"\"\""));
    let width = if is_triple { 3 } else { 1 };
    (prefix, quoted.get(width..quoted.len().saturating_sub(width)).unwrap_or_default())
}

/// Appends what the body of a literal stands for. In text, surrogates are encoded one by one (WTF-8).
pub(super) fn decode(body: &str, escapes: Escapes, out: &mut Vec<u8>) -> Result<(), String> {
    let mut rest = body;
    while let Some(at) = rest.find(['\\', '\r']) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        if rest.starts_with('\r') {
            // The tokenizer sees line feeds only.
            out.push(b'\n');
            rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
        } else if escapes == Escapes::Raw {
            out.push(b'\\');
            rest = &rest[1..];
        } else {
            rest = escape(&rest[1..], escapes, out)?;
        }
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(())
}

/// Decodes one escape, whose backslash is gone, and gives what follows it.
fn escape<'s>(rest: &'s str, escapes: Escapes, out: &mut Vec<u8>) -> Result<&'s str, String> {
    let Some(first) = rest.chars().next() else {
        out.push(b'\\');
        return Ok(rest);
    };
    let after = &rest[first.len_utf8()..];
    let simple = match first {
        '\n' => return Ok(after),
        '\r' => return Ok(after.strip_prefix('\n').unwrap_or(after)),
        '\\' | '\'' | '"' => first as u8,
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0C,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0B,
        '0'..='7' => return octal(rest, escapes, out),
        'x' => return hexadecimal(after, 2, escapes, out),
        'u' if escapes == Escapes::Text => return hexadecimal(after, 4, escapes, out),
        'U' if escapes == Escapes::Text => return hexadecimal(after, 8, escapes, out),
        'N' if escapes == Escapes::Text => return named(after, out),
        _ => {
            // No escape at all: the backslash stays.
            out.push(b'\\');
            return Ok(rest);
        }
    };
    out.push(simple);
    Ok(after)
}

fn octal<'s>(rest: &'s str, escapes: Escapes, out: &mut Vec<u8>) -> Result<&'s str, String> {
    let digits = rest.bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
    let value = rest[..digits].bytes().fold(0, |value, digit| value * 8 + u32::from(digit - b'0'));
    push(value, escapes, out)?;
    Ok(&rest[digits..])
}

fn hexadecimal<'s>(
    rest: &'s str,
    digits: usize,
    escapes: Escapes,
    out: &mut Vec<u8>,
) -> Result<&'s str, String> {
    let text = rest.get(..digits).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
    let value = text.and_then(|text| u32::from_str_radix(text, 16).ok());
    push(value.ok_or("a truncated escape in a string")?, escapes, out)?;
    Ok(&rest[digits..])
}

fn named<'s>(rest: &'s str, out: &mut Vec<u8>) -> Result<&'s str, String> {
    let (name, after) = rest
        .strip_prefix('{')
        .and_then(|rest| rest.split_once('}'))
        .ok_or("a malformed \\N escape in a string")?;
    let c = unicode_names2::character(name).ok_or_else(|| format!("no character is named `{name}`"))?;
    push(u32::from(c), Escapes::Text, out)?;
    Ok(after)
}

/// Appends a code point; of bytes, the low eight bits.
fn push(point: u32, escapes: Escapes, out: &mut Vec<u8>) -> Result<(), String> {
    if escapes == Escapes::Bytes {
        out.push((point & 0xFF) as u8);
        return Ok(());
    }
    match char::from_u32(point) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None if point < 0x1_0000 => {
            let [high, low] = [(point >> 6) & 0x3F, point & 0x3F];
            out.extend([0xED, 0x80 | high as u8, 0x80 | low as u8]);
        }
        None => return Err("an escape beyond the last code point".to_owned()),
    }
    Ok(())
}
