//! The invariants that every graph keeps.

use super::{Broken, Invariant, Place};
use crate::{BlockId, Graph, Op, RegionId, Scope, ScopeId, Terminator};

/// Checks all invariants but that of stack depths. Gives all that are broken, none if the graph is well formed.
pub fn verify(graph: &Graph) -> Vec<Broken> {
    let mut check = Check { graph, broken: Vec::new() };
    check.ids();
    check.scopes();
    // What follows looks things up by their ids.
    if check.broken.is_empty() {
        check.nesting();
    }
    if check.broken.is_empty() {
        check.handlers();
        check.edges();
        check.handler_depths();
        check.line_markers();
        check.passed_jumps();
    }
    check.broken
}

struct Check<'g> {
    graph: &'g Graph,
    broken: Vec<Broken>,
}

impl Check<'_> {
    fn report(&mut self, invariant: Invariant, place: Place, message: String) {
        self.broken.push(Broken { invariant, place, message });
    }

    fn block(&mut self, id: BlockId, place: Place, what: &str) {
        if id.index() >= self.graph.blocks.len() {
            self.report(Invariant::Ids, place, format!("{what} is {id:?}, of {}", self.graph.blocks.len()));
        }
    }

    fn ids(&mut self) {
        let graph = self.graph;
        self.block(graph.entry, Place::Graph, "the entry");
        for (id, block) in graph.blocks.iter().enumerate() {
            let id = BlockId(id as u32);
            for next in block.terminator.successors() {
                self.block(next, Place::Terminator(id), "a successor");
            }
            if block.scope.index() >= graph.scopes.len() {
                self.report(Invariant::Ids, Place::Block(id), format!("there is no scope {:?}", block.scope));
            }
            for (at, inst) in block.insts.iter().enumerate() {
                if let Op::LeaveFinally(region) = inst.op
                    && region.index() >= graph.regions.len()
                {
                    self.report(
                        Invariant::Ids,
                        Place::Inst(id, at),
                        format!("there is no region {region:?}"),
                    );
                }
            }
        }
        for (id, region) in graph.regions.iter().enumerate() {
            let place = Place::Region(RegionId(id as u32));
            self.block(region.handler, place, "the handler");
            region.after.into_iter().for_each(|after| self.block(after, place, "what is after it"));
            region.clauses_end.into_iter().for_each(|end| self.block(end, place, "the end of its clauses"));
            if region.parent.index() >= graph.scopes.len() {
                self.report(Invariant::Ids, place, format!("there is no scope {:?}", region.parent));
            }
        }
        for jump in &graph.elided_jumps {
            self.block(jump.from, Place::Graph, "the start of a elided jump");
            self.block(jump.to, Place::Graph, "the end of a elided jump");
        }
        for id in &graph.falls_to_jump {
            self.block(*id, Place::Graph, "what falls through to a jump");
        }
    }

    fn scopes(&mut self) {
        let owned = (0..self.graph.regions.len() as u32)
            .flat_map(|region| [Scope::Body(RegionId(region)), Scope::Handler(RegionId(region))]);
        let wanted = std::iter::once(Scope::Root).chain(owned);
        if !self.graph.scopes.iter().copied().eq(wanted) {
            let count = self.graph.regions.len();
            self.report(
                Invariant::Scopes,
                Place::Graph,
                format!("{:?} are not those of {count} regions", self.graph.scopes),
            );
        }
    }

    fn nesting(&mut self) {
        for id in 0..self.graph.regions.len() {
            let mut at = self.graph.regions[id].parent;
            let steps = (0..self.graph.regions.len()).take_while(|_| {
                let is_inside = at != Graph::ROOT;
                at = self.graph.parent(at);
                is_inside
            });
            if steps.count() == self.graph.regions.len() && at != Graph::ROOT {
                let region = RegionId(id as u32);
                self.report(
                    Invariant::Nesting,
                    Place::Region(region),
                    format!("{region:?} is within itself"),
                );
            }
        }
    }

    fn handlers(&mut self) {
        let graph = self.graph;
        let mut protects = vec![false; graph.regions.len()];
        let mut is_handler = vec![false; graph.blocks.len()];
        for block in &graph.blocks {
            if let Some(region) = graph.handler_of(block.scope) {
                protects[region.index()] = true;
            }
        }
        for (id, region) in graph.regions.iter().enumerate() {
            let id = RegionId(id as u32);
            is_handler[region.handler.index()] = true;
            if !protects[id.index()] {
                continue;
            }
            let handler = graph.block(region.handler);
            let own = Graph::handler_scope(id);
            if !graph.is_within(handler.scope, own) {
                let message =
                    format!("its handler {:?} is in {:?}, not in {own:?}", region.handler, handler.scope);
                self.report(Invariant::Handlers, Place::Region(id), message);
            }
            if !matches!(handler.insts.first().map(|inst| &inst.op), Some(Op::EnterHandler(_))) {
                let message = format!("the handler of {id:?} does not begin with EnterHandler");
                self.report(Invariant::Handlers, Place::Block(region.handler), message);
            }
        }
        for (id, block) in graph.blocks.iter().enumerate() {
            for (at, inst) in block.insts.iter().enumerate() {
                if matches!(inst.op, Op::EnterHandler(_)) && (at > 0 || !is_handler[id]) {
                    let message = "EnterHandler where no handler starts".to_owned();
                    self.report(Invariant::Handlers, Place::Inst(BlockId(id as u32), at), message);
                }
            }
        }
    }

    fn edges(&mut self) {
        let graph = self.graph;
        for (id, block) in graph.blocks.iter().enumerate() {
            for next in block.terminator.successors() {
                if let Some(entered) = self.entered_handler(block.scope, graph.block(next).scope) {
                    let message = format!("the edge to {next:?} enters the handler scope {entered:?}");
                    self.report(Invariant::Edges, Place::Terminator(BlockId(id as u32)), message);
                }
            }
        }
    }

    /// The handler scope that an edge enters, if it does.
    fn entered_handler(&self, from: ScopeId, to: ScopeId) -> Option<ScopeId> {
        let mut at = to;
        while !self.graph.is_within(from, at) {
            if matches!(self.graph.scopes[at.index()], Scope::Handler(_)) {
                return Some(at);
            }
            at = self.graph.parent(at);
        }
        None
    }

    fn handler_depths(&mut self) {
        let graph = self.graph;
        for (id, region) in graph.regions.iter().enumerate() {
            let Scope::Body(outer) = graph.scopes[region.parent.index()] else { continue };
            if let (Some(inner), Some(around)) = (region.depth, graph.region(outer).depth)
                && inner < around
            {
                let message =
                    format!("its handler keeps {inner} values, that of {outer:?} around it {around}");
                self.report(Invariant::HandlerDepth, Place::Region(RegionId(id as u32)), message);
            }
        }
    }

    fn line_markers(&mut self) {
        for pair in self.graph.line_markers.windows(2) {
            if pair[0].offset >= pair[1].offset {
                let message =
                    format!("the marker at {} comes before that at {}", pair[0].offset, pair[1].offset);
                self.report(Invariant::LineMarkers, Place::Graph, message);
            }
        }
        for marker in &self.graph.line_markers {
            if marker.next <= marker.offset {
                let message =
                    format!("the marker at {} comes before what is at {}", marker.offset, marker.next);
                self.report(Invariant::LineMarkers, Place::Graph, message);
            }
        }
    }

    fn passed_jumps(&mut self) {
        let key = |jump: &crate::ElidedJump| (jump.to, jump.from, jump.line);
        for pair in self.graph.elided_jumps.windows(2) {
            if key(&pair[0]) >= key(&pair[1]) {
                let message = format!("{:?} comes before {:?}", pair[0], pair[1]);
                self.report(Invariant::ElidedJumps, Place::Graph, message);
            }
        }
        for pair in self.graph.falls_to_jump.windows(2) {
            if pair[0] > pair[1] {
                let message = format!("{:?} comes before {:?} in `falls_to_jump`", pair[0], pair[1]);
                self.report(Invariant::ElidedJumps, Place::Graph, message);
            }
        }
        for id in &self.graph.falls_to_jump {
            if !matches!(self.graph.block(*id).terminator, Terminator::Branch { .. }) {
                let message = "it falls through to a jump, and does not branch".to_owned();
                self.report(Invariant::ElidedJumps, Place::Terminator(*id), message);
            }
        }
    }
}
