//! Bytecode as rows: what stands at each code unit, from bytes or from concrete instructions.

use lancehead_isa::{ExceptionEntry, LineRange, LineTable, Opcode, Position, exception_table};
use lancehead_pyc::CodeObject;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyTuple};
use std::borrow::Cow;

use super::instr::{BaseInstr, ConcreteInstr, NO_HINT};
use super::state::State;
use crate::errors::invalid;
use crate::object::is_code;

/// What a code object was when it was read: what is unchanged keeps its place, and is not judged again.
#[pyclass(frozen, module = "lancehead._native")]
pub(crate) struct BytecodeOrigin {
    pub(super) consts: Py<PyTuple>,
    pub(super) names: Py<PyTuple>,
    pub(super) varnames: Py<PyTuple>,
    pub(super) whole: Whole,
}

/// The rest of it.
pub(super) struct Whole {
    pub code: Py<PyAny>,
    pub bytes: Py<PyBytes>,
    pub lines: Py<PyBytes>,
    pub exceptions: Vec<u8>,
    pub flags: u32,
    pub stacksize: u32,
}

#[pymethods]
impl BytecodeOrigin {
    /// The code object.
    #[getter]
    fn code(&self, py: Python<'_>) -> Py<PyAny> {
        self.whole.code.clone_ref(py)
    }
}

/// An instruction, prefixes folded in. Offsets and sizes are in code units.
pub(super) struct Row {
    pub start: u32,
    pub prefixes: u8,
    pub opcode: u8,
    pub arg: u32,
    pub position: Position,
}

/// All of them.
#[derive(Default)]
pub(super) struct Rows {
    pub rows: Vec<Row>,
    pub units: u32,
}

impl Rows {
    /// Reads bytes; `fold` off leaves each `EXTENDED_ARG` an instruction. Caches are kept.
    pub fn of_bytes(state: &State, code: &[u8], lines: &[LineRange], fold: bool) -> PyResult<Rows> {
        let (units, rest) = code.as_chunks::<2>();
        if !rest.is_empty() || i32::try_from(code.len()).is_err() {
            return Err(invalid("bytecode of odd length, or too long"));
        }
        let mut rows = Rows { rows: Vec::with_capacity(units.len()), units: units.len() as u32 };
        let extended = Opcode::EXTENDED_ARG.number(state.version);
        let (mut arg, mut prefixes, mut line) = (0u32, 0u8, 0);
        for (at, &[opcode, low]) in units.iter().enumerate() {
            arg = arg << 8 | u32::from(low);
            if fold && Some(opcode) == extended {
                prefixes = prefixes.saturating_add(1);
                continue;
            }
            while lines.get(line).is_some_and(|range| range.end <= at as u32 * 2) {
                line += 1;
            }
            let position = lines.get(line).map(|range| range.position).unwrap_or_default();
            rows.rows.push(Row { start: at as u32 - u32::from(prefixes), prefixes, opcode, arg, position });
            (arg, prefixes) = (0, 0);
        }
        Ok(rows)
    }

    /// Reads concrete instructions and line marks.
    pub fn of_concrete(items: &Bound<'_, PyList>, first_line: u32) -> PyResult<Rows> {
        let py = items.py();
        let state = State::of(py)?;
        let extended = Opcode::EXTENDED_ARG.number(state.version);
        let mut rows = Rows::default();
        let mut lines = Lines::new(first_line);
        let (mut arg, mut prefixes) = (0u32, 0u8);
        for item in items.iter() {
            let Some(base) = lines.instruction(state, &item)? else { continue };
            let base = base.try_borrow()?;
            if !item.is_instance_of::<ConcreteInstr>() {
                return Err(PyTypeError::new_err("concrete code holds ConcreteInstr and SetLineno"));
            }
            let (number, own) = (base.number(py)?, base.prefixes(py)?);
            let start = rows.units - u32::from(prefixes);
            rows.units =
                rows.units.checked_add(1 + u32::from(own)).ok_or_else(|| invalid("too much code"))?;
            arg = arg << 8 | number;
            if Some(base.opcode) == extended {
                prefixes = prefixes.saturating_add(own).saturating_add(1);
                continue;
            }
            let position = lines.position(&base);
            let prefixes = std::mem::take(&mut prefixes).saturating_add(own);
            rows.rows.push(Row { start, prefixes, opcode: base.opcode, arg, position });
            arg = 0;
        }
        Ok(rows)
    }

    /// What covers which bytes: caches belong to the instruction before.
    pub fn lines(&self, state: &State) -> Vec<LineRange> {
        let cache = Opcode::CACHE.number(state.version);
        let mut ranges: Vec<LineRange> = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let end = 2 * (row.start + u32::from(row.prefixes) + 1);
            match ranges.last_mut() {
                Some(last) if Some(row.opcode) == cache => last.end = end,
                _ => ranges.push(LineRange { start: 2 * row.start, end, position: row.position }),
            }
        }
        ranges
    }
}

