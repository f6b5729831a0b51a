//! The frame hook: what a frame runs is swapped at run time.
//!
//! PEP 523 lets a function of ours evaluate each frame that starts. Frames are private to each version of CPython, and one
//! binary serves all of them, so as little as can be is known of them here:
//!
//! - Up to 3.10 a frame is a Python object. One that is to run other code is not run: a function with that code is called
//!   with its arguments, and gives the result. Whoever made the frame drops it.
//! - Since 3.11 four fields of a frame are read (`LAYOUTS`, from `Include/internal/pycore_frame.h` and
//!   `pycore_interpframe_structs.h`). `python/lancehead/_hook.py` compares them with frames of known functions before the
//!   first hook is installed, and installs none where they differ.
//! - Since 3.12 whoever evaluates a frame clears it. So a frame that is not to run is thrown into before its first
//!   instruction, as `generator.throw` does with generators that have not begun: no instruction runs, no handler covers
//!   that place, and the frame is cleared.
//!
//! The choice is made before a frame runs. Nothing is ever raised into a frame that has begun.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ffi::{CStr, c_int, c_void};
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

use lancehead_pyc::Version;
use pyo3::exceptions::{PyException, PyNotImplementedError, PyRecursionError, PyRuntimeError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

type Evaluate = unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> *mut ffi::PyObject;
type SetEvaluate = unsafe extern "C" fn(*mut c_void, Evaluate);
type GetEvaluate = unsafe extern "C" fn(*mut c_void) -> Evaluate;
type CurrentInterpreter = unsafe extern "C" fn() -> *mut c_void;
type TracingSwitch = unsafe extern "C" fn(*mut ffi::PyThreadState);

/// What evaluated frames before us.
static BEFORE: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
/// `_PyEval_EvalFrameDefault`, which clears the frames that are not to run.
static DEFAULT: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
/// 1 while hooks are installed.
static ON: AtomicU8 = AtomicU8::new(0);
/// The minor version of this Python.
static MINOR: AtomicU8 = AtomicU8::new(0);
/// Python's half.
static HALVES: Mutex<Option<Halves>> = Mutex::new(None);

struct Halves {
    /// `begin(code, function or frame)`: what is called instead, or None.
    begin: Py<PyAny>,
    /// `failed(exception)`: keeps what a callback raised for whoever installed it.
    failed: Py<PyAny>,
}

/// Where a frame since 3.11 holds what, in bytes from its start.
struct Layout {
    code: usize,
    function: usize,
    /// A byte: 0 for a frame that is a call, others for those of generators.
    owner: usize,
    locals: usize,
    /// Whether who evaluates a frame clears it.
    is_cleared_by_evaluator: bool,
    /// Whether a specialised call of a class enters `__init__` without asking PEP 523's function: 3.13's
    /// `CALL_ALLOC_AND_ENTER_INIT` (`Python/bytecodes.c`) does not check for one.
    enters_constructors: bool,
    /// Whether the interpreter looks at how much of the stack is left (`Py_EnterRecursiveCall` since 3.14).
    is_stack_checked: bool,
}

/// The layouts of 3.11 and later.
static LAYOUTS: [Layout; 5] = [
    Layout {
        code: 32,
        function: 0,
        owner: 69,
        locals: 72,
        is_cleared_by_evaluator: false,
        enters_constructors: false,
        is_stack_checked: false,
    },
    Layout {
        code: 0,
        function: 16,
        owner: 70,
        locals: 72,
        is_cleared_by_evaluator: true,
        enters_constructors: false,
        is_stack_checked: false,
    },
    Layout {
        code: 0,
        function: 16,
        owner: 70,
        locals: 72,
        is_cleared_by_evaluator: true,
        enters_constructors: true,
        is_stack_checked: false,
    },
    Layout {
        code: 0,
        function: 16,
        owner: 74,
        locals: 80,
        is_cleared_by_evaluator: true,
        enters_constructors: false,
        is_stack_checked: true,
    },
    Layout {
        code: 0,
        function: 16,
        owner: 74,
        locals: 80,
        is_cleared_by_evaluator: true,
        enters_constructors: false,
        is_stack_checked: true,
    },
];
/// The bits of a reference in a frame that are no part of the address (`Py_TAG_BITS`, since 3.14).
const TAGS: usize = 3;

fn layout() -> Option<&'static Layout> {
    LAYOUTS.get(usize::from(MINOR.load(Ordering::Relaxed)).checked_sub(11)?)
}

