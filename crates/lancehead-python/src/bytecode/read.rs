//! From rows to `Bytecode`: objects for arguments, labels for offsets.

use lancehead_isa::argument::{FlaggedName, LocalPair, SuperName};
use lancehead_isa::{ExceptionEntry, Opcode, OperandKind};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use rustc_hash::FxHashMap;

use super::code::{BytecodeOrigin, Row, Rows, Whole, parts};
use super::instr::{BaseInstr, NO_HINT};
use super::state::{Fact, State};
use crate::errors::invalid;

/// The depth of a handler that is to be found.
const NO_DEPTH: u32 = u32::MAX;

/// What arguments number.
struct Tables<'py> {
    consts: Bound<'py, PyTuple>,
    names: Bound<'py, PyTuple>,
    varnames: Bound<'py, PyTuple>,
    /// Cells that are no local variables, then free variables; true for cells.
    outer: Vec<(Bound<'py, PyAny>, bool)>,
    /// Arguments that were made before.
    made: FxHashMap<(OperandKind, u32), Bound<'py, PyAny>>,
}

impl<'py> Tables<'py> {
    fn new(
        state: &State,
        consts: Bound<'py, PyTuple>,
        names: Bound<'py, PyTuple>,
        varnames: Bound<'py, PyTuple>,
        cells: &Bound<'py, PyAny>,
        free: &Bound<'py, PyAny>,
    ) -> PyResult<Tables<'py>> {
        let mut outer = Vec::new();
        for cell in cells.try_iter()? {
            let cell = cell?;
            if !state.shares_slots() || !varnames.contains(&cell)? {
                outer.push((cell, true));
            }
        }
        for free in free.try_iter()? {
            outer.push((free?, false));
        }
        Ok(Tables { consts, names, varnames, outer, made: FxHashMap::default() })
    }

    fn variable(&self, state: &State, slot: usize) -> PyResult<Bound<'py, PyAny>> {
        let locals = self.varnames.len();
        if slot < locals {
            return self.varnames.get_item(slot);
        }
        let (name, is_cell) = self.outer.get(slot - locals).ok_or_else(|| missing("variable", slot))?;
        let class = if *is_cell { &state.cell_variable } else { &state.free_variable };
        class.bind(name.py()).call1((name,))
    }

    fn name(&self, index: u32) -> PyResult<Bound<'py, PyAny>> {
        self.names.get_item(index as usize).map_err(|_| missing("name", index as usize))
    }

    /// The object that an argument stands for, and where it stands among constants, names or variables.
    fn operand(
        &mut self,
        py: Python<'py>,
        state: &State,
        fact: &Fact,
        arg: u32,
    ) -> PyResult<(Bound<'py, PyAny>, u32)> {
        let index = arg as usize;
        match fact.kind {
            OperandKind::Const => {
                Ok((self.consts.get_item(index).map_err(|_| missing("constant", index))?, arg))
            }
            OperandKind::Name => Ok((self.name(arg)?, arg)),
            OperandKind::Local => Ok((self.variable(state, index)?, arg)),
            OperandKind::Deref => {
                let behind = if state.shares_slots() { 0 } else { self.varnames.len() };
                let found = self.variable(state, index.saturating_add(behind))?;
                match found.is_instance_of::<PyString>() {
                    true => Ok((state.cell_variable.bind(py).call1((found,))?, arg)),
                    false => Ok((found, arg)),
                }
            }
            kind => {
                if let Some(made) = self.made.get(&(kind, arg)) {
                    return Ok((made.clone(), hint(kind, arg)));
                }
                let object = self.shared(py, state, kind, arg)?;
                self.made.insert((kind, arg), object.clone());
                Ok((object, hint(kind, arg)))
            }
        }
    }

    /// Objects that instructions may share, since they cannot be changed.
    fn shared(
        &self,
        py: Python<'py>,
        state: &State,
        kind: OperandKind,
        arg: u32,
    ) -> PyResult<Bound<'py, PyAny>> {
        Ok(match kind {
            OperandKind::NameAndNull | OperandKind::NameAndMethod => {
                let FlaggedName { name, flag } = FlaggedName::of(arg);
                (flag, self.name(name)?).into_pyobject(py)?.into_any()
            }
            OperandKind::SuperName | OperandKind::LazyName => {
                // Both bits of `LazyName`, "lazily" and "eagerly", lie where those of `SuperName` do.
                let SuperName { name, method, two_arguments } = SuperName::of(arg);
                (method, two_arguments, self.name(name)?).into_pyobject(py)?.into_any()
            }
            OperandKind::LocalPair => {
                let LocalPair { first, second } = LocalPair::of(arg);
                let first = self.variable(state, first as usize)?;
                (first, self.variable(state, second as usize)?).into_pyobject(py)?.into_any()
            }
            OperandKind::Compare
            | OperandKind::BinaryOp
            | OperandKind::Intrinsic1
            | OperandKind::Intrinsic2
            | OperandKind::CommonConstant
            | OperandKind::SpecialMethod
            | OperandKind::Conversion => state.member.bind(py).call1((format!("{kind:?}"), arg))?,
            _ => arg.into_pyobject(py)?.into_any(),
        })
    }
}

