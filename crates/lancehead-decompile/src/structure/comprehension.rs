//! Comprehensions: a loop that only adds to a collection is an expression.

use lancehead_ast::{Comprehension, Constant, Expr, ExprKind, Stmt, StmtKind, UnaryOp};
use lancehead_ir::{BlockId, Terminator};

use super::{Context, Node, Structurer};
use crate::code::failure::Outcome;
use crate::execute::item::{Item, UNNAMED_ITEM};
use crate::execute::value::{Stack, Value};
use crate::tree::query::is_name;

/// What a comprehension builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Built {
    /// A list.
    List,
    /// A set.
    Set,
    /// A dict.
    Dict,
    /// A generator.
    Generator,
}

impl Structurer<'_> {
    /// Folds a comprehension that the compiler has inlined (PEP 709) into the node that goes on to its loop. Gives where
    /// control goes on.
    pub(super) fn inlined_comprehension(
        &mut self,
        node: &mut Node,
        header: BlockId,
    ) -> Outcome<Option<BlockId>> {
        let block = self.graph.block(header);
        let Terminator::ForIter { exhausted, .. } = block.terminator else { return Ok(None) };
        if self.active.contains(&header) {
            return Ok(None);
        }
        let Some((built, line, below)) = accumulator(&node.stack) else { return Ok(None) };
        // A hidden function is the comprehension itself; within it, an inlined one saves the variables that it binds.
        if self.unit.is_collector() && !matches!(below.top(), Some(Value::Saved)) {
            return Ok(None);
        }
        let context =
            Context { scope: block.scope, next: Some(exhausted), breaks_to: None, continues_to: None };
        let mut stack = node.stack.clone();
        let mut items = Vec::new();
        self.loop_statement(header, &mut stack, &context, &mut items)?;
        let [Item::Stmt(statement)] = &items[..] else {
            return self.fail("a comprehension of several statements", header);
        };
        let Some(mut expr) = from_loop(statement.clone(), built) else {
            return self.fail("a comprehension that does more than add elements", header);
        };
        // It begins where the collection is made, not with its first `for`.
        if line > 0 {
            expr.line = line;
        }
        node.stack = below;
        node.stack.push(Value::Expr(expr), self.unit.tick());
        let inside = self.flow.loop_body(header);
        node.blocks.extend(self.flow.in_order(&inside));
        Ok(Some(exhausted))
    }
}

/// The kind and the line of an empty collection that lies below an iterator; and the stack below it.
fn accumulator(stack: &Stack) -> Option<(Built, u32, Stack)> {
    let mut at = stack.clone();
    while let Some(Value::Ignored) = at.top() {
        at.pop();
    }
    if !matches!(at.pop()?.0, Value::Iterator(_)) {
        return None;
    }
    match at.pop()?.0 {
        Value::Expr(expr) => Some((collection(&expr)?, expr.line, at)),
        _ => None,
    }
}

/// The kind of an empty collection.
pub fn collection(expr: &Expr) -> Option<Built> {
    match &expr.kind {
        ExprKind::List(items) if items.is_empty() => Some(Built::List),
        ExprKind::Set(items) if items.is_empty() => Some(Built::Set),
        ExprKind::Dict { keys, .. } if keys.is_empty() => Some(Built::Dict),
        _ => None,
    }
}

/// Stands for an element of which nothing is left.
fn dropped(built: Built) -> Expr {
    let none = || Expr::new(ExprKind::Constant(Constant::None));
    match built {
        Built::Dict => Expr::new(ExprKind::Dict { keys: vec![Some(none())], values: vec![none()] }),
        Built::List | Built::Set | Built::Generator => none(),
    }
}

/// The condition under which a statement does not go on to the next item, if that is all it decides.
fn skipped(stmt: &Stmt) -> Option<Expr> {
    let StmtKind::If { test, body, orelse } = &stmt.kind else { return None };
    if !orelse.is_empty() || !matches!(body[..], [Stmt { kind: StmtKind::Continue, .. }]) {
        return None;
    }
    Some(match &test.kind {
        ExprKind::UnaryOp { op: UnaryOp::Not, operand } => Expr::clone(operand),
        _ => {
            let operand = Box::new(test.clone());
            Expr::at(ExprKind::UnaryOp { op: UnaryOp::Not, operand }, test.line)
        }
    })
}

/// The comprehension that a loop is.
pub fn from_loop(statement: Stmt, built: Built) -> Option<Expr> {
    let line = statement.line;
    let mut generators: Vec<Comprehension> = Vec::new();
    let mut suite = vec![statement];
    let element = loop {
        if suite.len() > 1 {
            // A condition of an inner loop: `if not test: continue`.
            if let Some(test) = skipped(&suite[0]) {
                generators.last_mut()?.ifs.push(test);
                suite.remove(0);
                continue;
            }
            // `for x in [value]` is compiled to an assignment.
            let first = suite.remove(0);
            let StmtKind::Assign { mut targets, value } = first.kind else { return None };
            if targets.len() != 1 || generators.is_empty() {
                return None;
            }
            generators.push(Comprehension {
                target: targets.swap_remove(0),
                iter: Expr::at(ExprKind::List(vec![value]), first.line),
                ifs: Vec::new(),
                is_async: false,
            });
            continue;
        }
        let Some(statement) = suite.pop() else {
            // Under a condition that is never true the compiler drops the element.
            generators.last_mut()?.ifs.push(Expr::new(ExprKind::Constant(Constant::Bool(false))));
            break Box::new(dropped(built));
        };
        match statement.kind {
            StmtKind::For { target, iter, .. }
                if !generators.is_empty() && is_name(&target, UNNAMED_ITEM) =>
            {
                let line = iter.line;
                break Box::new(Expr::at(ExprKind::Starred(Box::new(iter)), line));
            }
            StmtKind::For { target, iter, body, orelse, is_async } if orelse.is_empty() => {
                generators.push(Comprehension { target, iter, ifs: Vec::new(), is_async });
                suite = body;
            }
            StmtKind::If { test, body, orelse } if orelse.is_empty() => {
                generators.last_mut()?.ifs.push(test);
                suite = body;
            }
            StmtKind::Expr(Expr { kind: ExprKind::Yield(value), .. }) => {
                break value.unwrap_or_else(|| Box::new(Expr::new(ExprKind::Constant(Constant::None))));
            }
            _ => return None,
        }
    };
    if generators.is_empty() {
        return None;
    }
    let kind = match built {
        Built::List => ExprKind::ListComp { element, generators },
        Built::Set => ExprKind::SetComp { element, generators },
        Built::Generator => ExprKind::GeneratorExp { element, generators },
        Built::Dict => {
            let ExprKind::Dict { mut keys, mut values } = element.kind else { return None };
            let value = values.pop()?;
            match keys.pop()? {
                Some(key) => {
                    ExprKind::DictComp { key: Box::new(key), value: Some(Box::new(value)), generators }
                }
                None => ExprKind::DictComp { key: Box::new(value), value: None, generators },
            }
        }
    };
    Some(Expr::at(kind, line))
}
