//! `instrument`: calls of a hook in code.

use lancehead_code::passes::{Hooks, SiteKind, add_hooks};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::code::Code;
use crate::errors::invalid;
use crate::{object, stack};

/// A place where the hook is called: path, first line of the code object, line, kind.
type SiteRow = (String, i32, Option<u32>, &'static str);

/// `code` with calls `hook(number)`, and what the numbers mean.
///
/// # Errors
/// `ValueError` if the code is malformed.
#[pyfunction]
fn add_calls(
    py: Python<'_>,
    code: &Bound<'_, Code>,
    hook: &Bound<'_, PyString>,
    lines: bool,
    branches: bool,
    starts: bool,
) -> PyResult<(Code, Vec<SiteRow>)> {
    let code = code.get();
    let hooks = Hooks { name: object::text(hook)?, lines, branches, starts };
    let object = code.object();
    let done = py.detach(|| stack::for_code(object, || add_hooks(object, &hooks))).map_err(invalid)?;
    let kind = |kind: SiteKind| match kind {
        SiteKind::Start => "start",
        SiteKind::Line => "line",
        SiteKind::Branch { jumps: false } => "stays",
        SiteKind::Branch { jumps: true } => "jumps",
    };
    let sites = done.sites.into_iter();
    let sites = sites.map(|site| (site.path, site.first_line, site.line, kind(site.kind))).collect();
    Ok((code.with_object(done.code), sites))
}

/// Adds this part to the native module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(add_calls, module)?)
}
