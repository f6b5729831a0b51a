//! What Python sees of `BaseInstr`, `Instr` and `ConcreteInstr`.

use lancehead_isa::{Flow, OperandKind, Position, jump_unit};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyInt, PyTuple};
use pyo3::{IntoPyObjectExt, PyTraverseError, PyVisit, intern};

use super::instr::{BaseInstr, ConcreteInstr, Given, Instr, NO_HINT, only_line};
use super::location::InstrLocation;
use super::state::State;

fn is_concrete(instruction: &Bound<'_, BaseInstr>) -> bool {
    instruction.is_instance_of::<ConcreteInstr>()
}

/// Sets operation and argument, once they are known to fit.
fn set(slf: &Bound<'_, BaseInstr>, name: &Bound<'_, PyAny>, arg: Option<Bound<'_, PyAny>>) -> PyResult<()> {
    let (opcode, arg) = BaseInstr::checked(name, arg, is_concrete(slf))?;
    let mut inner = slf.try_borrow_mut()?;
    (inner.opcode, inner.arg, inner.extended, inner.hint) = (opcode, arg, 0, NO_HINT);
    Ok(())
}

#[pymethods]
impl BaseInstr {
    /// The operation.
    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(State::of(py)?.name_of(self.opcode))
    }

    #[setter]
    fn set_name(slf: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let arg = slf.try_borrow()?.arg.bind(slf.py()).clone();
        set(slf, name, Some(arg))
    }

    /// The operation's number.
    #[getter]
    fn opcode(&self) -> u8 {
        self.opcode
    }

    #[setter]
    fn set_opcode(slf: &Bound<'_, Self>, number: &Bound<'_, PyAny>) -> PyResult<()> {
        if !number.is_instance_of::<PyInt>() {
            let message = format!("an opcode is an int, not {}", number.get_type().name()?);
            return Err(PyTypeError::new_err(message));
        }
        let state = State::of(slf.py())?;
        let known = number.extract::<u8>().ok().and_then(|number| state.fact(number));
        let Some(fact) = known else {
            return Err(PyValueError::new_err(format!("there is no opcode {number}")));
        };
        let arg = slf.try_borrow()?.arg.bind(slf.py()).clone();
        set(slf, fact.opcode.name_in(state.version).into_bound_py_any(slf.py())?.as_any(), Some(arg))
    }

    /// The argument, `UNSET` if there is none.
    #[getter]
    fn arg(&self, py: Python<'_>) -> Py<PyAny> {
        self.arg.clone_ref(py)
    }

    #[setter]
    fn set_arg(slf: &Bound<'_, Self>, arg: Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let name = State::of(py)?.name_of(slf.try_borrow()?.opcode);
        set(slf, name.into_bound_py_any(py)?.as_any(), Some(arg))
    }

    /// The line, `None` if there is none, `UNSET` if that of the instruction before holds.
    #[getter]
    fn lineno<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.position {
            Some(position) => position.line.into_bound_py_any(py),
            None => Ok(State::of(py)?.unset.bind(py).clone()),
        }
    }

    #[setter]
    fn set_lineno(&mut self, lineno: &Bound<'_, PyAny>) -> PyResult<()> {
        if self.position.is_some_and(|position| position.end_line.is_some() || position.col.is_some()) {
            return Err(PyRuntimeError::new_err("the instruction has a full location: set that"));
        }
        let py = lineno.py();
        let unset = lineno.is(&State::of(py)?.unset);
        self.position = if unset { None } else { Some(only_line(lineno)?) };
        Ok(())
    }

    /// The span of source, `None` if that of the instruction before holds.
    #[getter]
    fn location(&self) -> Option<InstrLocation> {
        self.position.map(InstrLocation::new)
    }

    #[setter]
    fn set_location(&mut self, location: Option<Bound<'_, InstrLocation>>) {
        self.position = location.map(|location| location.get().position);
    }

    /// Changes operation and argument.
    #[pyo3(name = "set", signature = (name, arg = Given(None)))]
    fn py_set(slf: &Bound<'_, Self>, name: &Bound<'_, PyAny>, arg: Given<'_>) -> PyResult<()> {
        set(slf, name, arg.0)
    }

    /// Another one like it.
    fn copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let copy = slf.try_borrow()?.duplicate(py);
        if slf.is_exact_instance_of::<Instr>() {
            return Ok(Bound::new(py, copy.into_instr())?.into_any());
        }
        if slf.is_exact_instance_of::<ConcreteInstr>() {
            return Ok(Bound::new(py, copy.into_concrete())?.into_any());
        }
        let keywords = PyDict::new(py);
        keywords.set_item("location", copy.location())?;
        let name = State::of(py)?.name_of(copy.opcode);
        slf.get_type().call((name, copy.arg), Some(&keywords))
    }

    fn __copy__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        BaseInstr::copy(slf)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        static RESTORE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = slf.py();
        let restore = RESTORE.import(py, "lancehead._native", "bytecode_restore")?;
        let inner = slf.try_borrow()?.duplicate(py);
        let parts = (slf.get_type(), inner.opcode, inner.extended, inner.arg.clone_ref(py), inner.location());
        Ok((restore.clone(), parts.into_pyobject(py)?))
    }

    /// Whether it takes an argument.
    fn require_arg(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.fact(State::of(py)?).is_some_and(|fact| fact.takes_argument))
    }

    /// Whether its argument is a place in the code.
    pub(super) fn has_jump(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.kind(py)?.is_place())
    }

    /// Whether it is about a cell or free variable.
    fn has_free(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.kind(py)? == OperandKind::Deref)
    }

    /// Whether it jumps or goes on, depending on a value.
    fn is_cond_jump(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.flow(py)? == Flow::Branch && State::of(py)?.name_of(self.opcode).contains("JUMP_"))
    }

    /// Whether it always jumps.
    fn is_uncond_jump(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.flow(py)? == Flow::Jump)
    }

    /// Whether its argument counts from the beginning.
    fn is_abs_jump(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.kind(py)? == OperandKind::JumpAbsolute)
    }

    /// Whether its argument counts forwards.
    fn is_forward_rel_jump(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.kind(py)? == OperandKind::JumpForward)
    }

    /// Whether its argument counts backwards.
    fn is_backward_rel_jump(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(matches!(self.kind(py)?, OperandKind::JumpBackward | OperandKind::LoopSource))
    }

    /// Whether control never goes on behind it.
    fn is_final(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(matches!(self.flow(py)?, Flow::Jump | Flow::Return | Flow::Raise | Flow::BreakLoop))
    }

    /// By how much the stack grows, as `dis.stack_effect` tells: if it jumps, if it does not, or at most (`None`).
    #[pyo3(signature = (jump = None))]
    fn stack_effect(&self, py: Python<'_>, jump: Option<bool>) -> PyResult<i64> {
        static EFFECT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let keywords = PyDict::new(py);
        keywords.set_item(intern!(py, "jump"), jump)?;
        let arguments = (self.opcode, self.stack_argument(py)?);
        EFFECT.import(py, "dis", "stack_effect")?.call(arguments, Some(&keywords))?.extract()
    }

    /// How many values it takes off, as a negative number, and how many it puts on.
    #[pyo3(signature = (jump = None))]
    fn pre_and_post_stack_effect(&self, py: Python<'_>, jump: Option<bool>) -> PyResult<(i64, i64)> {
        let effect = self.stack_effect(py, jump)?;
        let (state, arg) = (State::of(py)?, self.stack_argument(py)?.unwrap_or(0));
        let pops = self.fact(state).map_or(0, |fact| match jump {
            Some(true) => fact.opcode.stack_effect_on_jump(state.version, arg).pops,
            _ => fact.opcode.stack_effect(state.version, arg).pops,
        });
        let pops = i64::try_from(pops).unwrap_or(i64::MAX);
        Ok((-pops, effect.saturating_add(pops)))
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        if !slf.get_type().is(other.get_type()) {
            return Ok(py.NotImplemented());
        }
        let other = other.cast::<BaseInstr>()?;
        let (mine, its) = (slf.try_borrow()?.duplicate(py), other.try_borrow()?.duplicate(py));
        let equal = mine.opcode == its.opcode
            && mine.position == its.position
            && (!is_concrete(slf) || mine.extended == its.extended)
            && mine.equal_argument(py, &its)?;
        equal.into_py_any(py)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let py = slf.py();
        let (class, state) = (slf.get_type().name()?, State::of(py)?);
        let inner = slf.try_borrow()?.duplicate(py);
        let arg = match inner.arg.is(&state.unset) {
            true => String::new(),
            false => format!(" arg={}", inner.arg.bind(py).repr()?),
        };
        let location = inner.location().map_or("None".to_owned(), |location| location.text());
        let line = inner.lineno(py)?.str()?;
        Ok(format!("<{class} name='{}'{arg} location={location} lineno={line}>", state.name_of(inner.opcode)))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.arg)
    }

    fn __clear__(slf: &Bound<'_, Self>) {
        let py = slf.py();
        if let Ok(mut inner) = slf.try_borrow_mut() {
            inner.arg = py.None();
        }
    }
}

