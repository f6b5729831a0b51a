//! Expressions.

use super::{Converter, Fault, Result};
use crate::node::*;
use ruff_python_ast as ruff;
use ruff_text_size::Ranged;

impl Converter<'_> {
    pub(super) fn expr(&mut self, expr: &ruff::Expr) -> Result<Expr> {
        if let ruff::Expr::Name(name) = expr {
            return Ok(Expr::at(ExprKind::Name(name.id.as_str().into()), self.line(name.range)));
        }
        let kind = self.nested(expr.range(), |this| this.expr_kind(expr))?;
        let range = match expr {
            ruff::Expr::Attribute(attribute) => attribute.attr.range,
            other => other.range(),
        };
        Ok(Expr::at(kind, self.line(range)))
    }

    pub(super) fn boxed(&mut self, expr: &ruff::Expr) -> Result<Box<Expr>> {
        self.expr(expr).map(Box::new)
    }

    pub(super) fn optional(&mut self, expr: Option<&ruff::Expr>) -> Result<Option<Expr>> {
        expr.map(|expr| self.expr(expr)).transpose()
    }

    fn optional_box(&mut self, expr: Option<&ruff::Expr>) -> Result<Option<Box<Expr>>> {
        expr.map(|expr| self.boxed(expr)).transpose()
    }

    pub(super) fn exprs(&mut self, exprs: &[ruff::Expr]) -> Result<Vec<Expr>> {
        self.each(exprs, Self::expr)
    }

    /// What `convert` makes of each item.
    pub(super) fn each<T, U>(
        &mut self,
        items: &[T],
        mut convert: impl FnMut(&mut Self, &T) -> Result<U>,
    ) -> Result<Vec<U>> {
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            all.push(convert(self, item)?);
        }
        Ok(all)
    }

    fn expr_kind(&mut self, expr: &ruff::Expr) -> Result<ExprKind> {
        use ruff::Expr as R;
        Ok(match expr {
            R::BoolOp(e) => ExprKind::BoolOp { op: bool_op(e.op), values: self.exprs(&e.values)? },
            R::Named(e) => {
                ExprKind::NamedExpr { target: self.boxed(&e.target)?, value: self.boxed(&e.value)? }
            }
            R::BinOp(e) => {
                let left = self.boxed(&e.left)?;
                ExprKind::BinOp { left, op: operator(e.op), right: self.boxed(&e.right)? }
            }
            R::UnaryOp(e) => ExprKind::UnaryOp { op: unary_op(e.op), operand: self.boxed(&e.operand)? },
            R::Lambda(e) => {
                let args = e.parameters.as_deref().map(|params| self.parameters(params)).transpose()?;
                ExprKind::Lambda { args: Box::new(args.unwrap_or_default()), body: self.boxed(&e.body)? }
            }
            R::If(e) => ExprKind::IfExp {
                test: self.boxed(&e.test)?,
                body: self.boxed(&e.body)?,
                orelse: self.boxed(&e.orelse)?,
            },
            R::Dict(e) => self.dict(e)?,
            R::Set(e) => ExprKind::Set(self.exprs(&e.elts)?),
            R::ListComp(e) => ExprKind::ListComp {
                element: self.boxed(&e.elt)?,
                generators: self.generators(&e.generators)?,
            },
            R::SetComp(e) => ExprKind::SetComp {
                element: self.boxed(&e.elt)?,
                generators: self.generators(&e.generators)?,
            },
            R::DictComp(e) => self.dict_comp(e)?,
            R::Generator(e) => ExprKind::GeneratorExp {
                element: self.boxed(&e.elt)?,
                generators: self.generators(&e.generators)?,
            },
            R::Await(e) => ExprKind::Await(self.boxed(&e.value)?),
            R::Yield(e) => ExprKind::Yield(self.optional_box(e.value.as_deref())?),
            R::YieldFrom(e) => ExprKind::YieldFrom(self.boxed(&e.value)?),
            R::Compare(e) => ExprKind::Compare {
                left: self.boxed(&e.left)?,
                ops: e.ops.iter().map(|op| comparison(*op)).collect(),
                comparators: self.exprs(&e.comparators)?,
            },
            R::Call(e) => {
                let func = self.boxed(&e.func)?;
                let mut args = self.exprs(&e.arguments.args)?;
                if let [ruff::Expr::Generator(generator)] = &*e.arguments.args
                    && !generator.parenthesized
                {
                    // It begins at the call's parenthesis, which is its own too.
                    args[0].line = self.line(e.arguments.range);
                }
                ExprKind::Call { func, args, keywords: self.keywords(&e.arguments.keywords)? }
            }
            R::Attribute(e) => {
                ExprKind::Attribute { value: self.boxed(&e.value)?, attr: e.attr.as_str().into() }
            }
            R::Subscript(e) => {
                ExprKind::Subscript { value: self.boxed(&e.value)?, slice: self.boxed(&e.slice)? }
            }
            R::Starred(e) => ExprKind::Starred(self.boxed(&e.value)?),
            R::Name(e) => ExprKind::Name(e.id.as_str().into()),
            R::List(e) => ExprKind::List(self.exprs(&e.elts)?),
            R::Tuple(e) => ExprKind::Tuple(self.exprs(&e.elts)?),
            R::Slice(e) => ExprKind::Slice {
                lower: self.optional_box(e.lower.as_deref())?,
                upper: self.optional_box(e.upper.as_deref())?,
                step: self.optional_box(e.step.as_deref())?,
            },
            R::FString(e) => ExprKind::JoinedStr(self.fstring(e)?),
            R::TString(e) => ExprKind::TemplateStr(self.tstring(e)?),
            R::StringLiteral(e) => ExprKind::Constant(self.string(e)?),
            R::BytesLiteral(e) => ExprKind::Constant(self.bytes(e)?),
            R::NumberLiteral(e) => ExprKind::Constant(self.number(e)?),
            R::BooleanLiteral(e) => ExprKind::Constant(Constant::Bool(e.value)),
            R::NoneLiteral(_) => ExprKind::Constant(Constant::None),
            R::EllipsisLiteral(_) => ExprKind::Constant(Constant::Ellipsis),
            R::IpyEscapeCommand(e) => return Err(Fault::new("an IPython command", e.range)),
        })
    }

    fn dict(&mut self, dict: &ruff::ExprDict) -> Result<ExprKind> {
        let mut keys = Vec::with_capacity(dict.items.len());
        let mut values = Vec::with_capacity(dict.items.len());
        for item in &dict.items {
            keys.push(self.optional(item.key.as_ref())?);
            values.push(self.expr(&item.value)?);
        }
        Ok(ExprKind::Dict { keys, values })
    }

    fn dict_comp(&mut self, comp: &ruff::ExprDictComp) -> Result<ExprKind> {
        let value = self.boxed(&comp.value)?;
        let generators = self.generators(&comp.generators)?;
        // Ours has `{**key for …}` where ruff has `{**value for …}`.
        Ok(match comp.key.as_deref() {
            Some(key) => ExprKind::DictComp { key: self.boxed(key)?, value: Some(value), generators },
            None => ExprKind::DictComp { key: value, value: None, generators },
        })
    }

    fn generators(&mut self, generators: &[ruff::Comprehension]) -> Result<Vec<Comprehension>> {
        let mut all = Vec::with_capacity(generators.len());
        for generator in generators {
            all.push(Comprehension {
                target: self.expr(&generator.target)?,
                iter: self.expr(&generator.iter)?,
                ifs: self.exprs(&generator.ifs)?,
                is_async: generator.is_async,
            });
        }
        Ok(all)
    }

    pub(super) fn keywords(&mut self, keywords: &[ruff::Keyword]) -> Result<Vec<Keyword>> {
        let mut all = Vec::with_capacity(keywords.len());
        for keyword in keywords {
            let arg = keyword.arg.as_ref().map(|name| name.as_str().into());
            all.push(Keyword { arg, value: self.expr(&keyword.value)? });
        }
        Ok(all)
    }

    pub(super) fn parameters(&mut self, params: &ruff::Parameters) -> Result<Arguments> {
        let mut args = Arguments::default();
        for param in &params.posonlyargs {
            args.posonlyargs.push(self.parameter(&param.parameter)?);
            args.defaults.extend(self.optional(param.default.as_deref())?);
        }
        for param in &params.args {
            args.args.push(self.parameter(&param.parameter)?);
            args.defaults.extend(self.optional(param.default.as_deref())?);
        }
        args.vararg = params.vararg.as_deref().map(|param| self.parameter(param)).transpose()?;
        for param in &params.kwonlyargs {
            args.kwonlyargs.push(self.parameter(&param.parameter)?);
            args.kw_defaults.push(self.optional(param.default.as_deref())?);
        }
        args.kwarg = params.kwarg.as_deref().map(|param| self.parameter(param)).transpose()?;
        Ok(args)
    }

    fn parameter(&mut self, param: &ruff::Parameter) -> Result<Arg> {
        let annotation = self.optional_box(param.annotation.as_deref())?;
        Ok(Arg { arg: param.name.as_str().into(), annotation })
    }
}

