//! The `lancehead` command, for the wheel's script.

use std::ffi::OsString;
use std::process::ExitCode;

use lancehead_cli::Streams;
use pyo3::prelude::*;

/// Runs the command with these arguments (the program's name first) and gives its exit status.
#[pyfunction]
fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
    let python: Option<OsString> = py.import("sys")?.getattr("executable")?.extract()?;
    let module = ["-m", "lancehead"].map(OsString::from);
    let again =
        python.filter(|python| !python.is_empty()).map(|python| [vec![python], module.to_vec()].concat());
    Ok(py.detach(|| {
        let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
        let out_colours = anstream::AutoStream::choice(&out) != anstream::ColorChoice::Never;
        let err_colours = anstream::AutoStream::choice(&err) != anstream::ColorChoice::Never;
        let streams = Streams { out: &mut out, err: &mut err, out_colours, err_colours, again };
        let code = lancehead_cli::run(arguments, streams);
        (0..=u8::MAX).find(|status| ExitCode::from(*status) == code).unwrap_or(2)
    }))
}

/// Adds this part to the native module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(run_command, module)?)
}
