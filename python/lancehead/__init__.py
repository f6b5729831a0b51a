"""Read, explain, edit, write and decompile the bytecode of CPython 3.7 to 3.15."""

from lancehead._native import DecompilationError, LanceheadError, RecompilationError, __version__

__all__ = [
    "DecompilationError",
    "LanceheadError",
    "RecompilationError",
    "__version__",
]
