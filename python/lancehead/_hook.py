"""``frame_hook`` and ``patch``: what runs is swapped at run time."""

from __future__ import annotations

import gc
import inspect
import sys
import threading
import types
import warnings
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
_FRAME_OBJECTS = sys.version_info < (3, 11)


class _Hook:
    """A callback, and the first exception that came out of it."""

    def __init__(self, callback: Callback) -> None:
        self.callback = callback
        self.error: Exception | None = None


class _State:
    """The hooks that are installed, and what they have decided."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.hooks: list[_Hook] = []
        #: By the address of a code object: what runs in its place.
        self.decisions: dict[int, types.CodeType] = {}
        #: Counts how often decisions were forgotten.
        self.generation = 0
        #: Why frames are left alone in this interpreter; empty if they are not, None before that was tried.
        self.trouble: str | None = None


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

    What the callback raises never reaches the program that is watched: the function runs its own code, and the first
    such exception is raised when the block ends. Before the first hook is installed, calls of known functions show
    whether this interpreter makes frames as its version is known to. Where it does not, there is a ``RuntimeWarning``
    and no hook.
    """
    hook = _Hook(callback)
    is_installed = _install(hook)
    try:
        yield
    except BaseException:
        if hook.error is not None:
            warnings.warn(f"the callback of a frame hook raised {hook.error!r}", RuntimeWarning, stacklevel=3)
        raise
    finally:
        if is_installed:
            _remove(hook)
    if hook.error is not None:
        raise hook.error


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


def _install(hook: _Hook) -> bool:
    with _state.lock:
        if _state.trouble is None:
            _state.trouble = _hook_test.trouble(_install_tested, _remove)
        if _state.trouble:
            text = f"frame hooks are off, for this Python is not as expected: {_state.trouble}"
            warnings.warn(text, RuntimeWarning, stacklevel=5)
            return False
        _install_tested(hook)
        return True


def _install_tested(hook: _Hook) -> None:
    _state.hooks.append(hook)
    _forget()
    if len(_state.hooks) > 1:
        return
    try:
        _native.hook_install(_begin, _failed)
        if _native.hook_has_inlined_constructors():
            _guard_constructors(True)
    except BaseException:
        _state.hooks.clear()
        _native.hook_remove()
        raise


def _remove(hook: _Hook) -> None:
    with _state.lock:
        _state.hooks.remove(hook)
        if not _state.hooks:
            _native.hook_remove()
            if _native.hook_has_inlined_constructors():
                _guard_constructors(False)
        _forget()


def _guard_constructors(guard: bool) -> None:
    """See that calls of classes start frames that the hook is asked about, or let go of that."""
    seen = {object}
    pending: list[type] = [object]
    while pending:
        for cls in type.__subclasses__(pending.pop()):
            if cls not in seen:
                seen.add(cls)
                pending.append(cls)
                # Only classes of this kind have calls that enter `__init__` (`specialize_class_call`).
                if not guard or (type(cls) is type and isinstance(cls.__init__, types.FunctionType)):
                    _native.hook_guard(cls, guard)


def _forget() -> None:
    _state.generation += 1
    _state.decisions.clear()
    _native.hook_forget()


def _decide(code: types.CodeType) -> types.CodeType | None:
    """What runs in place of ``code``; None for itself."""
    for address in _native.hook_dead():
        # Another code object may get the address.
        _state.decisions.pop(address, None)
    known = _state.decisions.get(id(code))
    if known is not None:
        return known
    generation = _state.generation
    chosen = None
    if code.co_flags & _FUNCTION_FLAGS == _FUNCTION_FLAGS and code.co_filename != __file__:
        chosen = _ask(code)
    if generation == _state.generation:
        if chosen is not None:
            # What was chosen is not asked about: it would be replaced for ever.
            _native.hook_leave(chosen)
            _native.hook_watch(code)
            _state.decisions[id(code)] = chosen
        else:
            _native.hook_leave(code)
    return chosen


def _ask(code: types.CodeType) -> types.CodeType | None:
    """What the innermost callback that gives code gives."""
    busy = _native.hook_is_busy()
    _native.hook_set_busy(True)
    try:
        for hook in reversed(_state.hooks):
            try:
                chosen = hook.callback(code)
                if chosen is not None and chosen is not code:
                    _demand_alike(code, chosen)
            except (RecursionError, MemoryError):
                raise
            except Exception as error:
                if hook.error is None:
                    hook.error = error
                continue
            if chosen is not None:
                return None if chosen is code else chosen
    finally:
        _native.hook_set_busy(busy)
    return None


def _failed(error: BaseException) -> None:
    """Keep what was raised while a frame was looked at for whoever installed the hook."""
    if isinstance(error, (RecursionError, MemoryError)):
        # The program is short of room. The frame runs its own code, or meets the same.
        return
    for hook in _state.hooks:
        if hook.error is None and isinstance(error, Exception):
            hook.error = error


def _begin(code: types.CodeType, frame: Any) -> Any:
    """For each frame that starts: what is to be called instead, and how its arguments lie; None if nothing is.

    ``frame`` is the function that is called, up to 3.10 the frame.
    """
    chosen = _decide(code)
    if chosen is None:
        return None
    if not _FRAME_OBJECTS:
        return (_function(frame, chosen), *_shape(code))
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
    cells = [item for item in gc.get_referents(frame) if type(item) is types.CellType]
    return tuple(cells[-count:])


def _function(function: types.FunctionType, code: types.CodeType) -> types.FunctionType:
    other = types.FunctionType(code, function.__globals__, function.__name__, None, function.__closure__)
    # Generators and coroutines take their names from the function.
    other.__qualname__ = function.__qualname__
    return other


def _shape(code: types.CodeType) -> tuple[int, tuple[str, ...], bool, bool]:
    """How the arguments of a call lie in a frame: so many by position, by these names, and starred ones."""
    positional, keyword = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames[positional : positional + keyword]
    return positional, names, bool(code.co_flags & _CO_VARARGS), bool(code.co_flags & _CO_VARKEYWORDS)


def _arguments(code: types.CodeType, values: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    positional, names, has_rest, has_more = _shape(code)
    args = tuple(values[name] for name in code.co_varnames[:positional])
    kwargs = {name: values[name] for name in names}
    at = positional + len(names)
    if has_rest:
        args += values[code.co_varnames[at]]
        at += 1
    if has_more:
        kwargs.update(values[code.co_varnames[at]])
    return args, kwargs


from lancehead import _hook_test  # noqa: E402
