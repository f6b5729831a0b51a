//! What the running interpreter knows of its opcodes, and the Python half of the module.

use lancehead_isa::{Flow, Opcode, OperandKind};
use lancehead_pyc::Version;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use rustc_hash::FxHashMap;

use crate::object::running;

static STATE: PyOnceLock<State> = PyOnceLock::new();

/// An opcode of the running version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fact {
    pub opcode: Opcode,
    pub kind: OperandKind,
    /// Code units of cache that follow it.
    pub caches: u8,
    pub flow: Flow,
    /// Whether the interpreter gives it an argument, used or not.
    pub takes_argument: bool,
}

/// The facts, and the classes and functions that are written in Python.
pub(super) struct State {
    pub version: Version,
    facts: [Option<Fact>; 256],
    numbers: FxHashMap<&'static str, u8>,
    /// The value that says that there is none.
    pub unset: Py<PyAny>,
    pub label: Py<PyType>,
    pub set_lineno: Py<PyType>,
    pub try_begin: Py<PyType>,
    pub try_end: Py<PyType>,
    pub cell_variable: Py<PyType>,
    pub free_variable: Py<PyType>,
    /// `check(name, kind, arg)`: raises for what an opcode does not take.
    pub check: Py<PyAny>,
    /// `key(value)`: equal for constants that may stand for each other.
    pub const_key: Py<PyAny>,
    /// `member(kind, number)`: the enumeration's member for a number, or the number.
    pub member: Py<PyAny>,
    /// `number(kind, member)`: the other way.
    pub number: Py<PyAny>,
}

impl State {
    /// The state of this interpreter.
    ///
    /// # Errors
    /// `RuntimeError` before `lancehead.bytecode` is imported.
    pub fn of(py: Python<'_>) -> PyResult<&State> {
        let missing = || PyRuntimeError::new_err("lancehead.bytecode has not been imported");
        STATE.get(py).ok_or_else(missing)
    }

    /// What is known of an opcode.
    pub fn fact(&self, opcode: u8) -> Option<&Fact> {
        self.facts[usize::from(opcode)].as_ref()
    }

    /// The number of the opcode with this name.
    pub fn number_of(&self, name: &str) -> Option<u8> {
        self.numbers.get(name).copied()
    }

    /// The name of an opcode.
    pub fn name_of(&self, opcode: u8) -> &'static str {
        self.fact(opcode).map_or("<unknown>", |fact| fact.opcode.name_in(self.version))
    }

    /// Bytes for each step of a jump.
    pub fn unit(&self) -> u32 {
        lancehead_isa::jump_unit(self.version)
    }

    /// Whether cells and free variables are numbered behind the local variables.
    pub fn shares_slots(&self) -> bool {
        self.version.shares_slots()
    }
}

/// Tells the native half of what is written in Python. `takes_argument` holds the numbers of opcodes with an argument.
#[pyfunction]
pub(super) fn bytecode_setup(takes_argument: Vec<u16>, given: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = given.py();
    let version = running(py)?;
    let mut facts = [None; 256];
    let mut numbers = FxHashMap::default();
    for &opcode in Opcode::ALL {
        let Some(number) = opcode.number(version) else { continue };
        numbers.insert(opcode.name_in(version), number);
        facts[usize::from(number)] = Some(Fact {
            opcode,
            kind: opcode.operand(version),
            caches: u8::try_from(opcode.caches(version)).unwrap_or(u8::MAX),
            flow: opcode.flow(),
            takes_argument: takes_argument.contains(&number.into()),
        });
    }
    let value = |name: &str| -> PyResult<Bound<'_, PyAny>> {
        let found = given.get_item(name)?;
        found.ok_or_else(|| PyRuntimeError::new_err(format!("{name} is missing")))
    };
    let class = |name: &str| -> PyResult<Py<PyType>> { Ok(value(name)?.cast_into::<PyType>()?.unbind()) };
    let state = State {
        version,
        facts,
        numbers,
        unset: value("UNSET")?.unbind(),
        label: class("Label")?,
        set_lineno: class("SetLineno")?,
        try_begin: class("TryBegin")?,
        try_end: class("TryEnd")?,
        cell_variable: class("CellVar")?,
        free_variable: class("FreeVar")?,
        check: value("check")?.unbind(),
        const_key: value("const_key")?.unbind(),
        member: value("member")?.unbind(),
        number: value("number")?.unbind(),
    };
    // Imported twice in one interpreter, the first one stays.
    let _ = STATE.set(py, state);
    Ok(())
}
