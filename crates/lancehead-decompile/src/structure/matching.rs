//! `match`.

use lancehead_ast::{Constant, Expr, ExprKind, MatchCase, Pattern, Stmt, StmtKind};
use lancehead_ir::{BlockId, Op, Terminator};

use super::branch::plain;
use super::members::Members;
use super::pattern::wildcard;
use super::pattern_case::{Case, Failed, Place, Success, case, settle};
use super::{Context, End, Node, Structurer, Walked};
use crate::code::failure::Outcome;
use crate::execute::item::Item;
use crate::execute::value::{Stack, Value};
use crate::structure::condition::Test;

/// Where a `match` leads on, and the stack there.
pub type Follow = (Option<BlockId>, Stack);

/// A `case` without its body.
#[derive(Debug)]
struct Head {
    pattern: Pattern,
    guard: Option<Expr>,
    /// Where the body starts, if it can be reached.
    body: Option<BlockId>,
    /// The body drops the subject.
    drops_subject: bool,
    line: u32,
}

impl Head {
    /// A `case` whose guard is a false constant: the compiler drops its body, and tests the pattern all the same.
    fn never(pattern: Pattern, line: u32) -> Head {
        Head { pattern, guard: Some(constant(false, line)), body: None, drops_subject: true, line }
    }
}

/// The `case`s of a statement, as they are found.
#[derive(Debug, Default)]
struct Heads {
    heads: Vec<Head>,
    /// The blocks that decide between them.
    blocks: Vec<BlockId>,
    /// Where control goes when none matches, if one may not.
    otherwise: Option<BlockId>,
    /// A `case _` follows even if it does nothing.
    has_default: bool,
}

