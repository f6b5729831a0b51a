//! Natural loops.

use rustc_hash::FxHashSet;

use super::{BlockId, FlowGraph};

/// A natural loop: all that can get back to its header without leaving it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// The block through which it is entered.
    pub header: BlockId,
    /// All its blocks, those of loops within it too, by number.
    pub blocks: Vec<BlockId>,
    /// The blocks that jump back to the header.
    pub back: Vec<BlockId>,
    /// The smallest loop around it, as an index into the list.
    pub parent: Option<usize>,
}

impl FlowGraph {
    /// The natural loops, each before those within it. Loops with one header are one; cycles with several entries, which
    /// no compiler makes, are none.
    pub fn loops(&self) -> Vec<Loop> {
        let graph = self.graph(true);
        let dominators = self.dominators();
        let mut loops = Vec::new();
        for &header in &self.order {
            let back: Vec<BlockId> = graph
                .predecessors(header.0)
                .iter()
                .filter(|&&from| dominators.dominates(header.0, from))
                .map(|&from| BlockId(from))
                .collect::<FxHashSet<_>>()
                .into_iter()
                .collect();
            if back.is_empty() {
                continue;
            }
            let mut within: FxHashSet<u32> = FxHashSet::from_iter([header.0]);
            let mut waiting: Vec<u32> = back.iter().map(|block| block.0).collect();
            while let Some(block) = waiting.pop() {
                if dominators.is_reachable(block) && within.insert(block) {
                    waiting.extend(graph.predecessors(block));
                }
            }
            let sorted = |mut blocks: Vec<BlockId>| {
                blocks.sort();
                blocks
            };
            let blocks = sorted(within.into_iter().map(BlockId).collect());
            loops.push(Loop { header, blocks, back: sorted(back), parent: None });
        }
        // A loop within another is smaller.
        loops.sort_by_key(|found| std::cmp::Reverse(found.blocks.len()));
        for inner in 1..loops.len() {
            let header = loops[inner].header;
            let around = loops[..inner].iter().rposition(|outer| outer.blocks.binary_search(&header).is_ok());
            loops[inner].parent = around;
        }
        loops
    }
}
