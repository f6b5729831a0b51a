//! `repr` of constants, for listings.

use std::fmt::Write as _;

use lancehead_pyc::{Object, ObjectRef, PyStr};

/// Digits beyond which CPython itself refuses to write an `int` in decimal (`sys.int_info.default_max_str_digits`).
const MAX_DECIMAL_BITS: u64 = 14_280;

/// What CPython's `repr` gives for `object`, as far as a listing needs it.
///
/// Two things differ: code objects show no address, and an `int` too long for CPython is written in hexadecimal. Items of
/// sets come in the order in which they are stored.
pub fn repr(object: &Object) -> String {
    let mut text = String::new();
    write_object(&mut text, object);
    text
}

/// [`repr`], cut short where it comes to more than `limit` bytes: what is then given may be a few items longer.
pub fn repr_within(object: &Object, limit: usize) -> String {
    let mut text = String::new();
    write_within(&mut text, object, limit);
    text
}

fn write_object(out: &mut String, object: &Object) {
    write_within(out, object, usize::MAX);
}

fn write_within(out: &mut String, object: &Object, limit: usize) {
    match object {
        Object::None => out.push_str("None"),
        Object::Bool(true) => out.push_str("True"),
        Object::Bool(false) => out.push_str("False"),
        Object::Ellipsis => out.push_str("Ellipsis"),
        Object::StopIteration => out.push_str("<class 'StopIteration'>"),
        Object::Int(value) => put(out, format_args!("{value}")),
        Object::BigInt(value) if value.bits() <= MAX_DECIMAL_BITS => put(out, format_args!("{value}")),
        Object::BigInt(value) => put(out, format_args!("{value:#x}")),
        Object::Float(value) => out.push_str(&float(*value)),
        Object::Complex(real, imaginary) => write_complex(out, *real, *imaginary),
        Object::Str(text) => write_str(out, text),
        Object::Bytes(bytes) => write_bytes(out, bytes),
        Object::Tuple(items) if items.len() == 1 => write_items(out, limit, "(", items, ",)"),
        Object::Tuple(items) => write_items(out, limit, "(", items, ")"),
        Object::List(items) => write_items(out, limit, "[", items, "]"),
        Object::Set(items) if items.is_empty() => out.push_str("set()"),
        Object::Set(items) => write_items(out, limit, "{", items, "}"),
        Object::FrozenSet(items) if items.is_empty() => out.push_str("frozenset()"),
        Object::FrozenSet(items) => write_items(out, limit, "frozenset({", items, "})"),
        Object::Dict(items) => write_pairs(out, limit, "{", items, "}"),
        Object::FrozenDict(items) => write_pairs(out, limit, "frozendict({", items, "})"),
        Object::Slice(start, stop, step) => {
            write_items(out, limit, "slice(", &[start.clone(), stop.clone(), step.clone()], ")");
        }
        Object::Code(code) => {
            let line = code.firstlineno;
            put(out, format_args!("<code object {}, file \"{}\", line {line}>", code.name, code.filename));
        }
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(text);
}

fn write_items(out: &mut String, limit: usize, open: &str, items: &[ObjectRef], close: &str) {
    out.push_str(open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if out.len() > limit {
            out.push('…');
            break;
        }
        write_within(out, item, limit);
    }
    out.push_str(close);
}

fn write_pairs(out: &mut String, limit: usize, open: &str, items: &[(ObjectRef, ObjectRef)], close: &str) {
    out.push_str(open);
    for (i, (key, value)) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if out.len() > limit {
            out.push('…');
            break;
        }
        write_within(out, key, limit);
        out.push_str(": ");
        write_within(out, value, limit);
    }
    out.push_str(close);
}

/// The shortest digits that read back as the same number, with an exponent where Python writes one.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = shortest(value);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let after_point = (digits_of(&scientific) as i32 - 1 - exponent).max(1);
        return format!("{value:.*}", after_point as usize);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// The fewest digits that read back as the same number. Of two that are equally near, CPython takes the even one (mode 0
/// of `Python/dtoa.c`), as rounding to a number of digits does.
fn shortest(value: f64) -> String {
    let nearest = format!("{value:e}");
    let even = format!("{value:.*e}", digits_of(&nearest).saturating_sub(1));
    if even.parse() == Ok(value) { even } else { nearest }
}

/// How many digits stand before the exponent.
fn digits_of(scientific: &str) -> usize {
    scientific.bytes().take_while(|&byte| byte != b'e').filter(u8::is_ascii_digit).count()
}

fn write_complex(out: &mut String, real: f64, imaginary: f64) {
    let part = |value: f64| {
        let text = float(value);
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    if real == 0.0 && real.is_sign_positive() {
        put(out, format_args!("{}j", part(imaginary)));
    } else {
        let sign = if imaginary.is_sign_negative() { "" } else { "+" };
        put(out, format_args!("({}{sign}{}j)", part(real), part(imaginary)));
    }
}

/// Double quotes only for text with single and without double quotes.
fn quote_for(has: impl Fn(u8) -> bool) -> char {
    if has(b'\'') && !has(b'"') { '"' } else { '\'' }
}

fn write_str(out: &mut String, text: &PyStr) {
    let quote = quote_for(|byte| text.as_bytes().contains(&byte));
    out.push(quote);
    for point in text.code_points() {
        match char::from_u32(point) {
            Some(c) if c == quote || c == '\\' => put(out, format_args!("\\{c}")),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if is_printable(c) => out.push(c),
            _ if point <= 0xFF => put(out, format_args!("\\x{point:02x}")),
            _ if point <= 0xFFFF => put(out, format_args!("\\u{point:04x}")),
            _ => put(out, format_args!("\\U{point:08x}")),
        }
    }
    out.push(quote);
}

/// Roughly `str.isprintable`: newer Unicode versions assign characters that older Pythons escape.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // After another character, so that combining characters are judged as such.
    let after_letter = String::from_iter(['a', c]);
    !c.is_whitespace() && after_letter.escape_debug().count() == 2
}

fn write_bytes(out: &mut String, bytes: &[u8]) {
    let quote = quote_for(|byte| bytes.contains(&byte));
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            _ if char::from(byte) == quote => put(out, format_args!("\\{quote}")),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => put(out, format_args!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_python_writes_them() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.5, "1.5"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e-5, "1.25e-05"),
            (1e-4, "0.0001"),
            (2f64.powi(-25), "2.9802322387695312e-08"),
            (5e-324, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
            (123_456_789.125, "123456789.125"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn strings_and_containers() {
        let text = |s: &str| repr(&Object::Str(s.into()));
        assert_eq!(text("it's"), "\"it's\"");
        assert_eq!(text("'\"\n\u{7f}é\u{301}\u{a0}"), "'\\'\"\\n\\x7fé\u{301}\\xa0'");
        assert_eq!(repr(&Object::Bytes(b"a'\x00".into())), "b\"a'\\x00\"");
        let one: ObjectRef = Object::Int(1).into();
        assert_eq!(repr(&Object::Tuple(vec![one])), "(1,)");
        assert_eq!(repr(&Object::Complex(-0.0, 2.0)), "(-0+2j)");
        assert_eq!(repr(&Object::Complex(0.0, -2.5)), "-2.5j");
        let surrogate = PyStr::from_wtf8(&[0xED, 0xA0, 0x80]).unwrap();
        assert_eq!(repr(&Object::Str(surrogate)), "'\\ud800'");
    }
}
