//! What one code object says of itself, and what is kept while it is decompiled.

pub mod budget;
pub mod columns;
pub mod compiler_state;
pub mod constants;
pub mod definition;
pub mod dialect;
pub mod failure;
pub mod form;
pub mod mangling;
pub mod nested;
pub mod scope;
pub mod unit;
