//! What Python sees of `BaseInstr`, `Instr` and `ConcreteInstr`.

use lancehead_isa::{Flow, OperandKind, Position, jump_unit};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyInt, PyString, PyTuple, PyType};
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

    /// For `copy` and `pickle`: a subclass's own attributes go along.
    #[allow(clippy::type_complexity, reason = "what __reduce__ gives")]
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>, Option<Bound<'py, PyAny>>)> {
        static RESTORE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = slf.py();
        let restore = RESTORE.import(py, "lancehead._native", "bytecode_restore")?;
        let inner = slf.try_borrow()?.duplicate(py);
        let parts = (slf.get_type(), inner.opcode, inner.extended, inner.arg.clone_ref(py), inner.location());
        Ok((restore.clone(), parts.into_pyobject(py)?, slf.getattr_opt(intern!(py, "__dict__"))?))
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
        let state = State::of(py)?;
        let inner = slf.try_borrow()?.duplicate(py);
        let arg = match inner.arg.is(&state.unset) {
            true => String::new(),
            false => format!(" arg={}", inner.arg.bind(py).repr()?),
        };
        let location = inner.location().map_or("None".to_owned(), |location| location.text());
        Ok(format!("<{}{arg} location={location}>", state.name_of(inner.opcode)))
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

/// What an instruction is made of, as its class is called: `(name, arg=UNSET, *, lineno=UNSET, location=None)`, and
/// `extended_args=None` for concrete ones.
fn made(
    class: &Bound<'_, PyType>,
    args: &Bound<'_, PyTuple>,
    keywords: Option<&Bound<'_, PyDict>>,
    concrete: bool,
) -> PyResult<BaseInstr> {
    let py = class.py();
    let wrong = |text: &str| {
        PyTypeError::new_err(format!(
            "{}() {text}",
            class.name().map_or_else(|_| String::new(), |n| n.to_string())
        ))
    };
    if args.len() > 2 {
        return Err(wrong(&format!("takes at most 2 positional arguments, {} were given", args.len())));
    }
    let mut name = args.get_item(0).ok();
    let mut arg = args.get_item(1).ok();
    let (mut lineno, mut location, mut extended) = (None, None, 0);
    for (key, value) in keywords.into_iter().flatten() {
        let known = key.cast::<PyString>()?.to_cow()?.into_owned();
        match known.as_str() {
            "name" if name.is_none() => name = Some(value),
            "arg" if arg.is_none() => arg = Some(value),
            "lineno" => lineno = Some(value),
            "location" if value.is_none() => {}
            "location" => location = Some(value.cast_into::<InstrLocation>()?),
            "extended_args" if concrete => extended = value.extract::<Option<u8>>()?.unwrap_or(0),
            _ => return Err(wrong(&format!("got an unexpected keyword argument {known:?}"))),
        }
    }
    let name = name.ok_or_else(|| wrong("needs the name of an operation"))?;
    let (opcode, arg) = BaseInstr::checked(&name, arg, concrete)?;
    let mut base = BaseInstr::given(py, opcode, arg, Given(lineno), location.as_ref().map(Bound::get))?;
    base.extended = extended;
    Ok(base)
}

/// An instruction of a subclass before its `__init__`, which may take what it likes.
fn blank(py: Python<'_>) -> PyResult<BaseInstr> {
    let state = State::of(py)?;
    let opcode = state.number_of("NOP").unwrap_or(0);
    Ok(BaseInstr { opcode, extended: 0, hint: NO_HINT, arg: state.unset.clone_ref(py), position: None })
}

/// Fills in an instruction of a subclass.
fn fill(
    slf: &Bound<'_, BaseInstr>,
    args: &Bound<'_, PyTuple>,
    keywords: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    let made = made(&slf.get_type(), args, keywords, is_concrete(slf))?;
    *slf.try_borrow_mut()? = made;
    Ok(())
}

#[pymethods]
impl Instr {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **keywords))]
    fn py_new(
        class: &Bound<'_, PyType>,
        args: &Bound<'_, PyTuple>,
        keywords: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyClassInitializer<Instr>> {
        let py = class.py();
        let is_exact = class.is(py.get_type::<Instr>());
        Ok(if is_exact { made(class, args, keywords, false)? } else { blank(py)? }.into_instr())
    }

    /// Fills in what a subclass takes for an instruction.
    #[pyo3(signature = (*args, **keywords))]
    fn __init__(
        slf: &Bound<'_, Self>,
        args: &Bound<'_, PyTuple>,
        keywords: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        // What is not of a subclass was filled in when it was made.
        if slf.is_exact_instance_of::<Instr>() { Ok(()) } else { fill(slf.as_super(), args, keywords) }
    }
}

#[pymethods]
impl ConcreteInstr {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **keywords))]
    fn py_new(
        class: &Bound<'_, PyType>,
        args: &Bound<'_, PyTuple>,
        keywords: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyClassInitializer<ConcreteInstr>> {
        let py = class.py();
        let is_exact = class.is(py.get_type::<ConcreteInstr>());
        Ok(if is_exact { made(class, args, keywords, true)? } else { blank(py)? }.into_concrete())
    }

    /// Fills in what a subclass takes for an instruction.
    #[pyo3(signature = (*args, **keywords))]
    fn __init__(
        slf: &Bound<'_, Self>,
        args: &Bound<'_, PyTuple>,
        keywords: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        if slf.is_exact_instance_of::<ConcreteInstr>() {
            Ok(())
        } else {
            fill(slf.as_super(), args, keywords)
        }
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
    let name = State::of(py)?.name_of(opcode);
    let made = class_.call_method1(intern!(py, "__new__"), (class_, name, arg.clone()))?;
    let base = made.cast::<BaseInstr>()?;
    let position = location.map(|location| location.get().position);
    *base.try_borrow_mut()? = BaseInstr { opcode, extended, hint: NO_HINT, arg: arg.unbind(), position };
    Ok(made)
}
