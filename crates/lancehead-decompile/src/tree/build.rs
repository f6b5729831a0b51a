//! Statements and expressions that no bytecode holds: dead code, and what stands for code that was not recovered.

use lancehead_ast::{Constant, Expr, ExprKind, FStringPart, Stmt, StmtKind, Suite};

use crate::code::failure::Failure;

/// `if False: statement`: the compiler drops it, but takes note of the names and of `yield`.
pub fn dead(kind: StmtKind) -> Stmt {
    dead_suite(vec![Stmt::new(kind)])
}

pub fn dead_suite(body: Suite) -> Stmt {
    let test = Expr::new(ExprKind::Constant(Constant::Bool(false)));
    Stmt::new(StmtKind::If { test, body, orelse: Vec::new() })
}

/// The expression that a lambda's statements compute.
pub fn value_of(mut statements: Suite) -> Option<Expr> {
    if statements.is_empty() {
        return None;
    }
    let rest = statements.split_off(1);
    match statements.pop()?.kind {
        StmtKind::Return(value) if rest.is_empty() => {
            Some(value.unwrap_or_else(|| Expr::new(ExprKind::Constant(Constant::None))))
        }
        StmtKind::If { test, body, orelse } => {
            let orelse = if orelse.is_empty() {
                rest
            } else if rest.is_empty() {
                orelse
            } else {
                return None;
            };
            let line = test.line;
            let kind = ExprKind::IfExp {
                test: Box::new(test),
                body: Box::new(value_of(body)?),
                orelse: Box::new(value_of(orelse)?),
            };
            Some(Expr::at(kind, line))
        }
        _ => None,
    }
}

/// An expression that raises NotImplementedError, for one that could not be recovered.
pub fn raises(failure: &Failure) -> Expr {
    let call = |func: Expr, args: Vec<Expr>| {
        Expr::new(ExprKind::Call { func: Box::new(func), args, keywords: Vec::new() })
    };
    let nothing = lancehead_ast::Comprehension {
        target: Expr::name("_"),
        iter: Expr::new(ExprKind::Tuple(Vec::new())),
        ifs: Vec::new(),
        is_async: false,
    };
    let element = Box::new(Expr::name("_"));
    let generator = Expr::new(ExprKind::GeneratorExp { element, generators: vec![nothing] });
    let throw = Expr::new(ExprKind::Attribute { value: Box::new(generator), attr: "throw".into() });
    let reason = Expr::new(ExprKind::Constant(Constant::Str(failure.to_string().into())));
    call(throw, vec![call(Expr::name("NotImplementedError"), vec![reason])])
}

/// `!s`, `!r`, `!a` without formatting: what only an f-string spells.
pub fn converted(value: Expr, conversion: char, line: u32) -> Expr {
    let part = FStringPart::Interpolation {
        value: Box::new(value),
        text: None,
        conversion: Some(conversion),
        spec: None,
    };
    Expr::at(ExprKind::JoinedStr(vec![part]), line)
}
