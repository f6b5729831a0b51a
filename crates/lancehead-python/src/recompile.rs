//! `recompile`: what the interpreter made of decompiled source takes the place of the original.

use lancehead_check::{first_difference, move_qualnames, own_qualname};
use lancehead_code::program::Code;
use lancehead_code::verify::verify;
use lancehead_pyc::{CodeObject, Object, PyStr};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::errors::RecompilationError;
use crate::live::{self, Live};
use crate::{foreign, object, stack};

/// Flags that say where code was written, or what a decorator did: no source of a function says them.
const CARRIED: u32 = 0x10 | 0x100 | 0x0800_0000 | 0x01FE_0000;

/// `compiled`, which the interpreter made of the source of `original`, as a replacement for it: with its names, its order
/// of variables, its flags and its foreign constants, which go by the names in `placeholders` in the source.
///
/// # Errors
/// `RecompilationError` unless it is proven to do the same.
#[pyfunction]
fn adopt<'py>(
    py: Python<'py>,
    original: &Bound<'py, PyAny>,
    compiled: &Bound<'py, PyAny>,
    placeholders: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let original = Live::read(original)?;
    let compiled = Live::read(compiled)?;
    let mut names = Vec::new();
    let mut foreign = Vec::new();
    for (name, value) in placeholders {
        names.push(object::text(name.cast::<PyString>()?)?);
        foreign.push(value.unbind());
    }
    let adopted = py.detach(|| {
        stack::for_code(&original.code, || {
            lancehead::isolate::catch(|| adopted(&original.code, compiled.code, &names))
        })
    });
    let adopted = match adopted {
        Ok(Ok(adopted)) => adopted,
        Ok(Err(reason)) => return Err(RecompilationError::new_err(reason)),
        Err(error) => return Err(RecompilationError::new_err(error.to_string())),
    };
    live::write(py, &adopted, &foreign)
}

fn adopted(
    original: &CodeObject,
    compiled: CodeObject,
    placeholders: &[PyStr],
) -> Result<CodeObject, String> {
    let mut code = compiled;
    if !placeholders.is_empty() {
        code = foreign::to_constants(&code, placeholders).map_err(|fault| fault.to_string())?;
    }
    code = in_order(code, original)?;
    let (from, to) = (own_qualname(&code), own_qualname(original));
    move_qualnames(&mut code, &from, &to);
    if code.version < lancehead_pyc::Version::Py311 {
        code.qualname = original.name.clone();
    }
    code.name = original.name.clone();
    code.flags = code.flags & !CARRIED | original.flags & CARRIED;
    if let Some((path, difference)) = first_difference(original, &code) {
        return Err(format!("{path}: the source that was recovered is another program: {difference}"));
    }
    check(&code)?;
    Ok(code)
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

/// `code` with its cell and free variables in the order of `original`.
fn in_order(code: CodeObject, original: &CodeObject) -> Result<CodeObject, String> {
    let ordered = |names: &[PyStr], like: &[PyStr]| {
        let mut names = names.to_vec();
        names.sort_by_key(|name| like.iter().position(|known| known == name).unwrap_or(usize::MAX));
        names
    };
    let free = ordered(&code.freevars, &original.freevars);
    let cells = ordered(&code.cellvars, &original.cellvars);
    if free == code.freevars && cells == code.cellvars {
        return Ok(code);
    }
    let mut program = Code::of(&code).map_err(|error| error.to_string())?;
    program.object.freevars = free;
    program.object.cellvars = cells;
    if !program.object.localsplus.is_empty() {
        program.object.set_localsplus_from_variables();
    }
    program.assemble().map_err(|error| error.to_string())
}

/// What the module around `code` may be known by: names that it imports, for their methods are called as functions of
/// a module are; and whether it uses `super` itself, for then calls of it in methods are compiled as any other.
#[pyfunction]
fn module_around<'py>(code: &Bound<'py, PyAny>) -> PyResult<(Vec<Bound<'py, PyString>>, bool)> {
    let live = Live::read(code)?;
    let names = lancehead_check::imported_names(&live.code);
    // What a comprehension iterates has a name that no source can write.
    let names = names.iter().filter(|name| !name.as_bytes().starts_with(b"."));
    let names = names.map(|name| object::string(code.py(), name)).collect::<PyResult<_>>()?;
    Ok((names, lancehead_check::module_uses_super(&live.code)))
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
    module.add_function(wrap_pyfunction!(module_around, module)?)?;
    module.add_function(wrap_pyfunction!(adopt, module)?)?;
    module.add_function(wrap_pyfunction!(difference, module)?)
}
