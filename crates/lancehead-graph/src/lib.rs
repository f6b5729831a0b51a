//! Directed graphs whose nodes are numbered without gaps, and which nodes dominate which.
//!
//! What the nodes are is up to who makes the graph: blocks of bytecode in `lancehead-code`, blocks of operations in the
//! decompiler.
//!
//! ```
//! use lancehead_graph::{Dominators, Graph};
//!
//! // 0 branches to 1 and 2, which meet in 3.
//! let graph = Graph::new(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]);
//! let dominators = Dominators::of(&graph, 0);
//! assert_eq!(dominators.immediate(3), Some(0));
//! assert!(!dominators.dominates(1, 3));
//! assert_eq!(Dominators::post(&graph).immediate(0), Some(3));
//! ```

mod dominators;
mod graph;

pub use dominators::Dominators;
pub use graph::Graph;
