//! Source of code, and how sure it is.

use lancehead::isolate;
use lancehead_ast::{Layout, Module, PrintOptions, Stmt, StmtKind, parse_module, print_module};
use lancehead_check::{CodeVerdict, check_function, check_module};
use lancehead_decompile::{Decompiled, Definition, Options, Status, decompile_function, decompile_module};
use lancehead_pyc::{CodeObject, Object};

use crate::stack;

/// What became of a code object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The source, compiled again, does the same, step for step.
    Proven,
    /// It is not proven to.
    Unproven,
    /// Nobody asked.
    Unchecked,
    /// There is a statement that raises in its place.
    NotRecovered,
}

impl Fate {
    /// Its name in Python.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Proven => "proven",
            Fate::Unproven => "unproven",
            Fate::Unchecked => "unchecked",
            Fate::NotRecovered => "not_recovered",
        }
    }
}

/// What is known about one code object.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub path: String,
    pub firstlineno: i64,
    pub fate: Fate,
    /// Why it is not proven, or was not recovered.
    pub detail: Option<String>,
    /// Where in the bytecode.
    pub offset: Option<u32>,
    /// Where in the source.
    pub line: Option<u32>,
}

/// Source, and what is known about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    pub text: String,
    pub reports: Vec<Report>,
    /// Lines of the text, and of the original.
    pub lines: Vec<(u32, u32)>,
    pub warnings: Vec<String>,
}

/// How to decompile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    pub layout: Layout,
    pub check: bool,
    /// Whether the lines of the original are asked for.
    pub lines: bool,
}

/// Decompiles a module, or, with a definition, code that stands alone.
pub(crate) fn decompile(code: &CodeObject, definition: Option<Definition>, how: How) -> Source {
    stack::for_code(code, || {
        isolate::catch(|| written(code, definition, how)).unwrap_or_else(|error| Source {
            text: format!("raise RuntimeError({:?})\n", error.to_string()),
            reports: vec![Report {
                path: code.name.to_string_lossy().into_owned(),
                firstlineno: code.firstlineno.into(),
                fate: Fate::NotRecovered,
                detail: Some(error.to_string()),
                offset: None,
                line: None,
            }],
            ..Source::default()
        })
    })
}

fn written(code: &CodeObject, definition: Option<Definition>, how: How) -> Source {
    let options = Options::default();
    let alone = definition.is_some();
    let decompiled = match definition {
        Some(definition) => decompile_function(code, definition, &options),
        None => decompile_module(code, &options),
    };
    let mut print = PrintOptions::new(code.version);
    print.layout = how.layout;
    let printed = print_module(&decompiled.module, &print);
    let warnings = printed.problems.iter().map(ToString::to_string).collect();
    let mut source = Source { text: printed.source, warnings, ..Source::default() };
    if !how.check && !how.lines {
        source.reports = merged(Vec::new(), &decompiled);
        return source;
    }
    let parsed = match parse_module(&source.text, code.version) {
        Ok(parsed) => parsed,
        Err(error) => {
            source.reports = unreadable(&decompiled, &error.to_string(), error.line);
            return source;
        }
    };
    if how.lines {
        source.lines = line_map(&decompiled.module, &parsed);
    }
    source.reports = match how.check {
        true if alone => merged(check_function(code, parsed), &decompiled),
        true => merged(check_module(code, &parsed), &decompiled),
        false => merged(Vec::new(), &decompiled),
    };
    say_what_is_not_proven(&mut source);
    source
}

/// Reports when the text is no Python.
fn unreadable(decompiled: &Decompiled, error: &str, line: u32) -> Vec<Report> {
    let mut reports = merged(Vec::new(), decompiled);
    for report in &mut reports {
        if report.fate == Fate::Unchecked {
            report.fate = Fate::Unproven;
            report.detail = Some(format!("the printed text is no Python: {error}"));
            report.line = Some(line);
        }
    }
    reports
}

/// One report for each code object: what kept it from being recovered, or else the verdict.
fn merged(verdicts: Vec<CodeVerdict>, decompiled: &Decompiled) -> Vec<Report> {
    let failures = decompiled.functions.iter().filter_map(|function| match &function.status {
        Status::NotRecovered { reason } => Some((function, reason)),
        Status::Recovered => None,
    });
    let mut reports: Vec<Report> = failures
        .map(|(function, reason)| Report {
            path: function.path.trim_start_matches("<module>.").to_owned(),
            firstlineno: function.first_line.into(),
            fate: Fate::NotRecovered,
            detail: Some(reason.clone()),
            offset: None,
            line: None,
        })
        .collect();
    if verdicts.is_empty() {
        let fine = decompiled.functions.iter().filter(|function| function.status == Status::Recovered);
        reports.extend(fine.map(|function| Report {
            path: function.path.trim_start_matches("<module>.").to_owned(),
            firstlineno: function.first_line.into(),
            fate: Fate::Unchecked,
            detail: None,
            offset: None,
            line: None,
        }));
        return reports;
    }
    for verdict in verdicts {
        let firstlineno = i64::from(verdict.first_line);
        let path = verdict.path.trim_start_matches("<module>.").to_owned();
        if reports.iter().any(|known| {
            known.fate == Fate::NotRecovered && known.path == path && known.firstlineno == firstlineno
        }) {
            continue;
        }
        let fate = if verdict.difference.is_none() { Fate::Proven } else { Fate::Unproven };
        reports.push(Report {
            path,
            firstlineno,
            fate,
            detail: verdict.difference.as_ref().map(ToString::to_string),
            offset: verdict.difference.as_ref().and_then(|difference| difference.offset),
            line: verdict.difference.as_ref().and_then(|difference| difference.line),
        });
    }
    reports
}

/// Puts comments before the text that say what of it is not proven.
fn say_what_is_not_proven(source: &mut Source) {
    let unproven = source.reports.iter().filter(|report| report.fate == Fate::Unproven);
    let comments: Vec<String> = unproven
        .map(|report| {
            let detail = report.detail.as_deref().unwrap_or_default();
            format!("# {} is not proven: {}\n", report.path, detail.replace(['\n', '\r', '\x0c'], " "))
        })
        .collect();
    if comments.is_empty() {
        return;
    }
    let moved = comments.len() as u32;
    source.text.insert_str(0, &comments.concat());
    source.lines.iter_mut().for_each(|(line, _)| *line += moved);
    for line in source.reports.iter_mut().filter_map(|report| report.line.as_mut()) {
        *line += moved;
    }
}

/// Lines of the printed text beside lines of the original: the statements of both trees, one by one.
fn line_map(module: &Module, printed: &Module) -> Vec<(u32, u32)> {
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

/// The bytes of bytecode in `code` and all code in it.
pub(crate) fn total_length(code: &CodeObject) -> usize {
    let inner = code.consts.iter().map(|constant| match &**constant {
        Object::Code(inner) => total_length(inner),
        _ => 0,
    });
    code.code.len() + inner.sum::<usize>()
}
