//! Bounds on the work that one code object may cause, all in one place.
//!
//! A few hundred bytes of bytecode can stand for a program without end, so that whatever grows is counted. Some bounds cost the code
//! object, which then says so ([`Failure::TooComplex`](crate::Failure::TooComplex)); others end a search, and what would have
//! been found is written in a plainer way. Either way hitting one is counted by the [`Meter`], and reported.

use std::cell::{Cell, RefCell};
use std::fmt;

/// Something that is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Budget {
    /// [`MAX_NESTING`].
    Nesting,
    /// [`MAX_NESTED_NODES`].
    NestedNodes,
    /// [`MAX_COPIED_STATEMENTS`].
    CopiedStatements,
    /// [`MAX_SHARED_NODES`].
    SharedNodes,
    /// [`MAX_REPEATED_TEXT`].
    RepeatedText,
    /// [`STEPS_PER_BLOCK`].
    Steps,
    /// [`MAX_FOLDED_NODES`].
    FoldedNodes,
    /// [`MAX_EXPRESSION_DEPTH`].
    ExpressionDepth,
    /// [`MAX_SUITE_DEPTH`].
    SuiteDepth,
    /// [`MAX_ARM_BLOCKS`].
    ArmBlocks,
    /// [`MAX_EXIT_BLOCKS`].
    ExitBlocks,
    /// [`MAX_REACHED_BLOCKS`].
    ReachedBlocks,
    /// [`MAX_FINALLY_PLACES`].
    FinallyPlaces,
    /// [`MAX_LOOP_TEST_BLOCKS`].
    LoopTestBlocks,
}

/// Code objects nest at most this deep. CPython's parser allows 100 levels of indentation.
pub const MAX_NESTING: u32 = 200;

/// Nodes of lambdas and comprehensions that are copied into the code around them. One that a single constant stands for may
/// be made any number of times.
pub const MAX_NESTED_NODES: u64 = 1_000_000;

/// Statements of a body in which some definition stands more than once. Copies of copies grow exponentially.
pub const MAX_COPIED_STATEMENTS: u64 = 200_000;

/// Nodes of expressions that are copied because a value on the stack is used more than once.
pub const MAX_SHARED_NODES: u64 = 200_000;

/// Bytes of text of constants that are loaded again. The bytecode names a constant in two bytes, the source spells it out each time.
pub const MAX_REPEATED_TEXT: u64 = 16 << 20;

/// Constants of at most so many bytes are not counted for [`MAX_REPEATED_TEXT`]: an instruction that loads one is not much shorter.
pub const SHORT_CONSTANT: u64 = 100;

/// Steps of the structurer for each block, and for every 16 operations of one: exits may be copied, but not without end. Compiled
/// code takes fewer than ten.
pub const STEPS_PER_BLOCK: u64 = 60;

/// Steps that any function may take, however small.
pub const LEAST_STEPS: u64 = 2_000;

/// Nodes of the conditions and values that blocks are folded into, counted again each time they grow. A condition of 1,000
/// operands, each folded by itself, comes to half of this; what no compiler made can double with every block.
pub const MAX_FOLDED_NODES: u64 = 1_000_000;

/// How deep an expression may nest that spans blocks. A conditional expression takes one level; CPython's parser allows fewer.
pub const MAX_EXPRESSION_DEPTH: u32 = 20_000;

/// How deep suites may nest. CPython's parser allows 100 levels of indentation, but an `elif` is one, too.
pub const MAX_SUITE_DEPTH: u32 = 4_000;

/// Blocks of an arm that are searched for where it meets the code behind an arm that never ends. A longer arm needs no such
/// guess: it is followed by a block that several ways lead to.
pub const MAX_ARM_BLOCKS: usize = 64;

/// Blocks behind the `break` of a loop that are asked where they lead. More are the code behind the loop itself.
pub const MAX_EXIT_BLOCKS: usize = 256;

/// Blocks that are walked to find whether one exit of a loop leads to another. It is done for each exit.
pub const MAX_REACHED_BLOCKS: usize = 4_096;

/// Pairs of places that are compared to find a copy of a `finally` body. It is done for each way out of the `try`.
pub const MAX_FINALLY_PLACES: usize = 20_000;

/// Blocks of the condition of a `while` whose copy is found. Longer ones keep their copies, which is right but not pretty.
pub const MAX_LOOP_TEST_BLOCKS: usize = 64;

