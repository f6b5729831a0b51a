"""depyf's interface, by Lancehead.

``sys.modules["depyf"] = lancehead.depyf`` lets a program that imports depyf use this instead.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator
from typing import Any

from lancehead._decompile import decompile as _decompile
from lancehead._native import DecompilationError
from lancehead._objects import target_of
from lancehead._recompile import recompile
from lancehead.torch import Dispatcher, install, uninstall
from lancehead.torch import debug as _debug
from lancehead.torch import prepare_debug as _prepare_debug

__all__ = [
    "DecompilationError",
    "Decompiler",
    "debug",
    "decompile",
    "install",
    "optimization",
    "prepare_debug",
    "uninstall",
    "utils",
]


def decompile(code_or_callable: object) -> str:
    """Give the source of a code object or of a callable."""
    return _decompile(code_or_callable)


class Decompiler:
    """The source of one code object."""

    def __init__(self, code: object) -> None:
        self.code: types.CodeType = target_of(code).code

    def decompile(self, *_: Any, **__: Any) -> str:
        """Give the source. How depyf would indent it, or call its variables, is taken and has no effect."""
        return _decompile(self.code)

    @staticmethod
    def decompile_and_compile_like(
        code_to_decompile: types.CodeType,
        reference_code: types.CodeType,
        *_: Any,
        filepath_template: str = "",
        **__: Any,
    ) -> types.CodeType:
        """Give code compiled from the source of ``code_to_decompile``, which is written to the file of that name.

        Raises `lancehead.RecompilationError` if it is not proven to do the same.
        """
        filename = filepath_template % 0 if "%" in filepath_template else filepath_template
        return recompile(code_to_decompile, filename=filename or f"{reference_code.co_name}.py")


def prepare_debug(
    dump_src_dir: str, clean_wild_fx_code: bool = True, log_bytecode: bool = False
) -> contextlib.AbstractContextManager[None]:
    """Enter `lancehead.torch.prepare_debug` on ``dump_src_dir``; the two flags are taken and have no effect."""
    return _prepare_debug(dump_src_dir)


@contextlib.contextmanager
def debug() -> Iterator[None]:
    """Stop for breakpoints to be set in the files of `prepare_debug`, and run what was compiled."""
    with _debug():
        breakpoint()
        yield


optimization = types.SimpleNamespace(TorchCompileWrapperWithCustomDispatcher=Dispatcher)


def _all_code(code: types.CodeType) -> list[types.CodeType]:
    found = [code]
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            found += _all_code(const)
    return found


def _owner(obj: object) -> object:
    """What holds the code that ``obj`` runs."""
    while not isinstance(obj, (types.CodeType, types.FunctionType)):
        inner = next((getattr(obj, name) for name in ("__func__", "__wrapped__", "func") if hasattr(obj, name)), None)
        if inner is None:
            call = vars(type(obj)).get("__call__")
            return call if isinstance(call, types.FunctionType) else obj
        obj = inner
    return obj


def _ensure(obj: object, overwite_fn_name: str | None = None) -> str:
    """The source of ``obj``, or a function that says that there is none."""
    try:
        return _decompile(obj)
    except Exception:
        return f"def {overwite_fn_name or 'function'}(*args, **kwargs):\n    'Failed to decompile.'\n"


utils = types.SimpleNamespace(
    collect_all_code_objects=_all_code,
    decompile_ensure=_ensure,
    get_code_owner=_owner,
)
