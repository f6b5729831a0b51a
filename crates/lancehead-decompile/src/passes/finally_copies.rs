//! A `finally` body stands in the bytecode once for the exception, and once for every other way out of its `try`. The
//! copies are cut out: where one stood, a marker says that the `try` is left.

use lancehead_ir::{Block, BlockId, Graph, Inst, Op, RegionId, ScopeId, Terminator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::split;
use crate::code::budget::{Budget, MAX_FINALLY_PLACES, Meter};
use crate::graph::handlers::HandlerKind;

/// A place between two operations.
type Place = (BlockId, usize);

/// Cuts the copies of every `finally`, inner ones first: what they leave is what outer ones are compared with.
pub fn run(graph: &mut Graph, kinds: &[HandlerKind], meter: &Meter) {
    let mut regions: Vec<(usize, RegionId)> = (0..graph.regions.len() as u32)
        .map(RegionId)
        .filter(|r| kinds[r.index()] == HandlerKind::Finally)
        .map(|r| (depth(graph, graph.region(r).parent), r))
        .collect();
    if regions.is_empty() {
        return;
    }
    regions.sort_by_key(|(depth, region)| (std::cmp::Reverse(*depth), *region));
    // The copies of a `finally` within a copy of another one are cut when their own turn comes, which may be later.
    while round(graph, &regions, meter) {}
}

fn depth(graph: &Graph, scope: ScopeId) -> usize {
    std::iter::successors(Some(scope), |s| (*s != Graph::ROOT).then(|| graph.parent(*s))).count()
}

/// The blocks of each scope, and the scopes within each, as they were when a round began.
struct Members {
    blocks: Vec<Vec<BlockId>>,
    inner: Vec<Vec<ScopeId>>,
}

impl Members {
    fn of(graph: &Graph) -> Members {
        let mut blocks = vec![Vec::new(); graph.scopes.len()];
        for (at, block) in graph.blocks.iter().enumerate() {
            blocks[block.scope.index()].push(BlockId(at as u32));
        }
        let mut inner = vec![Vec::new(); graph.scopes.len()];
        for scope in (1..graph.scopes.len() as u32).map(ScopeId) {
            inner[graph.parent(scope).index()].push(scope);
        }
        Members { blocks, inner }
    }

    /// The blocks of a scope and of those within it.
    fn within(&self, scope: ScopeId) -> Vec<BlockId> {
        let mut scopes = vec![scope];
        let mut blocks = Vec::new();
        while let Some(scope) = scopes.pop() {
            blocks.extend_from_slice(&self.blocks[scope.index()]);
            scopes.extend_from_slice(&self.inner[scope.index()]);
        }
        blocks.sort_unstable();
        blocks
    }
}

/// Cuts the copies of every region's `finally` once; whether there were any.
fn round(graph: &mut Graph, regions: &[(usize, RegionId)], meter: &Meter) -> bool {
    let members = Members::of(graph);
    regions.iter().fold(false, |changed, (_, region)| cut(graph, &members, *region, meter) || changed)
}

/// Cuts the copies of one region's `finally`; whether there were any.
fn cut(graph: &mut Graph, members: &Members, region: RegionId, meter: &Meter) -> bool {
    let body = Graph::body_scope(region);
    let inside = members.within(body);
    let mut cuts: FxHashMap<BlockId, BlockId> = FxHashMap::default();
    let mut seen: FxHashSet<BlockId> = FxHashSet::default();
    for &from in &inside {
        for to in graph.block(from).terminator.successors().chain(graph.layout_successors(from)) {
            let leaves = !graph.is_within(graph.block(to).scope, body);
            if !leaves || !seen.insert(to) || marker(graph, to) == Some(region) {
                continue;
            }
            if let Some(after) = after_copy(graph, region, to, meter) {
                let marker = add_marker(graph, region, to, after);
                cuts.insert(to, marker);
            }
        }
    }
    for from in inside {
        let terminator = &mut graph.blocks[from.index()].terminator;
        terminator.map_successors(|to| cuts.get(&to).copied().unwrap_or(to));
    }
    for at in 0..graph.regions.len() {
        if graph.is_within(graph.regions[at].parent, body) {
            let cut = |to: BlockId| cuts.get(&to).copied().unwrap_or(to);
            graph.regions[at].after = graph.regions[at].after.map(cut);
            graph.regions[at].clauses_end = graph.regions[at].clauses_end.map(cut);
        }
    }
    !cuts.is_empty()
}

fn marker(graph: &Graph, block: BlockId) -> Option<RegionId> {
    match graph.block(block).insts.first() {
        Some(Inst { op: Op::LeaveFinally(region), .. }) => Some(*region),
        _ => None,
    }
}

/// Adds a block that leaves the region, at `copy`, for what follows the copy.
fn add_marker(graph: &mut Graph, region: RegionId, copy: BlockId, after: Place) -> BlockId {
    let (block, position) = after;
    let next = if position == 0 { block } else { split::split(graph, block, position) };
    let offset = graph.block(copy).offset;
    let line = graph.block(copy).insts.first().map_or(0, |i| i.line);
    let id = BlockId(graph.blocks.len() as u32);
    graph.blocks.push(Block {
        insts: vec![Inst { op: Op::LeaveFinally(region), offset, line }],
        terminator: Terminator::Jump(next),
        offset,
        end: (offset, line),
        scope: graph.region(region).parent,
    });
    id
}

/// Walks the handler's body and a supposed copy of it side by side. Gives where the copy ends.
fn after_copy(graph: &Graph, region: RegionId, copy: BlockId, meter: &Meter) -> Option<Place> {
    let handler = graph.region(region).handler;
    let first = graph.block(handler).insts.iter().take_while(|i| matches!(i.op, Op::EnterHandler(_))).count();
    let mut walk = Walk { graph, after: None, seen: FxHashSet::default(), work: Vec::new() };
    walk.work.push(((handler, first), (copy, 0)));
    while let Some((original, copied)) = walk.work.pop() {
        meter.step(1);
        if walk.seen.len() > MAX_FINALLY_PLACES {
            meter.hit(Budget::FinallyPlaces);
            return None;
        }
        walk.pair(original, copied)?;
    }
    walk.after
}

struct Walk<'g> {
    graph: &'g Graph,
    after: Option<Place>,
    seen: FxHashSet<(Place, Place)>,
    work: Vec<(Place, Place)>,
}

