//! What each operation does to the symbolic stack.

use std::rc::Rc;

use lancehead_ast::{CmpOp, Constant, Expr, ExprKind, FStringPart, MatchCase, Pattern, Stmt, StmtKind};
use lancehead_ir::{Collection, Inst, Op, Variable};
use lancehead_pyc::{Object, PyStr};

use super::{Machine, comparison, operator, unary};
use crate::code::failure::Outcome;
use crate::execute::value::{Inplace, Manager, Value};

impl Machine<'_> {
    /// Executes one operation.
    pub fn step(&mut self, inst: &Inst) -> Outcome<()> {
        self.begin(inst);
        operate(self, &inst.op)
    }
}

/// Executes one operation.
fn operate(m: &mut Machine<'_>, op: &Op) -> Outcome<()> {
    match op {
        Op::Pop => discard(m)?,
        Op::Copy(index) => m.copy(*index)?,
        Op::Swap(index) => m.swap(*index)?,
        Op::Rotate(index) => m.rotate(*index)?,
        Op::PushNull => m.push(Value::Null),
        Op::Const(object) => match &**object {
            Object::Code(_) | Object::Tuple(_) | Object::FrozenSet(_) => {
                let origin = m.origin();
                m.push(Value::Const(object.clone(), origin));
            }
            _ => {
                let origin = m.origin();
                let expr = m.to_expr(Value::Const(object.clone(), origin))?;
                m.push(Value::Expr(expr));
            }
        },
        Op::Load(Variable::Fast, name) if name.as_bytes() == b".0" => {
            let iterable = Expr::name(name.clone());
            m.push(Value::Iterator(Rc::new(iterable)));
        }
        Op::Load(Variable::Deref, name) if name == "__classdict__" => m.push(Value::Namespace),
        Op::Load(variable, name) => m.load(*variable, name),
        Op::LoadAndClear(_) => m.push(Value::Saved),
        Op::Store(variable, name) => {
            let target = m.variable(*variable, name);
            let (value, time) = m.pop_timed()?;
            for overwritten in std::mem::take(&mut m.overwritten) {
                m.assign(target.clone(), overwritten, time)?;
            }
            m.assign(target, value, time)?;
        }
        Op::Delete(variable, name) => {
            let target = m.variable(*variable, name);
            m.emit(StmtKind::Delete(vec![target]));
        }
        Op::LoadClosure(name) => {
            m.unit.names.enclosed(name);
            m.push_expr(ExprKind::Name(name.clone()));
        }
        Op::LoadCell(name) => {
            let cell = m.cell(name);
            m.push(Value::Expr(cell));
        }
        Op::LoadLocals => m.push(Value::Namespace),
        Op::LoadBuildClass => m.push(Value::BuildClass),
        Op::LoadAssertionError => m.push_expr(ExprKind::Name(crate::tree::assertion::ASSERTION_ERROR.into())),
        Op::LoadCommonConstant(name) => m.push_expr(ExprKind::Name((*name).into())),
        Op::Subscript | Op::StoreSubscript | Op::DeleteSubscript | Op::BinarySlice | Op::StoreSlice => {
            subscript(m, op)?
        }
        Op::LoadAttr(name) => {
            let value = m.pop()?;
            if let Value::Module(import) = &value
                && !import.is_from
            {
                m.push(value);
                return Ok(());
            }
            let value = m.to_expr(value)?;
            let attr = m.spelled(name);
            m.push_expr(ExprKind::Attribute { value: Box::new(value), attr });
        }
        Op::LoadMethod(name) => {
            let value = m.pop_expr()?;
            let attr = m.spelled(name);
            m.push_expr(ExprKind::Attribute { value: Box::new(value), attr });
            m.push(Value::Null);
        }
        Op::LoadSuperAttr { name, method, two_argument } => {
            m.super_attribute(name, *method, *two_argument)?
        }
        Op::StoreAttr(name) => {
            let value = m.pop_expr()?;
            let target = m.at_line(ExprKind::Attribute { value: Box::new(value), attr: m.spelled(name) });
            let (value, time) = m.pop_timed()?;
            m.assign(target, value, time)?;
        }
        Op::DeleteAttr(name) => {
            let value = m.pop_expr()?;
            let target = m.at_line(ExprKind::Attribute { value: Box::new(value), attr: m.spelled(name) });
            m.emit(StmtKind::Delete(vec![target]));
        }
        Op::Binary(op) => {
            let right = m.pop_expr()?;
            let left = m.pop_expr()?;
            let line = left.line;
            let kind = ExprKind::BinOp { left: Box::new(left), op: operator(*op), right: Box::new(right) };
            m.push(Value::Expr(Expr::at(kind, line)));
        }
        Op::Inplace(op) => {
            let right = m.pop_expr()?;
            let left = m.pop_expr()?;
            m.push(Value::Inplace(Rc::new(Inplace { left, op: operator(*op), right })));
        }
        Op::Unary(op) => {
            let operand = Box::new(m.pop_expr()?);
            m.push_expr(ExprKind::UnaryOp { op: unary(*op), operand });
        }
        Op::Compare(op) => m.compare(comparison(*op))?,
        Op::Is { invert } => m.compare(if *invert { CmpOp::IsNot } else { CmpOp::Is })?,
        Op::Contains { invert } => m.compare(if *invert { CmpOp::NotIn } else { CmpOp::In })?,
        Op::ExceptionMatch { keeps_exception } => {
            let typ = m.pop_expr()?;
            if !keeps_exception {
                m.pop()?;
            }
            m.push(Value::ExceptionMatch(typ));
        }
        Op::Build(..) | Op::BuildConstKeyMap(_) | Op::BuildUnpack(..) | Op::BuildSlice(_) => {
            super::collection::build(m, op)?
        }
        Op::ListExtend(index) => m.extend(*index, Collection::List)?,
        Op::SetUpdate(index) => m.extend(*index, Collection::Set)?,
        Op::DictUpdate(index) | Op::DictMerge(index) => m.merge(*index)?,
        Op::ListAppend(index) => m.append(*index, Collection::List)?,
        Op::SetAdd(index) => m.append(*index, Collection::Set)?,
        Op::MapAdd { index, value_first } => m.map_add(*index, *value_first)?,
        Op::ListToTuple => m.list_to_tuple()?,
        Op::BuildString(_)
        | Op::FormatValue { .. }
        | Op::ConvertValue(_)
        | Op::BuildInterpolation { .. }
        | Op::BuildTemplate => super::format::step(m, op)?,
        Op::Call { argc, keywords, null_slot } => m.call(*argc, *keywords, *null_slot)?,
        Op::CallEx { keywords, null_slot } => m.call_ex(*keywords, *null_slot)?,
        Op::MakeFunction { flags, has_qualname } => m.make_function(*flags, *has_qualname)?,
        Op::SetFunctionAttribute(flag) => m.set_function_attribute(*flag)?,
        Op::ImportName { name, lazy } => m.import_name(name, *lazy)?,
        Op::ImportFrom(name) => m.import_from(name)?,
        Op::ImportStar => m.import_star()?,
        Op::Unpack(count) => m.unpack(*count, None)?,
        Op::UnpackEx(before, after) => m.unpack(before + after + 1, Some(*before as usize))?,
        Op::GetIter { index_slot } => {
            let value = m.pop()?;
            let iterator = match value {
                iterator @ Value::Iterator(_) => iterator,
                value => Value::Iterator(Rc::new(m.to_expr(value)?)),
            };
            m.push(iterator);
            if *index_slot {
                m.push(Value::Ignored);
            }
        }
        Op::GetAiter => {
            let value = m.pop()?;
            let iterator = match value {
                iterator @ Value::Iterator(_) => iterator,
                value => Value::Iterator(Rc::new(m.to_expr(value)?)),
            };
            m.push(iterator);
        }
        Op::GetAwaitable => {
            let value = m.pop()?;
            let value = match value {
                keep @ (Value::WithEnter | Value::Ignored | Value::AwaitingComprehension(_)) => keep,
                value => Value::Awaitable(m.to_expr(value)?),
            };
            m.push(value);
        }
        Op::GetYieldFromIter => {
            let value = m.pop_expr()?;
            m.push(Value::YieldFromIter(value));
            if m.unit.dialect.iterators_have_index {
                m.push(Value::Null);
            }
        }
        Op::Yield => {
            let value = match m.pop()? {
                Value::Item => m.unnamed_item(),
                value => m.to_expr(value)?,
            };
            let value = (!super::is_none(&value)).then(|| Box::new(value));
            m.push_expr(ExprKind::Yield(value));
        }
        Op::YieldFrom => yield_from(m)?,
        Op::BeforeWith { is_async, null_slot } => {
            let context = m.pop_expr()?;
            m.push(Value::WithExit(Rc::new(Manager { context, is_async: *is_async, line: m.line() })));
            if *null_slot {
                m.push(Value::Ignored);
            }
            m.push(Value::WithEnter);
        }
        Op::WithExit => with_exit(m)?,
        Op::WithExceptStart => m.push(Value::Ignored),
        Op::SuppressException => {
            while let Some(value) = m.stack.top().cloned() {
                m.pop()?;
                if matches!(value, Value::WithExit(..)) {
                    break;
                }
            }
        }
        Op::EnterHandler(slots) => {
            for _ in 0..*slots {
                m.push(Value::Exception);
            }
        }
        Op::PopExcept(slots) => {
            for _ in 0..*slots {
                m.pop()?;
            }
        }
        Op::LeaveHandler { keeps_top } => leave_handler(m, *keeps_top)?,
        Op::Nop | Op::LeaveFinally(_) | Op::FallsOut | Op::JumpsOut => {}
        Op::LeaveLoop => return m.fail("a loop that ends in its middle"),
        Op::Break => m.emit(StmtKind::Break),
        Op::Continue => m.emit(StmtKind::Continue),
        Op::SetupAnnotations => {}
        Op::PrintExpr => {
            let value = m.pop_expr()?;
            m.emit(StmtKind::Expr(value));
            m.push_expr(ExprKind::Constant(lancehead_ast::Constant::None));
        }
        Op::Intrinsic1(name) => m.intrinsic_1(name)?,
        Op::Intrinsic2(name) => m.intrinsic_2(name)?,
        Op::ExceptionGroupMatch => {
            let typ = m.pop_expr()?;
            m.push(Value::GroupMatch(typ));
        }
        Op::PrepReraiseStar
        | Op::GetLen
        | Op::MatchMapping
        | Op::MatchSequence
        | Op::MatchKeys { .. }
        | Op::MatchClass { .. }
        | Op::CopyDictWithoutKeys => return m.fail("an operation out of its place"),
    }
    Ok(())
}

