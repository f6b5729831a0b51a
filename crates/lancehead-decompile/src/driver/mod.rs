//! Decompiles each code object of a tree once, from the leaves up.
//!
//! What a code object needs to know of those around it (names bound there, the class for private names) follows from the code
//! objects alone and is found first, from the root down ([`surroundings`]). Then each is decompiled, the last in preorder
//! first, so that all within it are done: lift, [stack to variables](crate::stack_to_variables) in all forms but the first,
//! [passes](crate::passes), [structure](crate::structure), [finish](crate::finish). A form that does not do gives way to the next.
//! What became of a code object is data ([`Results`]). Definitions are empty until the suite around them is finished; then
//! their bodies are moved in ([`place`]).

mod again;
mod evaluators;
mod kind;
mod missing;
mod place;
mod standalone;
mod statements;
mod surroundings;

use std::rc::Rc;

use lancehead_ast::{Expr, ExprKind, Module, Stmt, StmtKind, Suite};
use lancehead_pyc::{CodeIndex, CodeTree, co_flags};

use crate::code::budget::{Budget, MAX_COPIED_STATEMENTS, MAX_NESTING, Meter};
use crate::code::failure::{Failure, Outcome};
use crate::code::form::Form;
use crate::code::nested::{Content, Decompiled, Nested, Results};
use crate::code::unit::Unit;
use crate::finish;
use crate::options::{Options, Stage};
use crate::structure::{Built, collection, from_loop};
use crate::tree::{build, query};

use crate::report::{FunctionReport, Status};
pub use again::{Replaced, each_body};
use kind::Kind;
pub use place::each_definition;
pub use standalone::{Definition, Given, ITERABLE, decompile_function, module_around};
use surroundings::Surroundings;

/// One run over a tree of code objects.
#[derive(Debug)]
pub struct Driver<'a> {
    tree: CodeTree<'a>,
    options: &'a Options<'a>,
    surroundings: Surroundings,
    results: Results,
    reports: Vec<Option<FunctionReport>>,
    /// What each code object has cost.
    meters: Vec<Rc<Meter>>,
}

impl<'a> Driver<'a> {
    /// A run over `tree`, whose root is a module.
    pub fn new(tree: CodeTree<'a>, options: &'a Options<'a>) -> Driver<'a> {
        let (surroundings, results) = (Surroundings::of(&tree), Results::new(tree.len()));
        let reports = vec![None; tree.len()];
        let meters = std::iter::repeat_with(Rc::default).take(tree.len()).collect();
        Driver { tree, options, surroundings, results, reports, meters }
    }

    /// Decompiles all code objects, and gives the module.
    pub fn module(&mut self) -> Module {
        self.decompile(CodeIndex::ROOT);
        match std::mem::take(&mut self.results.of_mut(CodeIndex::ROOT).content) {
            Content::Body(body) => Module { body },
            _ => Module::default(),
        }
    }

    /// Decompiles a code object after all within it that are not decompiled yet.
    fn decompile(&mut self, root: CodeIndex) {
        for index in self.tree.subtree(root).rev() {
            if self.reports[index.index()].is_none() {
                self.decompile_one(index);
            }
        }
    }

    fn decompile_one(&mut self, index: CodeIndex) {
        let kind = match index {
            CodeIndex::ROOT => Kind::Body(finish::Kind::Module),
            _ => Kind::of(self.tree.code(index)),
        };
        let result = match kind {
            Kind::Body(kind) => self.body(index, kind),
            Kind::Lambda => self.expression(index, lambda),
            Kind::Comprehension => self.expression(index, comprehension),
            Kind::Generic => self.generic(index),
        };
        *self.results.of_mut(index) = result;
    }

    /// The body of a module, class or function; or, if it cannot be recovered, a statement that says so.
    fn body(&mut self, index: CodeIndex, kind: finish::Kind) -> Decompiled {
        let mut form = self.options.form;
        let mut first = None;
        loop {
            let failure = match self.body_in(index, kind, form) {
                Ok((suite, result)) => {
                    self.recovered(index, form);
                    return Decompiled { content: Content::Body(suite), ..result };
                }
                Err(failure) => failure,
            };
            self.charge(index, &failure);
            // What kept it from being plain source says more than what kept it from being anything else.
            let failure = first.get_or_insert(failure);
            match form.next() {
                Some(next) => form = next,
                None => {
                    let mut suite = self.unrecovered(index, failure);
                    let size = place::sizes(&suite, &self.results).statements;
                    place::bodies(&mut suite, &mut self.results);
                    return Decompiled { content: Content::Body(suite), evaluated: None, size };
                }
            }
        }
    }

    /// The body of a code object in one form, and a result that lacks it.
    fn body_in(&mut self, index: CodeIndex, kind: finish::Kind, form: Form) -> Outcome<(Suite, Decompiled)> {
        let mut unit = self.unit(index, form)?;
        let statements = self.statements(index, &mut unit)?;
        let evaluated =
            evaluators::may_be_one(&unit, &statements).then(|| evaluators::without_guard(statements.clone()));
        let mut suite = finish::finish(&unit, kind, statements, |pass, draft| {
            if let Some(dump) = self.options.dump {
                let suite = [&draft.start[..], &draft.suite].concat();
                dump(&self.surroundings.of_code(index).path, pass, Stage::Statements(&suite));
            }
        })?;
        let code = unit.code;
        let yields = code.flags & (co_flags::GENERATOR | co_flags::ASYNC_GENERATOR) != 0;
        if kind == finish::Kind::Function && yields && !query::has_yield(&suite) {
            suite.push(build::dead(StmtKind::Expr(Expr::new(ExprKind::Yield(None)))));
        }
        let size = place::sizes(&suite, &self.results);
        if size.has_copies && size.statements > MAX_COPIED_STATEMENTS {
            return Err(Failure::TooComplex(Budget::CopiedStatements));
        }
        place::bodies(&mut suite, &mut self.results);
        Ok((suite, Decompiled { content: Content::Nothing, evaluated, size: size.statements }))
    }

    /// The expression that a code object is. One that cannot be recovered raises when it is evaluated.
    fn expression(&mut self, index: CodeIndex, make: fn(Suite) -> Outcome<Expr>) -> Decompiled {
        let made =
            self.unit(index, Form::Exact).and_then(|mut unit| make(self.statements(index, &mut unit)?));
        let expr = match made {
            Ok(expr) => {
                self.recovered(index, Form::Exact);
                expr
            }
            Err(failure) => {
                self.charge(index, &failure);
                self.failed(index, &failure);
                build::raises(&failure)
            }
        };
        let size = crate::tree::visit::size(&expr);
        Decompiled { content: Content::Expression(expr), evaluated: None, size }
    }

    /// The definition that a hidden function of type parameters returns.
    fn generic(&mut self, index: CodeIndex) -> Decompiled {
        let made = self.unit(index, Form::Exact).and_then(|mut unit| {
            let statements = self.statements(index, &mut unit)?;
            evaluators::definition(&unit, &statements)
        });
        let content = match made {
            Ok(definition) => {
                self.recovered(index, Form::Exact);
                Content::Generic(definition)
            }
            Err(failure) => {
                self.charge(index, &failure);
                self.failed(index, &failure);
                Content::Failed(failure)
            }
        };
        Decompiled { content, ..Decompiled::default() }
    }

    /// All that is known of a code object before it is decompiled.
    fn unit(&self, index: CodeIndex, form: Form) -> Outcome<Unit<'_>> {
        if self.tree.depth(index) > MAX_NESTING {
            return Err(Failure::TooComplex(Budget::Nesting));
        }
        let nested = Nested::new(&self.tree, index, &self.results);
        let around = self.surroundings.of_code(index);
        Ok(Unit::new(
            self.tree.code(index),
            nested,
            around,
            form,
            self.options.lines,
            self.meters[index.index()].clone(),
        ))
    }