impl Structurer<'_> {
    /// Builds the `match` that a node ends in, if it does. Gives where the suite goes on.
    pub(super) fn match_statement(
        &mut self,
        node: &mut Node,
        context: &Context,
        walked: &mut Walked,
    ) -> Outcome<Option<Follow>> {
        if !matches!(node.end, End::Match(_) | End::Branch { .. }) {
            return Ok(None);
        }
        let mut base = node.stack.clone();
        let mut heads = Heads { blocks: node.blocks.clone(), ..Heads::default() };
        let first = node.blocks[0];
        let subject = match node.end {
            End::Match(start) => {
                let Some(subject) = base.pop().and_then(|(value, _)| self.subject(value)) else {
                    return self.fail("a `match` of something that is no expression", first);
                };
                self.heads(Some(start), &base, &mut heads)?;
                subject
            }
            End::Branch { .. } => match self.guarded_start(node, &mut base, &mut heads)? {
                Some((subject, next)) => {
                    self.heads(next, &base, &mut heads)?;
                    subject
                }
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        walked.items.append(&mut node.items);
        let follow = self.match_bodies(subject, heads, &base, context, walked)?;
        Ok(Some((follow, base)))
    }

    fn subject(&self, value: Value) -> Option<Expr> {
        crate::execute::Machine::new(self.unit, Stack::default()).to_expr(value).ok()
    }

    /// A first `case` that is a capture or `_` with a guard looks like a branch with the subject left on the stack.
    fn guarded_start(
        &mut self,
        node: &Node,
        base: &mut Stack,
        heads: &mut Heads,
    ) -> Outcome<Option<(Expr, Option<Place>)>> {
        let End::Branch { keeps: false, .. } = node.end else { return Ok(None) };
        let Some((body, next, guard)) = self.guard_ways(node, None) else { return Ok(None) };
        let (subject, name) = match base.pop() {
            Some((Value::Expr(subject), _)) => (subject, None),
            Some((Value::Shared(shared), _)) if shared.uses.get() == 0 => {
                let name = shared.pending.borrow_mut().pop();
                let Some(subject) = self.subject(Value::Shared(shared)) else { return Ok(None) };
                (subject, name)
            }
            _ => return Ok(None),
        };
        let pattern = match name.map(|n| n.kind) {
            None => wildcard(),
            Some(ExprKind::Name(name)) => Pattern::As { pattern: None, name: Some(name) },
            Some(_) => return Ok(None),
        };
        let line = guard.line;
        heads.heads.push(Head { pattern, guard: Some(guard), body: Some(body), drops_subject: true, line });
        Ok(Some((subject, Some((next, 0)))))
    }

    /// For a guard: the body, which drops the subject, and the other way; and the guard as an expression.
    fn guard_ways(&self, node: &Node, next: Option<BlockId>) -> Option<(BlockId, BlockId, Expr)> {
        let End::Branch { ref test, if_true, if_false, keeps: false } = node.end else { return None };
        if matches!(test, Test::Exception(_)) {
            return None;
        }
        let drops = |b: BlockId| {
            let start = self.starts.get(&b).copied().unwrap_or(0);
            matches!(self.graph.block(b).insts.get(start).map(|i| &i.op), Some(Op::Pop))
        };
        let negated = match next {
            Some(next) if if_false == next => false,
            Some(next) if if_true == next => true,
            Some(_) => return None,
            None if drops(if_true) => false,
            None => true,
        };
        let (body, next) = if negated { (if_false, if_true) } else { (if_true, if_false) };
        if !drops(body) {
            return None;
        }
        let test = if negated { test.clone().negated() } else { test.clone() };
        let (guard, faithful) = test.into_expr(self.folds());
        faithful.then_some((body, next, guard))
    }

    /// Finds the `case`s from the one that starts at a place.
    fn heads(&mut self, start: Option<Place>, base: &Stack, heads: &mut Heads) -> Outcome<()> {
        let mut at = start;
        while let Some(place) = at {
            self.spend(1)?;
            let found = case(self.unit, self.graph, place);
            at = match found {
                Some(case) => self.head(case, base, heads)?,
                None => {
                    let line = self.graph.block(place.0).insts.get(place.1).map_or(0, |i| i.line);
                    Some(self.guarded(wildcard(), line, place, None, base, heads)?)
                }
            };
        }
        Ok(())
    }

    /// Adds one `case`. Gives where the next starts.
    fn head(&mut self, case: Case, base: &Stack, heads: &mut Heads) -> Outcome<Option<Place>> {
        let Case { pattern, is_followed, success, failed, blocks, line, last_line } = case;
        heads.blocks.extend(blocks);
        match success {
            Success::Body(place) => {
                let body = self.begin_at(place);
                // A body that starts in the middle of a block is none of the blocks that decide.
                heads.blocks.retain(|b| *b != body);
                if failed.is_none() && !is_followed && pattern == wildcard() && !heads.heads.is_empty() {
                    self.last_wildcard(body, line, base, heads)?;
                    return Ok(None);
                }
                if let Some(Failed::End(end)) = failed {
                    heads.otherwise = Some(self.begin_at(end));
                    let lines = [line, last_line];
                    if let Some((body, guard)) = self.last_guard(body, &lines, base, heads)? {
                        let guard = Some(guard);
                        heads.heads.push(Head {
                            pattern,
                            guard,
                            body: Some(body),
                            drops_subject: false,
                            line,
                        });
                        return Ok(None);
                    }
                }
                let always = is_followed && failed.is_none();
                let guard = always.then(|| constant(true, line));
                heads.heads.push(Head { pattern, guard, body: Some(body), drops_subject: false, line });
                if always {
                    // The compiler has dropped the cases after one that always matches.
                    let never = Pattern::Singleton(Constant::None);
                    heads.heads.push(Head { guard: None, ..Head::never(never, line) });
                }
                Ok(match failed {
                    Some(Failed::Next(next)) => Some(next),
                    _ => None,
                })
            }
            Success::Guard(place) => {
                let next = match failed {
                    Some(Failed::Next(next)) => Some(next),
                    Some(Failed::End(_)) => return self.fail("a guard without a subject", place.0),
                    None => None,
                };
                self.guarded(pattern, line, place, next, base, heads).map(Some)
            }
        }
    }

    /// Adds a `case _` that drops the subject itself: it has a guard, or it would come last, where it does nothing.
    fn last_wildcard(&mut self, start: BlockId, line: u32, base: &Stack, heads: &mut Heads) -> Outcome<()> {
        let line = self.line_before(start).unwrap_or(line);
        let mut head = Head {
            pattern: wildcard(),
            guard: Some(constant(true, line)),
            body: Some(start),
            drops_subject: false,
            line,
        };
        let node = self.taken(start, base)?;
        if let End::Branch { test, if_true, if_false, keeps: false } = node.end
            && node.items.is_empty()
            && node.stack.same(base)
            && !matches!(test, Test::Exception(_))
        {
            heads.blocks.extend(node.blocks);
            let (guard, _) = test.into_expr(self.folds());
            (head.guard, head.body) = (Some(guard), Some(if_true));
            heads.otherwise = Some(if_false);
            heads.has_default = true;
        }
        heads.heads.push(head);
        Ok(())
    }

    /// The guard of the last `case` that tests anything, for which the subject is not kept: a branch on a line of the
    /// pattern, one way of which leads to where control goes when the pattern does not match. Gives the body, too.
    fn last_guard(
        &mut self,
        start: BlockId,
        lines: &[u32],
        base: &Stack,
        heads: &mut Heads,
    ) -> Outcome<Option<(BlockId, Expr)>> {
        let is_plain = self.graph.block(start).scope == self.graph.block(heads.blocks[0]).scope
            && !self.flow.is_header(start);
        let Ok(node) = self.taken(start, base) else { return Ok(None) };
        let End::Branch { test, if_true, if_false, keeps: false } = node.end else { return Ok(None) };
        if !is_plain || !node.items.is_empty() || !node.stack.same(base) || matches!(test, Test::Exception(_))
        {
            return Ok(None);
        }
        let (body, test) = match heads.otherwise {
            Some(otherwise) if otherwise == if_false => (if_true, test),
            Some(otherwise) if otherwise == if_true => (if_false, test.negated()),
            _ => return Ok(None),
        };
        let (guard, faithful) = test.into_expr(self.folds());
        if !faithful || !lines.contains(&guard.line) {
            return Ok(None);
        }
        heads.blocks.extend(node.blocks);
        Ok(Some((body, guard)))
    }

    /// Adds a `case` with a guard. Gives where the next starts.
    fn guarded(
        &mut self,
        pattern: Pattern,
        line: u32,
        place: Place,
        next: Option<Place>,
        base: &Stack,
        heads: &mut Heads,
    ) -> Outcome<Place> {
        if next.is_some_and(|next| settle(self.graph, next) == settle(self.graph, place)) {
            heads.heads.push(Head::never(pattern, line));
            return Ok(place);
        }
        let start = self.begin_at(place);
        let mut stack = base.clone();
        stack.push(Value::Ignored, self.unit.tick());
        let node = self.taken(start, &stack)?;
        let known = next.filter(|n| n.1 == 0).map(|n| n.0);
        let ways = self.guard_ways(&node, known);
        let (Some((body, other, guard)), true) = (ways, node.items.is_empty() && node.stack.same(&stack))
        else {
            return self.fail("a guard that is no condition", start);
        };
        heads.blocks.extend(node.blocks);
        heads.heads.push(Head { pattern, guard: Some(guard), body: Some(body), drops_subject: true, line });
        Ok(next.unwrap_or((other, 0)))
    }

    /// The block in which a suite starts at a place; executing it starts there.
    fn begin_at(&mut self, place: Place) -> BlockId {
        let (block, index) = settle(self.graph, place);
        if index > 0 {
            self.starts.insert(block, index);
            self.reduced.remove(&block);
        }
        block
    }

    fn match_bodies(
        &mut self,
        subject: Expr,
        heads: Heads,
        base: &Stack,
        context: &Context,
        walked: &mut Walked,
    ) -> Outcome<Option<BlockId>> {
        let join = self.match_join(&heads, context);
        let inner = Context { next: join.or(context.next), ..*context };
        let mut cases = Vec::with_capacity(heads.heads.len() + 1);
        let mut falls = false;
        for head in heads.heads {
            let mut stack = base.clone();
            if head.drops_subject {
                stack.push(Value::Ignored, self.unit.tick());
            }
            let body = match head.body {
                Some(start) => self.suite(start, stack, &inner)?,
                None => Walked::default(),
            };
            falls |= body.falls;
            let Head { pattern, guard, line, .. } = head;
            cases.push(MatchCase {
                pattern,
                guard,
                body: plain(body.items)?,
                line,
                pattern_lines: Vec::new(),
            });
        }
        let mut follow = join;
        if let Some(otherwise) = heads.otherwise {
            let is_case = self.line_before(otherwise).is_some();
            if !falls && join.is_none() && Some(otherwise) != context.next && !heads.has_default && !is_case {
                // What follows cases that never end needs no `case _`.
                follow = Some(otherwise);
                falls = true;
            } else {
                let body = self.suite(otherwise, base.clone(), &inner)?;
                falls |= body.falls;
                let line = self.line_before(otherwise).unwrap_or(self.graph.block(otherwise).end.1);
                if !body.items.is_empty() || heads.has_default {
                    let body = plain(body.items)?;
                    cases.push(MatchCase {
                        pattern: wildcard(),
                        guard: None,
                        body,
                        line,
                        pattern_lines: Vec::new(),
                    });
                }
            }
        }
        let line = subject.line;
        walked.items.push(Item::Stmt(Stmt::at(StmtKind::Match { subject, cases }, line)));
        if !falls {
            return Ok(None);
        }
        if follow.is_none() {
            walked.falls = true;
        }
        Ok(follow)
    }

    /// The line of a `case _`, which has left nothing else, before what a block starts with.
    fn line_before(&self, block: BlockId) -> Option<u32> {
        let mut at = block;
        let mut start = self.starts.get(&block).copied().unwrap_or(0);
        // The subject is dropped first.
        for _ in 0..4 {
            let block = self.graph.block(at);
            match block.insts[start.min(block.insts.len())..].iter().find(|inst| inst.op != Op::Pop) {
                Some(first) => return self.unit.idle_line_before(first.offset),
                None => match block.terminator {
                    Terminator::Jump(next) => (at, start) = (next, 0),
                    _ => return None,
                },
            }
        }
        None
    }

    /// Where the bodies meet again.
    fn match_join(&self, heads: &Heads, context: &Context) -> Option<BlockId> {
        let known = [context.next, context.continues_to, context.breaks_to];
        let members = Members::of(&heads.blocks, 2 * heads.blocks.len());
        heads
            .blocks
            .iter()
            .flat_map(|b| self.flow.children[b.index()].iter().copied())
            .filter(|b| {
                !known.contains(&Some(*b))
                    && !members.contains(*b)
                    && self.graph.block(*b).scope == context.scope
                    && self.ways_from(*b, &members) >= 2
            })
            .max_by_key(|b| self.flow.position(*b))
    }
}

fn constant(value: bool, line: u32) -> Expr {
    Expr::at(ExprKind::Constant(Constant::Bool(value)), line)
}
