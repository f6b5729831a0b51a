//! Statements.

use super::expr::operator;
use super::{Converter, Fault, Result};
use crate::node::*;
use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};

impl Converter<'_> {
    pub(super) fn suite(&mut self, suite: &[ruff::Stmt]) -> Result<Suite> {
        self.each(suite, Self::stmt)
    }

    fn stmt(&mut self, stmt: &ruff::Stmt) -> Result<Stmt> {
        let kind = self.nested(stmt.range(), |this| this.stmt_kind(stmt))?;
        // A definition begins at its keyword, not at its first decorator.
        let line = match stmt {
            ruff::Stmt::FunctionDef(def) => self.line(def.name.range),
            ruff::Stmt::ClassDef(def) => self.line(def.name.range),
            other => self.line(other.range()),
        };
        Ok(Stmt::at(kind, line))
    }

    fn stmt_kind(&mut self, stmt: &ruff::Stmt) -> Result<StmtKind> {
        use ruff::Stmt as R;
        Ok(match stmt {
            R::FunctionDef(s) => self.function(s)?,
            R::ClassDef(s) => self.class(s)?,
            R::Return(s) => StmtKind::Return(self.optional(s.value.as_deref())?),
            R::Delete(s) => StmtKind::Delete(self.exprs(&s.targets)?),
            R::TypeAlias(s) => StmtKind::TypeAlias {
                name: self.expr(&s.name)?,
                type_params: self.type_params(s.type_params.as_deref())?,
                value: self.expr(&s.value)?,
            },
            R::Assign(s) => {
                StmtKind::Assign { targets: self.exprs(&s.targets)?, value: self.expr(&s.value)? }
            }
            R::AugAssign(s) => {
                let target = self.expr(&s.target)?;
                StmtKind::AugAssign { target, op: operator(s.op), value: self.expr(&s.value)? }
            }
            R::AnnAssign(s) => StmtKind::AnnAssign {
                target: self.expr(&s.target)?,
                annotation: self.expr(&s.annotation)?,
                value: self.optional(s.value.as_deref())?,
                simple: s.simple,
            },
            R::For(s) => StmtKind::For {
                target: self.expr(&s.target)?,
                iter: self.expr(&s.iter)?,
                body: self.suite(&s.body)?,
                orelse: self.suite(&s.orelse)?,
                is_async: s.is_async,
            },
            R::While(s) => StmtKind::While {
                test: self.expr(&s.test)?,
                body: self.suite(&s.body)?,
                orelse: self.suite(&s.orelse)?,
            },
            R::If(s) => self.if_stmt(s)?,
            R::With(s) => {
                let items = s.items.iter().map(|item| self.with_item(item)).collect::<Result<_>>()?;
                StmtKind::With { items, body: self.suite(&s.body)?, is_async: s.is_async }
            }
            R::Match(s) => {
                let subject = self.expr(&s.subject)?;
                let cases = s.cases.iter().map(|case| self.case(case)).collect::<Result<_>>()?;
                StmtKind::Match { subject, cases }
            }
            R::Raise(s) => StmtKind::Raise {
                exc: self.optional(s.exc.as_deref())?,
                cause: self.optional(s.cause.as_deref())?,
            },
            R::Try(s) => StmtKind::Try {
                body: self.suite(&s.body)?,
                handlers: s.handlers.iter().map(|handler| self.handler(handler)).collect::<Result<_>>()?,
                orelse: self.suite(&s.orelse)?,
                finalbody: self.suite(&s.finalbody)?,
                is_star: s.is_star,
            },
            R::Assert(s) => {
                StmtKind::Assert { test: self.expr(&s.test)?, msg: self.optional(s.msg.as_deref())? }
            }
            R::Import(s) => StmtKind::Import { names: aliases(&s.names), is_lazy: s.is_lazy },
            R::ImportFrom(s) => StmtKind::ImportFrom {
                module: s.module.as_ref().map(|name| name.as_str().into()),
                names: aliases(&s.names),
                level: s.level,
                is_lazy: s.is_lazy,
            },
            R::Global(s) => StmtKind::Global(s.names.iter().map(|name| name.as_str().into()).collect()),
            R::Nonlocal(s) => StmtKind::Nonlocal(s.names.iter().map(|name| name.as_str().into()).collect()),
            R::Expr(s) => StmtKind::Expr(self.expr(&s.value)?),
            R::Pass(_) => StmtKind::Pass,
            R::Break(_) => StmtKind::Break,
            R::Continue(_) => StmtKind::Continue,
            R::IpyEscapeCommand(s) => return Err(Fault::new("an IPython command", s.range)),
        })
    }

    fn function(&mut self, def: &ruff::StmtFunctionDef) -> Result<StmtKind> {
        Ok(StmtKind::FunctionDef(Box::new(FunctionDef {
            name: def.name.as_str().into(),
            decorators: self.decorators(&def.decorator_list)?,
            type_params: self.type_params(def.type_params.as_deref())?,
            args: self.parameters(&def.parameters)?,
            returns: self.optional(def.returns.as_deref())?,
            body: self.suite(&def.body)?,
            is_async: def.is_async,
            code: None,
        })))
    }

    fn class(&mut self, def: &ruff::StmtClassDef) -> Result<StmtKind> {
        let (args, keywords) = match def.arguments.as_deref() {
            Some(arguments) => (&*arguments.args, &*arguments.keywords),
            None => (&[][..], &[][..]),
        };
        Ok(StmtKind::ClassDef(Box::new(ClassDef {
            name: def.name.as_str().into(),
            decorators: self.decorators(&def.decorator_list)?,
            type_params: self.type_params(def.type_params.as_deref())?,
            bases: self.exprs(args)?,
            keywords: self.keywords(keywords)?,
            body: self.suite(&def.body)?,
            code: None,
        })))
    }

    fn decorators(&mut self, decorators: &[ruff::Decorator]) -> Result<Vec<Expr>> {
        self.each(decorators, |this, decorator| this.expr(&decorator.expression))
    }

    fn type_params(&mut self, params: Option<&ruff::TypeParams>) -> Result<Vec<TypeParam>> {
        let Some(params) = params else { return Ok(Vec::new()) };
        let mut all = Vec::with_capacity(params.type_params.len());
        for param in &params.type_params {
            all.push(match param {
                ruff::TypeParam::TypeVar(p) => TypeParam::TypeVar {
                    name: p.name.as_str().into(),
                    bound: self.optional(p.bound.as_deref())?,
                    default: self.optional(p.default.as_deref())?,
                },
                ruff::TypeParam::ParamSpec(p) => TypeParam::ParamSpec {
                    name: p.name.as_str().into(),
                    default: self.optional(p.default.as_deref())?,
                },
                ruff::TypeParam::TypeVarTuple(p) => TypeParam::TypeVarTuple {
                    name: p.name.as_str().into(),
                    default: self.optional(p.default.as_deref())?,
                },
            });
        }
        Ok(all)
    }

    /// An `if` with its `elif`s, which are nested in our tree: built from the last one backwards.
    fn if_stmt(&mut self, stmt: &ruff::StmtIf) -> Result<StmtKind> {
        let clauses = &stmt.elif_else_clauses;
        if clauses.len() + self.depth > super::MAX_DEPTH {
            return Err(Fault::new("too deeply nested", stmt.range));
        }
        let test = self.expr(&stmt.test)?;
        let body = self.suite(&stmt.body)?;
        let mut converted: Vec<(Option<Expr>, Suite, TextRange)> = Vec::with_capacity(clauses.len());
        for clause in clauses {
            converted.push((self.optional(clause.test.as_ref())?, self.suite(&clause.body)?, clause.range));
        }
        let mut orelse = Suite::new();
        for (test, body, range) in converted.into_iter().rev() {
            orelse = match test {
                Some(test) => vec![Stmt::at(StmtKind::If { test, body, orelse }, self.line(range))],
                None => body,
            };
        }
        Ok(StmtKind::If { test, body, orelse })
    }

    fn with_item(&mut self, item: &ruff::WithItem) -> Result<WithItem> {
        Ok(WithItem {
            context: self.expr(&item.context_expr)?,
            target: self.optional(item.optional_vars.as_deref())?,
        })
    }

    fn case(&mut self, case: &ruff::MatchCase) -> Result<MatchCase> {
        self.pattern_lines.clear();
        Ok(MatchCase {
            pattern: self.pattern(&case.pattern)?,
            pattern_lines: std::mem::take(&mut self.pattern_lines),
            guard: self.optional(case.guard.as_deref())?,
            body: self.suite(&case.body)?,
            line: self.line(case.range),
        })
    }

    fn handler(&mut self, handler: &ruff::ExceptHandler) -> Result<ExceptHandler> {
        let ruff::ExceptHandler::ExceptHandler(handler) = handler;
        Ok(ExceptHandler {
            typ: self.optional(handler.type_.as_deref())?,
            name: handler.name.as_ref().map(|name| name.as_str().into()),
            body: self.suite(&handler.body)?,
            line: self.line(handler.range),
        })
    }
}

fn aliases(names: &[ruff::Alias]) -> Vec<Alias> {
    let alias = |alias: &ruff::Alias| Alias {
        name: alias.name.as_str().into(),
        asname: alias.asname.as_ref().map(|name| name.as_str().into()),
    };
    names.iter().map(alias).collect()
}
