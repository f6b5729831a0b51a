//! A graph made ready for the structurer.

use std::rc::Rc;

use lancehead_ir::{BlockId, Graph};

use super::handlers::HandlerKind;
use crate::code::budget::Meter;
use crate::code::dialect::Dialect;

/// A graph made ready for the structurer.
#[derive(Debug)]
pub struct Prepared {
    /// The graph.
    pub graph: Graph,
    /// What each region's handler is in the source.
    pub kinds: Vec<HandlerKind>,
    /// What the version has.
    pub dialect: Dialect,
    /// In code that cannot return (a module, a class): where all its ways end.
    pub end: Option<BlockId>,
    /// What making it ready costs.
    pub meter: Rc<Meter>,
}
