//! `recompile`: what the interpreter made of decompiled source takes the place of the original.

use lancehead::Fate;
use lancehead_check::{first_difference, move_qualnames, own_qualname};
use lancehead_code::program::Code;
use lancehead_code::verify::verify;
use lancehead_decompile::{Definition, Form};
use lancehead_pyc::{CodeObject, Object, PyStr, co_flags};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::errors::{RecompilationError, invalid};
use crate::live::{self, Live};
use crate::source::{self, How};
use crate::{decompile, foreign, iterate, object, stack};

/// Flags that say where code was written, or what a decorator did: no source of a function says them.
const CARRIED: u32 = co_flags::NESTED | co_flags::ITERABLE_COROUTINE | co_flags::METHOD | co_flags::FUTURE;

/// Forms by their numbers.
const FORMS: [Form; 3] = [Form::Exact, Form::Temporaries, Form::Dispatch];

/// Source for a code object, and what was compiled of it in its place.
#[pyclass(frozen, module = "lancehead._native")]
#[derive(Debug)]
struct Recompiler {
    original: Live,
    /// The code with names for its foreign constants, if it has any.
    named: Option<CodeObject>,
    /// These names, by the numbers of the constants.
    names: Vec<PyStr>,
    definition: Option<Definition>,
}

#[pymethods]
impl Recompiler {
    /// Reads `code`: that of a function that is to be called `name`, or of a module.
    #[new]
    fn new(code: &Bound<'_, PyAny>, name: Option<&Bound<'_, PyString>>) -> PyResult<Recompiler> {
        let original = Live::read(code)?;
        let (named, names) = match original.foreign.is_empty() {
            true => (None, Vec::new()),
            false => decompile::named(&original).map(|(code, names)| (Some(code), names))?,
        };
        let name = name.map(object::text).transpose()?;
        let definition = name.map(|name| Definition { name, ..Definition::default() });
        Ok(Recompiler { original, named, names, definition })
    }

    /// Source that parts from the bytecode at least as far as the form of that number says, and why not all of it was
    /// recovered, if so. With `check`, the form that is proven is found, and comments say what is not.
    fn source(
        &self,
        py: Python<'_>,
        layout: &str,
        form: usize,
        check: bool,
    ) -> PyResult<(String, Option<String>)> {
        let form = *FORMS.get(form).ok_or_else(|| invalid("there is no such form"))?;
        let how = How { layout: decompile::layout(layout)?, check, lines: false, form };
        let code = self.named.as_ref().unwrap_or(&self.original.code);
        let done = py.detach(|| source::decompile(code, self.definition.clone(), how));
        let missing = done.functions.into_iter().find_map(|function| match function.fate {
            Fate::NotRecovered { reason } => Some(format!("{}: {reason}", function.path)),
            _ => None,
        });
        Ok((done.source, missing))
    }

    /// What the module around it may be known by: names that it imports, for their methods are called as functions of
    /// a module are; and whether it uses `super` itself, for then calls of it in methods are compiled as any other.
    fn module_around<'py>(&self, py: Python<'py>) -> PyResult<(Vec<Bound<'py, PyString>>, bool)> {
        let names = lancehead_check::imported_names(&self.original.code);
        // What a comprehension iterates has a name that no source can write.
        let names = names.iter().filter(|name| !name.as_bytes().starts_with(b"."));
        let names = names.map(|name| object::string(py, name)).collect::<PyResult<_>>()?;
        Ok((names, lancehead_check::module_uses_super(&self.original.code)))
    }

    /// `compiled`, which the interpreter made of the source, as a replacement: with the names, the order of variables,
    /// the flags and the foreign constants of the original.
    ///
    /// # Errors
    /// `RecompilationError` unless it is proven to do the same.
    fn adopt<'py>(&self, py: Python<'py>, compiled: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let read = Live::read(compiled)?;
        if !read.foreign.is_empty() {
            // Their markers would be taken for those of the original.
            return Err(RecompilationError::new_err("constants were compiled that no literal gives"));
        }
        let original = &self.original;
        let adopted = py.detach(|| {
            stack::for_code(&original.code, || {
                lancehead::isolate::catch(|| adopted(&original.code, read.code, &self.names))
            })
        });
        let adopted = match adopted {
            Ok(Ok(adopted)) => adopted,
            Ok(Err(reason)) => return Err(RecompilationError::new_err(reason)),
            Err(error) => return Err(RecompilationError::new_err(error.to_string())),
        };
        match adopted.is_as_compiled {
            true => renamed(compiled, &adopted.code),
            false => live::write(py, &adopted.code, &original.foreign),
        }
    }
}

