//! Expressions.

use std::borrow::Borrow;

use lancehead_ast::{CmpOp, Constant, Expr, ExprKind, UnaryOp};
use lancehead_ir::{Comparison, Operator, UnaryOperator};

use super::name::Use;
use super::{Lower, Result};
use crate::act::{Act, Setup};
use crate::fold;
use crate::intern::{Const, Interner, Value};

impl<'a> Lower<'a> {
    pub fn exprs<E: Borrow<Expr>>(&mut self, exprs: &[E]) -> Result {
        exprs.iter().try_for_each(|expr| self.expr(expr.borrow()))
    }

    /// Leaves the value of an expression on the stack.
    pub fn expr(&mut self, expr: &Expr) -> Result {
        let line = self.line;
        if expr.line != 0 {
            self.line = expr.line;
        }
        let result = match &expr.kind {
            ExprKind::Name(_) | ExprKind::Constant(_) => self.expr_kind(expr),
            _ => stacker::maybe_grow(64 * 1024, 1 << 20, || self.expr_kind(expr)),
        };
        if result.is_ok() {
            self.line = line;
        }
        result
    }

    fn expr_kind(&mut self, expr: &Expr) -> Result {
        if matches!(expr.kind, ExprKind::BinOp { .. } | ExprKind::UnaryOp { .. } | ExprKind::Subscript { .. })
            && let Some(constant) = self.const_of(expr)
        {
            self.constant(constant);
            return Ok(());
        }
        match &expr.kind {
            ExprKind::Constant(constant) => {
                let constant = self.literal(constant);
                self.constant(constant);
                Ok(())
            }
            ExprKind::Name(name) => {
                self.name(name, Use::Load);
                Ok(())
            }
            ExprKind::BoolOp { op, values } => {
                let end = self.label();
                let Some((last, others)) = values.split_last() else { return self.fault("nothing to test") };
                for value in others {
                    self.expr(value)?;
                    self.emit(Act::JumpOrPop(*op == lancehead_ast::BoolOp::Or, end.0));
                }
                self.expr(last)?;
                self.place(end);
                Ok(())
            }
            ExprKind::NamedExpr { target, value } => self.named_expr(target, value),
            ExprKind::BinOp { left, op, right } => {
                if *op == lancehead_ast::Operator::Mod && self.percent(left, right)? {
                    return Ok(());
                }
                self.expr(left)?;
                self.expr(right)?;
                self.emit(Act::Binary(operator(*op)));
                Ok(())
            }
            ExprKind::UnaryOp { op, operand } => self.unary(*op, operand),
            ExprKind::Lambda { args, body } => self.lambda(expr, args, body),
            ExprKind::IfExp { test, body, orelse } => {
                let (end, next) = (self.label(), self.label());
                self.jump_if(test, next, false)?;
                self.expr(body)?;
                self.jump(end);
                self.place(next);
                self.expr(orelse)?;
                self.place(end);
                Ok(())
            }
            ExprKind::Dict { keys, values } => self.dict(keys, values),
            ExprKind::Set(items) => self.set(items),
            ExprKind::List(items) => self.list(items),
            ExprKind::Tuple(items) => self.tuple(items),
            ExprKind::ListComp { .. }
            | ExprKind::SetComp { .. }
            | ExprKind::DictComp { .. }
            | ExprKind::GeneratorExp { .. } => self.comprehension(expr),
            ExprKind::Await(value) => {
                self.expr(value)?;
                self.await_top();
                Ok(())
            }
            ExprKind::Yield(value) => {
                match value {
                    Some(value) => self.expr(value)?,
                    None => self.constant(Interner::NONE),
                }
                self.yield_top();
                Ok(())
            }
            ExprKind::YieldFrom(value) => {
                self.expr(value)?;
                self.emit(Act::GetYieldFromIter);
                self.delegate();
                Ok(())
            }
            ExprKind::Compare { left, ops, comparators } => self.compare(left, ops, comparators),
            ExprKind::Call { func, args, keywords } => self.call_expr(func, args, keywords),
            ExprKind::JoinedStr(parts) => self.joined(parts),
            ExprKind::TemplateStr(parts) => self.template(parts),
            ExprKind::Attribute { value, attr } => self.attribute(value, attr),
            ExprKind::Subscript { value, slice } => {
                self.expr(value)?;
                if self.subscript_parts(slice)? {
                    self.emit(Act::BinarySlice);
                } else {
                    self.emit(Act::Subscript);
                }
                Ok(())
            }
            ExprKind::Slice { .. } => self.slice(expr),
            ExprKind::Starred(_) => self.fault("a starred expression where it cannot stand"),
            ExprKind::Verbatim(_) => self.fault("text that was not parsed"),
        }
    }

