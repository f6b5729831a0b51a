//! Laid out code as the parts of a code object, or as concrete instructions.

use lancehead_code::verify::{self, VerifyError, VerifyErrorKind};
use lancehead_isa::{ExceptionEntry, LineRange, Opcode, encode_exception_table, encode_line_table};
use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr, Version};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use std::borrow::Cow;

use super::code::{BytecodeOrigin, Rows, Whole, concrete, parts, push};
use super::depths::{Entry, are_depths, handler_depths, stack_size};
use super::state::State;
use super::write::{Laid, Region, lay_out};
use crate::errors::{VerificationError, invalid};
use crate::object;

/// The parts of a code object: bytecode, constants, names, variables, stack size, line table, exception table.
type Assembled<'py> = (
    Bound<'py, PyBytes>,
    Bound<'py, PyTuple>,
    Bound<'py, PyTuple>,
    Bound<'py, PyTuple>,
    u32,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
);

impl<'py> Laid<'py> {
    pub(super) fn bytes(&self, state: &State) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 * self.starts.last().map_or(0, |&units| units as usize));
        for piece in &self.pieces {
            push(&mut bytes, state, piece.opcode, piece.arg, piece.prefixes);
            bytes.resize(bytes.len() + 2 * usize::from(piece.caches), 0);
        }
        bytes
    }

    fn lines(&self) -> Vec<LineRange> {
        let ends = self.starts.iter().skip(1);
        let spans = self.starts.iter().zip(ends).zip(&self.pieces);
        spans
            .map(|((start, end), piece)| LineRange {
                start: 2 * start,
                end: 2 * end,
                position: piece.position,
            })
            .collect()
    }

    /// The depths that handlers had in the code that they were read from; `None` unless all are known.
    fn former_depths(&self, py: Python<'py>) -> PyResult<Option<Vec<u32>>> {
        let depth = |region: &Region<'py>| region.begin.getattr(intern!(py, "_depth"))?.extract();
        self.regions.iter().map(depth).collect()
    }

    /// Start, end and handler in bytes. Depths are those of `TryBegin`, `None` where it has none.
    fn entries(&self, state: &State, py: Python<'py>) -> PyResult<Vec<Entry>> {
        let mut entries = Vec::with_capacity(self.regions.len());
        for region in &self.regions {
            let (start, end) = (self.starts[region.pieces.start], self.starts[region.pieces.end]);
            let target = self.place(&region.begin.getattr(intern!(py, "target"))?)?;
            let depth = region.begin.getattr(intern!(py, "stack_depth"))?;
            let depth = if depth.is(&state.unset) { None } else { Some(depth.extract()?) };
            let lasti = region.begin.getattr(intern!(py, "push_lasti"))?.is_truthy()?;
            entries.push((2 * start, 2 * end, 2 * target, depth, lasti));
        }
        Ok(entries)
    }
}

fn known(entries: &[Entry]) -> Vec<ExceptionEntry> {
    let known = |&(start, end, target, depth, lasti): &Entry| {
        let depth = depth.unwrap_or(0);
        ExceptionEntry { start, end, target, depth, lasti }
    };
    entries.iter().map(known).collect()
}

/// Whether entries cover the same bytes and lead to the same handlers.
fn alike(entries: &[Entry], table: &[u8]) -> bool {
    let ranges = |entry: &ExceptionEntry| (entry.start, entry.end, entry.target, entry.lasti);
    lancehead_isa::exception_table(table)
        .is_ok_and(|table| table.iter().map(ranges).eq(known(entries).iter().map(ranges)))
}

/// Sets all depths to those that they had, if they still fit.
fn keep_depths(
    py: Python<'_>,
    version: Version,
    bytes: &[u8],
    flags: u32,
    entries: &mut [Entry],
    former: Option<Vec<u32>>,
) -> PyResult<bool> {
    let Some(former) = former.filter(|_| !entries.is_empty()) else { return Ok(entries.is_empty()) };
    let mut table = known(entries);
    for (entry, depth) in table.iter_mut().zip(&former) {
        entry.depth = *depth;
    }
    let fits = py.detach(|| are_depths(version, bytes, flags, &table))?;
    if fits {
        entries.iter_mut().zip(former).for_each(|(entry, depth)| entry.3 = Some(depth));
    }
    Ok(fits)
}

