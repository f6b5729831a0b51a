//! `InstrLocation`.

use lancehead_isa::Position;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt};
use std::hash::{DefaultHasher, Hash, Hasher};

type Key = (Option<u32>, Option<u32>, Option<u32>, Option<u32>);

/// A span of source. Values that are not known are `None`.
#[pyclass(frozen, eq, subclass, module = "lancehead.bytecode.instr")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InstrLocation {
    pub(super) position: Position,
}

/// A line number.
///
/// # Errors
/// `TypeError` and `ValueError` for what is none.
pub(super) fn line_number(value: &Bound<'_, PyAny>) -> PyResult<u32> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        let message = format!("a line number is an int, not {}", value.get_type().name()?);
        return Err(PyTypeError::new_err(message));
    }
    let wrong = |_| PyValueError::new_err(format!("line numbers are in the range 0..{}", u32::MAX));
    value.extract().map_err(wrong)
}

impl InstrLocation {
    pub(super) fn new(position: Position) -> InstrLocation {
        InstrLocation { position }
    }

    /// As `repr` shows it.
    pub(super) fn text(&self) -> String {
        let text = |value: Option<u32>| value.map_or("None".to_owned(), |value| value.to_string());
        let (line, end_line, col, end_col) = self.key();
        format!(
            "InstrLocation(lineno={}, end_lineno={}, col_offset={}, end_col_offset={})",
            text(line),
            text(end_line),
            text(col),
            text(end_col)
        )
    }

    fn key(&self) -> Key {
        let Position { line, end_line, col, end_col } = self.position;
        (line, end_line, col, end_col)
    }
}

fn check(position: Position) -> Result<(), String> {
    let Position { line, end_line, col, end_col } = position;
    match (line, end_line) {
        (None, Some(_)) => return Err("End lineno specified with no lineno".into()),
        (Some(line), Some(end)) if end < line => {
            return Err(format!("End lineno {end} cannot be smaller than lineno {line}"));
        }
        _ => {}
    }
    match (col, end_col) {
        (None, None) => Ok(()),
        _ if line.is_none() || end_line.is_none() => {
            Err("columns are given, but lineno information are incomplete".into())
        }
        (None, Some(end)) => Err(format!("End column offset {end} specified with no column offset")),
        (Some(_), None) => Err("No end column offset was specified".into()),
        (Some(col), Some(end)) if line == end_line && end < col => {
            Err(format!("End column offset {end} cannot be smaller than column offset {col}"))
        }
        _ => Ok(()),
    }
}

#[pymethods]
impl InstrLocation {
    #[new]
    fn py_new(
        lineno: Option<Bound<'_, PyAny>>,
        end_lineno: Option<Bound<'_, PyAny>>,
        col_offset: Option<u32>,
        end_col_offset: Option<u32>,
    ) -> PyResult<InstrLocation> {
        let line = lineno.as_ref().map(line_number).transpose()?;
        let end_line = end_lineno.as_ref().map(line_number).transpose()?;
        let position = Position { line, end_line, col: col_offset, end_col: end_col_offset };
        check(position).map_err(PyValueError::new_err)?;
        Ok(InstrLocation { position })
    }

    /// From a `dis.Positions`.
    #[staticmethod]
    fn from_positions(position: &Bound<'_, PyAny>) -> PyResult<InstrLocation> {
        let field = |name: &str| -> PyResult<Option<u32>> { position.getattr(name)?.extract() };
        let (line, end_line) = (field("lineno")?, field("end_lineno")?);
        let position =
            Position { line, end_line, col: field("col_offset")?, end_col: field("end_col_offset")? };
        check(position).map_err(PyValueError::new_err)?;
        Ok(InstrLocation { position })
    }

    /// The first line.
    #[getter]
    fn lineno(&self) -> Option<u32> {
        self.position.line
    }

    /// The last line.
    #[getter]
    fn end_lineno(&self) -> Option<u32> {
        self.position.end_line
    }

    /// The first column, in bytes.
    #[getter]
    fn col_offset(&self) -> Option<u32> {
        self.position.col
    }

    /// The column behind the last one, in bytes.
    #[getter]
    fn end_col_offset(&self) -> Option<u32> {
        self.position.end_col
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.position.hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        self.text()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, Key) {
        (slf.get_type().into_any(), slf.get().key())
    }
}
