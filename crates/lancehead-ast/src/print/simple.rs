//! Simple statements, which take one logical line each.

use super::level::{Level, Slot, binary};
use super::line::Line;
use crate::node::*;

impl<'a> Line<'a> {
    /// Queues a simple statement. (Compound ones, comments and docstrings are not its business.)
    pub(super) fn simple_statement(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Return(value) => {
                self.text("return");
                if let Some(value) = value {
                    self.text(" ");
                    let star = self.syntax.star_in_return;
                    self.value(value, if star { Slot::StarTuple } else { Slot::PlainTuple });
                }
            }
            StmtKind::Delete(targets) => {
                self.text("del ");
                self.plain_items(targets);
            }
            StmtKind::Assign { targets, value } => {
                for target in targets {
                    self.spread(target, Slot::StarTuple);
                    self.text(" = ");
                }
                self.value(value, Slot::Any);
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.text("type ");
                self.expr(name, Slot::TEST);
                self.type_parameters(type_params);
                self.text(" = ");
                self.spread(value, Slot::TEST);
            }
            StmtKind::AugAssign { target, op, value } => {
                self.expr(target, Slot::At(Level::Atom));
                self.text(" ");
                self.text(binary(*op).0.trim());
                self.text("= ");
                self.spread(value, Slot::Any);
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.annotated(target, annotation, value.as_ref(), *simple);
            }
            StmtKind::Raise { exc, cause } => {
                self.text("raise");
                if let Some(exc) = exc {
                    self.text(" ");
                    self.spread(exc, Slot::TEST);
                }
                if let Some(cause) = cause {
                    self.text(" from ");
                    self.spread(cause, Slot::TEST);
                }
            }
            StmtKind::Assert { test, msg } => {
                self.text("assert ");
                self.spread(test, Slot::TEST);
                if let Some(msg) = msg {
                    self.text(", ");
                    self.spread(msg, Slot::TEST);
                }
            }
            StmtKind::Import { names, is_lazy } => {
                self.text(if *is_lazy { "lazy import " } else { "import " });
                for (i, alias) in names.iter().enumerate() {
                    if i > 0 {
                        self.text(", ");
                    }
                    self.alias(alias);
                }
            }
            StmtKind::ImportFrom { module, names, level, is_lazy } => {
                self.text(if *is_lazy { "lazy from " } else { "from " });
                self.import_from(module.as_ref(), names, *level);
            }
            StmtKind::Global(names) => self.names("global ", names),
            StmtKind::Nonlocal(names) => self.names("nonlocal ", names),
            StmtKind::Expr(value) => self.spread(value, Slot::Any),
            StmtKind::Pass => self.text("pass"),
            StmtKind::Break => self.text("break"),
            StmtKind::Continue => self.text("continue"),
            _ => {}
        }
    }

    /// Queues the value of a statement. A lone comma at the end of a line is overlooked too easily.
    fn value(&mut self, value: &'a Expr, slot: Slot) {
        let is_single = matches!(&value.kind, ExprKind::Tuple(items) if items.len() == 1);
        self.spread(value, if is_single { Slot::TEST } else { slot });
    }

    fn plain_items(&mut self, items: &'a [Expr]) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            self.expr(item, Slot::TEST);
        }
    }

    fn annotated(&mut self, target: &'a Expr, annotation: &'a Expr, value: Option<&'a Expr>, simple: bool) {
        let parenthesise = !simple && matches!(target.kind, ExprKind::Name(_));
        if parenthesise {
            self.text("(");
        }
        self.expr(target, Slot::TEST);
        self.text(if parenthesise { "): " } else { ": " });
        self.spread(annotation, Slot::TEST);
        if let Some(value) = value {
            self.text(" = ");
            self.spread(value, if self.syntax.open_annotated_value { Slot::Any } else { Slot::TEST });
        }
    }

    fn alias(&mut self, alias: &'a Alias) {
        if alias.name == "*" {
            self.text("*");
        } else {
            self.identifier(&alias.name);
        }
        if let Some(asname) = &alias.asname {
            self.text(" as ");
            self.identifier(asname);
        }
    }

    fn import_from(&mut self, module: Option<&'a Identifier>, names: &'a [Alias], level: u32) {
        for _ in 0..level {
            self.text(".");
        }
        if let Some(module) = module.filter(|module| !module.is_empty()) {
            self.identifier(module);
        }
        self.text(" import ");
        let is_star = matches!(names, [Alias { name, .. }] if *name == "*");
        if is_star {
            return self.text("*");
        }
        self.open_optional();
        for (i, alias) in names.iter().enumerate() {
            if i > 0 {
                self.comma();
            }
            self.alias(alias);
        }
        self.close_optional(true);
    }

    fn names(&mut self, keyword: &'static str, names: &'a [Identifier]) {
        self.text(keyword);
        for (i, name) in names.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            self.identifier(name);
        }
    }
}