/// Sets the depths that are to be found, or all if `compute` is set and they can be found.
fn find_depths(
    py: Python<'_>,
    version: Version,
    bytes: &[u8],
    flags: u32,
    entries: &mut [Entry],
    compute: bool,
) -> PyResult<()> {
    let given: Vec<Option<u32>> = entries.iter().map(|entry| entry.3).collect();
    if entries.is_empty() || (!compute && given.iter().all(Option::is_some)) {
        return Ok(());
    }
    if compute {
        entries.iter_mut().for_each(|entry| entry.3 = None);
    }
    let found = py.detach(|| handler_depths(version, bytes, flags, entries.to_vec()))?;
    for ((entry, found), given) in entries.iter_mut().zip(found).zip(given) {
        entry.3 = Some(found.or(given).unwrap_or(0));
    }
    Ok(())
}

/// Puts the items of `bytecode` together; see [`Assembled`]. `None` if the parts are those of the code object that they
/// came from.
#[pyfunction]
#[pyo3(signature = (bytecode, origin, passes, stacksize, check, compute_depths))]
pub(super) fn bytecode_assemble<'py>(
    bytecode: &Bound<'py, PyList>,
    origin: Option<&Bound<'py, BytecodeOrigin>>,
    passes: u32,
    stacksize: Option<u32>,
    check: bool,
    compute_depths: bool,
) -> PyResult<Option<Assembled<'py>>> {
    let py = bytecode.py();
    let state = State::of(py)?;
    let origin = origin.map(Bound::get);
    let laid = lay_out(bytecode, origin, passes)?;
    let bytes = laid.bytes(state);
    let flags: u32 = bytecode.getattr(intern!(py, "_flags"))?.extract()?;
    let first_line: i32 = bytecode.getattr(intern!(py, "first_lineno"))?.extract()?;
    let mut entries = laid.entries(state, py)?;
    let mut lines = encode_line_table(state.version, first_line, &laid.lines());
    let whole = origin.map(|origin| &origin.whole);
    let same = whole.filter(|whole| whole.runs_as(py, &bytes, flags, &entries, compute_depths));
    let (size, exceptions) = match same {
        Some(whole) => (stacksize.unwrap_or(whole.stacksize), Cow::from(&whole.exceptions)),
        None => {
            let former = if compute_depths { laid.former_depths(py)? } else { None };
            if !keep_depths(py, state.version, &bytes, flags, &mut entries, former)? {
                find_depths(py, state.version, &bytes, flags, &mut entries, compute_depths)?;
            }
            let table = known(&entries);
            let size = match stacksize {
                Some(size) => size,
                None => py.detach(|| stack_size(state.version, &bytes, flags, &table, check))?,
            };
            (size, Cow::from(encode_exception_table(&table)))
        }
    };
    if let Some(whole) = same.filter(|_| state.version.has_lnotab())
        && whole.canonical_lines(py, first_line)? == lines
    {
        lines = whole.lines.bind(py).as_bytes().to_vec();
    }
    let unchanged = same.zip(origin).is_some_and(|(whole, origin)| {
        size == whole.stacksize
            && whole.lines.bind(py).as_bytes() == lines
            && is_same(&laid.consts.items, origin.consts.bind(py))
            && is_same(&laid.names.items, origin.names.bind(py))
            && is_same(&laid.varnames.items, origin.varnames.bind(py))
    });
    if unchanged {
        return Ok(None);
    }
    let consts = PyTuple::new(py, &laid.consts.items)?;
    let (names, varnames) = (PyTuple::new(py, &laid.names.items)?, PyTuple::new(py, &laid.varnames.items)?);
    let (lines, exceptions) = (PyBytes::new(py, &lines), PyBytes::new(py, &exceptions));
    Ok(Some((PyBytes::new(py, &bytes), consts, names, varnames, size, lines, exceptions)))
}

