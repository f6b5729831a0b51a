//! Passes over the graph that undo what the compiler's back end does to it, in order.
//!
//! Each leaves a graph that is bisimilar to the one it got; none looks at expressions.

mod exit_copies;
mod finally_copies;
mod landing;
mod loop_tests;
mod module_end;
mod split;
mod star_clauses;
#[cfg(test)]
mod tests;
mod thread;

use std::rc::Rc;

use lancehead_ir::verify::{annotated, verify};
use lancehead_ir::{Graph, RegionId};

use crate::code::budget::Meter;
use crate::code::dialect::Dialect;
use crate::graph::handlers::{handler_kind, tests_exceptions};
use crate::graph::prepared::Prepared;

/// A pass: its name, and what it does.
type Pass = (&'static str, fn(&mut Prepared));

/// The passes, in order.
pub const PASSES: &[Pass] = &[
    // The end of a module is copied to wherever control leaves it. Before blocks are split, so that copies are whole.
    ("merge_module_ends", module_end::run),
    // Jumps to jumps, and blocks that hold nothing, would hide that two edges lead to one place.
    ("thread_jumps", |p| thread::run(&mut p.graph, &p.dialect)),
    // What ends an `except*` clause is no part of it, and since 3.13 copied. Needs threaded jumps to see all ways there.
    ("end_star_clauses", |p| star_clauses::run(&mut p.graph)),
    // Since 3.10 (and a lone return always) a short end of the function is copied to where it is jumped to, even from the middle of an expression.
    ("merge_exit_copies", |p| exit_copies::run(&mut p.graph, &p.kinds, p.dialect.copies_exits)),
    // A loop may lead back to the first block of a region within it: the loop needs a header outside the region.
    ("add_landings", |p| landing::run(&mut p.graph)),
    // What is dropped first in a block belongs to the edges into it; the exit of a `with` belongs to the `with`. Both
    // must be blocks of their own before copies are compared.
    ("split_blocks", |p| split::run(&mut p.graph)),
    // A `break` drops the iterator of its loop, often at the end of a longer block.
    ("split_breaks", |p| split::breaks(&mut p.graph, p.dialect.iterator_slots)),
    // Since 3.10 the test of a `while` is copied to the end of its body. Needs threaded jumps to see the loop.
    ("merge_loop_tests", |p| loop_tests::run(&mut p.graph, &p.dialect, &p.meter)),
    // Since 3.9 (and by the lift, before) a `finally` body is copied to every way out of its `try`. Needs merged loop
    // tests, or loops in the copies would not be alike.
    ("remove_finally_copies", |p| finally_copies::run(&mut p.graph, &p.kinds, &p.meter)),
    // The cuts leave blocks that hold nothing.
    ("thread_jumps_again", |p| thread::run(&mut p.graph, &p.dialect)),
];

/// The names of the stages whose graphs can be looked at, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("lift").chain(PASSES.iter().map(|(name, _)| *name))
}

/// Holds the graph against the invariants of [`lancehead_ir::verify`] after each pass, in debug builds: in others it does
/// nothing.
struct Invariants {
    /// Whether the graph that was lifted had all of them. What no compiler made may lack some.
    all: bool,
}

impl Invariants {
    fn of(lifted: &Graph) -> Invariants {
        let invariants = Invariants { all: !cfg!(debug_assertions) || verify(lifted).is_empty() };
        invariants.check("lift", lifted);
        invariants
    }

    /// Panics with all that is broken, shown in the graph.
    fn check(&self, pass: &str, graph: &Graph) {
        if !cfg!(debug_assertions) {
            return;
        }
        let mut broken = verify(graph);
        broken.retain(|each| self.all || !each.invariant.depends_on_input());
        assert!(broken.is_empty(), "invariants broken after {pass}:\n{}", annotated(graph, &broken));
    }
}

/// Runs all passes; `returns` says whether the code may hold `return`; `after` sees the graph after each.
pub fn prepare(
    mut graph: Graph,
    dialect: Dialect,
    returns: bool,
    meter: Rc<Meter>,
    mut after: impl FnMut(&str, &Graph),
) -> Prepared {
    let tests = tests_exceptions(&graph);
    let kinds = (0..graph.regions.len() as u32)
        .map(|region| handler_kind(&graph, RegionId(region), &tests))
        .collect();
    let end = (!returns).then(|| module_end::add(&mut graph));
    let mut prepared = Prepared { graph, kinds, dialect, end, meter };
    let invariants = Invariants::of(&prepared.graph);
    after("lift", &prepared.graph);
    for (name, pass) in PASSES {
        pass(&mut prepared);
        invariants.check(name, &prepared.graph);
        after(name, &prepared.graph);
    }
    prepared
}