/// The addresses of code objects that run as they are. They are taken out before a code object dies.
static LEFT: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());
/// The same, for a look without a lock: each address has one place.
static SEEN: [AtomicUsize; 4096] = [const { AtomicUsize::new(0) }; 4096];

thread_local! {
    /// Frames that run while the hook decides are none of its business.
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// The first words of each frame that starts, while they are asked for.
    static TRIED: RefCell<Option<Vec<[usize; WORDS]>>> = const { RefCell::new(None) };
    /// The bounds of this thread's stack: where it is nearly used up, and where it starts.
    static STACK: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}
/// Words of a frame that are looked at; frames of functions with four variables have more.
const WORDS: usize = 13;

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

/// Lets `evaluate` evaluate frames. Without hooks it only passes them on.
fn set_evaluator(py: Python<'_>) -> PyResult<()> {
    MINOR.store(py.version_info().minor, Ordering::SeqCst);
    let set = symbol(c"_PyInterpreterState_SetEvalFrameFunc")?;
    let get = symbol(c"_PyInterpreterState_GetEvalFrameFunc")?;
    let current = symbol(c"PyInterpreterState_Get")?;
    DEFAULT.store(symbol(c"_PyEval_EvalFrameDefault")?, Ordering::SeqCst);
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
    Ok(())
}

/// Gives frames back to who evaluated them before. False if another hook was installed over ours: then ours stays.
fn unset_evaluator() -> PyResult<bool> {
    let set = symbol(c"_PyInterpreterState_SetEvalFrameFunc")?;
    let get = symbol(c"_PyInterpreterState_GetEvalFrameFunc")?;
    let current = symbol(c"PyInterpreterState_Get")?;
    let before = BEFORE.load(Ordering::SeqCst);
    // SAFETY: as in `set_evaluator`; `before` is what `get` gave there.
    unsafe {
        let set: SetEvaluate = std::mem::transmute::<*mut c_void, SetEvaluate>(set);
        let get: GetEvaluate = std::mem::transmute::<*mut c_void, GetEvaluate>(get);
        let current: CurrentInterpreter = std::mem::transmute::<*mut c_void, CurrentInterpreter>(current);
        let interpreter = current();
        let is_ours = get(interpreter) as usize == evaluate as *const () as usize;
        if is_ours && !before.is_null() {
            set(interpreter, std::mem::transmute::<*mut c_void, Evaluate>(before));
        }
        Ok(is_ours)
    }
}

/// Installs the hook, with Python's half of it.
#[pyfunction]
fn hook_install(py: Python<'_>, begin: Py<PyAny>, failed: Py<PyAny>) -> PyResult<()> {
    *locked()? = Some(Halves { begin, failed });
    set_evaluator(py)?;
    ON.store(1, Ordering::SeqCst);
    Ok(())
}

/// Takes the hook out again. Returns false if another hook was installed over it: then ours stays, and does nothing.
#[pyfunction]
fn hook_remove() -> PyResult<bool> {
    ON.store(0, Ordering::SeqCst);
    let is_ours = unset_evaluator()?;
    *locked()? = None;
    Ok(is_ours)
}

/// The first words of the frames that a call of `function` starts on this thread, in order.
#[pyfunction]
#[pyo3(signature = (function, *args))]
fn hook_try(function: &Bound<'_, PyAny>, args: &Bound<'_, PyTuple>) -> PyResult<Vec<[usize; WORDS]>> {
    set_evaluator(function.py())?;
    TRIED.with(|tried| *tried.borrow_mut() = Some(Vec::new()));
    let result = function.call1(args);
    let words = TRIED.with(|tried| tried.borrow_mut().take());
    if ON.load(Ordering::SeqCst) == 0 {
        unset_evaluator()?;
    }
    result?;
    Ok(words.unwrap_or_default())
}

