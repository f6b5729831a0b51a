//! The version-neutral instruction set, and the lift from bytecode to it.
