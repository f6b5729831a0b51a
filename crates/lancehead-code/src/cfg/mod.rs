//! Basic blocks of a code object, and the edges between them.

mod block_stack;
mod blocks;
mod draw;
mod edge;
mod svg;

pub(crate) use block_stack::{Exit, edges as block_stack_edges};
pub use blocks::{Block, Cfg, CfgError};
pub use draw::{dot, mermaid};
pub use edge::{Edge, EdgeKind};
pub use lancehead_graph::{Dominators, Graph};
pub use svg::svg;
