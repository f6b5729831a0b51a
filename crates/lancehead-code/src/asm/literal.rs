//! Constants as text.

use std::fmt::Write as _;

use lancehead_pyc::{Object, ObjectRef, PyStr, is_wild};
use num_bigint::BigInt;

use super::cursor::{Cursor, Parsed};

/// How deep constants may nest in text.
const MAX_NESTING: u32 = 200;

/// Writes a constant; `None` for one that the text has no form for.
pub(super) fn write(object: &Object, out: &mut String) -> Option<()> {
    match object {
        Object::None => out.push_str("None"),
        Object::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
        Object::Ellipsis => out.push_str("..."),
        Object::Int(value) => put(out, format_args!("{value}")),
        Object::BigInt(value) => put(out, format_args!("{value:#x}")),
        Object::Float(value) => write_float(*value, out),
        Object::Complex(real, imaginary) => {
            out.push_str("complex(");
            write_float(*real, out);
            out.push_str(", ");
            write_float(*imaginary, out);
            out.push(')');
        }
        Object::Str(text) => write_string(text, out),
        Object::Bytes(bytes) => write_bytes(bytes, out),
        Object::Tuple(items) => write_items("(", items, out)?,
        Object::FrozenSet(items) => write_items("frozenset(", items, out)?,
        Object::Slice(start, stop, step) => {
            write_items("slice(", &[start.clone(), stop.clone(), step.clone()], out)?;
        }
        Object::FrozenDict(items) => {
            out.push_str("frozendict(");
            for (key, value) in items {
                write(key, out)?;
                out.push_str(": ");
                write(value, out)?;
                out.push_str(", ");
            }
            out.push(')');
        }
        _ => return None,
    }
    Some(())
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(text);
}

fn write_items(open: &str, items: &[ObjectRef], out: &mut String) -> Option<()> {
    out.push_str(open);
    for item in items {
        write(item, out)?;
        out.push_str(", ");
    }
    if !items.is_empty() {
        out.truncate(out.len() - 1);
    }
    out.push(')');
    Some(())
}

fn write_float(value: f64, out: &mut String) {
    if value.is_finite() {
        put(out, format_args!("{value:?}"));
    } else {
        put(out, format_args!("float {:016x}", value.to_bits()));
    }
}

/// Writes text in double quotes.
pub(super) fn write_string(text: &PyStr, out: &mut String) {
    out.push('"');
    for point in text.code_points() {
        match char::from_u32(point) {
            Some(c @ ('"' | '\\')) => out.extend(['\\', c]),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            // What a terminal, or a reader of lines, would take for something else.
            Some(c) if !is_wild(c) && (c == ' ' || !c.is_whitespace()) => out.push(c),
            _ if point <= 0xFF => put(out, format_args!("\\x{point:02x}")),
            _ if point <= 0xFFFF => put(out, format_args!("\\u{point:04x}")),
            _ => put(out, format_args!("\\U{point:08x}")),
        }
    }
    out.push('"');
}

/// Writes a name: as it is, if it is an identifier.
pub(super) fn write_name(name: &PyStr, out: &mut String) {
    let is_plain = |text: &&str| {
        let mut chars = text.chars();
        chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
            && chars.all(|c| c == '_' || c.is_alphanumeric())
            && !text.chars().any(is_wild)
    };
    match name.to_str().filter(is_plain) {
        Some(text) => out.push_str(text),
        None => write_string(name, out),
    }
}

fn write_bytes(bytes: &[u8], out: &mut String) {
    out.push_str("b\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend(['\\', byte as char]),
            b' '..=b'~' => out.push(byte as char),
            _ => put(out, format_args!("\\x{byte:02x}")),
        }
    }
    out.push('"');
}

/// Reads a constant.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Parsed<Object> {
    read_nested(cursor, 0)
}

fn read_nested(cursor: &mut Cursor<'_>, depth: u32) -> Parsed<Object> {
    if depth > MAX_NESTING {
        return cursor.error("constants nest too deeply");
    }
    match cursor.peek() {
        Some('"') => cursor.string().map(Object::Str),
        Some('(') => {
            cursor.take("(")?;
            items(cursor, depth).map(Object::Tuple)
        }
        Some('-' | '0'..='9') => number(cursor),
        _ if cursor.eat("...") => Ok(Object::Ellipsis),
        _ => named(cursor, depth),
    }
}