#[pymethods]
impl Instr {
    #[new]
    #[pyo3(signature = (name, arg = Given(None), *, lineno = Given(None), location = None))]
    fn py_new(
        name: &Bound<'_, PyAny>,
        arg: Given<'_>,
        lineno: Given<'_>,
        location: Option<Bound<'_, InstrLocation>>,
    ) -> PyResult<PyClassInitializer<Instr>> {
        let (opcode, arg) = BaseInstr::checked(name, arg.0, false)?;
        Ok(BaseInstr::given(name.py(), opcode, arg, lineno, location.as_ref().map(Bound::get))?.into_instr())
    }
}

#[pymethods]
impl ConcreteInstr {
    #[new]
    #[pyo3(signature = (name, arg = Given(None), *, lineno = Given(None), location = None, extended_args = None))]
    fn py_new(
        name: &Bound<'_, PyAny>,
        arg: Given<'_>,
        lineno: Given<'_>,
        location: Option<Bound<'_, InstrLocation>>,
        extended_args: Option<u8>,
    ) -> PyResult<PyClassInitializer<ConcreteInstr>> {
        let (opcode, arg) = BaseInstr::checked(name, arg.0, true)?;
        let mut base = BaseInstr::given(name.py(), opcode, arg, lineno, location.as_ref().map(Bound::get))?;
        base.extended = extended_args.unwrap_or(0);
        Ok(base.into_concrete())
    }

