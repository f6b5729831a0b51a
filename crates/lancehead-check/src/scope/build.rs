//! Which names are used how, where: the first pass of the symbol table.

use lancehead_ast::{ExceptHandler, Expr, ExprKind, MatchCase, Module, Pattern, Stmt, StmtKind, TypeParam};
use lancehead_pyc::PyStr;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::{Key, Kind, Part, Scope, ScopeFault, ScopeId, Scopes, flag, mangle};
use crate::dialect::Dialect;
use crate::intern::{Interner, Name};

pub(super) type Result<T = ()> = std::result::Result<T, ScopeFault>;

pub fn build(
    module: &Module,
    dialect: &Dialect,
    future_annotations: bool,
    interner: &mut Interner,
) -> Result<Scopes> {
    let mut builder = Builder {
        scopes: Vec::new(),
        by_key: FxHashMap::with_capacity_and_hasher(7, FxBuildHasher),
        current: ScopeId(0),
        private: None,
        dialect,
        future_annotations,
        interner,
        line: 0,
    };
    let top = builder.interner.text("<module>");
    builder.enter(Kind::Module, top, Key::of(module, Part::Body));
    builder.suite(&module.body)?;
    Ok(Scopes { scopes: builder.scopes, by_key: builder.by_key })
}

pub(super) struct Builder<'a> {
    pub scopes: Vec<Scope>,
    pub by_key: FxHashMap<Key, ScopeId>,
    pub current: ScopeId,
    /// The class that mangles private names.
    pub private: Option<Name>,
    pub dialect: &'a Dialect,
    pub future_annotations: bool,
    pub interner: &'a mut Interner,
    pub line: u32,
}