/// Where frames of this version hold code, function, owner and arguments; None where frames are objects.
#[pyfunction]
fn hook_layout(py: Python<'_>) -> PyResult<Option<(usize, usize, usize, usize)>> {
    let minor = py.version_info().minor;
    if Version::from_minor(minor).is_some_and(Version::frames_are_objects) {
        return Ok(None);
    }
    MINOR.store(minor, Ordering::SeqCst);
    let layout =
        layout().ok_or_else(|| PyNotImplementedError::new_err("frames of this Python are not known"))?;
    Ok(Some((layout.code, layout.function, layout.owner, layout.locals)))
}

fn locked() -> PyResult<std::sync::MutexGuard<'static, Option<Halves>>> {
    HALVES.lock().map_err(|_| PyRuntimeError::new_err("the frame hook failed before"))
}

/// What is to be called in place of a frame.
struct Call<'py> {
    target: Bound<'py, PyAny>,
    args: Bound<'py, PyTuple>,
    kwargs: Bound<'py, PyDict>,
}

/// Evaluates a frame.
///
/// # Safety
/// Only CPython calls this, with a thread state that is attached, and a frame that is to run.
unsafe extern "C" fn evaluate(thread: *mut c_void, frame: *mut c_void, throw: c_int) -> *mut ffi::PyObject {
    let before = BEFORE.load(Ordering::Relaxed);
    // SAFETY: this is only installed after `BEFORE` was set to what evaluated frames.
    let run = || unsafe { std::mem::transmute::<*mut c_void, Evaluate>(before)(thread, frame, throw) };
    if ON.load(Ordering::Relaxed) == 0 {
        remember(frame);
        return run();
    }
    if throw != 0 || BUSY.with(Cell::get) {
        return run();
    }
    // SAFETY: CPython evaluates frames on attached threads only.
    let py = unsafe { Python::assume_attached() };
    let answer = match layout() {
        None => begin_object(py, frame),
        Some(layout) if !layout.is_stack_checked && stack_is_low() => {
            Err(PyRecursionError::new_err("maximum recursion depth exceeded"))
        }
        Some(layout) => begin_fields(py, layout, frame),
    };
    let call = match answer {
        Ok(None) => return run(),
        Ok(Some(call)) => clear(py, thread, frame, None).map(|()| call),
        Err(error) => match complain(py, error) {
            None => return run(),
            Some(error) => clear(py, thread, frame, Some(error.clone_ref(py))).and(Err(error)),
        },
    };
    match call.and_then(|call| call.target.call(call.args, Some(&call.kwargs))) {
        Ok(result) => result.into_ptr(),
        Err(error) => {
            error.restore(py);
            std::ptr::null_mut()
        }
    }
}

/// Keeps the first words of a frame, where `hook_try` asks for them.
fn remember(frame: *mut c_void) {
    TRIED.with(|tried| {
        let Ok(mut tried) = tried.try_borrow_mut() else { return };
        let Some(frames) = tried.as_mut() else { return };
        let mut words = [0; WORDS];
        if layout().is_some() {
            // SAFETY: `hook_try` is given functions whose frames have more words than that.
            words = unsafe { frame.cast::<[usize; WORDS]>().read() };
        } else {
            words[0] = frame as usize;
        }
        frames.push(words);
    });
}

