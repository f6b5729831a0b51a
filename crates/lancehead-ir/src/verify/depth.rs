//! Stack depths: all paths to a block must agree.

use super::{Broken, Invariant, Place};
use crate::{BlockId, Graph, Inst, Op, RegionKind, Scope, Terminator};

/// Follows the number of values on the stack along all edges, in a graph that [`verify`](super::verify) finds nothing wrong with.
/// Gives the operations that take more than there is and the edges that disagree with what is known of a block; the
/// first of each block.
pub fn verify_depths(graph: &Graph) -> Vec<Broken> {
    let mut depths = Depths {
        graph,
        at: vec![None; graph.blocks.len()],
        work: Vec::new(),
        broken: Vec::new(),
        iterator: if graph.blocks.iter().flat_map(|block| &block.insts).any(|inst| has_index(&inst.op)) {
            2
        } else {
            1
        },
    };
    depths.reach(graph.entry, 0, Place::Graph);
    while let Some(block) = depths.work.pop() {
        depths.follow(block);
    }
    depths.broken
}

/// Whether an iterator takes two slots: an index lies above it (since 3.15).
fn has_index(op: &Op) -> bool {
    matches!(op, Op::GetIter { index_slot: true })
}

/// How many values the operation at an index takes and leaves, where that is plain.
fn effect(insts: &[Inst], at: usize) -> Option<(i64, i64)> {
    let before = |count: usize| at.checked_sub(count).map(|at| &insts[at].op);
    match &insts[at].op {
        // Exception state of 3.7 and 3.8, and (with a `with`) its exit.
        Op::SuppressException => Some((7, 0)),
        Op::LeaveHandler { .. } => Some((6, 0)),
        // The intrinsic of 3.12 leaves None, which is dropped next.
        Op::ImportStar if matches!(insts.get(at + 1), Some(Inst { op: Op::Pop, .. })) => Some((1, 1)),
        // Since 3.15 an index, or NULL, lies between the iterator and what is sent.
        Op::YieldFrom if matches!(before(2), Some(Op::PushNull | Op::GetIter { index_slot: true })) => {
            Some((3, 1))
        }
        op => op.effect().map(|(pops, pushes)| (i64::from(pops), i64::from(pushes))),
    }
}

struct Depths<'g> {
    graph: &'g Graph,
    /// The depth at the start of each block that was reached.
    at: Vec<Option<i64>>,
    work: Vec<BlockId>,
    broken: Vec<Broken>,
    /// How many slots the iterator of a `for` takes.
    iterator: i64,
}

impl Depths<'_> {
    fn report(&mut self, place: Place, message: String) {
        self.broken.push(Broken { invariant: Invariant::StackDepth, place, message });
    }

    fn reach(&mut self, block: BlockId, depth: i64, from: Place) {
        match self.at[block.index()] {
            None => {
                self.at[block.index()] = Some(depth);
                self.work.push(block);
            }
            Some(known) if known != depth && !self.only_reraises(block) => {
                self.report(from, format!("{depth} values on the way to {block:?}, {known} on another way"));
            }
            Some(_) => {}
        }
    }

    /// Whether a block takes no values, and leaves none to anything.
    fn only_reraises(&self, block: BlockId) -> bool {
        let block = self.graph.block(block);
        block.insts.is_empty() && block.terminator == Terminator::Reraise
    }

    fn follow(&mut self, id: BlockId) {
        let block = self.graph.block(id);
        let mut depth = self.at[id.index()].unwrap_or(0);
        for at in 0..block.insts.len() {
            let Some((pops, pushes)) = effect(&block.insts, at) else { return };
            if pops > depth {
                return self.report(Place::Inst(id, at), format!("takes {pops} values of {depth}"));
            }
            depth += pushes - pops;
        }
        let from = Place::Terminator(id);
        let taken = match &block.terminator {
            Terminator::Branch { .. } | Terminator::Return => 1,
            Terminator::Raise(count) => i64::from(*count),
            Terminator::ForIter { is_async, .. } => self.iterator(*is_async),
            Terminator::Jump(_) | Terminator::Loop { .. } | Terminator::Reraise => 0,
        };
        if taken > depth {
            return self.report(from, format!("takes {taken} values of {depth}"));
        }
        let mut edges: Vec<(BlockId, i64)> = Vec::with_capacity(2);
        match block.terminator {
            Terminator::Jump(next) => edges.push((next, depth)),
            Terminator::Branch { if_true, if_false, .. } => {
                edges.extend([(if_true, depth - 1), (if_false, depth - 1)]);
            }
            Terminator::ForIter { body, exhausted, is_async } => {
                edges.extend([(body, depth + 1), (exhausted, depth - self.iterator(is_async))]);
            }
            Terminator::Loop { body, .. } => edges.push((body, depth)),
            Terminator::Return | Terminator::Raise(_) | Terminator::Reraise => {}
        }
        // What is behind a `break` or `continue` of 3.7 is not where control goes.
        let jumps = block.insts.iter().any(|inst| matches!(inst.op, Op::Break | Op::Continue));
        for (next, depth) in edges.into_iter().filter(|_| !jumps) {
            self.reach(next, depth, from);
            self.enter_handlers(id, next, depth);
        }
        let own = self.graph.handler_of(block.scope).map(|region| self.graph.region(region));
        if let Some(depth) = own.and_then(|region| region.depth) {
            let handler = own.map_or(id, |region| region.handler);
            self.reach(handler, i64::from(depth), Place::Block(handler));
        }
    }

    fn iterator(&self, is_async: bool) -> i64 {
        if is_async { 1 } else { self.iterator }
    }

    /// Up to 3.10 a handler starts with the stack as it was where its region was entered; below what a `with` has pushed for
    /// its body.
    fn enter_handlers(&mut self, from: BlockId, to: BlockId, depth: i64) {
        let outside = self.graph.block(from).scope;
        let mut at = self.graph.block(to).scope;
        while at != outside && self.graph.is_within(at, outside) {
            if let Scope::Body(region) = self.graph.scopes[at.index()]
                && self.graph.region(region).depth.is_none()
            {
                let entry = self.graph.region(region);
                let pushed = i64::from(entry.kind == RegionKind::With);
                self.reach(entry.handler, depth - pushed, Place::Terminator(from));
            }
            at = self.graph.parent(at);
        }
    }
}
