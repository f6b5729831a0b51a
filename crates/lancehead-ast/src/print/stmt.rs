//! Statements: a list of things to do instead of recursion, as in [`super::line`].

use super::level::{Level, Slot};
use super::line::Line;
use super::page::Page;
use super::{
    Docstrings, Layout, PrintOptions, PrintProblem, Printed, ProblemKind, docstring, expr, first, layout,
    page, placed, string,
};
use crate::node::*;
use lancehead_pyc::{PyStr, tame};

/// The tokenizer's limit on levels of indentation.
const MAX_INDENT: usize = 100;

/// What a block belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A module, class or function, whose first statement may be a docstring.
    Definition,
    /// Anything else.
    Other,
}

/// A step of printing.
enum Work<'a> {
    /// The statements of a block from an index on.
    Suite {
        suite: &'a [Stmt],
        from: usize,
        depth: usize,
        place: Place,
    },
    /// What an `if` has left to print: nothing, `elif` or `else`.
    Orelse {
        orelse: &'a [Stmt],
        depth: usize,
    },
    /// A keyword and a block, if there is one.
    Clause {
        keyword: &'static str,
        suite: &'a [Stmt],
        depth: usize,
    },
    Handler {
        handler: &'a ExceptHandler,
        is_star: bool,
        depth: usize,
    },
    Case {
        case: &'a MatchCase,
        depth: usize,
    },
}

/// Prints a module's statements.
pub(super) fn print(body: &[Stmt], options: &PrintOptions) -> Printed {
    let mut printer = Printer {
        options: *options,
        line: Line::new(options.version),
        page: Page::with_room(512),
        problems: Vec::new(),
        statements: Vec::new(),
        work: Vec::new(),
    };
    printer.line.keeps_lines = options.layout == Layout::Lines;
    printer.work.push(Work::Suite { suite: body, from: 0, depth: 0, place: Place::Definition });
    printer.run();
    Printed { source: printer.page.out, problems: printer.problems, statements: printer.statements }
}

struct Printer<'a> {
    options: PrintOptions,
    line: Line<'a>,
    page: Page,
    problems: Vec<PrintProblem>,
    statements: Vec<u32>,
    work: Vec<Work<'a>>,
}

impl<'a> Printer<'a> {
    fn run(&mut self) {
        while let Some(work) = self.work.pop() {
            match work {
                Work::Suite { suite, from, depth, place } => self.suite(suite, from, depth, place),
                Work::Orelse { orelse, depth } => self.orelse(orelse, depth),
                Work::Clause { keyword, suite, depth } => {
                    if !suite.is_empty() {
                        self.place_before(suite);
                        self.line.text(keyword);
                        self.end_line(depth);
                        self.block(suite, depth, Place::Other);
                    }
                }
                Work::Handler { handler, is_star, depth } => self.handler(handler, is_star, depth),
                Work::Case { case, depth } => self.case(case, depth),
            }
        }
    }

