//! Edges between blocks.

/// Why control goes along an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// To the next instruction.
    Next,
    /// Along a jump.
    Jump,
    /// To a handler, when an instruction of the block raises.
    Exception,
}

/// An edge between blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edge {
    /// The block where it starts.
    pub from: u32,
    /// The block where it ends.
    pub to: u32,
    /// Why it is taken.
    pub kind: EdgeKind,
}
