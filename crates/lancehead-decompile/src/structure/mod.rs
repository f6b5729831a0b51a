//! From the graph to statements.
//!
//! The structurer walks the graph along the way control takes, one suite at a time. At each block it knows the suite's
//! surroundings ([`Context`]): where falling off its end leads, where `break` and `continue` lead, and in which scope of
//! the protected regions it stands. A branch becomes an `if`, whose arms end where dominance says that they meet again; a
//! block that heads a loop becomes a loop; a block in an inner scope starts a `try` or `with`. Way out that several
//! paths share without meeting in any statement's follow are copied: the compiler does so itself, and the walk that
//! compares programs cannot tell copies from the original.

mod assertion;
mod boundary;
mod bounded_loop;
mod branch;
mod chain;
mod clauses;
mod comprehension;
pub mod condition;
mod conditional;
mod end;
mod exits;
mod loop_exits;
mod loops;
mod matching;
mod members;
mod node;
mod operands;
mod pattern;
mod pattern_case;
mod pattern_machine;
mod pattern_start;
mod protected;
mod star;

pub use comprehension::{Built, collection, from_loop};
pub use end::{End, Node};

use std::rc::Rc;

use lancehead_ast::{Stmt, StmtKind};
use lancehead_ir::{BlockId, ElidedJump, Graph, Scope, ScopeId, Temporaries};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::code::budget::{Budget, LEAST_STEPS, MAX_SUITE_DEPTH, STEPS_PER_BLOCK};
use crate::code::failure::{Failure, Outcome};
use crate::code::form::Form;
use crate::code::unit::Unit;
use crate::execute::item::Item;
use crate::execute::value::Stack;
use crate::graph::exit_copies::originals;
use crate::graph::flow::Flow;
use crate::graph::handlers::HandlerKind;
use crate::graph::prepared::Prepared;
use crate::tree::assertion::{failed_assertion, fails_assertion};
use members::Members;

/// What surrounds a suite.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The scope that its blocks stand in.
    pub scope: ScopeId,
    /// Where falling off its end leads.
    pub next: Option<BlockId>,
    /// Where `break` leads.
    pub breaks_to: Option<BlockId>,
    /// Where `continue` leads.
    pub continues_to: Option<BlockId>,
}

/// A suite, and whether control can fall off its end.
#[derive(Debug, Clone, Default)]
pub struct Walked {
    /// The statements.
    pub items: Vec<Item>,
    /// Whether control reaches the end.
    pub falls: bool,
}

/// Turns one graph into statements.
#[derive(Debug)]
pub struct Structurer<'u> {
    unit: &'u Unit<'u>,
    graph: &'u Graph,
    flow: &'u Flow,
    kinds: &'u [HandlerKind],
    /// Where all ways of a module or class end.
    end: Option<BlockId>,
    originals: Vec<BlockId>,
    /// Whether a block ends the function, or leads nowhere else than to its end.
    ends: Vec<bool>,
    reduced: FxHashMap<BlockId, (Stack, Rc<Node>)>,
    /// Where executing a block starts, if a pattern ends in the middle of it.
    starts: FxHashMap<BlockId, usize>,
    /// The blocks of each scope itself, in order.
    by_scope: Vec<Vec<BlockId>>,
    /// The scopes directly within each scope.
    inner_scopes: Vec<Vec<ScopeId>>,
    /// Loops being built, by header.
    active: Vec<BlockId>,
    /// The next suite is the body of a loop that starts at its header.
    enters_header: bool,
    /// The line of what the edge passes that leads on from a branch, if it has one of its own.
    passed: Option<u32>,
    /// Where `break` statements lead.
    broken_to: FxHashSet<BlockId>,
    /// The variables for what the bytecode keeps on its stack, in code that is written with such.
    temporaries: Option<Temporaries>,
    budget: u64,
    /// Nodes that blocks were folded into.
    folded: u64,
    depth: u32,
}

