//! Walks over the syntax tree, shared and mutable side by side.

use lancehead_ast::{Expr, ExprKind, FStringPart, Stmt, StmtKind, Suite};
use smallvec::SmallVec;

/// Calls `visit` with every expression directly within a statement, nested suites aside.
pub fn exprs_of<'a>(stmt: &'a Stmt, visit: &mut dyn FnMut(&'a Expr)) {
    match &stmt.kind {
        StmtKind::FunctionDef(def) => {
            def.decorators.iter().for_each(&mut *visit);
            def.args.defaults.iter().chain(def.args.kw_defaults.iter().flatten()).for_each(&mut *visit);
        }
        StmtKind::ClassDef(def) => {
            def.decorators.iter().chain(&def.bases).for_each(&mut *visit);
            def.keywords.iter().for_each(|k| visit(&k.value));
        }
        StmtKind::Return(value) => value.iter().for_each(visit),
        StmtKind::Delete(targets) => targets.iter().for_each(visit),
        StmtKind::Assign { targets, value } => {
            targets.iter().for_each(&mut *visit);
            visit(value);
        }
        StmtKind::TypeAlias { name, value, .. } => [name, value].into_iter().for_each(visit),
        StmtKind::AugAssign { target, value, .. } => [target, value].into_iter().for_each(visit),
        StmtKind::AnnAssign { target, annotation, value, .. } => {
            visit(target);
            visit(annotation);
            value.iter().for_each(visit);
        }
        StmtKind::For { target, iter, .. } => [target, iter].into_iter().for_each(visit),
        StmtKind::While { test, .. } | StmtKind::If { test, .. } => visit(test),
        StmtKind::With { items, .. } => {
            for item in items {
                visit(&item.context);
                item.target.iter().for_each(&mut *visit);
            }
        }
        StmtKind::Match { subject, cases } => {
            visit(subject);
            cases.iter().filter_map(|c| c.guard.as_ref()).for_each(visit);
        }
        StmtKind::Raise { exc, cause } => exc.iter().chain(cause).for_each(visit),
        StmtKind::Try { handlers, .. } => handlers.iter().filter_map(|h| h.typ.as_ref()).for_each(visit),
        StmtKind::Assert { test, msg } => {
            visit(test);
            msg.iter().for_each(visit);
        }
        StmtKind::Expr(value) => visit(value),
        _ => {}
    }
}

/// Calls `visit` with every suite directly within a statement, but not the bodies of functions and classes.
pub fn suites_of<'a>(stmt: &'a Stmt, visit: &mut dyn FnMut(&'a [Stmt])) {
    match &stmt.kind {
        StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } => {
            visit(body);
            visit(orelse);
        }
        StmtKind::If { body, orelse, .. } => {
            visit(body);
            visit(orelse);
        }
        StmtKind::With { body, .. } => visit(body),
        StmtKind::Match { cases, .. } => cases.iter().for_each(|c| visit(&c.body)),
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            visit(body);
            handlers.iter().for_each(|h| visit(&h.body));
            visit(orelse);
            visit(finalbody);
        }
        _ => {}
    }
}

/// Calls `visit` with every suite directly within a statement, but not the bodies of functions and classes.
pub fn suites_mut(stmt: &mut Stmt, visit: &mut dyn FnMut(&mut Suite)) {
    match &mut stmt.kind {
        StmtKind::If { body, orelse, .. }
        | StmtKind::For { body, orelse, .. }
        | StmtKind::While { body, orelse, .. } => {
            visit(body);
            visit(orelse);
        }
        StmtKind::With { body, .. } => visit(body),
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            visit(body);
            handlers.iter_mut().for_each(|h| visit(&mut h.body));
            visit(orelse);
            visit(finalbody);
        }
        StmtKind::Match { cases, .. } => cases.iter_mut().for_each(|c| visit(&mut c.body)),
        _ => {}
    }
}

