//! The frame hook: what a frame runs is swapped at run time.
//!
//! PEP 523 lets a function of ours evaluate each frame. Frames are private to each version of CPython, and one binary
//! serves all of them, so as little as can be is known of them here:
//!
//! - Up to 3.10 a frame is a Python object. One that is to run other code is not run; a function with that code is called
//!   with its arguments, and gives the result. Whoever made the frame drops it.
//! - In 3.11, which no longer changes, three of its fields are read; they are tried on a frame of our own first.
//! - Since 3.12 a frame that is not run must be taken apart, and its layout changes. So it is run: `sys.monitoring` says
//!   that it starts, an exception of ours ends it there, and what it was (its function, its arguments) is asked of the
//!   frame object in the exception's traceback.
//!
//! Calls of generator functions give generators of the other code, except up to 3.10, where no frame is evaluated when a
//! generator is made.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ffi::{CStr, c_int, c_void};
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

use lancehead_pyc::co_flags;
use pyo3::exceptions::{PyNotImplementedError, PyRuntimeError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

type Evaluate = unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> *mut ffi::PyObject;
type SetEvaluate = unsafe extern "C" fn(*mut c_void, Evaluate);
type GetEvaluate = unsafe extern "C" fn(*mut c_void) -> Evaluate;
type CurrentInterpreter = unsafe extern "C" fn() -> *mut c_void;

/// What evaluated frames before us.
static BEFORE: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
/// How frames are looked at; `OFF` while no hook is installed.
static WAY: AtomicU8 = AtomicU8::new(OFF);
/// Python's half: `(begin, replace)`.
static HALVES: Mutex<Option<Halves>> = Mutex::new(None);

const OFF: u8 = 0;
const FRAME_OBJECTS: u8 = 1;
const FIELDS_OF_311: u8 = 2;
const MONITORING: u8 = 3;

struct Halves {
    /// `begin(code, function, arguments) -> replacement function or None`, where arguments are a tuple or a frame.
    begin: Py<PyAny>,
    /// `finish(exception) -> (function, args, kwargs)` of an exception that ended a frame.
    finish: Py<PyAny>,
    /// `made(generator) -> generator`.
    made: Py<PyAny>,
    /// The class of the exceptions that end frames.
    redirect: Py<PyAny>,
}

/// The addresses of code objects that run as they are. Python's half keeps them alive.
static LEFT: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

thread_local! {
    /// Frames that run while the hook decides are none of its business.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Fields of `_PyInterpreterFrame` of 3.11 (`Include/internal/pycore_frame.h`).
mod fields_311 {
    /// Byte offset of `f_func`.
    pub const FUNCTION: usize = 0;
    /// Byte offset of `owner`.
    pub const OWNER: usize = 69;
    /// Byte offset of `localsplus`.
    pub const LOCALS: usize = 72;
    /// `FRAME_OWNED_BY_THREAD`.
    pub const BY_THREAD: u8 = 0;
}

fn symbol(name: &CStr) -> PyResult<*mut c_void> {
    #[cfg(unix)]
    // SAFETY: `name` is a C string, and looking up a symbol runs no code.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    #[cfg(not(unix))]
    let address: *mut c_void = std::ptr::null_mut();
    match address.is_null() {
        true => Err(PyNotImplementedError::new_err(format!("this Python does not offer {name:?}"))),
        false => Ok(address),
    }
}

/// Installs the hook, with Python's half of it.
#[pyfunction]
fn hook_install(
    py: Python<'_>,
    begin: Py<PyAny>,
    finish: Py<PyAny>,
    made: Py<PyAny>,
    redirect: Py<PyAny>,
) -> PyResult<()> {
    let way = match py.version_info().minor {
        ..=10 => FRAME_OBJECTS,
        11 => FIELDS_OF_311,
        _ => MONITORING,
    };
    let set = symbol(c"_PyInterpreterState_SetEvalFrameFunc")?;
    let get = symbol(c"_PyInterpreterState_GetEvalFrameFunc")?;
    let current = symbol(c"PyInterpreterState_Get")?;
    *locked()? = Some(Halves { begin, finish, made, redirect });
    // SAFETY: these are the functions of that name, with the signatures that all versions from 3.9 give them.
    unsafe {
        let set: SetEvaluate = std::mem::transmute::<*mut c_void, SetEvaluate>(set);
        let get: GetEvaluate = std::mem::transmute::<*mut c_void, GetEvaluate>(get);
        let current: CurrentInterpreter = std::mem::transmute::<*mut c_void, CurrentInterpreter>(current);
        let interpreter = current();
        let before = get(interpreter);
        if before as usize != evaluate as *const () as usize {
            BEFORE.store(before as *mut c_void, Ordering::SeqCst);
            set(interpreter, evaluate);
        }
    }
    WAY.store(way, Ordering::SeqCst);
    Ok(())
}

/// Takes the hook out again. Returns false if another hook was installed over it: then ours stays, and does nothing.
#[pyfunction]
fn hook_remove() -> PyResult<bool> {
    WAY.store(OFF, Ordering::SeqCst);
    let set = symbol(c"_PyInterpreterState_SetEvalFrameFunc")?;
    let get = symbol(c"_PyInterpreterState_GetEvalFrameFunc")?;
    let current = symbol(c"PyInterpreterState_Get")?;
    let before = BEFORE.load(Ordering::SeqCst);
    // SAFETY: as in `hook_install`; `before` is what `get` gave there.
    let ours = unsafe {
        let set: SetEvaluate = std::mem::transmute::<*mut c_void, SetEvaluate>(set);
        let get: GetEvaluate = std::mem::transmute::<*mut c_void, GetEvaluate>(get);
        let current: CurrentInterpreter = std::mem::transmute::<*mut c_void, CurrentInterpreter>(current);
        let interpreter = current();
        let ours = get(interpreter) as usize == evaluate as *const () as usize;
        if ours && !before.is_null() {
            set(interpreter, std::mem::transmute::<*mut c_void, Evaluate>(before));
        }
        ours
    };
    *locked()? = None;
    Ok(ours)
}

fn locked() -> PyResult<std::sync::MutexGuard<'static, Option<Halves>>> {
    HALVES.lock().map_err(|_| PyRuntimeError::new_err("the frame hook failed before"))
}

/// Evaluates a frame.
///
/// # Safety
/// Only CPython calls this, with a thread state that is attached, and a frame that is to run.
unsafe extern "C" fn evaluate(thread: *mut c_void, frame: *mut c_void, throw: c_int) -> *mut ffi::PyObject {
    let before = BEFORE.load(Ordering::Relaxed);
    // SAFETY: this is only installed after `BEFORE` was set to what evaluated frames.
    let run = || unsafe { std::mem::transmute::<*mut c_void, Evaluate>(before)(thread, frame, throw) };
    let way = WAY.load(Ordering::Relaxed);
    if way == OFF || BUSY.with(Cell::get) {
        return run();
    }
    // SAFETY: CPython evaluates frames on attached threads only.
    let py = unsafe { Python::assume_attached() };
    let answer = match way {
        MONITORING => {
            let result = run();
            return after(py, result);
        }
        _ if throw != 0 => Ok(None),
        FRAME_OBJECTS => begin_object(py, frame),
        _ => begin_311(py, frame),
    };
    match answer {
        Ok(None) => run(),
        Ok(Some(result)) => result.into_ptr(),
        Err(error) => {
            error.restore(py);
            std::ptr::null_mut()
        }
    }
}

/// Keeps tracers and profilers from seeing what the hook itself runs.
struct Unseen<'py> {
    thread: Option<(TracingSwitch, *mut ffi::PyThreadState)>,
    tracer: Option<Bound<'py, PyAny>>,
    py: Python<'py>,
}

