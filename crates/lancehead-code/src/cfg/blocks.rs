//! Cutting a code object into basic blocks.

use lancehead_graph::Graph;
use lancehead_isa::{ExceptionEntry, Flow, Instruction, Opcode, decode, exception_table};
use lancehead_pyc::{CodeObject, Version};
use rustc_hash::FxHashMap;

use super::block_stack::{self, Exit};
use super::edge::{Edge, EdgeKind};
use crate::ListingError;
use crate::stack::find;

/// A run of instructions that is entered only at its start and left only at its end, except by exceptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Byte offset of the first instruction, prefixes included.
    pub start: u32,
    /// Byte offset after the last instruction.
    pub end: u32,
    /// The instructions, as a range of [`Cfg::instructions`].
    pub instructions: std::ops::Range<usize>,
}

/// The control-flow graph of a code object. Block 0 is the entry; blocks come in the order of the bytecode.
///
/// Handlers come from the exception table since 3.11, and from following `SETUP_*` and `POP_BLOCK` before. Three
/// constructs up to 3.8 know only at run time where they lead: a `finally` body entered by `CALL_FINALLY` returns
/// behind it, which is drawn as an edge from the call; `BREAK_LOOP` in a `finally` block leads to its body; and
/// `END_FINALLY` is drawn going on with the next instruction only.
#[derive(Debug, Clone)]
pub struct Cfg {
    /// All instructions in order.
    pub instructions: Vec<Instruction>,
    /// The blocks.
    pub blocks: Vec<Block>,
    /// The edges, in the order of the blocks that they start from.
    pub edges: Vec<Edge>,
}

/// A code object whose control flow cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CfgError {
    /// It cannot be decoded.
    #[error(transparent)]
    Malformed(#[from] ListingError),
    /// It has no instructions.
    #[error("expected at least one instruction")]
    Empty,
    /// A jump or an exception-table entry names an offset at which no instruction begins.
    #[error("at byte {from}: expected the offset of an instruction, found {to}")]
    BadTarget {
        /// The instruction that jumps, or where the range of an exception-table entry begins.
        from: u32,
        /// Where it leads.
        to: i64,
    },
}

impl Cfg {
    /// Draws the control flow of `code`.
    ///
    /// # Errors
    /// When the bytecode or the exception table is malformed, empty, or leads to where no instruction begins.
    pub fn of(code: &CodeObject) -> Result<Cfg, CfgError> {
        let version = code.version;
        let instructions = decode(version, &code.code).map_err(ListingError::Code)?;
        let handlers = exception_table(&code.exceptiontable).map_err(ListingError::Exceptions)?;
        if instructions.is_empty() {
            return Err(CfgError::Empty);
        }
        let starts: FxHashMap<u32, usize> =
            instructions.iter().enumerate().map(|(index, instruction)| (instruction.start, index)).collect();
        let blocks = split(version, &instructions, &starts, &handlers)?;
        let mut edges = Vec::new();
        let block_at = |offset: u32| blocks.partition_point(|block| block.start <= offset) as u32 - 1;
        for (from, block) in (0..).zip(&blocks) {
            let last = &instructions[block.instructions.end - 1];
            push_edges(version, last, from, blocks.len(), &block_at, &mut edges);
        }
        let mut cfg = Cfg { instructions, blocks, edges };
        if version.has_exception_table() {
            cfg.add_handlers(version, &handlers);
        } else {
            let exits = block_stack::edges(&cfg.graph(true), 0, |block| cfg.exit(version, block));
            cfg.edges.extend(exits);
        }
        cfg.edges.sort_by_key(|edge| edge.from);
        Ok(cfg)
    }

    /// The block that the instruction at byte `offset` belongs to.
    pub fn block_at(&self, offset: u32) -> Option<u32> {
        let index = self.blocks.partition_point(|block| block.start <= offset).checked_sub(1)?;
        (offset < self.blocks[index].end).then_some(index as u32)
    }

    /// The last instruction of a block.
    pub fn last(&self, block: u32) -> Option<&Instruction> {
        self.instructions.get(self.blocks.get(block as usize)?.instructions.end - 1)
    }

    /// The blocks as plain numbers, with all edges or without those of exceptions: for [`Dominators`](super::Dominators).
    pub fn graph(&self, with_exceptions: bool) -> Graph {
        let kept = self.edges.iter().filter(|edge| with_exceptions || edge.kind != EdgeKind::Exception);
        let edges: Vec<(u32, u32)> = kept.map(|edge| (edge.from, edge.to)).collect();
        Graph::new(self.blocks.len(), &edges)
    }