/// Where the name of an argument that also holds flags stands.
fn hint(kind: OperandKind, arg: u32) -> u32 {
    match kind {
        OperandKind::Name => NO_HINT,
        kind => kind.name_index(arg).unwrap_or(NO_HINT),
    }
}

fn missing(what: &str, index: usize) -> PyErr {
    invalid(format!("there is no {what} {index}"))
}

/// Turns rows into the items of `Bytecode`.
struct Reader<'py, 'a> {
    py: Python<'py>,
    state: &'a State,
    tables: Tables<'py>,
    /// By code unit.
    labels: FxHashMap<u32, Bound<'py, PyAny>>,
    items: Vec<Bound<'py, PyAny>>,
}

impl<'py> Reader<'py, '_> {
    fn label(&mut self, unit: i64) -> PyResult<Bound<'py, PyAny>> {
        let unit = u32::try_from(unit).map_err(|_| invalid("a jump leads to before the code"))?;
        if let Some(label) = self.labels.get(&unit) {
            return Ok(label.clone());
        }
        let label = self.state.label.bind(self.py).call0()?;
        self.labels.insert(unit, label.clone());
        Ok(label)
    }

    fn instruction(&mut self, row: &Row) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let (arg, hint) = match self.state.fact(row.opcode) {
            Some(fact) if fact.kind.is_place() => (self.label(target(self.state, fact, row))?, NO_HINT),
            Some(fact) if fact.takes_argument => self.tables.operand(py, self.state, fact, row.arg)?,
            _ => (self.state.unset.bind(py).clone(), row.arg),
        };
        let base = BaseInstr {
            opcode: row.opcode,
            extended: row.prefixes,
            hint,
            arg: arg.unbind(),
            position: Some(row.position),
        };
        Ok(Bound::new(py, base.into_instr())?.into_any())
    }

    fn regions(&mut self, entries: &[ExceptionEntry], keep_depths: bool) -> PyResult<Marks<'py>> {
        let mut marks = Marks::default();
        let end_class = self.state.try_end.bind(self.py);
        for entry in entries.iter().filter(|entry| entry.start < entry.end) {
            let target = self.label((entry.target / 2).into())?;
            let class = self.state.try_begin.bind(self.py);
            let depth = Some(entry.depth).filter(|&depth| depth != NO_DEPTH);
            let begin = match depth.filter(|_| keep_depths) {
                Some(depth) => class.call1((target, entry.lasti, depth))?,
                None => class.call1((target, entry.lasti))?,
            };
            begin.setattr(intern!(self.py, "_depth"), depth)?;
            marks.ends.entry(entry.end / 2).or_default().push(end_class.call1((&begin,))?);
            marks.begins.entry(entry.start / 2).or_default().push(begin);
        }
        Ok(marks)
    }
}

/// What stands before a code unit.
#[derive(Default)]
struct Marks<'py> {
    begins: FxHashMap<u32, Vec<Bound<'py, PyAny>>>,
    ends: FxHashMap<u32, Vec<Bound<'py, PyAny>>>,
}

/// Where a jump leads, in code units.
fn target(state: &State, fact: &Fact, row: &Row) -> i64 {
    let step = i64::from(row.arg) * i64::from(state.unit()) / 2;
    let after = i64::from(row.start) + i64::from(row.prefixes) + 1 + i64::from(fact.caches);
    match fact.kind {
        OperandKind::JumpAbsolute => step,
        OperandKind::JumpForward => after + step,
        _ => after - step,
    }
}

