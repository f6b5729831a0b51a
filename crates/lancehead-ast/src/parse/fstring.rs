//! F-strings and t-strings.

use super::literal::{Escapes, decode, text};
use super::{Converter, Fault, Result};
use crate::node::FStringPart;
use lancehead_pyc::PyStr;
use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange, TextSize};

/// The parts of one literal, adjacent texts joined.
struct Parts {
    parts: Vec<FStringPart>,
    pending: Vec<u8>,
    range: TextRange,
}

impl Parts {
    fn new(range: TextRange) -> Parts {
        Parts { parts: Vec::new(), pending: Vec::new(), range }
    }

    fn flush(&mut self) -> Result<()> {
        if !self.pending.is_empty() {
            let literal = text(std::mem::take(&mut self.pending), self.range)?;
            self.parts.push(FStringPart::Literal(literal));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<FStringPart>> {
        self.flush()?;
        Ok(self.parts)
    }
}

/// What the parts of a literal have in common.
#[derive(Debug, Clone, Copy)]
struct Style {
    escapes: Escapes,
    /// Whether the text of each expression is kept.
    keeps_text: bool,
    in_spec: bool,
}

impl Converter<'_> {
    pub(super) fn fstring(&mut self, expr: &ruff::ExprFString) -> Result<Vec<FStringPart>> {
        let mut parts = Parts::new(expr.range);
        for part in &expr.value {
            match part {
                ruff::FStringPart::Literal(literal) => self.string_part(literal, &mut parts.pending)?,
                ruff::FStringPart::FString(fstring) => {
                    let style = self.style(fstring.range, false);
                    self.elements(&fstring.elements, style, &mut parts)?;
                }
            }
        }
        parts.finish()
    }

    pub(super) fn tstring(&mut self, expr: &ruff::ExprTString) -> Result<Vec<FStringPart>> {
        let mut parts = Parts::new(expr.range);
        for tstring in expr.value.as_slice() {
            let style = self.style(tstring.range, true);
            self.elements(&tstring.elements, style, &mut parts)?;
        }
        parts.finish()
    }

    fn style(&self, range: TextRange, keeps_text: bool) -> Style {
        let prefix = self.text(range).split(['\'', '"']).next().unwrap_or_default();
        let escapes = if prefix.contains(['r', 'R']) { Escapes::Raw } else { Escapes::Text };
        Style { escapes, keeps_text, in_spec: false }
    }

    fn elements(
        &mut self,
        elements: &ruff::InterpolatedStringElements,
        style: Style,
        parts: &mut Parts,
    ) -> Result<()> {
        for element in elements {
            match element {
                ruff::InterpolatedStringElement::Literal(literal) => {
                    self.literal_text(literal.range, style, &mut parts.pending)?;
                }
                ruff::InterpolatedStringElement::Interpolation(element) => {
                    self.nested(element.range, |this| this.interpolation(element, style, parts))?;
                }
            }
        }
        Ok(())
    }

    /// Text between the expressions, where braces are doubled (but not in a format specification).
    fn literal_text(&self, range: TextRange, style: Style, out: &mut Vec<u8>) -> Result<()> {
        let mut rest = self.text(range);
        let fault = |message| Fault::new(message, range);
        while !rest.is_empty() {
            // The braces of `\N{…}` are not doubled, and belong to the escape.
            let brace = match style.escapes {
                Escapes::Raw => rest.find(['{', '}']),
                _ => find_brace(rest),
            };
            let Some(at) = brace.filter(|_| !style.in_spec) else {
                return decode(rest, style.escapes, out).map_err(fault);
            };
            decode(&rest[..=at], style.escapes, out).map_err(fault)?;
            let doubled = rest.as_bytes().get(at + 1) == rest.as_bytes().get(at);
            rest = &rest[at + 1 + usize::from(doubled)..];
        }
        Ok(())
    }

    fn interpolation(
        &mut self,
        element: &ruff::InterpolatedElement,
        style: Style,
        parts: &mut Parts,
    ) -> Result<()> {
        let mut conversion = element.conversion.to_char();
        let source = without_comments(self.expression_text(element));
        if let Some(debug) = &element.debug_text {
            let shown = without_comments(debug.as_str());
            parts.pending.extend_from_slice(shown.as_bytes());
            if conversion.is_none() && element.format_spec.is_none() {
                conversion = Some('r');
            }
        }
        parts.flush()?;
        let value = self.boxed(&element.expression)?;
        let spec = match &element.format_spec {
            None => None,
            Some(spec) => {
                let mut inner = Parts::new(spec.range);
                // The interpolations inside a specification are formatted at once, in t-strings too.
                let style = Style { in_spec: true, keeps_text: false, ..style };
                self.elements(&spec.elements, style, &mut inner)?;
                Some(inner.finish()?)
            }
        };
        let text = style.keeps_text.then(|| PyStr::from(source));
        parts.parts.push(FStringPart::Interpolation { value, text, conversion, spec });
        Ok(())
    }

    /// All between the opening brace and what ends the expression (`=`, `!`, `:` or the closing brace).
    fn expression_text(&self, element: &ruff::InterpolatedElement) -> &str {
        let start = element.range.start() + TextSize::from(1);
        let end = element.expression.range().end();
        let tail = self.text(TextRange::new(end, element.range.end()));
        let mut is_comment = false;
        let tail_len = tail.find(|c: char| {
            match c {
                '\n' | '\r' => is_comment = false,
                '#' => is_comment = true,
                _ => {}
            }
            // Only closing parentheses, a tuple's last comma and blanks can come between.
            !is_comment && matches!(c, '=' | '!' | ':' | '}')
        });
        let end = end + TextSize::try_from(tail_len.unwrap_or(0)).unwrap_or_default();
        self.text(TextRange::new(start, end))
    }
}

/// The next brace that is not part of an escape.
fn find_brace(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if text[at + 1..].starts_with("N{") => at += text[at..].find('}')?,
            b'\\' if !matches!(bytes.get(at + 1), Some(b'{' | b'}')) => at += 1,
            b'{' | b'}' => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The text as the tokenizer keeps it: without comments, lines ended by line feeds.
fn without_comments(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.contains('#') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '#' => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '\'' | '"' => string_len(rest, c),
            _ => c.len_utf8(),
        };
        out.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    out
}

/// The length of the string literal that `text` begins with.
fn string_len(text: &str, quote: char) -> usize {
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let delimiter = if text.starts_with(&triple) { &text[..3] } else { &text[..1] };
    let mut at = delimiter.len();
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with(delimiter) {
            return at + delimiter.len();
        }
        at += c.len_utf8();
        if c == '\\' {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}
