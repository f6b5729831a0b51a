//! Symbolic execution: the operations of a block become expressions on a stack, and statements.

mod assign;
mod call;
mod collection;
pub mod define;
mod format;
mod function;
mod generic;
mod import;
pub mod item;
mod operation;
pub mod value;

use lancehead_ast::{CmpOp, Constant, Expr, ExprKind, Operator, Stmt, StmtKind, UnaryOp};
use lancehead_ir::{Comparison, Inst, UnaryOperator, Variable};
use lancehead_pyc::{PyStr, Version};

use crate::code::constants::Origin;
use crate::code::failure::{Failure, Outcome};
use crate::code::form::{Form, ITER};
use crate::code::scope::Names;
use crate::code::unit::Unit;
use crate::execute::item::Item;
use crate::execute::value::{Shared, Stack, Value};

/// Executes operations on a symbolic stack.
#[derive(Debug)]
pub struct Machine<'u> {
    /// The code object and all around it.
    pub unit: &'u Unit<'u>,
    /// The stack.
    pub stack: Stack,
    /// The statements so far.
    pub items: Vec<Item>,
    /// Stores of a parallel assignment that is not complete: time of the value, target, value.
    parallel: Vec<(u32, Expr, Expr)>,
    /// Items of unpacked sequences whose store was dropped: the next store is into the same variable.
    overwritten: Vec<Value>,
    /// The line on which the statement under way began.
    statement_line: u32,
    /// What was formatted last has the place of its value alone: no `{}` stood around it.
    formats_operand: bool,
    offset: u32,
    line: u32,
}

impl<'u> Machine<'u> {
    /// A machine with a stack to start from.
    pub fn new(unit: &'u Unit<'u>, stack: Stack) -> Self {
        Machine {
            unit,
            stack,
            items: Vec::new(),
            parallel: Vec::new(),
            overwritten: Vec::new(),
            statement_line: 0,
            formats_operand: false,
            offset: 0,
            line: 0,
        }
    }

    /// Goes on to an operation: what is executed next has its place.
    fn begin(&mut self, inst: &Inst) {
        self.offset = inst.offset;
        if inst.line != 0 {
            self.line = inst.line;
            if self.statement_line == 0 {
                self.statement_line = inst.line;
            }
        }
    }

    /// Whether an assignment waits for more stores.
    pub fn is_mid_assignment(&self) -> bool {
        !self.parallel.is_empty() || !self.overwritten.is_empty()
    }

    /// The version of the bytecode.
    pub fn version(&self) -> Version {
        self.unit.code.version
    }

    /// The names that the code object uses, to be told what it declares.
    fn names(&self) -> &Names {
        &self.unit.names
    }

    /// An error at the operation under way.
    pub fn fail<T>(&self, what: &'static str) -> Outcome<T> {
        Err(Failure::Expression { what, offset: self.offset })
    }

    /// The line of the operation under way.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Where the operation under way stands.
    pub fn origin(&self) -> Origin {
        Origin { line: self.line, offset: self.offset }
    }

    /// Whether the operation under way has the place, in lines and columns, of the one before it.
    fn is_at_previous(&self) -> bool {
        let columns = self.unit.columns();
        let position = |offset: u32| columns.position(offset).filter(|position| position.col.is_some());
        let before = self.offset.checked_sub(2).and_then(position);
        before.is_some() && before == position(self.offset)
    }

    /// The line on which the statement under way began; the next statement begins later.
    pub fn take_statement_line(&mut self) -> u32 {
        std::mem::take(&mut self.statement_line)
    }

    /// Pushes a value.
    pub fn push(&mut self, value: Value) {
        let time = self.unit.tick();
        self.stack.push(value, time);
    }

    /// Pushes an expression.
    pub fn push_expr(&mut self, kind: ExprKind) {
        let line = self.line;
        self.push(Value::Expr(Expr::at(kind, line)));
    }

    /// Pops a value.
    pub fn pop(&mut self) -> Outcome<Value> {
        self.pop_timed().map(|(value, _)| value)
    }

    fn pop_timed(&mut self) -> Outcome<(Value, u32)> {
        match self.stack.pop() {
            Some(entry) => Ok(entry),
            None => self.fail("the stack is empty"),
        }
    }