/// Follows the line as instructions come: a `SetLineno` holds for all behind it.
pub(super) struct Lines {
    line: u32,
    forced: Option<u32>,
}

impl Lines {
    pub fn new(first: u32) -> Lines {
        Lines { line: first, forced: None }
    }

    /// The instruction that `item` is; `None` if it is a `SetLineno`.
    pub fn instruction<'a, 'py>(
        &mut self,
        state: &State,
        item: &'a Bound<'py, PyAny>,
    ) -> PyResult<Option<&'a Bound<'py, BaseInstr>>> {
        if let Ok(instruction) = item.cast::<BaseInstr>() {
            return Ok(Some(instruction));
        }
        if !item.is_instance(state.set_lineno.bind(item.py()))? {
            let message = format!("{} is no instruction", item.get_type().name()?);
            return Err(PyValueError::new_err(message));
        }
        self.force(item)?;
        Ok(None)
    }

    /// Takes a `SetLineno`.
    pub fn force(&mut self, item: &Bound<'_, PyAny>) -> PyResult<()> {
        self.line = item.getattr(intern!(item.py(), "lineno"))?.extract()?;
        self.forced = Some(self.line);
        Ok(())
    }

    /// Where an instruction comes from.
    pub fn position(&mut self, instruction: &BaseInstr) -> Position {
        let only = |line| Position { line: Some(line), end_line: None, col: None, end_col: None };
        match (self.forced, instruction.position) {
            (Some(line), _) => only(line),
            (None, Some(position)) => {
                self.line = position.line.unwrap_or(self.line);
                position
            }
            (None, None) => only(self.line),
        }
    }
}

/// Appends an instruction with its prefixes.
pub(super) fn push(bytes: &mut Vec<u8>, state: &State, opcode: u8, arg: u32, prefixes: u8) {
    let extended = Opcode::EXTENDED_ARG.number(state.version).unwrap_or(0);
    for prefix in (1..=u32::from(prefixes)).rev() {
        bytes.extend([extended, arg.checked_shr(8 * prefix).unwrap_or(0) as u8]);
    }
    bytes.extend([opcode, arg as u8]);
}

/// A concrete instruction.
pub(super) fn concrete<'py>(
    py: Python<'py>,
    state: &State,
    opcode: u8,
    arg: u32,
    position: Option<Position>,
    extended: u8,
) -> PyResult<Bound<'py, ConcreteInstr>> {
    let has = state.fact(opcode).is_none_or(|fact| fact.takes_argument || fact.opcode == Opcode::CACHE);
    let (arg, hint) = match has {
        true => (PyInt::new(py, arg).into_any().unbind(), NO_HINT),
        false => (state.unset.clone_ref(py), arg),
    };
    Bound::new(py, BaseInstr { opcode, extended, hint, arg, position }.into_concrete())
}

/// The parts of a live code object that instructions are read from.
pub(super) struct Parts<'py> {
    pub bytes: Bound<'py, PyBytes>,
    pub lines: Bound<'py, PyBytes>,
    pub ranges: Vec<LineRange>,
    pub exceptions: Cow<'py, [u8]>,
    pub entries: Vec<ExceptionEntry>,
}

/// Reads a live code object.
///
/// # Errors
/// `TypeError` if it is none, `ValueError` if its tables are malformed.
pub(super) fn parts<'py>(code: &Bound<'py, PyAny>) -> PyResult<Parts<'py>> {
    let py = code.py();
    let version = State::of(py)?.version;
    if !is_code(code)? {
        return Err(PyTypeError::new_err(format!("expected a code object, not {}", code.get_type().name()?)));
    }
    let bytes = code.getattr(intern!(py, "co_code"))?.cast_into::<PyBytes>()?;
    let table = match version.has_lnotab() {
        true => intern!(py, "co_lnotab"),
        false => intern!(py, "co_linetable"),
    };
    let lines = code.getattr(table)?.cast_into::<PyBytes>()?;
    let mut object = CodeObject::new(version);
    object.firstlineno = code.getattr(intern!(py, "co_firstlineno"))?.extract()?;
    object.linetable = lines.as_bytes().to_vec();
    if version.has_lnotab() {
        object.code = bytes.as_bytes().to_vec();
    }
    let ranges = LineTable::of(&object).map_err(invalid)?.ranges().to_vec();
    let exceptions = match version.has_exception_table() {
        true => code.getattr(intern!(py, "co_exceptiontable"))?.cast_into::<PyBytes>()?.as_bytes().to_vec(),
        false => Vec::new(),
    };
    let entries = exception_table(&exceptions).map_err(invalid)?;
    Ok(Parts { bytes, lines, ranges, exceptions: exceptions.into(), entries })
}
