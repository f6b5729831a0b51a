"""``frame_hook`` and ``patch``: what runs is swapped at run time."""

from __future__ import annotations

import gc
import inspect
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Optional

from lancehead import _native

#: What a hook is asked about each code object that starts: other code to run in its place, or None.
Callback = Callable[[types.CodeType], Optional[types.CodeType]]

_FUNCTION_FLAGS = 0x1 | 0x2
_CO_VARARGS, _CO_VARKEYWORDS = 0x4, 0x8
#: CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
_GENERATOR_FLAGS = 0x20 | 0x80 | 0x200
#: CO_GENERATOR | CO_COROUTINE | CO_ITERABLE_COROUTINE | CO_ASYNC_GENERATOR, and both kinds of starred parameters
_CALL_FLAGS = _GENERATOR_FLAGS | 0x100 | _CO_VARARGS | _CO_VARKEYWORDS
_MONITORING = sys.version_info >= (3, 12)
_TOOL_NAME = "lancehead"


class _Redirect(BaseException):
    """Ends a frame whose function is to run other code."""


class _State:
    """The hooks that are installed, and what they have decided."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.callbacks: list[Callback] = []
        #: By the address of a code object: it (so that the address stays its own), and what runs in its place.
        self.decisions: dict[int, tuple[types.CodeType, types.CodeType | None]] = {}
        self.tool: int | None = None


_state = _State()


@contextmanager
def frame_hook(callback: Callback) -> Iterator[None]:
    """While the ``with`` block runs, ask ``callback`` what each function that is called is to run.

    ``callback(code)`` gives the code object to run in place of ``code``, or None to leave it. It is asked once for
    each code object; what it gives is verified first, and must take the same arguments and have the same free
    variables. It applies to calls in all threads, from Python and from C, of plain functions, generator functions and
    coroutine functions (the latter two from 3.11 on; before, they run their own code). Frames that have started
    already are not changed. Function objects are left as they are, so that nothing remains when the block ends.

    Hooks may be nested: the innermost that gives code wins. A hook that was installed before by somebody else, such as
    that of ``torch.compile``, goes on working below this one.
    """
    _install(callback)
    try:
        yield
    finally:
        _remove(callback)


def patch(function: Any, code: types.CodeType) -> Patch:
    """Give ``function`` other code: at once, until ``undo()`` is called or the ``with`` block of the result ends.

    The code is verified, and must take the same arguments and have the same free variables.
    """
    target = inspect.unwrap(getattr(function, "__func__", function))
    if not isinstance(target, types.FunctionType):
        raise TypeError(f"expected a function, found {function!r}")
    _demand_alike(target.__code__, code)
    return Patch(target, code)


class Patch:
    """A function that runs other code. See `patch`."""

    def __init__(self, function: types.FunctionType, code: types.CodeType) -> None:
        self.function = function
        #: What the function ran before.
        self.original = function.__code__
        function.__code__ = code

    def undo(self) -> None:
        """Give the function its own code again."""
        self.function.__code__ = self.original

    def __enter__(self) -> Patch:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.undo()

    def __repr__(self) -> str:
        return f"<Patch of {self.function.__qualname__}>"


def _demand_alike(code: types.CodeType, other: object) -> None:
    if not isinstance(other, types.CodeType):
        raise TypeError(f"expected a code object or None, found {other!r}")

    def call(code: types.CodeType) -> tuple[object, ...]:
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & _CO_VARARGS) + bool(code.co_flags & _CO_VARKEYWORDS)
        counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
        return counts, code.co_varnames[:count], code.co_freevars, code.co_flags & _CALL_FLAGS

    if call(code) != call(other):
        raise ValueError(f"{other!r} is not called as {code!r} is, or has other free variables")
    _native.Code(other).verify()


def _install(callback: Callback) -> None:
    with _state.lock:
        _state.callbacks.append(callback)
        _forget()
        if len(_state.callbacks) > 1:
            return
        try:
            _native.hook_install(_begin, _finish, _made, _Redirect)
            if _MONITORING:
                _start_monitoring()
        except BaseException:
            _state.callbacks.clear()
            _native.hook_remove()
            raise


def _remove(callback: Callback) -> None:
    with _state.lock:
        for at in range(len(_state.callbacks) - 1, -1, -1):
            if _state.callbacks[at] is callback:
                del _state.callbacks[at]
                break
        if not _state.callbacks:
            if _MONITORING:
                _stop_monitoring()
            _native.hook_remove()
        _forget()


def _forget() -> None:
    _state.decisions.clear()
    _native.hook_forget()
    if _MONITORING and _state.tool is not None:
        sys.monitoring.restart_events()


def _decide(code: types.CodeType) -> types.CodeType | None:
    """What runs in place of ``code``; None for itself."""
    known = _state.decisions.get(id(code))
    if known is not None:
        return known[1]
    chosen = None
    if code.co_flags & _FUNCTION_FLAGS == _FUNCTION_FLAGS and code.co_filename != __file__:
        busy = _native.hook_is_busy()
        _native.hook_set_busy(True)
        try:
            for callback in reversed(_state.callbacks):
                chosen = callback(code)
                if chosen is not None:
                    break
            if chosen is not None and chosen is not code:
                _demand_alike(code, chosen)
        finally:
            _native.hook_set_busy(busy)
    if chosen is code:
        chosen = None
    if chosen is not None:
        # What was chosen is not asked about: it would be replaced for ever.
        _leave(chosen)
        _state.decisions[id(code)] = code, chosen
    else:
        _leave(code)
    return chosen


def _leave(code: types.CodeType) -> None:
    _state.decisions[id(code)] = code, None
    _native.hook_leave(code)


def _begin(code: types.CodeType, frame: Any) -> Any:
    """For each frame that starts: what is to be called instead; since 3.12, whether something is."""
    chosen = _decide(code)
    if _MONITORING:
        return chosen is not None and not code.co_flags & _GENERATOR_FLAGS
    if chosen is None:
        return None
    if isinstance(frame, types.FunctionType):
        return _function(frame, chosen), code
    if code.co_flags & _GENERATOR_FLAGS:
        return None
    closure = _free_cells(frame, code)
    function = types.FunctionType(chosen, frame.f_globals, code.co_name, None, closure)
    return (function, *_arguments(code, frame.f_locals))


def _free_cells(frame: types.FrameType, code: types.CodeType) -> tuple[types.CellType, ...] | None:
    """The cells of the free variables of a frame up to 3.10: they come after the variables and the other cells."""
    count = len(code.co_freevars)
    if not count:
        return None
    cells = [item for item in gc.get_referents(frame) if isinstance(item, types.CellType)]
    return tuple(cells[-count:])


def _finish(exception: BaseException) -> Any:
    """Since 3.12, for a frame that was ended: what is to be called in its place."""
    assert exception.__traceback__ is not None
    frame = exception.__traceback__.tb_frame
    code = frame.f_code
    chosen = _decide(code)
    function = _function_of(frame, code)
    if chosen is None or function is None:
        raise RuntimeError(f"the function of {frame!r} is not known")
    return (_function(function, chosen), *_arguments(code, frame.f_locals))


def _function_of(frame: object, code: types.CodeType) -> types.FunctionType | None:
    """The function that a frame or generator is a call of: it refers to it before it refers to any variable."""
    for item in gc.get_referents(frame):
        if isinstance(item, types.FunctionType) and item.__code__ is code:
            return item
    return None


def _made(generator: Any) -> Any:
    """Since 3.12, for each generator or coroutine that a function returns: it, or one of the code that was chosen."""
    for prefix in ("gi", "cr", "ag"):
        code = getattr(generator, prefix + "_code", None)
        if code is not None:
            break
    else:
        return generator
    frame = getattr(generator, prefix + "_frame")
    if frame is None or (frame.f_lasti >= 0 and not _is_fresh(generator, prefix, frame)):
        return generator
    chosen = _decide(code)
    if chosen is None:
        return generator
    function = _function_of(generator, code)
    if function is None:
        return generator
    args, kwargs = _arguments(code, frame.f_locals)
    other = _function(function, chosen)(*args, **kwargs)
    if prefix == "cr":
        generator.close()
    return other


def _is_fresh(generator: Any, prefix: str, frame: types.FrameType) -> bool:
    if getattr(generator, prefix + "_running"):
        return False
    if prefix == "gi":
        return inspect.getgeneratorstate(generator) == inspect.GEN_CREATED
    if prefix == "cr":
        return inspect.getcoroutinestate(generator) == inspect.CORO_CREATED
    return inspect.getasyncgenstate(generator) == inspect.AGEN_CREATED


def _function(function: types.FunctionType, code: types.CodeType) -> types.FunctionType:
    return types.FunctionType(code, function.__globals__, function.__name__, None, function.__closure__)


def _arguments(code: types.CodeType, values: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & _CO_VARARGS) + bool(code.co_flags & _CO_VARKEYWORDS)
    return spread(code, [values[name] for name in code.co_varnames[:count]])


def spread(code: types.CodeType, values: list[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The values of the variables that a call of ``code`` sets, as the arguments of such a call."""
    positional, keyword = code.co_argcount, code.co_kwonlyargcount
    args = tuple(values[:positional])
    kwargs = dict(zip(code.co_varnames[positional : positional + keyword], values[positional:]))
    rest = values[positional + keyword :]
    if code.co_flags & _CO_VARARGS:
        args += rest.pop(0)
    if code.co_flags & _CO_VARKEYWORDS:
        kwargs.update(rest.pop(0))
    return args, kwargs


if _MONITORING:

    def _start_monitoring() -> None:
        monitoring = sys.monitoring
        for tool in (4, 3, monitoring.OPTIMIZER_ID, monitoring.PROFILER_ID):
            if monitoring.get_tool(tool) is None:
                break
        else:
            raise RuntimeError("no tool number of sys.monitoring is free")
        monitoring.use_tool_id(tool, _TOOL_NAME)
        _state.tool = tool
        monitoring.register_callback(tool, monitoring.events.PY_START, _native.hook_on_start)
        monitoring.set_events(tool, monitoring.events.PY_START)
        monitoring.restart_events()

    def _stop_monitoring() -> None:
        tool, _state.tool = _state.tool, None
        if tool is not None:
            sys.monitoring.set_events(tool, 0)
            sys.monitoring.register_callback(tool, sys.monitoring.events.PY_START, None)
            sys.monitoring.free_tool_id(tool)
