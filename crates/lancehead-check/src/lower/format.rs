//! f-strings, t-strings, and `%` where the compiler makes it an f-string.

use lancehead_ast::{Constant, Expr, ExprKind, FStringPart};
use lancehead_ir::Collection;
use lancehead_pyc::PyStr;

use super::display::STACK_USE_GUIDELINE;
use super::expr::is_starred;
use super::{Lower, Result};
use crate::act::{Act, Grow};
use crate::intern::Value;

/// A part of a string under construction, adjacent literals joined.
enum Piece<'a> {
    Literal(PyStr),
    Value { value: &'a Expr, conversion: Option<char>, spec: Option<Vec<Piece<'a>>> },
}

fn pieces(parts: &[FStringPart]) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            FStringPart::Literal(text) if text.is_empty() => {}
            FStringPart::Literal(text) => match pieces.last_mut() {
                Some(Piece::Literal(before)) => {
                    let joined = [before.as_bytes(), text.as_bytes()].concat();
                    *before = PyStr::from_wtf8(&joined).unwrap_or_default();
                }
                _ => pieces.push(Piece::Literal(text.clone())),
            },
            FStringPart::Interpolation { value, conversion, spec, .. } => pieces.push(Piece::Value {
                value,
                conversion: *conversion,
                spec: spec.as_deref().map(self::pieces),
            }),
        }
    }
    pieces
}

fn conversion_code(conversion: Option<char>) -> u8 {
    match conversion {
        Some('s') => 1,
        Some('r') => 2,
        Some('a') => 3,
        _ => 0,
    }
}

impl<'a> Lower<'a> {
    pub fn joined(&mut self, parts: &[FStringPart]) -> Result {
        self.pieces(&pieces(parts))
    }