    /// Does the next statement of a block.
    fn suite(&mut self, suite: &'a [Stmt], from: usize, depth: usize, place: Place) {
        let Some(stmt) = suite.get(from) else {
            // Comments alone make no block.
            let is_bare = suite.iter().all(|stmt| matches!(stmt.kind, StmtKind::Comment(_)));
            if is_bare && depth > 0 {
                self.line.text("pass");
                self.end_line(depth);
            }
            return;
        };
        match self.options.layout {
            Layout::Pretty => self.blank_lines(suite, from, depth, place),
            Layout::Lines if matches!(stmt.kind, StmtKind::Comment(_)) => {}
            Layout::Lines => self.place_statement(suite, from),
        }
        if !matches!(stmt.kind, StmtKind::Comment(_)) {
            self.statements.push(self.page.line());
        }
        self.work.push(Work::Suite { suite, from: from + 1, depth, place });
        if let StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(text)), .. }) = &stmt.kind {
            let is_first = suite[..from].iter().all(|stmt| matches!(stmt.kind, StmtKind::Comment(_)));
            let is_docstring = place == Place::Definition && is_first;
            let next = suite.get(from + 1).map_or(0, first_line);
            return self.string_statement(text, depth, is_docstring, next);
        }
        self.statement(stmt, depth);
    }

    /// The blank lines that PEP 8 puts before a statement.
    fn blank_lines(&mut self, suite: &[Stmt], at: usize, depth: usize, place: Place) {
        let Some(before) = at.checked_sub(1).and_then(|i| suite.get(i)) else { return };
        let is_comment = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Comment(_));
        if is_comment(before) {
            return;
        }
        // Comments belong to what follows them.
        let after = suite[at..].iter().find(|stmt| !is_comment(stmt));
        let is_definition =
            |stmt: &Stmt| matches!(stmt.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_));
        let is_import =
            |stmt: &Stmt| matches!(stmt.kind, StmtKind::Import { .. } | StmtKind::ImportFrom { .. });
        let is_top = depth == 0;
        let ends_imports = is_import(before) && !after.is_some_and(is_import);
        let ends_docstring = at == 1 && place == Place::Definition && is_text(before);
        let lines = if is_definition(before) || after.is_some_and(is_definition) {
            if is_top { 2 } else { 1 }
        } else {
            usize::from(is_top && (ends_imports || ends_docstring))
        };
        self.page.out.extend(std::iter::repeat_n('\n', lines));
    }

    fn statement(&mut self, stmt: &'a Stmt, depth: usize) {
        match &stmt.kind {
            StmtKind::FunctionDef(def) => self.function(def, stmt.line, depth),
            StmtKind::ClassDef(def) => self.class(def, stmt.line, depth),
            StmtKind::For { target, iter, body, orelse, is_async } => {
                self.work.push(Work::Clause { keyword: "else:", suite: orelse, depth });
                self.line.text(if *is_async { "async for " } else { "for " });
                self.line.spread(target, Slot::StarTuple);
                self.line.text(" in ");
                let star = self.line.syntax.star_in_for;
                self.line.spread(iter, if star { Slot::StarTuple } else { Slot::PlainTuple });
                self.header(body, depth, Place::Other);
            }
            StmtKind::While { test, body, orelse } => {
                self.work.push(Work::Clause { keyword: "else:", suite: orelse, depth });
                self.line.text("while ");
                self.line.spread(test, Slot::Named);
                self.header(body, depth, Place::Other);
            }
            StmtKind::If { test, body, orelse } => self.if_clause("if ", test, body, orelse, depth),
            StmtKind::With { items, body, is_async } => self.with(items, body, *is_async, depth),
            StmtKind::Match { subject, cases } => {
                self.line.text("match ");
                self.line.expr(subject, Slot::StarTuple);
                self.line.text(":");
                self.end_line(depth);
                self.work.extend(cases.iter().rev().map(|case| Work::Case { case, depth: depth + 1 }));
            }
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                self.work.push(Work::Clause { keyword: "finally:", suite: finalbody, depth });
                self.work.push(Work::Clause { keyword: "else:", suite: orelse, depth });
                let is_star = *is_star;
                self.work.extend(handlers.iter().rev().map(|handler| Work::Handler {
                    handler,
                    is_star,
                    depth,
                }));
                self.line.text("try");
                self.header(body, depth, Place::Other);
            }
            StmtKind::Comment(text) => self.comment(text, depth),
            StmtKind::Unrecovered { reason, listing } => self.unrecovered(reason, listing, depth),
            _ => {
                self.line.simple_statement(stmt);
                self.end_line(depth);
            }
        }
    }

    /// Goes to the line of a statement, or behind the one before it on the same line.
    fn place_statement(&mut self, suite: &'a [Stmt], at: usize) {
        let stmt = &suite[at];
        let before = at.checked_sub(1).and_then(|i| suite.get(i));
        let next = self.page.line();
        let behind = (1..next).contains(&first_line(stmt));
        // A `return` on the way out of a `with` has the line of that: its value says where it stood.
        if behind
            && let StmtKind::Return(Some(value)) = &stmt.kind
            && first::first_line(value) >= next
        {
            return self.page.place(first::first_line(value));
        }
        // A declaration has no line, and may find no room for one.
        let declares = matches!(stmt.kind, StmtKind::Global(_) | StmtKind::Nonlocal(_)) && stmt.line == 0;
        let follows = suite.get(at + 1).map_or(0, first_line);
        if declares && before.is_some_and(is_text) && (1..=next).contains(&follows) {
            return self.page.join("; ");
        }
        if behind && is_simple(stmt) && before.is_some_and(is_simple) {
            return self.page.join("; ");
        }
        match &stmt.kind {
            // Its keyword stands alone, and nothing in the bytecode tells its line.
            StmtKind::Try { body, .. } if stmt.line == 0 => self.place_before(body),
            _ => self.page.place(first_line(stmt)),
        }
    }

    /// Goes to the line before a block, where a keyword of its own stood.
    fn place_before(&mut self, suite: &[Stmt]) {
        if self.options.layout == Layout::Lines {
            self.page.place(suite.first().map_or(0, first_line).saturating_sub(1));
        }
    }

    /// Goes to the line of a clause; when it is unknown, to that before its block.
    fn place_clause(&mut self, line: u32, body: &[Stmt]) {
        if line > 0 { self.place(line) } else { self.place_before(body) }
    }

    /// Goes to a line, if lines are kept.
    fn place(&mut self, line: u32) {
        if self.options.layout == Layout::Lines {
            self.page.place(line);
        }
    }

    fn decorators(&mut self, decorators: &'a [Expr], depth: usize) {
        for decorator in decorators {
            self.place(first::first_line(decorator));
            self.line.text("@");
            self.line.expr(decorator, Slot::TEST);
            self.end_line(depth);
        }
    }

    fn function(&mut self, def: &'a FunctionDef, at: u32, depth: usize) {
        self.decorators(&def.decorators, depth);
        self.place(at);
        let line = &mut self.line;
        line.text(if def.is_async { "async def " } else { "def " });
        line.identifier(&def.name);
        line.type_parameters(&def.type_params);
        if def.args.is_empty() {
            line.text("()");
        } else {
            line.open("(");
            line.parameters(&def.args, true);
            line.close(")", true);
        }
        if let Some(returns) = &def.returns {
            line.text(" -> ");
            line.spread(returns, Slot::TEST);
        }
        self.header(&def.body, depth, Place::Definition);
    }

    fn class(&mut self, def: &'a ClassDef, at: u32, depth: usize) {
        self.decorators(&def.decorators, depth);
        self.place(at);
        let line = &mut self.line;
        line.text("class ");
        line.identifier(&def.name);
        line.type_parameters(&def.type_params);
        if !def.bases.is_empty() || !def.keywords.is_empty() {
            line.arguments(&def.bases, &def.keywords, Slot::TEST);
        }
        self.header(&def.body, depth, Place::Definition);
    }

    fn if_clause(
        &mut self,
        keyword: &'static str,
        test: &'a Expr,
        body: &'a [Stmt],
        orelse: &'a [Stmt],
        depth: usize,
    ) {
        self.work.push(Work::Orelse { orelse, depth });
        self.line.text(keyword);
        self.line.spread(test, Slot::Named);
        self.header(body, depth, Place::Other);
    }

    fn orelse(&mut self, orelse: &'a [Stmt], depth: usize) {
        match orelse {
            [] => {}
            [Stmt { kind: StmtKind::If { test, body, orelse }, line }] => {
                self.place(*line);
                self.statements.push(self.page.line());
                self.if_clause("elif ", test, body, orelse, depth);
            }
            _ => {
                self.place_before(orelse);
                self.line.text("else");
                self.header(orelse, depth, Place::Other);
            }
        }
    }

    fn with(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool, depth: usize) {
        self.line.text(if is_async { "async with " } else { "with " });
        // Parentheses around all that is between `with` and the colon would be taken for those of the statement.
        let is_lone_tuple = match items {
            [WithItem { context, target: None }] => expr::level(context) == Level::Tuple,
            _ => false,
        };
        if is_lone_tuple {
            self.line.text("(");
        }
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.line.text(", ");
            }
            self.line.spread(&item.context, Slot::TEST);
            if let Some(target) = &item.target {
                self.line.text(" as ");
                self.line.expr(target, Slot::TEST);
            }
        }
        if is_lone_tuple {
            self.line.text(")");
        }
        self.header(body, depth, Place::Other);
    }

    fn handler(&mut self, handler: &'a ExceptHandler, is_star: bool, depth: usize) {
        self.place_clause(handler.line, &handler.body);
        self.line.text(if is_star { "except*" } else { "except" });
        if let Some(typ) = &handler.typ {
            self.line.text(" ");
            self.line.spread(typ, Slot::TEST);
            if let Some(name) = &handler.name {
                self.line.text(" as ");
                self.line.identifier(name);
            }
        }
        self.header(&handler.body, depth, Place::Other);
    }

    fn case(&mut self, case: &'a MatchCase, depth: usize) {
        self.place_clause(case.line, &case.body);
        self.line.text("case ");
        self.line.pattern(&case.pattern, false);
        if let Some(guard) = &case.guard {
            self.line.text(" if ");
            self.line.spread(guard, Slot::Named);
        }
        self.header(&case.body, depth, Place::Other);
    }

    /// Ends the header of a compound statement and queues its block.
    fn header(&mut self, suite: &'a [Stmt], depth: usize, place: Place) {
        self.line.text(":");
        self.end_line(depth);
        self.block(suite, depth, place);
    }

    fn block(&mut self, suite: &'a [Stmt], depth: usize, place: Place) {
        if depth + 1 == MAX_INDENT {
            self.problem(ProblemKind::TooManyIndents);
        }
        if self.options.layout == Layout::Lines && suite.is_empty() {
            self.page.join(" ");
            self.line.text("pass");
            return self.end_line(depth);
        }
        if self.options.layout == Layout::Lines && self.stood_beside(suite) {
            for (i, stmt) in suite.iter().enumerate() {
                self.page.join(if i == 0 { " " } else { "; " });
                self.line.simple_statement(stmt);
                self.end_line(depth);
            }
            return;
        }
        self.work.push(Work::Suite { suite, from: 0, depth: depth + 1, place });
    }

    /// Whether a whole block stood on the line of its header, which has just been printed, or before.
    fn stood_beside(&mut self, suite: &[Stmt]) -> bool {
        let line = self.page.line() - 1;
        !suite.is_empty() && suite.iter().all(|stmt| (1..=line).contains(&stmt.line) && is_simple(stmt))
    }

    /// Prints a string that stands alone, as a docstring would be; `next` is the line of the statement after it.
    fn string_statement(&mut self, text: &PyStr, depth: usize, is_docstring: bool, next: u32) {
        let cleans = is_docstring && self.line.syntax.cleans_docstrings;
        let mut literal = if cleans && self.options.docstrings == Docstrings::Stored {
            let (literal, exact) = docstring::indented(text, page::column(depth));
            if !exact {
                self.problem(ProblemKind::Docstring);
            }
            literal
        } else {
            docstring::literal(text)
        };
        if self.options.layout == Layout::Lines && next > 0 {
            let room = next.saturating_sub(self.page.line()).max(1);
            // Where its lines do not fit, it was written on one line, or means nothing to any line table.
            if literal.lines().count() > room as usize {
                literal = string::str_literal(text, string::Quotes::default()).unwrap_or(literal);
            }
        }
        self.page.indent(depth);
        self.page.out.push_str(&literal);
        self.page.out.push('\n');
    }

    /// A comment: on lines of its own, or, where lines are kept, at the end of the line before.
    fn comment(&mut self, text: &str, depth: usize) {
        for line in text.split(['\n', '\r']) {
            if self.options.layout == Layout::Lines {
                self.page.join("  ");
            }
            self.page.indent(depth);
            self.page.out.push('#');
            // The first two lines may declare an encoding, which no comment of ours may do.
            let line = line.trim_end();
            let is_declaration = self.page.line() <= 2 && line.contains("coding");
            let line = if is_declaration { line.replace("coding", "co-ding") } else { line.to_owned() };
            if !line.is_empty() && !line.starts_with(' ') {
                self.page.out.push(' ');
            }
            self.page.out.push_str(&tame(&line));
            self.page.out.push('\n');
        }
    }

    fn unrecovered(&mut self, reason: &str, listing: &[String], depth: usize) {
        if self.options.layout == Layout::Pretty {
            self.comment(reason, depth);
            for line in listing {
                self.comment(&format!("    {line}"), depth);
            }
        }
        // Never `None`: no f-string stands around it.
        let message = string::str_literal(&reason.into(), string::Quotes::default()).unwrap_or_default();
        self.page.indent(depth);
        self.page.out.push_str(&format!("raise NotImplementedError({message})\n"));
    }

    /// Lays out the line that has been queued.
    fn end_line(&mut self, depth: usize) {
        self.line.run();
        self.page.indent(depth);
        match self.options.layout {
            Layout::Pretty => layout::pretty(&self.line.fragments, page::column(depth), &mut self.page.out),
            Layout::Lines => {
                let line = self.page.line();
                placed::placed(&self.line.fragments, page::column(depth), line, &mut self.page.out);
            }
        }
        let problems = std::mem::take(&mut self.line.problems);
        for kind in problems {
            self.problem(kind);
        }
        self.page.out.push('\n');
        self.line.fragments.clear();
    }

    fn problem(&mut self, kind: ProblemKind) {
        self.problems.push(PrintProblem { line: self.page.line(), kind });
    }
}

