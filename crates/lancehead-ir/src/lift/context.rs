//! The block stack of 3.7 to 3.10, as the walk knows it.

use rustc_hash::FxHashMap;

use crate::{Graph, RegionId, ScopeId};

/// A block stack, shared: see [`Contexts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContextId(u32);

/// An entry of the block stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frame {
    /// `SETUP_LOOP` (3.7).
    Loop,
    /// `SETUP_EXCEPT`, `SETUP_FINALLY`, `SETUP_WITH`: exceptions go to the region's handler. For 3.7, where the
    /// handler starts, if falling off the end leads there too.
    Protected { region: RegionId, falls_to: Option<u32> },
    /// A `SETUP_*` that the lift folded away; `POP_BLOCK` still pops it.
    Folded,
    /// In the handler of a region.
    Handler { region: RegionId },
    /// In a copy of a `finally` body that was not entered by an exception.
    FinallyBody { then: Then },
}

/// What follows a copy of a `finally` body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Then {
    /// The instruction after `END_FINALLY`.
    Next,
    /// The instruction after `CALL_FINALLY` (3.8).
    ReturnTo(u32),
}

/// All block stacks that occur, each stored once.
#[derive(Debug)]
pub struct Contexts {
    frames: Vec<(Option<Frame>, ContextId, ScopeId)>,
    known: FxHashMap<(ContextId, Frame), ContextId>,
}

impl Contexts {
    /// The empty block stack.
    pub const EMPTY: ContextId = ContextId(0);

    pub fn new() -> Self {
        Contexts { frames: vec![(None, Self::EMPTY, Graph::ROOT)], known: FxHashMap::default() }
    }

    /// Pushes a frame; `scope` gives the scope that it opens, if it opens one.
    pub fn push(&mut self, below: ContextId, frame: Frame, scope: Option<ScopeId>) -> ContextId {
        let scope = scope.unwrap_or(self.scope(below));
        *self.known.entry((below, frame)).or_insert_with(|| {
            self.frames.push((Some(frame), below, scope));
            ContextId(self.frames.len() as u32 - 1)
        })
    }

    /// The topmost frame and the stack below it.
    pub fn pop(&self, context: ContextId) -> Option<(Frame, ContextId)> {
        let (frame, below, _) = self.frames[context.0 as usize];
        frame.map(|frame| (frame, below))
    }

    /// The scope of code in this context.
    pub fn scope(&self, context: ContextId) -> ScopeId {
        self.frames[context.0 as usize].2
    }
}
