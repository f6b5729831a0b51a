//! From `Bytecode` to rows: indices for objects, offsets for labels.

use lancehead_isa::argument::LocalPair;
use lancehead_isa::{Opcode, OperandKind, Position};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use rustc_hash::FxHashMap;

use super::code::{BytecodeOrigin, Lines};
use super::instr::{BaseInstr, Instr, NO_HINT, flags_of, prefixes_for};
use super::state::{Fact, State};
use crate::errors::invalid;

/// Constants, names or variables by their index.
pub(super) struct Table<'py> {
    pub items: Vec<Bound<'py, PyAny>>,
    /// Which of them something refers to.
    used: Vec<bool>,
    /// Their indices by key; made when it is first needed.
    index: Option<Bound<'py, PyDict>>,
    are_consts: bool,
}

impl<'py> Table<'py> {
    fn new(items: Vec<Bound<'py, PyAny>>, are_consts: bool) -> Table<'py> {
        Table { used: vec![false; items.len()], items, index: None, are_consts }
    }

    /// Notes that something refers to an item.
    fn refer(&mut self, at: u32) -> u32 {
        let place = at as usize;
        if self.used.len() <= place {
            self.used.resize(place + 1, false);
        }
        self.used[place] = true;
        at
    }

    /// Whether nothing refers to one of the items behind the first `kept`.
    fn has_unused(&self, kept: usize) -> bool {
        self.used.iter().skip(kept).any(|used| !used)
    }

    /// The items that something refers to, behind the first `kept`.
    fn without_unused(&self, kept: usize) -> Table<'py> {
        let items = self.items.iter().zip(&self.used).enumerate();
        let items = items.filter(|(at, (_, used))| *at < kept || **used).map(|(_, (item, _))| item.clone());
        Table::new(items.collect(), self.are_consts)
    }

    fn key(&self, state: &State, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match self.are_consts {
            true => state.const_key.bind(value.py()).call1((value,)),
            false => Ok(value.clone()),
        }
    }

    fn find(&mut self, state: &State, value: &Bound<'py, PyAny>) -> PyResult<Option<u32>> {
        let index = match self.index.take() {
            Some(index) => index,
            None => {
                let index = PyDict::new(value.py());
                for (at, item) in self.items.iter().enumerate() {
                    let key = self.key(state, item)?;
                    if !index.contains(&key)? {
                        index.set_item(key, at)?;
                    }
                }
                index
            }
        };
        let found = index.get_item(self.key(state, value)?)?;
        self.index = Some(index);
        found.map(|found| found.extract()).transpose()
    }

    /// The index of `value`, which is put behind the others if it is new. `hint` is tried first.
    fn index_of(&mut self, state: &State, value: &Bound<'py, PyAny>, hint: u32) -> PyResult<u32> {
        if self.items.get(hint as usize).is_some_and(|item| item.is(value)) {
            return Ok(self.refer(hint));
        }
        if let Some(found) = self.find(state, value)? {
            return Ok(self.refer(found));
        }
        let at = self.items.len();
        if let Some(index) = &self.index {
            index.set_item(self.key(state, value)?, at)?;
        }
        self.items.push(value.clone());
        Ok(self.refer(u32::try_from(at).map_err(invalid)?))
    }
}

/// An instruction whose place is not known yet.
pub(super) struct Piece {
    pub opcode: u8,
    pub arg: u32,
    pub prefixes: u8,
    pub caches: u8,
    pub position: Position,
}

/// A stretch of pieces with one handler.
pub(super) struct Region<'py> {
    pub begin: Bound<'py, PyAny>,
    pub pieces: std::ops::Range<usize>,
}

/// Code that is laid out.
pub(super) struct Laid<'py> {
    pub pieces: Vec<Piece>,
    /// Where each piece begins, in code units, and where the last one ends.
    pub starts: Vec<u32>,
    pub consts: Table<'py>,
    pub names: Table<'py>,
    pub varnames: Table<'py>,
    pub regions: Vec<Region<'py>>,
    labels: FxHashMap<usize, usize>,
}

