//! Annotations: evaluated, kept as text (PEP 563), or deferred (PEP 649, 3.14).

use lancehead_ast::{Expr, ExprKind, FunctionDef, Stmt, StmtKind, unparse_annotation};
use lancehead_ir::{Collection, Comparison, Variable};
use lancehead_pyc::PyStr;

use super::{Lower, Result};
use crate::act::{Act, Grow};
use crate::intern::Value;
use crate::scope::{Key, Kind, Part, ScopeId};

const ANNOTATIONS: u32 = 4;
const ANNOTATE: u32 = 16;

/// Whether a module or class annotates a variable anywhere: `find_ann`.
fn has_annotations(suite: &[Stmt]) -> bool {
    suite.iter().any(|stmt| match &stmt.kind {
        StmtKind::AnnAssign { .. } => true,
        StmtKind::For { body, orelse, .. }
        | StmtKind::While { body, orelse, .. }
        | StmtKind::If { body, orelse, .. } => has_annotations(body) || has_annotations(orelse),
        StmtKind::With { body, .. } => has_annotations(body),
        StmtKind::Match { cases, .. } => cases.iter().any(|case| has_annotations(&case.body)),
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            handlers.iter().any(|handler| has_annotations(&handler.body))
                || [body, orelse, finalbody].into_iter().any(|suite| has_annotations(suite))
        }
        _ => false,
    })
}

/// Whether there is nothing in an annotation that could be folded.
fn is_plain(annotation: &Expr) -> bool {
    match &annotation.kind {
        ExprKind::Name(_) | ExprKind::Constant(_) => true,
        ExprKind::Attribute { value, .. } => is_plain(value),
        ExprKind::Subscript { value, slice } => {
            !matches!(value.kind, ExprKind::Constant(_)) && is_plain(value) && is_plain(slice)
        }
        ExprKind::Tuple(items) => items.iter().all(is_plain),
        _ => false,
    }
}

impl<'a> Lower<'a> {
    /// Makes `__annotations__` of a module or class, if anything in it is annotated.
    pub fn set_up_annotations(&mut self, body: &[Stmt]) {
        if !self.defers_annotations() && has_annotations(body) {
            self.emit(Act::SetupAnnotations);
        }
    }

    /// Whether annotations are evaluated by functions of their own.
    pub fn defers_annotations(&self) -> bool {
        self.d.defers_annotations() && !self.future.annotations
    }

    /// The value of an annotation, or its text.
    pub fn annotation_value(&mut self, annotation: &Expr) -> Result {
        if self.future.annotations {
            let text = unparse_annotation(annotation, self.d.version);
            let Some(text) = text else { return self.fault("an annotation that cannot be written out") };
            let text = self.i.string(&text);
            self.constant(text);
            return Ok(());
        }
        match &annotation.kind {
            // `*args: *Ts` unpacks one value.
            ExprKind::Starred(inner) => {
                self.expr(inner)?;
                self.emit(Act::Unpack(1));
                Ok(())
            }
            _ => self.expr(annotation),
        }
    }