impl Machine<'_> {
    /// The cell of a variable, which source finds in the closure of a function that uses it.
    fn cell(&mut self, name: &PyStr) -> Expr {
        self.unit.names.enclosed(name);
        let body = Box::new(self.at_line(ExprKind::Name(self.spelled(name))));
        let function = self.at_line(ExprKind::Lambda { args: Box::default(), body });
        let attr = "__closure__".into();
        let closure = self.at_line(ExprKind::Attribute { value: Box::new(function), attr });
        let first = self.at_line(ExprKind::Constant(Constant::Int(0.into())));
        self.at_line(ExprKind::Subscript { value: Box::new(closure), slice: Box::new(first) })
    }
}

/// `POP_TOP`: the end of an expression statement, or of something that leaves no trace in the source.
fn discard(m: &mut Machine<'_>) -> Outcome<()> {
    match m.pop()? {
        Value::Null
        | Value::Exception
        | Value::GroupMatch(_)
        | Value::WithExit(..)
        | Value::WithEnter
        | Value::Ignored
        | Value::Namespace
        | Value::Iterator(_)
        | Value::Saved
        | Value::ImportedName(..)
        | Value::BuildClass => {
            // What is dropped ends something; no statement begins with it.
            m.take_statement_line();
            Ok(())
        }
        Value::Module(import) => m.finish_import(&import),
        // Of two stores into one variable in a row the compiler drops the first.
        slot @ Value::Slot(..) => {
            m.overwritten.push(slot);
            Ok(())
        }
        Value::Shared(shared) if shared.uses.get() > 0 && shared.pending.borrow().is_empty() => Ok(()),
        value @ (Value::Class(_) | Value::Inplace(_)) => {
            drop(value);
            m.fail("a definition that is thrown away")
        }
        value => {
            let value = m.to_expr(value)?;
            let is_subject =
                matches!(value.kind, ExprKind::Constant(_)) && m.unit.dialect.keeps_constant_subjects;
            m.emit(if is_subject { only_wildcard(value) } else { StmtKind::Expr(loaded(value)) });
            Ok(())
        }
    }
}