fn is_same(items: &[Bound<'_, PyAny>], table: &Bound<'_, PyTuple>) -> bool {
    items.len() == table.len() && items.iter().zip(table.iter()).all(|(item, other)| item.is(&other))
}

impl Whole {
    /// The line table as it would be written: up to 3.9 the compiler leaves entries that say nothing.
    fn canonical_lines(&self, py: Python<'_>, first_line: i32) -> PyResult<Vec<u8>> {
        let state = State::of(py)?;
        let found = parts(self.code.bind(py))?;
        let rows = Rows::of_bytes(state, found.bytes.as_bytes(), &found.ranges, true)?;
        Ok(encode_line_table(state.version, first_line, &rows.lines(state)))
    }

    /// Whether this runs like what was put together now: depths and stack size are the same then.
    fn runs_as(&self, py: Python<'_>, bytes: &[u8], flags: u32, entries: &[Entry], compute: bool) -> bool {
        let fits = compute || entries.iter().all(|entry| entry.3.is_none());
        fits && self.flags == flags
            && self.bytes.bind(py).as_bytes() == bytes
            && alike(entries, &self.exceptions)
    }
}

/// What concrete code is made of: instructions, constants, names, variables, and entries of the exception table.
type Concrete<'py> =
    (Bound<'py, PyList>, Bound<'py, PyList>, Bound<'py, PyList>, Bound<'py, PyList>, Vec<Entry>);

/// Lays the items of `bytecode` out as concrete instructions.
#[pyfunction]
pub(super) fn bytecode_to_concrete<'py>(
    bytecode: &Bound<'py, PyList>,
    origin: Option<&Bound<'py, BytecodeOrigin>>,
    passes: u32,
    compute_depths: bool,
) -> PyResult<Concrete<'py>> {
    let py = bytecode.py();
    let state = State::of(py)?;
    let laid = lay_out(bytecode, origin.map(Bound::get), passes)?;
    let flags: u32 = bytecode.getattr(intern!(py, "_flags"))?.extract()?;
    let mut entries = laid.entries(state, py)?;
    if compute_depths {
        let bytes = laid.bytes(state);
        if !keep_depths(py, state.version, &bytes, flags, &mut entries, laid.former_depths(py)?)? {
            find_depths(py, state.version, &bytes, flags, &mut entries, true)?;
        }
    }
    let cache = Opcode::CACHE.number(state.version).unwrap_or(0);
    let mut items = Vec::with_capacity(laid.pieces.len());
    for piece in &laid.pieces {
        let at = Some(piece.position);
        items.push(concrete(py, state, piece.opcode, piece.arg, at, piece.prefixes)?);
        for _ in 0..piece.caches {
            items.push(concrete(py, state, cache, 0, at, 0)?);
        }
    }
    let list = |items: &[Bound<'py, PyAny>]| PyList::new(py, items);
    let (consts, names) = (list(&laid.consts.items)?, list(&laid.names.items)?);
    Ok((PyList::new(py, items)?, consts, names, list(&laid.varnames.items)?, entries))
}

/// Bytecode, stack size, line table and exception table of concrete code.
type Flat<'py> = (Bound<'py, PyBytes>, u32, Bound<'py, PyBytes>, Bound<'py, PyBytes>);

