//! `if`, `assert`.

use lancehead_ast::{BoolOp, Constant, Expr, ExprKind, Stmt, StmtKind, Suite, UnaryOp};
use lancehead_ir::{BlockId, Op, Terminator};

use super::members::Members;
use super::{Context, End, Node, Structurer, Walked};
use crate::code::budget::{Budget, MAX_ARM_BLOCKS};
use crate::code::failure::Outcome;
use crate::execute::item::Item;
use crate::execute::value::Stack;
use crate::structure::condition::Test;
use crate::tree::assertion::ASSERTION_ERROR;

/// An `if` about to be built.
struct Fork {
    test: Test,
    /// Where it leads when true.
    then: BlockId,
    /// Where it leads when false.
    otherwise: BlockId,
    stack: Stack,
    /// The blocks that compute the test.
    blocks: Vec<BlockId>,
    /// The line of what decides.
    line: u32,
    /// Where the arms meet again.
    join: Option<BlockId>,
}

impl Structurer<'_> {
    /// Builds the `if` that a node ends with. Gives where the suite goes on, if it does.
    pub(super) fn branch(
        &mut self,
        node: Node,
        context: &Context,
        walked: &mut Walked,
    ) -> Outcome<Option<BlockId>> {
        if matches!(node.end, End::Branch { keeps: true, .. } | End::Branch { test: Test::Exception(_), .. })
        {
            return self.fail("a value kept across a branch", node.blocks[0]);
        }
        if let Some(next) = self.assertion(&node, context, walked)? {
            return Ok(Some(next));
        }
        let Node { end: End::Branch { test, if_true, if_false, .. }, stack, blocks, line, .. } = node else {
            return self.fail("no branch", node.blocks[0]);
        };
        let test = match self.lone_jump(test, if_true, if_false, &blocks, context, walked)? {
            Ok(next) => return Ok(Some(next)),
            Err(test) => test,
        };
        let fork = self.fork(test, (if_true, if_false), (stack, blocks, line), context);
        let inner = Context { next: fork.join.or(context.next), ..*context };
        if let Some((negate, rest, at)) = self.lone_pass(&fork, inner.next, context)
            && fork.test.is_faithful(negate, self.folds())
        {
            let test = if negate { fork.test.negated() } else { fork.test };
            let rest = self.suite(rest, fork.stack, &inner)?;
            let pass = vec![Item::Stmt(Stmt::at(StmtKind::Pass, at))];
            walked.items.push(statement(self.written(test), pass, rest.items, line)?);
            return self.after(fork.join, true, walked);
        }
        self.arms(fork, context, &inner, walked)
    }

    /// Orders the arms of an `if`: the one that was written first comes first.
    fn fork(
        &mut self,
        test: Test,
        (if_true, if_false): (BlockId, BlockId),
        (stack, blocks, line): (Stack, Vec<BlockId>, u32),
        context: &Context,
    ) -> Fork {
        let join = self.join(&blocks, if_true, if_false, context);
        let swap = self.written_after(&blocks, (if_true, if_false), join, context);
        let (test, then, otherwise) = match swap && test.is_faithful(true, self.folds()) {
            true => (test.negated(), if_false, if_true),
            false => (test, if_true, if_false),
        };
        Fork { test, then, otherwise, stack, blocks, line, join }
    }

    /// Builds the arms of an `if`; `inner` is what surrounds what they do.
    fn arms(
        &mut self,
        fork: Fork,
        context: &Context,
        inner: &Context,
        walked: &mut Walked,
    ) -> Outcome<Option<BlockId>> {
        let mut body = self.suite(fork.then, fork.stack.clone(), inner)?;
        self.place_jump(&mut body, &fork.blocks, fork.then, (fork.line, context));
        if let Some(Item::Stmt(last)) = body.items.last()
            && matches!(last.kind, StmtKind::Continue | StmtKind::Break)
            && body.items.len() > 1
            && self.stop(&fork.blocks, fork.otherwise) == Some(last.line)
        {
            // Both arms go on to one `continue` or `break`.
            let jump = body.items.pop();
            walked.items.push(statement(self.written(fork.test), body.items, Vec::new(), fork.line)?);
            walked.items.extend(jump);
            return Ok(None);
        }
        if body.items.is_empty() && body.falls {
            self.say_first(&mut body, &fork, context);
        }
        if body.items.is_empty() && body.falls {
            // Nothing in this arm: the other one under the opposite condition, if that can be said.
            if fork.test.is_faithful(true, self.folds()) {
                return self.other_arm_alone(fork, inner, walked);
            }
            if let Some(jump) = self.explicit(fork.then, context) {
                let at = self.stop(&fork.blocks, fork.then).unwrap_or(self.unplaced(fork.line));
                body.items.push(Item::Stmt(Stmt::at(jump, at)));
                body.falls = false;
            }
        }
        let test = self.written(fork.test);
        if !body.falls && fork.join.is_none() {
            // What follows an arm that never ends needs no `else`.
            walked.items.push(statement(test, body.items, Vec::new(), fork.line)?);
            let passed = self.stop(&fork.blocks, fork.otherwise);
            self.passed = passed.filter(|_| !self.unit.dialect.tells_returns_apart);
            return Ok(Some(fork.otherwise));
        }
        let mut other = self.suite(fork.otherwise, fork.stack, inner)?;
        self.place_jump(&mut other, &fork.blocks, fork.otherwise, (0, context));
        let falls = body.falls || other.falls;
        walked.items.push(statement(test, body.items, other.items, fork.line)?);
        self.after(fork.join, falls, walked)
    }

    /// Says what makes the empty arm of an `if` the first one: what was written first leads where falling off the end would.
    fn say_first(&mut self, body: &mut Walked, fork: &Fork, context: &Context) {
        if !self.is_first(&fork.blocks, fork.then, fork.otherwise) {
            return;
        }
        let jump = self.explicit(fork.then, context).or_else(|| self.explicit_end(fork.then, fork.otherwise));
        if let Some(jump) = jump {
            let at = self.stop(&fork.blocks, fork.then).or_else(|| self.left_on(fork.then));
            body.falls = jump == StmtKind::Pass;
            body.items.push(Item::Stmt(Stmt::at(jump, at.unwrap_or(self.unplaced(fork.line)))));
        }
    }

    /// Builds an `if` whose first arm does nothing: of the second, if that does anything.
    fn other_arm_alone(
        &mut self,
        fork: Fork,
        inner: &Context,
        walked: &mut Walked,
    ) -> Outcome<Option<BlockId>> {
        let other = self.suite(fork.otherwise, fork.stack, inner)?;
        let (test, items) = match other.items.is_empty() && other.falls {
            true => {
                let pass = self.stop(&fork.blocks, fork.then);
                let pass = pass.filter(|_| !self.unit.dialect.tells_returns_apart);
                let pass = pass.map(|at| Item::Stmt(Stmt::at(StmtKind::Pass, at)));
                (fork.test, pass.into_iter().collect())
            }
            false => (fork.test.negated(), other.items),
        };
        walked.items.push(statement(self.written(test), items, Vec::new(), fork.line)?);
        self.after(fork.join, true, walked)
    }

    /// The expression of a condition.
    fn written(&self, test: Test) -> Expr {
        test.into_expr(self.folds()).0
    }

    /// The line of a jump that has left none: that of the test, where bytecode does not tell how scopes are left.
    fn unplaced(&self, line: u32) -> u32 {
        if self.unit.dialect.tells_returns_apart { 0 } else { line }
    }

    /// Gives an arm that is only `break` or `continue` its line. One that has left no line of its own stood on that of the
    /// test.
    fn place_jump(
        &self,
        arm: &mut Walked,
        from: &[BlockId],
        to: BlockId,
        (test_line, context): (u32, &Context),
    ) {
        if let [Item::Stmt(Stmt { kind: StmtKind::Break | StmtKind::Continue, line })] = &mut arm.items[..]
            && *line == 0
            && !self.unit.dialect.tells_returns_apart
        {
            let copied = self.graph.block(to).insts.first().map(|inst| inst.line);
            let copied = copied.filter(|line| {
                *line > test_line && ![context.breaks_to, context.continues_to].contains(&Some(to))
            });
            *line = self.stop(from, to).or(copied).unwrap_or(test_line);
        }
    }

    /// `if test: continue`, or `break`, where the jump has a line of its own. Gives where the suite goes on, or the test back.
    fn lone_jump(
        &mut self,
        test: Test,
        if_true: BlockId,
        if_false: BlockId,
        blocks: &[BlockId],
        context: &Context,
        walked: &mut Walked,
    ) -> Outcome<Result<BlockId, Test>> {
        let folds = self.folds();
        let falls_to_jump = self.falls_to_jump(blocks);
        for (to, other, negate) in [(if_true, if_false, false), (if_false, if_true, true)] {
            let on_line = falls_to_jump.filter(|(jump, _)| *jump == to).map(|(_, line)| line);
            let Some(line) = self.stop(blocks, to).or(on_line) else { continue };
            if self.unit.dialect.tells_returns_apart || !test.is_faithful(negate, folds) || to == other {
                continue;
            }
            let first = self.graph.block(other).insts.first().map_or(u32::MAX, |inst| inst.line);
            let Some(jump) = self.explicit(to, context).filter(|_| line < first) else { continue };
            let test = if negate { test.negated() } else { test };
            let (test, _) = test.into_expr(folds);
            let body = vec![Item::Stmt(Stmt::at(jump, line))];
            walked.items.push(statement(test, body, Vec::new(), line)?);
            return Ok(Ok(other));
        }
        Ok(Err(test))
    }

    /// Where what a node tests last leads if a jump on the same line was written behind it, and that line.
    fn falls_to_jump(&self, blocks: &[BlockId]) -> Option<(BlockId, u32)> {
        let last = self.last_test(blocks)?;
        self.graph.falls_to_jump.binary_search(&last).ok()?;
        let block = self.graph.block(last);
        Some((block.terminator.falls_to()?, block.end.1))
    }

    /// Whether one of two arms of a node is known to be written first.
    fn is_first(&self, blocks: &[BlockId], arm: BlockId, other: BlockId) -> bool {
        let first = self.falls_to(blocks);
        first.is_some_and(|first| self.same_target(first, arm) && !self.same_target(first, other))
    }

    /// Where control goes on behind what a node tests last: to what was written first.
    fn falls_to(&self, blocks: &[BlockId]) -> Option<BlockId> {
        self.graph.block(self.last_test(blocks)?).terminator.falls_to()
    }

    /// The block with what a node tests last.
    pub(super) fn last_test(&self, blocks: &[BlockId]) -> Option<BlockId> {
        self.tests(blocks).max_by_key(|block| self.graph.block(*block).offset)
    }

    /// The block with what a node tests first.
    pub(super) fn first_test(&self, blocks: &[BlockId]) -> Option<BlockId> {
        self.tests(blocks).min_by_key(|block| self.graph.block(*block).offset)
    }

    /// The blocks of a node that decide.
    fn tests(&self, blocks: &[BlockId]) -> impl Iterator<Item = BlockId> {
        blocks.iter().copied().filter(|block| self.graph.block(*block).terminator.falls_to().is_some())
    }

    /// `if test: pass` with an `else`: whether the test is to be negated, the other arm, and the line of the `pass`.
    fn lone_pass(
        &self,
        fork: &Fork,
        next: Option<BlockId>,
        context: &Context,
    ) -> Option<(bool, BlockId, u32)> {
        let (then, otherwise) = (fork.then, fork.otherwise);
        if self.unit.dialect.tells_returns_apart || then == otherwise {
            return None;
        }
        [(then, otherwise, false), (otherwise, then, true)].into_iter().find_map(|(to, rest, negate)| {
            let is_next = |to| next.is_some_and(|next| self.same_target(next, self.reached(to, context)));
            let line = self.stop(&fork.blocks, to).filter(|_| is_next(to))?;
            let first = self.graph.block(rest).insts.first().map_or(0, |inst| inst.line);
            (line < first).then_some((negate, rest, line))
        })
    }

    fn after(&self, join: Option<BlockId>, falls: bool, walked: &mut Walked) -> Outcome<Option<BlockId>> {
        if !falls {
            return Ok(None);
        }
        if join.is_none() {
            walked.falls = true;
        }
        Ok(join)
    }

    /// Where a way out of the suite's scope leads, if its bytecode does not tell how it is left.
    fn reached(&self, to: BlockId, context: &Context) -> BlockId {
        let leaves = !self.unit.dialect.tells_returns_apart
            && !self.graph.is_within(self.graph.block(to).scope, context.scope);
        if leaves { self.settle(to).unwrap_or(to) } else { to }
    }

    /// The statement that jumps to a place that falling off the end leads to anyway, if there is one.
    fn explicit(&mut self, to: BlockId, context: &Context) -> Option<StmtKind> {
        // Bytecode up to 3.8 tells a jump out of a protected scope from falling off its end.
        let tells = self.unit.dialect.tells_returns_apart && self.graph.block(to).scope != context.scope;
        let to = self.reached(to, context);
        if tells && context.next == Some(to) {
            None
        } else if context.continues_to == Some(to) {
            Some(StmtKind::Continue)
        } else if let Some(target) = context.breaks_to.filter(|target| self.same_target(*target, to)) {
            self.broken_to.insert(target);
            Some(StmtKind::Break)
        } else {
            None
        }
    }

    /// `return` where the function ends anyway, or `pass`: what has left a line where nothing is done. From a `pass`, a jump
    /// leads past the other arm.
    fn explicit_end(&self, to: BlockId, other: BlockId) -> Option<StmtKind> {
        self.left_on(to)?;
        let jumps = self.graph.block(to).offset > self.graph.block(other).offset;
        let returns = !jumps && self.settle(to).is_none() && self.returns_none(to);
        Some(if returns { StmtKind::Return(None) } else { StmtKind::Pass })
    }

    /// Whether nothing is returned where jumps lead from a block on.
    fn returns_none(&self, mut at: BlockId) -> bool {
        for _ in 0..64 {
            let block = self.graph.block(at);
            match block.terminator {
                Terminator::Jump(next) => at = next,
                Terminator::Return => {
                    let is_none = block.insts.last().is_some_and(|inst| inst.op.loads_none());
                    return is_none && self.unit.names.is_function();
                }
                _ => break,
            }
        }
        false
    }

    /// Whether the arm taken when true was written after the other one.
    fn written_after(
        &self,
        own: &[BlockId],
        (t, f): (BlockId, BlockId),
        join: Option<BlockId>,
        context: &Context,
    ) -> bool {
        let outside = |b: BlockId| {
            Some(b) == join
                || Some(b) == context.next
                || Some(b) == context.continues_to
                || Some(b) == context.breaks_to
        };
        match (outside(t), outside(f)) {
            (true, false) => Some(t) == join || Some(t) == context.next,
            (false, true) => false,
            _ if self.is_first(own, t, f) => false,
            _ if self.is_first(own, f, t) => true,
            _ => self.graph.block(f).offset < self.graph.block(t).offset,
        }
    }

    /// Where the arms of a branch meet again: the last block that the branch dominates and that several ways lead to.
    fn join(&self, own: &[BlockId], t: BlockId, f: BlockId, context: &Context) -> Option<BlockId> {
        let known = |b: BlockId| {
            Some(b) == context.next || Some(b) == context.continues_to || Some(b) == context.breaks_to
        };
        let members = Members::of(own, 2 * own.len());
        let meets = |b: BlockId| {
            !known(b)
                && !members.contains(b)
                && self.graph.block(b).scope == context.scope
                && self.ways_from(b, &members) >= 2
        };
        let join = own
            .iter()
            .flat_map(|b| self.flow.children[b.index()].iter().copied())
            .filter(|b| meets(*b))
            .max_by_key(|b| self.flow.position(*b));
        let goes_on = |arm: BlockId, other: BlockId| match known(arm) {
            true => None,
            false => self.written_join(arm, other, context).filter(|join| !known(*join)),
        };
        join.or_else(|| goes_on(t, f)).or_else(|| goes_on(f, t))
    }

    /// How many ways lead into a block, where all those from some blocks are one.
    pub(super) fn ways_from(&self, block: BlockId, own: &Members<'_>) -> usize {
        let (mut others, mut inner) = (0, false);
        for predecessor in self.flow.forward_predecessors(block) {
            self.unit.meter.step(1);
            match own.contains(predecessor) {
                true => inner = true,
                false => others += 1,
            }
        }
        others + usize::from(inner)
    }

    /// Where an `if` ends whose second arm never does: the first arm goes on after it, at a block that was written
    /// after the second arm, and that no other way leads to.
    fn written_join(&self, first: BlockId, second: BlockId, context: &Context) -> Option<BlockId> {
        let start = self.graph.block(second).offset;
        if self.graph.block(first).offset >= start || self.flow.forward_predecessors(first).count() != 1 {
            return None;
        }
        let mut found: Option<BlockId> = None;
        let mut work = vec![first];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(block) = work.pop() {
            if !seen.insert(block) {
                continue;
            }
            if seen.len() > MAX_ARM_BLOCKS {
                self.unit.meter.hit(Budget::ArmBlocks);
                return None;
            }
            for next in self.graph.block(block).terminator.successors() {
                if !self.flow.dominates(first, next) || self.flow.dominates(next, block) {
                    continue;
                }
                if self.graph.block(next).offset < start {
                    work.push(next);
                } else if self.graph.block(next).scope != context.scope || found.is_some_and(|f| f != next) {
                    return None;
                } else {
                    found = Some(next);
                }
            }
        }
        found.filter(|f| self.flow.dominates(first, *f))
    }

    /// `assert test, message`: an arm that does nothing but raise AssertionError. Gives where control goes on.
    fn assertion(&mut self, node: &Node, context: &Context, walked: &mut Walked) -> Outcome<Option<BlockId>> {
        let End::Branch { test, if_true, if_false, .. } = &node.end else { return Ok(None) };
        for (raises, holds_at, holds) in [(*if_false, *if_true, true), (*if_true, *if_false, false)] {
            if !self.asserts(raises) || self.is_written_behind(raises, holds_at) {
                continue;
            }
            let holds = if holds { test.clone() } else { test.clone().negated() };
            let (holds, true) = holds.into_expr(self.folds()) else { continue };
            let inner = Context { next: None, ..*context };
            let body = self.suite(raises, node.stack.clone(), &inner)?;
            let Some(msg) = assertion_message(&body) else { continue };
            let begin = self.graph.block(raises).insts.first().map_or(0, |inst| inst.line);
            let (condition, holds) = self.asserted(holds, begin);
            let line = if condition.is_some() { begin } else { node.line };
            let assert = Item::Stmt(Stmt::at(StmtKind::Assert { test: holds, msg }, line));
            walked.items.push(match condition {
                Some(condition) => statement(condition, vec![assert], Vec::new(), node.line)?,
                None => assert,
            });
            return Ok(Some(holds_at));
        }
        Ok(None)
    }

    /// Whether a block was written behind another, of which it is the alternative: `else: assert False`. Before 3.11 what fails
    /// an assertion has the line of what is tested last.
    fn is_written_behind(&self, block: BlockId, other: BlockId) -> bool {
        let line = |block: BlockId| self.graph.block(block).insts.first().map_or(0, |inst| inst.line);
        let (block, other) = (line(block), line(other));
        self.unit.dialect.has_columns && other > 0 && block > other
    }

    /// Takes what is tested on lines before that of an `assert` apart: `if a: assert b`. Since 3.11 what fails an assertion
    /// has the line of the statement; before, that of what is tested last.
    fn asserted(&self, test: Expr, begin: u32) -> (Option<Expr>, Expr) {
        let ExprKind::BoolOp { op: BoolOp::Or, values } = &test.kind else { return (None, test) };
        let before = values.iter().take_while(|value| (1..begin).contains(&value.first_line())).count();
        if before == 0 || before == values.len() || !self.unit.dialect.has_columns {
            return (None, test);
        }
        let line = test.line;
        let mut values = values.clone();
        let rest = join_values(values.split_off(before), BoolOp::Or, line);
        let negated = values.into_iter().map(|value| match value.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => *operand,
            _ => {
                let line = value.line;
                Expr::at(ExprKind::UnaryOp { op: UnaryOp::Not, operand: Box::new(value) }, line)
            }
        });
        (Some(join_values(negated.collect(), BoolOp::And, line)), rest)
    }

    /// Whether a block starts by loading AssertionError in the way that `assert` does.
    fn asserts(&self, block: BlockId) -> bool {
        use lancehead_ir::Variable;
        match self.graph.block(block).insts.first().map(|i| &i.op) {
            Some(Op::LoadAssertionError) => true,
            Some(Op::Load(Variable::Global | Variable::Name, name)) => {
                self.unit.dialect.asserts_by_name && name == "AssertionError"
            }
            _ => false,
        }
    }
}

