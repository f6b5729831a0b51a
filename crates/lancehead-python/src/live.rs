//! Code objects of the running interpreter, as ours and back.
//!
//! `marshal` is the road, in both directions: it is the one place where CPython says all that a code object holds, the
//! kinds of its variables and bytecode without specialisation among it, and it is fast. Constants that marshal cannot
//! hold, and those that it would copy (a list that the program shares), are *foreign*: on the way they are text that
//! no real constant has, a [`marker`], and [`Live::foreign`] holds the objects.

use std::sync::Arc;

use lancehead_isa::{Opcode, decode};
use lancehead_pyc::{CodeObject, Object, ObjectRef, read_marshal, write_marshal};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBytes, PyComplex, PyDict, PyEllipsis, PyFloat, PyFrozenSet, PyInt, PyList, PySlice, PyString,
    PyTuple,
};
use rustc_hash::FxHashSet;

use crate::errors::invalid;
use crate::object::{self, is_code, running};

/// What markers begin with. The lone surrogate keeps real text from it; what begins so all the same is foreign too.
const MARK: &str = "lancehead foreign constant ";
const LONE: [u8; 3] = [0xED, 0xB2, 0x80];

/// Constants nest at most this deep before they are foreign.
const MAX_NESTING: u32 = 50;

/// A code object of the running interpreter.
#[derive(Debug)]
pub(crate) struct Live {
    /// The code object, in which markers stand for foreign constants.
    pub code: CodeObject,
    /// The foreign constants by their number.
    pub foreign: Vec<Py<PyAny>>,
}

/// The constant that stands for foreign constant `number`.
pub(crate) fn marker(number: usize) -> lancehead_pyc::PyStr {
    let mut bytes = LONE.to_vec();
    bytes.extend_from_slice(format!("{MARK}{number}").as_bytes());
    // A lone surrogate and ASCII are WTF-8.
    lancehead_pyc::PyStr::from_wtf8(&bytes).unwrap_or_default()
}

/// The number of the foreign constant that `constant` stands for.
pub(crate) fn foreign_number(constant: &Object) -> Option<usize> {
    let Object::Str(text) = constant else { return None };
    let rest = text.as_bytes().strip_prefix(&LONE)?.strip_prefix(MARK.as_bytes())?;
    std::str::from_utf8(rest).ok()?.parse().ok()
}

impl Live {
    /// Reads `code`.
    ///
    /// # Errors
    /// `TypeError` if it is no code object; `ValueError` if it cannot be read.
    pub fn read(code: &Bound<'_, PyAny>) -> PyResult<Live> {
        Live::read_marshalled(code, object::marshal)
    }

    /// Reads `code` as [`Live::read`] does, in less time. Which constants are the same object is not told.
    ///
    /// # Errors
    /// Those of [`Live::read`].
    pub fn read_values(code: &Bound<'_, PyAny>) -> PyResult<Live> {
        Live::read_marshalled(code, object::marshal_values)
    }

    fn read_marshalled<'py>(
        code: &Bound<'py, PyAny>,
        marshal: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>>,
    ) -> PyResult<Live> {
        if !is_code(code)? {
            return Err(PyTypeError::new_err(format!("expected a code object, found {}", code.get_type())));
        }
        let version = running(code.py())?;
        let mut foreign = Vec::new();
        let replaced = replace_foreign(code, &mut foreign, 0)?;
        let bytes = marshal(replaced.as_ref().unwrap_or(code))?;
        let read = read_marshal(bytes.as_bytes(), version).map_err(invalid)?;
        match Arc::try_unwrap(read) {
            Ok(Object::Code(code)) => Ok(Live { code: *code, foreign }),
            Err(shared) => match &*shared {
                Object::Code(code) => Ok(Live { code: (**code).clone(), foreign }),
                _ => Err(invalid("marshal gave no code object")),
            },
            Ok(_) => Err(invalid("marshal gave no code object")),
        }
    }

    /// The code object of the running interpreter.
    ///
    /// # Errors
    /// `ValueError` if the code is of another version, or the interpreter refuses it.
    pub fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        write(py, &self.code, &self.foreign)
    }
}

