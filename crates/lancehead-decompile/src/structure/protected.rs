//! `with`, `try`.

use lancehead_ast::{ExceptHandler, ExprKind, Stmt, StmtKind, WithItem};
use lancehead_ir::{BlockId, Graph, Op, RegionId, Scope, ScopeId, Terminator};

use super::branch::plain;
use super::{Context, Structurer};
use crate::code::failure::Outcome;
use crate::execute::item::{Item, Source, take_bound};
use crate::execute::value::{Stack, Value};
use crate::graph::exits::exit_call;
use crate::graph::handlers::HandlerKind;
use crate::tree::query::cannot_fall_through;

/// Where the parts of a protected statement lead once they are done.
#[derive(Debug, Default)]
struct Ways {
    /// Blocks that control reaches, and what they settle to.
    targets: Vec<(BlockId, BlockId)>,
}

impl Ways {
    fn settled(&self) -> Vec<BlockId> {
        let mut all: Vec<BlockId> = self.targets.iter().map(|t| t.1).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Structurer<'_> {
    /// Builds the statement whose region starts at a block. Gives where control goes on.
    pub(super) fn protected(
        &mut self,
        at: BlockId,
        stack: &mut Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<Option<BlockId>> {
        let scope = self.graph.block(at).scope;
        let Scope::Body(region) = self.scope_towards(context.scope, scope) else {
            return self.fail("a handler entered without an exception", at);
        };
        match self.kinds[region.index()] {
            HandlerKind::With => self.with_statement(at, region, stack, context, items),
            HandlerKind::Except => self.try_except(at, region, stack, context, items),
            HandlerKind::Finally => self.try_finally(at, region, stack, context, items),
        }
    }

    /// The ways out of a scope, but those that return, `break`, `continue` or raise; `after` is known to be none of them.
    fn ways_out(&self, scope: ScopeId, context: &Context, after: Option<BlockId>) -> Ways {
        let mut ways = Ways::default();
        for block in self.blocks_within(scope) {
            for next in self.graph.block(block).terminator.successors() {
                if self.graph.is_within(self.graph.block(next).scope, scope)
                    || ways.targets.iter().any(|t| t.0 == next)
                {
                    continue;
                }
                let Some(target) = self.settle_out(next, context, after) else { continue };
                let is = |to: Option<BlockId>| to.is_some_and(|to| self.same_target(to, target));
                let jumps = !is(context.next) && (is(context.breaks_to) || is(context.continues_to));
                if !jumps {
                    ways.targets.push((next, target));
                }
            }
        }
        ways
    }

    /// Follows what leaving scopes implies; `None` when it ends in a return.
    fn settle_out(&self, start: BlockId, context: &Context, after: Option<BlockId>) -> Option<BlockId> {
        let known =
            |b: BlockId| [context.next, context.breaks_to, context.continues_to, after].contains(&Some(b));
        if self.starts_jump(start) {
            return None;
        }
        let mut at = start;
        // What is returned after falling off the end is loaded there.
        let mut falls = false;
        for _ in 0..64 {
            if known(at) || !self.is_way_out(at) {
                break;
            }
            let block = self.graph.block(at);
            if falls && block.insts.iter().any(|i| matches!(i.op, Op::Const(_))) {
                break;
            }
            falls |= block.insts.iter().any(|i| i.op == Op::FallsOut);
            match block.terminator {
                Terminator::Jump(next) => at = next,
                _ => return None,
            }
        }
        Some(self.originals[self.leave(start, context).index()])
    }

    /// Follows blocks that do nothing but leave scopes.
    fn leave(&self, start: BlockId, context: &Context) -> BlockId {
        let known = |b: BlockId| [context.next, context.breaks_to, context.continues_to].contains(&Some(b));
        let mut at = start;
        for _ in 0..64 {
            match self.graph.block(at).terminator {
                Terminator::Jump(next) if !known(at) && self.only_leaves(at) && !self.starts_jump(at) => {
                    at = next;
                }
                _ => break,
            }
        }
        at
    }

    /// The blocks of a scope and of all scopes within it.
    pub(super) fn blocks_within(&self, scope: ScopeId) -> Vec<BlockId> {
        let mut scopes = vec![scope];
        let mut blocks = Vec::new();
        while let Some(scope) = scopes.pop() {
            blocks.extend_from_slice(&self.by_scope[scope.index()]);
            scopes.extend_from_slice(&self.inner_scopes[scope.index()]);
        }
        blocks.sort_by_key(|block| self.flow.position(*block));
        blocks
    }

    /// Whether a block does nothing but leave scopes.
    pub(super) fn only_leaves(&self, at: BlockId) -> bool {
        let insts = &self.graph.block(at).insts;
        let start = exit_call(insts).unwrap_or(0);
        !insts.is_empty()
            && insts[start..].iter().all(|inst| {
                matches!(
                    inst.op,
                    Op::Pop
                        | Op::PopExcept(_)
                        | Op::LeaveHandler { .. }
                        | Op::LeaveFinally(_)
                        | Op::FallsOut
                        | Op::JumpsOut
                        | Op::SuppressException
                )
            })
    }

    fn with_statement(
        &mut self,
        at: BlockId,
        region: RegionId,
        stack: &mut Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<Option<BlockId>> {
        let mut below = stack.clone();
        below.pop();
        let mut base = below.clone();
        while let Some(Value::Ignored | Value::Null) = base.top() {
            base.pop();
        }
        let Some((Value::WithExit(manager), _)) = base.pop() else {
            return self.fail("a `with` that was not entered", at);
        };
        let (line, is_async) = (manager.line, manager.is_async);
        let body = self.ways_out(Graph::body_scope(region), context, None);
        let handler = self.suppressed(region, context);
        let follow = match (&handler[..], &body.settled()[..]) {
            ([one, ..], many) if many.is_empty() || many.contains(one) => Some(*one),
            (_, [one]) => Some(*one),
            ([], []) => None,
            ([one], _) => Some(*one),
            _ => return self.fail("a `with` with several ways out", at),
        };
        let inner = Context { scope: Graph::body_scope(region), next: follow, ..*context };
        let entered = stack.clone();
        let walked = self.suite(at, entered, &inner)?;
        let Ok((target, body)) = take_bound(walked.items, Source::Enter) else {
            return self.fail("a `with` that binds its value late", at);
        };
        let mut managers = vec![WithItem { context: manager.context.clone(), target }];
        let body = match self.joined(body, line, is_async) {
            Ok((more, body)) => {
                managers.extend(more);
                body
            }
            Err(body) => body,
        };
        let kind = StmtKind::With { items: managers, body, is_async };
        items.push(Item::Stmt(Stmt::at(kind, line)));
        *stack = base;
        Ok(follow)
    }

    /// Takes a lone `with` apart that was written as one with the statement around it: on the same line, or where a suite
    /// could not stand.
    fn joined(
        &self,
        mut body: Vec<Stmt>,
        at: u32,
        asynchronous: bool,
    ) -> Result<(Vec<WithItem>, Vec<Stmt>), Vec<Stmt>> {
        match body.pop() {
            Some(Stmt { kind: StmtKind::With { items, body: inner, is_async }, line })
                if body.is_empty()
                    && at > 0
                    && is_async == asynchronous
                    && (line == at || self.is_within_with((at, line), &inner, is_async)) =>
            {
                Ok((items, inner))
            }
            last => {
                body.extend(last);
                Err(body)
            }
        }
    }

    /// Whether the manager on the second of two lines cannot be that of a `with` of its own, by the columns: that would
    /// stand deeper than the one around it, and its body deeper still.
    fn is_within_with(&self, (outer, inner): (u32, u32), body: &[Stmt], is_async: bool) -> bool {
        if !self.unit.dialect.has_columns || inner <= outer {
            return false;
        }
        let columns = self.unit.columns();
        let keyword = if is_async { "async with " } else { "with " };
        let Some(outer) = columns.behind(outer, keyword) else { return false };
        columns.behind(inner, keyword).is_none_or(|inner| {
            inner <= outer || columns.of_suite(body).is_some_and(|column| column <= inner)
        })
    }

    /// Where control goes on when the manager suppresses the exception: what follows the statement, even if that is a
    /// return.
    fn suppressed(&self, region: RegionId, context: &Context) -> Vec<BlockId> {
        let scope = Graph::handler_scope(region);
        let mut targets = Vec::new();
        for &block in &self.by_scope[scope.index()] {
            for next in self.graph.block(block).terminator.successors() {
                if self.graph.is_within(self.graph.block(next).scope, scope) {
                    continue;
                }
                let target = self.originals[self.leave(next, context).index()];
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        targets
    }

    fn try_except(
        &mut self,
        at: BlockId,
        region: RegionId,
        stack: &mut Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<Option<BlockId>> {
        // Where the statement ends is known, even if all that is done there is to return.
        let after = self.graph.region(region).after;
        let body_ways = self.ways_out(Graph::body_scope(region), context, after);
        let clause_ways = self.ways_out(Graph::handler_scope(region), context, after);
        let (ends, clause_ends) = (body_ways.settled(), clause_ways.settled());
        let place = |at: BlockId| self.originals[self.leave(at, context).index()];
        let end = match ends[..] {
            _ if after.is_some() => after.map(place),
            [] => None,
            [one] => Some(one),
            _ => {
                // Several blocks that are ways on: the one written last is reached by falling off the end.
                ends.iter().copied().max_by_key(|b| self.graph.block(*b).offset)
            }
        };
        let star_end = self.after_star_clauses(region);
        let is_star = star_end.is_some();
        let told_end = self.graph.region(region).clauses_end.map(place);
        let clause_end = star_end.or(told_end).or_else(|| self.common_end(&clause_ends, end, context));
        let (follow, else_start) = match (end, clause_end) {
            (Some(end), Some(clause_end)) if end != clause_end => {
                match context.continues_to == Some(clause_end) && !is_star && self.has_no_room(region, end) {
                    true => (Some(end), None),
                    false => (Some(clause_end), Some(end)),
                }
            }
            (Some(end), _) => (Some(end), None),
            (None, clause_end) => (clause_end, None),
        };
        let body_next = else_start.or(follow);
        let body_context = Context { scope: Graph::body_scope(region), next: body_next, ..*context };
        let body = plain(self.suite(at, stack.clone(), &body_context)?.items)?;
        let handler_context = Context { scope: Graph::handler_scope(region), next: follow, ..*context };
        let handlers = match is_star {
            true => self.star_clauses(region, self.handler_stack(region, stack), &handler_context)?,
            false => self.clauses(region, stack, &handler_context)?,
        };
        let orelse = match else_start {
            Some(start) => {
                let inner = Context { next: follow, ..*context };
                plain(self.suite(start, stack.clone(), &inner)?.items)?
            }
            None => Vec::new(),
        };
        let (mut body, mut orelse) = (body, orelse);
        if orelse.is_empty() && !self.unit.dialect.exact_scopes {
            orelse = written_behind(&mut body, &handlers);
        }
        let behind =
            match follow.is_none() && handlers.iter().all(|handler| cannot_fall_through(&handler.body)) {
                true => self.taken_out(&body, &mut orelse),
                false => Vec::new(),
            };
        let line = self.graph.region(region).line;
        let kind = StmtKind::Try { body, handlers, orelse, finalbody: Vec::new(), is_star };
        items.push(Item::Stmt(Stmt::at(kind, line)));
        items.extend(behind.into_iter().map(Item::Stmt));
        Ok(follow)
    }

    /// Takes the statements out of an `else` that stand less deep than the body, by their columns: they follow the whole.
    fn taken_out(&self, body: &[Stmt], orelse: &mut Vec<Stmt>) -> Vec<Stmt> {
        if !self.unit.dialect.has_columns || orelse.is_empty() {
            return Vec::new();
        }
        let columns = self.unit.columns();
        match (columns.of_suite(body), columns.of_suite(orelse)) {
            (Some(body), Some(column)) if column < body => std::mem::take(orelse),
            _ => Vec::new(),
        }
    }

    /// Whether the line of `else:` is not between the clauses of a region and a block.
    fn has_no_room(&self, region: RegionId, next: BlockId) -> bool {
        if self.unit.dialect.tells_returns_apart {
            return false;
        }
        let lines = |block: BlockId| self.graph.block(block).insts.iter().map(|inst| inst.line);
        let start = lines(next).find(|line| *line > 0).unwrap_or(0);
        let scope = Graph::handler_scope(region);
        let clauses = self.blocks_within(scope);
        // A clause is left behind its scope.
        let leaves = clauses.iter().flat_map(|block| self.graph.block(*block).terminator.successors());
        let leaves = leaves.filter(|block| self.is_way_out(*block));
        let end = clauses.iter().copied().chain(leaves).flat_map(lines).max().unwrap_or(0);
        start > end && end > 0 && start != end + 2
    }

    /// Where the clauses go on: where all of them do, or the place that the others lead to.
    fn common_end(&self, ends: &[BlockId], body_end: Option<BlockId>, context: &Context) -> Option<BlockId> {
        match ends {
            [] => None,
            [one] => Some(*one),
            _ => body_end
                .filter(|end| ends.contains(end))
                .or_else(|| context.next.filter(|next| ends.contains(next)))
                .or_else(|| ends.iter().copied().max_by_key(|b| self.flow.position(*b))),
        }
    }

    fn try_finally(
        &mut self,
        at: BlockId,
        region: RegionId,
        stack: &mut Stack,
        context: &Context,
        items: &mut Vec<Item>,
    ) -> Outcome<Option<BlockId>> {
        let ends = self.ways_out(Graph::body_scope(region), context, None).settled();
        let after = self.graph.region(region).after;
        let follow = match ends[..] {
            _ if after.is_some() => after.map(|after| self.originals[self.leave(after, context).index()]),
            [] => None,
            [one] => Some(one),
            _ => ends.iter().copied().max_by_key(|b| self.graph.block(*b).offset),
        };
        let body_context = Context { scope: Graph::body_scope(region), next: follow, ..*context };
        let body = plain(self.suite(at, stack.clone(), &body_context)?.items)?;
        let handler = self.graph.region(region).handler;
        let handler_context = Context { scope: Graph::handler_scope(region), next: None, ..*context };
        let handler_stack = self.handler_stack(region, stack);
        let mut finalbody = plain(self.suite(handler, handler_stack, &handler_context)?.items)?;
        if finalbody.is_empty() {
            finalbody.push(Stmt::new(StmtKind::Pass));
        }
        let mut line = self.graph.region(region).line;
        if line == 0
            && let [Stmt { kind: StmtKind::Try { .. }, line: inner }] = &body[..]
        {
            line = *inner;
        }
        let mut body = body;
        let behind = if follow.is_none() { self.returns_behind(&mut body, &finalbody) } else { None };
        let kind = match unnest(body) {
            // `try: … except: … finally: …` is one statement.
            Ok((body, handlers, orelse, is_star)) => {
                StmtKind::Try { body, handlers, orelse, finalbody, is_star }
            }
            Err(body) => {
                StmtKind::Try { body, handlers: Vec::new(), orelse: Vec::new(), finalbody, is_star: false }
            }
        };
        items.push(Item::Stmt(Stmt::at(kind, line)));
        items.extend(behind.map(Item::Stmt));
        Ok(follow)
    }

    /// Takes a `return` that is nothing but a constant off the end of a `try` behind whose `finally` it stands.
    fn returns_behind(&self, body: &mut Vec<Stmt>, finalbody: &[Stmt]) -> Option<Stmt> {
        let is_constant = |value: &Option<lancehead_ast::Expr>| {
            value.as_ref().is_none_or(|value| matches!(value.kind, ExprKind::Constant(_)))
        };
        match &body[..] {
            [_, .., Stmt { kind: StmtKind::Return(value), line }]
                if is_constant(value)
                    && !self.unit.dialect.exact_scopes
                    && *line > crate::tree::query::last_line(finalbody) =>
            {
                body.pop()
            }
            _ => None,
        }
    }
}

type Clauses = (Vec<Stmt>, Vec<ExceptHandler>, Vec<Stmt>, bool);

/// Takes the statement off the end of a `try` that was written behind the clauses, in `else`: one that leaves without doing
/// anything that could raise.
fn written_behind(body: &mut Vec<Stmt>, handlers: &[ExceptHandler]) -> Vec<Stmt> {
    let behind = handlers.last().map_or(0, |handler| handler.line);
    let leaves = |kind: &StmtKind| match kind {
        StmtKind::Break | StmtKind::Continue | StmtKind::Return(None) => true,
        StmtKind::Return(Some(value)) => matches!(value.kind, ExprKind::Constant(_) | ExprKind::Name(_)),
        _ => false,
    };
    match body.last() {
        Some(last) if body.len() > 1 && behind > 0 && last.line > behind && leaves(&last.kind) => {
            body.split_off(body.len() - 1)
        }
        _ => Vec::new(),
    }
}

/// Takes a lone `try … except` apart, so that a `finally` can join it.
fn unnest(mut body: Vec<Stmt>) -> Result<Clauses, Vec<Stmt>> {
    let lone = matches!(
        &body[..],
        [Stmt { kind: StmtKind::Try { finalbody, handlers, .. }, .. }] if finalbody.is_empty() && !handlers.is_empty()
    );
    match if lone { body.pop().map(|s| s.kind) } else { None } {
        Some(StmtKind::Try { body, handlers, orelse, is_star, .. }) => Ok((body, handlers, orelse, is_star)),
        _ => Err(body),
    }
}
