//! What the verifier knows at one place.

use smallvec::{SmallVec, smallvec};

use super::slot::Slot;

/// A set of frame slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SlotSet(SmallVec<[u64; 2]>);

impl SlotSet {
    pub fn new(len: usize) -> SlotSet {
        SlotSet(smallvec![0; len.div_ceil(64)])
    }

    pub fn contains(&self, slot: u32) -> bool {
        self.0.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    pub fn set(&mut self, slot: u32, to: bool) {
        if let Some(word) = self.0.get_mut(slot as usize / 64) {
            *word = if to { *word | 1 << (slot % 64) } else { *word & !(1 << (slot % 64)) };
        }
    }

    /// Keeps what is in both; tells whether that changed anything.
    pub fn intersect(&mut self, other: &SlotSet) -> bool {
        let mut changed = false;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            changed |= *word & !other != 0;
            *word &= other;
        }
        changed
    }
}

/// An entry of the block stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameBlock {
    /// A handler at this byte offset, that keeps `level` values of the stack; `finally` if it is entered by `break`,
    /// `continue` and `return` too (3.7).
    Handler { target: u32, level: usize, finally: bool },
    /// A loop that ends at this byte offset, with `level` values on the stack (3.7).
    Loop { target: u32, level: usize },
    /// An exception is being handled, whose predecessor lies above `level` values.
    Handling { level: usize },
}

/// Stack and frame at one place.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub stack: Vec<Slot>,
    /// Frame slots that hold something.
    pub assigned: SlotSet,
    /// Frame slots that hold a cell.
    pub cells: SlotSet,
    /// The block stack (up to 3.10). Since 3.9 all paths must agree on it.
    pub blocks: Vec<FrameBlock>,
    /// Whether this is a generator's frame already (3.11 and later): `RETURN_GENERATOR` makes it one.
    pub is_made: bool,
    /// Whether code must be such that it does what it says, and not only such that it does no harm.
    pub strict: bool,
    /// How much of the stack the last instruction left alone: what it takes off is gone when it raises.
    pub low: usize,
}

impl State {
    /// Whether control goes on in the same way with `other` at the end of a `finally` body (3.7 and 3.8).
    pub fn is_alike(&self, other: &State) -> bool {
        let decides = |(a, b): (&Slot, &Slot)| a == b || !(a.is_reason() && b.is_reason());
        self.blocks == other.blocks
            && self.stack.len() == other.stack.len()
            && self.stack.iter().zip(&other.stack).all(decides)
    }

    /// Whether what is known at one place covers both: stacks of one depth, the same blocks, a generator or not.
    pub fn is_level(&self, other: &State) -> bool {
        self.stack.len() == other.stack.len() && self.blocks == other.blocks && self.is_made == other.is_made
    }

    /// Takes in what another path brings, stacks being of one depth; tells whether that changed anything.
    pub fn join(&mut self, other: &State) -> bool {
        let mut changed = self.assigned.intersect(&other.assigned);
        changed |= self.cells.intersect(&other.cells);
        for (mine, &theirs) in self.stack.iter_mut().zip(&other.stack) {
            let joined = mine.join(theirs);
            changed |= joined != *mine;
            *mine = joined;
        }
        changed
    }
}
