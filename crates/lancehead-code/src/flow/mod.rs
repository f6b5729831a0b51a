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

mod block_stack;
mod edit;
mod liveness;
mod loops;
mod read;
mod write;

use lancehead_isa::Flow;
use lancehead_pyc::{CodeObject, Version};

use crate::cfg::{Dominators, Edge, EdgeKind, Graph};
use crate::program::{Code, Instr, Label, Operand};
pub(crate) use edit::is_plain_jump;
pub use liveness::Liveness;
pub use loops::Loop;

/// A block of a [`FlowGraph`], by its index. The operand of a jump to it is [`BlockId::label`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);

impl BlockId {
    /// What stands for the block in operands.
    pub fn label(self) -> Label {
        Label(self.0)
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// What catches the exceptions of a block (3.11 and later).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handler {
    /// Where control goes.
    pub block: BlockId,
    /// How many values of the stack are kept.
    pub depth: u32,
    /// Whether the offset of the raising instruction is pushed before the exception.
    pub lasti: bool,
}

/// Instructions that are entered only at the first and left only at the last, but for exceptions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlowBlock {
    /// The instructions. Only the last may jump; operands that are places name blocks ([`BlockId::label`]).
    pub instructions: Vec<Instr>,
    /// Where control goes when it does not jump; none when the last instruction never goes on.
    pub next: Option<BlockId>,
    /// What catches exceptions here; none up to 3.10, where instructions say so.
    pub handler: Option<Handler>,
}

impl FlowBlock {
    /// Where the last instruction jumps to, or which handler it sets up.
    pub fn target(&self) -> Option<BlockId> {
        let last = self.instructions.last()?;
        match (last.opcode.flow(), &last.operand) {
            // END_ASYNC_FOR names a place that it does not go to.
            (Flow::Next, _) => None,
            (_, Operand::Label(label)) => Some(BlockId(label.0)),
            _ => None,
        }
    }

    fn flow(&self) -> Flow {
        self.instructions.last().map_or(Flow::Next, |last| last.opcode.flow())
    }

    fn may_raise(&self, version: Version) -> bool {
        self.instructions.iter().any(|instruction| instruction.opcode.may_raise(version))
    }
}

/// A code object as a graph of blocks.
#[derive(Debug, Clone)]
pub struct FlowGraph {
    /// All but the bytecode and the exception table, as in [`Code::object`].
    pub object: CodeObject,
    /// The blocks. They are known by their index, so that none may be taken out: drop one from `order` instead.
    pub blocks: Vec<FlowBlock>,
    /// The blocks that are there, in the order of the bytecode. The first is the entry.
    pub order: Vec<BlockId>,
}

impl FlowGraph {
    /// Cuts `code` into blocks.
    pub fn of(code: &Code) -> FlowGraph {
        read::read(code)
    }

    /// Puts the blocks in a row, with a jump where control goes on with a block that does not come next.
    pub fn to_code(&self) -> Code {
        write::write(self)
    }

    /// A block. One that is not there is as good as an empty one.
    ///
    /// # Panics
    /// When there was never such a block.
    pub fn block(&self, id: BlockId) -> &FlowBlock {
        &self.blocks[id.index()]
    }

    /// The block where control enters.
    pub fn entry(&self) -> BlockId {
        self.order.first().copied().unwrap_or(BlockId(0))
    }

    /// All edges between blocks that are there, in their order. Edges of exceptions start at blocks that may raise.
    ///
    /// Up to 3.10 handlers are found by following `SETUP_*` and `POP_BLOCK`; see [`Cfg`](crate::cfg::Cfg) for what is
    /// known only at run time.
    pub fn edges(&self) -> Vec<Edge> {
        let version = self.object.version;
        let mut edges = self.plain_edges();
        if version.has_block_stack() {
            edges.extend(block_stack::edges(self, &edges));
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
        let edges: Vec<(u32, u32)> = self
            .edges()
            .iter()
            .filter(|edge| with_exceptions || edge.kind != EdgeKind::Exception)
            .map(|edge| (edge.from, edge.to))
            .collect();
        Graph::new(self.blocks.len(), &edges)
    }

    /// Which blocks every path to a block passes, exceptions included.
    pub fn dominators(&self) -> Dominators {
        Dominators::of(&self.graph(true), self.entry().0)
    }
}