    /// Bytes that it takes, its `EXTENDED_ARG` included.
    #[getter]
    fn size(slf: &Bound<'_, Self>) -> PyResult<u32> {
        let base = slf.as_super().try_borrow()?;
        Ok(2 * (1 + u32::from(base.prefixes(slf.py())?)))
    }

    /// Where it leads, if it stands at `instr_offset`: in code units since 3.10, in bytes before.
    fn get_jump_target(slf: &Bound<'_, Self>, instr_offset: i64) -> PyResult<Option<i64>> {
        let py = slf.py();
        let (state, base) = (State::of(py)?, slf.as_super().try_borrow()?);
        let Some(fact) = base.fact(state) else { return Ok(None) };
        let arg = i64::from(base.number(py)?);
        let units = 1 + i64::from(base.prefixes(py)?) + i64::from(fact.caches);
        let after = instr_offset.saturating_add(units * 2 / i64::from(jump_unit(state.version)));
        Ok(match fact.kind {
            OperandKind::JumpAbsolute => Some(arg),
            OperandKind::JumpForward => Some(after.saturating_add(arg)),
            OperandKind::JumpBackward | OperandKind::LoopSource => Some(after.saturating_sub(arg)),
            _ => None,
        })
    }

    /// Its bytes.
    fn assemble<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyBytes>> {
        let py = slf.py();
        let mut bytes = Vec::new();
        let base = slf.as_super().try_borrow()?;
        super::code::push(&mut bytes, State::of(py)?, base.opcode, base.number(py)?, base.prefixes(py)?);
        Ok(PyBytes::new(py, &bytes))
    }

    /// The instruction at `offset`: in code units since 3.10, in bytes before.
    #[staticmethod]
    fn disassemble<'py>(
        lineno: Option<u32>,
        code: &Bound<'py, PyBytes>,
        offset: usize,
    ) -> PyResult<Bound<'py, ConcreteInstr>> {
        let py = code.py();
        let state = State::of(py)?;
        let at = offset.saturating_mul(state.unit() as usize);
        let unit = code.as_bytes().get(at..at.saturating_add(2)).and_then(|unit| unit.first_chunk());
        let Some(&[opcode, arg]) = unit else {
            return Err(PyValueError::new_err(format!("there is no instruction at {offset}")));
        };
        let position = Position { line: lineno, end_line: None, col: None, end_col: None };
        super::code::concrete(py, state, opcode, arg.into(), Some(position), 0)
    }

    /// How many `CACHE` follow it.
    fn use_cache_opcodes(slf: &Bound<'_, Self>) -> PyResult<u8> {
        let state = State::of(slf.py())?;
        Ok(slf.as_super().try_borrow()?.fact(state).map_or(0, |fact| fact.caches))
    }
}

/// An instruction as it was written down by `__reduce__`.
#[pyfunction]
pub(super) fn bytecode_restore<'py>(
    class_: &Bound<'py, PyAny>,
    opcode: u8,
    extended: u8,
    arg: Bound<'py, PyAny>,
    location: Option<Bound<'py, InstrLocation>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class_.py();
    let keywords = PyDict::new(py);
    keywords.set_item("location", location)?;
    let made = class_.call((State::of(py)?.name_of(opcode), arg), Some(&keywords))?;
    made.cast::<BaseInstr>()?.try_borrow_mut()?.extended = extended;
    Ok(made)
}