impl<'py> Laid<'py> {
    /// Where a label stands, in code units.
    pub fn place(&self, label: &Bound<'py, PyAny>) -> PyResult<u32> {
        let piece = self.labels.get(&(label.as_ptr() as usize));
        let start = piece.and_then(|&piece| self.starts.get(piece).copied());
        start.ok_or_else(|| invalid("the target of a TryBegin is not in the code"))
    }
}

/// Reads the items of `Bytecode` one by one.
struct Writer<'py, 'a> {
    state: &'a State,
    laid: Laid<'py>,
    lines: Lines,
    jumps: Vec<(usize, Bound<'py, PyAny>)>,
    /// Pieces about cells and free variables, whose numbers depend on how many local variables there are.
    outer: Vec<(usize, Bound<'py, PyAny>)>,
    /// Regions that are open, the innermost last: their `TryBegin`.
    open: Vec<Bound<'py, PyAny>>,
    /// Where the innermost one goes on.
    since: usize,
}

/// Lays out the items of `bytecode`, an instance of `Bytecode`.
///
/// # Errors
/// `ValueError` for what cannot be put together; `RuntimeError` if jumps are not settled after `passes`.
pub(super) fn lay_out<'py>(
    bytecode: &Bound<'py, PyList>,
    origin: Option<&BytecodeOrigin>,
    passes: u32,
) -> PyResult<Laid<'py>> {
    let py = bytecode.py();
    let tables = Tables {
        consts: constants(bytecode, origin)?,
        names: Table::new(origin.map_or(Vec::new(), |origin| origin.names.bind(py).iter().collect()), false),
        varnames: variables(bytecode, origin)?,
    };
    let writer = take_all(bytecode, tables)?;
    let Some(origin) = origin else { return writer.finish(bytecode, passes) };
    // What nothing refers to any more goes, if something was changed.
    let documented = usize::from(!bytecode.getattr(intern!(py, "docstring"))?.is(&State::of(py)?.unset));
    let parameters = bytecode.getattr(intern!(py, "argnames"))?.len()?;
    let Laid { consts, names, varnames, .. } = &writer.laid;
    let unused = consts.has_unused(documented) || names.has_unused(0) || varnames.has_unused(parameters);
    if !unused {
        return writer.finish(bytecode, passes);
    }
    let tables = Tables {
        consts: consts.without_unused(documented),
        names: names.without_unused(0),
        varnames: varnames.without_unused(parameters),
    };
    let laid = writer.finish(bytecode, passes)?;
    let is_unchanged = origin.whole.bytes.bind(py).as_bytes() == laid.bytes(State::of(py)?);
    if is_unchanged { Ok(laid) } else { take_all(bytecode, tables)?.finish(bytecode, passes) }
}

/// What instructions refer to.
struct Tables<'py> {
    consts: Table<'py>,
    names: Table<'py>,
    varnames: Table<'py>,
}

/// Reads all items of `bytecode`, into tables that hold some already.
fn take_all<'py>(bytecode: &Bound<'py, PyList>, tables: Tables<'py>) -> PyResult<Writer<'py, 'py>> {
    let py = bytecode.py();
    let state = State::of(py)?;
    let Tables { consts, names, varnames } = tables;
    let laid = Laid {
        pieces: Vec::with_capacity(bytecode.len()),
        starts: Vec::new(),
        consts,
        names,
        varnames,
        regions: Vec::new(),
        labels: FxHashMap::default(),
    };
    let lines = Lines::new(bytecode.getattr(intern!(py, "first_lineno"))?.extract()?);
    let (jumps, outer, open) = (Vec::new(), Vec::new(), Vec::new());
    let mut writer = Writer { state, laid, lines, jumps, outer, open, since: 0 };
    for item in bytecode.iter() {
        writer.take(&item)?;
    }
    if !writer.open.is_empty() {
        return Err(invalid("a TryBegin is not ended"));
    }
    Ok(writer)
}

