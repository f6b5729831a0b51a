//! `Instr` and `ConcreteInstr`.

use lancehead_isa::{Flow, Opcode, OperandKind, Position};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyTuple};

use super::location::{InstrLocation, line_number};
use super::state::{Fact, State};

/// No index is known.
pub(super) const NO_HINT: u32 = u32::MAX;
/// The greatest argument.
const MAX_ARGUMENT: i64 = i32::MAX as i64;

/// Opcodes that only the interpreter writes, into its own copy of the bytecode.
const INTERNAL: [Opcode; 3] = [Opcode::ENTER_EXECUTOR, Opcode::RESERVED, Opcode::TRACE_RECORD];

/// An argument that may be left out, which is not the same as `None`.
pub(super) struct Given<'py>(pub Option<Bound<'py, PyAny>>);

impl<'a, 'py> FromPyObject<'a, 'py> for Given<'py> {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Given(Some(value.to_owned())))
    }
}

/// What `Instr` and `ConcreteInstr` share.
#[pyclass(subclass, module = "lancehead.bytecode.instr")]
pub(crate) struct BaseInstr {
    pub(super) opcode: u8,
    /// How many `EXTENDED_ARG` it had, needed or not.
    pub(super) extended: u8,
    /// Where the argument stood among constants, names or variables; for an opcode without argument, what stood there.
    pub(super) hint: u32,
    pub(super) arg: Py<PyAny>,
    /// The span of source, `None` if that of the instruction before holds.
    pub(super) position: Option<Position>,
}

/// An instruction with objects for arguments.
#[pyclass(extends = BaseInstr, subclass, module = "lancehead.bytecode.instr")]
pub(crate) struct Instr;

/// An instruction with a number for an argument.
#[pyclass(extends = BaseInstr, subclass, module = "lancehead.bytecode.concrete")]
pub(crate) struct ConcreteInstr;

impl BaseInstr {
    pub(super) fn into_instr(self) -> PyClassInitializer<Instr> {
        PyClassInitializer::from(self).add_subclass(Instr)
    }

    pub(super) fn into_concrete(self) -> PyClassInitializer<ConcreteInstr> {
        PyClassInitializer::from(self).add_subclass(ConcreteInstr)
    }

    pub(super) fn given(
        py: Python<'_>,
        opcode: u8,
        arg: Py<PyAny>,
        lineno: Given<'_>,
        location: Option<&InstrLocation>,
    ) -> PyResult<BaseInstr> {
        let state = State::of(py)?;
        let lineno = lineno.0.filter(|lineno| !lineno.is(&state.unset));
        // A location says more than a line.
        let position = match (location, lineno) {
            (None, Some(line)) => Some(only_line(&line)?),
            (location, _) => location.map(|location| location.position),
        };
        Ok(BaseInstr { opcode, extended: 0, hint: NO_HINT, arg, position })
    }

    /// The opcode's number and argument, checked.
    pub(super) fn checked(
        name: &Bound<'_, PyAny>,
        arg: Option<Bound<'_, PyAny>>,
        concrete: bool,
    ) -> PyResult<(u8, Py<PyAny>)> {
        let py = name.py();
        let state = State::of(py)?;
        let Ok(text) = name.cast::<PyString>() else {
            let message = format!("the name of an operation is a str, not {}", name.get_type().name()?);
            return Err(PyTypeError::new_err(message));
        };
        let text = text.to_cow()?;
        let arg = arg.unwrap_or_else(|| state.unset.bind(py).clone());
        let known = state.number_of(&text).and_then(|number| Some((number, state.fact(number)?)));
        match known {
            Some((number, fact)) if concrete => {
                check_number(state, &text, fact, &arg)?;
                Ok((number, arg.unbind()))
            }
            Some((number, fact)) if !fact.opcode.is_instrumented() && !INTERNAL.contains(&fact.opcode) => {
                // It has flags since 3.15; without them it is what it was.
                let arg = match fact.opcode == Opcode::GET_ITER && fact.takes_argument && arg.is(&state.unset)
                {
                    true => PyInt::new(py, 0).into_any(),
                    false => arg,
                };
                check_object(state, &text, fact, &arg)?;
                Ok((number, arg.unbind()))
            }
            _ => {
                state.check.call1(py, (&*text, "", arg))?;
                Err(PyValueError::new_err(format!("there is no operation {text:?}")))
            }
        }
    }

