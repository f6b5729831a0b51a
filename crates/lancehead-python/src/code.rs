//! `Code`: a code object of any version, of which nothing is executed.

use std::sync::Arc;

use lancehead::{Format, Loaded, PlainText};
use lancehead_code::listing::print;
use lancehead_code::{ArgValue, Listing, asm, cfg, repr, verify};
use lancehead_decompile::{Definition, Form};
use lancehead_pyc::{
    CodeObject, Header, Object, ObjectRef, PyStr, Pyc, Validation, Version, read_marshal, read_pyc,
    write_marshal, write_pyc,
};
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::decompile::{Answer, answer};
use crate::errors::{VerificationError, invalid};
use crate::live::{self, Live};
use crate::source::{self, How};
use crate::{decompile, object, stack};

/// A code object of any version from 3.7 to 3.15. It is a value: `replace` gives another.
#[pyclass(module = "lancehead", frozen, name = "Code")]
#[derive(Debug, Clone)]
pub(crate) struct Code {
    object: Arc<CodeObject>,
    /// What markers among the constants stand for.
    foreign: Arc<Vec<Py<PyAny>>>,
}

/// A verdict: path, first line, difference, its offset in the bytecode, its line in the source.
type CheckedRow = (String, u32, Option<String>, Option<u32>, Option<u32>);

fn parse_version(text: &str) -> PyResult<Version> {
    text.parse::<Version>().map_err(invalid)
}

impl Code {
    pub fn new(object: CodeObject) -> Code {
        Code { object: Arc::new(object), foreign: Arc::default() }
    }

    /// What it wraps.
    pub fn object(&self) -> &CodeObject {
        &self.object
    }

    /// Other code, made of this: markers stand for the same objects.
    pub fn with_object(&self, object: CodeObject) -> Code {
        Code { object: Arc::new(object), foreign: self.foreign.clone() }
    }

    fn listing(&self) -> PyResult<Listing> {
        Listing::of(&self.object).map_err(invalid)
    }

    fn strings<'py>(py: Python<'py>, names: &[PyStr]) -> PyResult<Bound<'py, PyTuple>> {
        let names = names.iter().map(|name| object::string(py, name));
        PyTuple::new(py, names.collect::<PyResult<Vec<_>>>()?)
    }

    /// A constant as Python has it: nested code as `Code`.
    fn constant<'py>(&self, py: Python<'py>, value: &ObjectRef) -> PyResult<Bound<'py, PyAny>> {
        match &**value {
            Object::Code(inner) => {
                let code = Code { object: Arc::new((**inner).clone()), foreign: self.foreign.clone() };
                Ok(Bound::new(py, code)?.into_any())
            }
            other => match live::foreign_number(other).and_then(|number| self.foreign.get(number)) {
                Some(object) => Ok(object.bind(py).clone()),
                None => object::to_python(py, value),
            },
        }
    }
}

#[pymethods]
impl Code {
    /// The code of `code`, a code object of the running interpreter or a function.
    #[new]
    fn of(code: &Bound<'_, PyAny>) -> PyResult<Code> {
        if let Ok(code) = code.cast::<Code>() {
            return Ok(code.get().clone());
        }
        let live = match object::is_code(code)? {
            true => Live::read(code)?,
            false => {
                let found = code.getattr("__code__").map_err(|_| {
                    PyTypeError::new_err(format!("expected a code object, found {}", code.get_type()))
                })?;
                Live::read(&found)?
            }
        };
        Ok(Code { object: Arc::new(live.code), foreign: Arc::new(live.foreign) })
    }

    /// The code of text assembly, the form of `to_assembly`.
    #[staticmethod]
    fn from_assembly(text: &str) -> PyResult<Code> {
        asm::parse(text).map(Code::new).map_err(invalid)
    }

    /// The code in the bytes of a `.pyc`.
    #[staticmethod]
    fn from_pyc(data: &[u8]) -> PyResult<Code> {
        let pyc = read_pyc(data).map_err(invalid)?;
        Ok(Code::new(pyc.code_object().clone()))
    }

    /// The code in what `marshal.dumps(code)` of `version` ("3.12") gave.
    #[staticmethod]
    fn from_marshal(data: &[u8], version: &str) -> PyResult<Code> {
        match &*read_marshal(data, parse_version(version)?).map_err(invalid)? {
            Object::Code(code) => Ok(Code::new((**code).clone())),
            _ => Err(invalid("the data holds no code object")),
        }
    }

    /// Text assembly that `from_assembly` reads.
    fn to_assembly(&self) -> PyResult<String> {
        asm::print(&self.object).map_err(invalid)
    }

