//! Words, strings and constants.

use std::fmt::Write;
use std::sync::Arc;

use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr, Version};

/// Constants nest no deeper in text.
const MAX_DEPTH: u32 = 100;

/// Writes a string in quotes. Lone surrogates and what is not printable are written as `\u{…}`.
pub(super) fn write_text(value: &PyStr, text: &mut String) {
    text.push('"');
    for point in value.code_points() {
        match char::from_u32(point) {
            Some('"') => *text += "\\\"",
            Some('\\') => *text += "\\\\",
            Some('\n') => *text += "\\n",
            Some(c) if !c.is_control() && (c.is_ascii() || c.is_alphanumeric()) => text.push(c),
            _ => {
                let _ = write!(text, "\\u{{{point:x}}}");
            }
        }
    }
    text.push('"');
}

/// Writes a constant.
pub(super) fn write_object(object: &Object, text: &mut String) {
    let mut list = |open: &str, items: &[ObjectRef], close: &str| {
        *text += open;
        for (at, item) in items.iter().enumerate() {
            *text += if at > 0 { ", " } else { "" };
            write_object(item, text);
        }
        *text += close;
    };
    match object {
        Object::Tuple(items) => list("(", items, ")"),
        Object::List(items) => list("[", items, "]"),
        Object::Set(items) => list("set(", items, ")"),
        Object::FrozenSet(items) => list("frozenset(", items, ")"),
        Object::Dict(pairs) | Object::FrozenDict(pairs) => {
            let name = if matches!(object, Object::Dict(_)) { "dict(" } else { "frozendict(" };
            let flat: Vec<ObjectRef> = pairs.iter().flat_map(|(k, v)| [k.clone(), v.clone()]).collect();
            list(name, &flat, ")");
        }
        Object::Slice(start, stop, step) => {
            list("slice(", &[start.clone(), stop.clone(), step.clone()], ")");
        }
        Object::None => *text += "None",
        Object::Bool(value) => *text += if *value { "True" } else { "False" },
        Object::Ellipsis => *text += "...",
        Object::StopIteration => *text += "StopIteration",
        Object::Int(value) => *text += &value.to_string(),
        Object::BigInt(value) => *text += &value.to_string(),
        Object::Float(value) => *text += &format!("{value:?}"),
        Object::Complex(real, imaginary) => *text += &format!("complex({real:?}, {imaginary:?})"),
        Object::Str(value) => write_text(value, text),
        Object::Bytes(bytes) => {
            *text += "b\"";
            for byte in bytes {
                match byte {
                    b'"' | b'\\' | 0..0x20 | 0x7f.. => *text += &format!("\\x{byte:02x}"),
                    _ => text.push(char::from(*byte)),
                }
            }
            *text += "\"";
        }
        Object::Code(code) => {
            *text += "code ";
            write_text(&code.name, text);
            *text += &format!(" line {}", code.firstlineno);
        }
    }
}

/// The words of a line: names and numbers, quoted strings, and marks of one character.
pub(super) struct Words<'t> {
    rest: &'t str,
}

impl<'t> Words<'t> {
    pub(super) fn new(line: &'t str) -> Words<'t> {
        Words { rest: line.trim_start() }
    }

    /// The next word, which stays; empty at the end.
    pub(super) fn peek(&self) -> &'t str {
        let rest = self.rest;
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let first = rest.chars().next().unwrap_or(' ');
        let length = match first {
            '"' => quoted(rest),
            'b' if rest[1..].starts_with('"') => 1 + quoted(&rest[1..]),
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            // A sign belongs to the number behind it.
            '-' if rest[1..].starts_with(|c: char| c.is_ascii_digit() || c == 'i') => {
                1 + number_length(&rest[1..])
            }
            _ if first.is_ascii_digit() => number_length(rest),
            _ if is_part(first) => rest.find(|c: char| !is_part(c)).unwrap_or(rest.len()),
            '(' | ')' | '[' | ']' | ',' | ':' => 1,
            '=' if !rest.starts_with("==") => 1,
            _ => rest.find(|c: char| c.is_whitespace() || is_part(c)).unwrap_or(rest.len()),
        };
        &rest[..length]
    }