/// One value, or several joined.
fn join_values(mut values: Vec<Expr>, op: BoolOp, line: u32) -> Expr {
    match (values.len(), values.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            values.extend(last);
            Expr::at(ExprKind::BoolOp { op, values }, line)
        }
    }
}

/// The message of an assertion, if a suite does nothing but fail it.
pub(super) fn assertion_message(body: &Walked) -> Option<Option<Expr>> {
    if let [Item::Stmt(only)] = &body.items[..]
        && let Some(message) = raised(&only.kind)
    {
        return Some(message);
    }
    let [Item::Stmt(Stmt { kind: StmtKind::Raise { exc: Some(exc), cause: None }, .. })] = &body.items[..]
    else {
        return None;
    };
    let is_error = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if name == "AssertionError" || name == ASSERTION_ERROR);
    match &exc.kind {
        ExprKind::Call { func, args, keywords } if is_error(func) && keywords.is_empty() => match &args[..] {
            [message] => Some(Some(message.clone())),
            _ => None,
        },
        _ => is_error(exc).then_some(None),
    }
}

/// What an assertion raises, if a statement fails one.
fn raised(kind: &StmtKind) -> Option<Option<Expr>> {
    match kind {
        StmtKind::Assert { test, msg } if matches!(test.kind, ExprKind::Constant(Constant::Bool(false))) => {
            Some(msg.clone())
        }
        _ => None,
    }
}

/// An `if`. The line of what decides is that of the statement up to 3.11, of the test since.
fn statement(test: Expr, body: Vec<Item>, orelse: Vec<Item>, line: u32) -> Outcome<Item> {
    let test_line = match (test.line, line) {
        (0, line) | (line, 0) => line,
        (test, line) => test.min(line),
    };
    let kind = StmtKind::If { test, body: plain(body)?, orelse: plain(orelse)? };
    Ok(Item::Stmt(Stmt::at(kind, test_line)))
}

/// Statements none of which is bound by an enclosing one.
pub(super) fn plain(items: Vec<Item>) -> Outcome<Suite> {
    items
        .into_iter()
        .map(|item| match item {
            Item::Stmt(stmt) => Ok(stmt),
            Item::Bind(..) => Err(crate::code::failure::Failure::Expression {
                what: "a target bound out of its place",
                offset: 0,
            }),
        })
        .collect()
}