    /// What the block stack depends on, of a block.
    fn exit(&self, version: Version, block: u32) -> Option<Exit> {
        let last = self.last(block)?;
        let instructions = &self.instructions[self.blocks[block as usize].instructions.clone()];
        Some(Exit {
            may_raise: instructions.iter().any(|instruction| instruction.opcode.may_raise(version)),
            last: Some(last.opcode),
            target: last.jump_target(version).and_then(|target| self.block_at(target)),
        })
    }

    /// Adds an edge from each block that lies in a range of the exception table, and may raise, to its handler.
    ///
    /// Where ranges overlap, which the compiler never does, the first entry holds, as in the interpreter.
    fn add_handlers(&mut self, version: Version, handlers: &[ExceptionEntry]) {
        let count = self.blocks.len();
        // By block: itself when no entry covered it yet, else some later block to look at.
        let mut next_free: Vec<usize> = (0..=count).collect();
        for entry in handlers {
            let Some(to) = self.block_at(entry.target) else { continue };
            let mut at = self.blocks.partition_point(|block| block.start < entry.start);
            loop {
                at = find(&mut next_free, at);
                let Some(block) = self.blocks.get(at).filter(|block| block.start < entry.end) else { break };
                if self.instructions[block.instructions.clone()].iter().any(|i| i.opcode.may_raise(version)) {
                    self.edges.push(Edge { from: at as u32, to, kind: EdgeKind::Exception });
                }
                next_free[at] = at + 1;
            }
        }
    }
}

/// Cuts the bytecode where control comes in or goes out, and where handlers change.
fn split(
    version: Version,
    instructions: &[Instruction],
    starts: &FxHashMap<u32, usize>,
    handlers: &[ExceptionEntry],
) -> Result<Vec<Block>, CfgError> {
    let end = instructions.last().map_or(0, |last| last.end);
    let index_of = |from: u32, to: i64| {
        let offset = u32::try_from(to).ok();
        match offset.and_then(|offset| starts.get(&offset)) {
            Some(&index) => Ok(index),
            None => Err(CfgError::BadTarget { from, to }),
        }
    };
    let mut leads = vec![false; instructions.len()];
    leads[0] = true;
    for (index, instruction) in instructions.iter().enumerate() {
        let flow = instruction.opcode.flow();
        let target =
            if flow.jumps() || flow == Flow::Setup { instruction.operand_offset(version) } else { None };
        if let Some(target) = target {
            leads[index_of(instruction.offset, target)?] = true;
        }
        if (flow != Flow::Next || changes_handlers(instruction.opcode)) && index + 1 < leads.len() {
            leads[index + 1] = true;
        }
    }
    for entry in handlers {
        leads[index_of(entry.start, entry.start.into())?] = true;
        leads[index_of(entry.start, entry.target.into())?] = true;
        if entry.end != end {
            leads[index_of(entry.start, entry.end.into())?] = true;
        }
    }
    let firsts: Vec<usize> = (0..leads.len()).filter(|&index| leads[index]).collect();
    let nexts = firsts.iter().skip(1).copied().chain([instructions.len()]);
    let block = |(first, next): (&usize, usize)| Block {
        start: instructions[*first].start,
        end: instructions[next - 1].end,
        instructions: *first..next,
    };
    Ok(firsts.iter().zip(nexts).map(block).collect())
}

/// Whether other handlers hold after this opcode than before it (up to 3.10).
fn changes_handlers(opcode: Opcode) -> bool {
    opcode.flow() == Flow::Setup || opcode == Opcode::POP_BLOCK
}

/// The edges that leave a block after its last instruction.
fn push_edges(
    version: Version,
    last: &Instruction,
    from: u32,
    blocks: usize,
    block_at: &impl Fn(u32) -> u32,
    edges: &mut Vec<Edge>,
) {
    let flow = last.opcode.flow();
    let next = from + 1;
    if (flow.falls_through() || flow == Flow::CallFinally) && (next as usize) < blocks {
        edges.push(Edge { from, to: next, kind: EdgeKind::Next });
    }
    if let Some(target) = last.jump_target(version).filter(|_| flow.jumps()) {
        edges.push(Edge { from, to: block_at(target), kind: EdgeKind::Jump });
    }
}
