//! One code object, and what its nested ones become in it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use lancehead_ast::{Arg, Arguments, ClassDef, Constant, Expr, ExprKind, FunctionDef, Stmt, StmtKind, Suite};
use lancehead_ir::{Idle, Op, Temporaries, Variable};
use lancehead_pyc::{CodeObject, Object, PyStr};

use crate::columns::Columns;
use crate::dialect::Dialect;
use crate::failure::{Failure, Outcome};
use crate::fallback::{self, Form, Means};
use crate::finish;
use crate::flow::Flow;
use crate::hidden::Hidden;
use crate::item::Item;
use crate::passes;
use crate::private::Private;
use crate::report::Session;
use crate::scope::Names;
use crate::structure::{Built, Structurer, collection, from_loop};
use crate::value::{Class, Function, Origin, code_of};

const CO_VARARGS: u32 = 0x4;
const CO_VARKEYWORDS: u32 = 0x8;
const CO_GENERATOR: u32 = 0x20;
const CO_COROUTINE: u32 = 0x80;
const CO_ASYNC_GENERATOR: u32 = 0x200;

/// Code objects nest at most this deep.
const MAX_NESTING: u32 = 200;

/// A code object being decompiled.
#[derive(Debug)]
pub struct Unit<'a> {
    /// The code object.
    pub code: &'a CodeObject,
    /// What its version has.
    pub dialect: Dialect,
    /// The names that it declares.
    pub names: Names,
    /// The class around it, for private names.
    pub private: Private,
    /// What only the compiler's own functions have.
    pub hidden: Hidden,
    /// The run that it is part of.
    pub session: &'a Session<'a>,
    /// Dotted path of code names from the module.
    pub path: String,
    nesting: u32,
    clock: Cell<u32>,
    form: Cell<Form>,
    /// Whether some operation yields, or adds to a collection.
    yields: Cell<bool>,
    idle: RefCell<Vec<Idle>>,
    columns: OnceCell<Columns>,
    class_bodies: RefCell<Vec<Rc<Function>>>,
}

impl<'a> Unit<'a> {
    /// The unit of a whole module.
    pub fn module(session: &'a Session<'a>, code: &'a CodeObject) -> Unit<'a> {
        Unit::new(session, code, "<module>".to_owned(), 0, BTreeSet::new())
    }

    /// The unit of a module around code that stands alone; `enclosing` are the variables that it finds there.
    pub fn module_around(
        session: &'a Session<'a>,
        module: &'a CodeObject,
        enclosing: BTreeSet<PyStr>,
    ) -> Unit<'a> {
        Unit::new(session, module, "<module>".to_owned(), 0, enclosing)
    }

