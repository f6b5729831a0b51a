"""From what a user has in hand to the code in it."""

from __future__ import annotations

import functools
import inspect
import keyword
import re
import types
from typing import Any, NamedTuple


class Target(NamedTuple):
    """Code, and what the object around it knows of it."""

    code: types.CodeType
    #: The name that a definition of it has; None for the code of a module.
    name: str | None
    defaults: tuple[Any, ...] | None = None
    kwdefaults: dict[str, Any] | None = None


_CODE_ATTRIBUTES = ("gi_code", "cr_code", "ag_code", "f_code")
#: CO_OPTIMIZED | CO_NEWLOCALS: neither is set for modules and classes.
_FUNCTION_FLAGS = 0x1 | 0x2


def target_of(obj: object) -> Target:
    """The code behind ``obj``, through methods, partials, wrappers, callable objects, frames and tracebacks.

    Raises ``TypeError`` if there is none, as for functions that are written in C.
    """
    seen = 0
    found = obj
    wrapper = None
    while not isinstance(found, types.CodeType):
        seen += 1
        step = _step(found) if seen < 100 else None
        if step is None and wrapper is not None:
            # What it wraps is written in C, and it is not.
            return _own_target(wrapper)
        if step is None:
            raise TypeError(f"there is no Python code behind {obj!r}")
        if isinstance(found, types.FunctionType):
            wrapper = found
        if isinstance(step, Target):
            return step
        found = step
    return Target(found, definition_name(found.co_flags, found.co_name))


def _own_target(function: types.FunctionType) -> Target:
    code = function.__code__
    name = definition_name(code.co_flags, code.co_name)
    return Target(code, name, function.__defaults__, function.__kwdefaults__)


def _step(obj: object) -> object:
    if isinstance(obj, types.FunctionType):
        wrapped = vars(obj).get("__wrapped__")
        if wrapped is not None and wrapped is not obj:
            return wrapped
        return _own_target(obj)
    if isinstance(obj, types.MethodType):
        return obj.__func__
    if isinstance(obj, (functools.partial, functools.partialmethod)):
        return obj.func
    if isinstance(obj, (staticmethod, classmethod)):
        return obj.__func__
    if isinstance(obj, property):
        return obj.fget
    if isinstance(obj, functools.cached_property):
        return obj.func
    if isinstance(obj, types.TracebackType):
        while obj.tb_next is not None:
            obj = obj.tb_next
        return obj.tb_frame.f_code
    if isinstance(obj, BaseException):
        return obj.__traceback__
    for attribute in _CODE_ATTRIBUTES:
        found = inspect.getattr_static(type(obj), attribute, None) and getattr(obj, attribute, None)
        if isinstance(found, types.CodeType):
            return found
    wrapped = getattr(obj, "__wrapped__", None)
    if wrapped is not None and wrapped is not obj:
        return wrapped
    found = getattr(obj, "__code__", None)
    if isinstance(found, types.CodeType):
        return found
    return None if isinstance(obj, type) else inspect.getattr_static(type(obj), "__call__", None)


def definition_name(flags: int, name: str) -> str | None:
    """The identifier under which code with these flags and this name is defined; None for the code of a module."""
    if not flags & _FUNCTION_FLAGS and name == "<module>":
        return None
    return identifier(name)


def identifier(name: str) -> str:
    """``name`` if it is an identifier, or one that is like it."""
    if name.isidentifier() and not keyword.iskeyword(name):
        return name
    name = re.sub(r"\W", "_", name)
    if not name.isidentifier() or keyword.iskeyword(name):
        name = "_" + name
    return name
