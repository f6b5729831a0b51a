//! One code object, and what its nested ones become in it.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use lancehead_ast::{Arg, Arguments, ClassDef, Constant, Expr, ExprKind, FunctionDef, StmtKind, Suite};
use lancehead_ir::{Idle, Op, Temporaries, Variable};
use lancehead_pyc::{CodeObject, Object, PyStr};

use crate::budget::MAX_SHARED_NODES;
use crate::columns::Columns;
use crate::dialect::Dialect;
use crate::driver::Around;
use crate::failure::{Failure, Outcome};
use crate::fallback::{self, Form, Means};
use crate::flow::Flow;
use crate::hidden::Hidden;
use crate::item::Item;
use crate::nested::Nested;
use crate::passes;
use crate::private::Private;
use crate::scope::Names;
use crate::structure::Structurer;
use crate::value::{Class, Function, Origin};
use crate::{Options, Stage};

const CO_VARARGS: u32 = 0x4;
const CO_VARKEYWORDS: u32 = 0x8;
const CO_COROUTINE: u32 = 0x80;
const CO_ASYNC_GENERATOR: u32 = 0x200;

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
    /// The code objects within it, and what they became.
    pub nested: Nested<'a>,
    options: &'a Options<'a>,
    /// Dotted path of code names from the module.
    path: &'a str,
    clock: Cell<u32>,
    form: Cell<Form>,
    /// Whether some operation yields, or adds to a collection.
    yields: Cell<bool>,
    /// How many nodes of values that are used more than once were copied.
    shared: Cell<u64>,
    idle: RefCell<Vec<Idle>>,
    columns: OnceCell<Columns>,
    class_bodies: RefCell<Vec<Rc<Function>>>,
}