/// The code object of the interpreter with the names and flags of ours.
fn renamed<'py>(live: &Bound<'py, PyAny>, code: &CodeObject) -> PyResult<Bound<'py, PyAny>> {
    let py = live.py();
    let keywords = PyDict::new(py);
    keywords.set_item(intern!(py, "co_name"), object::string(py, &code.name)?)?;
    keywords.set_item(intern!(py, "co_flags"), code.flags)?;
    if code.version.has_qualnames() {
        keywords.set_item(intern!(py, "co_qualname"), object::string(py, &code.qualname)?)?;
    }
    live.call_method(intern!(py, "replace"), (), Some(&keywords))
}

/// Code that does what the original does.
struct Adopted {
    code: CodeObject,
    /// It is what the interpreter compiled, but for names and flags of its own.
    is_as_compiled: bool,
}

fn adopted(original: &CodeObject, compiled: CodeObject, placeholders: &[PyStr]) -> Result<Adopted, String> {
    let mut code = compiled;
    let has_inner = code.consts.iter().any(|constant| matches!(&**constant, Object::Code(_)));
    let mut is_as_compiled = placeholders.is_empty() && !has_inner;
    if !placeholders.is_empty() {
        code = foreign::to_constants(&code, placeholders).map_err(|fault| fault.to_string())?;
    }
    if iterate::mentions_iter(&code) && !iterate::mentions_iter(original) {
        code = iterate::to_instructions(&code).map_err(|fault| fault.to_string())?;
        is_as_compiled = false;
    }
    if let Some(ordered) = in_order(&code, original)? {
        code = ordered;
        is_as_compiled = false;
    }
    let (from, to) = (own_qualname(&code), own_qualname(original));
    move_qualnames(&mut code, &from, &to);
    if !code.version.has_qualnames() {
        code.qualname = original.name.clone();
    }
    code.name = original.name.clone();
    code.flags = code.flags & !CARRIED | original.flags & CARRIED;
    if let Some((path, difference)) = first_difference(original, &code) {
        return Err(format!("{path}: the source that was recovered is another program: {difference}"));
    }
    if !is_as_compiled {
        check(&code)?;
    }
    Ok(Adopted { code, is_as_compiled })
}

/// Whether the interpreter will survive the code.
fn check(code: &CodeObject) -> Result<(), String> {
    verify(code).map_err(|errors| {
        let first = errors.first().map(ToString::to_string).unwrap_or_default();
        format!("what was recompiled does not hold: {first}")
    })?;
    for constant in &code.consts {
        if let Object::Code(inner) = &**constant {
            check(inner)?;
        }
    }
    Ok(())
}

/// `code` with its cell and free variables in the order of `original`; `None` if they are.
fn in_order(code: &CodeObject, original: &CodeObject) -> Result<Option<CodeObject>, String> {
    let ordered = |names: &[PyStr], like: &[PyStr]| {
        let mut names = names.to_vec();
        names.sort_by_key(|name| like.iter().position(|known| known == name).unwrap_or(usize::MAX));
        names
    };
    let free = ordered(&code.freevars, &original.freevars);
    let cells = ordered(&code.cellvars, &original.cellvars);
    if free == code.freevars && cells == code.cellvars {
        return Ok(None);
    }
    let mut program = Code::of(code).map_err(|error| error.to_string())?;
    program.object.freevars = free;
    program.object.cellvars = cells;
    if !program.object.localsplus.is_empty() {
        program.object.set_localsplus_from_variables();
    }
    program.assemble().map(Some).map_err(|error| error.to_string())
}

/// The first difference between what two code objects do, as text; `None` if there is none.
#[pyfunction]
fn difference(py: Python<'_>, code: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let a = Live::read(code)?;
    let b = Live::read(other)?;
    let same_objects =
        a.foreign.len() == b.foreign.len() && a.foreign.iter().zip(&b.foreign).all(|(a, b)| a.is(b));
    if !same_objects {
        return Ok(Some("constants that are other objects".to_owned()));
    }
    let found = py.detach(|| stack::for_code(&a.code, || first_difference(&a.code, &b.code)));
    Ok(found.map(|(path, difference)| format!("{path}: {difference}")))
}

/// Adds this part to the native module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Recompiler>()?;
    module.add_function(wrap_pyfunction!(difference, module)?)
}
