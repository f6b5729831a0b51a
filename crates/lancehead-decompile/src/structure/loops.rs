//! `for`, `while`.

use lancehead_ast::{Constant, Expr, ExprKind, Stmt, StmtKind};
use lancehead_ir::{BlockId, Graph, LineMarker, Op, Scope, Terminator};

use rustc_hash::FxHashSet;

use super::branch::plain;
use super::{Context, End, Structurer};
use crate::code::failure::Outcome;
use crate::execute::item::{Item, Source, take_bound};
use crate::execute::value::{Stack, Value};
use crate::graph::breaks::breaks_of_for;

/// The ways out of a loop.
pub(super) struct Exits {
    /// Where the loop ends of itself, if it does.
    natural: Option<BlockId>,
    /// Where `break` leads.
    breaks_to: Option<BlockId>,
    /// Where control goes on after the statement.
    follow: Option<BlockId>,
}

impl Exits {
    /// The ways out of a loop that says where it ends; `break` is no way, but an operation.
    pub(super) fn known(natural: Option<BlockId>, after: BlockId) -> Exits {
        Exits { natural, breaks_to: None, follow: Some(after) }
    }

    /// Whether the natural end runs an `else` clause before control goes on.
    fn has_else(&self) -> bool {
        self.natural.is_some() && self.natural != self.follow
    }
}