type TracingSwitch = unsafe extern "C" fn(*mut ffi::PyThreadState);

impl<'py> Unseen<'py> {
    fn new(py: Python<'py>) -> PyResult<Unseen<'py>> {
        /// `PyThreadState_EnterTracing` and `PyThreadState_LeaveTracing`, since 3.11.
        static SWITCHES: PyOnceLock<Option<(usize, usize)>> = PyOnceLock::new();
        let switches = SWITCHES.get_or_init(py, || {
            let enter = symbol(c"PyThreadState_EnterTracing").ok()? as usize;
            Some((enter, symbol(c"PyThreadState_LeaveTracing").ok()? as usize))
        });
        if let Some((enter, leave)) = *switches {
            // SAFETY: these are the functions of that name; the thread is attached.
            unsafe {
                let enter = std::mem::transmute::<usize, TracingSwitch>(enter);
                let leave = std::mem::transmute::<usize, TracingSwitch>(leave);
                let thread = ffi::PyThreadState_Get();
                enter(thread);
                return Ok(Unseen { thread: Some((leave, thread)), tracer: None, py });
            }
        }
        let sys = py.import(intern!(py, "sys"))?;
        let tracer = sys.call_method0(intern!(py, "gettrace"))?;
        let tracer = (!tracer.is_none()).then_some(tracer);
        if tracer.is_some() {
            sys.call_method1(intern!(py, "settrace"), (py.None(),))?;
        }
        Ok(Unseen { thread: None, tracer, py })
    }
}

impl Drop for Unseen<'_> {
    fn drop(&mut self) {
        if let Some((leave, thread)) = self.thread {
            // SAFETY: undoes what `new` did, on the same thread.
            unsafe { leave(thread) };
        }
        if let Some(tracer) = &self.tracer {
            let sys = self.py.import(intern!(self.py, "sys"));
            // There is nobody to tell: the tracer was there a moment ago.
            let _ = sys.and_then(|sys| sys.call_method1(intern!(self.py, "settrace"), (tracer,)));
        }
    }
}