    pub(super) fn fact<'a>(&self, state: &'a State) -> Option<&'a Fact> {
        state.fact(self.opcode)
    }

    pub(super) fn kind(&self, py: Python<'_>) -> PyResult<OperandKind> {
        Ok(self.fact(State::of(py)?).map_or(OperandKind::Integer, |fact| fact.kind))
    }

    pub(super) fn flow(&self, py: Python<'_>) -> PyResult<Flow> {
        Ok(self.fact(State::of(py)?).map_or(Flow::Next, |fact| fact.flow))
    }

    pub(super) fn duplicate(&self, py: Python<'_>) -> BaseInstr {
        BaseInstr {
            opcode: self.opcode,
            extended: self.extended,
            hint: self.hint,
            arg: self.arg.clone_ref(py),
            position: self.position,
        }
    }

    /// The argument as `dis.stack_effect` wants it, as far as it matters for the stack.
    pub(super) fn stack_argument(&self, py: Python<'_>) -> PyResult<Option<u32>> {
        let state = State::of(py)?;
        let Some(fact) = self.fact(state).filter(|fact| fact.takes_argument) else { return Ok(None) };
        let arg = self.arg.bind(py);
        if let (true, Ok(parts)) = (flags_of(fact.kind) > 0, arg.cast::<PyTuple>()) {
            return Ok(Some(u32::from(parts.get_item(0)?.is_truthy()?)));
        }
        let number = match fact.kind {
            OperandKind::Const => None,
            _ if arg.is_instance_of::<PyInt>() => arg.extract::<u32>().ok(),
            _ => None,
        };
        Ok(Some(number.filter(|&number| i64::from(number) <= MAX_ARGUMENT).unwrap_or(0)))
    }

    /// Whether the argument is the same; constants are only if they may stand for each other.
    pub(super) fn equal_argument(&self, py: Python<'_>, other: &BaseInstr) -> PyResult<bool> {
        if self.arg.is(&other.arg) {
            return Ok(true);
        }
        if self.kind(py)? != OperandKind::Const {
            return self.arg.bind(py).eq(&other.arg);
        }
        let key = &State::of(py)?.const_key;
        key.bind(py).call1((&self.arg,))?.eq(key.bind(py).call1((&other.arg,))?)
    }

    /// The number that a concrete instruction has for an argument.
    pub(super) fn number(&self, py: Python<'_>) -> PyResult<u32> {
        let state = State::of(py)?;
        match self.arg.is(&state.unset) {
            true => Ok(self.unused_argument()),
            false => self.arg.bind(py).extract(),
        }
    }

    /// What stood where an argument stands, for an opcode that takes none.
    pub(super) fn unused_argument(&self) -> u32 {
        if self.hint == NO_HINT { 0 } else { self.hint }
    }

    pub(super) fn prefixes(&self, py: Python<'_>) -> PyResult<u8> {
        Ok(prefixes_for(self.number(py)?).max(self.extended))
    }
}

/// How many `EXTENDED_ARG` an argument needs.
pub(super) fn prefixes_for(argument: u32) -> u8 {
    match argument {
        0..=0xFF => 0,
        0x100..=0xFFFF => 1,
        0x1_0000..=0xFF_FFFF => 2,
        _ => 3,
    }
}

/// How many flags stand before the name in the argument.
pub(super) fn flags_of(kind: OperandKind) -> usize {
    match kind {
        OperandKind::NameAndNull | OperandKind::NameAndMethod => 1,
        OperandKind::SuperName | OperandKind::LazyName => 2,
        _ => 0,
    }
}

/// A position that knows no more than a line.
pub(super) fn only_line(value: &Bound<'_, PyAny>) -> PyResult<Position> {
    let line = if value.is_none() { None } else { Some(line_number(value)?) };
    Ok(Position { line, end_line: None, col: None, end_col: None })
}

fn check_number(state: &State, name: &str, fact: &Fact, arg: &Bound<'_, PyAny>) -> PyResult<()> {
    let given = !arg.is(&state.unset);
    if fact.takes_argument {
        if !given {
            return Err(PyValueError::new_err(format!("{name} needs an argument")));
        }
        return check_plain(name, arg);
    }
    if given && fact.opcode != Opcode::CACHE {
        return Err(PyValueError::new_err(format!("{name} takes no argument")));
    }
    Ok(())
}

fn check_plain(name: &str, arg: &Bound<'_, PyAny>) -> PyResult<()> {
    if !arg.is_instance_of::<PyInt>() {
        let message = format!("{name} takes an int, not {}", arg.get_type().name()?);
        return Err(PyTypeError::new_err(message));
    }
    match arg.extract::<i64>() {
        Ok(0..=MAX_ARGUMENT) => Ok(()),
        _ => {
            let message = format!("the argument of {name} must be in the range 0..{MAX_ARGUMENT}");
            Err(PyValueError::new_err(message))
        }
    }
}

/// Most arguments are told at a glance; the others are left to Python.
fn check_object(state: &State, name: &str, fact: &Fact, arg: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = arg.py();
    if name == "EXTENDED_ARG" {
        return Err(PyValueError::new_err("only concrete code has EXTENDED_ARG"));
    }
    let given = !arg.is(&state.unset);
    match (fact.takes_argument, given) {
        (false, false) => return Ok(()),
        (false, true) => return Err(PyValueError::new_err(format!("{name} takes no argument"))),
        (true, false) => return Err(PyValueError::new_err(format!("{name} needs an argument"))),
        (true, true) => {}
    }
    let plain = match fact.kind {
        OperandKind::Name | OperandKind::Local => arg.is_exact_instance_of::<PyString>(),
        OperandKind::Const => {
            arg.is_none() || arg.is_exact_instance_of::<PyString>() || arg.is_exact_instance_of::<PyInt>()
        }
        kind if kind.is_place() => arg.is_exact_instance(state.label.bind(py)),
        _ => false,
    };
    if !plain {
        state.check.call1(py, (name, format!("{:?}", fact.kind), arg))?;
    }
    Ok(())
}
