//! Graphs of blocks.

use crate::Op;
use crate::id::{BlockId, RegionId, ScopeId};

/// One operation, and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Inst {
    /// What it does.
    pub op: Op,
    /// The byte offset of its instruction.
    pub offset: u32,
    /// Its line in the source, 0 when it has none.
    pub line: u32,
}

/// How a block ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Terminator {
    /// Goes on elsewhere.
    Jump(BlockId),
    /// Pops a truth value.
    Branch {
        /// Taken when it is true.
        if_true: BlockId,
        /// Taken when it is false.
        if_false: BlockId,
        /// Whether the compiler jumped when it is true (and fell through when it is false). Since 3.12 it then turns jumps
        /// back around (`normalize_jumps` in `Python/flowgraph.c`), which is undone here.
        jump_if: bool,
        /// Whether the test is one for None that CPython spells the same for `is` and `is not`.
        none_test: bool,
    },
    /// Takes the next item of the iterator on top, pushing it for `body`; or drops the iterator for `exhausted`.
    ForIter {
        /// The loop body.
        body: BlockId,
        /// After the loop.
        exhausted: BlockId,
        /// `async for`.
        is_async: bool,
    },
    /// `SETUP_LOOP` (3.7): a loop starts, and says where it ends.
    Loop {
        /// The test of a `while`, the iterable of a `for`.
        body: BlockId,
        /// After the statement, `else` clause included: where [`Op::Break`] leads.
        after: BlockId,
        /// Whether it is a `for`.
        is_for: bool,
    },
    /// Returns the top.
    Return,
    /// `raise` with this many values.
    Raise(u32),
    /// Raises the exception of the handler again.
    Reraise,
}

/// A straight run of operations.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// What it does.
    pub insts: Vec<Inst>,
    /// How it ends.
    pub terminator: Terminator,
    /// Byte offset of its first instruction: blocks were written in this order.
    pub offset: u32,
    /// Byte offset and line of its terminator.
    pub end: (u32, u32),
    /// Where it stands among the protected regions.
    pub scope: ScopeId,
}

impl Terminator {
    /// The blocks that may follow, exceptions aside.
    pub fn successors(&self) -> impl Iterator<Item = BlockId> + use<> {
        let pair = match *self {
            Terminator::Jump(to) => [Some(to), None],
            Terminator::Branch { if_true, if_false, .. } => [Some(if_true), Some(if_false)],
            Terminator::ForIter { body, exhausted, .. } => [Some(body), Some(exhausted)],
            Terminator::Loop { body, after, .. } => [Some(body), Some(after)],
            Terminator::Return | Terminator::Raise(_) | Terminator::Reraise => [None, None],
        };
        pair.into_iter().flatten()
    }

    /// Where a branch leads when it does not jump: what the compiler wrote behind it.
    pub fn falls_to(&self) -> Option<BlockId> {
        match *self {
            Terminator::Branch { if_true, if_false, jump_if, .. } => {
                Some(if jump_if { if_false } else { if_true })
            }
            _ => None,
        }
    }

    /// Rewrites every successor.
    pub fn map_successors(&mut self, mut f: impl FnMut(BlockId) -> BlockId) {
        match self {
            Terminator::Jump(to) => *to = f(*to),
            Terminator::Branch { if_true, if_false, .. } => {
                *if_true = f(*if_true);
                *if_false = f(*if_false);
            }
            Terminator::ForIter { body, exhausted, .. } => {
                *body = f(*body);
                *exhausted = f(*exhausted);
            }
            Terminator::Loop { body, after, .. } => {
                *body = f(*body);
                *after = f(*after);
            }
            Terminator::Return | Terminator::Raise(_) | Terminator::Reraise => {}
        }
    }
}

/// What a region protects for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegionKind {
    /// Not known yet: `except` or `finally` (since 3.8 one instruction sets up both).
    Try,
    /// A `with`.
    With,
}

/// Blocks that share an innermost exception handler.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Where exceptions go; its first operation is [`Op::EnterHandler`].
    pub handler: BlockId,
    /// The scope in which the whole statement stands.
    pub parent: ScopeId,
    /// What the bytecode says of its kind.
    pub kind: RegionKind,
    /// How many values the handler keeps, where the exception table says so.
    pub depth: Option<u32>,
    /// The line of the keyword that begins the statement, 0 if unknown.
    pub line: u32,
    /// Up to 3.8: the block that stands behind the `END_FINALLY` of the handler: the `else` clause, or what follows.
    pub after: Option<BlockId>,
    /// Up to 3.8: where falling off the end of an `except … as name` clause leads, even if none does so: what follows the
    /// unbinding of the name.
    pub clauses_end: Option<BlockId>,
}

/// A place in the nest of regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Outside every region.
    Root,
    /// In the body of a region: exceptions go to its handler.
    Body(RegionId),
    /// In the handler of a region, until the exception is dealt with.
    Handler(RegionId),
}