/// Calls Python's half with the hook asleep.
fn ask<'py>(
    py: Python<'py>,
    half: impl Fn(&Halves) -> &Py<PyAny>,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    // Bound references only: PyO3 does not know that this thread is attached, and would keep others to drop them later.
    let Some(half) = locked()?.as_ref().map(|halves| half(halves).bind(py).clone()) else {
        return Ok(py.None().into_bound(py));
    };
    let _unseen = Unseen::new(py)?;
    BUSY.with(|busy| busy.set(true));
    let answer = half.call1(arguments);
    BUSY.with(|busy| busy.set(false));
    answer
}

/// Up to 3.10: the result of what runs instead of `frame`; `None` if it is to run itself.
fn begin_object<'py>(py: Python<'py>, frame: *mut c_void) -> PyResult<Option<Bound<'py, PyAny>>> {
    // SAFETY: up to 3.10, frames are Python objects.
    let frame = unsafe { Bound::from_borrowed_ptr(py, frame.cast()) };
    let code = frame.getattr(intern!(py, "f_code"))?;
    if is_left(&code) {
        return Ok(None);
    }
    instead(ask(py, |halves| &halves.begin, (code, frame))?)
}

/// In 3.11: likewise.
fn begin_311<'py>(py: Python<'py>, frame: *mut c_void) -> PyResult<Option<Bound<'py, PyAny>>> {
    let base = frame.cast::<u8>();
    // SAFETY: the fields are those of 3.11's frames; a frame that a thread owns holds its function and its arguments.
    let (owner, function) = unsafe {
        let function = base.add(fields_311::FUNCTION).cast::<*mut ffi::PyObject>().read();
        (base.add(fields_311::OWNER).read(), Bound::from_borrowed_ptr_or_opt(py, function))
    };
    let Some(function) = function.filter(|_| owner == fields_311::BY_THREAD) else { return Ok(None) };
    let code = function.getattr(intern!(py, "__code__"))?;
    if is_left(&code) {
        return Ok(None);
    }
    // SAFETY: see above.
    let locals = unsafe { base.add(fields_311::LOCALS).cast::<*mut ffi::PyObject>() };
    let argument = move |index: usize| {
        // SAFETY: `index` is that of an argument, which is set when a frame begins, or null.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, locals.add(index).read()) }
    };
    let chosen = ask(py, |halves| &halves.begin, (code, &function))?;
    if chosen.is_none() {
        return Ok(None);
    }
    let (target, code): (Bound<'py, PyAny>, Bound<'py, PyAny>) = chosen.extract()?;
    let count = argument_count(&code)?;
    let mut values = Vec::with_capacity(count);
    for index in 0..count {
        values.push(argument(index).ok_or_else(|| PyRuntimeError::new_err("a frame lacks an argument"))?);
    }
    let spread = ask_spread(py, &code, values)?;
    call(&target, spread).map(Some)
}

