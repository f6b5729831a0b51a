//! Values that marshal can hold, as Python objects and as ours.

use lancehead_pyc::{Object, ObjectRef, PyStr, Version, read_marshal, write_marshal};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString, PyType};

use crate::errors::invalid;

/// The version of the running interpreter.
///
/// # Errors
/// `RuntimeError` for an interpreter that is not known yet.
pub(crate) fn running(py: Python<'_>) -> PyResult<Version> {
    static RUNNING: PyOnceLock<Version> = PyOnceLock::new();
    let found = RUNNING.get_or_try_init(py, || {
        let minor = py.version_info().minor;
        Version::from_minor(minor).ok_or_else(|| {
            pyo3::exceptions::PyRuntimeError::new_err(format!("lancehead does not know Python 3.{minor}"))
        })
    });
    found.copied()
}

/// `types.CodeType`.
pub(crate) fn code_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CODE_TYPE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CODE_TYPE.import(py, "types", "CodeType")
}

/// Whether `object` is a code object of this interpreter.
pub(crate) fn is_code(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    // There are no others: the type cannot be derived from.
    Ok(object.get_type().is(code_type(object.py())?))
}

/// `marshal.dumps`.
fn dumps(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static DUMPS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    DUMPS.import(py, "marshal", "dumps")
}

/// `marshal.dumps(object)`.
pub(crate) fn marshal<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    Ok(dumps(object.py())?.call1((object,))?.cast_into::<PyBytes>()?)
}

/// `marshal.dumps(object)`, in the form that keeps no record of objects that are the same, which takes a third of the time.
pub(crate) fn marshal_values<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    /// The last format without references.
    const WITHOUT_REFERENCES: i32 = 2;
    match dumps(object.py())?.call1((object, WITHOUT_REFERENCES)) {
        Ok(bytes) => Ok(bytes.cast_into::<PyBytes>()?),
        // Slices are younger than the format.
        Err(_) => marshal(object),
    }
}

/// A value of ours from a Python one that marshal can hold.
pub(crate) fn from_python(value: &Bound<'_, PyAny>) -> PyResult<ObjectRef> {
    let version = running(value.py())?;
    read_marshal(marshal(value)?.as_bytes(), version).map_err(invalid)
}

/// A Python value from one of ours. Code objects must be of the running version.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &ObjectRef) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if let Object::Str(text) = &**value {
        return Ok(string(py, text)?.into_any());
    }
    let bytes = write_marshal(value, running(py)?).map_err(invalid)?;
    LOADS.import(py, "marshal", "loads")?.call1((PyBytes::new(py, &bytes),))
}

/// A Python `str`, lone surrogates and all.
pub(crate) fn string<'py>(py: Python<'py>, text: &PyStr) -> PyResult<Bound<'py, PyString>> {
    match text.to_str() {
        Some(text) => Ok(PyString::new(py, text)),
        None => {
            let bytes = PyBytes::new(py, text.as_bytes());
            Ok(bytes.call_method1("decode", ("utf-8", "surrogatepass"))?.cast_into::<PyString>()?)
        }
    }
}

/// Ours from a Python `str`.
pub(crate) fn text(value: &Bound<'_, PyString>) -> PyResult<PyStr> {
    if let Ok(text) = value.to_cow() {
        return Ok((&*text).into());
    }
    let bytes = value.call_method1("encode", ("utf-8", "surrogatepass"))?;
    PyStr::from_wtf8(bytes.cast::<PyBytes>()?.as_bytes()).map_err(invalid)
}
