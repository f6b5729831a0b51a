//! Annotations as text, the way CPython's compiler writes them (`Python/ast_unparse.c`).

use super::fstring::MAX_DEPTH;
use super::level::Slot;
use super::line::Line;
use super::{ProblemKind, string};
use crate::node::{Expr, FStringPart};
use lancehead_pyc::{PyStr, Version};

pub(super) fn unparse(expr: &Expr, version: Version) -> Option<PyStr> {
    let mut line = Line::new(version);
    line.as_annotation = true;
    line.expr(expr, Slot::TEST);
    line.run();
    line.problems.is_empty().then(|| line.fragments.flat().into())
}

impl<'a> Line<'a> {
    /// Queues an f-string: the `repr` of its body, whatever quotes stand in the expressions.
    pub(super) fn annotation_fstring(&mut self, prefix: &'static str, parts: &'a [FStringPart]) {
        let mut body = Vec::new();
        self.fstring_body(parts, &mut body);
        let literal = PyStr::from_wtf8(&body).ok().and_then(|body| string::str_literal(&body, self.quotes));
        self.text(prefix);
        match literal {
            Some(literal) => self.owned(literal),
            None => self.unquotable(),
        }
    }

    fn fstring_body(&mut self, parts: &[FStringPart], body: &mut Vec<u8>) {
        if self.fstring_depth >= MAX_DEPTH {
            return self.problems.push(ProblemKind::FStringTooDeep);
        }
        self.fstring_depth += 1;
        for part in parts {
            match part {
                FStringPart::Literal(text) => {
                    for &byte in text.as_bytes() {
                        body.push(byte);
                        if matches!(byte, b'{' | b'}') {
                            body.push(byte);
                        }
                    }
                }
                FStringPart::Interpolation { value, text, conversion, spec } => {
                    match text {
                        Some(text) => {
                            body.push(b'{');
                            body.extend_from_slice(text.as_bytes());
                        }
                        None => self.fstring_value(value, body),
                    }
                    if let Some(conversion) = conversion {
                        body.push(b'!');
                        body.extend_from_slice(conversion.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    if let Some(spec) = spec {
                        body.push(b':');
                        self.fstring_body(spec, body);
                    }
                    body.push(b'}');
                }
            }
        }
        self.fstring_depth -= 1;
    }

    fn fstring_value(&mut self, value: &Expr, body: &mut Vec<u8>) {
        let mut line = Line::new(self.version);
        line.as_annotation = true;
        line.fstring_depth = self.fstring_depth;
        line.expr(value, Slot::At(super::level::Level::Or));
        line.run();
        self.problems.append(&mut line.problems);
        let text = line.fragments.flat();
        body.extend_from_slice(if text.starts_with('{') { b"{ " } else { b"{" });
        body.extend_from_slice(text.as_bytes());
    }
}