/// Clears a frame that has not begun, where that is for us to do. `error` is thrown into it, or one of ours.
///
/// Exceptions are let go of by hand: they hold frames, and PyO3 would keep them for later.
fn clear(py: Python<'_>, thread: *mut c_void, frame: *mut c_void, error: Option<PyErr>) -> PyResult<()> {
    if !layout().is_some_and(|layout| layout.is_cleared_by_evaluator) {
        return Ok(());
    }
    let error = error.unwrap_or_else(|| PyRuntimeError::new_err("this frame is not run"));
    let thrown = error.value(py).as_ptr();
    let default = DEFAULT.load(Ordering::Relaxed);
    let unseen = Unseen::new(py);
    error.restore(py);
    // SAFETY: `DEFAULT` is `_PyEval_EvalFrameDefault`; the frame is one that it would run, and the exception is set.
    let result = unsafe { std::mem::transmute::<*mut c_void, Evaluate>(default)(thread, frame, 1) };
    drop(unseen);
    let (mut class, mut value, mut traceback) =
        (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the references that this gives are ours, or null; so is a result.
    unsafe {
        ffi::Py_XDECREF(result);
        ffi::PyErr_Fetch(&raw mut class, &raw mut value, &raw mut traceback);
        if value != thrown && !class.is_null() {
            ffi::PyErr_Restore(class, value, traceback);
            return Err(PyErr::fetch(py));
        }
        ffi::Py_XDECREF(class);
        ffi::Py_XDECREF(value);
        ffi::Py_XDECREF(traceback);
    }
    Ok(())
}

/// Gives what a callback raised to whoever installed it. What interrupts the program goes on.
fn complain(py: Python<'_>, error: PyErr) -> Option<PyErr> {
    if !error.is_instance_of::<PyException>(py)
        || (error.is_instance_of::<PyRecursionError>(py) && stack_is_low())
    {
        return Some(error);
    }
    // What the program runs must not depend on whether this can be told.
    let _ = ask(py, |halves| &halves.failed, (error.into_value(py).into_bound(py),));
    None
}

/// Whether little is left of this thread's stack: since 3.11 calls from Python to Python do not use it without a hook.
#[inline(never)]
fn stack_is_low() -> bool {
    let place = 0u8;
    let here = std::hint::black_box(&raw const place) as usize;
    let (low, high) = STACK.with(|stack| match stack.get() {
        Some(bounds) => bounds,
        None => {
            let bounds = stack_bounds();
            stack.set(Some(bounds));
            bounds
        }
    });
    // Code that runs on a stack of its own making, as coroutine libraries have them, is not judged.
    here < low && here > low.saturating_sub(RESERVE) && here < high
}

/// Bytes of the stack that are kept for what C code does.
const RESERVE: usize = 128 << 10;

#[cfg(target_os = "linux")]
fn stack_bounds() -> (usize, usize) {
    // SAFETY: the attributes are filled in by the first call, read by the second, and destroyed.
    unsafe {
        let mut attributes = std::mem::zeroed::<libc::pthread_attr_t>();
        if libc::pthread_getattr_np(libc::pthread_self(), &raw mut attributes) != 0 {
            return (0, 0);
        }
        let (mut start, mut size) = (std::ptr::null_mut::<c_void>(), 0);
        let status = libc::pthread_attr_getstack(&raw const attributes, &raw mut start, &raw mut size);
        libc::pthread_attr_destroy(&raw mut attributes);
        match status {
            0 => (start as usize + RESERVE.min(size / 4), start as usize + size),
            _ => (0, 0),
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn stack_bounds() -> (usize, usize) {
    (0, 0)
}

/// Keeps tracers, profilers and monitoring tools from seeing what the hook itself runs.
struct Unseen {
    switch: Switch,
    thread: *mut ffi::PyThreadState,
}

/// How a thread is told not to trace.
#[derive(Clone, Copy)]
enum Switch {
    /// `PyThreadState_EnterTracing` and `PyThreadState_LeaveTracing`, since 3.11.
    Functions(TracingSwitch, TracingSwitch),
    /// The counter that those count, before.
    Counter,
}

/// Where `PyThreadState` holds `tracing` in 3.9 and 3.10 (`Include/cpython/pystate.h`).
const TRACING: usize = 44;

impl Switch {
    /// The way of this Python.
    fn of(py: Python<'_>) -> Switch {
        static SWITCH: PyOnceLock<Switch> = PyOnceLock::new();
        *SWITCH.get_or_init(py, || {
            match (symbol(c"PyThreadState_EnterTracing"), symbol(c"PyThreadState_LeaveTracing")) {
                // SAFETY: these are the functions of that name.
                (Ok(enter), Ok(leave)) => unsafe {
                    Switch::Functions(
                        std::mem::transmute::<*mut c_void, TracingSwitch>(enter),
                        std::mem::transmute::<*mut c_void, TracingSwitch>(leave),
                    )
                },
                _ => Switch::Counter,
            }
        })
    }
}

impl Unseen {
    fn new(py: Python<'_>) -> Unseen {
        let switch = Switch::of(py);
        // SAFETY: the thread is attached.
        let thread = unsafe { ffi::PyThreadState_Get() };
        match switch {
            // SAFETY: the thread is attached.
            Switch::Functions(enter, _) => unsafe { enter(thread) },
            // SAFETY: this is 3.9 or 3.10, whose thread states have the counter there.
            Switch::Counter => unsafe { *thread.cast::<u8>().add(TRACING).cast::<c_int>() += 1 },
        }
        Unseen { switch, thread }
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        match self.switch {
            // SAFETY: undoes what `new` did, on the same thread.
            Switch::Functions(_, leave) => unsafe { leave(self.thread) },
            // SAFETY: likewise.
            Switch::Counter => unsafe { *self.thread.cast::<u8>().add(TRACING).cast::<c_int>() -= 1 },
        }
    }
}

/// How deep this thread is in trace functions, as `Unseen` counts it in 3.9 and 3.10; None in later versions.
#[pyfunction]
fn hook_tracing_depth(py: Python<'_>) -> Option<c_int> {
    // SAFETY: the thread is attached, and this is 3.9 or 3.10.
    let read = || unsafe { *ffi::PyThreadState_Get().cast::<u8>().add(TRACING).cast::<c_int>() };
    matches!(Switch::of(py), Switch::Counter).then(read)
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
    let _unseen = Unseen::new(py);
    let before = BUSY.with(|busy| busy.replace(true));
    let answer = half.call1(arguments);
    BUSY.with(|busy| busy.set(before));
    answer
}

/// Up to 3.10: what is called instead of `frame`; `None` if it is to run itself.
fn begin_object<'py>(py: Python<'py>, frame: *mut c_void) -> PyResult<Option<Call<'py>>> {
    // SAFETY: up to 3.10, frames are Python objects.
    let frame = unsafe { Bound::from_borrowed_ptr(py, frame.cast()) };
    let code = frame.getattr(intern!(py, "f_code"))?;
    if is_left(code.as_ptr() as usize) {
        return Ok(None);
    }
    let chosen = ask(py, |halves| &halves.begin, (code, frame))?;
    if chosen.is_none() {
        return Ok(None);
    }
    let (target, args, kwargs) = chosen.extract()?;
    Ok(Some(Call { target, args, kwargs }))
}

/// Since 3.11: likewise.
fn begin_fields<'py>(py: Python<'py>, layout: &Layout, frame: *mut c_void) -> PyResult<Option<Call<'py>>> {
    let base = frame.cast::<u8>();
    // SAFETY: the fields are where `hook_layout` says, which was tried; those read here are set in each frame that starts.
    let word = |at: usize| unsafe { base.add(at).cast::<usize>().read() } & !TAGS;
    let code = word(layout.code);
    if is_left(code) {
        return Ok(None);
    }
    // SAFETY: likewise.
    let owner = unsafe { base.add(layout.owner).read() };
    // SAFETY: a frame holds its code and its function, which are objects.
    let object =
        |address: usize| unsafe { Bound::from_borrowed_ptr_or_opt(py, address as *mut ffi::PyObject) };
    let (Some(function), Some(code)) = (object(word(layout.function)), object(code)) else { return Ok(None) };
    if owner != 0 {
        return Ok(None);
    }
    let chosen = ask(py, |halves| &halves.begin, (code, &function))?;
    if chosen.is_none() {
        return Ok(None);
    }
    let (target, positional, keywords, rest, more): (
        Bound<'py, PyAny>,
        usize,
        Bound<'py, PyTuple>,
        bool,
        bool,
    ) = chosen.extract()?;
    let lacking = || PyRuntimeError::new_err("a frame lacks an argument");
    let argument = |index: usize| object(word(layout.locals + 8 * index)).ok_or_else(lacking);
    let mut args = (0..positional).map(argument).collect::<PyResult<Vec<_>>>()?;
    let kwargs = PyDict::new(py);
    let mut next = positional;
    for name in keywords.iter() {
        kwargs.set_item(name, argument(next)?)?;
        next += 1;
    }
    if layout.enters_constructors
        && let Some(first) = args.first()
    {
        guard_constructor(&first.get_type().into_any());
    }
    if rest {
        args.extend(argument(next)?.cast_into::<PyTuple>()?.iter());
        next += 1;
    }
    if more {
        kwargs.update(argument(next)?.cast_into::<PyDict>()?.as_mapping())?;
    }
    Ok(Some(Call { target, args: PyTuple::new(py, args)?, kwargs }))
}