/// A string that is loaded for nothing: as a literal it would not be, as an f-string it is.
fn loaded(value: Expr) -> Expr {
    match value.kind {
        ExprKind::Constant(Constant::Str(text)) => {
            Expr::at(ExprKind::JoinedStr(vec![FStringPart::Literal(text)]), value.line)
        }
        kind => Expr { kind, line: value.line },
    }
}

/// A constant that is dropped would not have been loaded for a statement of its own: it is what `match` starts with.
fn only_wildcard(subject: Expr) -> StmtKind {
    let pattern = Pattern::As { pattern: None, name: None };
    let body = vec![Stmt::new(StmtKind::Pass)];
    let case = MatchCase { pattern, guard: None, body, line: subject.line, pattern_lines: Vec::new() };
    StmtKind::Match { subject, cases: vec![case] }
}

fn subscript(m: &mut Machine<'_>, op: &Op) -> Outcome<()> {
    let slice = match op {
        Op::BinarySlice | Op::StoreSlice => {
            let upper = m.pop_expr()?;
            let lower = m.pop_expr()?;
            super::collection::slice(lower, upper, None, m.line())
        }
        _ => m.pop_expr()?,
    };
    let value = m.pop_expr()?;
    let is_entry = matches!(op, Op::StoreSubscript) && m.unit.is_annotate() && is_empty_dict(&value);
    let target = m.at_line(ExprKind::Subscript { value: Box::new(value), slice: Box::new(slice) });
    match op {
        // The dictionary of annotations stays on the stack while it is filled.
        Op::StoreSubscript if is_entry => {
            let value = m.pop_expr()?;
            m.emit(StmtKind::Assign { targets: vec![target], value });
            Ok(())
        }
        Op::StoreSubscript | Op::StoreSlice => {
            let (value, time) = m.pop_timed()?;
            m.assign(target, value, time)
        }
        Op::DeleteSubscript => {
            m.emit(StmtKind::Delete(vec![target]));
            Ok(())
        }
        _ => {
            m.push(Value::Expr(target));
            Ok(())
        }
    }
}