impl Structurer<'_> {
    /// Builds the loop that a block heads. Gives where control goes on.
    pub(super) fn loop_statement(
        &mut self,
        header: BlockId,
        stack: &mut Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<Option<BlockId>> {
        let inside = self.flow.loop_body(header);
        self.active.push(header);
        let built = match self.graph.block(header).terminator {
            Terminator::ForIter { .. } if self.graph.block(header).insts.is_empty() => {
                let exits = self.for_exits(header, context);
                self.for_loop(header, exits, stack, context, items)
            }
            _ => self.while_loop(header, &inside, stack, context, items),
        };
        self.active.pop();
        built
    }

    pub(super) fn for_loop(
        &mut self,
        header: BlockId,
        exits: Exits,
        stack: &mut Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<Option<BlockId>> {
        let Terminator::ForIter { body, is_async, .. } = self.graph.block(header).terminator else {
            return self.fail("no loop header", header);
        };
        let line = self.graph.block(header).end.1;
        let mut after = stack.clone();
        while let Some(Value::Ignored | Value::Null) = after.top() {
            after.pop();
        }
        let iter = match after.pop() {
            Some((Value::Iterator(iter), _)) => (*iter).clone(),
            _ => return self.fail("a loop over something that is no iterator", header),
        };
        let inner = self.inside_loop(header, &exits, context);
        let mut entered = stack.clone();
        entered.push(Value::Item, self.unit.tick());
        let walked = self.suite(body, entered, &inner)?;
        let Ok((Some(target), body)) = take_bound(walked.items, Source::Item) else {
            return self.fail("a loop without a target", header);
        };
        let orelse = self.loop_else(&exits, &after, context)?;
        let kind = StmtKind::For { target, iter, body, orelse, is_async };
        items.push(Item::Stmt(Stmt::at(kind, line)));
        *stack = after;
        Ok(exits.follow)
    }

    fn while_loop(
        &mut self,
        header: BlockId,
        inside: &FxHashSet<BlockId>,
        stack: &mut Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<Option<BlockId>> {
        let node = self.reduce(header, stack)?;
        let folds = self.folds();
        let condition = match &node.end {
            // With a value left on the stack it is the guard of a `case`.
            End::Branch { test, if_true, if_false, keeps: false }
                if node.items.is_empty() && node.stack.depth() == stack.depth() =>
            {
                let (t, f) = (inside.contains(if_true), inside.contains(if_false));
                match (t, f) {
                    (true, false) if test.is_faithful(false, folds) => {
                        Some((test.clone(), *if_true, *if_false))
                    }
                    (false, true) if test.is_faithful(true, folds) => {
                        Some((test.clone().negated(), *if_false, *if_true))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        // `while True` has left its line before that of the first test in it.
        let first = self.graph.block(header).insts.first().map_or(0, |inst| inst.line);
        let is_endless = |line: u32| self.unit.dialect.loops_to_endless_test || line < first;
        let condition = condition.filter(|_| !self.line_of_endless(header).is_some_and(is_endless));
        let line = node.line;
        let line = match condition {
            Some(_) => line,
            None => self.line_of_endless(header).unwrap_or(line),
        };
        let exits = self.exits(header, inside, condition.as_ref().map(|c| c.2), line, context);
        let inner = self.inside_loop(header, &exits, context);
        let is_endless = condition.is_none();
        let (test, start) = match condition {
            Some((test, body, _)) => (test.into_expr(folds).0, body),
            None => (Expr::at(ExprKind::Constant(Constant::Bool(true)), line), header),
        };
        if start == header && !is_endless {
            // `while test: pass`.
            let pass = Stmt::at(StmtKind::Pass, self.stop(&node.blocks, header).unwrap_or(0));
            let orelse = self.loop_else(&exits, stack, context)?;
            items.push(Item::Stmt(Stmt::at(StmtKind::While { test, body: vec![pass], orelse }, line)));
            return Ok(exits.follow);
        }
        let entered = if start == header { stack.clone() } else { node.stack.clone() };
        self.enters_header = start == header;
        let outer_break = exits.breaks_to.is_some_and(|to| self.broken_to.remove(&to));
        let walked = self.suite(start, entered, &inner)?;
        let body = plain(walked.items)?;
        let ends = exits.natural.is_some() || exits.breaks_to.is_some_and(|to| self.broken_to.contains(&to));
        if outer_break {
            self.broken_to.extend(exits.breaks_to);
        }
        let orelse = self.loop_else(&exits, stack, context)?;
        items.push(Item::Stmt(Stmt::at(StmtKind::While { test, body, orelse }, line)));
        Ok(exits.follow.filter(|_| ends))
    }

    /// The line of a `while` whose test was folded away, if that has left something behind.
    fn line_of_endless(&self, header: BlockId) -> Option<u32> {
        match self.unit.dialect.loops_to_endless_test {
            true => self.graph.marker_line_at(header),
            false => {
                let before = || self.unit.idle_before(self.graph.block(header).offset);
                let idle = self.graph.first_line_marker(header).copied().or_else(before);
                idle.filter(|idle| self.may_be_test(idle)).map(|idle| idle.line)
            }
        }
    }

    /// Whether what does nothing may be the `True` or `1` of a `while`, by its place: not so what stood alone before a loop.
    fn may_be_test(&self, idle: &LineMarker) -> bool {
        if !self.unit.dialect.has_columns {
            return true;
        }
        let columns = self.unit.columns();
        let Some(place) = columns.position(idle.offset) else { return true };
        if columns.spans_statements() {
            let next = columns.position(idle.next).and_then(|next| next.line);
            return next.is_none_or(|next| place.end_line.is_none_or(|end| next <= end));
        }
        let width = place.end_col.zip(place.col).map(|(end, start)| end.saturating_sub(start));
        place.line == place.end_line && width.is_none_or(|width| [1, "True".len() as u32].contains(&width))
    }

    /// What surrounds the body of a loop.
    pub(super) fn inside_loop(&self, header: BlockId, exits: &Exits, context: &Context) -> Context {
        Context {
            scope: context.scope,
            next: Some(header),
            breaks_to: exits.breaks_to,
            continues_to: Some(header),
        }
    }

    pub(super) fn loop_else(
        &mut self,
        exits: &Exits,
        stack: &Stack,
        context: &Context,
    ) -> Outcome<Vec<Stmt>> {
        match exits.natural {
            Some(start) if exits.has_else() => {
                let inner = Context { next: exits.follow.or(context.next), ..*context };
                plain(self.suite(start, stack.clone(), &inner)?.items)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Tells the ways out of a `for` apart.
    fn for_exits(&self, header: BlockId, context: &Context) -> Exits {
        let natural = match self.graph.block(header).terminator {
            Terminator::ForIter { exhausted, .. } => exhausted,
            _ => header,
        };
        let end = self.settle(natural).unwrap_or(natural);
        let line = self.graph.block(header).end.1;
        let mut targets: Vec<BlockId> = Vec::new();
        let around = [context.next, context.continues_to, context.breaks_to];
        let stops = |block: BlockId| around.contains(&Some(block)) || self.active.contains(&block);
        let slots = self.unit.dialect.iterator_slots;
        for (dropped, _) in breaks_of_for(self.graph, header, slots, stops) {
            let Terminator::Jump(target) = self.graph.block(dropped).terminator else { continue };
            // What returns a constant is a `return`, unless the loop's own end does the same.
            let target = match self.settle(target) {
                // Unless what is returned stands behind the loop.
                None if self.is_within(target, line, "for ") == Some(false) => Some(target),
                target => target,
            };
            if let Some(target) = target
                && !targets.iter().any(|t| self.same_target(*t, target))
            {
                targets.push(target);
            }
        }
        let next = |t: BlockId| context.next.is_some_and(|next| self.same_target(next, t));
        let known = |t: &&BlockId| self.same_target(**t, end) || next(**t);
        let follow = match targets.iter().find(known).or(targets.first()) {
            Some(target) if self.same_target(*target, end) => natural,
            Some(target) => *target,
            None => natural,
        };
        Exits { natural: Some(natural), breaks_to: Some(follow), follow: Some(follow) }
    }

    /// Tells the ways out of a `while` apart.
    fn exits(
        &self,
        header: BlockId,
        inside: &FxHashSet<BlockId>,
        natural: Option<BlockId>,
        line: u32,
        context: &Context,
    ) -> Exits {
        let mut others: Vec<BlockId> = Vec::new();
        let inside = &self.with_whole_regions(inside, context);
        let nested = self.nested_loops(header, inside);
        for block in self.flow.in_order(inside) {
            for next in self.graph.block(block).terminator.successors() {
                let is_natural = Some(next) == natural && self.is_test_of(header, block, next);
                if !inside.contains(&next) && !is_natural && !others.contains(&next) {
                    // What leaves from within an inner loop is a `return` there, if anything else is a `break`.
                    if nested.contains(&block) { others.push(next) } else { others.insert(0, next) }
                }
            }
        }
        // Ways out that only leave scopes lead on to where they say.
        let mut targets: Vec<BlockId> = Vec::new();
        for other in others {
            if let Some(target) = self.settle(other)
                && !inside.contains(&target)
                && !targets.contains(&target)
            {
                targets.push(target);
            }
        }
        let next = |t: BlockId| context.next.is_some_and(|next| self.same_target(next, t));
        // What only raises is part of the body.
        targets.retain(|t| {
            !matches!(self.graph.block(*t).terminator, Terminator::Raise(_))
                || self.flow.forward_predecessors(*t).count() > 1
        });
        targets.retain(|t| self.graph.block(*t).scope == context.scope || next(*t));
        // What an endless loop has left behind has the span of the statement, up to 3.11.
        let spans = natural.is_none() && self.unit.dialect.tests_span_statements;
        let keyword = if spans { "" } else { "while " };
        targets.retain(|t| self.is_within(*t, line, keyword) != Some(true));
        let last = inside.iter().map(|block| self.graph.block(*block).offset).max().unwrap_or(0);
        if !self.unit.dialect.tells_returns_apart
            && matches!(targets[..], [only] if !next(only) && self.is_within(only, line, keyword).is_none() && !self.active.contains(&only) && self.ends_before(only, last))
        {
            targets.clear();
        }
        let follow = match natural {
            Some(natural) => self.follow_of_natural(natural, &targets, context),
            None => self.follow_of_breaks(&targets, context),
        };
        Exits { natural, breaks_to: follow, follow }
    }

    /// Whether a block that returns a value stands in a loop, or behind it, by the column of the `return`.
    fn is_within(&self, block: BlockId, loop_line: u32, keyword: &str) -> Option<bool> {
        if !self.unit.dialect.has_columns {
            return None;
        }
        let block = self.graph.block(block);
        // Where nothing is returned, the `return` may be implied.
        if block.terminator != Terminator::Return
            || block.insts.last().is_none_or(|inst| inst.op.loads_none())
        {
            return None;
        }
        let columns = self.unit.columns();
        let place = columns.position(block.end.0)?;
        // The `return` of a constant has the place of that.
        let constant = block.insts.last().filter(|inst| matches!(inst.op, Op::Const(_)));
        let has_its_place = constant.is_some_and(|inst| columns.position(inst.offset) == Some(place));
        let column = place.col?.checked_sub(if has_its_place { "return ".len() as u32 } else { 0 })?;
        Some(column > columns.of_keyword(loop_line, keyword)?)
    }

    /// The blocks of a loop, and those of the protected statements in it: a way out of one that does not lead back to the
    /// header is in the loop all the same.
    fn with_whole_regions(&self, inside: &FxHashSet<BlockId>, context: &Context) -> FxHashSet<BlockId> {
        let mut all = inside.clone();
        let mut seen = FxHashSet::default();
        for block in inside {
            let scope = self.graph.block(*block).scope;
            if scope == context.scope || !self.graph.is_within(scope, context.scope) {
                continue;
            }
            let (Scope::Body(region) | Scope::Handler(region)) = self.scope_towards(context.scope, scope)
            else {
                continue;
            };
            if seen.insert(region) {
                all.extend(self.blocks_within(Graph::body_scope(region)));
                all.extend(self.blocks_within(Graph::handler_scope(region)));
            }
        }
        all
    }

    /// The blocks that are in a loop within this one.
    fn nested_loops(&self, header: BlockId, inside: &FxHashSet<BlockId>) -> FxHashSet<BlockId> {
        let mut nested = FxHashSet::default();
        for block in self.flow.in_order(inside) {
            if block != header && self.flow.is_header(block) && !nested.contains(&block) {
                nested.extend(self.flow.loop_body(block));
            }
        }
        nested
    }

    /// Whether a way out that nothing else takes ends the function, and was written before the end of the loop.
    fn ends_before(&self, start: BlockId, end: u32) -> bool {
        let mut from = self.flow.forward_predecessors(start);
        let scope = |block: BlockId| self.graph.block(block).scope;
        // What leaves a protected statement on its way is left to `break`.
        let lone = matches!((from.next(), from.next()), (Some(from), None) if scope(from) == scope(start));
        let is_broken_to = self.stop(&self.flow.predecessors[start.index()], start).is_some();
        lone && !is_broken_to && self.graph.block(start).offset < end && self.leads_to(start).is_empty()
    }

    /// Whether an edge out of the loop belongs to its own test.
    fn is_test_of(&self, header: BlockId, from: BlockId, _to: BlockId) -> bool {
        from == header
    }

    /// Follows ways out of scopes: `None` when they return. What is returned after falling off the end of a scope is none
    /// of them.
    pub(super) fn settle(&self, mut at: BlockId) -> Option<BlockId> {
        let mut falls = false;
        for _ in 0..64 {
            let block = self.graph.block(at);
            falls |= block.insts.iter().any(|inst| inst.op == Op::FallsOut);
            match block.terminator {
                Terminator::Return | Terminator::Reraise if falls => return Some(at),
                Terminator::Jump(_) if falls && self.starts_jump(at) => return Some(at),
                Terminator::Jump(next) if self.is_way_out(at) && self.leaves_something(at) => at = next,
                Terminator::Return | Terminator::Reraise if self.is_way_out(at) => return None,
                _ => return Some(at),
            }
        }
        Some(at)
    }

    fn leaves_something(&self, at: BlockId) -> bool {
        self.graph.block(at).insts.iter().all(|inst| {
            matches!(
                inst.op,
                Op::Pop
                    | Op::PopExcept(_)
                    | Op::LeaveHandler { .. }
                    | Op::LeaveFinally(_)
                    | Op::FallsOut
                    | Op::JumpsOut
                    | Op::WithExit
                    | Op::Const(_)
                    | Op::Copy(_)
                    | Op::Swap(_)
                    | Op::Rotate(_)
                    | Op::Call { .. }
                    | Op::GetAwaitable
                    | Op::YieldFrom
                    | Op::PushNull
            )
        })
    }
}
