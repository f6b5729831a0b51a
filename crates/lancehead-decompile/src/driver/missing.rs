//! What stands in the place of code that was not recovered, and what is kept of the code within it.

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind, Suite};
use lancehead_pyc::{CodeIndex, CodeObject, PyStr};

use super::{Driver, Kind};
use crate::code::definition::{Class, Definition, Function};
use crate::code::failure::Failure;
use crate::code::form::Form;
use crate::code::nested::Content;
use crate::code::unit::Unit;
use crate::execute::define;
use crate::finish;
use crate::report::Status;
use crate::tree::build;

/// What is said before the definitions within code that was not recovered.
const WITHIN: &str = "What is defined within; defaults, decorators, annotations and bases are not known.";

/// Why an expression, or what is in it, is missing.
const AROUND: &str = "the code around it was not recovered";

impl Driver<'_> {
    /// Notes that a code object is not source, and neither is anything within it.
    pub(super) fn failed(&mut self, index: CodeIndex, failure: &Failure) {
        self.lose(index);
        self.report(index, Status::NotRecovered { reason: failure.to_string() }, Form::Exact);
    }

    /// Notes that a code object is not source, and gives the suite that says so: the functions and classes directly within the
    /// code object, whose own source does not depend on it, and a statement that raises. (Compilers drop what comes after
    /// that.) The definitions are empty still.
    pub(super) fn unrecovered(&mut self, index: CodeIndex, failure: &Failure) -> Suite {
        let mut suite = Suite::new();
        let mut printed = Vec::new();
        if let Ok(unit) = self.unit(index, Form::Exact) {
            let mut definitions = Suite::new();
            self.definitions(&unit, index, &mut definitions, &mut printed);
            if !definitions.is_empty() {
                if index == CodeIndex::ROOT && unit.stores_annotations_as_text() {
                    suite.extend(finish::future_import(&[]));
                }
                suite.push(Stmt::new(StmtKind::Comment(WITHIN.to_owned())));
                suite.extend(cells(&unit));
                suite.append(&mut definitions);
            }
        }
        suite.push(self.raises(index, failure));
        self.report(index, Status::NotRecovered { reason: failure.to_string() }, Form::Exact);
        for child in self.tree.children(index).collect::<Vec<_>>() {
            self.lose_all_but(child, &printed);
        }
        suite
    }

    /// The statement that raises in the place of a code object, with the listing of that.
    pub(super) fn raises(&self, index: CodeIndex, failure: &Failure) -> Stmt {
        let listing = (self.options.listing)(self.tree.code(index));
        Stmt::new(StmtKind::Unrecovered { reason: failure.to_string(), listing })
    }

    /// Adds the definitions of the functions and classes directly within a code object, and notes which they are.
    fn definitions(
        &self,
        unit: &Unit<'_>,
        index: CodeIndex,
        suite: &mut Suite,
        printed: &mut Vec<CodeIndex>,
    ) {
        for child in self.tree.children(index) {
            let code = self.tree.code(child);
            let made = match Kind::of(code) {
                Kind::Body(_) if is_hidden(unit, code) => None,
                Kind::Body(finish::Kind::Class) => {
                    Some((child, define::class_def(&unknown_bases(Class::new(child)), code.name.clone())))
                }
                Kind::Body(_) => function(unit, &Function::new(child, code, 0)),
                Kind::Generic => match &self.results.of(child).content {
                    Content::Generic(Definition::Function(made)) => function(unit, made),
                    Content::Generic(Definition::Class(made)) => {
                        let name = self.tree.code(made.code).name.clone();
                        let class = unknown_bases(Class::clone(made));
                        Some((made.code, define::class_def(&class, name)))
                    }
                    _ => None,
                },
                Kind::Lambda | Kind::Comprehension => None,
            };
            if let Some((code, kind)) = made {
                let line = u32::try_from(self.tree.code(code).firstlineno).unwrap_or(0);
                suite.push(Stmt::at(kind, line));
                printed.extend([child, code]);
            }
        }
    }

    /// Notes that there is no source of a code object, nor of those within it, but for those that are `printed`.
    fn lose_all_but(&mut self, index: CodeIndex, printed: &[CodeIndex]) {
        if !printed.contains(&index) {
            self.lose(index);
            return;
        }
        // The hidden function of type parameters is printed as the definition in it; so is nothing else in it.
        if Kind::of(self.tree.code(index)) == Kind::Generic {
            for child in self.tree.children(index).collect::<Vec<_>>() {
                self.lose_all_but(child, printed);
            }
        }
    }

    /// Notes that there is no source of a code object, nor of those within it.
    fn lose(&mut self, index: CodeIndex) {
        for within in self.tree.subtree(index) {
            let report = self.reports[within.index()].as_mut();
            if let Some(status) = report.map(|report| &mut report.status).filter(|s| **s == Status::Recovered)
            {
                *status = Status::NotRecovered { reason: AROUND.to_owned() };
            }
        }
    }
}

/// Whether a function is part of another's definition: it evaluates annotations, or goes by a name of the compiler's.
fn is_hidden(unit: &Unit<'_>, code: &CodeObject) -> bool {
    let name = code.name.as_bytes();
    name.starts_with(b"<") || unit.dialect.deferred_annotations && name == b"__annotate__"
}

/// The definition of a function that is only known by its code.
fn function(unit: &Unit<'_>, made: &Function) -> Option<(CodeIndex, StmtKind)> {
    let name = unit.nested.code(made.code).name.clone();
    define::function_def(unit, made, name).ok().map(|kind| (made.code, kind))
}

/// The class with bases that say nothing. One without any would be read as a class that has none.
fn unknown_bases(class: Class) -> Class {
    Class { bases: vec![Expr::new(ExprKind::Constant(Constant::Ellipsis))], ..class }
}

/// The variables that functions within find here, bound in dead code.
fn cells(unit: &Unit<'_>) -> Option<Stmt> {
    let code = unit.code;
    let flags = [0x4, 0x8].into_iter().filter(|flag| code.flags & flag != 0).count();
    let parameters = (code.argcount + code.kwonlyargcount) as usize + flags;
    let parameters = &code.varnames[..parameters.min(code.varnames.len())];
    let is_hidden = |name: &PyStr| name.as_bytes().starts_with(b".") || *name == "__class__";
    let bound = code.cellvars.iter().filter(|name| !parameters.contains(name) && !is_hidden(name));
    let targets: Vec<Expr> = bound.map(|name| Expr::name(unit.private.spelled(name))).collect();
    let value = Expr::new(ExprKind::Constant(Constant::None));
    (!targets.is_empty()).then(|| build::dead(StmtKind::Assign { targets, value }))
}