/// A code object of the running interpreter from one of ours, in which markers stand for `foreign`.
///
/// # Errors
/// `ValueError` if the code is of another version, or the interpreter refuses it.
pub(crate) fn write<'py>(
    py: Python<'py>,
    code: &CodeObject,
    foreign: &[Py<PyAny>],
) -> PyResult<Bound<'py, PyAny>> {
    let version = running(py)?;
    if code.version != version {
        return Err(invalid(format!("code of Python {} in Python {version}", code.version)));
    }
    let object: ObjectRef = Object::Code(Box::new(code.clone())).into();
    // Checked here, so that the interpreter is never given what it would not survive.
    write_marshal(&object, version).map_err(invalid)?;
    let live = object::to_python(py, &object)?;
    match foreign.is_empty() {
        true => Ok(live),
        false => Ok(put_foreign(&live, foreign)?.unwrap_or(live)),
    }
}

/// `code` with markers for its foreign constants, which are added to `foreign`; `None` if it has none.
fn replace_foreign<'py>(
    code: &Bound<'py, PyAny>,
    foreign: &mut Vec<Py<PyAny>>,
    nesting: u32,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if nesting > 200 {
        return Err(invalid("code objects are nested too deeply"));
    }
    let mut values = None;
    change_constants(code, |index, constant| {
        let is_code = is_code(constant)?;
        let in_place = is_code || constant.cast_exact::<PySlice>().is_ok();
        let is_value = in_place && {
            let values = match &values {
                Some(known) => known,
                None => values.insert(values_of(code)?),
            };
            values.contains(&(index as u32))
        };
        if is_code && !is_value {
            return replace_foreign(constant, foreign, nesting + 1);
        }
        if !is_value && holds(constant, 0) {
            return Ok(None);
        }
        foreign.push(constant.clone().unbind());
        Ok(Some(object::string(constant.py(), &marker(foreign.len() - 1))?.into_any()))
    })
}

/// The constants of `code` that are used as values: source can write code objects only where functions are made of them,
/// and slices only where they are subscripts.
fn values_of(code: &Bound<'_, PyAny>) -> PyResult<FxHashSet<u32>> {
    let bytes = code.getattr(intern!(code.py(), "co_code"))?;
    let version = running(code.py())?;
    let instructions = decode(version, bytes.cast::<PyBytes>()?.as_bytes()).map_err(invalid)?;
    // Up to 3.10 the qualified name lies between.
    let between = if version.names_functions() { 2 } else { 1 };
    let is_subscript = |opcode: Opcode| {
        matches!(
            opcode,
            Opcode::BINARY_OP | Opcode::BINARY_SUBSCR | Opcode::STORE_SUBSCR | Opcode::DELETE_SUBSCR
        )
    };
    let (mut in_place, mut values) = (FxHashSet::default(), FxHashSet::default());
    for (at, instruction) in instructions.iter().enumerate() {
        if matches!(instruction.opcode, Opcode::LOAD_CONST | Opcode::RETURN_CONST) {
            let opcode = |at: usize| instructions.get(at).map(|after| after.opcode);
            let is_function = opcode(at + between) == Some(Opcode::MAKE_FUNCTION);
            let is_subscript = opcode(at + 1).is_some_and(is_subscript);
            let uses = if is_function || is_subscript { &mut in_place } else { &mut values };
            uses.insert(instruction.arg);
        }
    }
    values.retain(|index| !in_place.contains(index));
    Ok(values)
}

/// `code` with the foreign constants in their places; `None` if it has none.
fn put_foreign<'py>(code: &Bound<'py, PyAny>, foreign: &[Py<PyAny>]) -> PyResult<Option<Bound<'py, PyAny>>> {
    change_constants(code, |_, constant| {
        let py = constant.py();
        if let Ok(text) = constant.cast::<PyString>() {
            let number = foreign_number(&Object::Str(object::text(text)?));
            return Ok(number.and_then(|n| foreign.get(n)).map(|object| object.bind(py).clone()));
        }
        if is_code(constant)? {
            return put_foreign(constant, foreign);
        }
        Ok(None)
    })
}