    fn new(
        session: &'a Session<'a>,
        code: &'a CodeObject,
        path: String,
        nesting: u32,
        enclosing: BTreeSet<PyStr>,
    ) -> Unit<'a> {
        Unit {
            code,
            dialect: Dialect::of(code.version),
            names: Names::new(code, enclosing),
            private: Private::default(),
            hidden: Hidden::default(),
            session,
            path,
            nesting,
            clock: Cell::new(0),
            form: Cell::default(),
            yields: Cell::default(),
            idle: RefCell::default(),
            columns: OnceCell::new(),
            class_bodies: RefCell::default(),
        }
    }

    /// The next point in time: values are put in order of their computation.
    pub fn tick(&self) -> u32 {
        let now = self.clock.get().wrapping_add(1);
        self.clock.set(now);
        now
    }

    /// The unit of a code object nested in this one.
    pub fn nested<'b>(&'b self, code: &'b CodeObject) -> Unit<'b>
    where
        'a: 'b,
    {
        let mut enclosing = self.names.enclosing().clone();
        if self.names.is_function() {
            enclosing.extend(self.code.varnames.iter().cloned());
            enclosing.extend(self.code.cellvars.iter().cloned());
        }
        let path = [&*self.path, &*code.name.to_string_lossy()].join(".");
        let unit = Unit::new(self.session, code, path, self.nesting + 1, enclosing);
        Unit { private: self.private.clone(), ..unit }
    }

    /// The statements of the code object, as the structurer finds them.
    fn items(&self, form: Form) -> Outcome<Vec<Item>> {
        if self.nesting > MAX_NESTING {
            return Err(Failure::TooComplex);
        }
        let mut graph = lancehead_ir::lift(self.code)?;
        self.idle.replace(graph.idle.clone());
        fallback::rewrite(&mut graph, form, &self.means())?;
        self.yields.set(graph.blocks.iter().flat_map(|block| &block.insts).any(|inst| may_yield(&inst.op)));
        let prepared = passes::prepare(graph, self.dialect, self.names.is_function(), |pass, graph| {
            self.session.dump(&self.path, pass, graph)
        });
        let flow = Flow::of(&prepared.graph);
        Structurer::new(self, &prepared, &flow).run()
    }

    /// What a rewritten graph of the code object may use.
    fn means(&self) -> Means {
        Means {
            temporaries: Temporaries::of(self.code),
            variable: if self.names.is_function() { Variable::Fast } else { Variable::Name },
            iterator_slots: self.dialect.iterator_slots as u32,
            folds_slices: self.dialect.folds_slices,
        }
    }

    /// The statements of the code object, before they are [finished](finish).
    pub fn statements(&self) -> Outcome<Suite> {
        self.statements_in(Form::Exact)
    }

    /// The [statements](Unit::statements) of the code object in this form.
    fn statements_in(&self, form: Form) -> Outcome<Suite> {
        self.form.set(form);
        self.items(form)?
            .into_iter()
            .map(|item| match item {
                Item::Stmt(stmt) => Ok(stmt),
                Item::Bind(..) => {
                    Err(Failure::Expression { what: "a target bound out of its place", offset: 0 })
                }
            })
            .collect()
    }

    /// The suite of a module, a class body or a function; or, if it cannot be recovered, a statement that says so.
    pub fn suite(&self, kind: finish::Kind) -> Suite {
        let mut form = self.session.form(self.code);
        let mut first = None;
        loop {
            let finished =
                self.statements_in(form).and_then(|statements| finish::finish(self, kind, statements));
            let failure = match finished {
                Ok(suite) => {
                    self.session.recovered(&self.path, self.code, form);
                    let mut noted = self.session.notes(self.code);
                    noted.extend(suite);
                    return noted;
                }
                Err(failure) => failure,
            };
            // What kept it from being plain source says more than what kept it from being anything else.
            let failure = first.get_or_insert(failure);
            match form.next() {
                Some(next) => form = next,
                None => return self.session.failed(&self.path, self.code, failure),
            }
            self.forget();
        }
    }

    /// Forgets what an attempt has found out.
    fn forget(&self) {
        self.names.forget();
        self.hidden.forget();
        self.class_bodies.borrow_mut().clear();
    }

    /// The line of the last instruction that has one, 0 if none has.
    pub fn last_line(&self) -> u32 {
        let table = lancehead_isa::LineTable::of(self.code);
        table.map_or(0, |table| table.lines().filter_map(|(_, _, line)| line).last().unwrap_or(0))
    }

    /// The columns that the line table tells.
    pub fn columns(&self) -> &Columns {
        self.columns.get_or_init(|| Columns::of(self.code, &self.dialect))
    }

    /// The byte offsets of what does nothing, `try` aside, in order.
    pub fn idle_offsets(&self) -> Vec<u32> {
        let idle = self.idle.borrow();
        idle.iter().filter(|idle| !idle.begins_try).map(|idle| idle.offset).collect()
    }

    /// The lines of what does nothing right before an offset, in order.
    pub fn idle_lines(&self, before: u32) -> Vec<u32> {
        Idle::right_before(&self.idle.borrow(), before).iter().map(|idle| idle.line).collect()
    }

    /// The line of what does nothing right before an offset, if it is no `try`.
    pub fn idle_line_before(&self, before: u32) -> Option<u32> {
        let idle = self.idle.borrow();
        Idle::right_before(&idle, before).iter().rfind(|idle| !idle.begins_try).map(|idle| idle.line)
    }

    /// The expression that evaluates to a constant that was loaded somewhere, if there is one.
    pub fn constant(&self, object: &Object, origin: Origin) -> Option<Expr> {
        let mut expr = Expr::at(crate::constant::expression(object)?, origin.line);
        // The items of a tuple that was built of constants have left their lines behind.
        if let ExprKind::Tuple(items) | ExprKind::Set(items) = &mut expr.kind
            && let lines = self.idle_lines(origin.offset)
            && let Some(last) = lines.last()
        {
            for (at, item) in items.iter_mut().enumerate() {
                item.line = *lines.get(at).unwrap_or(last);
            }
        }
        Some(expr)
    }

    /// Whether an expression of the unit may be a `yield`, of a generator or of a collection's element.
    pub fn may_yield(&self) -> bool {
        self.yields.get()
    }

    /// Whether the code object uses a name, or has a variable of that name.
    pub fn mentions(&self, name: &str) -> bool {
        let code = self.code;
        let lists = [&code.names, &code.varnames, &code.cellvars, &code.freevars];
        lists.into_iter().flatten().any(|known| *known == *name)
    }

    /// The form that is being tried.
    pub fn form(&self) -> Form {
        self.form.get()
    }

    /// Whether a function is the hidden one of a comprehension or generator expression.
    pub fn is_comprehension(&self, function: &Function) -> bool {
        code_of(&function.code).is_some_and(is_comprehension)
    }

    /// The expression of a hidden function that is called with the outermost iterable.
    ///
    /// One that cannot be recovered becomes an expression that raises.
    pub fn comprehension(&self, function: &Function, iterable: Expr) -> Outcome<Expr> {
        match code_of(&function.code) {
            Some(code) => self.comprehension_of(code, function, iterable),
            None => Err(Failure::Expression { what: "a comprehension without code", offset: 0 }),
        }
    }

    /// [`Unit::comprehension`] of this code, whatever the function says.
    pub fn comprehension_of(&self, code: &CodeObject, function: &Function, iterable: Expr) -> Outcome<Expr> {
        let unit = self.nested(code);
        match unit.generators(function, iterable) {
            Ok(expr) => {
                self.session.recovered(&unit.path, code, Form::Exact);
                Ok(expr)
            }
            Err(failure) => {
                self.session.failed(&unit.path, code, &failure);
                Ok(finish::raises(&failure))
            }
        }
    }

    /// The comprehension that the unit is the function of.
    fn generators(&self, function: &Function, iterable: Expr) -> Outcome<Expr> {
        let unit = self;
        let mut statements = unit.statements()?;
        let built = match statements.pop().map(|s| s.kind) {
            Some(StmtKind::Return(Some(value))) => match collection(&value) {
                Some(built) => built,
                None => Built::Generator,
            },
            other => {
                let line = 0;
                statements.extend(other.map(|kind| Stmt::at(kind, line)));
                Built::Generator
            }
        };
        let shape =
            Failure::Expression { what: "a comprehension that does more than add elements", offset: 0 };
        let Some(statement) = statements.pop().filter(|_| statements.is_empty()) else {
            return Err(shape);
        };
        let mut expr = from_loop(statement, built, Some(iterable)).ok_or(shape)?;
        expr.line = function.line;
        Ok(expr)
    }

    /// The expression of a lambda.
    pub fn lambda(&self, function: &Function) -> Outcome<Expr> {
        match code_of(&function.code) {
            Some(code) => self.lambda_of(code, function),
            None => Err(Failure::Expression { what: "a lambda without code", offset: 0 }),
        }
    }

    /// [`Unit::lambda`] of this code, whatever the function says.
    pub fn lambda_of(&self, code: &CodeObject, function: &Function) -> Outcome<Expr> {
        let unit = self.nested(code);
        let shape = Failure::Expression { what: "a lambda that is no expression", offset: 0 };
        let body = unit.statements().and_then(|statements| finish::value_of(statements).ok_or(shape));
        let body = match body {
            Ok(body) => {
                self.session.recovered(&unit.path, code, Form::Exact);
                body
            }
            // One that cannot be recovered raises when it is called.
            Err(failure) => {
                self.session.failed(&unit.path, code, &failure);
                finish::raises(&failure)
            }
        };
        let args = Box::new(self.arguments(code, function)?);
        Ok(Expr::at(ExprKind::Lambda { args, body: Box::new(body) }, function.line))
    }

    /// A `def` or `async def`.
    pub fn function_def(&self, function: &Function, name: PyStr) -> Outcome<StmtKind> {
        match code_of(&function.code) {
            Some(code) => self.function_def_of(code, function, name),
            None => Err(Failure::Expression { what: "a function without code", offset: 0 }),
        }
    }

    /// [`Unit::function_def`] of this code, whatever the function says.
    pub fn function_def_of(&self, code: &CodeObject, function: &Function, name: PyStr) -> Outcome<StmtKind> {
        let mut function = function.clone();
        if let Some(annotate) = function.annotate.take() {
            function.annotations = self.annotations(&annotate)?;
        }
        let args = self.arguments(code, &function)?;
        let unit = self.nested(code);
        let mut body = unit.suite(finish::Kind::Function);
        let yields = code.flags & (CO_GENERATOR | CO_ASYNC_GENERATOR) != 0;
        if yields && !finish::has_yield(&body) {
            body.push(finish::dead(StmtKind::Expr(Expr::new(ExprKind::Yield(None)))));
        }
        let returns = function.annotations.iter().find(|(name, _)| name == "return");
        let returns = returns.map(|(_, annotation)| self.annotation(annotation.clone()));
        let is_async = code.flags & (CO_COROUTINE | CO_ASYNC_GENERATOR) != 0;
        let decorators = function.decorators.into_iter().rev().collect();
        Ok(StmtKind::FunctionDef(Box::new(FunctionDef {
            name,
            type_params: function.type_params,
            args,
            body,
            decorators,
            returns,
            is_async,
        })))
    }

    /// A `class`.
    pub fn class_def(&self, class: &Class, name: PyStr) -> Outcome<StmtKind> {
        match code_of(&class.code) {
            Some(code) => self.class_def_of(code, class, name),
            None => Err(Failure::Expression { what: "a class without code", offset: 0 }),
        }
    }

    /// [`Unit::class_def`] of this code, whatever the class says.
    pub fn class_def_of(&self, code: &CodeObject, class: &Class, name: PyStr) -> Outcome<StmtKind> {
        let mut unit = self.nested(code);
        unit.private = Private::in_class(&code.name);
        let body = unit.suite(finish::Kind::Class);
        let decorators = class.decorators.iter().rev().cloned().collect();
        Ok(StmtKind::ClassDef(Box::new(ClassDef {
            name,
            type_params: class.type_params.clone(),
            bases: class.bases.clone(),
            keywords: class.keywords.clone(),
            body,
            decorators,
        })))
    }

    fn arguments(&self, code: &CodeObject, function: &Function) -> Outcome<Arguments> {
        let invalid = Failure::Expression { what: "more parameters than local variables", offset: 0 };
        let mut names = code.varnames.iter();
        let mut take = |count: u32| -> Outcome<Vec<Arg>> {
            (0..count)
                .map(|_| {
                    names.next().cloned().map(|name| self.parameter(name, function)).ok_or(invalid.clone())
                })
                .collect()
        };
        if code.posonlyargcount > code.argcount {
            return Err(invalid);
        }
        let posonlyargs = take(code.posonlyargcount)?;
        let args = take(code.argcount - code.posonlyargcount)?;
        let kwonlyargs = take(code.kwonlyargcount)?;
        let vararg = if code.flags & CO_VARARGS != 0 { take(1)?.pop() } else { None };
        let kwarg = if code.flags & CO_VARKEYWORDS != 0 { take(1)?.pop() } else { None };
        if function.defaults.len() > code.argcount as usize {
            return Err(Failure::Expression { what: "more defaults than parameters", offset: 0 });
        }
        let kw_defaults = kwonlyargs
            .iter()
            .map(|arg| {
                let mut defaults = function.kwdefaults.iter();
                defaults.find(|(name, _)| self.private.spelled(name) == arg.arg).map(|(_, d)| d.clone())
            })
            .collect();
        let defaults = function.defaults.clone();
        Ok(Arguments { posonlyargs, args, vararg, kwonlyargs, kw_defaults, kwarg, defaults })
    }

    fn parameter(&self, name: PyStr, function: &Function) -> Arg {
        let annotation = function.annotations.iter().find(|(n, _)| *n == name);
        let annotation = annotation.map(|(_, annotation)| Box::new(self.annotation(annotation.clone())));
        Arg { arg: self.private.spelled(&name), annotation }
    }

    /// An annotation as the source writes it.
    pub fn annotation(&self, annotation: Expr) -> Expr {
        match annotation.kind {
            ExprKind::Constant(Constant::Str(text)) if self.stores_annotations_as_text() => {
                Expr { kind: ExprKind::Verbatim(text), line: annotation.line }
            }
            _ => annotation,
        }
    }

    /// Whether `from __future__ import annotations` is in force.
    pub fn stores_annotations_as_text(&self) -> bool {
        self.code.flags & self.dialect.future_annotations != 0
    }

    /// A stand-in for the body of a class, or the evaluator of a type alias, that is handed over in a tuple.
    pub fn keep_class_body(&self, function: &Rc<Function>) -> Expr {
        let mut kept = self.class_bodies.borrow_mut();
        kept.push(function.clone());
        Expr::name(format!("<class body {}>", kept.len() - 1))
    }

    /// The body that a stand-in stands for.
    pub fn take_class_body(&self, expr: &Expr) -> Option<Rc<Function>> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        let index = name.to_str()?.strip_prefix("<class body ")?.strip_suffix('>')?.parse::<usize>().ok()?;
        self.class_bodies.borrow().get(index).cloned()
    }

    /// The docstring of a function.
    pub fn docstring(&self) -> Option<PyStr> {
        let has = match self.dialect.docstring_flag {
            Some(flag) => self.code.flags & flag != 0,
            None => true,
        };
        match self.code.consts.first().map(|c| &**c) {
            Some(Object::Str(text)) if has => Some(text.clone()),
            _ => None,
        }
    }
}

/// Whether an operation leaves a `yield`, or an element that is written as one.
fn may_yield(op: &Op) -> bool {
    matches!(
        op,
        Op::Yield
            | Op::YieldFrom
            | Op::ListAppend(_)
            | Op::SetAdd(_)
            | Op::MapAdd { .. }
            | Op::ListExtend(_)
            | Op::SetUpdate(_)
            | Op::DictUpdate(_)
            | Op::DictMerge(_)
    )
}

/// Whether code is the hidden function of a comprehension or generator expression.
pub fn is_comprehension(code: &CodeObject) -> bool {
    [&b"<listcomp>"[..], b"<setcomp>", b"<dictcomp>", b"<genexpr>"].contains(&code.name.as_bytes())
}