fn named(cursor: &mut Cursor<'_>, depth: u32) -> Parsed<Object> {
    let before = cursor.clone();
    let Some(word) = cursor.word() else { return cursor.expected("a constant") };
    Ok(match word {
        "None" => Object::None,
        "True" => Object::Bool(true),
        "False" => Object::Bool(false),
        "b" => Object::Bytes(cursor.quoted(true)?),
        "float" => Object::Float(float_bits(cursor)?),
        "complex" => {
            cursor.take("(")?;
            let real = float(cursor)?;
            cursor.take(",")?;
            let imaginary = float(cursor)?;
            cursor.take(")")?;
            Object::Complex(real, imaginary)
        }
        "frozenset" => {
            cursor.take("(")?;
            Object::FrozenSet(items(cursor, depth)?)
        }
        "frozendict" => Object::FrozenDict(pairs(cursor, depth)?),
        "slice" => {
            cursor.take("(")?;
            match <[ObjectRef; 3]>::try_from(items(cursor, depth)?) {
                Ok([start, stop, step]) => Object::Slice(start, stop, step),
                Err(_) => return before.error("expected three items in a slice"),
            }
        }
        _ => return before.expected("a constant"),
    })
}

/// Items up to `)`.
fn items(cursor: &mut Cursor<'_>, depth: u32) -> Parsed<Vec<ObjectRef>> {
    let mut items = Vec::new();
    while !cursor.eat(")") {
        items.push(read_nested(cursor, depth + 1)?.into());
        if !cursor.eat(",") && cursor.peek() != Some(')') {
            return cursor.expected("`,` or `)`");
        }
    }
    Ok(items)
}

fn pairs(cursor: &mut Cursor<'_>, depth: u32) -> Parsed<Vec<(ObjectRef, ObjectRef)>> {
    let mut pairs = Vec::new();
    cursor.take("(")?;
    while !cursor.eat(")") {
        let key = read_nested(cursor, depth + 1)?;
        cursor.take(":")?;
        pairs.push((key.into(), read_nested(cursor, depth + 1)?.into()));
        cursor.eat(",");
    }
    Ok(pairs)
}

fn number(cursor: &mut Cursor<'_>) -> Parsed<Object> {
    let before = cursor.clone();
    let text = number_text(cursor);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if let Some(hex) = digits.strip_prefix("0x") {
        return match big(hex, negative) {
            Some(value) => Ok(value),
            None => before.expected("hexadecimal digits"),
        };
    }
    if let Ok(value) = text.parse::<i64>() {
        return Ok(Object::Int(value));
    }
    match text.parse::<f64>() {
        Ok(value) if text.contains(['.', 'e']) => Ok(Object::Float(value)),
        _ => before.expected("a number (an int of more than 64 bits in hexadecimal)"),
    }
}

/// What belongs to a number; the sign after an `e` too.
fn number_text<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.while_matching(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))
}

/// A hexadecimal number, in the form that fits it.
fn big(hex: &str, negative: bool) -> Option<Object> {
    let magnitude = BigInt::parse_bytes(hex.as_bytes(), 16)?;
    let value = if negative { -magnitude } else { magnitude };
    Some(match i64::try_from(&value) {
        Ok(small) => Object::Int(small),
        Err(_) => Object::BigInt(value),
    })
}

fn float(cursor: &mut Cursor<'_>) -> Parsed<f64> {
    if cursor.eat_word("float") {
        return float_bits(cursor);
    }
    let before = cursor.clone();
    match number_text(cursor).parse() {
        Ok(value) => Ok(value),
        Err(_) => before.expected("a float"),
    }
}

fn float_bits(cursor: &mut Cursor<'_>) -> Parsed<f64> {
    let before = cursor.clone();
    match <[u8; 8]>::try_from(cursor.hex()?) {
        Ok(bytes) => Ok(f64::from_be_bytes(bytes)),
        Err(_) => before.expected("16 hexadecimal digits"),
    }
}
