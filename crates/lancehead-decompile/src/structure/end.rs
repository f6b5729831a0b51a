//! Blocks that were executed together, and how they end.

use lancehead_ast::Expr;
use lancehead_ir::BlockId;

use crate::execute::item::Item;
use crate::execute::value::Stack;
use crate::structure::condition::Test;

/// One or more blocks, executed.
#[derive(Debug, Clone)]
pub struct Node {
    /// The statements.
    pub items: Vec<Item>,
    /// The stack at the end. A value that was tested and is kept on both ways is on it.
    pub stack: Stack,
    /// How it ends.
    pub end: End,
    /// The blocks it is made of.
    pub blocks: Vec<BlockId>,
    /// Line and offset of its end.
    pub line: u32,
}

/// How a node ends.
#[derive(Debug, Clone)]
pub enum End {
    /// Goes on elsewhere.
    Goto(BlockId),
    /// Decides.
    Branch {
        /// The condition.
        test: Test,
        /// Where it leads when true.
        if_true: BlockId,
        /// Where it leads when false.
        if_false: BlockId,
        /// The value tested is on top of the stack still.
        keeps: bool,
    },
    /// A loop header.
    ForIter,
    /// A loop starts whose bounds are known (3.7).
    Loop {
        /// The test of a `while`, the iterable of a `for`.
        body: BlockId,
        /// After the statement.
        after: BlockId,
        /// Whether it is a `for`.
        is_for: bool,
    },
    /// Returns.
    Return(Expr),
    /// Raises.
    Raise(Option<Expr>, Option<Expr>),
    /// Raises the exception under way again.
    Reraise,
    /// The subject of a `match` is on the stack, and its first pattern starts here.
    Match((BlockId, usize)),
}