    /// Pops an expression.
    pub fn pop_expr(&mut self) -> Outcome<Expr> {
        let value = self.pop()?;
        self.to_expr(value)
    }

    /// Pops this many expressions, given in the order in which they were pushed.
    pub fn pop_exprs(&mut self, count: u32) -> Outcome<Vec<Expr>> {
        if self.stack.depth() < count {
            return self.fail("the stack is empty");
        }
        let mut values = Vec::with_capacity(count as usize);
        for _ in 0..count {
            values.push(self.pop_expr()?);
        }
        values.reverse();
        Ok(values)
    }

    /// A value as an expression.
    #[allow(clippy::wrong_self_convention, reason = "the first use of a copied value changes it")]
    pub fn to_expr(&mut self, value: Value) -> Outcome<Expr> {
        match value {
            Value::Expr(expr) => Ok(expr),
            Value::Shared(shared) => self.use_shared(&shared),
            Value::Const(object, origin) => match self.unit.constant(&object, origin) {
                Some(expr) => Ok(expr),
                None => self.fail("a constant that no literal gives"),
            },
            Value::Function(function) => self.lambda(&function),
            Value::Converted(value, conversion) => {
                Ok(crate::tree::build::converted(*value, conversion, self.line))
            }
            Value::Iterator(expr) => Ok(self.iterator(&expr)),
            Value::Interpolation(part) => {
                Ok(Expr::at(ExprKind::TemplateStr(vec![(*part).clone()]), self.line))
            }
            Value::Awaitable(expr) | Value::YieldFromIter(expr) => Ok(expr),
            Value::TypeParam(param) => {
                Ok(Expr::at(ExprKind::Name(crate::code::compiler_state::name_of(&param).clone()), self.line))
            }
            // `*args: *Ts` and `*Ts = *default` unpack one item, and use it.
            Value::Slot(unpacking, _) if unpacking.is_single() => {
                let sequence = self.to_expr(unpacking.source.clone())?;
                Ok(Expr::at(ExprKind::Starred(Box::new(sequence)), self.line))
            }
            Value::HiddenArgument(name) => Ok(Expr::at(ExprKind::Name(name), self.line)),
            Value::Namespace => Ok(Expr::at(ExprKind::Name("__classdict__".into()), self.line)),
            _ => self.fail("a value that is no expression"),
        }
    }

    /// An iterator that no loop draws on.
    fn iterator(&self, iterable: &Expr) -> Expr {
        let is_hidden = matches!(&iterable.kind, ExprKind::Name(name) if name.as_bytes().starts_with(b"."));
        if self.unit.form == Form::Exact || is_hidden || self.unit.mentions(ITER) {
            return iterable.clone();
        }
        let func = Box::new(Expr::at(ExprKind::Name(ITER.into()), iterable.line));
        let call = ExprKind::Call { func, args: vec![iterable.clone()], keywords: Vec::new() };
        Expr::at(call, iterable.line)
    }

    /// One use of a copied value. The first use carries the `:=` targets that were stored into.
    fn use_shared(&mut self, shared: &Shared) -> Outcome<Expr> {
        if shared.uses.get() > 0 {
            self.unit.copies(&shared.value.borrow())?;
        }
        let mut value = shared.value.borrow().clone();
        for target in shared.pending.take() {
            value = Expr {
                line: value.line,
                kind: ExprKind::NamedExpr { target: Box::new(target), value: Box::new(value) },
            };
        }
        shared.uses.set(shared.uses.get() + 1);
        Ok(value)
    }

    /// Adds a statement that began where the expressions in it did.
    pub fn emit(&mut self, kind: StmtKind) {
        let line = self.take_statement_line();
        self.items.push(Item::Stmt(Stmt::at(kind, line)));
    }

    fn load(&mut self, variable: Variable, name: &PyStr) {
        if variable == Variable::Fast && name.as_bytes().starts_with(b".") && self.unit.is_generic_scope() {
            return self.push(Value::HiddenArgument(name.clone()));
        }
        self.names().loaded(variable, name);
        self.push_expr(ExprKind::Name(self.spelled(name)));
    }

    /// A name as the source spells it.
    pub fn spelled(&self, name: &PyStr) -> PyStr {
        self.unit.private.spelled(name)
    }