    fn pieces(&mut self, pieces: &[Piece<'_>]) -> Result {
        if self.d.joins_long_strings() && pieces.len() > STACK_USE_GUIDELINE {
            self.string("");
            let join = self.t("join");
            self.emit(Act::LoadMethod(join));
            self.emit(Act::Build(Collection::List, 0));
            for piece in pieces {
                self.piece(piece)?;
                self.emit(Act::Grow(Grow::ListAppend, 1));
            }
            self.emit(Act::Call { argc: 1, keywords: false, slots: 2 });
            return Ok(());
        }
        for piece in pieces {
            self.piece(piece)?;
        }
        match pieces.len() {
            1 => {}
            0 if !self.d.builds_empty_strings() => self.string(""),
            count => self.emit(Act::BuildString(count as u32)),
        }
        Ok(())
    }

    fn piece(&mut self, piece: &Piece<'_>) -> Result {
        match piece {
            Piece::Literal(text) => {
                let text = self.i.string(text);
                self.constant(text);
            }
            Piece::Value { value, conversion, spec } => {
                self.expr(value)?;
                let mut code = conversion_code(*conversion);
                if self.d.converts_apart() && code != 0 {
                    self.emit(Act::Convert(code));
                    code = 0;
                }
                if let Some(spec) = spec {
                    self.pieces(spec)?;
                }
                self.emit(Act::FormatValue { conversion: code, has_spec: spec.is_some() });
            }
        }
        Ok(())
    }

    pub fn template(&mut self, parts: &[FStringPart]) -> Result {
        let (mut strings, mut values) = (vec![Vec::new()], Vec::new());
        for part in parts {
            match part {
                FStringPart::Literal(text) => {
                    if let Some(last) = strings.last_mut() {
                        last.extend_from_slice(text.as_bytes());
                    }
                }
                FStringPart::Interpolation { value, text, conversion, spec } => {
                    strings.push(Vec::new());
                    values.push((value, text, *conversion, spec));
                }
            }
        }
        for text in &strings {
            let text = PyStr::from_wtf8(text).unwrap_or_default();
            let text = self.i.string(&text);
            self.constant(text);
        }
        self.emit(Act::Build(Collection::Tuple, strings.len() as u32));
        let count = values.len() as u32;
        for (value, text, conversion, spec) in values {
            self.expr(value)?;
            let Some(text) = text else { return self.fault("an interpolation without its text") };
            let text = self.i.string(text);
            self.constant(text);
            if let Some(spec) = spec {
                self.joined(spec)?;
            }
            self.emit(Act::BuildInterpolation {
                conversion: conversion_code(conversion),
                has_spec: spec.is_some(),
            });
        }
        self.emit(Act::Build(Collection::Tuple, count));
        self.emit(Act::BuildTemplate);
        Ok(())
    }

    /// `optimize_format`: `'…%s…' % (a, b)` with simple formats becomes an f-string (3.11).
    pub fn percent(&mut self, left: &Expr, right: &Expr) -> Result<bool> {
        let ExprKind::Tuple(items) = &right.kind else { return Ok(false) };
        let format = match &left.kind {
            ExprKind::Constant(Constant::Str(text)) => text.clone(),
            _ if self.d.folds_late() => return Ok(false),
            _ => match self.const_of(left).map(|constant| self.i.value(constant)) {
                Some(Value::Str(text)) => text.clone(),
                _ => return Ok(false),
            },
        };
        if !self.d.formats_percent() || items.iter().any(is_starred) {
            return Ok(false);
        }
        if !self.d.folds_late() && self.consts_of(items).is_some() {
            return Ok(false);
        }
        let Some(pieces) = percent_pieces(format.as_bytes(), items) else { return Ok(false) };
        self.pieces(&pieces)?;
        Ok(true)
    }
}

fn literal(bytes: &[u8]) -> PyStr {
    PyStr::from_wtf8(bytes).unwrap_or_default()
}

fn percent_pieces<'a>(format: &[u8], items: &'a [Expr]) -> Option<Vec<Piece<'a>>> {
    let (mut pieces, mut text, mut items, mut at) = (Vec::new(), Vec::new(), items.iter(), 0);
    while at < format.len() {
        if format[at] != b'%' {
            text.push(format[at]);
            at += 1;
            continue;
        }
        at += 1;
        if format.get(at) == Some(&b'%') {
            text.push(b'%');
            at += 1;
            continue;
        }
        if !text.is_empty() {
            pieces.push(Piece::Literal(literal(&text)));
            text.clear();
        }
        let (conversion, spec, next) = percent_format(format, at)?;
        let spec = (!spec.is_empty()).then(|| vec![Piece::Literal(literal(spec.as_bytes()))]);
        pieces.push(Piece::Value { value: items.next()?, conversion: Some(conversion), spec });
        at = next;
    }
    if !text.is_empty() {
        pieces.push(Piece::Literal(literal(&text)));
    }
    items.next().is_none().then_some(pieces)
}

/// A format behind its `%`: the conversion, the format specification it comes to, and where it ends.
fn percent_format(format: &[u8], at: usize) -> Option<(char, String, usize)> {
    let mut at = at;
    let mut left = false;
    while let Some(b'-' | b'+' | b' ' | b'#' | b'0') = format.get(at) {
        left |= format[at] == b'-';
        at += 1;
    }
    let digits = |from: usize| format[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let width_len = digits(at);
    let width = std::str::from_utf8(&format[at..at + width_len]).ok()?;
    at += width_len;
    let mut spec = String::new();
    if width_len > 0 {
        let width: u32 = width.parse().ok().filter(|_| width_len <= 2)?;
        if !left && width > 0 {
            spec.push('>');
        }
        spec.push_str(&width.to_string());
    }
    if format.get(at) == Some(&b'.') {
        let len = digits(at + 1);
        let precision = std::str::from_utf8(&format[at + 1..at + 1 + len]).ok()?;
        let precision: u32 = if len == 0 { 0 } else { precision.parse().ok().filter(|_| len <= 2)? };
        spec.push_str(&format!(".{precision}"));
        at += 1 + len;
    }
    let conversion = match format.get(at)? {
        b's' => 's',
        b'r' => 'r',
        b'a' => 'a',
        _ => return None,
    };
    Some((conversion, spec, at + 1))
}
