//! Code as a graph of blocks that can be edited.
//!
//! [`FlowGraph::of`] cuts a [`Code`] into blocks, [`FlowGraph::to_code`] puts them in a row again: what was not edited comes out
//! as it was. In between, blocks may be added, split, merged, moved and dropped; jumps find their way.
//!
//! ```
//! use lancehead_code::flow::FlowGraph;
//! use lancehead_code::{asm, program::Code};
//!
//! let object = asm::parse(".python 3.12\n.code \"f\"\n.consts\n.body\nRESUME 0\nRETURN_CONST 1\nRETURN_CONST 2\n.end")?;
//! let mut graph = FlowGraph::of(&Code::of(&object)?);
//! assert_eq!(graph.dead_blocks().len(), 1);
//! graph.remove_dead_blocks();
//! assert_eq!(graph.to_code().assemble()?.code.len(), 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod edit;
mod graph;
mod liveness;
mod loops;
mod read;
mod write;

use crate::cfg::{Dominators, Edge, EdgeKind, Exit, Graph, block_stack_edges};
use crate::program::Code;
pub(crate) use edit::is_plain_jump;
pub use graph::{BlockId, FlowBlock, FlowGraph, Handler};
pub use liveness::Liveness;
pub use loops::Loop;

impl FlowGraph {
    /// Cuts `code` into blocks.
    pub fn of(code: &Code) -> FlowGraph {
        read::read(code)
    }

    /// Puts the blocks in a row, with a jump where control goes on with a block that does not come next.
    pub fn to_code(&self) -> Code {
        write::write(self)
    }

    /// All edges between blocks that are there, in their order. Edges of exceptions start at blocks that may raise.
    ///
    /// Up to 3.10 handlers are found by following `SETUP_*` and `POP_BLOCK`; see [`Cfg`](crate::cfg::Cfg) for what is
    /// known only at run time.
    pub fn edges(&self) -> Vec<Edge> {
        let version = self.object.version;
        let mut edges = self.plain_edges();
        if version.has_block_stack() {
            let exits = block_stack_edges(&self.numbered(&edges), self.entry().0, |block| self.exit(block));
            edges.extend(exits);
        }
        for &id in &self.order {
            let block = self.block(id);
            if let Some(handler) = block.handler.filter(|_| block.may_raise(version)) {
                edges.push(Edge { from: id.0, to: handler.block.0, kind: EdgeKind::Exception });
            }
        }
        edges
    }

    /// The edges without those of exceptions.
    fn plain_edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for &id in &self.order {
            let block = self.block(id);
            if let Some(next) = block.next {
                edges.push(Edge { from: id.0, to: next.0, kind: EdgeKind::Next });
            }
            if let Some(target) = block.target().filter(|_| block.flow().jumps()) {
                edges.push(Edge { from: id.0, to: target.0, kind: EdgeKind::Jump });
            }
        }
        edges
    }

    /// The blocks as plain numbers.
    pub fn graph(&self, with_exceptions: bool) -> Graph {
        let mut edges = self.edges();
        edges.retain(|edge| with_exceptions || edge.kind != EdgeKind::Exception);
        self.numbered(&edges)
    }

    fn numbered(&self, edges: &[Edge]) -> Graph {
        let edges: Vec<(u32, u32)> = edges.iter().map(|edge| (edge.from, edge.to)).collect();
        Graph::new(self.blocks.len(), &edges)
    }

    /// What the block stack depends on, of a block.
    fn exit(&self, block: u32) -> Option<Exit> {
        let block = self.blocks.get(block as usize)?;
        Some(Exit {
            may_raise: block.may_raise(self.object.version),
            last: block.instructions.last().map(|last| last.opcode),
            target: block.target().map(|target| target.0),
        })
    }

    /// Which blocks every path to a block passes, exceptions included.
    pub fn dominators(&self) -> Dominators {
        Dominators::of(&self.graph(true), self.entry().0)
    }
}
