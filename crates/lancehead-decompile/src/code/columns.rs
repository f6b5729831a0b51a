//! Columns, as evidence of how statements nest.
//!
//! Since 3.11 the line table tells columns (PEP 657). A statement stands in the column of its suite, so that two statements
//! in a row are known to be of one suite, or of two. Nothing is asked of columns but to choose among sources that mean the
//! same.

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind, UnaryOp};
use lancehead_isa::{LineRange, LineTable, Opcode, Position};
use lancehead_pyc::CodeObject;
use num_bigint::Sign;
use rustc_hash::FxHashMap;

use crate::code::dialect::Dialect;

/// Where things begin in the lines of a code object.
#[derive(Debug)]
pub struct Columns {
    /// The first column on each line.
    first: FxHashMap<u32, u32>,
    /// The first column on each line of what ends there, and is no compound statement as a whole.
    within: FxHashMap<u32, u32>,
    table: Option<LineTable>,
    /// Whether a test has the span of its statement (3.11).
    spans_statements: bool,
    /// Whether what the compiler made a constant of was none yet when it placed the `return` (3.14).
    folds_late: bool,
}

impl Columns {
    /// The columns that the line table of a code object tells.
    pub fn of(code: &CodeObject, dialect: &Dialect) -> Columns {
        let (mut first, mut within) = (FxHashMap::default(), FxHashMap::default());
        let add = |columns: &mut FxHashMap<u32, u32>, line: u32, col: u32| {
            columns.entry(line).and_modify(|first| *first = col.min(*first)).or_insert(col);
        };
        let table = LineTable::of(code).ok();
        let spans_statements = dialect.tests_span_statements;
        let decides = |offset: u32| {
            let opcode = code.code.get(offset as usize).and_then(|n| Opcode::from_number(code.version, *n));
            opcode.is_some_and(|opcode| opcode.name().starts_with("POP_JUMP"))
        };
        let ranges = table.as_ref().map(LineTable::ranges).unwrap_or_default();
        // What comes from one line mostly stands together.
        for stretch in ranges.chunk_by(|one, next| one.position.line == next.position.line) {
            let Some(line) = stretch[0].position.line else { continue };
            let columns = |range: &LineRange| range.position.col;
            if let Some(col) = stretch.iter().filter_map(columns).min() {
                add(&mut first, line, col);
            }
            let ends = |range: &&LineRange| {
                range.position.end_line == Some(line) && !(spans_statements && decides(range.start))
            };
            if let Some(col) = stretch.iter().filter(ends).filter_map(columns).min() {
                add(&mut within, line, col);
            }
        }
        Columns { first, within, table, spans_statements, folds_late: dialect.folds_late }
    }

    /// The column of a suite.
    pub fn of_suite(&self, suite: &[Stmt]) -> Option<u32> {
        // What begins with a keyword may have brackets behind it.
        let begins = |stmt: &&Stmt| {
            matches!(
                &stmt.kind,
                StmtKind::Assign { .. }
                    | StmtKind::AugAssign { .. }
                    | StmtKind::Expr(_)
                    | StmtKind::Return(_)
                    | StmtKind::Raise { .. }
                    | StmtKind::Continue
                    | StmtKind::Break
            )
        };
        let exact = suite.iter().filter(begins).filter_map(|stmt| self.of_statement(stmt)).min();
        exact.or_else(|| suite.iter().filter_map(|stmt| self.of_statement(stmt)).max())
    }

    /// The position of the instruction at an offset.
    pub fn position(&self, offset: u32) -> Option<Position> {
        self.table.as_ref()?.position_at(offset)
    }

    /// The column of a statement whose keyword, of this many characters, its first line begins with.
    pub fn behind(&self, line: u32, keyword: &str) -> Option<u32> {
        self.within.get(&line)?.checked_sub(keyword.len() as u32)
    }

    /// [`Columns::behind`], or without a keyword the first column of the line.
    pub fn of_keyword(&self, line: u32, keyword: &str) -> Option<u32> {
        if keyword.is_empty() { self.first.get(&line).copied() } else { self.behind(line, keyword) }
    }

    /// Whether the `return` of a value has the place of the value: that of a constant.
    fn is_placed_constant(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Constant(Constant::Int(value)) => !self.folds_late || value.sign() != Sign::Minus,
            ExprKind::Constant(Constant::Float(value)) => !self.folds_late || value.is_sign_positive(),
            ExprKind::Constant(_) => true,
            ExprKind::Tuple(items) => {
                !self.folds_late && items.iter().all(|item| self.is_placed_constant(item))
            }
            _ => false,
        }
    }

    /// Whether a test has the span of its statement (3.11).
    pub fn spans_statements(&self) -> bool {
        self.spans_statements
    }

    /// The column of the suite in which a statement stands, where that is known. It stands before where there are brackets
    /// around what the statement begins with.
    pub fn of_statement(&self, stmt: &Stmt) -> Option<u32> {
        let (line, keyword) = match &stmt.kind {
            StmtKind::If { test, .. } if is_negated(test) => (test.first_line(), "if not "),
            StmtKind::If { test, .. } => (test.first_line(), "if "),
            StmtKind::While { test, .. } if is_negated(test) => (test.first_line(), "while not "),
            StmtKind::While { test, .. } => (test.first_line(), "while "),
            StmtKind::For { target, is_async: false, .. } => (target.first_line(), "for "),
            StmtKind::With { items, is_async: false, .. } => {
                (items.first().map_or(0, |item| item.context.first_line()), "with ")
            }
            StmtKind::Assign { targets, .. } => (targets.first().map_or(0, Expr::first_line), ""),
            StmtKind::AugAssign { target, .. } | StmtKind::Expr(target) => (target.first_line(), ""),
            StmtKind::FunctionDef(def) if def.decorators.is_empty() => (stmt.line, ""),
            // Where nothing is returned, the statement may be the compiler's.
            StmtKind::Return(None) => return None,
            StmtKind::Return(Some(Expr { kind: ExprKind::Constant(Constant::None), .. })) => return None,
            StmtKind::Return(Some(value)) if self.is_placed_constant(value) => (stmt.line, "return "),
            StmtKind::Try { .. }
            | StmtKind::Return(_)
            | StmtKind::Raise { .. }
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Pass => (stmt.line, ""),
            _ => return None,
        };
        self.of_keyword(line, keyword)
    }
}

/// Whether a test starts with `not`, which leaves no instruction.
fn is_negated(test: &Expr) -> bool {
    match &test.kind {
        ExprKind::UnaryOp { op: UnaryOp::Not, .. } => true,
        ExprKind::BoolOp { values, .. } => values.first().is_some_and(is_negated),
        _ => false,
    }
}