impl Walk<'_> {
    /// Goes along jumps until there is an operation or another end of a block.
    fn settle(&self, mut place: Place) -> Place {
        for _ in 0..1000 {
            let block = self.graph.block(place.0);
            match block.terminator {
                Terminator::Jump(next) if place.1 == block.insts.len() => place = (next, 0),
                _ => break,
            }
        }
        place
    }

    /// Compares two places and what follows; `None` when they differ.
    fn pair(&mut self, original: Place, copied: Place) -> Option<()> {
        let (mut original, copied_before) = (self.settle(original), copied);
        loop {
            let block = self.graph.block(original.0);
            if original.1 == block.insts.len() {
                break;
            }
            // Leaving the handler from within is no part of the body.
            if !matches!(block.insts[original.1].op, Op::PopExcept(_) | Op::LeaveHandler { .. }) {
                break;
            }
            original = self.settle((original.0, original.1 + 1));
        }
        let source = self.graph.block(original.0);
        if original.1 == source.insts.len() && source.terminator == Terminator::Reraise {
            // Where blocks are kept apart matters: the copy ends before jumps are followed.
            return self.ends_at(copied_before);
        }
        let copied = self.settle(copied);
        if !self.seen.insert((original, copied)) {
            return Some(());
        }
        let target = self.graph.block(copied.0);
        match (source.insts.get(original.1), target.insts.get(copied.1)) {
            (Some(a), Some(b)) if is_same(&a.op, &b.op) => {
                self.work.push(((original.0, original.1 + 1), (copied.0, copied.1 + 1)));
                Some(())
            }
            // The exception lies below a value that is returned, and below what is dropped on the way out.
            (Some(a), _) if matches!(a.op, Op::Swap(_) | Op::Rotate(_) | Op::Pop) => {
                self.work.push(((original.0, original.1 + 1), copied));
                Some(())
            }
            (None, None) => self.ends(&source.terminator, &target.terminator),
            _ => None,
        }
    }

    fn ends(&mut self, original: &Terminator, copied: &Terminator) -> Option<()> {
        if std::mem::discriminant(original) != std::mem::discriminant(copied) {
            return None;
        }
        for (a, b) in original.successors().zip(copied.successors()) {
            self.work.push(((a, 0), (b, 0)));
        }
        Some(())
    }

    fn ends_at(&mut self, place: Place) -> Option<()> {
        match self.after {
            None => self.after = Some(place),
            Some(known) if self.settle(known) == self.settle(place) => {}
            Some(known) if self.is_same_exit(known, place) => {}
            Some(_) => return None,
        }
        Some(())
    }

    /// Whether two places are copies of one way out of the function.
    fn is_same_exit(&self, a: Place, b: Place) -> bool {
        let (a, b) = (self.settle(a), self.settle(b));
        let (x, y) = (self.graph.block(a.0), self.graph.block(b.0));
        x.terminator == y.terminator
            && x.terminator.successors().next().is_none()
            && x.insts[a.1..].iter().map(|i| &i.op).eq(y.insts[b.1..].iter().map(|i| &i.op))
    }
}

/// Whether two operations are copies of one.
fn is_same(a: &Op, b: &Op) -> bool {
    match (a, b) {
        // The regions of copies are different regions.
        (Op::LeaveFinally(_), Op::LeaveFinally(_)) => true,
        _ => a == b,
    }
}
