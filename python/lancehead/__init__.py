"""Read, explain, edit, write and decompile the bytecode of CPython 3.7 to 3.15."""

from lancehead._decompile import FunctionReport, Report, decompile, decompile_report
from lancehead._native import DecompilationError, LanceheadError, RecompilationError, __version__
from lancehead._recompile import recompile

__all__ = [
    "DecompilationError",
    "FunctionReport",
    "LanceheadError",
    "RecompilationError",
    "Report",
    "__version__",
    "decompile",
    "decompile_report",
    "recompile",
]
