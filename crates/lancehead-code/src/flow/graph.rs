//! The graph and its blocks.

use lancehead_isa::Flow;
use lancehead_pyc::{CodeObject, Version};

use crate::program::{Instr, Label, Operand};

/// A block of a [`FlowGraph`], by its index. The operand of a jump to it is [`BlockId::label`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);

impl BlockId {
    /// What stands for the block in operands.
    pub fn label(self) -> Label {
        Label(self.0)
    }

    pub(super) fn index(self) -> usize {
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

    pub(super) fn flow(&self) -> Flow {
        self.instructions.last().map_or(Flow::Next, |last| last.opcode.flow())
    }

    pub(super) fn may_raise(&self, version: Version) -> bool {
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
}
