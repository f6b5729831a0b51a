//! F-strings and t-strings.
//!
//! Before 3.12 an f-string is tokenized as one plain string, so its expressions can hold neither its own quotes nor a
//! backslash. The printer tries the four quotes in turn; an expression inside is printed under the restrictions
//! of all f-strings around it, so that nesting ends after four levels. From 3.12 on everything is allowed; the
//! restricted form is still tried first, because `f'{d["k"]}'` reads better than `f'{d['k']}'`.

use super::ProblemKind;
use super::expr::level;
use super::first::first_line;
use super::level::{Level, Slot};
use super::line::Line;
use super::string::{Quote, Quotes, escape, escape_numeric, preferred_quote};
use crate::node::{Expr, ExprKind, FStringPart};
use lancehead_pyc::{PyStr, Version};

/// The tokenizer's limit on nested f-strings.
pub(super) const MAX_DEPTH: usize = 150;
/// How deep the more readable quoting is sought; each level deeper doubles the work.
const MAX_PRETTY_DEPTH: usize = 4;

/// What is rendered, and under which rules.
struct Renderer {
    version: Version,
    free: bool,
    depth: usize,
    problems: Vec<ProblemKind>,
}

impl<'a> Line<'a> {
    /// Writes an f-string (or t-string, by its prefix) that began on `line` of the original.
    pub(super) fn fstring(&mut self, prefix: &'static str, parts: &'a [FStringPart], line: u32) {
        let problems = self.problems.len();
        if self.keeps_lines && self.fstring_pieces(prefix, parts, line).is_some() {
            return;
        }
        self.problems.truncate(problems);
        match self.render(prefix, parts) {
            Ok(text) => self.owned(text),
            Err(renderer) => self.without_fstring(renderer, prefix, parts),
        }
    }

    /// Writes an f-string as several, one behind the other, where its expressions stood on several lines. When one of
    /// them cannot be written, nothing is.
    fn fstring_pieces(&mut self, prefix: &'static str, parts: &'a [FStringPart], line: u32) -> Option<()> {
        let mut pieces: Vec<(u32, &[FStringPart])> = Vec::new();
        let (mut start, mut last) = (0, line);
        for (i, part) in parts.iter().enumerate() {
            if let FStringPart::Interpolation { value, .. } = part
                && first_line(value) > last
            {
                if last > 0 {
                    pieces.push((last, &parts[start..i]));
                    start = i;
                }
                last = first_line(value);
            }
        }
        if pieces.is_empty() {
            return None;
        }
        pieces.push((last, &parts[start..]));
        let rendered: Vec<String> =
            pieces.iter().map(|(_, parts)| self.render(prefix, parts).ok()).collect::<Option<_>>()?;
        for (i, ((line, _), text)) in pieces.iter().zip(rendered).enumerate() {
            if i > 0 {
                self.text(" ");
                self.at(*line);
            }
            self.owned(text);
        }
        Some(())
    }

    fn render(&mut self, prefix: &'static str, parts: &[FStringPart]) -> Result<String, Renderer> {
        let free = self.syntax.free_fstrings;
        let mut renderer =
            Renderer { version: self.version, free, depth: self.fstring_depth, problems: Vec::new() };
        match renderer
            .literal(prefix, parts, self.quotes)
            .filter(|text| keeps_texts(prefix, text, parts, self.version))
        {
            Some(text) => {
                self.problems.append(&mut renderer.problems);
                Ok(text)
            }
            None => Err(renderer),
        }
    }

    /// Finds another way for an f-string that this version's syntax cannot express.
    fn without_fstring(&mut self, mut renderer: Renderer, prefix: &'static str, parts: &'a [FStringPart]) {
        if self.quotes.restricted || self.fstring_depth > 0 {
            self.problems.append(&mut renderer.problems);
            return self.unquotable();
        }
        if self.syntax.percent_is_fstring && self.percent_format(parts) {
            return;
        }
        // Wrong syntax for this version, and said to be so; still the most telling text there is.
        renderer.free = true;
        renderer.problems.clear();
        let text = renderer.literal(prefix, parts, self.quotes);
        let too_deep = renderer.problems.contains(&ProblemKind::FStringTooDeep);
        self.problems.push(if too_deep { ProblemKind::FStringTooDeep } else { ProblemKind::FString });
        self.owned(text.unwrap_or_else(|| "f''".to_owned()));
    }

    /// Writes `'…' % (…)` when that compiles to the same code; false when it does not.
    fn percent_format(&mut self, parts: &'a [FStringPart]) -> bool {
        let Some((text, values)) = percent_parts(parts) else { return false };
        let mut format = String::new();
        text.code_points().for_each(|point| escape(&mut format, point, '\''));
        self.owned(format!("('{format}' % ("));
        for (i, value) in values.iter().enumerate() {
            self.text(if i > 0 { ", " } else { "" });
            self.expr(value, Slot::TEST);
        }
        self.text(if values.len() == 1 { ",))" } else { "))" });
        true
    }
}

