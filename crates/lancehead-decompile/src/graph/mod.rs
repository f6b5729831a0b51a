//! Questions about control-flow graphs. Nothing here changes one.

pub mod breaks;
pub mod exits;
pub mod fingerprint;
pub mod flow;
pub mod handlers;
pub mod prepared;