/// Puts concrete code together. `entries` are as in `bytecode_from_concrete`.
#[pyfunction]
#[pyo3(signature = (code, entries, stacksize, check))]
pub(super) fn bytecode_flatten<'py>(
    code: &Bound<'py, PyList>,
    mut entries: Vec<Entry>,
    stacksize: Option<u32>,
    check: bool,
) -> PyResult<Flat<'py>> {
    let py = code.py();
    let state = State::of(py)?;
    let first_line: u32 = code.getattr(intern!(py, "first_lineno"))?.extract()?;
    let flags: u32 = code.getattr(intern!(py, "_flags"))?.extract()?;
    let rows = Rows::of_concrete(code, first_line)?;
    let mut bytes = Vec::with_capacity(2 * rows.units as usize);
    for row in &rows.rows {
        push(&mut bytes, state, row.opcode, row.arg, row.prefixes);
    }
    find_depths(py, state.version, &bytes, flags, &mut entries, false)?;
    let table = known(&entries);
    let size = match stacksize {
        Some(size) => size,
        None if bytes.is_empty() => 0,
        None => py.detach(|| stack_size(state.version, &bytes, flags, &table, check))?,
    };
    let first_line = i32::try_from(first_line).map_err(invalid)?;
    let lines = encode_line_table(state.version, first_line, &rows.lines(state));
    let exceptions = PyBytes::new(py, &encode_exception_table(&table));
    Ok((PyBytes::new(py, &bytes), size, PyBytes::new(py, &lines), exceptions))
}

/// The instructions of a live code object as concrete ones, and the entries of its exception table.
#[pyfunction]
pub(super) fn bytecode_read_concrete<'py>(
    code: &Bound<'py, PyAny>,
    fold: bool,
) -> PyResult<(Bound<'py, PyList>, Vec<Entry>)> {
    let py = code.py();
    let state = State::of(py)?;
    let found = parts(code)?;
    let rows = Rows::of_bytes(state, found.bytes.as_bytes(), &found.ranges, fold)?;
    let mut items = Vec::with_capacity(rows.rows.len());
    for row in &rows.rows {
        items.push(concrete(py, state, row.opcode, row.arg, Some(row.position), row.prefixes)?);
    }
    let entry =
        |entry: &ExceptionEntry| (entry.start, entry.end, entry.target, Some(entry.depth), entry.lasti);
    Ok((PyList::new(py, items)?, found.entries.iter().map(entry).collect()))
}

/// Bytecode and line table.
type Mended<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>);

/// Raises `VerificationError` if a code object could crash the interpreter. Code among its constants is not looked into.
///
/// Variables that may not be set where they are loaded get the load that looks, as the compiler gives them (3.12 and
/// later). If `end` is set, code that control would run off the end of gets a `raise` there. Then this gives what is fit
/// to run.
#[pyfunction]
pub(super) fn bytecode_verify<'py>(code: &Bound<'py, PyAny>, end: bool) -> PyResult<Option<Mended<'py>>> {
    let py = code.py();
    let mut object = shallow(code)?;
    let length = object.code.len();
    let mut changed = false;
    // Each turn finds the first such load on each path.
    for _ in 0..=length / 2 {
        let Err(errors) = py.detach(|| verify::verify(&object)) else {
            let made = || (PyBytes::new(py, &object.code), PyBytes::new(py, &object.linetable));
            return Ok(changed.then(made));
        };
        let ends = |error: &VerifyError| error.kind == VerifyErrorKind::FallsOffTheEnd;
        let (falls, others): (Vec<_>, Vec<_>) = errors.iter().copied().partition(ends);
        let mended = match falls.is_empty() {
            true => load_checked(&mut object, &others),
            false => end && object.code.len() == length && raise_at_end(&mut object),
        };
        if !mended {
            let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
            return Err(VerificationError::new_err(format!("{}: {}", object.qualname, all.join("; "))));
        }
        changed = true;
    }
    Err(VerificationError::new_err(format!("{}: it loads variables that are not set", object.qualname)))
}

/// Puts a `raise` without a line at the end.
fn raise_at_end(object: &mut CodeObject) -> bool {
    let Some(raise) = Opcode::RAISE_VARARGS.number(object.version) else { return false };
    object.code.extend([raise, 0]);
    match (object.version.has_columns(), object.version.has_lnotab()) {
        // An entry of one code unit that has no location, and one of two bytes that has no line.
        (true, _) => object.linetable.push(0x80 | 15 << 3),
        (false, false) => object.linetable.extend([2, 0x80]),
        (false, true) => {}
    }
    true
}

