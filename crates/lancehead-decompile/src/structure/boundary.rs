//! Where one statement ends and the next begins, by the places of tests.

use lancehead_ast::{Expr, ExprKind};
use lancehead_ir::BlockId;

use super::{End, Node, Structurer};

impl Structurer<'_> {
    /// Whether what two nodes test is known to be of two statements: a test has the line of its statement (3.11), or of the
    /// comparison before it, but for a comparison.
    pub(super) fn test_apart(&self, blocks: &[BlockId], arm: &Node) -> bool {
        let End::Branch { ref test, .. } = arm.end else { return false };
        if !self.unit.dialect.tests_span_statements || test.first().is_none_or(is_comparison) {
            return false;
        }
        let end = |block: BlockId| self.graph.block(block).end;
        let (last, first) = (self.last_test(blocks).map(end), self.first_test(&arm.blocks).map(end));
        let apart = last.zip(first).filter(|((_, last), (_, first))| last != first);
        apart.is_some_and(|(_, (offset, _))| self.is_before(offset, arm.blocks[0]))
    }

    /// Whether the place of a jump begins before what is tested, with a keyword between: that of an `and` does not.
    fn is_before(&self, jump: u32, tested: BlockId) -> bool {
        let columns = self.unit.columns();
        let start = |offset: u32| columns.position(offset).and_then(|at| Some((at.line?, at.col?)));
        let tested = self.graph.block(tested).insts.iter().filter_map(|inst| start(inst.offset)).min();
        let keyword = "if ".len() as u32;
        start(jump).zip(tested).is_some_and(|((line, col), test)| (line, col + keyword) <= test)
    }
}

fn is_comparison(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Compare { .. })
}
