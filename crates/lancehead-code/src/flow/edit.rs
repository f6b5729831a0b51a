//! Splitting, merging and dropping blocks.

use lancehead_isa::Flow;

use super::read::leaves_region;
use super::{BlockId, FlowBlock, FlowGraph};
use crate::program::{Instr, Operand};

impl FlowGraph {
    /// Adds a block behind all others.
    pub fn add_block(&mut self, block: FlowBlock) -> BlockId {
        let id = BlockId(self.blocks.len() as u32);
        self.blocks.push(block);
        self.order.push(id);
        id
    }

    /// Cuts a block in two before instruction `at`; the new block holds what comes after, and stands behind.
    ///
    /// # Panics
    /// When the block has fewer than `at` instructions.
    pub fn split(&mut self, id: BlockId, at: usize) -> BlockId {
        let new = BlockId(self.blocks.len() as u32);
        let block = &mut self.blocks[id.index()];
        let rest = FlowBlock {
            instructions: block.instructions.split_off(at),
            next: block.next,
            handler: block.handler,
        };
        block.next = Some(new);
        self.blocks.push(rest);
        let place = self.order.iter().position(|&known| known == id).map_or(self.order.len(), |at| at + 1);
        self.order.insert(place, new);
        new
    }

    /// Joins blocks that always follow one another: the first has no other successor, the second no other predecessor, and
    /// one handler holds for both. A jump between them goes. Gives how many blocks are gone.
    pub fn merge_blocks(&mut self) -> usize {
        let mut references = self.references();
        let mut merged = 0;
        let mut is_gone = vec![false; self.blocks.len()];
        for at in 0..self.order.len() {
            let id = self.order[at];
            while !is_gone[id.index()] {
                let Some(next) = self.only_successor(id).filter(|next| {
                    *next != id
                        && *next != self.entry()
                        && references[next.index()] == 1
                        && self.block(*next).handler == self.block(id).handler
                }) else {
                    break;
                };
                if self.block(id).flow() == Flow::Jump {
                    self.blocks[id.index()].instructions.pop();
                }
                let FlowBlock { instructions, next: after, .. } =
                    std::mem::take(&mut self.blocks[next.index()]);
                let block = &mut self.blocks[id.index()];
                block.instructions.extend(instructions);
                block.next = after;
                references[next.index()] = 0;
                is_gone[next.index()] = true;
                merged += 1;
            }
        }
        self.order.retain(|id| !is_gone[id.index()]);
        merged
    }

    /// By block: how often it is named, by jumps, handlers and what goes on with it.
    fn references(&self) -> Vec<usize> {
        let mut references = vec![0; self.blocks.len()];
        for &id in &self.order {
            let block = self.block(id);
            let named = block.instructions.iter().filter_map(|instruction| match instruction.operand {
                Operand::Label(label) => Some(BlockId(label.0)),
                _ => None,
            });
            let handler = block.handler.map(|handler| handler.block);
            for to in named.chain(block.next).chain(handler) {
                references[to.index()] += 1;
            }
        }
        references
    }

    /// The block where control goes from this one, whatever happens.
    fn only_successor(&self, id: BlockId) -> Option<BlockId> {
        let block = self.block(id);
        match block.flow() {
            Flow::Jump if block.instructions.last().is_some_and(is_plain_jump) => block.target(),
            Flow::Next if !block.instructions.last().is_some_and(|last| leaves_region(last.opcode)) => {
                block.next
            }
            _ => None,
        }
    }

    /// The blocks that control never gets to, exceptions included.
    pub fn dead_blocks(&self) -> Vec<BlockId> {
        let mut alive = vec![false; self.blocks.len()];
        let mut waiting = vec![self.entry()];
        while let Some(id) = waiting.pop() {
            let Some(known) = alive.get_mut(id.index()) else { continue };
            if std::mem::replace(known, true) {
                continue;
            }
            let block = self.block(id);
            waiting.extend(block.next);
            // What is named in any way: handlers that are set up, and places that instructions only know of.
            waiting.extend(block.instructions.iter().filter_map(|instruction| match instruction.operand {
                Operand::Label(label) => Some(BlockId(label.0)),
                _ => None,
            }));
            let handler = block.handler.filter(|_| block.may_raise(self.object.version));
            waiting.extend(handler.map(|handler| handler.block));
        }
        self.order.iter().copied().filter(|id| !alive[id.index()]).collect()
    }

    /// Drops the blocks that control never gets to; gives how many. A block that stays and never raises loses a handler
    /// that goes.
    pub fn remove_dead_blocks(&mut self) -> usize {
        let dead = self.dead_blocks();
        let mut is_dead = vec![false; self.blocks.len()];
        for id in &dead {
            is_dead[id.index()] = true;
            self.blocks[id.index()] = FlowBlock::default();
        }
        self.order.retain(|id| !is_dead[id.index()]);
        for block in &mut self.blocks {
            block.handler = block.handler.filter(|handler| !is_dead[handler.block.index()]);
        }
        dead.len()
    }
}

/// Whether this only jumps: taking it out changes nothing but the way.
pub(crate) fn is_plain_jump(instruction: &Instr) -> bool {
    use lancehead_isa::Opcode::*;
    matches!(instruction.opcode, JUMP_FORWARD | JUMP_ABSOLUTE | JUMP_BACKWARD | JUMP_BACKWARD_NO_INTERRUPT)
}
