//! Docstrings: triple-quoted literals.

use std::borrow::Cow;

use super::string::{escape_numeric, is_printable};
use lancehead_pyc::PyStr;

/// A triple-quoted literal that evaluates to exactly `text`. Lines after the first stand as they are.
pub(super) fn literal(text: &PyStr) -> String {
    let mut out = String::with_capacity(text.as_bytes().len() + 6);
    out.push_str("\"\"\"");
    let mut run = 0;
    // Most text stands as it is.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n') && byte != b'"' && byte != b'\\';
    if let Some(text) = text.to_str()
        && text.bytes().all(is_plain)
    {
        out.push_str(text);
        out.push_str("\"\"\"");
        return out;
    }
    let mut points = text.code_points().peekable();
    while let Some(point) = points.next() {
        match char::from_u32(point) {
            Some('\\') => out.push_str("\\\\"),
            // Three in a row would end the literal, and so would the last one.
            Some('"') if run == 2 || points.peek().is_none() => {
                out.push_str("\\\"");
                run = 0;
                continue;
            }
            Some('"') => {
                out.push('"');
                run += 1;
                continue;
            }
            // The tokenizer would make a line feed of it.
            Some('\r') => out.push_str("\\r"),
            Some(c @ ('\n' | '\t')) => out.push(c),
            Some(c) if is_printable(c) => out.push(c),
            _ => escape_numeric(&mut out, point),
        }
        run = 0;
    }
    out.push_str("\"\"\"");
    out
}

/// The literal for a docstring that the compiler will strip of its indentation (3.13 and later): indented by `indent`
/// when the compiler takes all of that away again, else exact. Also whether it comes out of the compiler as it was.
pub(super) fn indented(text: &PyStr, indent: usize) -> (String, bool) {
    let bytes = text.as_bytes();
    // The compiler fails on a docstring with lone surrogates.
    let survives = text.to_str().is_some() && is_clean(bytes);
    if !survives || !bytes.contains(&b'\n') {
        return (literal(text), survives);
    }
    let margin = vec![b' '; indent];
    let mut shifted = Vec::with_capacity(bytes.len() + 64);
    for (i, line) in bytes.split(|b| *b == b'\n').enumerate() {
        if i > 0 {
            shifted.push(b'\n');
            if !line.is_empty() {
                shifted.extend_from_slice(&margin);
            }
        }
        shifted.extend_from_slice(line);
    }
    // The closing quotes look best under the opening ones, when the text ends with a line of its own.
    if bytes.ends_with(b"\n") {
        shifted.extend_from_slice(&margin);
    }
    match PyStr::from_wtf8(&shifted) {
        Ok(shifted) if *clean(shifted.as_bytes()) == *bytes => (literal(&shifted), true),
        _ => (literal(text), survives),
    }
}

/// What CPython's compiler makes of a docstring since 3.13 (`_PyCompile_CleanDoc`): tabs become blanks, and the common
/// indentation goes away.
pub(crate) fn clean(doc: &[u8]) -> Cow<'_, [u8]> {
    if is_clean(doc) {
        return Cow::Borrowed(doc);
    }
    let doc = if doc.contains(&b'\t') { Cow::Owned(expand_tabs(doc)) } else { Cow::Borrowed(doc) };
    let margin = margin(&doc);
    let mut out = Vec::with_capacity(doc.len());
    for (i, line) in lines(&doc).enumerate() {
        if i > 0 {
            out.push(b'\n');
        }
        let strip = if i == 0 { blanks(line) } else { blanks(line).min(margin) };
        out.extend_from_slice(&line[strip..]);
    }
    Cow::Owned(out)
}

fn lines(doc: &[u8]) -> impl Iterator<Item = &[u8]> {
    doc.split(|b| *b == b'\n')
}

fn blanks(line: &[u8]) -> usize {
    line.iter().take_while(|b| **b == b' ').count()
}

/// The indentation that all lines but the first have in common, those aside that hold nothing.
fn margin(doc: &[u8]) -> usize {
    let mut margin = usize::MAX;
    for line in lines(doc).skip(1) {
        let blanks = blanks(line);
        if blanks < line.len() {
            margin = margin.min(blanks);
        }
    }
    if margin == usize::MAX { 0 } else { margin }
}

/// Whether [`clean`] leaves it as it is.
fn is_clean(doc: &[u8]) -> bool {
    !doc.starts_with(b" ") && !doc.contains(&b'\t') && margin(doc) == 0
}

/// `str.expandtabs()`.
fn expand_tabs(doc: &[u8]) -> Vec<u8> {
    const TAB: usize = 8;
    let mut out = Vec::with_capacity(doc.len());
    let mut column = 0;
    for &byte in doc {
        match byte {
            b'\t' => {
                let width = TAB - column % TAB;
                out.resize(out.len() + width, b' ');
                column += width;
            }
            b'\n' | b'\r' => {
                out.push(byte);
                column = 0;
            }
            _ => {
                out.push(byte);
                // Columns are characters: continuation bytes do not count.
                column += usize::from(byte & 0xC0 != 0x80);
            }
        }
    }
    out
}
