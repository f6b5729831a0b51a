//! The version-neutral instruction set, and the lift from bytecode to it.
//!
//! [`lift`] turns a code object of any version into a [`Graph`] of blocks whose operations mean the same on every
//! version, with exception handling explicit. What differs between versions ends here.

mod effect;
mod fuel;
mod graph;
mod id;
mod lift;
mod op;
mod temporaries;
pub mod text;
pub mod verify;

pub use fuel::{Exhausted, Fuel, Limits};
pub use graph::{Block, ElidedJump, Graph, Inst, LineMarker, Region, RegionKind, Scope, Terminator};
pub use id::{BlockId, RegionId, ScopeId};
pub use lift::{LiftError, lift};
pub use op::{Collection, Comparison, Op, Operator, UnaryOperator, Variable};
pub use temporaries::Temporaries;