/// `code` with what `change` gives for its constants; `None` if that is nothing.
fn change_constants<'py>(
    code: &Bound<'py, PyAny>,
    mut change: impl FnMut(usize, &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = code.py();
    let constants = code.getattr(intern!(py, "co_consts"))?.cast_into::<PyTuple>()?;
    let mut changed: Option<Vec<Bound<'py, PyAny>>> = None;
    for (index, constant) in constants.iter().enumerate() {
        if let Some(new) = change(index, &constant)? {
            changed.get_or_insert_with(|| constants.iter().collect())[index] = new;
        }
    }
    let Some(changed) = changed else { return Ok(None) };
    let keywords = PyDict::new(py);
    keywords.set_item(intern!(py, "co_consts"), PyTuple::new(py, changed)?)?;
    code.call_method(intern!(py, "replace"), (), Some(&keywords)).map(Some)
}

/// What all markers begin with, and no text that is less.
fn marker_start(py: Python<'_>) -> PyResult<Bound<'_, PyString>> {
    object::string(py, &lancehead_pyc::PyStr::from_wtf8(&LONE).unwrap_or_default())
}

/// Whether marshal holds `constant`, and Python source can write it.
fn holds(constant: &Bound<'_, PyAny>, nesting: u32) -> bool {
    if nesting > MAX_NESTING {
        return false;
    }
    if constant.is_none() {
        return true;
    }
    if let Ok(text) = constant.cast_exact::<PyString>() {
        // A marker that is real text would be taken for one of ours. Nearly all text is less, which is soon told.
        static MARK: PyOnceLock<Py<PyString>> = PyOnceLock::new();
        let mark = MARK.get_or_try_init(text.py(), || marker_start(text.py()).map(Bound::unbind));
        return mark.is_ok_and(|mark| text.lt(mark.bind(text.py())).unwrap_or(false))
            || !object::text(text).is_ok_and(|text| text.as_bytes().starts_with(&LONE));
    }
    if let Ok(items) = constant.cast_exact::<PyTuple>() {
        return items.iter().all(|item| holds(&item, nesting + 1));
    }
    if let Ok(items) = constant.cast_exact::<PyFrozenSet>() {
        return items.iter().all(|item| holds(&item, nesting + 1));
    }
    if let Ok(slice) = constant.cast_exact::<PySlice>() {
        let part = |name| slice.getattr(name).is_ok_and(|part| holds(&part, nesting + 1));
        return running(constant.py()).is_ok_and(|v| v.marshals_slice())
            && ["start", "stop", "step"].into_iter().all(part);
    }
    constant.is_exact_instance_of::<PyInt>()
        || constant.is_exact_instance_of::<PyBool>()
        || constant.is_exact_instance_of::<PyBytes>()
        || constant.is_exact_instance_of::<PyFloat>()
        || constant.is_exact_instance_of::<PyComplex>()
        || constant.is_exact_instance_of::<PyEllipsis>()
}

/// Whether `value` is a constant like those that a compiler makes.
pub(crate) fn is_plain(value: &Bound<'_, PyAny>) -> bool {
    holds(value, 0)
}

/// Adds `by` to the numbers of all markers in `code`.
pub(crate) fn shift_markers(code: &mut CodeObject, by: usize) {
    for constant in &mut code.consts {
        match &**constant {
            Object::Code(inner) if by > 0 => {
                let mut inner = inner.clone();
                shift_markers(&mut inner, by);
                *constant = Object::Code(inner).into();
            }
            other => {
                if let Some(number) = foreign_number(other) {
                    *constant = Object::Str(marker(number + by)).into();
                }
            }
        }
    }
}

/// Whether `value` can stand in source as a literal: a constant, or a list, set or dict of such.
pub(crate) fn can_be_written(value: &Bound<'_, PyAny>) -> bool {
    if let Ok(items) = value.cast_exact::<PyList>() {
        return items.len() < 100 && items.iter().all(|item| holds(&item, 1));
    }
    if let Ok(items) = value.cast_exact::<PyDict>() {
        return items.len() < 100 && items.iter().all(|(k, v)| holds(&k, 1) && holds(&v, 1));
    }
    holds(value, 0) && !value.is_instance_of::<PyFrozenSet>() && !value.is_instance_of::<PySlice>()
}

/// `code` after the way into Rust and back: equal to what it was.
#[pyfunction]
fn _round_trip<'py>(code: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Live::read(code)?.write(code.py())
}

/// Adds this part to the native module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_round_trip, module)?)
}
