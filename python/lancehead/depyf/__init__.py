"""depyf's interface, by Lancehead.

``sys.modules["depyf"] = lancehead.depyf`` lets a program that imports depyf, or modules in it, use this instead;
`stand_in` does that, and makes them the same modules under both names. PyTorch is not imported before it is used.
"""

from __future__ import annotations

import importlib
import sys

from lancehead import __version__
from lancehead.depyf.decompiler import DecompilationError, Decompiler, decompile
from lancehead.depyf.explain.enable_debugging import debug, prepare_debug
from lancehead.depyf.explain.enhance_logging import install, uninstall

__all__ = [
    "DecompilationError",
    "Decompiler",
    "__version__",
    "debug",
    "decompile",
    "install",
    "prepare_debug",
    "stand_in",
    "uninstall",
]

#: The modules of depyf that there are here.
_MODULES = (
    "code_transform",
    "decompiler",
    "explain",
    "explain.enable_debugging",
    "explain.enhance_logging",
    "explain.global_variables",
    "explain.utils",
    "optimization",
    "utils",
)


def stand_in() -> None:
    """Be what ``import depyf``, and imports of modules in it, give from now on in this process."""
    sys.modules["depyf"] = sys.modules[__name__]
    for name in _MODULES:
        sys.modules[f"depyf.{name}"] = importlib.import_module(f"lancehead.depyf.{name}")


def __getattr__(name: str) -> object:
    # As attributes, modules are there without an import of their own.
    if name in _MODULES:
        return importlib.import_module(f"lancehead.depyf.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
