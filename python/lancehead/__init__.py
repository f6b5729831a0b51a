"""Read, explain, edit, write and decompile the bytecode of CPython 3.7 to 3.15."""

from lancehead._batch import decompile_many
from lancehead._code import (
    Block,
    Change,
    Check,
    CheckedFunction,
    Diff,
    Disassembly,
    Graph,
    Instruction,
    Position,
    cfg,
    check,
    diff,
    dis,
    dump_pyc,
    load_pyc,
)
from lancehead._decompile import FunctionReport, Report, decompile, decompile_report
from lancehead._hook import Patch, frame_hook, patch
from lancehead._instrument import Instrumented, Site, instrument
from lancehead._native import (
    Code,
    DecompilationError,
    LanceheadError,
    RecompilationError,
    VerificationError,
    __version__,
)
from lancehead._recompile import recompile

__all__ = [
    "Block",
    "Change",
    "Check",
    "CheckedFunction",
    "Code",
    "DecompilationError",
    "Diff",
    "Disassembly",
    "FunctionReport",
    "Graph",
    "Instruction",
    "Instrumented",
    "LanceheadError",
    "Patch",
    "Position",
    "RecompilationError",
    "Report",
    "Site",
    "VerificationError",
    "__version__",
    "cfg",
    "check",
    "decompile",
    "decompile_many",
    "decompile_report",
    "diff",
    "dis",
    "dump_pyc",
    "frame_hook",
    "instrument",
    "load_pyc",
    "patch",
    "recompile",
]