    /// The next word; empty at the end.
    pub(super) fn next(&mut self) -> &'t str {
        let word = self.peek();
        self.rest = self.rest[word.len()..].trim_start();
        word
    }

    /// Takes the next word if it is this one.
    pub(super) fn take(&mut self, wanted: &str) -> bool {
        let is_next = self.peek() == wanted;
        if is_next {
            self.next();
        }
        is_next
    }

    /// Takes the next word, which must be this one.
    pub(super) fn exactly(&mut self, wanted: &str) -> Result<(), String> {
        match self.take(wanted) {
            true => Ok(()),
            false => Err(format!("expected `{wanted}`, found `{}`", self.peek())),
        }
    }

    /// Checks that nothing is left.
    pub(super) fn end(&self) -> Result<(), String> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(format!("expected the end of the line, found `{}`", self.peek())),
        }
    }

    /// A number with a prefix: `b12`.
    pub(super) fn number(&mut self, prefix: &str) -> Result<u32, String> {
        let word = self.next();
        let number = word.strip_prefix(prefix).and_then(|digits| digits.parse().ok());
        number.ok_or_else(|| match prefix {
            "" => format!("expected a number, found `{word}`"),
            _ => format!("expected {prefix} and a number, found `{word}`"),
        })
    }

    /// A string in quotes.
    pub(super) fn text(&mut self) -> Result<PyStr, String> {
        let word = self.next();
        let inner = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let inner = inner.ok_or_else(|| format!("expected a string, found `{word}`"))?;
        let mut bytes = Vec::with_capacity(inner.len());
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            let point = match (c, (c == '\\').then(|| chars.next()).flatten()) {
                ('\\', Some('n')) => u32::from('\n'),
                ('\\', Some('u')) => {
                    let digits: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                    u32::from_str_radix(&digits, 16).map_err(|_| format!("`{digits}` is no character"))?
                }
                ('\\', Some(escaped)) => u32::from(escaped),
                (c, _) => u32::from(c),
            };
            push_wtf8(point, &mut bytes);
        }
        PyStr::from_wtf8(&bytes).map_err(|at| format!("no text from byte {at} on"))
    }

    /// A constant.
    pub(super) fn object(&mut self, depth: u32) -> Result<ObjectRef, String> {
        if depth > MAX_DEPTH {
            return Err("the constant is nested too deeply".to_owned());
        }
        let word = self.peek();
        if word.starts_with('"') {
            return self.text().map(|text| Arc::new(Object::Str(text)));
        }
        self.next();
        let items = |words: &mut Self, close: &str| words.items(close, depth);
        let object = match word {
            "None" => Object::None,
            "True" => Object::Bool(true),
            "False" => Object::Bool(false),
            "..." => Object::Ellipsis,
            "StopIteration" => Object::StopIteration,
            "(" => Object::Tuple(items(self, ")")?),
            "[" => Object::List(items(self, "]")?),
            "set" | "frozenset" | "dict" | "frozendict" | "slice" | "complex" => {
                self.exactly("(")?;
                compound(word, items(self, ")")?)?
            }
            "code" => {
                let mut code = CodeObject::new(Version::ALL[0]);
                code.name = self.text()?;
                self.exactly("line")?;
                let line = self.next();
                code.firstlineno = line.parse().map_err(|_| format!("expected a line, found `{line}`"))?;
                Object::Code(Box::new(code))
            }
            _ => match word.strip_prefix("b\"").and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) => Object::Bytes(bytes(inner)?),
                None => number(word)?,
            },
        };
        Ok(Arc::new(object))
    }

    fn items(&mut self, close: &str, depth: u32) -> Result<Vec<ObjectRef>, String> {
        let mut items = Vec::new();
        while !self.take(close) {
            if !items.is_empty() {
                self.exactly(",")?;
            }
            items.push(self.object(depth + 1)?);
        }
        Ok(items)
    }
}

/// The length of a quoted string.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !is_escaped => return at + 1,
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    text.len()
}

/// The length of a number without its sign. `e-7` is part of it.
fn number_length(text: &str) -> usize {
    let mut before = ' ';
    let end = text.char_indices().find(|&(_, c)| {
        let is_part = c.is_ascii_alphanumeric() || c == '.' || (c == '-' && before == 'e');
        before = c;
        !is_part
    });
    end.map_or(text.len(), |(at, _)| at)
}

fn number(word: &str) -> Result<Object, String> {
    let unknown = || format!("expected a constant, found `{word}`");
    if let Ok(value) = word.parse() {
        return Ok(Object::Int(value));
    }
    let is_whole = word.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
    match is_whole {
        true => word.parse().map(Object::BigInt).map_err(|_| unknown()),
        false => word.parse().map(Object::Float).map_err(|_| unknown()),
    }
}

fn compound(name: &str, items: Vec<ObjectRef>) -> Result<Object, String> {
    let pairs = |items: &[ObjectRef]| {
        items.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect::<Vec<_>>()
    };
    Ok(match (name, &items[..]) {
        ("set", _) => Object::Set(items),
        ("frozenset", _) => Object::FrozenSet(items),
        ("dict", _) if items.len().is_multiple_of(2) => Object::Dict(pairs(&items)),
        ("frozendict", _) if items.len().is_multiple_of(2) => Object::FrozenDict(pairs(&items)),
        ("slice", [start, stop, step]) => Object::Slice(start.clone(), stop.clone(), step.clone()),
        ("complex", [real, imaginary]) => match (&**real, &**imaginary) {
            (Object::Float(real), Object::Float(imaginary)) => Object::Complex(*real, *imaginary),
            _ => return Err("a complex number has two floats".to_owned()),
        },
        _ => return Err(format!("{name} cannot have {} parts", items.len())),
    })
}

fn bytes(inner: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = inner;
    while let Some(first) = rest.bytes().next() {
        let escape = rest.strip_prefix("\\x").and_then(|rest| rest.get(..2));
        match escape {
            Some(digits) => {
                bytes.push(u8::from_str_radix(digits, 16).map_err(|_| format!("`{digits}` is no byte"))?);
                rest = &rest[4..];
            }
            None if first.is_ascii() => {
                bytes.push(first);
                rest = &rest[1..];
            }
            None => return Err("bytes are ASCII".to_owned()),
        }
    }
    Ok(bytes)
}

/// UTF-8, for lone surrogates too.
fn push_wtf8(point: u32, bytes: &mut Vec<u8>) {
    match char::from_u32(point) {
        Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let tail = |shift: u32| 0x80 | (point >> shift & 0x3f) as u8;
            bytes.extend([0xe0 | (point >> 12 & 0xf) as u8, tail(6), tail(0)]);
        }
    }
}
