//! Python's syntax tree to 3.15, and its printer.

mod node;

pub use node::*;
