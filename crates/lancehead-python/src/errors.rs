//! The exceptions that the package raises.

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;

create_exception!(lancehead, LanceheadError, PyException, "What all errors of this package are.");
create_exception!(
    lancehead,
    DecompilationError,
    LanceheadError,
    "Source was demanded that is complete, or proven, and there is none."
);
create_exception!(
    lancehead,
    RecompilationError,
    LanceheadError,
    "Source was compiled again, and is not known to do what the code did."
);

create_exception!(
    lancehead,
    VerificationError,
    LanceheadError,
    "Code could crash the interpreter that runs it."
);

/// Bytes or code objects that make no sense, as `ValueError`.
pub(crate) fn invalid(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Adds the exceptions to the native module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("LanceheadError", py.get_type::<LanceheadError>())?;
    module.add("DecompilationError", py.get_type::<DecompilationError>())?;
    module.add("VerificationError", py.get_type::<VerificationError>())?;
    module.add("RecompilationError", py.get_type::<RecompilationError>())
}
