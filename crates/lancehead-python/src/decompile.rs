//! `decompile` and `decompile_report`, as far as they are Rust.

use lancehead::{Decompilation, Loaded};
use lancehead_ast::Layout;
use lancehead_decompile::{Definition, Form, Given};
use lancehead_pyc::{CodeObject, PyStr};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::errors::invalid;
use crate::live::{self, Live};
use crate::object;
use crate::source::{self, How, Row};
use crate::{foreign, stack};

/// A report as Python takes it: source, reports on code objects, lines, warnings, placeholders.
pub(crate) type Answer<'py> = (String, Vec<Row>, Vec<(u32, u32)>, Vec<String>, Bound<'py, PyDict>);

pub(crate) fn layout(name: &str) -> PyResult<Layout> {
    match name {
        "pretty" => Ok(Layout::Pretty),
        "lines" => Ok(Layout::Lines),
        other => Err(invalid(format!("layout {other:?}: expected 'pretty' or 'lines'"))),
    }
}

/// Decompiles a code object of the running interpreter.
///
/// As a function's, when `name` is given: then `defaults` and `kwdefaults` are those of the function. As a module's if
/// not.
#[pyfunction]
#[pyo3(signature = (code, name, defaults, kwdefaults, layout, check, lines))]
#[allow(clippy::too_many_arguments, reason = "Python calls it by position")]
fn decompile_live<'py>(
    code: &Bound<'py, PyAny>,
    name: Option<&Bound<'py, PyString>>,
    defaults: Option<&Bound<'py, PyTuple>>,
    kwdefaults: Option<&Bound<'py, PyDict>>,
    layout: &str,
    check: bool,
    lines: bool,
) -> PyResult<Answer<'py>> {
    let how = How { layout: self::layout(layout)?, check, lines, form: Form::Exact };
    let live = Live::read_values(code)?;
    let name = name.map(object::text).transpose()?;
    let (source, placeholders) = decompiled(code.py(), live, name, defaults, kwdefaults, how)?;
    Ok(answer(source, placeholders))
}

/// The source alone that [`decompile_live`] gives for a function, which is what is asked for most.
#[pyfunction]
fn source_of_function(function: &Bound<'_, PyAny>, layout: &str, check: bool) -> PyResult<String> {
    let py = function.py();
    let how = How { layout: self::layout(layout)?, check, lines: false, form: Form::Exact };
    let live = Live::read_values(&function.getattr(intern!(py, "__code__"))?)?;
    let name = definition_name(py, &live.code)?;
    let defaults = function.getattr(intern!(py, "__defaults__"))?;
    let kwdefaults = function.getattr(intern!(py, "__kwdefaults__"))?;
    let (defaults, kwdefaults) = (defaults.cast().ok(), kwdefaults.cast().ok());
    decompiled(py, live, name, defaults, kwdefaults, how).map(|(done, _)| done.source)
}

/// The name under which a function of this code is defined.
fn definition_name(py: Python<'_>, code: &CodeObject) -> PyResult<Option<PyStr>> {
    if code.name.to_str().is_some_and(lancehead_ast::is_identifier) {
        return Ok(Some(code.name.clone()));
    }
    let arguments = (code.flags, object::string(py, &code.name)?);
    let name = py.import("lancehead._objects")?.call_method1("definition_name", arguments)?;
    name.cast::<PyString>().ok().map(object::text).transpose()
}

fn decompiled<'py>(
    py: Python<'py>,
    live: Live,
    name: Option<PyStr>,
    defaults: Option<&Bound<'py, PyTuple>>,
    kwdefaults: Option<&Bound<'py, PyDict>>,
    how: How,
) -> PyResult<(Decompilation, Bound<'py, PyDict>)> {
    let placeholders = PyDict::new(py);
    let code = with_names(py, live, &placeholders)?;
    let definition = match name {
        Some(name) => {
            let mut definition = Definition { name, ..Definition::default() };
            let mut given = Givens { placeholders: &placeholders, count: 0 };
            for value in defaults.into_iter().flatten() {
                definition.defaults.push(given.of(&value)?);
            }
            for (name, value) in kwdefaults.into_iter().flatten() {
                let name = object::text(name.cast::<PyString>()?)?;
                definition.kwdefaults.push((name, given.of(&value)?));
            }
            Some(definition)
        }
        None => None,
    };
    let source = py.detach(|| source::decompile(&code, definition, how));
    Ok((source, placeholders))
}

/// Decompiles the bytes of a `.pyc`.
#[pyfunction]
fn decompile_bytes<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyBytes>,
    layout: &str,
    check: bool,
) -> PyResult<Answer<'py>> {
    let how = How { layout: self::layout(layout)?, check, lines: true, form: Form::Exact };
    let bytes = data.as_bytes();
    let source = py.detach(|| {
        let loaded = Loaded::read(bytes, lancehead::Format::Pyc).map_err(invalid)?;
        let mut source = source::decompile(loaded.code(), None, how);
        source.warnings.splice(0..0, loaded.warnings);
        Ok::<_, PyErr>(source)
    })?;
    Ok(answer(source, PyDict::new(py)))
}

/// The code with names for its foreign constants, which are added to `placeholders`.
pub(crate) fn with_names(
    py: Python<'_>,
    live: Live,
    placeholders: &Bound<'_, PyDict>,
) -> PyResult<CodeObject> {
    if live.foreign.is_empty() {
        return Ok(live.code);
    }
    let (code, names) = named(&live)?;
    for (name, value) in names.iter().zip(&live.foreign) {
        placeholders.set_item(object::string(py, name)?, value)?;
    }
    Ok(code)
}

/// The code with names for its foreign constants, and these names in the order of the constants.
pub(crate) fn named(live: &Live) -> PyResult<(CodeObject, Vec<PyStr>)> {
    let names = foreign::names_for(&live.code, live.foreign.len());
    let mut code = stack::for_code(&live.code, || foreign::to_names(&live.code, &names)).map_err(invalid)?;
    foreign::without_markers(&mut code);
    Ok((code, names))
}

/// Values that a function was given as defaults: as they are written, or under a name.
struct Givens<'a, 'py> {
    placeholders: &'a Bound<'py, PyDict>,
    count: usize,
}

impl Givens<'_, '_> {
    fn of(&mut self, value: &Bound<'_, PyAny>) -> PyResult<Given> {
        let count = self.count;
        self.count += 1;
        if live::can_be_written(value) {
            return Ok(Given::Value(object::from_python(value)?));
        }
        let name = format!("_default_{count}");
        self.placeholders.set_item(&name, value)?;
        Ok(Given::Name(PyStr::from(name)))
    }
}

/// What Python makes a report of.
pub(crate) fn answer<'py>(done: Decompilation, placeholders: Bound<'py, PyDict>) -> Answer<'py> {
    let reports = done.functions.into_iter().map(source::row).collect();
    (done.source, reports, done.lines, done.warnings, placeholders)
}

/// Adds this part to the native module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(decompile_live, module)?)?;
    module.add_function(wrap_pyfunction!(source_of_function, module)?)?;
    module.add_function(wrap_pyfunction!(decompile_bytes, module)?)
}
