//! `lancehead._native`: what the Python package does in Rust.
//!
//! - [`live`] turns code objects of the running interpreter into ours, and back;
//! - the modules beside it are the functions and classes that `python/lancehead` gives to its users.
//!
//! Nothing here recurses on Python's stack, and what takes time lets go of the interpreter lock.

use pyo3::prelude::*;

mod bytecode;
mod command;
mod errors;
mod live;
mod object;

/// The native half of the package. Import `lancehead`, not this.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    errors::register(module)?;
    live::register(module)?;
    command::register(module)?;
    bytecode::register(module)
}
