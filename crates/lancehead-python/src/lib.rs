//! `lancehead._native`: what the Python package does in Rust.
//!
//! - [`live`] turns code objects of the running interpreter into ours, and back;
//! - the modules beside it are the functions and classes that `python/lancehead` gives to its users.
//!
//! Nothing here recurses on Python's stack, and what takes time lets go of the interpreter lock.

use pyo3::prelude::*;

/// As in the command: syntax trees are many small objects that live for a moment.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod bytecode;
mod code;
mod command;
mod decompile;
mod errors;
mod foreign;
mod graph;
mod hook;
mod instrument;
mod iterate;
mod live;
mod object;
mod recompile;
mod source;
mod stack;

/// The native half of the package. Import `lancehead`, not this.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    lancehead::isolate::quiet_panics();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    errors::register(module)?;
    live::register(module)?;
    code::register(module)?;
    decompile::register(module)?;
    hook::register(module)?;
    instrument::register(module)?;
    recompile::register(module)?;
    command::register(module)?;
    bytecode::register(module)
}
