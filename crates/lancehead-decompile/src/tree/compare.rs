//! Equality of expressions, wherever they stood.

use lancehead_ast::{Expr, ExprKind, FStringPart};

/// Whether two expressions are the same but for their lines.
pub fn same(a: &Expr, b: &Expr) -> bool {
    let mut work = vec![(a.clone(), b.clone())];
    while let Some((a, b)) = work.pop() {
        if strip(a) != strip(b) {
            return false;
        }
    }
    true
}

/// The expression without its lines.
fn strip(mut expr: Expr) -> Expr {
    forget_lines(&mut expr);
    expr
}

fn forget_all<'a>(exprs: impl IntoIterator<Item = &'a mut Expr>) {
    exprs.into_iter().for_each(forget_lines);
}

fn forget_parts(parts: &mut [FStringPart]) {
    for part in parts {
        if let FStringPart::Interpolation { value, spec, .. } = part {
            forget_lines(value);
            if let Some(spec) = spec {
                forget_parts(spec);
            }
        }
    }
}

fn forget_lines(expr: &mut Expr) {
    expr.line = 0;
    match &mut expr.kind {
        ExprKind::BoolOp { values, .. } => forget_all(values),
        ExprKind::NamedExpr { target, value } => forget_all([&mut **target, value]),
        ExprKind::BinOp { left, right, .. } => forget_all([&mut **left, right]),
        ExprKind::UnaryOp { operand, .. } => forget_lines(operand),
        ExprKind::Lambda { body, .. } => forget_lines(body),
        ExprKind::IfExp { test, body, orelse } => forget_all([&mut **test, body, orelse]),
        ExprKind::Dict { keys, values } => {
            forget_all(keys.iter_mut().flatten());
            forget_all(values);
        }
        ExprKind::Set(items) | ExprKind::List(items) | ExprKind::Tuple(items) => forget_all(items),
        ExprKind::ListComp { element, generators }
        | ExprKind::SetComp { element, generators }
        | ExprKind::GeneratorExp { element, generators } => {
            forget_lines(element);
            for generator in generators {
                forget_all([&mut generator.target, &mut generator.iter]);
                forget_all(&mut generator.ifs);
            }
        }
        ExprKind::DictComp { key, value, generators } => {
            forget_lines(key);
            forget_all(value.as_deref_mut());
            for generator in generators {
                forget_all([&mut generator.target, &mut generator.iter]);
                forget_all(&mut generator.ifs);
            }
        }
        ExprKind::Await(value) | ExprKind::YieldFrom(value) | ExprKind::Starred(value) => forget_lines(value),
        ExprKind::Yield(value) => forget_all(value.as_deref_mut()),
        ExprKind::Compare { left, comparators, .. } => {
            forget_lines(left);
            forget_all(comparators);
        }
        ExprKind::Call { func, args, keywords } => {
            forget_lines(func);
            forget_all(args);
            forget_all(keywords.iter_mut().map(|k| &mut k.value));
        }
        ExprKind::JoinedStr(parts) | ExprKind::TemplateStr(parts) => forget_parts(parts),
        ExprKind::Attribute { value, .. } => forget_lines(value),
        ExprKind::Subscript { value, slice } => forget_all([&mut **value, slice]),
        ExprKind::Slice { lower, upper, step } => {
            forget_all([lower, upper, step].into_iter().flatten().map(|b| &mut **b));
        }
        ExprKind::Constant(_) | ExprKind::Name(_) | ExprKind::Verbatim(_) => {}
    }
}