/// Whether the literal for a t-string has the texts of its expressions where they belong. They come from the bytecode,
/// where anything can stand.
#[cfg(feature = "parse")]
fn keeps_texts(prefix: &str, literal: &str, parts: &[FStringPart], version: Version) -> bool {
    use crate::node::StmtKind;
    let texts = |parts: &[FStringPart]| -> Vec<Option<PyStr>> {
        let text = |part: &FStringPart| match part {
            FStringPart::Literal(_) => None,
            FStringPart::Interpolation { text, .. } => text.clone(),
        };
        parts.iter().map(text).collect()
    };
    let wanted = texts(parts);
    if prefix == "f" || wanted.iter().all(Option::is_none) {
        return true;
    }
    let module = crate::parse::parse_module(literal, version);
    let statements = module.as_ref().map_or(&[][..], |module| &module.body);
    match statements {
        [stmt] => match &stmt.kind {
            StmtKind::Expr(Expr { kind: ExprKind::TemplateStr(parts), .. }) => texts(parts) == wanted,
            _ => false,
        },
        _ => false,
    }
}

/// Without a parser there is no telling.
#[cfg(not(feature = "parse"))]
fn keeps_texts(_: &str, _: &str, _: &[FStringPart], _: Version) -> bool {
    true
}

/// The format and the values of the `'…' % (…)` that the compiler makes an f-string of these parts of, if there is one.
pub fn percent_parts(parts: &[FStringPart]) -> Option<(PyStr, Vec<&Expr>)> {
    let (mut format, mut values) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            FStringPart::Literal(text) => {
                for byte in text.as_bytes() {
                    format.push(*byte);
                    if *byte == b'%' {
                        format.push(b'%');
                    }
                }
            }
            FStringPart::Interpolation { value, conversion: Some(conversion), spec, .. } => {
                format.push(b'%');
                format.extend(percent_width(spec.as_deref())?.into_bytes());
                format.push(u8::try_from(*conversion).ok()?);
                values.push(&**value);
            }
            FStringPart::Interpolation { .. } => return None,
        }
    }
    Some((PyStr::from_wtf8(&format).ok()?, values))
}

/// The flags, width and precision of a `%` conversion for a format specification that one compiles to, if there is one
/// (`parse_format` in `Python/ast_opt.c`).
fn percent_width(spec: Option<&[FStringPart]>) -> Option<String> {
    let text = match spec {
        None => return Some(String::new()),
        Some([FStringPart::Literal(text)]) => text.to_str()?,
        Some(_) => return None,
    };
    let (flag, rest) = match text.strip_prefix('>') {
        Some(rest) => ("", rest),
        None if text.starts_with('.') => ("", text),
        None => ("-", text),
    };
    let (width, precision) =
        rest.split_once('.').map_or((rest, None), |(width, digits)| (width, Some(digits)));
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if !is_number(width) || text.starts_with('>') && width.is_empty() || text.is_empty() {
        return None;
    }
    match precision {
        None => Some(format!("{flag}{width}")),
        Some("0") => Some(format!("{flag}{width}.0")),
        Some(digits) if !digits.is_empty() && is_number(digits) => Some(format!("{flag}{width}.{digits}")),
        Some(_) => None,
    }
}

impl Renderer {
    /// The literal, or `None` when it cannot be written here.
    fn literal(&mut self, prefix: &str, parts: &[FStringPart], quotes: Quotes) -> Option<String> {
        if self.depth >= MAX_DEPTH {
            self.problems.push(ProblemKind::FStringTooDeep);
            return None;
        }
        let literals = || {
            parts.iter().filter_map(|part| match part {
                FStringPart::Literal(text) => Some(text.as_bytes()),
                FStringPart::Interpolation { .. } => None,
            })
        };
        let preferred =
            preferred_quote(literals().any(|t| t.contains(&b'\'')), literals().any(|t| t.contains(&b'"')));
        let kinds: &[Quote] = if self.free { &Quote::ALL[..2] } else { &Quote::ALL };
        if !self.free || self.depth < MAX_PRETTY_DEPTH {
            for &quote in [preferred].iter().chain(kinds.iter().filter(|kind| **kind != preferred)) {
                let found = self.problems.len();
                if let Some(text) =
                    self.quoted(prefix, parts, quote, quotes, quotes.within(quote, !self.free))
                {
                    return Some(text);
                }
                self.problems.truncate(found);
            }
        }
        if self.free && !quotes.restricted {
            return self.quoted(prefix, parts, preferred, quotes, Quotes::default());
        }
        None
    }