fn bool_op(op: ruff::BoolOp) -> BoolOp {
    match op {
        ruff::BoolOp::And => BoolOp::And,
        ruff::BoolOp::Or => BoolOp::Or,
    }
}

fn unary_op(op: ruff::UnaryOp) -> UnaryOp {
    match op {
        ruff::UnaryOp::Invert => UnaryOp::Invert,
        ruff::UnaryOp::Not => UnaryOp::Not,
        ruff::UnaryOp::UAdd => UnaryOp::UAdd,
        ruff::UnaryOp::USub => UnaryOp::USub,
    }
}

pub(super) fn operator(op: ruff::Operator) -> Operator {
    match op {
        ruff::Operator::Add => Operator::Add,
        ruff::Operator::Sub => Operator::Sub,
        ruff::Operator::Mult => Operator::Mult,
        ruff::Operator::MatMult => Operator::MatMult,
        ruff::Operator::Div => Operator::Div,
        ruff::Operator::Mod => Operator::Mod,
        ruff::Operator::Pow => Operator::Pow,
        ruff::Operator::LShift => Operator::LShift,
        ruff::Operator::RShift => Operator::RShift,
        ruff::Operator::BitOr => Operator::BitOr,
        ruff::Operator::BitXor => Operator::BitXor,
        ruff::Operator::BitAnd => Operator::BitAnd,
        ruff::Operator::FloorDiv => Operator::FloorDiv,
    }
}

fn comparison(op: ruff::CmpOp) -> CmpOp {
    match op {
        ruff::CmpOp::Eq => CmpOp::Eq,
        ruff::CmpOp::NotEq => CmpOp::NotEq,
        ruff::CmpOp::Lt => CmpOp::Lt,
        ruff::CmpOp::LtE => CmpOp::LtE,
        ruff::CmpOp::Gt => CmpOp::Gt,
        ruff::CmpOp::GtE => CmpOp::GtE,
        ruff::CmpOp::Is => CmpOp::Is,
        ruff::CmpOp::IsNot => CmpOp::IsNot,
        ruff::CmpOp::In => CmpOp::In,
        ruff::CmpOp::NotIn => CmpOp::NotIn,
    }
}