    /// The index of a subscription; true if it was left as start and stop.
    pub fn subscript_parts(&mut self, slice: &Expr) -> Result<bool> {
        if let ExprKind::Slice { lower, upper, step: None } = &slice.kind
            && self.d.has_slice_instructions()
            && self.constant_slice(slice).is_none()
        {
            for part in [lower, upper] {
                match part {
                    Some(part) => self.expr(part)?,
                    None => self.constant(Interner::NONE),
                }
            }
            return Ok(true);
        }
        self.expr(slice)?;
        Ok(false)
    }

    fn slice(&mut self, slice: &Expr) -> Result {
        if let Some(constant) = self.constant_slice(slice) {
            self.constant(constant);
            return Ok(());
        }
        let ExprKind::Slice { lower, upper, step } = &slice.kind else { return self.fault("no slice") };
        for part in [lower, upper] {
            match part {
                Some(part) => self.expr(part)?,
                None => self.constant(Interner::NONE),
            }
        }
        if let Some(step) = step {
            self.expr(step)?;
        }
        self.emit(Act::BuildSlice(if step.is_some() { 3 } else { 2 }));
        Ok(())
    }

    /// 3.14: a slice of literals is a constant.
    fn constant_slice(&mut self, slice: &Expr) -> Option<Const> {
        let ExprKind::Slice { lower, upper, step } = &slice.kind else { return None };
        if !self.d.has_constant_slices() {
            return None;
        }
        let mut parts = [Interner::NONE; 3];
        for (part, constant) in [lower, upper, step].into_iter().zip(&mut parts) {
            match part.as_deref() {
                None => {}
                Some(Expr { kind: ExprKind::Constant(literal), .. }) => *constant = self.literal(literal),
                Some(_) => return None,
            }
        }
        Some(self.i.constant(Value::Slice(parts)))
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr) -> Result {
        if op == UnaryOp::Not
            && let Some((left, inverse, comparators)) = inverse_test(operand)
        {
            return self.compare(left, &[inverse], comparators);
        }
        if self.d.folds_double_negation()
            && op == UnaryOp::Not
            && let ExprKind::UnaryOp { op: UnaryOp::Not, operand } = &operand.kind
        {
            self.expr(operand)?;
            self.emit(Act::Unary(UnaryOperator::Not));
            self.emit(Act::Negate);
            return Ok(());
        }
        self.expr(operand)?;
        self.emit(Act::Unary(unary_operator(op)));
        Ok(())
    }

    fn compare(&mut self, left: &Expr, ops: &[CmpOp], comparators: &[Expr]) -> Result {
        let (end, cleanup) = (self.label(), self.label());
        self.compare_chain(left, ops, comparators, |this| this.emit(Act::JumpOrPop(false, cleanup.0)))?;
        if ops.len() > 1 {
            self.jump(end);
            self.place(cleanup);
            self.emit(Act::Swap(2));
            self.emit(Act::Pop);
            self.place(end);
        }
        Ok(())
    }

    /// Comparisons one after the other; `between` says what is done with all results but the last.
    pub fn compare_chain(
        &mut self,
        left: &Expr,
        ops: &[CmpOp],
        comparators: &[Expr],
        between: impl Fn(&mut Self),
    ) -> Result {
        self.expr(left)?;
        let last = ops.len().saturating_sub(1);
        for (at, (op, comparator)) in ops.iter().zip(comparators).enumerate() {
            if at == last && matches!(op, CmpOp::In | CmpOp::NotIn) {
                self.iterated(comparator)?;
            } else {
                self.expr(comparator)?;
            }
            if at < last {
                self.emit(Act::Copy(1));
                self.emit(Act::Rotate(3));
            }
            self.comparison(*op, comparator);
            if at < last {
                between(self);
            }
        }
        Ok(())
    }