    fn annotated(&mut self, def: &'a FunctionDef) -> Vec<(PyStr, &'a Expr)> {
        let args = &def.args;
        let (first, second) = match self.d.visits_positional_only_first() {
            true => (&args.posonlyargs, &args.args),
            false => (&args.args, &args.posonlyargs),
        };
        let all = first.iter().chain(second).chain(&args.vararg).chain(&args.kwonlyargs).chain(&args.kwarg);
        let mut annotated: Vec<(PyStr, &'a Expr)> = Vec::new();
        for arg in all {
            if let Some(annotation) = arg.annotation.as_deref() {
                let mangled = self.mangled(&arg.arg);
                annotated.push((self.i.spell(mangled).clone(), annotation));
            }
        }
        annotated.extend(def.returns.as_ref().map(|returns| (PyStr::from("return"), returns)));
        annotated
    }

    /// Leaves what annotates a function on the stack; the flag for it.
    pub fn function_annotations(&mut self, def: &'a FunctionDef) -> Result<u32> {
        let annotated = self.annotated(def);
        if annotated.is_empty() {
            return Ok(0);
        }
        let count = annotated.len() as u32;
        if self.d.defers_annotations() {
            let key = Key::of(def, Part::Annotations);
            let code = match self.cached(key) {
                Some(code) => code,
                None => {
                    let scope = self.scope_of(key)?;
                    self.annotated = self.d.names_annotated().then(|| def.name.clone());
                    self.begin_evaluator(scope, "__annotate__");
                    for (name, annotation) in annotated {
                        let name = self.i.string(&name);
                        self.constant(name);
                        self.annotation_value(annotation)?;
                    }
                    self.emit(Act::Build(Collection::Map, count));
                    self.emit(Act::Return);
                    self.leave(Some(key))?
                }
            };
            self.make_function(code, 0);
            return Ok(ANNOTATE);
        }
        if self.d.annotations_are_tuples() {
            for (name, annotation) in annotated {
                let name = self.i.string(&name);
                self.constant(name);
                self.annotation_value(annotation)?;
            }
            self.emit(Act::Build(Collection::Tuple, count * 2));
            return Ok(ANNOTATIONS);
        }
        let mut names = Vec::with_capacity(annotated.len());
        for (name, annotation) in annotated {
            let positional_only = &def.args.posonlyargs;
            let is_first = positional_only
                .iter()
                .any(|arg| arg.annotation.as_deref().is_some_and(|first| std::ptr::eq(first, annotation)));
            let skipped = is_first && !is_plain(annotation) && !self.d.compiler.folds_positional_only();
            self.unfolded += u32::from(skipped);
            self.annotation_value(annotation)?;
            self.unfolded -= u32::from(skipped);
            names.push(self.i.string(&name));
        }
        let names = self.i.constant(Value::Tuple(names));
        self.constant(names);
        self.emit(Act::BuildConstKeyMap(count));
        Ok(ANNOTATIONS)
    }

    /// Begins code that takes a format and supports no other than values: `codegen_setup_annotations_scope`.
    pub fn begin_evaluator(&mut self, scope: ScopeId, name: &str) {
        self.enter(scope, &PyStr::from(name), self.line);
        if !self.d.evaluators_take_format() {
            return;
        }
        self.unit().argcount = 1;
        self.unit().posonlyargcount = 1;
        let kind = self.kind();
        let (format, go) =
            (self.t(if kind == Kind::Annotations { "format" } else { ".format" }), self.label());
        self.unit().varnames.insert(format);
        self.emit(Act::Load(Variable::Fast, format));
        let two = self.i.int(2);
        self.constant(two);
        self.emit(Act::Compare(Comparison::Greater));
        self.emit(Act::PopJump(false, go.0));
        let error = self.t("NotImplementedError");
        self.emit(Act::Common(error));
        self.emit(Act::Raise(1));
        self.place(go);
    }

    /// Keeps an annotation of a module or class for later, noting that it was reached.
    pub fn defer_annotation(&mut self, name: &PyStr, annotation: &'a Expr) -> Result {
        let is_module = self.kind() == Kind::Module;
        let mangled = self.mangled(name);
        let name = self.i.spell(mangled).clone();
        let unit = self.unit();
        let number = (is_module || unit.conditional_depth > 0).then_some(unit.conditional_count);
        unit.deferred.push((name, annotation, number));
        if let Some(number) = number {
            unit.conditional_count += 1;
            self.load_conditional();
            let number = self.i.int(number);
            self.constant(number);
            self.emit(Act::Grow(Grow::SetAdd, 1));
            self.emit(Act::Pop);
        }
        Ok(())
    }

    fn load_conditional(&mut self) {
        let name = self.t("__conditional_annotations__");
        let variable = if self.kind() == Kind::Class { Variable::Deref } else { Variable::Name };
        self.emit(Act::Load(variable, name));
    }

    /// A module makes its `__annotate__` first. Its code is known when the rest is, so it is emitted by reference.
    pub fn module_annotations(&mut self, scope: ScopeId, body: &'a [Stmt]) -> Result {
        if !self.d.defers_annotations() {
            return Ok(());
        }
        let mut found = Vec::new();
        collect(body, &mut found);
        if !found.is_empty() && !self.future.annotations {
            let mut deferred = Vec::with_capacity(found.len());
            for (at, (name, annotation)) in found.into_iter().enumerate() {
                deferred.push((name.clone(), annotation, Some(at as i64)));
            }
            let code = self.annotate(scope, deferred)?;
            self.make_function(code, 0);
            self.store_name("__annotate__");
        }
        if self.scopes.get(scope).conditional_annotations {
            self.emit(Act::Build(Collection::Set, 0));
            self.store_name("__conditional_annotations__");
        }
        Ok(())
    }

    pub fn class_conditional_annotations(&mut self, scope: ScopeId) {
        if self.d.defers_annotations() && self.scopes.get(scope).conditional_annotations {
            let name = self.t("__conditional_annotations__");
            self.emit(Act::Build(Collection::Set, 0));
            self.emit(Act::Store(Variable::Deref, name));
        }
    }

    /// A class makes its `__annotate_func__` last.
    pub fn class_annotations(&mut self, scope: ScopeId) -> Result {
        let deferred = std::mem::take(&mut self.unit().deferred);
        if deferred.is_empty() {
            return Ok(());
        }
        let code = self.annotate(scope, deferred)?;
        self.make_function(code, 0);
        self.store_name("__annotate_func__");
        Ok(())
    }

    /// `codegen_deferred_annotations_body`.
    fn annotate(&mut self, scope: ScopeId, deferred: Vec<(PyStr, &'a Expr, Option<i64>)>) -> Result<u32> {
        let Some(annotations) = self.scopes.get(scope).annotations else {
            return self.fault("annotations without a scope");
        };
        self.begin_evaluator(annotations, "__annotate__");
        self.emit(Act::Build(Collection::Map, 0));
        let in_class = self.scopes.get(scope).kind == Kind::Class;
        let conditional = self.t("__conditional_annotations__");
        for (name, annotation, number) in deferred {
            let skip = self.label();
            if let Some(number) = number {
                let number = self.i.int(number);
                self.constant(number);
                let variable = if in_class { Variable::Deref } else { Variable::Global };
                self.emit(Act::Load(variable, conditional));
                self.emit(Act::Contains);
                self.emit(Act::PopJump(false, skip.0));
            }
            self.annotation_value(annotation)?;
            self.emit(Act::Copy(2));
            let name = self.i.string(&name);
            self.constant(name);
            self.emit(Act::StoreSubscript);
            self.place(skip);
        }
        self.emit(Act::Return);
        self.leave(None)
    }
}

/// All annotated names of a module, in order.
fn collect<'a>(suite: &'a [Stmt], found: &mut Vec<(&'a PyStr, &'a Expr)>) {
    for stmt in suite {
        match &stmt.kind {
            StmtKind::AnnAssign { target, annotation, simple: true, .. } => {
                if let ExprKind::Name(name) = &target.kind {
                    found.push((name, annotation));
                }
            }
            StmtKind::For { body, orelse, .. }
            | StmtKind::While { body, orelse, .. }
            | StmtKind::If { body, orelse, .. } => {
                collect(body, found);
                collect(orelse, found);
            }
            StmtKind::With { body, .. } => collect(body, found),
            StmtKind::Match { cases, .. } => cases.iter().for_each(|case| collect(&case.body, found)),
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                collect(body, found);
                // Order of emission: the clauses come after the `else`.
                collect(orelse, found);
                handlers.iter().for_each(|handler| collect(&handler.body, found));
                collect(finalbody, found);
            }
            _ => {}
        }
    }
}