/// The line on which a statement begins, decorators included; 0 when unknown.
fn first_line(stmt: &Stmt) -> u32 {
    let decorators = match &stmt.kind {
        StmtKind::FunctionDef(def) => &def.decorators,
        StmtKind::ClassDef(def) => &def.decorators,
        // The value was computed first, and may stand on a later line, or seem to stand on an earlier one.
        StmtKind::Assign { targets, .. } => {
            return targets.first().map_or(stmt.line, |t| begin(stmt.line, t));
        }
        // Behind a `finally` a `return` has the line of that.
        StmtKind::Return(Some(value)) => match (stmt.line, first::first_line(value)) {
            (0, line) | (line, 0) => return line,
            (line, value) => return line.min(value),
        },
        StmtKind::For { target, .. } => {
            let target = first::first_line(target);
            return if target > 0 { target.min(stmt.line.max(1)) } else { stmt.line };
        }
        StmtKind::AugAssign { target: first, .. } | StmtKind::Expr(first) => return begin(stmt.line, first),
        _ => return stmt.line,
    };
    decorators.first().map_or(stmt.line, first::first_line)
}

/// The line of the expression that a statement begins with, or else that of the statement.
fn begin(line: u32, first: &Expr) -> u32 {
    match first::first_line(first) {
        0 => line,
        first => first,
    }
}

/// Whether a statement can share its line with others.
fn is_simple(stmt: &Stmt) -> bool {
    let is_compound = matches!(
        stmt.kind,
        StmtKind::FunctionDef(_)
            | StmtKind::ClassDef(_)
            | StmtKind::For { .. }
            | StmtKind::While { .. }
            | StmtKind::If { .. }
            | StmtKind::With { .. }
            | StmtKind::Match { .. }
            | StmtKind::Try { .. }
            | StmtKind::Comment(_)
            | StmtKind::Unrecovered { .. }
    );
    !is_compound && !is_text(stmt)
}

fn is_text(stmt: &Stmt) -> bool {
    matches!(&stmt.kind, StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(_)), .. }))
}
