"""Read, explain, edit, write and decompile the bytecode of CPython 3.7 to 3.15."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` itself takes as long to import as all that is here
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

# A module is imported when the first of its names is asked for (PEP 562): a program that only may need Lancehead does
# not pay for `inspect`, `ast` and the library at its start.
_HOMES = {
    "_batch": ("decompile_many",),
    "_code": (
        "Block",
        "Change",
        "Check",
        "CheckedFunction",
        "Diff",
        "Disassembly",
        "Graph",
        "Instruction",
        "Position",
        "cfg",
        "check",
        "diff",
        "dis",
        "dump_pyc",
        "load_pyc",
    ),
    "_decompile": ("FunctionReport", "Report", "decompile", "decompile_report"),
    "_hook": ("Patch", "frame_hook", "patch"),
    "_instrument": ("Instrumented", "Site", "instrument"),
    "_native": (
        "Code",
        "DecompilationError",
        "LanceheadError",
        "RecompilationError",
        "VerificationError",
        "__version__",
    ),
    "_recompile": ("recompile",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