/// The constants that are known, with the docstring in its place.
fn constants<'py>(bytecode: &Bound<'py, PyList>, origin: Option<&BytecodeOrigin>) -> PyResult<Table<'py>> {
    let py = bytecode.py();
    let mut consts: Vec<_> = origin.map_or(Vec::new(), |origin| origin.consts.bind(py).iter().collect());
    let docstring = bytecode.getattr(intern!(py, "docstring"))?;
    if !docstring.is(&State::of(py)?.unset) {
        match consts.first_mut() {
            Some(first) => *first = docstring,
            None => consts.push(docstring),
        }
    }
    Ok(Table::new(consts, true))
}

/// The local variables that are known, parameters first.
fn variables<'py>(bytecode: &Bound<'py, PyList>, origin: Option<&BytecodeOrigin>) -> PyResult<Table<'py>> {
    let py = bytecode.py();
    let arguments: Vec<Bound<'py, PyAny>> =
        bytecode.getattr(intern!(py, "argnames"))?.try_iter()?.collect::<PyResult<_>>()?;
    let known: Vec<_> = origin.map_or(Vec::new(), |origin| origin.varnames.bind(py).iter().collect());
    let same = |(a, b): (&Bound<'py, PyAny>, &Bound<'py, PyAny>)| a.is(b);
    if arguments.len() <= known.len() && arguments.iter().zip(&known).all(same) {
        return Ok(Table::new(known, false));
    }
    let mut table = Table::new(arguments, false);
    let state = State::of(py)?;
    for name in &known {
        table.index_of(state, name, NO_HINT)?;
    }
    Ok(table)
}

