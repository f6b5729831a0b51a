//! f-strings and t-strings.

use std::rc::Rc;

use lancehead_ast::{Constant, Expr, ExprKind, FStringPart, Operator, percent_parts};
use lancehead_ir::Op;

use super::Machine;
use crate::code::constants::text;
use crate::code::failure::Outcome;
use crate::execute::value::Value;

/// The operations of f-strings and t-strings.
pub fn step(m: &mut Machine<'_>, op: &Op) -> Outcome<()> {
    match op {
        Op::ConvertValue(conversion) => {
            m.formats_operand = m.unit.dialect.takes_formats_apart && m.is_at_previous();
            let value = m.pop_expr()?;
            m.push(Value::Converted(Box::new(value), *conversion));
        }
        Op::FormatValue { conversion, has_spec } => {
            let spec = if *has_spec { Some(spec(m.pop_expr()?)) } else { None };
            let (value, conversion) = match m.pop()? {
                Value::Converted(value, conversion) => (*value, Some(conversion)),
                value => {
                    let takes_apart = conversion.is_some() && m.unit.dialect.takes_formats_apart;
                    m.formats_operand = takes_apart && m.is_at_previous();
                    (m.to_expr(value)?, *conversion)
                }
            };
            let value = Box::new(value);
            m.push_expr(ExprKind::JoinedStr(vec![FStringPart::Interpolation {
                value,
                text: None,
                conversion,
                spec,
            }]));
        }
        Op::BuildString(count) => {
            let mut parts = Vec::new();
            let mut lines = Vec::new();
            for part in m.pop_exprs(*count)? {
                match part.kind {
                    ExprKind::Constant(Constant::Str(text)) => {
                        lines.push(part.line);
                        parts.push(FStringPart::Literal(text));
                    }
                    ExprKind::JoinedStr(more) => parts.extend(more),
                    _ => return m.fail("an f-string of something else"),
                }
            }
            // The texts of a format have no line of their own: they seem to stand where what is before them does.
            let is_before = lines.iter().any(|line| *line < m.line());
            let is_format =
                std::mem::take(&mut m.formats_operand) || is_before || parts.iter().any(is_str_conversion);
            if is_format
                && m.unit.dialect.takes_formats_apart
                && let Some(format) = percent_format(&parts)
            {
                m.push_expr(format);
                return Ok(());
            }
            m.push_expr(ExprKind::JoinedStr(parts));
        }
        Op::BuildInterpolation { conversion, has_spec } => {
            let spec = if *has_spec { Some(spec(m.pop_expr()?)) } else { None };
            let source = m.pop_expr()?;
            let value = Box::new(m.pop_expr()?);
            let Some(source) = text(&source).cloned() else { return m.fail("an interpolation without text") };
            m.push(Value::Interpolation(Rc::new(FStringPart::Interpolation {
                value,
                text: Some(source),
                conversion: *conversion,
                spec,
            })));
        }
        Op::BuildTemplate => template(m)?,
        _ => return m.fail("no f-string"),
    }
    Ok(())
}

fn is_str_conversion(part: &FStringPart) -> bool {
    matches!(part, FStringPart::Interpolation { conversion: Some('s'), .. })
}

/// `'…' % (…)`, which the compiler makes an f-string of, if these parts can be the result.
fn percent_format(parts: &[FStringPart]) -> Option<ExprKind> {
    let (format, values) = percent_parts(parts).filter(|(_, values)| !values.is_empty())?;
    let left = Box::new(Expr::new(ExprKind::Constant(Constant::Str(format))));
    let right = Box::new(Expr::new(ExprKind::Tuple(values.into_iter().cloned().collect())));
    Some(ExprKind::BinOp { left, op: Operator::Mod, right })
}

fn spec(spec: Expr) -> Vec<FStringPart> {
    match spec.kind {
        ExprKind::Constant(Constant::Str(text)) => vec![FStringPart::Literal(text)],
        ExprKind::JoinedStr(parts) => parts,
        kind => vec![FStringPart::Interpolation {
            value: Box::new(Expr { kind, line: spec.line }),
            text: None,
            conversion: None,
            spec: None,
        }],
    }
}

/// `BUILD_TEMPLATE`: strings and interpolations alternate, a string first and last.
fn template(m: &mut Machine<'_>) -> Outcome<()> {
    let interpolations = m.pop_expr()?;
    let strings = m.pop_expr()?;
    let (ExprKind::Tuple(strings), ExprKind::Tuple(interpolations)) = (strings.kind, interpolations.kind)
    else {
        return m.fail("a t-string of something else");
    };
    let mut parts = Vec::new();
    let mut interpolations = interpolations.into_iter();
    for string in strings {
        match text(&string) {
            Some(text) if text.is_empty() => {}
            Some(text) => parts.push(FStringPart::Literal(text.clone())),
            None => return m.fail("a t-string of something else"),
        }
        if let Some(interpolation) = interpolations.next() {
            match interpolation.kind {
                ExprKind::TemplateStr(part) => parts.extend(part),
                _ => return m.fail("a t-string of something else"),
            }
        }
    }
    m.push_expr(ExprKind::TemplateStr(parts));
    Ok(())
}