fn items<'py>(
    py: Python<'py>,
    tables: Tables<'py>,
    rows: &Rows,
    entries: &[ExceptionEntry],
    prune_caches: bool,
    keep_depths: bool,
) -> PyResult<Bound<'py, PyList>> {
    let state = State::of(py)?;
    let mut reader = Reader {
        py,
        state,
        tables,
        labels: FxHashMap::default(),
        items: Vec::with_capacity(rows.rows.len()),
    };
    let Marks { mut begins, mut ends } = reader.regions(entries, keep_depths)?;
    let cache = Opcode::CACHE.number(state.version);
    let wanted = rows.rows.iter().filter(|row| !prune_caches || Some(row.opcode) != cache);
    let mut made = Vec::with_capacity(rows.rows.len());
    for row in wanted {
        made.push((row.start, Some(reader.instruction(row)?)));
    }
    made.push((rows.units, None));
    for (start, instruction) in made {
        reader.items.extend(ends.remove(&start).into_iter().flatten());
        if let Some(label) = reader.labels.remove(&start) {
            reader.items.push(label);
        }
        reader.items.extend(begins.remove(&start).into_iter().flatten());
        reader.items.extend(instruction);
    }
    let lost = reader.labels.keys().chain(begins.keys()).chain(ends.keys()).min();
    match lost {
        Some(unit) => {
            Err(invalid(format!("a jump or handler leads to code unit {unit}, where no instruction begins")))
        }
        None => PyList::new(py, reader.items),
    }
}

/// The items of `Bytecode` for a live code object, and what is kept of it.
#[pyfunction]
pub(super) fn bytecode_read<'py>(
    code: &Bound<'py, PyAny>,
    prune_caches: bool,
    keep_depths: bool,
) -> PyResult<(Bound<'py, PyList>, BytecodeOrigin)> {
    let py = code.py();
    let state = State::of(py)?;
    let found = parts(code)?;
    let rows = Rows::of_bytes(state, found.bytes.as_bytes(), &found.ranges, true)?;
    let table = |name| -> PyResult<Bound<'py, PyTuple>> { Ok(code.getattr(name)?.cast_into::<PyTuple>()?) };
    let consts = table(intern!(py, "co_consts"))?;
    let (names, varnames) = (table(intern!(py, "co_names"))?, table(intern!(py, "co_varnames"))?);
    let (cells, free) = (table(intern!(py, "co_cellvars"))?, table(intern!(py, "co_freevars"))?);
    let tables =
        Tables::new(state, consts.clone(), names.clone(), varnames.clone(), cells.as_any(), free.as_any())?;
    let items = items(py, tables, &rows, &found.entries, prune_caches, keep_depths)?;
    let whole = Whole {
        code: code.clone().unbind(),
        bytes: found.bytes.unbind(),
        lines: found.lines.unbind(),
        exceptions: found.exceptions.into_owned(),
        flags: code.getattr(intern!(py, "co_flags"))?.extract()?,
        stacksize: code.getattr(intern!(py, "co_stacksize"))?.extract()?,
    };
    let (consts, names, varnames) = (consts.unbind(), names.unbind(), varnames.unbind());
    Ok((items, BytecodeOrigin { consts, names, varnames, whole }))
}

/// The items of `Bytecode` for concrete code. `entries` are start, end and handler in bytes, depth, and whether the
/// offset is pushed.
#[pyfunction]
pub(super) fn bytecode_from_concrete<'py>(
    code: &Bound<'py, PyList>,
    entries: Vec<(u32, u32, u32, Option<u32>, bool)>,
    prune_caches: bool,
    keep_depths: bool,
) -> PyResult<Bound<'py, PyList>> {
    let py = code.py();
    let state = State::of(py)?;
    let first_line = code.getattr(intern!(py, "first_lineno"))?.extract()?;
    let rows = Rows::of_concrete(code, first_line)?;
    let table =
        |name| -> PyResult<Bound<'py, PyTuple>> { Ok(code.getattr(name)?.cast_into::<PyList>()?.to_tuple()) };
    let (consts, names) = (table(intern!(py, "consts"))?, table(intern!(py, "names"))?);
    let varnames = table(intern!(py, "varnames"))?;
    let (cells, free) = (code.getattr(intern!(py, "cellvars"))?, code.getattr(intern!(py, "freevars"))?);
    let tables = Tables::new(state, consts, names, varnames, &cells, &free)?;
    let entries: Vec<ExceptionEntry> = entries
        .into_iter()
        .map(|(start, end, target, depth, lasti)| ExceptionEntry {
            start,
            end,
            target,
            depth: depth.unwrap_or(NO_DEPTH),
            lasti,
        })
        .collect();
    items(py, tables, &rows, &entries, prune_caches, keep_depths)
}
