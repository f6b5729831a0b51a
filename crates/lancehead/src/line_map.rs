//! Lines of printed source: beside those of the original, and as places that outlive a change of the text.

use lancehead_ast::{Module, Stmt, StmtKind};
use lancehead_pyc::CodeIndex;
use rustc_hash::FxHashMap;

/// Lines of the printed text beside lines of the original: the statements of the tree, one by one, and the lines on which they
/// were printed.
pub(crate) fn line_map(module: &Module, printed: &[u32]) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    let mut now = printed.iter();
    each_statement(module, &mut |stmt, _| pairs.extend(now.next().map(|line| (*line, stmt.line))));
    pairs.retain(|(_, line)| *line > 0);
    pairs
}

/// A line of a text, told by the statement that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// The code object whose body the statement is in.
    code: CodeIndex,
    /// Which of its statements it is.
    number: u32,
    /// How many lines it is behind the beginning of the statement.
    behind: u32,
}

/// The statements of a printed module, and their lines.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    /// In the order of the text: line, code object, number within it.
    statements: Vec<(u32, CodeIndex, u32)>,
    lines: FxHashMap<(CodeIndex, u32), u32>,
}

impl Anchors {
    /// The statements of a module, and the lines on which they were printed.
    pub fn of(module: &Module, printed: &[u32]) -> Anchors {
        let mut anchors = Anchors::default();
        let mut counts: FxHashMap<CodeIndex, u32> = FxHashMap::default();
        let mut now = printed.iter();
        each_statement(module, &mut |_, code| {
            let number = counts.entry(code).or_default();
            if let Some(line) = now.next() {
                anchors.statements.push((*line, code, *number));
                anchors.lines.insert((code, *number), *line);
            }
            *number += 1;
        });
        anchors
    }

    /// The place of a line; none before the first statement.
    pub fn anchor(&self, line: u32) -> Option<Anchor> {
        let before = self.statements.partition_point(|(at, ..)| *at <= line).checked_sub(1)?;
        let (at, code, number) = self.statements[before];
        Some(Anchor { code, number, behind: line - at })
    }

    /// The line of a place.
    pub fn line(&self, anchor: &Anchor) -> Option<u32> {
        self.lines.get(&(anchor.code, anchor.number)).map(|line| line + anchor.behind)
    }
}

/// Calls `visit` with each statement, before those within it, and the code object that its body was decompiled from. Comments are no statements.
fn each_statement(module: &Module, visit: &mut dyn FnMut(&Stmt, CodeIndex)) {
    let mut stack: Vec<(&Stmt, CodeIndex)> =
        module.body.iter().rev().map(|stmt| (stmt, CodeIndex::ROOT)).collect();
    while let Some((stmt, around)) = stack.pop() {
        if matches!(stmt.kind, StmtKind::Comment(_)) {
            continue;
        }
        visit(stmt, around);
        let mut within = around;
        let mut suites: Vec<&[Stmt]> = Vec::new();
        match &stmt.kind {
            StmtKind::FunctionDef(def) => {
                within = def.code.unwrap_or(around);
                suites.push(&def.body);
            }
            StmtKind::ClassDef(def) => {
                within = def.code.unwrap_or(around);
                suites.push(&def.body);
            }
            _ => lancehead_decompile::suites_of(stmt, &mut |suite| suites.push(suite)),
        }
        for suite in suites.into_iter().rev() {
            // An empty suite is printed as `pass`, but for those that are optional.
            stack.extend(suite.iter().rev().map(|stmt| (stmt, within)));
        }
    }
}