    /// The bytes of a `.pyc` of this code's version.
    ///
    /// Its header names the time and size of the source if `mtime` is given, or says that no source is to be looked for.
    #[pyo3(signature = (*, mtime=None, source_size=0))]
    fn to_pyc<'py>(
        &self,
        py: Python<'py>,
        mtime: Option<u32>,
        source_size: u32,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let validation = match mtime {
            Some(mtime) => Validation::Timestamp { mtime, source_size },
            None => Validation::Hash { source_hash: [0; 8], check_source: false },
        };
        let header = Header::new(self.object.version, validation);
        self.is_free_of_foreign()?;
        let bytes = write_pyc(&Pyc::new(header, (*self.object).clone())).map_err(invalid)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// What `marshal.dumps` of this code's version gives.
    fn to_marshal<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.is_free_of_foreign()?;
        let object: ObjectRef = Object::Code(Box::new((*self.object).clone())).into();
        let bytes = write_marshal(&object, self.object.version).map_err(invalid)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// A code object of the running interpreter.
    ///
    /// Raises `VerificationError` for code that could crash it, and `ValueError` for code of another version.
    #[pyo3(signature = (*, verify=true))]
    fn to_code<'py>(&self, py: Python<'py>, verify: bool) -> PyResult<Bound<'py, PyAny>> {
        if verify {
            self.verify(py)?;
        }
        live::write(py, &self.object, &self.foreign)
    }

    /// Raises `VerificationError` if the code, or code in it, could crash its interpreter.
    fn verify(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| stack::for_code(&self.object, || verified(&self.object)))
            .map_err(VerificationError::new_err)
    }

    /// The same code with other fields, named as the attributes, without `co_`.
    #[pyo3(signature = (**fields))]
    fn replace(&self, fields: Option<&Bound<'_, PyDict>>) -> PyResult<Code> {
        let mut object = (*self.object).clone();
        let mut foreign = (*self.foreign).to_owned_list(fields.map(|f| f.py()));
        let mut variables = false;
        for (field, value) in fields.into_iter().flatten() {
            let field: String = field.extract()?;
            match field.strip_prefix("co_").unwrap_or(&field) {
                "argcount" => object.argcount = value.extract()?,
                "posonlyargcount" => object.posonlyargcount = value.extract()?,
                "kwonlyargcount" => object.kwonlyargcount = value.extract()?,
                "stacksize" => object.stacksize = value.extract()?,
                "flags" => object.flags = value.extract()?,
                "firstlineno" => object.firstlineno = value.extract()?,
                "code" => object.code = value.extract()?,
                "linetable" => object.linetable = value.extract()?,
                "exceptiontable" => object.exceptiontable = value.extract()?,
                "name" => object.name = object::text(value.cast::<PyString>()?)?,
                "qualname" => object.qualname = object::text(value.cast::<PyString>()?)?,
                "filename" => object.filename = object::text(value.cast::<PyString>()?)?,
                "names" => object.names = texts(&value)?,
                "varnames" => (object.varnames, variables) = (texts(&value)?, true),
                "freevars" => (object.freevars, variables) = (texts(&value)?, true),
                "cellvars" => (object.cellvars, variables) = (texts(&value)?, true),
                "consts" => object.consts = constants(&value, &mut foreign)?,
                other => return Err(PyAttributeError::new_err(format!("a code object has no {other:?}"))),
            }
        }
        if variables {
            object.nlocals = u32::try_from(object.varnames.len()).map_err(invalid)?;
            if !object.localsplus.is_empty() {
                object.set_localsplus_from_variables();
            }
        }
        Ok(Code { object: Arc::new(object), foreign: Arc::new(foreign) })
    }

    /// Its disassembly, as its version's `dis` shows it, and that of all code in it.
    #[pyo3(signature = (*, recursive=true, caches=false, offsets=false, positions=false))]
    fn dis(
        &self,
        py: Python<'_>,
        recursive: bool,
        caches: bool,
        offsets: bool,
        positions: bool,
    ) -> PyResult<String> {
        let options = print::PrintOptions { caches, offsets, positions };
        let mut text = String::new();
        py.detach(|| {
            let mut sink = PlainText(&mut text);
            match recursive {
                true => lancehead::write_disassembly(&self.object, options, &mut sink).map_err(invalid),
                false => {
                    let listing = Listing::of(&self.object).map_err(invalid)?;
                    print::print(&listing, options, &mut sink).map_err(invalid)
                }
            }
        })?;
        Ok(text)
    }

    /// What notebooks show: what it is, and its disassembly.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let text = format!("{}\n\n{}", self.__repr__(), self.dis(py, true, false, false, false)?);
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // Exported pages lack the notebook's style sheet.
        Ok(format!(
            r#"<pre style="font-family: monospace; white-space: pre; overflow-x: auto">{escaped}</pre>"#
        ))
    }

    /// The instructions as tuples: offset, opcode name, argument, what it stands for, line.
    fn _rows<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let rows = self.listing()?.rows;
        let row = |row: lancehead_code::Row| {
            let value = match &row.argval {
                ArgValue::None => py.None().into_bound(py),
                ArgValue::Int(number) => (*number).into_pyobject(py)?.into_any(),
                ArgValue::Target(offset) => (*offset).into_pyobject(py)?.into_any(),
                ArgValue::Const(value) => self.constant(py, value)?,
                ArgValue::Name(name) => object::string(py, name)?.into_any(),
                _ => row.argrepr.clone().into_pyobject(py)?.into_any(),
            };
            let head = (row.offset, row.opname, row.arg, value, row.argrepr, row.is_jump_target);
            let position = row.position;
            let place = (position.line, position.end_line, position.col, position.end_col);
            (head, place).into_pyobject(py)
        };
        rows.into_iter().map(row).collect()
    }

    /// Its control-flow graph: `(start, end, successors)` for each block; successors are `(block, kind)`.
    fn _blocks(&self) -> PyResult<crate::graph::Blocks> {
        let graph = cfg::Cfg::of(&self.object).map_err(invalid)?;
        Ok(crate::graph::blocks(&graph))
    }

    /// Its control-flow graph, drawn: `format` is `"svg"`, `"dot"` or `"mermaid"`.
    fn _draw(&self, py: Python<'_>, format: &str) -> PyResult<String> {
        let draw = match format {
            "svg" => cfg::svg,
            "dot" => cfg::dot,
            "mermaid" => cfg::mermaid,
            other => return Err(invalid(format!("format {other:?}: expected 'svg', 'dot' or 'mermaid'"))),
        };
        py.detach(|| draw(&self.object)).map_err(invalid)
    }

    /// Decompiles it: as the code of a module if `name` is `None`, else as that of a function.
    fn _decompile<'py>(
        &self,
        py: Python<'py>,
        name: Option<&Bound<'py, PyString>>,
        layout: &str,
        check: bool,
    ) -> PyResult<Answer<'py>> {
        let how = How { layout: decompile::layout(layout)?, check, lines: true, form: Form::Exact };
        let placeholders = PyDict::new(py);
        let foreign = self.foreign.iter().map(|object| object.clone_ref(py)).collect();
        let live = Live { code: (*self.object).clone(), foreign };
        let code = decompile::with_names(py, live, &placeholders)?;
        let definition = match name {
            Some(name) => Some(Definition { name: object::text(name)?, ..Definition::default() }),
            None => None,
        };
        let source = py.detach(|| source::decompile(&code, definition, how));
        Ok(answer(source, placeholders))
    }

    /// Checks source against it, as the code of a module: the verdicts, and which releases compile the one to the other.
    fn _check(&self, py: Python<'_>, source: &[u8]) -> PyResult<(Vec<CheckedRow>, Option<String>)> {
        let checked =
            py.detach(|| stack::for_code(&self.object, || lancehead::check(source, &self.object, None)));
        let checked = checked.map_err(invalid)?;
        let functions = checked.functions.into_iter();
        let row = |function: lancehead::CheckedFunction| {
            let difference = function.difference.as_ref();
            let (offset, line) = (difference.and_then(|d| d.offset), difference.and_then(|d| d.line));
            (function.path, function.firstlineno, function.difference.map(|d| d.text), offset, line)
        };
        Ok((functions.map(row).collect(), checked.compiled_by))
    }

    /// What it and `other` do differently: `(path, what, lines)` each.
    fn _diff(&self, py: Python<'_>, other: &Bound<'_, Code>) -> PyResult<Vec<(String, String, Vec<String>)>> {
        let other = other.get();
        let loaded = |code: &Code| {
            let object: ObjectRef = Object::Code(Box::new((*code.object).clone())).into();
            let bytes = write_marshal(&object, code.object.version).map_err(invalid)?;
            Loaded::read(&bytes, Format::Marshal(code.object.version)).map_err(invalid)
        };
        let (first, second) = (loaded(self)?, loaded(other)?);
        let diff = py.detach(|| stack::for_code(&self.object, || lancehead::Diff::of(&first, &second)));
        Ok(diff.parts.into_iter().map(|part| (part.path, part.what, part.lines)).collect())
    }

    /// The version whose bytecode it is: `"3.12"`.
    #[getter]
    fn version(&self) -> String {
        self.object.version.to_string()
    }

    #[getter]
    fn name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        object::string(py, &self.object.name)
    }

    #[getter]
    fn qualname<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        object::string(py, &self.object.qualname)
    }

    #[getter]
    fn filename<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        object::string(py, &self.object.filename)
    }

    #[getter]
    fn firstlineno(&self) -> i32 {
        self.object.firstlineno
    }

    #[getter]
    fn argcount(&self) -> u32 {
        self.object.argcount
    }

    #[getter]
    fn posonlyargcount(&self) -> u32 {
        self.object.posonlyargcount
    }

    #[getter]
    fn kwonlyargcount(&self) -> u32 {
        self.object.kwonlyargcount
    }

    #[getter]
    fn nlocals(&self) -> u32 {
        self.object.nlocals
    }

    #[getter]
    fn stacksize(&self) -> u32 {
        self.object.stacksize
    }

    #[getter]
    fn flags(&self) -> u32 {
        self.object.flags
    }

    /// The names of its flags.
    #[getter]
    fn flag_names(&self) -> Vec<String> {
        lancehead::flag_names(self.object.flags, self.object.version)
    }

    #[getter]
    fn code<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.object.code)
    }

    #[getter]
    fn linetable<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.object.linetable)
    }

    #[getter]
    fn exceptiontable<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.object.exceptiontable)
    }

    #[getter]
    fn names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        Code::strings(py, &self.object.names)
    }

    #[getter]
    fn varnames<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        Code::strings(py, &self.object.varnames)
    }

    #[getter]
    fn freevars<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        Code::strings(py, &self.object.freevars)
    }

    #[getter]
    fn cellvars<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        Code::strings(py, &self.object.cellvars)
    }

    /// The constants; nested code as `Code`.
    #[getter]
    fn consts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let values = self.object.consts.iter().map(|value| self.constant(py, value));
        PyTuple::new(py, values.collect::<PyResult<Vec<_>>>()?)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Code>().is_ok_and(|other| {
            let (a, b) = (self, other.get());
            *a.object == *b.object
                && a.foreign.len() == b.foreign.len()
                && a.foreign.iter().zip(b.foreign.iter()).all(|(a, b)| a.is(b))
        })
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{BuildHasher, BuildHasherDefault};
        let object = &self.object;
        let key = (&object.name, object.firstlineno, &object.code, &object.names);
        BuildHasherDefault::<rustc_hash::FxHasher>::default().hash_one(key)
    }

    fn __repr__(&self) -> String {
        let CodeObject { version, qualname, name, filename, firstlineno, .. } = &*self.object;
        let name = if qualname.is_empty() { name } else { qualname };
        let file = repr(&Object::Str(filename.clone()));
        format!("<Code {name} of Python {version}, file {file}, line {firstlineno}>")
    }
}