/// The code of one code object.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// The blocks.
    pub blocks: Vec<Block>,
    /// Where it starts.
    pub entry: BlockId,
    /// The protected regions.
    pub regions: Vec<Region>,
    /// The scopes; the first is the root.
    pub scopes: Vec<Scope>,
    /// The instructions that are kept for their lines alone, by offset.
    pub line_markers: Vec<LineMarker>,
    /// The lines of blocks that only jumped and were threaded away, by the edges that led through them.
    pub elided_jumps: Vec<ElidedJump>,
    /// Blocks, in order, that fell through to a block that only jumps: `if test: continue` on one line.
    pub falls_to_jump: Vec<BlockId>,
}

/// The line of a block that only jumped and was threaded away: a `pass`, `continue` or `break`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElidedJump {
    /// Where the edge starts.
    pub from: BlockId,
    /// Where it leads.
    pub to: BlockId,
    /// The line of the jump.
    pub line: u32,
}

/// A `NOP` that the compiler keeps for its line: what is left of a `pass`, a `try`, a `while True`, or of a constant that was
/// folded into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineMarker {
    /// Its byte offset.
    pub offset: u32,
    /// The byte offset of the instruction after it.
    pub next: u32,
    /// Its line in the source.
    pub line: u32,
    /// Whether it is what a `try` leaves before its body.
    pub begins_try: bool,
}

impl LineMarker {
    /// Those right before a byte offset, in order; `all` are in order too.
    pub fn right_before(all: &[LineMarker], before: u32) -> &[LineMarker] {
        let end = all.partition_point(|marker| marker.offset < before);
        let mut next = before;
        let is_next = |marker: &&LineMarker| std::mem::replace(&mut next, marker.offset) == marker.next;
        let count = all[..end].iter().rev().take_while(is_next).count();
        &all[end - count..end]
    }
}

impl Graph {
    /// The outermost scope.
    pub const ROOT: ScopeId = ScopeId(0);

    /// A block.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }

    /// The line of the first marker at the start of a block, those of a `try` left out.
    pub fn marker_line_at(&self, id: BlockId) -> Option<u32> {
        self.first_line_marker(id).map(|marker| marker.line)
    }

    /// The first marker at the start of a block, those of a `try` left out.
    pub fn first_line_marker(&self, id: BlockId) -> Option<&LineMarker> {
        self.line_markers_from(id).find(|marker| !marker.begins_try)
    }

    /// Whether a block starts with what a `try` leaves before its body.
    pub fn begins_try(&self, id: BlockId) -> bool {
        self.line_markers_from(id).any(|marker| marker.begins_try)
    }

    fn line_markers_from(&self, id: BlockId) -> impl Iterator<Item = &LineMarker> {
        let block = self.block(id);
        let end = match block.terminator {
            Terminator::Jump(next) if block.insts.is_empty() => self.block(next).offset,
            _ => u32::MAX,
        };
        let at = self.line_markers.partition_point(|marker| marker.offset < block.offset);
        let mut next = block.offset;
        self.line_markers[at..].iter().take_while(move |marker| {
            let is_next = marker.offset == next && marker.offset != end;
            next = marker.next;
            is_next
        })
    }

    /// A region.
    pub fn region(&self, id: RegionId) -> &Region {
        &self.regions[id.index()]
    }

    /// The scope of a region's body. Every region adds two scopes after the root, its body's and its handler's.
    pub const fn body_scope(region: RegionId) -> ScopeId {
        ScopeId(1 + 2 * region.0)
    }

    /// The scope of a region's handler.
    pub const fn handler_scope(region: RegionId) -> ScopeId {
        ScopeId(2 + 2 * region.0)
    }

    /// The scope around a scope; the root's is the root.
    pub fn parent(&self, scope: ScopeId) -> ScopeId {
        match self.scopes[scope.index()] {
            Scope::Root => Graph::ROOT,
            Scope::Body(region) | Scope::Handler(region) => self.region(region).parent,
        }
    }

    /// The blocks that come next in the layout of a handler's clauses up to 3.8. Control need not go there, but statements
    /// follow each other in that order.
    pub fn layout_successors(&self, id: BlockId) -> impl Iterator<Item = BlockId> + use<> {
        let block = self.block(id);
        let (after, end) = match self.scopes[block.scope.index()] {
            Scope::Handler(region) => {
                let info = self.region(region);
                (
                    info.after.filter(|_| block.terminator == Terminator::Reraise),
                    info.clauses_end.filter(|_| info.handler == id),
                )
            }
            _ => (None, None),
        };
        after.into_iter().chain(end)
    }

    /// Whether `inner` is `outer` or lies within it.
    pub fn is_within(&self, inner: ScopeId, outer: ScopeId) -> bool {
        let mut at = inner;
        loop {
            if at == outer {
                return true;
            }
            if at == Graph::ROOT {
                return false;
            }
            at = self.parent(at);
        }
    }

    /// The region whose body `scope` is in, itself or around a handler.
    pub fn handler_of(&self, scope: ScopeId) -> Option<RegionId> {
        let mut at = scope;
        loop {
            match self.scopes[at.index()] {
                Scope::Root => return None,
                Scope::Body(region) => return Some(region),
                Scope::Handler(region) => at = self.region(region).parent,
            }
        }
    }
}

/// A part of a graph, to say where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The graph as a whole.
    Graph,
    /// A region.
    Region(RegionId),
    /// A block.
    Block(BlockId),
    /// An operation of a block, by its index.
    Inst(BlockId, usize),
    /// The terminator of a block.
    Terminator(BlockId),
}