/// Nodes with as many statements or more are not kept for a second look: they are never part of an expression, and each would hold
/// copies of what it is made of.
pub const MAX_KEPT_ITEMS: usize = 4;

/// How far down a stack values are looked for that were copied: deeper than any statement of several targets puts them.
pub const MAX_SHARED_DEPTH: usize = 16;

/// Operations that leaving a scope takes at most: the longest exit, of an `async with`, has nine.
pub const MAX_EXIT_OPERATIONS: usize = 12;

impl Budget {
    /// What it is called in reports.
    pub fn name(self) -> &'static str {
        match self {
            Budget::Nesting => "nesting",
            Budget::NestedNodes => "nested_nodes",
            Budget::CopiedStatements => "copied_statements",
            Budget::SharedNodes => "shared_nodes",
            Budget::RepeatedText => "repeated_text",
            Budget::Steps => "steps",
            Budget::FoldedNodes => "folded_nodes",
            Budget::ExpressionDepth => "expression_depth",
            Budget::SuiteDepth => "suite_depth",
            Budget::ArmBlocks => "arm_blocks",
            Budget::ExitBlocks => "exit_blocks",
            Budget::ReachedBlocks => "reached_blocks",
            Budget::FinallyPlaces => "finally_places",
            Budget::LoopTestBlocks => "loop_test_blocks",
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Budget::Nesting => write!(f, "code objects nest more than {MAX_NESTING} deep"),
            Budget::NestedNodes => {
                write!(f, "lambdas and comprehensions of more than {MAX_NESTED_NODES} nodes are copied")
            }
            Budget::CopiedStatements => {
                write!(f, "definitions of more than {MAX_COPIED_STATEMENTS} statements are copied")
            }
            Budget::SharedNodes => {
                write!(f, "values of more than {MAX_SHARED_NODES} nodes are used more than once")
            }
            Budget::RepeatedText => {
                write!(f, "constants are repeated in more than {MAX_REPEATED_TEXT} bytes of text")
            }
            Budget::Steps => write!(f, "more than {STEPS_PER_BLOCK} steps for each block"),
            Budget::FoldedNodes => {
                write!(f, "conditions and values that span blocks have more than {MAX_FOLDED_NODES} nodes")
            }
            Budget::ExpressionDepth => {
                write!(f, "an expression spans blocks more than {MAX_EXPRESSION_DEPTH} deep")
            }
            Budget::SuiteDepth => write!(f, "suites nest more than {MAX_SUITE_DEPTH} deep"),
            Budget::ArmBlocks => write!(f, "an arm of more than {MAX_ARM_BLOCKS} blocks"),
            Budget::ExitBlocks => write!(f, "more than {MAX_EXIT_BLOCKS} blocks behind a break"),
            Budget::ReachedBlocks => {
                write!(f, "more than {MAX_REACHED_BLOCKS} blocks are reached behind a loop")
            }
            Budget::FinallyPlaces => {
                write!(f, "more than {MAX_FINALLY_PLACES} places in a copy of a finally body")
            }
            Budget::LoopTestBlocks => write!(f, "more than {MAX_LOOP_TEST_BLOCKS} blocks in a loop's test"),
        }
    }
}

/// What one code object has cost, in all forms that were tried.
#[derive(Debug, Default)]
pub struct Meter {
    steps: Cell<u64>,
    hits: RefCell<Vec<(Budget, u32)>>,
}

impl Meter {
    /// Counts steps: blocks walked, nodes folded, comparisons.
    pub fn step(&self, count: u64) {
        self.steps.set(self.steps.get().saturating_add(count));
    }

    /// Counts that a bound was hit.
    pub fn hit(&self, budget: Budget) {
        let mut hits = self.hits.borrow_mut();
        match hits.iter_mut().find(|(known, _)| *known == budget) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => hits.push((budget, 1)),
        }
    }

    /// The steps so far.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// The bounds that were hit, and how many times, in the order of the first time.
    pub fn hits(&self) -> Vec<(Budget, u32)> {
        self.hits.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_counted_by_budget() {
        let meter = Meter::default();
        [Budget::Steps, Budget::ArmBlocks, Budget::Steps].into_iter().for_each(|budget| meter.hit(budget));
        assert_eq!(meter.hits(), [(Budget::Steps, 2), (Budget::ArmBlocks, 1)]);
    }

    #[test]
    fn a_failure_names_its_budget() {
        let failure = crate::Failure::TooComplex(Budget::SuiteDepth);
        assert_eq!(failure.to_string(), "too complex: suites nest more than 4000 deep");
    }
}
