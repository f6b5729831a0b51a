//! The syntax tree: walks, questions, and what is built of it. Nothing here knows of bytecode.

pub mod annotation_marker;
pub mod assertion;
pub mod bindings;
pub mod build;
pub mod compare;
pub mod query;
pub mod visit;