fn is_left(code: usize) -> bool {
    let place = &SEEN[(code >> 4) % SEEN.len()];
    if place.load(Ordering::Relaxed) == code {
        return true;
    }
    let is_left = LEFT.lock().is_ok_and(|left| left.contains(&code));
    if is_left {
        place.store(code, Ordering::Relaxed);
    }
    is_left
}

type Release = unsafe extern "C" fn(*mut c_void);
type RequestExtra = unsafe extern "C" fn(Release) -> ffi::Py_ssize_t;
type SetExtra = unsafe extern "C" fn(*mut ffi::PyObject, ffi::Py_ssize_t, *mut c_void) -> c_int;

/// The place for what we say of a code object in the code object itself, and the function that sets it
/// (`PyUnstable_Code_SetExtra`; with an underscore before 3.12).
static EXTRA: PyOnceLock<Option<(ffi::Py_ssize_t, SetExtra)>> = PyOnceLock::new();
/// Code objects that have died since Python's half asked last.
static DEAD: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// What CPython calls when a code object dies that we set an extra value of: its own address.
///
/// # Safety
/// Nothing is read from the address.
unsafe extern "C" fn forget_code(address: *mut c_void) {
    let address = address as usize;
    if address == 0 {
        return;
    }
    if let (Ok(mut left), Ok(mut dead)) = (LEFT.lock(), DEAD.lock()) {
        let place = &SEEN[(address >> 4) % SEEN.len()];
        let _ = place.compare_exchange(address, 0, Ordering::Relaxed, Ordering::Relaxed);
        if !left.remove(&address) {
            dead.push(address);
        }
    }
}