impl Code {
    fn is_free_of_foreign(&self) -> PyResult<()> {
        match self.foreign.is_empty() {
            true => Ok(()),
            false => Err(invalid("some constants are objects that marshal cannot hold")),
        }
    }
}

/// A list of references that can be added to.
trait ToOwnedList {
    fn to_owned_list(&self, py: Option<Python<'_>>) -> Vec<Py<PyAny>>;
}

impl ToOwnedList for Vec<Py<PyAny>> {
    fn to_owned_list(&self, py: Option<Python<'_>>) -> Vec<Py<PyAny>> {
        py.map(|py| self.iter().map(|object| object.clone_ref(py)).collect()).unwrap_or_default()
    }
}

fn verified(code: &CodeObject) -> Result<(), String> {
    if let Err(errors) = verify::verify(code) {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return Err(format!("{}: {}", code.qualname, all.join("; ")));
    }
    for constant in &code.consts {
        if let Object::Code(inner) = &**constant {
            verified(inner)?;
        }
    }
    Ok(())
}

fn texts(names: &Bound<'_, PyAny>) -> PyResult<Vec<PyStr>> {
    names.try_iter()?.map(|name| object::text(name?.cast::<PyString>()?)).collect()
}

/// Constants as ours: code objects and `Code` become nested code, what marshal cannot hold becomes foreign.
fn constants(values: &Bound<'_, PyAny>, foreign: &mut Vec<Py<PyAny>>) -> PyResult<Vec<ObjectRef>> {
    let one = |value: Bound<'_, PyAny>, foreign: &mut Vec<Py<PyAny>>| -> PyResult<ObjectRef> {
        let code = match value.cast::<Code>() {
            Ok(code) => {
                let code = code.get();
                Some(((*code.object).clone(), code.foreign.to_owned_list(Some(value.py()))))
            }
            Err(_) if object::is_code(&value)? => {
                let live = Live::read(&value)?;
                Some((live.code, live.foreign))
            }
            Err(_) => None,
        };
        Ok(match code {
            Some((mut code, inner)) => {
                live::shift_markers(&mut code, foreign.len());
                foreign.extend(inner);
                Object::Code(Box::new(code)).into()
            }
            None if live::is_plain(&value) => object::from_python(&value)?,
            None => {
                foreign.push(value.unbind());
                Object::Str(live::marker(foreign.len() - 1)).into()
            }
        })
    };
    values.try_iter()?.map(|value| one(value?, foreign)).collect()
}

/// Adds this part to the native module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Code>()
}
