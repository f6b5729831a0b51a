//! What was recovered, and what was not.

use std::cell::RefCell;

use lancehead_ast::{Stmt, StmtKind, Suite};
use lancehead_ir::Graph;
use lancehead_pyc::{CodeId, CodeObject, ObjectRef};

use crate::Options;
use crate::failure::Failure;
use crate::fallback::Form;
use crate::value::code_of;

/// What became of one code object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It is source.
    Recovered,
    /// It is a statement that raises, with the reason.
    NotRecovered {
        /// Why.
        reason: String,
    },
}

/// One code object of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionReport {
    /// Which it is.
    pub code: CodeId,
    /// Its path of names from `<module>`, joined by dots.
    pub path: String,
    /// Its first line in the original source.
    pub first_line: i32,
    /// What became of it.
    pub status: Status,
    /// The form in which it did.
    pub form: Form,
}

/// One run over a module.
#[derive(Debug)]
pub struct Session<'a> {
    options: &'a Options<'a>,
    /// A code object that is worked on in a copy: the copy, and itself.
    copied: Option<(CodeId, &'a CodeObject)>,
    reports: RefCell<Vec<FunctionReport>>,
}

impl<'a> Session<'a> {
    /// Whether statements will be put on their original lines.
    pub fn keeps_lines(&self) -> bool {
        self.options.lines
    }

    /// A run with nothing to report yet.
    pub fn new(options: &'a Options<'a>) -> Self {
        Session { options, copied: None, reports: RefCell::default() }
    }

    /// The run over a copy of a code object: whoever asks hears of the original.
    pub fn of_copy(self, copy: &ObjectRef, original: &'a CodeObject) -> Self {
        Session { copied: code_of(copy).map(|copy| (CodeId::of(copy), original)), ..self }
    }

    /// The code object that whoever asked knows.
    fn original<'c>(&'c self, code: &'c CodeObject) -> &'c CodeObject {
        match self.copied {
            Some((copy, original)) if copy == CodeId::of(code) => original,
            _ => code,
        }
    }

    /// All reports.
    pub fn into_reports(self) -> Vec<FunctionReport> {
        self.reports.into_inner()
    }

    /// The form to try first for a code object.
    pub fn form(&self, code: &CodeObject) -> Form {
        (self.options.form)(self.original(code))
    }

    /// Notes that a code object is source now, in this form.
    pub fn recovered(&self, path: &str, code: &CodeObject, form: Form) {
        self.report(path, code, Status::Recovered, form);
    }

    /// Notes that a code object is not, and gives the suite that says so.
    pub fn failed(&self, path: &str, code: &CodeObject, failure: &Failure) -> Suite {
        let reason = failure.to_string();
        self.report(path, code, Status::NotRecovered { reason: reason.clone() }, Form::Exact);
        let listing = (self.options.listing)(self.original(code));
        vec![Stmt::new(StmtKind::Unrecovered { reason, listing })]
    }

    /// The comments that a code object is to start with.
    pub fn notes(&self, code: &CodeObject) -> Suite {
        let notes = (self.options.notes)(self.original(code));
        notes.into_iter().map(|note| Stmt::new(StmtKind::Comment(note))).collect()
    }

    fn report(&self, path: &str, code: &CodeObject, status: Status, form: Form) {
        let first_line = code.firstlineno;
        self.reports.borrow_mut().push(FunctionReport {
            code: CodeId::of(self.original(code)),
            path: path.to_owned(),
            first_line,
            status,
            form,
        });
    }

    /// Shows a graph to whoever asked to see it.
    pub fn dump(&self, path: &str, pass: &str, graph: &Graph) {
        if let Some(dump) = self.options.dump {
            dump(path, pass, graph);
        }
    }
}