impl<'u> Structurer<'u> {
    /// A structurer for the graph of `unit`.
    pub fn new(unit: &'u Unit<'u>, prepared: &'u Prepared, flow: &'u Flow) -> Self {
        let graph = &prepared.graph;
        let kinds = &prepared.kinds;
        let mut by_scope = vec![Vec::new(); graph.scopes.len()];
        by_scope[Graph::ROOT.index()].reserve(flow.order.len());
        for &block in &flow.order {
            by_scope[graph.block(block).scope.index()].push(block);
        }
        let mut inner_scopes = vec![Vec::new(); graph.scopes.len()];
        for scope in (1..graph.scopes.len() as u32).map(ScopeId) {
            inner_scopes[graph.parent(scope).index()].push(scope);
        }
        let (originals, ends) = originals(prepared, flow, &unit.meter);
        let size: u64 = graph.blocks.iter().map(|b| 1 + b.insts.len() as u64 / 16).sum();
        let budget = LEAST_STEPS + STEPS_PER_BLOCK * size;
        Structurer {
            unit,
            graph,
            flow,
            kinds,
            end: prepared.end,
            originals,
            ends,
            by_scope,
            inner_scopes,
            reduced: FxHashMap::default(),
            starts: FxHashMap::default(),
            active: Vec::new(),
            enters_header: false,
            passed: None,
            broken_to: FxHashSet::default(),
            temporaries: (unit.form != Form::Exact).then(|| Temporaries::of(unit.code)),
            budget,
            folded: 0,
            depth: 0,
        }
    }

    /// The statements of the whole graph.
    pub fn run(&mut self) -> Outcome<Vec<Item>> {
        let context = Context { scope: Graph::ROOT, next: self.end, breaks_to: None, continues_to: None };
        Ok(self.suite(self.graph.entry, Stack::default(), &context)?.items)
    }

    fn spend(&mut self, amount: u32) -> Outcome<()> {
        self.unit.meter.step(amount.into());
        let left = self.budget.checked_sub(u64::from(amount));
        self.budget = left.ok_or(Failure::TooComplex(Budget::Steps))?;
        Ok(())
    }

    fn folds(&self) -> bool {
        self.unit.dialect.folds_negated_comparison
    }

    fn fail<T>(&self, what: &'static str, block: BlockId) -> Outcome<T> {
        Err(Failure::Structure { what, offset: self.graph.block(block).offset })
    }

    /// Builds the suite that starts at a block.
    fn suite(&mut self, start: BlockId, stack: Stack, context: &Context) -> Outcome<Walked> {
        self.depth += 1;
        if self.depth > MAX_SUITE_DEPTH {
            return Err(Failure::TooComplex(Budget::SuiteDepth));
        }
        let walked = self.walk(start, stack, context);
        self.depth -= 1;
        walked
    }

    fn walk(&mut self, start: BlockId, mut stack: Stack, context: &Context) -> Outcome<Walked> {
        let mut walked = Walked::default();
        let mut at = start;
        // The body of `while True` starts at the header that its end leads back to.
        let mut at_header = std::mem::take(&mut self.enters_header);
        // A scope is being left by a `return`, `break` or `continue`: bytecode up to 3.8 tells that from falling off the end.
        let mut jumping = false;
        // The line of the jump that led to where the walk is, if it has one of its own.
        let (mut jumped, mut last) = (None, 0);
        // The line on which the suite's scope is left, where that is told.
        let mut left = None;
        loop {
            self.spend(1)?;
            if !std::mem::take(&mut at_header)
                && let Some(end) = self.leaves(at, context, jumping)
            {
                let line = jumped.or(left).unwrap_or(last);
                // Falling off the end of a loop's body has no line.
                let is_told = || jumped.is_some() || left.is_some_and(|left| is_behind(left, &walked.items));
                let end = match end {
                    None if context.continues_to == Some(at) && is_told() => Some(StmtKind::Continue),
                    end => end,
                };
                walked.falls = end.is_none();
                walked.items.extend(end.map(|kind| Item::Stmt(Stmt::at(kind, line))));
                return Ok(walked);
            }
            let jump = jumped.take();
            let scope = self.graph.block(at).scope;
            if scope != context.scope {
                if !self.graph.is_within(scope, context.scope) {
                    // Control leaves the suite's scope: what is done on the way is implied, up to where it leads.
                    jumping = self.unit.dialect.tells_returns_apart && self.leaves_by_jump(at, jumping);
                    last = last.max(self.graph.block(at).insts.first().map_or(0, |inst| inst.line));
                    left = left.or(jump).or_else(|| self.left_on(at));
                    (at, stack) = match self.way_out(at, stack, left, &mut walked.items)? {
                        Some(next) => next,
                        None => return Ok(walked),
                    };
                    continue;
                }
                let follow = self.protected(at, &mut stack, context, &mut walked.items)?;
                match follow {
                    Some(next) => at = next,
                    None => return Ok(walked),
                }
                continue;
            }
            if self.flow.is_header(at) && !self.active.contains(&at) {
                match self.loop_statement(at, &mut stack, context, &mut walked.items)? {
                    Some(next) => {
                        jumped = self.stop(&[at], next).filter(|line| is_behind(*line, &walked.items));
                        at = next;
                    }
                    None => return Ok(walked),
                }
                continue;
            }
            let mut node = self.taken(at, &stack)?;
            if let Some((follow, after)) = self.match_statement(&mut node, context, &mut walked)? {
                match follow {
                    Some(next) => (at, stack) = (next, after),
                    None => return Ok(walked),
                }
                continue;
            }
            walked.items.append(&mut node.items);
            stack = node.stack.clone();
            (jumped, last) = (self.jump_line(&node, last), node.line);
            let line = node.line;
            match node.end {
                End::Goto(next) => at = next,
                End::Branch { .. } => match self.branch(node, context, &mut walked)? {
                    Some(next) => (at, jumped) = (next, self.passed.take()),
                    None => return Ok(walked),
                },
                End::Loop { body, after, is_for } => {
                    self.bounded_loop(body, after, is_for, &stack, context, &mut walked.items)?;
                    at = after;
                }
                end => return self.last_statement(end, at, line, walked),
            }
        }
    }

