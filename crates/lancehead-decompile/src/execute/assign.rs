//! Assignments: plain, chained, unpacking, augmented, parallel, and those that an enclosing statement makes.

use std::cell::RefCell;
use std::rc::Rc;

use lancehead_ast::{Expr, ExprKind, StmtKind, TypeParam};
use lancehead_ir::Variable;
use lancehead_pyc::PyStr;

use super::{Machine, is_plain};
use crate::code::failure::Outcome;
use crate::execute::item::{Item, Source};
use crate::execute::value::{Unpacking, Value};
use crate::tree::query::is_name;

impl Machine<'_> {
    /// The target that stores into, or deletes, a variable.
    pub fn variable(&mut self, variable: Variable, name: &PyStr) -> Expr {
        self.names().stored(variable, name);
        Expr::at(ExprKind::Name(self.spelled(name)), self.line())
    }

    /// An expression on the line under way.
    pub fn at_line(&self, kind: ExprKind) -> Expr {
        Expr::at(kind, self.line())
    }

    /// Stores a value, computed at `time`, into a target.
    pub fn assign(&mut self, target: Expr, value: Value, time: u32) -> Outcome<()> {
        match value {
            Value::Shared(shared) => {
                let more = matches!(self.stack.top(), Some(Value::Shared(next)) if Rc::ptr_eq(next, &shared));
                if more {
                    shared.pending.borrow_mut().push(target);
                    return Ok(());
                }
                let mut targets = shared.pending.take();
                let value = shared.value.borrow().clone();
                if targets.is_empty() {
                    return self.assign_expr(target, value, time);
                }
                targets.push(target);
                self.emit(StmtKind::Assign { targets, value });
            }
            Value::Slot(unpacking, index) => {
                unpacking.targets.borrow_mut()[index] = Some(target);
                let complete: Option<Vec<Expr>> = unpacking.targets.borrow().iter().cloned().collect();
                if let Some(targets) = complete {
                    return self.assign_unpacked(&unpacking, targets, time);
                }
            }
            Value::Function(function) => self.define_function(target, function, time)?,
            Value::Class(class) => self.define_class(target, &class)?,
            Value::TypeAlias(alias) => self.define_alias(target, &alias)?,
            Value::Exception | Value::GroupMatch(_) => self.bind(Source::Exception, target),
            Value::Item => self.bind(Source::Item, target),
            Value::WithEnter => self.bind(Source::Enter, target),
            Value::Saved => {}
            Value::TypeParam(param) => self.unit.hidden.declare(TypeParam::clone(&param)),
            // The cell through which nested code finds the namespace is the compiler's own.
            Value::Namespace if is_name(&target, "__classdict__") => {
                self.take_statement_line();
            }
            Value::Inplace(inplace) => {
                if !same_target(&inplace.left, &target) {
                    return self.fail("an augmented assignment to another target");
                }
                self.emit(StmtKind::AugAssign { target, op: inplace.op, value: inplace.right.clone() });
            }
            Value::Module(_) | Value::ImportedName(..) => self.bind_import(target, value)?,
            value => {
                let value = self.to_expr(value)?;
                self.assign_expr(target, value, time)?;
            }
        }
        Ok(())
    }

    /// The statement around binds a target; what comes next is the first statement in it.
    fn bind(&mut self, source: Source, target: Expr) {
        self.items.push(Item::Bind(source, target));
        self.take_statement_line();
    }

    fn assign_expr(&mut self, target: Expr, value: Expr, time: u32) -> Outcome<()> {
        if self.unit.is_generic_scope() && is_hidden(&target) {
            return Ok(());
        }
        // The compiler spells `a, b = x, y` with swaps instead of a tuple: more values wait to be stored.
        if !self.parallel.is_empty() || self.stack.top().is_some_and(is_plain) {
            self.parallel.push((time, target, value));
            if self.stack.top().is_some_and(is_plain) {
                return Ok(());
            }
            let mut stores = std::mem::take(&mut self.parallel);
            stores.sort_by_key(|store| store.0);
            let (targets, values): (Vec<_>, Vec<_>) = stores.into_iter().map(|(_, t, v)| (t, v)).unzip();
            let target = self.at_line(ExprKind::Tuple(targets));
            let value = self.at_line(ExprKind::Tuple(values));
            self.emit(StmtKind::Assign { targets: vec![target], value });
            return Ok(());
        }
        self.emit(StmtKind::Assign { targets: vec![target], value });
        Ok(())
    }

    fn assign_unpacked(&mut self, unpacking: &Unpacking, mut targets: Vec<Expr>, time: u32) -> Outcome<()> {
        if let Some(starred) = unpacking.starred
            && let Some(target) = targets.get_mut(starred)
        {
            let line = target.line;
            let inner = std::mem::replace(target, Expr::new(ExprKind::Tuple(Vec::new())));
            *target = Expr::at(ExprKind::Starred(Box::new(inner)), line);
        }
        let target = Expr::at(ExprKind::Tuple(targets), unpacking.line);
        self.assign(target, unpacking.source.clone(), time)
    }

    /// `UNPACK_SEQUENCE` and `UNPACK_EX`.
    pub fn unpack(&mut self, count: u32, starred: Option<usize>) -> Outcome<()> {
        const MOST: u32 = 1 << 20;
        if count > MOST {
            return self.fail("unpacking into too many targets");
        }
        let source = self.pop()?;
        let source = match source {
            Value::Const(..) | Value::Iterator(_) => Value::Expr(self.to_expr(source)?),
            source => source,
        };
        if count == 0 {
            let target = self.at_line(ExprKind::Tuple(Vec::new()));
            let time = self.unit.tick();
            return self.assign(target, source, time);
        }
        let targets = RefCell::new(vec![None; count as usize]);
        let unpacking = Rc::new(Unpacking { source, targets, starred, line: self.line() });
        for index in (0..count as usize).rev() {
            self.push(Value::Slot(unpacking.clone(), index));
        }
        Ok(())
    }
}

/// Whether a target is a variable that only the compiler can name.
fn is_hidden(target: &Expr) -> bool {
    matches!(&target.kind, ExprKind::Name(name) if name.as_bytes().starts_with(b"."))
}

/// Whether two expressions are one, wherever they stood.
pub fn same_target(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        (ExprKind::Attribute { attr: a, value: x }, ExprKind::Attribute { attr: b, value: y }) => {
            a == b && same_target(x, y)
        }
        (ExprKind::Subscript { value: a, slice: x }, ExprKind::Subscript { value: b, slice: y }) => {
            same_target(a, b) && same_target(x, y)
        }
        _ => crate::tree::compare::same(a, b),
    }
}