    /// The statements of a code object, before they are finished.
    fn statements(&self, index: CodeIndex, unit: &mut Unit<'_>) -> Outcome<Suite> {
        statements::statements(unit, &self.surroundings.of_code(index).path, self.options.dump)
    }

    /// Notes that a code object is source now, in this form.
    fn recovered(&mut self, index: CodeIndex, form: Form) {
        self.report(index, Status::Recovered, form);
    }

    /// Counts the bound that a form has failed at, if that is why.
    fn charge(&self, index: CodeIndex, failure: &Failure) {
        if let Failure::TooComplex(budget) = failure {
            self.meters[index.index()].hit(*budget);
        }
    }

    fn report(&mut self, index: CodeIndex, status: Status, form: Form) {
        let (path, firstlineno) = (self.surroundings.path(index), self.tree.code(index).firstlineno);
        let meter = &self.meters[index.index()];
        let (steps, budgets) = (meter.steps(), meter.hits());
        self.reports[index.index()] =
            Some(FunctionReport { code: index, path, firstlineno, status, form, steps, budgets });
    }

    /// One report for each code object, in preorder.
    pub fn reports(&self) -> impl Iterator<Item = &FunctionReport> {
        self.reports.iter().flatten()
    }

    /// The code objects, by the index that reports have.
    pub fn tree(&self) -> &CodeTree<'a> {
        &self.tree
    }
}

/// The expression of a lambda.
fn lambda(statements: Suite) -> Outcome<Expr> {
    let shape = Failure::Expression { what: "a lambda that is no expression", offset: 0 };
    build::value_of(statements).ok_or(shape)
}

/// The comprehension that a hidden function is; its first iterable is the parameter.
fn comprehension(mut statements: Suite) -> Outcome<Expr> {
    let built = match statements.pop().map(|s| s.kind) {
        Some(StmtKind::Return(Some(value))) => match collection(&value) {
            Some(built) => built,
            None => Built::Generator,
        },
        other => {
            statements.extend(other.map(|kind| Stmt::at(kind, 0)));
            Built::Generator
        }
    };
    let shape = Failure::Expression { what: "a comprehension that does more than add elements", offset: 0 };
    let Some(statement) = statements.pop().filter(|_| statements.is_empty()) else {
        return Err(shape);
    };
    from_loop(statement, built).ok_or(shape)
}
