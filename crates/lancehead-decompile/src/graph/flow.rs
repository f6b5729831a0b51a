//! Facts about a graph's control flow: predecessors, order, dominators, loops.

use lancehead_graph::Dominators;
use lancehead_ir::{BlockId, Graph, Terminator};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

/// Not reached from the entry.
const UNREACHED: u32 = u32::MAX;

/// Some blocks, mostly few.
type Blocks = SmallVec<[BlockId; 4]>;

/// What is known of the flow of one graph. Exceptions count as edges from each protected block to its handler.
#[derive(Debug)]
pub struct Flow {
    /// Predecessors without exceptions, in no order, reached blocks only.
    pub predecessors: Vec<Blocks>,
    /// Blocks in reverse postorder.
    pub order: Vec<BlockId>,
    /// Position in `order`, or `UNREACHED`.
    position: Vec<u32>,
    /// Depth in the dominator tree and pre/post numbers for constant-time queries.
    tree: Vec<(u32, u32)>,
    /// Children in the dominator tree, by block.
    pub children: Vec<Blocks>,
    /// Whether some edge into the block comes from a block that it dominates.
    is_header: Vec<bool>,
    /// Predecessors with exceptions.
    all_predecessors: Vec<Blocks>,
}

/// The handler of a block, if it has one.
fn exception_successor(graph: &Graph, block: BlockId) -> Option<BlockId> {
    graph.handler_of(graph.block(block).scope).map(|region| graph.region(region).handler)
}

/// Where control goes on, exceptions aside, and what stands behind the end of a handler.
fn followers(graph: &Graph, block: BlockId) -> impl Iterator<Item = BlockId> + use<> {
    graph.block(block).terminator.successors().chain(graph.layout_successors(block))
}

fn successors(graph: &Graph, block: BlockId) -> impl Iterator<Item = BlockId> + use<> {
    followers(graph, block).chain(exception_successor(graph, block))
}

impl Flow {
    /// Analyses a graph.
    pub fn of(graph: &Graph) -> Flow {
        let count = graph.blocks.len();
        let order = reverse_postorder(graph);
        let mut position = vec![UNREACHED; count];
        for (at, block) in order.iter().enumerate() {
            position[block.index()] = at as u32;
        }
        let mut predecessors = vec![Blocks::new(); count];
        let mut all_predecessors = vec![Blocks::new(); count];
        for &block in &order {
            for next in followers(graph, block) {
                predecessors[next.index()].push(block);
                all_predecessors[next.index()].push(block);
            }
            if let Some(handler) = exception_successor(graph, block) {
                all_predecessors[handler.index()].push(block);
            }
        }
        let dominators = dominators(graph, &order);
        let mut children = vec![Blocks::new(); count];
        for &block in order.iter().skip(1) {
            if let Some(dominator) = dominators.immediate(block.0) {
                children[dominator as usize].push(block);
            }
        }
        let tree = number_tree(graph.entry, &children, count);
        let mut flow = Flow {
            predecessors,
            order,
            position,
            tree,
            children,
            is_header: vec![false; count],
            all_predecessors,
        };
        for at in 0..flow.order.len() {
            let block = flow.order[at];
            // A `for` whose body never ends has no edge back, and is a loop all the same.
            if matches!(graph.block(block).terminator, Terminator::ForIter { .. }) {
                flow.is_header[block.index()] = true;
            }
            for next in followers(graph, block) {
                if flow.dominates(next, block) {
                    flow.is_header[next.index()] = true;
                }
            }
        }
        flow
    }

    /// Whether every way to `inner` leads through `outer`.
    pub fn dominates(&self, outer: BlockId, inner: BlockId) -> bool {
        let (outer, inner) = (self.tree[outer.index()], self.tree[inner.index()]);
        outer.0 <= inner.0 && inner.1 <= outer.1
    }

    /// The block's place in reverse postorder.
    pub fn position(&self, block: BlockId) -> u32 {
        self.position[block.index()]
    }

    /// Whether the block heads a loop.
    pub fn is_header(&self, block: BlockId) -> bool {
        self.is_header[block.index()]
    }

    /// Predecessors that are not within a loop that the block heads.
    pub fn forward_predecessors(&self, block: BlockId) -> impl Iterator<Item = BlockId> + '_ {
        self.predecessors[block.index()].iter().copied().filter(move |&p| !self.dominates(block, p))
    }

    /// The blocks of the natural loop of a header.
    pub fn loop_body(&self, header: BlockId) -> FxHashSet<BlockId> {
        let mut inside = FxHashSet::default();
        inside.insert(header);
        let mut work: Vec<BlockId> = self.predecessors[header.index()]
            .iter()
            .copied()
            .filter(|&p| self.dominates(header, p))
            .collect();
        while let Some(block) = work.pop() {
            if inside.insert(block) {
                work.extend(self.all_predecessors[block.index()].iter().copied());
            }
        }
        inside
    }

    /// Blocks in reverse postorder.
    pub fn in_order(&self, blocks: &FxHashSet<BlockId>) -> Vec<BlockId> {
        let mut ordered: Vec<BlockId> = blocks.iter().copied().collect();
        ordered.sort_by_key(|block| self.position(*block));
        ordered
    }
}

fn reverse_postorder(graph: &Graph) -> Vec<BlockId> {
    let mut seen = vec![false; graph.blocks.len()];
    let mut postorder = Vec::with_capacity(graph.blocks.len());
    let mut stack: Vec<(BlockId, Blocks)> = Vec::with_capacity(8);
    let visit = |block: BlockId, seen: &mut Vec<bool>| {
        if std::mem::replace(&mut seen[block.index()], true) {
            return None;
        }
        // The successor written last is visited first, so that the order follows the source.
        let mut next: Blocks = successors(graph, block).collect();
        next.sort_by_key(|b| graph.block(*b).offset);
        Some((block, next))
    };
    stack.extend(visit(graph.entry, &mut seen));
    while let Some((block, next)) = stack.last_mut() {
        match next.pop() {
            Some(successor) => {
                if let Some(frame) = visit(successor, &mut seen) {
                    stack.push(frame);
                }
            }
            None => {
                postorder.push(*block);
                stack.pop();
            }
        }
    }
    postorder.reverse();
    postorder
}

/// The dominators of what is reached, exceptions included.
fn dominators(graph: &Graph, order: &[BlockId]) -> Dominators {
    let edges: Vec<(u32, u32)> =
        order.iter().flat_map(|&block| successors(graph, block).map(move |next| (block.0, next.0))).collect();
    Dominators::of(&lancehead_graph::Graph::new(graph.blocks.len(), &edges), graph.entry.0)
}

fn number_tree(entry: BlockId, children: &[Blocks], count: usize) -> Vec<(u32, u32)> {
    // Unreached blocks get an interval that is in none and contains none.
    let mut tree = vec![(u32::MAX, 0); count];
    let mut clock = 0;
    let mut stack = vec![(entry, 0)];
    tree[entry.index()].0 = 0;
    while let Some((block, child)) = stack.last_mut() {
        let block = *block;
        match children[block.index()].get(*child) {
            Some(&next) => {
                *child += 1;
                clock += 1;
                tree[next.index()].0 = clock;
                stack.push((next, 0));
            }
            None => {
                tree[block.index()].1 = clock;
                stack.pop();
            }
        }
    }
    tree
}
