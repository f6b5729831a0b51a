//! What `lancehead.bytecode` does in Rust.

use pyo3::prelude::*;

/// Adds this part to the native module.
pub(crate) fn register(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
