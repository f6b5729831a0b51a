"""``depyf.utils``: what is at hand for code objects."""

from __future__ import annotations

import functools
import inspect
import os
import types
from typing import Any

from lancehead._native import DecompilationError
from lancehead._objects import target_of
from lancehead.depyf.decompiler import Decompiler


def get_function_signature(code_obj: types.CodeType, overwite_fn_name: str | None = None) -> str:
    """Give the first line of a function with this code, and of that name if there is one."""
    names = [name.replace(".", "comp_arg_") for name in code_obj.co_varnames]
    count = code_obj.co_argcount
    arguments, only = names[:count], names[count : count + code_obj.co_kwonlyargcount]
    if code_obj.co_posonlyargcount:
        arguments.insert(code_obj.co_posonlyargcount, "/")
    rest = count + len(only)
    if code_obj.co_flags & inspect.CO_VARARGS:
        arguments.append("*" + names[rest])
        rest += 1
    elif only:
        arguments.append("*")
    arguments += only
    if code_obj.co_flags & inspect.CO_VARKEYWORDS:
        arguments.append("**" + names[rest])
    return f"def {overwite_fn_name or code_obj.co_name}({', '.join(arguments)}):\n"


def collect_all_code_objects(code: types.CodeType) -> list[types.CodeType]:
    """Give ``code``, and all code in it."""
    found = [code]
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            found += collect_all_code_objects(const)
    return found


def safe_create_directory(path: str | os.PathLike[str]) -> None:
    """Make a folder unless it is there."""
    os.makedirs(path, exist_ok=True)


def get_code_owner(fn: Any) -> Any:
    """Give what holds the code that ``fn`` runs: a function whose ``__code__`` can be set."""
    while True:
        if hasattr(fn, "__func__"):
            fn = fn.__func__
        elif hasattr(fn, "__wrapped__"):
            fn = fn.__wrapped__
        elif isinstance(fn, functools.partial):
            fn = fn.func
        elif isinstance(inspect.getattr_static(type(fn), "__call__", None), types.FunctionType):
            fn = type(fn).__call__
        else:
            return fn


def decompile_ensure(fn: object, overwite_fn_name: str | None = None) -> str:
    """Give the source of ``fn``, or a function that says that there is none."""
    try:
        return Decompiler(fn).decompile(overwite_fn_name=overwite_fn_name)
    except DecompilationError:
        return get_function_signature(target_of(fn).code, overwite_fn_name) + "    'Failed to decompile.'\n"
