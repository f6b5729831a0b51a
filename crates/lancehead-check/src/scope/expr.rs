//! Expressions in the first pass of the symbol table.

use lancehead_ast::{Comprehension, Expr, ExprKind, FStringPart};

use super::build::{Builder, Result};
use super::{Comp, Key, Kind, Part, ScopeFault, ScopeId, flag};

impl Builder<'_> {
    pub fn optional(&mut self, expr: Option<&Expr>) -> Result {
        expr.map_or(Ok(()), |expr| self.expr(expr))
    }

    pub fn exprs(&mut self, exprs: &[Expr]) -> Result {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    /// An expression that is evaluated.
    pub fn expr(&mut self, expr: &Expr) -> Result {
        if expr.line != 0 {
            self.line = expr.line;
        }
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Constant(_) => self.expr_kind(expr),
            _ => stacker::maybe_grow(64 * 1024, 1 << 20, || self.expr_kind(expr)),
        }
    }

    /// An expression that is assigned to or deleted.
    pub fn target(&mut self, expr: &Expr) -> Result {
        match &expr.kind {
            ExprKind::Name(name) => {
                self.add(name, flag::LOCAL);
                Ok(())
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().try_for_each(|i| self.target(i)),
            ExprKind::Starred(item) => self.target(item),
            _ => self.expr(expr),
        }
    }

    fn expr_kind(&mut self, expr: &Expr) -> Result {
        match &expr.kind {
            ExprKind::BoolOp { values, .. } => self.exprs(values),
            ExprKind::NamedExpr { target, value } => self.named(target, value),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.defaults(args)?;
                let name = self.interner.text("<lambda>");
                let before = self.enter(Kind::Lambda, name, Key::of(expr, Part::Body));
                self.parameters(args);
                self.expr(body)?;
                self.leave(before);
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                keys.iter().flatten().try_for_each(|key| self.expr(key))?;
                self.exprs(values)
            }
            ExprKind::Set(items) | ExprKind::List(items) | ExprKind::Tuple(items) => self.exprs(items),
            ExprKind::ListComp { element, generators } => {
                self.comprehension(expr, Comp::List, generators, element, None)
            }
            ExprKind::SetComp { element, generators } => {
                self.comprehension(expr, Comp::Set, generators, element, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(expr, Comp::Dict, generators, key, value.as_deref())
            }
            ExprKind::GeneratorExp { element, generators } => {
                self.comprehension(expr, Comp::Generator, generators, element, None)
            }
            ExprKind::Await(value) => {
                self.awaits()?;
                self.expr(value)
            }
            ExprKind::Yield(value) => {
                self.yields()?;
                self.optional(value.as_deref())
            }
            ExprKind::YieldFrom(value) => {
                self.delegates()?;
                self.expr(value)
            }
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))
            }
            ExprKind::JoinedStr(parts) | ExprKind::TemplateStr(parts) => self.parts(parts),
            ExprKind::Attribute { value, .. } | ExprKind::Starred(value) => self.expr(value),
            ExprKind::Subscript { value, slice } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().try_for_each(|part| self.optional(part.as_deref()))
            }
            ExprKind::Name(name) => {
                self.add(name, flag::USE);
                let function = match self.dialect.function_like_super() {
                    true => self.scope().kind.is_function_like(),
                    false => {
                        matches!(self.scope().kind, Kind::Function | Kind::Lambda | Kind::Comprehension(_))
                    }
                };
                if function && *name == "super" && !self.scope().unevaluated {
                    self.special("__class__", flag::USE);
                }
                Ok(())
            }
            ExprKind::Constant(_) => Ok(()),
            ExprKind::Verbatim(_) => Err(ScopeFault("text that was not parsed", self.line)),
        }
    }

    fn parts(&mut self, parts: &[FStringPart]) -> Result {
        for part in parts {
            if let FStringPart::Interpolation { value, spec, .. } = part {
                self.expr(value)?;
                self.parts(spec.as_deref().unwrap_or_default())?;
            }
        }
        Ok(())
    }

    /// `target := value`: the target belongs to the scope around comprehensions.
    fn named(&mut self, target: &Expr, value: &Expr) -> Result {
        let ExprKind::Name(name) = &target.kind else {
            return Err(ScopeFault("`:=` assigns to no name", self.line));
        };
        if matches!(self.scope().kind, Kind::Comprehension(_)) {
            let owner = self.around_comprehensions();
            let plain = self.interner.name(name);
            let mangled = super::mangle(self.interner, self.private, plain);
            let scope = &mut self.scopes[owner.0 as usize];
            let flags = match scope.kind {
                Kind::Module => {
                    scope.symbol_mut(mangled).flags |= flag::GLOBAL;
                    flag::GLOBAL
                }
                Kind::Class => return Err(ScopeFault("`:=` in a comprehension of a class", self.line)),
                _ if scope.flags(mangled) & flag::GLOBAL != 0 => flag::GLOBAL,
                _ => {
                    scope.symbol_mut(mangled).flags |= flag::LOCAL;
                    flag::NONLOCAL
                }
            };
            self.add(name, flags);
        }
        self.expr(value)?;
        self.target(target)
    }

    fn around_comprehensions(&self) -> ScopeId {
        let mut at = self.current;
        loop {
            let scope = &self.scopes[at.0 as usize];
            match (scope.kind, scope.parent) {
                (Kind::Comprehension(_), Some(parent)) => at = parent,
                _ => return at,
            }
        }
    }

    fn comprehension(
        &mut self,
        node: &Expr,
        comp: Comp,
        generators: &[Comprehension],
        element: &Expr,
        value: Option<&Expr>,
    ) -> Result {
        let Some((first, others)) = generators.split_first() else {
            return Err(ScopeFault("a comprehension over nothing", self.line));
        };
        self.expr(&first.iter)?;
        let name = self.interner.text(match comp {
            Comp::List => "<listcomp>",
            Comp::Set => "<setcomp>",
            Comp::Dict => "<dictcomp>",
            Comp::Generator => "<genexpr>",
        });
        let before = self.enter(Kind::Comprehension(comp), name, Key::of(node, Part::Body));
        self.scope().coroutine = first.is_async;
        self.scope().generator = comp == Comp::Generator;
        self.special(".0", flag::PARAM);
        self.target(&first.target)?;
        self.exprs(&first.ifs)?;
        for generator in others {
            self.target(&generator.target)?;
            self.expr(&generator.iter)?;
            self.exprs(&generator.ifs)?;
            if generator.is_async {
                self.scope().coroutine = true;
            }
        }
        self.optional(value)?;
        self.expr(element)?;
        let is_async = self.scope().coroutine && comp != Comp::Generator;
        self.leave(before);
        if is_async {
            self.awaits_comprehension()?;
        }
        Ok(())
    }
}
