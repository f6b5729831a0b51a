//! The invariants of a [`Graph`], checked.
//!
//! The lift establishes them for what compilers make, and every pass keeps them. Handlers, edges and depths follow from what
//! the bytecode says: where no compiler made it, they need not hold ([`Invariant::depends_on_input`]).
//!
//! 1. *Ids.* `entry`, the successors of terminators, the handlers of regions, their `after` and `clauses_end`, the ends of
//!    `elided_jumps` and the blocks of `falls_to_jump` are blocks of the graph; scopes of blocks and parents of regions are scopes of
//!    it; regions that operations name are regions of it.
//! 2. *Scopes.* Scope 0 is the root; region `r` owns scopes `1 + 2r` (its body) and `2 + 2r` (its handler), and no others exist.
//! 3. *Nesting.* The parents of a region lead to the root: regions are nested, not circular.
//! 4. *Handlers.* The handler of a region that protects a block lies in the region's handler scope, and begins with
//!    [`Op::EnterHandler`], which stands nowhere else.
//! 5. *Edges.* Control enters a handler only by an exception: no edge leads into a handler scope that its source is not in.
//! 6. *Handler depth.* A region inside the body of another keeps at least as many values for its handler, where both say how many.
//! 7. *Line markers.* `line_markers` is in order of offsets, and each comes before what it marks.
//! 8. *Elided jumps.* `elided_jumps` is in order of `to`, `from` and line, without doubles; `falls_to_jump` is in order, and each
//!    of its blocks ends in a branch.
//! 9. *Stack depth* ([`verify_depths`]). All paths to a block leave the same number of values, but for one that only raises an
//!    exception again; and no operation takes more than there are.
//!
//! Offsets and lines are evidence of what was written, and no structure: a `finally` body of 3.8 is called from anywhere, and
//! passes move operations.
//!
//! Everything that is wrong is collected; [`annotated`] shows it in the printed graph.

mod depth;
mod structure;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::Graph;

pub use crate::graph::Place;
pub use depth::verify_depths;
pub use structure::verify;

/// The invariants, by name; the [module](self) says what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Invariant {
    Ids,
    Scopes,
    Nesting,
    Handlers,
    Edges,
    HandlerDepth,
    LineMarkers,
    ElidedJumps,
    StackDepth,
}

impl Invariant {
    /// Whether bytecode that no compiler made may break it in the lift: its exception table, or its jumps, make no sense.
    pub fn depends_on_input(self) -> bool {
        matches!(
            self,
            Invariant::Handlers | Invariant::Edges | Invariant::HandlerDepth | Invariant::StackDepth
        )
    }
}

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which one.
    pub invariant: Invariant,
    /// Where it shows.
    pub place: Place,
    /// How.
    pub message: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.message)
    }
}

/// The printed graph, with a line `^ …` below what is broken; what concerns the graph as a whole comes first.
pub fn annotated(graph: &Graph, broken: &[Broken]) -> String {
    let mut text = String::new();
    let note = |text: &mut String, place: Place| {
        for each in broken.iter().filter(|each| each.place == place) {
            *text += &format!("    ^ {each}\n");
        }
    };
    note(&mut text, Place::Graph);
    graph.write_lines(&mut |place, line| {
        text += line;
        text.push('\n');
        note(&mut text, place);
    });
    text
}
