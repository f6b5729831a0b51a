//! Programs of instructions: listings, control-flow graphs, dominators, assembly.

pub mod asm;
pub mod cfg;
pub mod listing;
pub mod program;
mod repr;
mod stack;
mod tree;
pub mod verify;

pub use listing::{ArgValue, CacheEntry, Listing, ListingError, Row};
pub use repr::repr;
pub use stack::{StackDepths, StackError, StackErrorKind};
pub use tree::code_tree;