    fn comparison(&mut self, op: CmpOp, comparator: &Expr) {
        let is_none = matches!(comparator.kind, ExprKind::Constant(Constant::None));
        let act = match op {
            CmpOp::Eq => Act::Compare(Comparison::Equal),
            CmpOp::NotEq => Act::Compare(Comparison::NotEqual),
            CmpOp::Lt => Act::Compare(Comparison::Less),
            CmpOp::LtE => Act::Compare(Comparison::LessEqual),
            CmpOp::Gt => Act::Compare(Comparison::Greater),
            CmpOp::GtE => Act::Compare(Comparison::GreaterEqual),
            CmpOp::Is => Act::Is,
            CmpOp::IsNot if is_none && self.d.jumps_on_none() => {
                self.emit(Act::Is);
                Act::Negate
            }
            CmpOp::IsNot => Act::IsNot,
            CmpOp::In => Act::Contains,
            CmpOp::NotIn => Act::NotContains,
        };
        self.emit(act);
    }

    /// A collection that is only iterated or searched: a list becomes a tuple, a constant set a frozenset.
    pub fn iterated(&mut self, expr: &Expr) -> Result {
        match &expr.kind {
            ExprKind::List(items)
                if !items.iter().any(is_starred)
                    && (self.d.iterates_tuples() || self.consts_of(items).is_some()) =>
            {
                self.tuple(items)
            }
            ExprKind::Set(items) if !items.iter().any(is_starred) => match self.consts_of(items) {
                Some(items) => {
                    let set = self.frozenset(items);
                    self.constant(set);
                    Ok(())
                }
                None => self.expr(expr),
            },
            _ => self.expr(expr),
        }
    }

    pub fn yield_top(&mut self) {
        let scope = self.unit().scope;
        let scope = self.scopes.get(scope);
        if self.d.wraps_async_yields() && scope.generator && scope.coroutine {
            self.emit(Act::AsyncGenWrap);
        }
        self.emit(Act::Yield);
    }

    /// `await` of the top.
    pub fn await_top(&mut self) {
        self.emit(Act::GetAwaitable);
        if self.d.index_slot {
            self.emit(Act::PushNull);
        }
        self.delegate();
    }

    /// `yield from` the iterator on top.
    pub fn delegate(&mut self) {
        self.constant(Interner::NONE);
        if !self.d.has_send() {
            return self.emit(Act::YieldFrom);
        }
        let (send, fail, exit) = (self.label(), self.label(), self.label());
        self.place(send);
        self.emit(Act::Send(exit.0));
        let guarded = self.d.cleans_up_throws();
        if guarded {
            self.emit(Act::Setup(Setup::Finally, fail.0));
        }
        self.emit(Act::Yield);
        if guarded {
            self.emit(Act::PopBlock);
        }
        self.jump(send);
        if guarded {
            self.place(fail);
            self.emit(Act::CleanupThrow);
        }
        self.place(exit);
        if guarded {
            self.emit(Act::EndSend);
        }
    }

    pub fn literal(&mut self, constant: &Constant) -> Const {
        match constant {
            Constant::None => Interner::NONE,
            Constant::Bool(true) => Interner::TRUE,
            Constant::Bool(false) => Interner::FALSE,
            Constant::Ellipsis => self.i.constant(Value::Ellipsis),
            Constant::Int(i) => self.i.big(i.clone()),
            Constant::Float(f) => self.i.float(*f),
            Constant::Complex(re, im) => self.i.complex(*re, *im),
            Constant::Str(text) => self.i.string(text),
            Constant::Bytes(bytes) => self.i.constant(Value::Bytes(bytes.clone())),
        }
    }

    /// The value of an expression that the compiler folds.
    pub fn const_of(&mut self, expr: &Expr) -> Option<Const> {
        stacker::maybe_grow(64 * 1024, 1 << 20, || self.const_of_kind(&expr.kind))
    }

