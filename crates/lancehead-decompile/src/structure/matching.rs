//! `match`.

use lancehead_ir::BlockId;

use super::{Context, Node, Structurer};
use crate::failure::Outcome;
use crate::item::Item;
use crate::value::Stack;

/// A `match` that was built.
#[derive(Debug)]
pub struct Matched {
    /// The statements, the `match` last.
    pub items: Vec<Item>,
    /// Where control goes on, and the stack there.
    pub follow: Option<(BlockId, Stack)>,
}

impl Structurer<'_> {
    /// Builds the `match` that starts in a node, if one does.
    pub(super) fn match_statement(
        &mut self,
        _at: BlockId,
        _node: &Node,
        _context: &Context,
    ) -> Outcome<Option<Matched>> {
        Ok(None)
    }
}
