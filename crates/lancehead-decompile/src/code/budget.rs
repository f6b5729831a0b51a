//! Bounds on the work that one code object may cause. Hitting one costs the code object, which then says so.

/// Code objects nest at most this deep. CPython's parser allows 100 levels of indentation.
pub const MAX_NESTING: u32 = 200;

/// Nodes of lambdas and comprehensions that are copied into the code around them. One that a single constant stands for may
/// be made any number of times.
pub const MAX_NESTED_NODES: u64 = 1_000_000;

/// Statements of a body in which some definition stands more than once. Copies of copies grow exponentially.
pub const MAX_COPIED_STATEMENTS: u64 = 200_000;

/// Nodes of expressions that are copied because a value on the stack is used more than once.
pub const MAX_SHARED_NODES: u64 = 200_000;
