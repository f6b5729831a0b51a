//! The `lancehead` command.
fn main() {}
