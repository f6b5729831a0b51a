//! What the handler of each region is in the source.

use lancehead_ir::RegionKind as Kind;
use lancehead_ir::{Graph, Op, RegionId, Terminator};

/// What a region's handler is in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandlerKind {
    /// `with`.
    With,
    /// `except` clauses.
    Except,
    /// `finally`.
    Finally,
}

/// For each scope, whether some block of it ends by testing the type of an exception.
pub fn tests_exceptions(graph: &Graph) -> Vec<bool> {
    let mut tests = vec![false; graph.scopes.len()];
    for block in &graph.blocks {
        let last = block.insts.iter().rev().take(4);
        tests[block.scope.index()] |=
            last.clone().any(|i| matches!(i.op, Op::ExceptionMatch { .. } | Op::ExceptionGroupMatch));
    }
    tests
}

/// Tells what a region's handler is in the source; `tests` is what [`tests_exceptions`] gives.
pub fn handler_kind(graph: &Graph, region: RegionId, tests: &[bool]) -> HandlerKind {
    let info = graph.region(region);
    if info.kind == Kind::With {
        return HandlerKind::With;
    }
    let handler = graph.block(info.handler);
    let scope = handler.scope;
    let mut at = info.handler;
    // A bare `except` drops the exception first of all.
    for _ in 0..4 {
        let block = graph.block(at);
        let mut ops = block.insts.iter().map(|i| &i.op).filter(|op| !matches!(op, Op::EnterHandler(_)));
        match (ops.next(), &block.terminator) {
            (Some(Op::Pop), _) => return HandlerKind::Except,
            (None, Terminator::Jump(next)) => at = *next,
            _ => break,
        }
    }
    if tests[scope.index()] { HandlerKind::Except } else { HandlerKind::Finally }
}
