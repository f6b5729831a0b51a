//! Lines of printed source beside those of the original.

use lancehead_ast::{Module, Stmt, StmtKind};

/// Lines of the printed text beside lines of the original: the statements of both trees, one by one.
pub(crate) fn line_map(module: &Module, printed: &Module) -> Vec<(u32, u32)> {
    let (mut original, mut now) = (Vec::new(), Vec::new());
    statement_lines(&module.body, &mut original);
    statement_lines(&printed.body, &mut now);
    if original.len() != now.len() {
        return Vec::new();
    }
    now.into_iter().zip(original).filter(|(_, line)| *line > 0).collect()
}

/// The lines of statements, each before those within it. Comments are no statements to a parser.
fn statement_lines(suite: &[Stmt], lines: &mut Vec<u32>) {
    let mut stack: Vec<&Stmt> = suite.iter().rev().collect();
    while let Some(stmt) = stack.pop() {
        if matches!(stmt.kind, StmtKind::Comment(_)) {
            continue;
        }
        lines.push(stmt.line);
        let suites: Vec<&[Stmt]> = match &stmt.kind {
            StmtKind::FunctionDef(def) => vec![&def.body],
            StmtKind::ClassDef(def) => vec![&def.body],
            StmtKind::For { body, orelse, .. }
            | StmtKind::While { body, orelse, .. }
            | StmtKind::If { body, orelse, .. } => vec![body, orelse],
            StmtKind::With { body, .. } => vec![body],
            StmtKind::Match { cases, .. } => cases.iter().map(|case| &case.body[..]).collect(),
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                let mut suites: Vec<&[Stmt]> = vec![body];
                suites.extend(handlers.iter().map(|handler| &handler.body[..]));
                suites.extend([&orelse[..], finalbody]);
                suites
            }
            _ => Vec::new(),
        };
        for suite in suites.into_iter().rev() {
            // An empty suite is printed as `pass`, but for those that are optional.
            stack.extend(suite.iter().rev());
        }
    }
}