fn is_left(code: &Bound<'_, PyAny>) -> bool {
    LEFT.lock().is_ok_and(|left| left.contains(&(code.as_ptr() as usize)))
}

/// Lets frames of this code run as they are. Whoever calls this keeps the code object until `hook_forget`.
#[pyfunction]
fn hook_leave(code: &Bound<'_, PyAny>) {
    if let Ok(mut left) = LEFT.lock() {
        left.insert(code.as_ptr() as usize);
    }
}

/// Forgets which frames run as they are.
#[pyfunction]
fn hook_forget() {
    if let Ok(mut left) = LEFT.lock() {
        left.clear();
    }
}

/// The number of variables that a call sets.
fn argument_count(code: &Bound<'_, PyAny>) -> PyResult<usize> {
    let flags: u32 = code.getattr("co_flags")?.extract()?;
    let counts = ["co_argcount", "co_kwonlyargcount"].map(|name| code.getattr(name)?.extract::<usize>());
    let [positional, keyword] = counts;
    Ok(positional?
        + keyword?
        + usize::from(flags & co_flags::VARARGS != 0)
        + usize::from(flags & co_flags::VARKEYWORDS != 0))
}

type Spread<'py> = (Bound<'py, pyo3::types::PyTuple>, Bound<'py, pyo3::types::PyDict>);

/// The values of a frame's arguments as those of a call.
fn ask_spread<'py>(
    py: Python<'py>,
    code: &Bound<'py, PyAny>,
    values: Vec<Bound<'py, PyAny>>,
) -> PyResult<Spread<'py>> {
    static SPREAD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let spread = SPREAD.import(py, "lancehead._hook", "spread")?;
    let _unseen = Unseen::new(py)?;
    BUSY.with(|busy| busy.set(true));
    let answer = spread.call1((code, values));
    BUSY.with(|busy| busy.set(false));
    answer?.extract()
}

fn call<'py>(target: &Bound<'py, PyAny>, (args, kwargs): Spread<'py>) -> PyResult<Bound<'py, PyAny>> {
    target.call(args, Some(&kwargs))
}

/// The result of the call that `begin` chose.
fn instead(chosen: Bound<'_, PyAny>) -> PyResult<Option<Bound<'_, PyAny>>> {
    if chosen.is_none() {
        return Ok(None);
    }
    let (target, args, kwargs) = chosen.extract()?;
    call(&target, (args, kwargs)).map(Some)
}

/// Since 3.12: what a frame gave, or what runs instead of it.
fn after(py: Python<'_>, result: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let answer = match result.is_null() {
        true => redirected(py),
        false => {
            // SAFETY: a result is a reference of ours.
            let result = unsafe { Bound::from_owned_ptr(py, result) };
            match is_generator(&result) {
                Ok(true) if !runs_left_code(&result) => ask(py, |halves| &halves.made, (&result,)),
                Ok(_) => Ok(result),
                Err(error) => Err(error),
            }
        }
    };
    match answer {
        Ok(result) => result.into_ptr(),
        Err(error) => {
            error.restore(py);
            std::ptr::null_mut()
        }
    }
}

