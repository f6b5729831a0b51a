//! Nodes: blocks executed, and the expressions that span several blocks folded into one.
//!
//! Conditions, boolean operators, conditional expressions and chained comparisons are small graphs of blocks that leave
//! no statement behind. Each rule here recognises one way in which two or three such blocks are one expression, and
//! replaces them by one node. The rules look only at what is computed and where control goes, never at layout.

use std::rc::Rc;

use lancehead_ast::{BoolOp, Expr, ExprKind};
use lancehead_ir::{BlockId, Op, Terminator};

use super::members::Members;
use super::pattern_start::pattern_start;
use super::{End, Node, Structurer};
use crate::code::budget::{Budget, MAX_EXPRESSION_DEPTH, MAX_FOLDED_NODES, MAX_KEPT_ITEMS, MAX_SHARED_DEPTH};
use crate::code::definition::FunctionKind;
use crate::code::failure::{Failure, Outcome};
use crate::code::unit::Unit;
use crate::execute::value::{Shared, Stack, Value};
use crate::execute::{Machine, define};
use crate::structure::condition::{Test, bool_op};
use crate::tree::visit::size;

impl Structurer<'_> {
    /// Executes a block, and folds into it what follows as long as that is part of the same expression or can be
    /// reached in no other way.
    pub fn reduce(&mut self, block: BlockId, stack: &Stack) -> Outcome<Rc<Node>> {
        if let Some((entry, node)) = self.reduced.get(&block)
            && entry.same(stack)
        {
            return Ok(node.clone());
        }
        let node = Rc::new(self.reduce_anew(block, stack.clone())?);
        if node.items.len() < MAX_KEPT_ITEMS {
            self.reduced.insert(block, (stack.clone(), node.clone()));
        }
        Ok(node)
    }

    /// [`Structurer::reduce`] for a block that the structurer has come to: it is not asked for again.
    pub fn taken(&mut self, block: BlockId, stack: &Stack) -> Outcome<Node> {
        let known = self.reduced.remove(&block).filter(|(entry, _)| entry.same(stack));
        let node = match known {
            Some((_, node)) => Rc::unwrap_or_clone(node),
            None => self.reduce_anew(block, stack.clone())?,
        };
        // What it is made of may have led back to it.
        self.reduced.remove(&block);
        Ok(node)
    }

    fn reduce_anew(&mut self, block: BlockId, stack: Stack) -> Outcome<Node> {
        self.depth += 1;
        if self.depth > MAX_EXPRESSION_DEPTH {
            return Err(Failure::TooComplex(Budget::ExpressionDepth));
        }
        let depth = stack.depth();
        let leaves_loop = matches!(stack.top(), Some(Value::Iterator(_) | Value::Ignored | Value::Null));
        let mut machine = Machine::new(self.unit, stack);
        let node = self.execute(&mut machine, block, &mut Vec::new());
        let node = node.and_then(|node| self.extend(node, depth, leaves_loop, None));
        self.depth -= 1;
        node
    }

    /// Folds into a node what follows it as long as that can be reached in no other way than from it, or from the node
    /// whose arm it is.
    fn extend(&mut self, node: Node, depth: u32, leaves_loop: bool, around: Option<&Node>) -> Outcome<Node> {
        let mut node = node;
        loop {
            self.spend(1)?;
            match node.end {
                End::Goto(next) => {
                    if let Some(after) = self.inlined_comprehension(&mut node, next)? {
                        node = self.resume(node, after)?;
                        continue;
                    }
                    // Between statements the structurer takes over, so that nodes stay small.
                    // So it does where a `break` leads.
                    let between = node.stack.depth() <= depth && (!node.items.is_empty() || leaves_loop);
                    if between || !self.is_only_after(&node, next, around) {
                        return Ok(node);
                    }
                    node = self.resume(node, next)?;
                }
                End::Branch { .. } => {
                    if !self.fold(&mut node)? {
                        return Ok(node);
                    }
                    self.folded_into(&node)?;
                }
                _ => return Ok(node),
            }
        }
    }

    /// Counts the nodes of what was folded into one.
    fn folded_into(&mut self, node: &Node) -> Outcome<()> {
        let nodes = match (&node.end, node.stack.top()) {
            (End::Branch { test, .. }, _) => test.size(),
            (End::Return(value), _) | (_, Some(Value::Expr(value))) => size(value),
            _ => 0,
        };
        self.unit.meter.step(nodes);
        self.folded = self.folded.saturating_add(nodes);
        match self.folded > MAX_FOLDED_NODES {
            true => Err(Failure::TooComplex(Budget::FoldedNodes)),
            false => Ok(()),
        }
    }

    /// Executes a block alone.
    pub(super) fn execute_one(&mut self, block: BlockId, stack: Stack) -> Outcome<Node> {
        self.execute(&mut Machine::new(self.unit, stack), block, &mut Vec::new())
    }

    /// Goes on executing a node with a block that follows it.
    fn resume(&mut self, node: Node, next: BlockId) -> Outcome<Node> {
        let mut machine = Machine::new(self.unit, node.stack);
        machine.items = node.items;
        let mut blocks = node.blocks;
        self.execute(&mut machine, next, &mut blocks)
    }

    /// Whether a block can be reached from the node only, and belongs to the same suite.
    pub(super) fn is_only_after(&self, node: &Node, next: BlockId, around: Option<&Node>) -> bool {
        let decided = around.is_some_and(|outer| match outer.end {
            End::Branch { if_true, if_false, .. } => [if_true, if_false].contains(&next),
            _ => false,
        });
        let scope_of = |block: &BlockId| self.graph.block(*block).scope;
        if decided || self.flow.is_header(next) || Some(scope_of(&next)) != node.blocks.first().map(scope_of)
        {
            return false;
        }
        let predecessors = &self.flow.predecessors[next.index()];
        self.unit.meter.step(predecessors.len() as u64);
        let own = Members::of(&node.blocks, predecessors.len());
        let outer = around.map(|outer| Members::of(&outer.blocks, predecessors.len()));
        let is_inside =
            |p: &BlockId| own.contains(*p) || outer.as_ref().is_some_and(|outer| outer.contains(*p));
        predecessors.iter().all(is_inside)
    }

    pub(super) fn execute(
        &mut self,
        machine: &mut Machine<'_>,
        block: BlockId,
        blocks: &mut Vec<BlockId>,
    ) -> Outcome<Node> {
        let source = self.graph.block(block);
        blocks.push(block);
        self.spend(1 + source.insts.len() as u32 / 16)?;
        let begin = self.starts.get(&block).copied().unwrap_or(0);
        let pattern = pattern_start(source, begin);
        for inst in &source.insts[begin..pattern.unwrap_or(source.insts.len())] {
            machine.step(inst)?;
        }
        let (offset, line) = source.end;
        if machine.is_mid_assignment() {
            return Err(Failure::Expression { what: "an assignment without its last store", offset });
        }
        if let Some(at) = pattern {
            return Ok(Node {
                items: std::mem::take(&mut machine.items),
                stack: std::mem::take(&mut machine.stack),
                end: End::Match((block, at)),
                blocks: std::mem::take(blocks),
                line,
            });
        }
        let end = match source.terminator {
            Terminator::Jump(next) => End::Goto(next),
            Terminator::Branch { if_true, if_false, none_test, .. } => {
                let value = machine.pop()?;
                // Whether no part of an exception group matches: the opposite of what the source asks.
                let (if_true, if_false) = match &value {
                    Value::NoGroupMatch(_) => (if_false, if_true),
                    _ => (if_true, if_false),
                };
                let keeps = match (&value, machine.stack.top()) {
                    (Value::Shared(tested), Some(Value::Shared(kept))) => Rc::ptr_eq(tested, kept),
                    _ => false,
                };
                let test = match value {
                    Value::ExceptionMatch(typ) | Value::NoGroupMatch(typ) => Test::Exception(typ),
                    Value::Ignored => Test::Leaf { expr: Expr::name("<suppressed>"), none_test: false },
                    value => Test::Leaf { expr: machine.to_expr(value)?, none_test },
                };
                End::Branch { test, if_true, if_false, keeps }
            }
            Terminator::ForIter { .. } => End::ForIter,
            Terminator::Loop { body, after, is_for } => End::Loop { body, after, is_for },
            Terminator::Return => End::Return(machine.pop_returned()?),
            Terminator::Raise(0) => End::Raise(None, None),
            Terminator::Raise(1) => End::Raise(Some(machine.pop_expr()?), None),
            Terminator::Raise(2) => {
                let cause = machine.pop_expr()?;
                End::Raise(Some(machine.pop_expr()?), Some(cause))
            }
            Terminator::Raise(_) => {
                return Err(Failure::Expression { what: "raise with more than two values", offset });
            }
            Terminator::Reraise => End::Reraise,
        };
        Ok(Node {
            items: std::mem::take(&mut machine.items),
            stack: std::mem::take(&mut machine.stack),
            end,
            blocks: std::mem::take(blocks),
            line,
        })
    }

    /// The block that an expression may continue in: reached from this node only, without statements.
    pub(super) fn arm(&mut self, node: &Node, block: BlockId, stack: &Stack) -> Outcome<Option<Rc<Node>>> {
        if !self.is_only_after(node, block, None) {
            return Ok(None);
        }
        // A failure here is a failure of the arm as a statement too, and is reported there.
        match self.reduce(block, stack) {
            Ok(arm) if arm.items.is_empty() => self.extend_arm(node, arm, stack).map(Some),
            Ok(_) | Err(Failure::Expression { .. } | Failure::Structure { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// An arm may go on to a block that only the node itself leads to besides.
    fn extend_arm(&mut self, node: &Node, arm: Rc<Node>, stack: &Stack) -> Outcome<Rc<Node>> {
        match arm.end {
            End::Goto(next) if self.is_only_after(&arm, next, Some(node)) => {
                match self.extend((*arm).clone(), stack.depth(), false, Some(node)) {
                    Ok(longer) if longer.items.is_empty() => Ok(Rc::new(longer)),
                    Ok(_) | Err(Failure::Expression { .. } | Failure::Structure { .. }) => Ok(arm),
                    Err(other) => Err(other),
                }
            }
            _ => Ok(arm),
        }
    }

    /// Tries to fold the arms of a branch into it.
    fn fold(&mut self, node: &mut Node) -> Outcome<bool> {
        let End::Branch { ref test, if_true, if_false, keeps } = node.end else { return Ok(false) };
        if matches!(test, Test::Exception(_)) {
            return Ok(false);
        }
        if self.fold_chain(node)? {
            self.forget(&[if_true]);
            return Ok(true);
        }
        if self.fold_run(node)? {
            return Ok(true);
        }
        let stack = node.stack.clone();
        // An arm that is tried and not taken up has not used the values below.
        let shared = SharedState::of(&stack);
        let on_true = self.arm(node, if_true, &stack)?;
        let on_false = self.arm(node, if_false, &stack)?;
        shared.into_iter().for_each(SharedState::restore);
        if let (Some(t), Some(f)) = (&on_true, &on_false)
            && !keeps
            && (self.fold_conditional(node, t, f)
                || self.fold_conditional_test(node, t, f)
                || self.fold_returns(node, t, f))
        {
            self.forget(&[if_true, if_false]);
            return Ok(true);
        }
        if let Some(arm) = on_true
            && self.fold_operand(node, &arm, true)
        {
            self.forget(&[if_true]);
            return Ok(true);
        }
        if let Some(arm) = on_false
            && self.fold_operand(node, &arm, false)
        {
            self.forget(&[if_false]);
            return Ok(true);
        }
        Ok(false)
    }

    /// Drops what is remembered of arms that are part of a larger node now: each operand of a long condition would keep
    /// a copy of all that follow it.
    fn forget(&mut self, arms: &[BlockId]) {
        for arm in arms {
            self.reduced.remove(arm);
        }
    }

    /// `a and b`, `a or b`: one arm of `a` computes `b`, and both lead to the same place when `a` decides.
    fn fold_operand(&mut self, node: &mut Node, arm: &Node, side: bool) -> bool {
        let End::Branch { ref test, if_true, if_false, keeps } = node.end else { return false };
        let decided = if side { if_false } else { if_true };
        let op = if side { BoolOp::And } else { BoolOp::Or };
        if keeps {
            // The value of `a` is dropped at the start of the arm and kept otherwise.
            let base = node.stack.without(1);
            let Some(first) = self.kept_value(node) else { return false };
            if !arm.stack.without(1).same(&base) || arm.stack.depth() != node.stack.depth() {
                return false;
            }
            match arm.end {
                End::Goto(to) if self.same_target(to, decided) => {
                    let Some(second) = value_expr(self.unit, arm.stack.top()) else { return false };
                    self.become_value(node, arm, base, bool_op(op, vec![first, second]), End::Goto(to));
                    return true;
                }
                End::Branch { keeps: true, if_true: t, if_false: f, .. } => {
                    let same = if side { self.same_target(f, decided) } else { self.same_target(t, decided) };
                    if !same {
                        return false;
                    }
                    let Some(second) = self.kept_value(arm) else { return false };
                    let value = bool_op(op, vec![first, second]);
                    self.become_kept(node, arm, base, value, t, f);
                    return true;
                }
                _ => return false,
            }
        }
        let End::Branch { test: ref second, if_true: t, if_false: f, keeps: arm_keeps } = arm.end else {
            return false;
        };
        // Where both lead to by way of a `continue` or `break` each, there are two statements.
        let apart = |to: BlockId| {
            self.same_target(to, decided) && self.stop(&node.blocks, decided) != self.stop(&arm.blocks, to)
        };
        if apart(t) || apart(f) || self.test_apart(&node.blocks, arm) {
            return false;
        }
        if matches!(second, Test::Exception(_)) {
            return false;
        }
        if arm_keeps {
            // `(a and b) or c`: when `a` decides, the value of `b` is dropped just as if `b` had been false.
            if !arm.stack.without(1).same(&node.stack) {
                return false;
            }
            let dropped = if side { f } else { t };
            let same = self.drops_top(dropped).is_some_and(|after| self.same_target(after, decided));
            if !same {
                return false;
            }
            let (Some(b), (a, true)) = (self.kept_value(arm), test.clone().into_expr(self.folds())) else {
                return false;
            };
            let base = node.stack.clone();
            self.become_kept(node, arm, base, bool_op(op, vec![a, b]), t, f);
            return true;
        }
        if !arm.stack.same(&node.stack) {
            return false;
        }
        let (test, t, f) = match side {
            true if self.same_target(f, decided) => (test.clone().and(second.clone()), t, decided),
            true if self.same_target(t, decided) => (test.clone().and(second.clone().negated()), f, decided),
            false if self.same_target(t, decided) => (test.clone().or(second.clone()), decided, f),
            false if self.same_target(f, decided) => (test.clone().or(second.clone().negated()), decided, t),
            _ => return false,
        };
        let folds = self.folds();
        if !test.is_faithful(false, folds) && !test.is_faithful(true, folds) {
            // Two statements say what one condition cannot.
            return false;
        }
        node.blocks.extend(&arm.blocks);
        node.end = End::Branch { test, if_true: t, if_false: f, keeps: false };
        true
    }

    /// `x if test else y`.
    fn fold_conditional(&mut self, node: &mut Node, t: &Node, f: &Node) -> bool {
        let (End::Goto(to), End::Goto(also)) = (&t.end, &f.end) else { return false };
        if !self.same_target(*to, *also)
            || !t.stack.without(1).same(&node.stack)
            || !f.stack.without(1).same(&node.stack)
            || t.stack.depth() != node.stack.depth() + 1
            || f.stack.depth() != node.stack.depth() + 1
        {
            return false;
        }
        let (Some(body), Some(orelse)) =
            (value_expr(self.unit, t.stack.top()), value_expr(self.unit, f.stack.top()))
        else {
            return false;
        };
        // Two statements may return, each on a line of its own.
        let block = self.graph.block(*to);
        if block.insts.is_empty()
            && block.terminator == Terminator::Return
            && !self.reads_in_order(node, (body.first_line(), t), (orelse.first_line(), f))
        {
            return false;
        }
        let End::Branch { test, .. } = std::mem::replace(&mut node.end, End::Reraise) else { return false };
        let value = self.conditional(test, (body, t), (orelse, f));
        let to = *to;
        let base = node.stack.clone();
        node.blocks.extend(f.blocks.iter().copied());
        self.become_value(node, t, base, value, End::Goto(to));
        true
    }

    /// `return x if test else y`: the return was copied to both arms, with its line.
    fn fold_returns(&mut self, node: &mut Node, t: &Node, f: &Node) -> bool {
        let (End::Return(body), End::Return(orelse)) = (&t.end, &f.end) else { return false };
        if t.line == 0 || t.line != f.line || !t.stack.same(&node.stack) || !f.stack.same(&node.stack) {
            return false;
        }
        if !self.reads_in_order(node, (body.first_line(), t), (orelse.first_line(), f)) {
            return false;
        }
        let (body, orelse) = (body.clone(), orelse.clone());
        let End::Branch { test, .. } = std::mem::replace(&mut node.end, End::Reraise) else { return false };
        let value = self.conditional(test, (body, t), (orelse, f));
        node.blocks.extend(t.blocks.iter().chain(&f.blocks).copied());
        node.line = t.line;
        node.end = End::Return(value);
        true
    }

    /// Whether two arms may be those of a conditional expression: in `x if test else y`, the first arm is written before the
    /// test. (In an `if`, it is written behind it.)
    fn reads_in_order(&self, node: &Node, (t_line, t): (u32, &Node), (f_line, f): (u32, &Node)) -> bool {
        let End::Branch { test, .. } = &node.end else { return true };
        let swapped = self.graph.block(f.blocks[0]).offset < self.graph.block(t.blocks[0]).offset;
        let (first, test) = (if swapped { f_line } else { t_line }, test.first_line());
        first == 0 || test == 0 || first <= test
    }

    /// The conditional expression of two arms: the one that is written first comes first.
    fn conditional(&self, test: Test, (body, t): (Expr, &Node), (orelse, f): (Expr, &Node)) -> Expr {
        let swapped = self.graph.block(f.blocks[0]).offset < self.graph.block(t.blocks[0]).offset;
        let folds = self.folds();
        let (test, body, orelse) = match swapped && test.is_faithful(true, folds) {
            true => (test.negated(), orelse, body),
            false => (test, body, orelse),
        };
        let (test, _) = test.into_expr(folds);
        let line = test.line;
        let kind = ExprKind::IfExp { test: Box::new(test), body: Box::new(body), orelse: Box::new(orelse) };
        Expr::at(kind, line)
    }

    /// `if x if test else y`: both arms test something and lead to the same two places.
    fn fold_conditional_test(&mut self, node: &mut Node, t: &Node, f: &Node) -> bool {
        let (
            End::Branch { test: a, if_true: a_true, if_false: a_false, keeps: false },
            End::Branch { test: b, if_true: b_true, if_false: b_false, keeps: false },
        ) = (&t.end, &f.end)
        else {
            return false;
        };
        if !t.stack.same(&node.stack) || !f.stack.same(&node.stack) {
            return false;
        }
        let b = if self.same_target(*a_true, *b_true) && self.same_target(*a_false, *b_false) {
            b.clone()
        } else if self.same_target(*a_true, *b_false) && self.same_target(*a_false, *b_true) {
            b.clone().negated()
        } else {
            return false;
        };
        if !self.reads_in_order(node, (a.first_line(), t), (b.first_line(), f)) {
            return false;
        }
        let End::Branch { test, .. } = &node.end else { return false };
        let test = Test::If(Box::new((test.clone(), a.clone(), b)));
        node.end = End::Branch { test, if_true: *a_true, if_false: *a_false, keeps: false };
        node.blocks.extend(t.blocks.iter().chain(&f.blocks).copied());
        true
    }

    /// The value that a branch tests and keeps.
    pub(super) fn kept_value(&self, node: &Node) -> Option<Expr> {
        match (&node.end, node.stack.top()) {
            (End::Branch { keeps: true, .. }, Some(Value::Shared(shared))) => {
                // The test was the first use: it carries the targets of `:=`.
                match &node.end {
                    End::Branch { test: Test::Leaf { expr, .. }, .. } => Some(expr.clone()),
                    _ => Some(shared.value.borrow().clone()),
                }
            }
            _ => None,
        }
    }

    pub(super) fn become_value(&mut self, node: &mut Node, arm: &Node, base: Stack, value: Expr, end: End) {
        node.blocks.extend(arm.blocks.iter().copied());
        node.stack = base;
        node.stack.push(Value::Expr(value), self.unit.tick());
        node.end = end;
    }

    pub(super) fn become_kept(
        &mut self,
        node: &mut Node,
        arm: &Node,
        base: Stack,
        value: Expr,
        t: BlockId,
        f: BlockId,
    ) {
        node.blocks.extend(arm.blocks.iter().copied());
        let shared = crate::execute::value::Shared::new(value.clone());
        shared.uses.set(1);
        node.stack = base;
        node.stack.push(Value::Shared(shared), self.unit.tick());
        let test = Test::Leaf { expr: value, none_test: false };
        node.end = End::Branch { test, if_true: t, if_false: f, keeps: true };
    }

    /// For a block that does nothing but drop the top: where it goes on.
    pub(super) fn drops_top(&self, block: BlockId) -> Option<BlockId> {
        self.only(block, &[Op::Pop])
    }

    pub(super) fn only(&self, block: BlockId, ops: &[Op]) -> Option<BlockId> {
        let source = self.graph.block(block);
        let Terminator::Jump(next) = source.terminator else { return None };
        let same = source.insts.len() == ops.len() && source.insts.iter().map(|i| &i.op).eq(ops);
        same.then_some(next)
    }

    /// Whether two blocks are one place: the same block, or copies of one way out of the function.
    pub fn same_target(&self, a: BlockId, b: BlockId) -> bool {
        self.originals[a.index()] == self.originals[b.index()]
    }
}

/// What had become of the copied values on a stack.
pub(super) struct SharedState(Vec<(Rc<Shared>, Vec<Expr>, u32)>);

impl SharedState {
    /// The state of the copied values on a stack, if there are any.
    pub(super) fn of(stack: &Stack) -> Option<SharedState> {
        let shared: Vec<_> = stack
            .iter()
            .take(MAX_SHARED_DEPTH)
            .filter_map(|value| match value {
                Value::Shared(shared) => {
                    Some((shared.clone(), shared.pending.borrow().clone(), shared.uses.get()))
                }
                _ => None,
            })
            .collect();
        (!shared.is_empty()).then_some(SharedState(shared))
    }

    /// Puts the state back.
    pub(super) fn restore(self) {
        for (shared, pending, uses) in self.0 {
            *shared.pending.borrow_mut() = pending;
            shared.uses.set(uses);
        }
    }
}

/// The expression that a value on the stack is, if it is one.
pub(super) fn value_expr(unit: &Unit<'_>, value: Option<&Value>) -> Option<Expr> {
    match value? {
        Value::Expr(expr) => Some(expr.clone()),
        Value::Shared(shared) => {
            let mut value = shared.value.borrow().clone();
            for target in shared.pending.borrow().iter() {
                let line = value.line;
                let kind = ExprKind::NamedExpr { target: Box::new(target.clone()), value: Box::new(value) };
                value = Expr::at(kind, line);
            }
            Some(value)
        }
        Value::Const(object, origin) => unit.constant(object, *origin),
        Value::Function(function) if function.kind == FunctionKind::Lambda => {
            define::lambda(unit, function).ok()
        }
        _ => None,
    }
}