impl Builder<'_> {
    pub fn scope(&mut self) -> &mut Scope {
        let at = self.current.0 as usize;
        &mut self.scopes[at]
    }

    /// Opens a scope in the current one and makes it current; the former current one is returned.
    pub fn enter(&mut self, kind: Kind, name: Name, key: Key) -> ScopeId {
        let id = ScopeId(self.scopes.len() as u32);
        let before = self.current;
        let parent = (kind != Kind::Module).then_some(before);
        let nested = parent.is_some_and(|parent| {
            let parent = &self.scopes[parent.0 as usize];
            parent.nested || parent.kind.is_function_like()
        });
        self.scopes.push(Scope {
            kind,
            name,
            parent,
            children: Vec::new(),
            params: Vec::new(),
            nested,
            generator: false,
            returns_value: false,
            coroutine: false,
            inlined: false,
            needs_class_closure: false,
            needs_classdict: false,
            can_see_class: false,
            conditional_annotations: false,
            in_conditional: false,
            unevaluated: false,
            annotations: None,
            free: false,
            child_free: false,
            symbols: Vec::with_capacity(8),
            index: FxHashMap::default(),
        });
        // Annotations that are kept as text are not analysed.
        let is_text = kind == Kind::Annotations && self.future_annotations;
        if let Some(parent) = parent.filter(|_| !is_text) {
            self.scopes[parent.0 as usize].children.push(id);
        }
        self.by_key.insert(key, id);
        self.current = id;
        before
    }

    /// Whether the names of a class can be seen from a scope of this kind in the current one.
    pub fn sees_class(&mut self, kind: Kind) -> bool {
        let is_text = kind == Kind::Annotations && self.future_annotations;
        let outside = self.scope();
        !is_text && (outside.kind == Kind::Class || (kind != Kind::TypeParams && outside.can_see_class))
    }

    /// Opens a scope from which the names of a class around it can be seen, if there is one.
    pub fn enter_seeing(&mut self, kind: Kind, name: Name, key: Key) -> ScopeId {
        let sees = self.sees_class(kind);
        let before = self.enter(kind, name, key);
        if sees {
            self.scope().can_see_class = true;
            self.special("__classdict__", flag::USE);
        }
        before
    }

    pub fn leave(&mut self, before: ScopeId) {
        self.current = before;
    }

    /// Notes a use of a name as it stands in the source.
    pub fn add(&mut self, name: &PyStr, flags: u32) -> Name {
        let name = self.interner.name(name);
        self.add_name(name, flags)
    }

    /// Declares a name `global` or `nonlocal`, which it must be before it is used (`symtable_visit_stmt`).
    fn declare(&mut self, name: &PyStr, flags: u32) -> Result<Name> {
        let line = self.line;
        let name = self.add(name, flags);
        let known = self.scope().symbol_mut(name).flags;
        match known & (flag::LOCAL | flag::PARAM | flag::USE | flag::ANNOT) {
            0 => Ok(name),
            _ => Err(ScopeFault("a name that is declared after it is used", line)),
        }
    }

    pub fn add_name(&mut self, name: Name, flags: u32) -> Name {
        let mangled = mangle(self.interner, self.private, name);
        let scope = self.scope();
        if scope.unevaluated {
            return mangled;
        }
        scope.symbol_mut(mangled).flags |= flags;
        if flags & flag::PARAM != 0 {
            scope.params.push(mangled);
        }
        mangled
    }

    pub fn special(&mut self, name: &str, flags: u32) {
        let name = self.interner.text(name);
        self.scope().symbol_mut(name).flags |= flags;
        if flags & flag::PARAM != 0 {
            self.scope().params.push(name);
        }
    }

    pub fn suite(&mut self, suite: &[Stmt]) -> Result {
        suite.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn conditional(&mut self, suite: &[Stmt]) -> Result {
        let before = std::mem::replace(&mut self.scope().in_conditional, true);
        self.suite(suite)?;
        self.scope().in_conditional = before;
        Ok(())
    }

    pub fn stmt(&mut self, stmt: &Stmt) -> Result {
        if stmt.line != 0 {
            self.line = stmt.line;
        }
        stacker::maybe_grow(64 * 1024, 1 << 20, || self.stmt_kind(&stmt.kind))
    }

    fn stmt_kind(&mut self, kind: &StmtKind) -> Result {
        match kind {
            StmtKind::FunctionDef(def) => self.function(def),
            StmtKind::ClassDef(def) => self.class(def),
            StmtKind::Return(value) => {
                self.returns(value.is_some())?;
                self.optional(value.as_ref())
            }
            StmtKind::Delete(targets) => targets.iter().try_for_each(|t| self.target(t)),
            StmtKind::Assign { targets, value } => {
                targets.iter().try_for_each(|t| self.target(t))?;
                self.expr(value)
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.type_alias(kind, name, type_params, value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.target(target)?;
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(target, annotation, value.as_ref(), *simple)
            }
            StmtKind::For { target, iter, body, orelse, is_async } => {
                self.is_asynchronous(*is_async)?;
                self.target(target)?;
                self.expr(iter)?;
                self.conditional(body)?;
                self.conditional(orelse)
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test)?;
                self.conditional(body)?;
                self.conditional(orelse)
            }
            StmtKind::With { items, body, is_async } => {
                self.is_asynchronous(*is_async)?;
                for item in items {
                    self.expr(&item.context)?;
                    item.target.as_ref().map_or(Ok(()), |target| self.target(target))?;
                }
                self.conditional(body)
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                cases.iter().try_for_each(|case| self.case(case))
            }
            StmtKind::Raise { exc, cause } => {
                self.optional(exc.as_ref())?;
                self.optional(cause.as_ref())
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.conditional(body)?;
                handlers.iter().try_for_each(|handler| self.handler(handler))?;
                self.conditional(orelse)?;
                self.conditional(finalbody)
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.optional(msg.as_ref())
            }
            StmtKind::Import { names, .. } => {
                for alias in names {
                    let bound = alias.asname.clone().unwrap_or_else(|| first_part(&alias.name));
                    self.add(&bound, flag::LOCAL | flag::IMPORT);
                }
                Ok(())
            }
            StmtKind::ImportFrom { names, .. } => {
                for alias in names.iter().filter(|alias| alias.name != "*") {
                    self.add(alias.asname.as_ref().unwrap_or(&alias.name), flag::LOCAL | flag::IMPORT);
                }
                Ok(())
            }
            StmtKind::Global(names) => {
                for name in names {
                    let name = self.declare(name, flag::GLOBAL)?;
                    // The module knows of it too (`st_global`).
                    self.scopes[0].symbol_mut(name).flags |= flag::GLOBAL;
                }
                Ok(())
            }
            StmtKind::Nonlocal(names) => {
                for name in names {
                    self.declare(name, flag::NONLOCAL)?;
                }
                Ok(())
            }
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::Comment(_) => Ok(()),
            StmtKind::Unrecovered { .. } => Err(ScopeFault("code that was not recovered", self.line)),
        }
    }

    fn handler(&mut self, handler: &ExceptHandler) -> Result {
        self.optional(handler.typ.as_ref())?;
        if let Some(name) = &handler.name {
            self.add(name, flag::LOCAL);
        }
        self.conditional(&handler.body)
    }

    fn case(&mut self, case: &MatchCase) -> Result {
        self.pattern(&case.pattern)?;
        self.optional(case.guard.as_ref())?;
        self.conditional(&case.body)
    }

    fn pattern(&mut self, pattern: &Pattern) -> Result {
        match pattern {
            Pattern::Value(value) => self.expr(value),
            Pattern::Singleton(_) => Ok(()),
            Pattern::Sequence(patterns) | Pattern::Or(patterns) => {
                patterns.iter().try_for_each(|p| self.pattern(p))
            }
            Pattern::Mapping { keys, patterns, rest } => {
                keys.iter().try_for_each(|key| self.expr(key))?;
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                if let Some(name) = rest {
                    self.add(name, flag::LOCAL);
                }
                Ok(())
            }
            Pattern::Class { cls, patterns, kwd_patterns, .. } => {
                self.expr(cls)?;
                patterns.iter().chain(kwd_patterns).try_for_each(|p| self.pattern(p))
            }
            Pattern::Star(name) => {
                if let Some(name) = name {
                    self.add(name, flag::LOCAL);
                }
                Ok(())
            }
            Pattern::As { pattern, name } => {
                pattern.as_deref().map_or(Ok(()), |p| self.pattern(p))?;
                if let Some(name) = name {
                    self.add(name, flag::LOCAL);
                }
                Ok(())
            }
        }
    }

    fn ann_assign(&mut self, target: &Expr, annotation: &Expr, value: Option<&Expr>, simple: bool) -> Result {
        match &target.kind {
            ExprKind::Name(name) if simple => drop(self.add(name, flag::LOCAL | flag::ANNOT)),
            ExprKind::Name(name) if value.is_some() => drop(self.add(name, flag::LOCAL)),
            ExprKind::Name(_) => {}
            _ => self.target(target)?,
        }
        self.annotation(annotation)?;
        self.optional(value)
    }

    /// The annotation of a variable.
    fn annotation(&mut self, annotation: &Expr) -> Result {
        if self.dialect.defers_annotations() {
            return self.deferred_annotation(annotation);
        }
        if self.future_annotations && self.dialect.keeps_text_annotations_apart() {
            let name = self.interner.text("_annotation");
            let before = self.enter(Kind::Annotations, name, Key::of(annotation, Part::Annotations));
            self.expr(annotation)?;
            self.leave(before);
            return Ok(());
        }
        self.expr(annotation)
    }

    /// 3.14: all annotations of a class or module share one scope.
    fn deferred_annotation(&mut self, annotation: &Expr) -> Result {
        let before = self.current;
        let (kind, in_conditional) = (self.scope().kind, self.scope().in_conditional);
        let unevaluated = kind.is_function_like();
        let conditional = kind == Kind::Module || (kind == Kind::Class && in_conditional);
        if conditional {
            self.scope().conditional_annotations = true;
            if kind == Kind::Class {
                self.special("__conditional_annotations__", flag::USE);
            }
        }
        match self.scope().annotations {
            Some(known) => self.current = known,
            None => {
                let name = self.interner.text("__annotate__");
                let key = Key(before.0 as usize, Part::Annotations);
                self.enter(Kind::Annotations, name, key);
                let id = self.current;
                self.scopes[before.0 as usize].annotations = Some(id);
                if kind == Kind::Class && !self.future_annotations {
                    self.scope().can_see_class = true;
                    self.special("__classdict__", flag::USE);
                }
                self.special(".format", flag::PARAM);
            }
        }
        if conditional && kind == Kind::Class && !self.future_annotations {
            self.special("__conditional_annotations__", flag::USE);
        }
        let was = std::mem::replace(&mut self.scope().unevaluated, unevaluated);
        self.expr(annotation)?;
        self.scope().unevaluated = was;
        self.current = before;
        Ok(())
    }

    fn type_alias(&mut self, node: &StmtKind, name: &Expr, params: &[TypeParam], value: &Expr) -> Result {
        self.target(name)?;
        let ExprKind::Name(name) = &name.kind else {
            return Err(ScopeFault("a type alias without a name", self.line));
        };
        let interned = self.interner.name(name);
        let outer = if params.is_empty() {
            None
        } else {
            let before = self.enter_seeing(Kind::TypeParams, interned, Key::of(node, Part::TypeParams));
            self.type_params(params)?;
            Some(before)
        };
        let before = self.enter_seeing(Kind::TypeAlias, interned, Key::of(node, Part::Body));
        if self.dialect.evaluators_take_format() {
            self.special(".format", flag::PARAM);
        }
        self.expr(value)?;
        self.leave(before);
        if let Some(outer) = outer {
            self.leave(outer);
        }
        Ok(())
    }
}

/// The first part of a dotted name.
pub fn first_part(name: &PyStr) -> PyStr {
    let bytes = name.as_bytes();
    let end = bytes.iter().position(|byte| *byte == b'.').unwrap_or(bytes.len());
    PyStr::from_wtf8(&bytes[..end]).unwrap_or_default()
}
