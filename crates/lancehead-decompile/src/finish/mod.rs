//! Suite to suite: what the compiler adds to the statements of a module, class or function is taken away, and what it leaves
//! out is put back.
//!
//! [`PASSES`] is the list, in order, with the reason for each place.

mod annotations;
mod class_members;
mod declarations;
mod deferred_annotations;
mod docstrings;
mod draft;
mod elif;
mod exit_copies;
mod future_imports;
mod locals;
mod nesting;
mod pass_lines;
mod returns;
mod tries;

use lancehead_ast::Suite;

pub use draft::{Draft, Kind};
pub use future_imports::future_import;

use lancehead_pyc::co_flags;

use crate::code::failure::{Failure, Outcome};
use crate::code::unit::Unit;
use crate::tree::query::has_yield;

/// The `co_flags` bits of generators, asynchronous ones included.
const CO_ANY_GENERATOR: u32 = co_flags::GENERATOR | co_flags::ASYNC_GENERATOR;

/// A pass: its name, and what it does.
type Pass = (&'static str, fn(&mut Draft<'_>) -> Outcome<()>);

/// The passes, in order.
pub const PASSES: &[Pass] = &[
    // Copies hide that the arms of an `if` go on alike. First, for `elif` asks how arms end.
    ("merge_exit_copies", exit_copies::merge_exit_copies),
    ("join_elif", elif::join_elif),
    // Columns know better in which suite a statement was. Needs whole arms.
    ("nest_by_columns", nesting::nest_by_columns),
    // Needs the last statement of the function in its suite.
    ("drop_fall_off_copies", exit_copies::drop_fall_off_copies),
    // Before returns are dropped, whose lines say where suites end.
    ("restore_pass_lines", pass_lines::restore_pass_lines),
    ("drop_implied_returns", returns::drop_implied_returns),
    // The compiler's own members are at both ends of the body, but for the return.
    ("drop_class_members", class_members::drop_class_members),
    ("restore_empty_body", docstrings::restore_empty_body),
    // Stores into `__annotations__` are in their places; those of 3.14 are put back by line among what is there.
    ("restore_annotations", annotations::restore_annotations),
    ("restore_deferred_annotations", deferred_annotations::restore_deferred_annotations),
    // A class that holds an annotation only is not empty.
    ("restore_docstring", docstrings::restore_docstring),
    ("lead_with_future_imports", future_imports::lead_with_future_imports),
    // After docstring and `__future__`, before all else; joins the start with the rest.
    ("declare_names", declarations::declare_names),
    ("complete_tries", tries::complete_tries),
    // Asks which names the finished body binds.
    ("restore_locals", locals::restore_locals),
    ("bare_returns_of_generators", returns::bare_returns_of_generators),
];

/// Finishes the statements of a code object. `after` sees the body after each pass.
///
/// # Errors
/// If the statements are not those of any source.
pub fn finish(
    unit: &Unit<'_>,
    kind: Kind,
    suite: Suite,
    mut after: impl FnMut(&'static str, &Draft<'_>),
) -> Outcome<Suite> {
    if unit.code.flags & CO_ANY_GENERATOR == 0 && unit.may_yield && has_yield(&suite) {
        return Err(Failure::Expression { what: "an element added to no collection", offset: 0 });
    }
    let mut draft = Draft { unit, kind, start: Suite::new(), suite, end_line: 0 };
    for (name, pass) in PASSES {
        pass(&mut draft)?;
        after(name, &draft);
    }
    Ok(draft.suite)
}