    /// Ends a suite with the statement that a node ends with, from which control does not go on.
    fn last_statement(&self, end: End, at: BlockId, line: u32, mut walked: Walked) -> Outcome<Walked> {
        let kind = match end {
            End::Return(value) => StmtKind::Return(Some(value)),
            // `assert False, message`: the test is gone.
            End::Raise(Some(exc), None) if fails_assertion(&exc) => failed_assertion(exc),
            End::Raise(exc, cause) => StmtKind::Raise { exc, cause },
            // The end of a `finally` body, or of the clauses of a `try`.
            End::Reraise => {
                walked.falls = true;
                return Ok(walked);
            }
            _ => return self.fail("a loop header in the middle of a block", at),
        };
        walked.items.push(Item::Stmt(Stmt::at(kind, line)));
        Ok(walked)
    }

    /// The line of the jump that a node ends with, if that is on a line behind what it does: `continue` or `break`.
    fn jump_line(&self, node: &Node, before: u32) -> Option<u32> {
        let End::Goto(to) = node.end else { return None };
        if self.unit.dialect.tells_returns_apart {
            return None;
        }
        let from = *node.blocks.last()?;
        let block = self.graph.block(from);
        let done = block.insts.iter().rev().map(|inst| inst.line).find(|line| *line > 0).unwrap_or(before);
        let line = self.stop(&[from], to).unwrap_or(block.end.1);
        (done > 0 && line > done).then_some(line)
    }

    /// The line of what an edge from one of some blocks passes.
    pub(super) fn stop(&self, from: &[BlockId], to: BlockId) -> Option<u32> {
        let stops = self.stops_before(to);
        // Those are in order of where they come from: a single block is found among many.
        if let [from] = from {
            let start = stops.partition_point(|stop| stop.from < *from);
            return stops[start..].iter().take_while(|stop| stop.from == *from).map(|stop| stop.line).max();
        }
        self.unit.meter.step(stops.len() as u64);
        let from = Members::of(from, stops.len());
        stops.iter().filter(|stop| from.contains(stop.from)).map(|stop| stop.line).max()
    }

    /// What edges to a block pass.
    pub(super) fn stops_before(&self, to: BlockId) -> &[ElidedJump] {
        let stops = &self.graph.elided_jumps;
        let start = stops.partition_point(|stop| stop.to < to);
        let count = stops[start..].partition_point(|stop| stop.to == to);
        &stops[start..start + count]
    }

    /// The scope just inside `outer` on the way to `inner`.
    fn scope_towards(&self, outer: ScopeId, inner: ScopeId) -> Scope {
        let mut at = inner;
        loop {
            let parent = self.graph.parent(at);
            if parent == outer || at == Graph::ROOT {
                return self.graph.scopes[at.index()];
            }
            at = parent;
        }
    }
}

/// Whether a line is behind all statements of a suite, of which there are some.
fn is_behind(line: u32, items: &[Item]) -> bool {
    match items.last() {
        Some(Item::Stmt(stmt)) => line > crate::tree::query::last_line(std::slice::from_ref(stmt)),
        _ => false,
    }
}