fn is_empty_dict(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Dict { keys, .. } if keys.is_empty())
}

fn yield_from(m: &mut Machine<'_>) -> Outcome<()> {
    m.pop()?;
    let mut value = m.pop()?;
    if let Value::Null = value {
        value = m.pop()?;
    }
    match value {
        keep @ (Value::WithEnter | Value::Ignored) => m.push(keep),
        Value::AwaitingComprehension(expr) => m.push(Value::Expr(expr)),
        Value::Awaitable(expr) => m.push_expr(ExprKind::Await(Box::new(expr))),
        Value::YieldFromIter(expr) => m.push_expr(ExprKind::YieldFrom(Box::new(expr))),
        _ => return m.fail("yield from something that is no iterator"),
    }
    Ok(())
}

/// The exit of a `with` that was left without an exception (3.7, 3.8): it lies below a value that is returned.
fn with_exit(m: &mut Machine<'_>) -> Outcome<()> {
    let mut above = Vec::new();
    loop {
        match m.pop_timed()? {
            (Value::WithExit(..), _) => break,
            entry => above.push(entry),
        }
    }
    for (value, time) in above.into_iter().rev() {
        m.stack.push(value, time);
    }
    m.push(Value::Ignored);
    Ok(())
}

fn leave_handler(m: &mut Machine<'_>, keeps_top: bool) -> Outcome<()> {
    let kept = if keeps_top { Some(m.pop_timed()?) } else { None };
    while let Some(Value::Exception) = m.stack.top() {
        m.pop()?;
    }
    if let Some((value, time)) = kept {
        m.stack.push(value, time);
    }
    Ok(())
}
