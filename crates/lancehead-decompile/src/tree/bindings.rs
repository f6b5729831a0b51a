//! Which names the statements of a function bind, and which they only read.

use std::collections::BTreeSet;
use std::rc::Rc;

use lancehead_ast::{Comprehension, Expr, ExprKind, Pattern, Stmt, StmtKind};
use lancehead_pyc::PyStr;

use super::visit::{exprs_of, parts_of, suites_of};

/// The names in a suite, nested functions aside.
#[derive(Debug, Default)]
pub struct Names {
    bound: BTreeSet<PyStr>,
    read: BTreeSet<PyStr>,
    /// Targets of comprehensions, which are bound in them alone.
    inner: BTreeSet<PyStr>,
}

/// The targets of the comprehensions around an expression.
struct Around {
    targets: BTreeSet<PyStr>,
    outside: Option<Rc<Around>>,
}

impl Names {
    /// The names of a suite.
    pub fn of(suite: &[Stmt]) -> Names {
        Self::walk(suite, |names, stmt| exprs_of(stmt, &mut |expr| names.expression(expr)))
    }

    /// The names of a statement itself: not those of the suites in it.
    pub fn of_statement(stmt: &Stmt) -> Names {
        let mut names = Names::default();
        names.take(stmt);
        exprs_of(stmt, &mut |expr| names.expression(expr));
        names
    }

    /// The names that the statements of a suite bind, as far as that can be told without its expressions.
    pub fn bound_by_statements(suite: &[Stmt]) -> BTreeSet<PyStr> {
        Self::walk(suite, |_, _| {}).bound
    }

    /// What all statements within a suite bind by themselves, and what `more` finds in each.
    fn walk(suite: &[Stmt], mut more: impl FnMut(&mut Names, &Stmt)) -> Names {
        let mut names = Names::default();
        let mut suites = vec![suite];
        while let Some(suite) = suites.pop() {
            for stmt in suite {
                names.take(stmt);
                more(&mut names, stmt);
                suites_of(stmt, &mut |suite| suites.push(suite));
            }
        }
        names
    }

    /// Whether a local variable would not be one: nothing binds it, and it is not a comprehension's alone.
    pub fn lack(&self, name: &PyStr) -> bool {
        !self.bound.contains(name) && (self.read.contains(name) || !self.inner.contains(name))
    }

    /// Whether a name occurs at all, in a comprehension perhaps.
    pub fn mention(&self, name: &PyStr) -> bool {
        [&self.bound, &self.read, &self.inner].iter().any(|names| names.contains(name))
    }

    /// Adds what a statement binds by itself.
    fn take(&mut self, stmt: &Stmt) {
        bind_statement(stmt, &mut self.bound);
        self.bind_targets(stmt);
    }

    fn bind_targets(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| bind(target, &mut self.bound));
            }
            StmtKind::AugAssign { target, .. }
            | StmtKind::AnnAssign { target, .. }
            | StmtKind::For { target, .. }
            | StmtKind::TypeAlias { name: target, .. } => bind(target, &mut self.bound),
            StmtKind::With { items, .. } => {
                items.iter().filter_map(|item| item.target.as_ref()).for_each(|t| bind(t, &mut self.bound));
            }
            _ => {}
        }
    }

    fn expression(&mut self, expr: &Expr) {
        let mut work: Vec<(&Expr, Option<Rc<Around>>)> = vec![(expr, None)];
        while let Some((expr, mut around)) = work.pop() {
            match &expr.kind {
                ExprKind::Name(name) if !is_inside(name, &around) => {
                    self.read.insert(name.clone());
                }
                ExprKind::NamedExpr { target, .. } => bind(target, &mut self.bound),
                ExprKind::ListComp { generators, .. }
                | ExprKind::SetComp { generators, .. }
                | ExprKind::DictComp { generators, .. }
                | ExprKind::GeneratorExp { generators, .. } => {
                    let targets = targets_of(generators);
                    self.inner.extend(targets.iter().cloned());
                    around = Some(Rc::new(Around { targets, outside: around }));
                }
                _ => {}
            }
            parts_of(expr, &mut |part| work.push((part, around.clone())));
        }
    }
}

fn is_inside(name: &PyStr, around: &Option<Rc<Around>>) -> bool {
    let mut all = std::iter::successors(around.as_deref(), |a| a.outside.as_deref());
    all.any(|a| a.targets.contains(name))
}

fn targets_of(generators: &[Comprehension]) -> BTreeSet<PyStr> {
    let mut targets = BTreeSet::new();
    generators.iter().for_each(|generator| bind(&generator.target, &mut targets));
    targets
}

/// Adds the names that a target binds.
fn bind(target: &Expr, names: &mut BTreeSet<PyStr>) {
    let mut work = vec![target];
    while let Some(target) = work.pop() {
        match &target.kind {
            ExprKind::Name(name) => {
                names.insert(name.clone());
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => work.extend(items),
            ExprKind::Starred(inner) => work.push(inner),
            _ => {}
        }
    }
}

/// Adds the names that a statement binds otherwise than by a target.
pub fn bind_statement(stmt: &Stmt, names: &mut BTreeSet<PyStr>) {
    match &stmt.kind {
        StmtKind::FunctionDef(def) => {
            names.insert(def.name.clone());
        }
        StmtKind::ClassDef(def) => {
            names.insert(def.name.clone());
        }
        StmtKind::Import { names: aliases, .. } | StmtKind::ImportFrom { names: aliases, .. } => {
            for alias in aliases {
                let bound = match &alias.asname {
                    Some(name) => name.clone(),
                    None => {
                        let first = alias.name.as_bytes().split(|b| *b == b'.').next().unwrap_or_default();
                        PyStr::from_wtf8(first).unwrap_or_else(|_| alias.name.clone())
                    }
                };
                names.insert(bound);
            }
        }
        StmtKind::Try { handlers, .. } => names.extend(handlers.iter().filter_map(|h| h.name.clone())),
        StmtKind::Match { cases, .. } => cases.iter().for_each(|c| bind_pattern(&c.pattern, names)),
        _ => {}
    }
}

fn bind_pattern(pattern: &Pattern, names: &mut BTreeSet<PyStr>) {
    match pattern {
        Pattern::Value(_) | Pattern::Singleton(_) => {}
        Pattern::Sequence(patterns) | Pattern::Or(patterns) => {
            patterns.iter().for_each(|p| bind_pattern(p, names));
        }
        Pattern::Mapping { patterns, rest, .. } => {
            patterns.iter().for_each(|p| bind_pattern(p, names));
            names.extend(rest.clone());
        }
        Pattern::Class { patterns, kwd_patterns, .. } => {
            patterns.iter().chain(kwd_patterns).for_each(|p| bind_pattern(p, names));
        }
        Pattern::Star(name) => names.extend(name.clone()),
        Pattern::As { pattern, name } => {
            pattern.iter().for_each(|p| bind_pattern(p, names));
            names.extend(name.clone());
        }
    }
}
