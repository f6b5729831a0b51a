//! Control-flow graphs as Python has them.

use lancehead_code::cfg::{Cfg, EdgeKind};

/// Blocks as their first offset, the offset after them, and where they lead.
pub(crate) type Blocks = Vec<(u32, u32, Vec<(u32, &'static str)>)>;

/// The blocks of a graph.
pub(crate) fn blocks(graph: &Cfg) -> Blocks {
    let mut blocks: Blocks = graph.blocks.iter().map(|block| (block.start, block.end, Vec::new())).collect();
    for edge in &graph.edges {
        let kind = match edge.kind {
            EdgeKind::Next => "next",
            EdgeKind::Jump => "jump",
            EdgeKind::Exception => "exception",
        };
        if let Some((_, _, leads)) = blocks.get_mut(edge.from as usize) {
            leads.push((edge.to, kind));
        }
    }
    blocks
}