    fn copy(&mut self, index: u32) -> Outcome<()> {
        if index == 0 || self.stack.depth() < index {
            return self.fail("the stack is empty");
        }
        let mut above = Vec::with_capacity(index as usize - 1);
        for _ in 1..index {
            above.push(self.pop_timed()?);
        }
        let (value, time) = self.pop_timed()?;
        let value = match value {
            Value::Expr(expr) => Value::Shared(Shared::new(expr)),
            Value::Const(..) | Value::Function(_) => {
                let expr = self.to_expr(value)?;
                Value::Shared(Shared::new(expr))
            }
            other => other,
        };
        self.stack.push(value.clone(), time);
        for (value, time) in above.into_iter().rev() {
            self.stack.push(value, time);
        }
        self.push(value);
        Ok(())
    }

    /// Moves the top down to an index.
    fn rotate(&mut self, index: u32) -> Outcome<()> {
        let top = self.pop_timed()?;
        let mut between = Vec::new();
        for _ in 1..index {
            between.push(self.pop_timed()?);
        }
        self.stack.push(top.0, top.1);
        for (value, time) in between.into_iter().rev() {
            self.stack.push(value, time);
        }
        Ok(())
    }

    /// Exchanges the top with the value at an index.
    fn swap(&mut self, index: u32) -> Outcome<()> {
        if index < 2 {
            return Ok(());
        }
        let top = self.pop_timed()?;
        let mut between = Vec::new();
        for _ in 2..index {
            between.push(self.pop_timed()?);
        }
        let other = self.pop_timed()?;
        self.stack.push(top.0, top.1);
        for (value, time) in between.into_iter().rev() {
            self.stack.push(value, time);
        }
        self.stack.push(other.0, other.1);
        Ok(())
    }

    fn compare(&mut self, op: CmpOp) -> Outcome<()> {
        let right = self.pop_expr()?;
        if let (Some(Value::GroupMatch(typ)), CmpOp::Is, true) = (self.stack.top(), op, is_none(&right)) {
            let test = Value::NoGroupMatch(typ.clone());
            self.pop()?;
            self.push(test);
            return Ok(());
        }
        let left = self.pop_expr()?;
        let line = left.line;
        let kind = ExprKind::Compare { left: Box::new(left), ops: vec![op], comparators: vec![right] };
        self.push(Value::Expr(Expr::at(kind, line)));
        Ok(())
    }
}

/// The syntax tree's name for a comparison.
pub fn comparison(op: Comparison) -> CmpOp {
    match op {
        Comparison::Less => CmpOp::Lt,
        Comparison::LessEqual => CmpOp::LtE,
        Comparison::Equal => CmpOp::Eq,
        Comparison::NotEqual => CmpOp::NotEq,
        Comparison::Greater => CmpOp::Gt,
        Comparison::GreaterEqual => CmpOp::GtE,
    }
}

/// The syntax tree's name for a binary operator.
pub fn operator(op: lancehead_ir::Operator) -> Operator {
    use lancehead_ir::Operator as O;
    match op {
        O::Add => Operator::Add,
        O::And => Operator::BitAnd,
        O::FloorDivide => Operator::FloorDiv,
        O::LShift => Operator::LShift,
        O::MatrixMultiply => Operator::MatMult,
        O::Multiply => Operator::Mult,
        O::Remainder => Operator::Mod,
        O::Or => Operator::BitOr,
        O::Power => Operator::Pow,
        O::RShift => Operator::RShift,
        O::Subtract => Operator::Sub,
        O::TrueDivide => Operator::Div,
        O::Xor => Operator::BitXor,
    }
}

fn unary(op: UnaryOperator) -> UnaryOp {
    match op {
        UnaryOperator::Positive => UnaryOp::UAdd,
        UnaryOperator::Negative => UnaryOp::USub,
        UnaryOperator::Not => UnaryOp::Not,
        UnaryOperator::Invert => UnaryOp::Invert,
    }
}

/// Whether an expression is the constant None.
pub fn is_none(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Constant(Constant::None))
}

/// Whether a value may be the right-hand side of an assignment that swaps hid.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Expr(_) | Value::Shared(_) | Value::Const(..) => true,
        Value::Function(function) => function.is_expression(),
        _ => false,
    }
}