/// Sees that a code object is forgotten when it dies: another may get its address.
fn watch(code: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = code.py();
    let extra = EXTRA.get_or_init(py, || {
        let either = |new, old| symbol(new).or_else(|_| symbol(old)).ok();
        let request = either(c"PyUnstable_Eval_RequestCodeExtraIndex", c"_PyEval_RequestCodeExtraIndex")?;
        let set = either(c"PyUnstable_Code_SetExtra", c"_PyCode_SetExtra")?;
        // SAFETY: these are the functions of that name, with the signatures that all versions from 3.9 give them.
        unsafe {
            let request = std::mem::transmute::<*mut c_void, RequestExtra>(request);
            let index = request(forget_code);
            (index >= 0).then(|| (index, std::mem::transmute::<*mut c_void, SetExtra>(set)))
        }
    });
    let Some((index, set)) = *extra else {
        return Err(PyNotImplementedError::new_err("this Python keeps nothing with code objects"));
    };
    // SAFETY: `code` is a code object; Python's half gives no others.
    let status = unsafe { set(code.as_ptr(), index, code.as_ptr().cast()) };
    // A value that was there before has been let go of, though the code object lives.
    if let Ok(mut dead) = DEAD.lock() {
        dead.retain(|&address| address != code.as_ptr() as usize);
    }
    if status == 0 { Ok(()) } else { Err(PyErr::fetch(py)) }
}

/// Tells when a code object dies: `hook_dead` names it then.
#[pyfunction]
fn hook_watch(code: &Bound<'_, PyAny>) -> PyResult<()> {
    watch(code)
}

/// Lets frames of this code run as they are, until `hook_forget`, or until it dies.
#[pyfunction]
fn hook_leave(code: &Bound<'_, PyAny>) -> PyResult<()> {
    watch(code)?;
    if let Ok(mut left) = LEFT.lock() {
        left.insert(code.as_ptr() as usize);
    }
    Ok(())
}