/// Whether a result is a generator or coroutine: it may just have been made.
fn is_generator(result: &Bound<'_, PyAny>) -> PyResult<bool> {
    static TYPES: PyOnceLock<[usize; 3]> = PyOnceLock::new();
    let py = result.py();
    let types = TYPES.get_or_try_init(py, || {
        let types = py.import("types")?;
        let address = |name: &str| Ok::<usize, PyErr>(types.getattr(name)?.as_ptr() as usize);
        Ok::<_, PyErr>([address("GeneratorType")?, address("CoroutineType")?, address("AsyncGeneratorType")?])
    })?;
    Ok(types.contains(&(result.get_type_ptr() as usize)))
}

/// Whether a generator or coroutine runs code that is left as it is.
fn runs_left_code(generator: &Bound<'_, PyAny>) -> bool {
    let code = ["gi_code", "cr_code", "ag_code"].iter().find_map(|name| generator.getattr(*name).ok());
    code.is_some_and(|code| is_left(&code))
}

/// What runs instead of a frame that an exception of ours ended; otherwise the exception goes on.
fn redirected(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let Some(error) = PyErr::take(py) else {
        return Err(PyRuntimeError::new_err("a frame gave neither a result nor an exception"));
    };
    let redirect = locked()?.as_ref().map(|halves| halves.redirect.bind(py).clone());
    if !redirect.is_some_and(|class| error.get_type(py).is(&class)) {
        return Err(error);
    }
    let exception = error.into_value(py).into_bound(py);
    let (target, args, kwargs) = ask(py, |halves| &halves.finish, (exception,))?.extract()?;
    call(&target, (args, kwargs))
}

/// What `sys.monitoring` calls when a function starts. Native, for a frame of its own would be evaluated too.
#[pyfunction]
fn hook_on_start<'py>(code: &Bound<'py, PyAny>, _offset: i64) -> PyResult<Bound<'py, PyAny>> {
    static DISABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = code.py();
    if BUSY.with(Cell::get) {
        return Ok(py.None().into_bound(py));
    }
    let is_chosen = !is_left(code) && ask(py, |halves| &halves.begin, (code, py.None()))?.is_truthy()?;
    let redirect = locked()?.as_ref().map(|halves| halves.redirect.clone_ref(py));
    match redirect.filter(|_| is_chosen) {
        Some(class) => Err(PyErr::from_value(class.bind(py).call0()?)),
        None => {
            let disable = DISABLE.get_or_try_init(py, || {
                let monitoring = py.import("sys")?.getattr("monitoring")?;
                Ok::<_, PyErr>(monitoring.getattr("DISABLE")?.unbind())
            })?;
            Ok(disable.bind(py).clone())
        }
    }
}

/// Whether the hook is asleep on this thread, because it is deciding.
#[pyfunction]
fn hook_is_busy() -> bool {
    BUSY.with(Cell::get)
}

/// Puts the hook to sleep on this thread, or wakes it.
#[pyfunction]
fn hook_set_busy(busy: bool) {
    BUSY.with(|state| state.set(busy));
}

/// Adds this part to the native module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(hook_install, module)?)?;
    module.add_function(wrap_pyfunction!(hook_on_start, module)?)?;
    module.add_function(wrap_pyfunction!(hook_leave, module)?)?;
    module.add_function(wrap_pyfunction!(hook_forget, module)?)?;
    module.add_function(wrap_pyfunction!(hook_remove, module)?)?;
    module.add_function(wrap_pyfunction!(hook_is_busy, module)?)?;
    module.add_function(wrap_pyfunction!(hook_set_busy, module)?)
}
