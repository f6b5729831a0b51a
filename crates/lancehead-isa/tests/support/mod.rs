//! What the tests of this crate share.

pub mod interpreters;
pub mod reference;
