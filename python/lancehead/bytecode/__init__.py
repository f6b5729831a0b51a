"""The interface of the `bytecode` library, with Rust underneath.

Code written for `bytecode` 0.19 runs with `from lancehead import bytecode`. What is put together is verified; see
`set_verification`.
"""

from __future__ import annotations

import importlib
import sys

from . import version
from ._base import BaseBytecode, set_verification
from ._format import dump_bytecode, format_bytecode
from .bytecode import Bytecode
from .cfg import BasicBlock, ControlFlowGraph
from .concrete import ConcreteBytecode, ConcreteInstr
from .flags import CompilerFlags, infer_flags
from .instr import (
    UNSET,
    BinaryOp,
    CellVar,
    Compare,
    FreeVar,
    Instr,
    InstrLocation,
    Intrinsic1Op,
    Intrinsic2Op,
    Label,
    SetLineno,
    TryBegin,
    TryEnd,
)

#: The version of the library whose interface this is.
__version__ = version.__version__

#: The modules of the library that there are here.
_MODULES = ("bytecode", "cfg", "concrete", "flags", "instr", "utils", "version")


def stand_in() -> None:
    """Be what ``import bytecode``, and imports of modules in it, give from now on in this process."""
    sys.modules["bytecode"] = sys.modules[__name__]
    for name in _MODULES:
        sys.modules[f"bytecode.{name}"] = importlib.import_module(f"{__name__}.{name}")


__all__ = [
    "UNSET",
    "BaseBytecode",
    "BasicBlock",
    "BinaryOp",
    "Bytecode",
    "CellVar",
    "Compare",
    "CompilerFlags",
    "ConcreteBytecode",
    "ConcreteInstr",
    "ControlFlowGraph",
    "FreeVar",
    "Instr",
    "InstrLocation",
    "Intrinsic1Op",
    "Intrinsic2Op",
    "Label",
    "SetLineno",
    "TryBegin",
    "TryEnd",
    "__version__",
    "dump_bytecode",
    "format_bytecode",
    "infer_flags",
    "set_verification",
    "stand_in",
]