/// Lets loads of variables that may not be set look first, if that is all there is to `errors`.
fn load_checked(object: &mut CodeObject, errors: &[VerifyError]) -> bool {
    let Some(check) = Opcode::LOAD_FAST_CHECK.number(object.version) else { return false };
    let mut all = true;
    for error in errors {
        let place = object.code.get_mut(error.offset as usize);
        let loads = |number: u8| {
            let opcode = Opcode::from_number(object.version, number);
            matches!(opcode, Some(Opcode::LOAD_FAST | Opcode::LOAD_FAST_BORROW))
        };
        match place {
            Some(number) if matches!(error.kind, VerifyErrorKind::Unassigned(_)) && loads(*number) => {
                *number = check
            }
            _ => all = false,
        }
    }
    all
}

/// A code object with as much of its constants as the verifier looks at.
fn shallow(code: &Bound<'_, PyAny>) -> PyResult<CodeObject> {
    let py = code.py();
    let mut object = header(code)?;
    let found = parts(code)?;
    object.code = found.bytes.as_bytes().to_vec();
    object.linetable = found.lines.as_bytes().to_vec();
    object.exceptiontable = found.exceptions.into_owned();
    object.firstlineno = code.getattr(intern!(py, "co_firstlineno"))?.extract()?;
    object.stacksize = code.getattr(intern!(py, "co_stacksize"))?.extract()?;
    // The verifier asks how many there are, and never which.
    object.names = vec![PyStr::default(); code.getattr(intern!(py, "co_names"))?.len()?];
    let consts = code.getattr(intern!(py, "co_consts"))?.cast_into::<PyTuple>()?;
    object.consts = consts.iter().map(|value| constant(&value)).collect::<PyResult<_>>()?;
    Ok(object)
}

/// Flags, parameters and variables.
fn header(code: &Bound<'_, PyAny>) -> PyResult<CodeObject> {
    let py = code.py();
    let state = State::of(py)?;
    let mut object = CodeObject::new(state.version);
    let number = |name| -> PyResult<u32> { code.getattr(name)?.extract() };
    object.flags = number(intern!(py, "co_flags"))?;
    object.argcount = number(intern!(py, "co_argcount"))?;
    object.posonlyargcount = number(intern!(py, "co_posonlyargcount"))?;
    object.kwonlyargcount = number(intern!(py, "co_kwonlyargcount"))?;
    object.qualname = object::text(code.getattr(intern!(py, "co_name"))?.cast::<PyString>()?)?;
    object.varnames = texts(&code.getattr(intern!(py, "co_varnames"))?)?;
    object.cellvars = texts(&code.getattr(intern!(py, "co_cellvars"))?)?;
    object.freevars = texts(&code.getattr(intern!(py, "co_freevars"))?)?;
    object.nlocals = u32::try_from(object.varnames.len()).map_err(invalid)?;
    if state.shares_slots() {
        object.set_localsplus_from_variables();
    }
    Ok(object)
}

fn texts(names: &Bound<'_, PyAny>) -> PyResult<Vec<PyStr>> {
    names.try_iter()?.map(|name| object::text(name?.cast::<PyString>()?)).collect()
}

fn constant(value: &Bound<'_, PyAny>) -> PyResult<ObjectRef> {
    if value.is_none() {
        return Ok(Object::None.into());
    }
    if value.is_exact_instance_of::<PyString>() {
        return Ok(Object::Str(PyStr::default()).into());
    }
    if let Ok(items) = value.cast_exact::<PyTuple>() {
        let item = |item: Bound<'_, PyAny>| match item.is_exact_instance_of::<PyString>() {
            true => Object::Str(PyStr::default()).into(),
            false => Object::None.into(),
        };
        return Ok(Object::Tuple(items.iter().map(item).collect()).into());
    }
    if object::is_code(value)? {
        let mut object = header(value)?;
        let bytes = value.getattr(intern!(value.py(), "co_code"))?.cast_into::<PyBytes>()?;
        object.code = bytes.as_bytes().to_vec();
        return Ok(Object::Code(Box::new(object)).into());
    }
    Ok(Object::Ellipsis.into())
}