/// Forgets which frames run as they are.
#[pyfunction]
fn hook_forget() {
    if let Ok(mut left) = LEFT.lock() {
        left.clear();
        SEEN.iter().for_each(|place| place.store(0, Ordering::Relaxed));
    }
}

/// The addresses of watched code objects that have died since this was asked last.
#[pyfunction]
fn hook_dead() -> Vec<usize> {
    DEAD.lock().map(|mut dead| std::mem::take(&mut *dead)).unwrap_or_default()
}

/// Where a type holds `tp_alloc` (`Include/cpython/object.h`; the same since 3.0).
const ALLOCATE: usize = 304;

/// What types have for `tp_alloc` while their constructors must be called as any function is.
///
/// # Safety
/// Only CPython calls this, with a type.
unsafe extern "C" fn allocate(class: *mut ffi::PyTypeObject, items: ffi::Py_ssize_t) -> *mut ffi::PyObject {
    // SAFETY: these are our own arguments.
    unsafe { ffi::PyType_GenericAlloc(class, items) }
}

/// Exchanges `tp_alloc` of a heap type, and lets go of what was specialised for it. False if it was not `from`.
fn exchange_allocator(class: &Bound<'_, PyAny>, from: usize, to: usize) -> bool {
    let class = class.as_ptr().cast::<ffi::PyTypeObject>();
    // SAFETY: the caller gives types; the slot of heap types may be written with the interpreter locked.
    unsafe {
        if ffi::PyType_GetFlags(class) & ffi::Py_TPFLAGS_HEAPTYPE == 0 {
            return false;
        }
        let place = class.cast::<u8>().add(ALLOCATE).cast::<usize>();
        if place.read() != from || ffi::PyType_GetSlot(class, ffi::Py_tp_alloc) as usize != from {
            return false;
        }
        place.write(to);
        ffi::PyType_Modified(class);
    }
    true
}

/// Keeps calls of a class from being specialised for its `__init__`, which CPython does for classes that are allocated
/// in the usual way only. Otherwise a frame could start that PEP 523's function is not asked about.
fn guard_constructor(class: &Bound<'_, PyAny>) -> bool {
    exchange_allocator(class, ffi::PyType_GenericAlloc as *const () as usize, allocate as *const () as usize)
}

/// Whether this version needs `hook_guard` for each class with an `__init__` in Python.
#[pyfunction]
fn hook_has_inlined_constructors(py: Python<'_>) -> bool {
    MINOR.store(py.version_info().minor, Ordering::SeqCst);
    layout().is_some_and(|layout| layout.enters_constructors)
}

/// Guards the constructor of a class, or lets go of it.
#[pyfunction]
fn hook_guard(class_: &Bound<'_, pyo3::types::PyType>, guard: bool) -> bool {
    match guard {
        true => guard_constructor(class_),
        false => exchange_allocator(
            class_,
            allocate as *const () as usize,
            ffi::PyType_GenericAlloc as *const () as usize,
        ),
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
    module.add_function(wrap_pyfunction!(hook_remove, module)?)?;
    module.add_function(wrap_pyfunction!(hook_try, module)?)?;
    module.add_function(wrap_pyfunction!(hook_layout, module)?)?;
    module.add_function(wrap_pyfunction!(hook_tracing_depth, module)?)?;
    module.add_function(wrap_pyfunction!(hook_leave, module)?)?;
    module.add_function(wrap_pyfunction!(hook_forget, module)?)?;
    module.add_function(wrap_pyfunction!(hook_watch, module)?)?;
    module.add_function(wrap_pyfunction!(hook_dead, module)?)?;
    module.add_function(wrap_pyfunction!(hook_has_inlined_constructors, module)?)?;
    module.add_function(wrap_pyfunction!(hook_guard, module)?)?;
    module.add_function(wrap_pyfunction!(hook_is_busy, module)?)?;
    module.add_function(wrap_pyfunction!(hook_set_busy, module)?)
}