impl<'py> Writer<'py, '_> {
    /// Numbers cells and jumps, now that all is known.
    fn finish(mut self, bytecode: &Bound<'py, PyList>, passes: u32) -> PyResult<Laid<'py>> {
        self.number_outer(bytecode)?;
        self.settle(passes)?;
        Ok(self.laid)
    }

    fn take(&mut self, item: &Bound<'py, PyAny>) -> PyResult<()> {
        if let Ok(instruction) = item.cast::<Instr>() {
            return self.instruction(instruction);
        }
        let (py, state) = (item.py(), self.state);
        if item.is_instance(state.label.bind(py))? {
            self.laid.labels.insert(item.as_ptr() as usize, self.laid.pieces.len());
        } else if item.is_instance(state.try_begin.bind(py))? {
            self.close_region();
            self.open.push(item.clone());
        } else if item.is_instance(state.try_end.bind(py))? {
            self.close_region();
            let entry = item.getattr(intern!(py, "entry"))?;
            let place = self.open.iter().rposition(|open| open.is(&entry));
            let place = place.ok_or_else(|| invalid("a TryEnd stands without its TryBegin before it"))?;
            self.open.remove(place);
        } else if item.is_instance(state.set_lineno.bind(py))? {
            self.lines.force(item)?;
        } else {
            let message = format!("Bytecode cannot hold {}", item.get_type().name()?);
            return Err(PyValueError::new_err(message));
        }
        Ok(())
    }

    /// Ends the stretch that belongs to the innermost region, of several the one that began last.
    fn close_region(&mut self) {
        let (since, at) = (self.since, self.laid.pieces.len());
        self.since = at;
        let Some(begin) = self.open.last().filter(|_| since < at) else { return };
        match self.laid.regions.last_mut() {
            Some(last) if last.begin.is(begin) && last.pieces.end == since => last.pieces.end = at,
            _ => self.laid.regions.push(Region { begin: begin.clone(), pieces: since..at }),
        }
    }

    fn instruction(&mut self, item: &Bound<'py, Instr>) -> PyResult<()> {
        let py = item.py();
        let instruction = item.as_super().try_borrow()?;
        let Some(fact) = self.state.fact(instruction.opcode) else {
            return Err(invalid(format!("there is no opcode {}", instruction.opcode)));
        };
        // Caches are made up.
        if fact.opcode == Opcode::CACHE {
            return Ok(());
        }
        let position = self.lines.position(&instruction);
        let arg = instruction.arg.bind(py);
        if fact.kind == OperandKind::LocalPair {
            return self.pair(fact, &instruction, arg, position);
        }
        let number = match fact.takes_argument {
            false => instruction.unused_argument(),
            true => self.number(fact, arg, instruction.hint)?,
        };
        self.push(instruction.opcode, fact, number, instruction.extended, position);
        Ok(())
    }

    fn push(&mut self, opcode: u8, fact: &Fact, arg: u32, prefixes: u8, position: Position) {
        self.laid.pieces.push(Piece { opcode, arg, prefixes, caches: fact.caches, position });
    }

    /// An instruction on two variables, or two instructions where one cannot hold them.
    fn pair(
        &mut self,
        fact: &Fact,
        of: &BaseInstr,
        arg: &Bound<'py, PyAny>,
        position: Position,
    ) -> PyResult<()> {
        let (first, second): (Bound<'py, PyAny>, Bound<'py, PyAny>) = arg.extract()?;
        let both_local = first.is_instance_of::<PyString>() && second.is_instance_of::<PyString>();
        if both_local {
            let one = self.laid.varnames.index_of(self.state, &first, NO_HINT)?;
            let two = self.laid.varnames.index_of(self.state, &second, NO_HINT)?;
            if let Some(both) = (LocalPair { first: one, second: two }).arg() {
                self.push(of.opcode, fact, both, of.extended, position);
                return Ok(());
            }
        }
        let name = fact.opcode.name();
        // The names of both operations, put together: each begins with what it does.
        let cut = ["_LOAD_FAST", "_STORE_FAST"].iter().filter_map(|part| name.rfind(part)).max().unwrap_or(0);
        let (head, tail) = name.split_at(cut);
        for (name, variable) in [(head, first), (tail.trim_start_matches('_'), second)] {
            let number = self.state.number_of(name);
            let known = number.and_then(|number| Some((number, self.state.fact(number)?)));
            let (number, fact) = known.ok_or_else(|| invalid(format!("there is no operation {name}")))?;
            let arg = self.variable(&variable, NO_HINT)?;
            self.push(number, fact, arg, 0, position);
        }
        Ok(())
    }

    fn variable(&mut self, arg: &Bound<'py, PyAny>, hint: u32) -> PyResult<u32> {
        if arg.is_instance_of::<PyString>() {
            return self.laid.varnames.index_of(self.state, arg, hint);
        }
        self.outer.push((self.laid.pieces.len(), arg.clone()));
        Ok(0)
    }

    fn number(&mut self, fact: &Fact, arg: &Bound<'py, PyAny>, hint: u32) -> PyResult<u32> {
        let state = self.state;
        match fact.kind {
            OperandKind::Const => self.laid.consts.index_of(state, arg, hint),
            OperandKind::Name => self.laid.names.index_of(state, arg, hint),
            OperandKind::Local => self.variable(arg, hint),
            OperandKind::Deref => {
                self.outer.push((self.laid.pieces.len(), arg.clone()));
                Ok(0)
            }
            kind if kind.is_place() => {
                self.jumps.push((self.laid.pieces.len(), arg.clone()));
                Ok(0)
            }
            kind if flags_of(kind) > 0 => {
                let (parts, count) = (arg.cast::<PyTuple>()?, flags_of(kind));
                let mut number = self.laid.names.index_of(state, &parts.get_item(count)?, hint)? << count;
                for bit in 0..count {
                    number |= u32::from(parts.get_item(bit)?.is_truthy()?) << bit;
                }
                Ok(number)
            }
            OperandKind::Compare => {
                let kind = intern!(arg.py(), "Compare");
                state.number.bind(arg.py()).call1((kind, arg))?.extract()
            }
            _ => arg.extract(),
        }
    }

    /// Numbers cells and free variables, now that all local variables are known.
    fn number_outer(&mut self, bytecode: &Bound<'py, PyList>) -> PyResult<()> {
        if self.outer.is_empty() {
            return Ok(());
        }
        let (py, state) = (bytecode.py(), self.state);
        let (mut cells, mut free) = (Vec::new(), Vec::new());
        for cell in bytecode.getattr(intern!(py, "cellvars"))?.try_iter()? {
            let cell = cell?;
            if !state.shares_slots() || self.laid.varnames.find(state, &cell)?.is_none() {
                cells.push(cell);
            }
        }
        for name in bytecode.getattr(intern!(py, "freevars"))?.try_iter()? {
            free.push(name?);
        }
        let locals = self.laid.varnames.items.len();
        for (piece, variable) in std::mem::take(&mut self.outer) {
            let is_cell = variable.is_instance(state.cell_variable.bind(py))?;
            let name = variable.getattr(intern!(py, "name"))?;
            if is_cell
                && state.shares_slots()
                && let Some(slot) = self.laid.varnames.find(state, &name)?
            {
                self.laid.pieces[piece].arg = slot;
                continue;
            }
            let among = if is_cell { &cells } else { &free };
            let mut found = None;
            for (at, candidate) in among.iter().enumerate() {
                if candidate.is(&name) || candidate.eq(&name)? {
                    found = Some(at);
                    break;
                }
            }
            let Some(found) = found else {
                let message = format!("{} is not among the cell or free variables", variable.repr()?);
                return Err(PyValueError::new_err(message));
            };
            let before = if state.shares_slots() { locals } else { 0 };
            let slot = before + found + if is_cell { 0 } else { cells.len() };
            self.laid.pieces[piece].arg = u32::try_from(slot).map_err(invalid)?;
        }
        Ok(())
    }

    /// Measures jumps until nothing grows any more.
    fn settle(&mut self, passes: u32) -> PyResult<()> {
        let Laid { pieces, starts, labels, .. } = &mut self.laid;
        for piece in pieces.iter_mut() {
            piece.prefixes = piece.prefixes.max(prefixes_for(piece.arg));
        }
        let mut jumps = Vec::with_capacity(self.jumps.len());
        for (piece, label) in &self.jumps {
            let Some(&target) = labels.get(&(label.as_ptr() as usize)) else {
                let name = self.state.name_of(pieces[*piece].opcode);
                let message = format!("instruction {piece}: {name} jumps to a label that is not in the code");
                return Err(PyValueError::new_err(message));
            };
            jumps.push((*piece, target));
        }
        for _ in 0..passes.max(1) {
            starts.clear();
            let mut at = 0u32;
            for piece in pieces.iter() {
                starts.push(at);
                at += 1 + u32::from(piece.prefixes) + u32::from(piece.caches);
            }
            starts.push(at);
            let mut grown = false;
            for &(piece, target) in &jumps {
                let (after, target) = (i64::from(starts[piece + 1]), i64::from(starts[target]));
                grown |= measure(self.state, piece, &mut pieces[piece], after, target)?;
            }
            if !grown {
                return Ok(());
            }
        }
        let message = format!("the lengths of jumps are not settled after {passes} passes");
        Err(PyRuntimeError::new_err(message))
    }
}

/// Sets the argument of a jump; whether it needs more room than it had.
fn measure(state: &State, index: usize, piece: &mut Piece, after: i64, target: i64) -> PyResult<bool> {
    let kind = state.fact(piece.opcode).map_or(OperandKind::None, |fact| fact.kind);
    let (distance, way) = match kind {
        OperandKind::JumpAbsolute => (target, "to before the code"),
        OperandKind::JumpForward => (target - after, "backwards"),
        _ => (after - target, "forwards"),
    };
    let Ok(distance) = u32::try_from(distance) else {
        let name = state.name_of(piece.opcode);
        return Err(PyValueError::new_err(format!("instruction {index}: {name} cannot jump {way}")));
    };
    piece.arg = distance * (2 / state.unit());
    let needed = prefixes_for(piece.arg);
    let grown = needed > piece.prefixes;
    piece.prefixes = piece.prefixes.max(needed);
    Ok(grown)
}