/// Calls `visit` with every expression directly within an expression, but not the bodies of lambdas.
pub fn parts_of<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    fn parts<'a>(list: &'a [FStringPart], visit: &mut dyn FnMut(&'a Expr)) {
        for part in list {
            if let FStringPart::Interpolation { value, spec, .. } = part {
                visit(value);
                if let Some(spec) = spec {
                    parts(spec, visit);
                }
            }
        }
    }
    match &expr.kind {
        ExprKind::BoolOp { values, .. } => values.iter().for_each(visit),
        ExprKind::NamedExpr { target, value } => [&**target, value].into_iter().for_each(visit),
        ExprKind::BinOp { left, right, .. } => [&**left, right].into_iter().for_each(visit),
        ExprKind::UnaryOp { operand, .. } => visit(operand),
        ExprKind::Lambda { args, .. } => {
            args.defaults.iter().chain(args.kw_defaults.iter().flatten()).for_each(visit);
        }
        ExprKind::IfExp { test, body, orelse } => [&**test, body, orelse].into_iter().for_each(visit),
        ExprKind::Dict { keys, values } => keys.iter().flatten().chain(values).for_each(visit),
        ExprKind::Set(items) | ExprKind::List(items) | ExprKind::Tuple(items) => items.iter().for_each(visit),
        ExprKind::ListComp { element, generators }
        | ExprKind::SetComp { element, generators }
        | ExprKind::GeneratorExp { element, generators } => {
            visit(element);
            for g in generators {
                visit(&g.target);
                visit(&g.iter);
                g.ifs.iter().for_each(&mut *visit);
            }
        }
        ExprKind::DictComp { key, value, generators } => {
            visit(key);
            value.iter().for_each(|v| visit(v));
            for g in generators {
                visit(&g.target);
                visit(&g.iter);
                g.ifs.iter().for_each(&mut *visit);
            }
        }
        ExprKind::Await(value)
        | ExprKind::YieldFrom(value)
        | ExprKind::Starred(value)
        | ExprKind::Attribute { value, .. } => visit(value),
        ExprKind::Yield(value) => value.iter().for_each(|v| visit(v)),
        ExprKind::Compare { left, comparators, .. } => {
            visit(left);
            comparators.iter().for_each(visit);
        }
        ExprKind::Call { func, args, keywords } => {
            visit(func);
            args.iter().for_each(&mut *visit);
            keywords.iter().for_each(|k| visit(&k.value));
        }
        ExprKind::JoinedStr(list) | ExprKind::TemplateStr(list) => parts(list, visit),
        ExprKind::Subscript { value, slice } => [&**value, slice].into_iter().for_each(visit),
        ExprKind::Slice { lower, upper, step } => {
            [lower, upper, step].into_iter().flatten().for_each(|e| visit(e));
        }
        ExprKind::Constant(_) | ExprKind::Name(_) | ExprKind::Verbatim(_) => {}
    }
}

/// Whether some expression of a suite, nested functions aside, passes a test.
pub fn any_expr(suite: &[Stmt], test: &mut dyn FnMut(&Expr) -> bool) -> bool {
    any(suite, &mut |_| {}, test)
}

/// Whether some expression of a suite passes a test, and what its statements are until then; nested functions aside.
pub fn any(suite: &[Stmt], visit: &mut dyn FnMut(&Stmt), test: &mut dyn FnMut(&Expr) -> bool) -> bool {
    let mut suites: SmallVec<[&[Stmt]; 16]> = SmallVec::new();
    suites.push(suite);
    let mut work: SmallVec<[&Expr; 32]> = SmallVec::new();
    while let Some(suite) = suites.pop() {
        for stmt in suite {
            visit(stmt);
            exprs_of(stmt, &mut |e| work.push(e));
            while let Some(expr) = work.pop() {
                if test(expr) {
                    return true;
                }
                parts_of(expr, &mut |e| work.push(e));
            }
            suites_of(stmt, &mut |s| suites.push(s));
        }
    }
    false
}

/// How many nodes an expression has, the bodies of lambdas included.
pub fn size(expr: &Expr) -> u64 {
    let mut size = 0;
    let mut work: SmallVec<[&Expr; 32]> = SmallVec::new();
    work.push(expr);
    while let Some(expr) = work.pop() {
        size += 1;
        if let ExprKind::Lambda { body, .. } = &expr.kind {
            work.push(body);
        }
        parts_of(expr, &mut |part| work.push(part));
    }
    size
}
