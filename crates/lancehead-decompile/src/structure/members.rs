//! Which blocks are among some blocks.

use lancehead_ir::BlockId;
use rustc_hash::FxHashSet;

/// So many comparisons of blocks cost less than a set of them.
const COMPARISONS: usize = 64;

/// Some blocks, to be asked which ones they are.
pub enum Members<'b> {
    /// Asked by comparison.
    Few(&'b [BlockId]),
    /// Asked by hash.
    Many(FxHashSet<BlockId>),
}

impl<'b> Members<'b> {
    /// These blocks, about which so many questions will be asked.
    pub fn of(blocks: &'b [BlockId], questions: usize) -> Members<'b> {
        match blocks.len().saturating_mul(questions) > COMPARISONS {
            true => Members::Many(blocks.iter().copied().collect()),
            false => Members::Few(blocks),
        }
    }

    /// Whether a block is one of them.
    pub fn contains(&self, block: BlockId) -> bool {
        match self {
            Members::Few(blocks) => blocks.contains(&block),
            Members::Many(blocks) => blocks.contains(&block),
        }
    }
}
