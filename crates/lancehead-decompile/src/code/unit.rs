//! One code object, and what its nested ones become in it.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use lancehead_ast::{Constant, Expr, ExprKind, is_annotation};
use lancehead_ir::{Graph, LineMarker};
use lancehead_pyc::{CodeObject, Object, PyStr};

use rustc_hash::FxHashSet;

use crate::code::budget::{Budget, MAX_REPEATED_TEXT, MAX_SHARED_NODES, Meter, SHORT_CONSTANT};
use crate::code::columns::Columns;
use crate::code::compiler_state::Hidden;
use crate::code::constants::Origin;
use crate::code::definition::Function;
use crate::code::dialect::Dialect;
use crate::code::failure::{Failure, Outcome};
use crate::code::form::Form;
use crate::code::mangling::Private;
use crate::code::nested::Nested;
use crate::code::scope::Around;
use crate::code::scope::Names;

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
    /// Whether statements will be put on their original lines.
    pub keeps_lines: bool,
    /// The form that is tried.
    pub form: Form,
    /// What it costs.
    pub meter: Rc<Meter>,
    /// Whether an expression may be a `yield`, of a generator or of a collection's element.
    pub may_yield: bool,
    idle: Vec<LineMarker>,
    clock: Cell<u32>,
    /// How many nodes of values that are used more than once were copied.
    shared: Cell<u64>,
    /// How much text of constants that were loaded before was loaded again.
    repeated: Cell<u64>,
    /// The constants of some length that were loaded, by address.
    loaded: RefCell<FxHashSet<usize>>,
    columns: OnceCell<Columns>,
    class_bodies: RefCell<Vec<Rc<Function>>>,
}

impl<'a> Unit<'a> {
    /// The unit of a code object, with what is within and around it, in a form whose graph is `graph`.
    pub fn new(
        code: &'a CodeObject,
        nested: Nested<'a>,
        around: &'a Around,
        form: Form,
        keeps_lines: bool,
        meter: Rc<Meter>,
    ) -> Unit<'a> {
        Unit {
            code,
            dialect: Dialect::of(code.version),
            names: Names::new(code, around.enclosing.clone()),
            private: around.private.clone(),
            hidden: Hidden::default(),
            nested,
            keeps_lines,
            form,
            meter,
            may_yield: false,
            idle: Vec::new(),
            clock: Cell::new(0),
            shared: Cell::default(),
            repeated: Cell::default(),
            loaded: RefCell::default(),
            columns: OnceCell::new(),
            class_bodies: RefCell::default(),
        }
    }

    /// Takes in what the graph of the code object says, before that is rewritten.
    pub fn read_graph(&mut self, graph: &Graph) {
        self.idle = graph.line_markers.clone();
    }

    /// The next point in time: values are put in order of their computation.
    pub fn tick(&self) -> u32 {
        let now = self.clock.get().wrapping_add(1);
        self.clock.set(now);
        now
    }

    /// Takes note of a copy of a value that is used more than once.
    ///
    /// # Errors
    /// [`Failure::TooComplex`] if more was copied than any compiled code asks for.
    pub fn copies(&self, value: &Expr) -> Outcome<()> {
        self.shared.set(self.shared.get() + crate::tree::visit::size(value));
        match self.shared.get() > MAX_SHARED_NODES {
            true => Err(Failure::TooComplex(Budget::SharedNodes)),
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
        self.idle.iter().filter(|idle| !idle.begins_try).map(|idle| (idle.offset, idle.next)).collect()
    }

    /// The lines of what does nothing right before an offset, in order.
    pub fn idle_lines(&self, before: u32) -> Vec<u32> {
        LineMarker::right_before(&self.idle, before).iter().map(|idle| idle.line).collect()
    }

    /// What does nothing right before an offset, if it is no `try`.
    pub fn idle_before(&self, before: u32) -> Option<LineMarker> {
        LineMarker::right_before(&self.idle, before).iter().rfind(|idle| !idle.begins_try).copied()
    }

    /// The line of what does nothing right before an offset, if it is no `try`.
    pub fn idle_line_before(&self, before: u32) -> Option<u32> {
        self.idle_before(before).map(|idle| idle.line)
    }

    /// The expression that evaluates to a constant that was loaded somewhere, if there is one.
    pub fn constant(&self, object: &Object, origin: Origin) -> Option<Expr> {
        self.repeats(object);
        if self.check_repeated().is_err() {
            // The code object is lost.
            return Some(Expr::at(ExprKind::Constant(Constant::None), origin.line));
        }
        let mut expr = Expr::at(crate::code::constants::expression(object)?, origin.line);
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

    /// Takes note of a constant that is loaded.
    fn repeats(&self, object: &Object) {
        let length = crate::code::constants::length(object);
        let is_again =
            length > SHORT_CONSTANT && !self.loaded.borrow_mut().insert(std::ptr::from_ref(object).addr());
        if is_again {
            self.repeated.set(self.repeated.get().saturating_add(length));
        }
    }

    /// Whether the constants that were loaded can be written out.
    ///
    /// # Errors
    /// [`Failure::TooComplex`] if they are repeated too often for their length.
    pub fn check_repeated(&self) -> Outcome<()> {
        match self.repeated.get() > MAX_REPEATED_TEXT {
            true => Err(Failure::TooComplex(Budget::RepeatedText)),
            false => Ok(()),
        }
    }

    /// Whether the code object uses a name, or has a variable of that name.
    pub fn mentions(&self, name: &str) -> bool {
        let code = self.code;
        let lists = [&code.names, &code.varnames, &code.cellvars, &code.freevars];
        lists.into_iter().flatten().any(|known| *known == *name)
    }

    /// An annotation as the source writes it.
    pub fn annotation(&self, annotation: Expr) -> Expr {
        match annotation.kind {
            // What is no expression by itself would end the annotation, and begin code.
            ExprKind::Constant(Constant::Str(text))
                if self.stores_annotations_as_text()
                    && text.to_str().is_some_and(|text| is_annotation(text, self.code.version)) =>
            {
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

impl Unit<'_> {
    /// Whether the code is the hidden function that makes type parameters.
    pub fn is_generic_scope(&self) -> bool {
        self.code.name.as_bytes().starts_with(b"<generic parameters of")
    }

    /// Whether the code is the hidden function of a comprehension that builds a collection (up to 3.11).
    pub fn is_collector(&self) -> bool {
        ["<listcomp>", "<setcomp>", "<dictcomp>"].iter().any(|name| self.code.name == **name)
    }

    /// Whether the code is that of a function that evaluates annotations.
    pub fn is_annotate(&self) -> bool {
        self.dialect.deferred_annotations && self.code.name == "__annotate__"
    }
}