    fn const_of_kind(&mut self, kind: &ExprKind) -> Option<Const> {
        match kind {
            ExprKind::Constant(constant) => Some(self.literal(constant)),
            ExprKind::Name(name) if *name == "__debug__" => {
                Some(if self.optimize == 0 { Interner::TRUE } else { Interner::FALSE })
            }
            // The peephole optimizer makes tuples of constants, but none of nothing.
            ExprKind::Tuple(items)
                if self.unfolded > 0 && items.is_empty() && !self.d.folds_empty_tuples() =>
            {
                None
            }
            _ if self.unfolded > 0 && !matches!(kind, ExprKind::Tuple(_)) => None,
            ExprKind::UnaryOp { op: UnaryOp::Not, operand }
                if self.d.folds_late() && !is_plain_truth(operand) =>
            {
                None
            }
            ExprKind::UnaryOp { op, operand } => {
                let operand = self.const_of(operand)?;
                let is_truth = matches!(self.i.value(operand), Value::Bool(_));
                if *op == UnaryOp::Invert && is_truth && !self.d.inverts_truths() {
                    return None;
                }
                fold::unary(self.i, unary_operator(*op), operand)
            }
            ExprKind::BinOp { left, op, right } => {
                let (left, right) = (self.const_of(left)?, self.const_of(right)?);
                let op = operator(*op);
                if !fold::is_small(self.i, op, left, right) {
                    return None;
                }
                fold::binary(self.i, op, left, right, self.d.mixes_complex())
            }
            ExprKind::Tuple(items) => {
                let items = self.consts_of(items)?;
                Some(self.i.constant(Value::Tuple(items)))
            }
            ExprKind::Subscript { value, slice } => {
                let value = self.const_of(value)?;
                let slice = match slice.kind {
                    ExprKind::Slice { .. } => self.constant_slice(slice)?,
                    _ => self.const_of(slice)?,
                };
                fold::subscript(self.i, value, slice)
            }
            _ => None,
        }
    }

    pub fn consts_of<E: Borrow<Expr>>(&mut self, items: &[E]) -> Option<Vec<Const>> {
        items.iter().map(|item| self.const_of(item.borrow())).collect()
    }

    /// A set of constants: of two that are equal, the first stays.
    pub fn frozenset(&mut self, items: Vec<Const>) -> Const {
        let mut kept: Vec<Const> = Vec::with_capacity(items.len());
        for item in items {
            if !kept.iter().any(|known| fold::equal(self.i, *known, item)) {
                kept.push(item);
            }
        }
        self.i.frozenset(kept)
    }
}

/// Whether the truth of this is folded before other constants are: a literal, and its negations.
fn is_plain_truth(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Constant(_) => true,
        ExprKind::Name(name) => *name == "__debug__",
        ExprKind::UnaryOp { op: UnaryOp::Not, operand } => is_plain_truth(operand),
        _ => false,
    }
}

pub fn is_starred<E: Borrow<Expr>>(expr: &E) -> bool {
    matches!(expr.borrow().kind, ExprKind::Starred(_))
}

pub fn operator(op: lancehead_ast::Operator) -> Operator {
    use lancehead_ast::Operator as A;
    match op {
        A::Add => Operator::Add,
        A::Sub => Operator::Subtract,
        A::Mult => Operator::Multiply,
        A::MatMult => Operator::MatrixMultiply,
        A::Div => Operator::TrueDivide,
        A::Mod => Operator::Remainder,
        A::Pow => Operator::Power,
        A::LShift => Operator::LShift,
        A::RShift => Operator::RShift,
        A::BitOr => Operator::Or,
        A::BitXor => Operator::Xor,
        A::BitAnd => Operator::And,
        A::FloorDiv => Operator::FloorDivide,
    }
}

fn unary_operator(op: UnaryOp) -> UnaryOperator {
    match op {
        UnaryOp::Invert => UnaryOperator::Invert,
        UnaryOp::Not => UnaryOperator::Not,
        UnaryOp::UAdd => UnaryOperator::Positive,
        UnaryOp::USub => UnaryOperator::Negative,
    }
}

/// The test for the opposite, which `not` makes of a test for identity or membership.
pub fn inverse_test(operand: &Expr) -> Option<(&Expr, CmpOp, &[Expr])> {
    let ExprKind::Compare { left, ops, comparators } = &operand.kind else { return None };
    let inverse = match ops[..] {
        [CmpOp::Is] => CmpOp::IsNot,
        [CmpOp::IsNot] => CmpOp::Is,
        [CmpOp::In] => CmpOp::NotIn,
        [CmpOp::NotIn] => CmpOp::In,
        _ => return None,
    };
    Some((left, inverse, comparators))
}