impl<'a> Unit<'a> {
    /// The unit of a code object, with what is within and around it.
    pub fn new(
        code: &'a CodeObject,
        nested: Nested<'a>,
        around: &'a Around,
        options: &'a Options<'a>,
    ) -> Unit<'a> {
        Unit {
            code,
            dialect: Dialect::of(code.version),
            names: Names::new(code, around.enclosing.clone()),
            private: around.private.clone(),
            hidden: Hidden::default(),
            nested,
            options,
            path: &around.path,
            clock: Cell::new(0),
            form: Cell::default(),
            yields: Cell::default(),
            shared: Cell::default(),
            idle: RefCell::default(),
            columns: OnceCell::new(),
            class_bodies: RefCell::default(),
        }
    }

    /// Whether statements will be put on their original lines.
    pub fn keeps_lines(&self) -> bool {
        self.options.lines
    }

    /// The next point in time: values are put in order of their computation.
    pub fn tick(&self) -> u32 {
        let now = self.clock.get().wrapping_add(1);
        self.clock.set(now);
        now
    }

    /// The statements of the code object, as the structurer finds them.
    fn items(&self, form: Form) -> Outcome<Vec<Item>> {
        let mut graph = lancehead_ir::lift(self.code)?;
        self.idle.replace(graph.idle.clone());
        fallback::rewrite(&mut graph, form, &self.means())?;
        self.yields.set(graph.blocks.iter().flat_map(|block| &block.insts).any(|inst| may_yield(&inst.op)));
        let prepared = passes::prepare(graph, self.dialect, self.names.is_function(), |pass, graph| {
            self.dump(pass, Stage::Graph(graph));
        });
        let flow = Flow::of(&prepared.graph);
        Structurer::new(self, &prepared, &flow).run()
    }

    /// Shows what a stage has made to whoever asked to see it.
    pub fn dump(&self, stage: &str, made: Stage<'_>) {
        if let Some(dump) = self.options.dump {
            dump(self.path, stage, made);
        }
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
    pub fn statements_in(&self, form: Form) -> Outcome<Suite> {
        self.form.set(form);
        crate::driver::statements_of(self.items(form)?)
    }

    /// Takes note of a copy of a value that is used more than once.
    ///
    /// # Errors
    /// [`Failure::TooComplex`] if more was copied than any compiled code asks for.
    pub fn copies(&self, value: &Expr) -> Outcome<()> {
        self.shared.set(self.shared.get() + crate::visit::size(value));
        match self.shared.get() > MAX_SHARED_NODES {
            true => Err(Failure::TooComplex),
            false => Ok(()),
        }
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

    /// What does nothing, `try` aside, in order: its byte offset, and that of the instruction behind it.
    pub fn idle_offsets(&self) -> Vec<(u32, u32)> {
        let idle = self.idle.borrow();
        idle.iter().filter(|idle| !idle.begins_try).map(|idle| (idle.offset, idle.next)).collect()
    }

    /// The lines of what does nothing right before an offset, in order.
    pub fn idle_lines(&self, before: u32) -> Vec<u32> {
        Idle::right_before(&self.idle.borrow(), before).iter().map(|idle| idle.line).collect()
    }

    /// What does nothing right before an offset, if it is no `try`.
    pub fn idle_before(&self, before: u32) -> Option<Idle> {
        let idle = self.idle.borrow();
        Idle::right_before(&idle, before).iter().rfind(|idle| !idle.begins_try).copied()
    }

    /// The line of what does nothing right before an offset, if it is no `try`.
    pub fn idle_line_before(&self, before: u32) -> Option<u32> {
        self.idle_before(before).map(|idle| idle.line)
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

    /// The expression of a hidden function that is called with the outermost iterable.
    pub fn comprehension(&self, function: &Function, iterable: Expr) -> Outcome<Expr> {
        let mut expr = self.nested.expression(function.code)?;
        expr.line = function.line;
        match &mut expr.kind {
            ExprKind::ListComp { generators, .. }
            | ExprKind::SetComp { generators, .. }
            | ExprKind::DictComp { generators, .. }
            | ExprKind::GeneratorExp { generators, .. } => {
                if let Some(first) = generators.first_mut() {
                    first.iter = iterable;
                }
            }
            // One that could not be recovered raises.
            _ => {}
        }
        Ok(expr)
    }

    /// The expression of a lambda.
    pub fn lambda(&self, function: &Function) -> Outcome<Expr> {
        let body = Box::new(self.nested.expression(function.code)?);
        let args = Box::new(self.arguments(self.nested.code(function.code), function)?);
        Ok(Expr::at(ExprKind::Lambda { args, body }, function.line))
    }

    /// A `def` or `async def`, whose body is put in later.
    pub fn function_def(&self, function: &Function, name: PyStr) -> Outcome<StmtKind> {
        let code = self.nested.code(function.code);
        let mut function = function.clone();
        if let Some(annotate) = function.annotate.take() {
            function.annotations = self.annotations(annotate)?;
        }
        let args = self.arguments(code, &function)?;
        let returns = function.annotations.iter().find(|(name, _)| name == "return");
        let returns = returns.map(|(_, annotation)| self.annotation(annotation.clone()));
        let is_async = code.flags & (CO_COROUTINE | CO_ASYNC_GENERATOR) != 0;
        let decorators = function.decorators.into_iter().rev().collect();
        Ok(StmtKind::FunctionDef(Box::new(FunctionDef {
            name,
            type_params: function.type_params,
            args,
            body: Suite::new(),
            decorators,
            returns,
            is_async,
            code: Some(function.code),
        })))
    }

    /// A `class`, whose body is put in later.
    pub fn class_def(&self, class: &Class, name: PyStr) -> StmtKind {
        let decorators = class.decorators.iter().rev().cloned().collect();
        StmtKind::ClassDef(Box::new(ClassDef {
            name,
            type_params: class.type_params.clone(),
            bases: class.bases.clone(),
            keywords: class.keywords.clone(),
            body: Suite::new(),
            decorators,
            code: Some(class.code),
        }))
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
