//! What the tests of this crate share.

#[path = "../../../lancehead-isa/tests/support/interpreters.rs"]
pub mod interpreters;