    fn quoted(
        &mut self,
        prefix: &str,
        parts: &[FStringPart],
        quote: Quote,
        outside: Quotes,
        inside: Quotes,
    ) -> Option<String> {
        // Asked before the parts are printed: it is what bounds the search.
        if !outside.allow(quote.text()) {
            return None;
        }
        let mut out = format!("{prefix}{}", quote.text());
        self.parts(&mut out, parts, quote, outside, inside, 0)?;
        out.push_str(quote.text());
        outside.allow(&out).then_some(out)
    }

    /// Writes the parts of an f-string, or of a format specification that many levels deep.
    fn parts(
        &mut self,
        out: &mut String,
        parts: &[FStringPart],
        quote: Quote,
        outside: Quotes,
        inside: Quotes,
        spec_depth: usize,
    ) -> Option<()> {
        for part in parts {
            match part {
                FStringPart::Literal(text) => self.text_part(out, text, quote, outside, spec_depth > 0)?,
                // Before 3.12 the specification of a specification is mere text.
                FStringPart::Interpolation { .. } if spec_depth > 1 && !self.free => return None,
                FStringPart::Interpolation { value, text, conversion, spec } => {
                    out.push('{');
                    match text.as_ref().filter(|_| self.free) {
                        Some(text) => self.verbatim(out, text)?,
                        None => self.value(out, value, inside)?,
                    }
                    if let Some(conversion) = conversion {
                        out.push('!');
                        out.push(*conversion);
                    }
                    if let Some(spec) = spec {
                        out.push(':');
                        self.depth += 1;
                        let done = if self.depth < MAX_DEPTH {
                            self.parts(out, spec, quote, outside, inside, spec_depth + 1)
                        } else {
                            self.problems.push(ProblemKind::FStringTooDeep);
                            None
                        };
                        self.depth -= 1;
                        done?;
                    }
                    out.push('}');
                }
            }
        }
        Some(())
    }

    /// Literal text between the expressions.
    fn text_part(
        &self,
        out: &mut String,
        text: &PyStr,
        quote: Quote,
        outside: Quotes,
        in_spec: bool,
    ) -> Option<()> {
        for point in text.code_points() {
            let brace = match char::from_u32(point) {
                Some('{') => Some("{{"),
                Some('}') => Some("}}"),
                _ => None,
            };
            match brace {
                // A doubled brace means nothing in a format specification, but an escape does.
                Some(_) if in_spec && outside.no_backslash => return None,
                Some(_) if in_spec => escape_numeric(out, point),
                Some(doubled) => out.push_str(doubled),
                None if outside.no_backslash => out.push(plain(point, quote)?),
                None => escape(out, point, quote.char()),
            }
        }
        Some(())
    }

    /// The source text of an expression, as the program spelled it.
    fn verbatim(&mut self, out: &mut String, text: &PyStr) -> Option<()> {
        let text = text.to_str()?;
        if text.starts_with('{') {
            out.push(' ');
        }
        out.push_str(text);
        Some(())
    }

    fn value(&mut self, out: &mut String, value: &Expr, inside: Quotes) -> Option<()> {
        let mut line = Line::new(self.version);
        line.syntax.free_fstrings = self.free;
        line.quotes = inside;
        line.fstring_depth = self.depth + 1;
        line.expr(value, slot(value));
        line.run();
        let failed =
            line.problems.iter().any(|p| matches!(p, ProblemKind::FString | ProblemKind::FStringTooDeep));
        self.problems.append(&mut line.problems);
        let text = line.fragments.flat();
        if failed || !inside.allow(&text) {
            return None;
        }
        if text.starts_with('{') {
            out.push(' ');
        }
        out.push_str(&text);
        Some(())
    }
}

/// A character of an f-string inside an f-string, where there is no backslash to escape it with.
fn plain(point: u32, quote: Quote) -> Option<char> {
    let c = char::from_u32(point)?;
    let is_forbidden =
        matches!(c, '\\' | '\r' | '\0') || c == quote.char() || c == '\n' && !quote.is_triple();
    (!is_forbidden).then_some(c)
}

/// What may stand between the braces without parentheses. A colon or an exclamation mark would end the expression, so
/// a lambda must be in parentheses, even as the last arm of a conditional expression.
fn slot(value: &Expr) -> Slot {
    let mut last = value;
    while let ExprKind::IfExp { orelse, .. } = &last.kind {
        last = orelse;
    }
    match (level(value), &last.kind) {
        (Level::Test, ExprKind::Lambda { .. } | ExprKind::Verbatim(_)) => Slot::At(Level::Or),
        _ => Slot::TEST,
    }
}
