"""``decompile`` and ``decompile_report``."""

from __future__ import annotations

import os
import types
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Union

from lancehead import _native
from lancehead._classes import class_source
from lancehead._html import escape, preformatted
from lancehead._native import Code, DecompilationError
from lancehead._objects import definition_name, target_of

_FunctionType = types.FunctionType
_source_of_function = _native.source_of_function

#: What ``decompile`` takes besides objects: the bytes of a ``.pyc``, or where one is.
PycSource = Union[bytes, bytearray, memoryview, "os.PathLike[str]", str]


@dataclass(frozen=True)
class FunctionReport:
    """What became of one code object."""

    #: Its path of names, joined by dots.
    path: str
    #: Its first line in the original source.
    firstlineno: int
    #: ``"proven"``; ``"emulated"``: proven to do the same, with variables for what the bytecode keeps on its stack;
    #: ``"unproven"``, ``"unchecked"`` or ``"not_recovered"``.
    fate: str
    #: Why it is not proven, or was not recovered.
    detail: str | None = None
    #: The byte offset in the bytecode where that shows.
    offset: int | None = None
    #: The line of the source where that shows.
    line: int | None = None


@dataclass(frozen=True, repr=False)
class Report:
    """Source, and how sure it is."""

    source: str
    #: One report for each code object.
    functions: list[FunctionReport]
    #: Line of ``source`` to line of the original, for lines on which a statement begins.
    line_map: dict[int, int] = field(default_factory=dict)
    #: What the names in the source stand for that no source can write.
    placeholders: dict[str, Any] = field(default_factory=dict)
    #: What is odd about the input, or wrong with the text as a whole.
    warnings: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every code object has source."""
        return all(function.fate != "not_recovered" for function in self.functions)

    @property
    def proven(self) -> bool:
        """Whether every code object has source that is proven to do the same."""
        return all(function.fate in ("proven", "emulated") for function in self.functions)

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        fates = Counter(function.fate for function in self.functions)
        return f"<Report: {', '.join(f'{count} {fate}' for fate, count in fates.items()) or 'no code'}>"

    def _repr_html_(self) -> str:
        doubts = [function for function in self.functions if function.fate != "proven"]
        rows = [f"<li>{escape(f.path)}, line {f.firstlineno}: {escape(f.detail or f.fate)}</li>" for f in doubts]
        return preformatted(self.source) + (f"<ul>{''.join(rows)}</ul>" if rows else "")


def decompile(obj: object, *, layout: str = "pretty", check: bool = True, strict: bool = False) -> str:
    """Give the source of ``obj``.

    ``obj`` is a function, method, partial, wrapped function, callable object, class, module, frame, traceback,
    generator, coroutine, code object or `Code`; or the bytes or the path of a ``.pyc``, of any version from 3.7 on.

    ``layout`` is ``"pretty"``, or ``"lines"`` to keep the lines of the original. With ``check``, the source is proven
    to do what the bytecode does; what is not says so in a comment. With ``strict``, `DecompilationError` is raised
    unless all of it was recovered and, if checked, proven.

    Objects that no source can write stand in it under names; `decompile_report` says which.
    """
    if type(obj) is _FunctionType and not strict and "__wrapped__" not in obj.__dict__:
        # What is asked for most often, by the shortest way.
        return _source_of_function(obj, layout, check)
    if isinstance(obj, type):
        report = _class_report(obj, layout, check)
        source, rows = report.source, [(f.path, f.firstlineno, f.fate, f.detail) for f in report.functions]
    else:
        answer = _answer(obj, layout, check, False)
        source, rows = answer[0], answer[1]
    if strict:
        for path, line, fate, detail, *_ in rows:
            if fate == "not_recovered" or (check and fate == "unproven"):
                raise DecompilationError(f"{path} (line {line}): {detail}")
    return source


def decompile_report(obj: object, *, layout: str = "pretty", check: bool = True) -> Report:
    """Give the source of ``obj`` with a verdict on each function, a line map, and what placeholders stand for.

    The arguments are those of `decompile`.
    """
    if isinstance(obj, type):
        return _class_report(obj, layout, check)
    return _report(_answer(obj, layout, check, True))


def _answer(obj: object, layout: str, check: bool, lines: bool) -> tuple[Any, ...]:
    if isinstance(obj, (bytes, bytearray, memoryview)):
        return _native.decompile_bytes(bytes(obj), layout, check)
    if isinstance(obj, (str, os.PathLike)):
        with open(obj, "rb") as file:
            return _native.decompile_bytes(file.read(), layout, check)
    if isinstance(obj, Code):
        return obj._decompile(definition_name(obj.flags, obj.name), layout, check)
    if isinstance(obj, types.ModuleType):
        return _native.decompile_live(module_code(obj), None, None, None, layout, check, lines)
    code, name, defaults, kwdefaults = target_of(obj)
    return _native.decompile_live(code, name, defaults, kwdefaults, layout, check, lines)


def _report(answer: tuple[Any, ...]) -> Report:
    source, functions, lines, warnings, placeholders = answer
    return Report(source, [FunctionReport(*row) for row in functions], dict(lines), placeholders, warnings)


def module_code(module: types.ModuleType) -> types.CodeType:
    """The code of a module, from its loader."""
    loader = getattr(module.__spec__, "loader", None) or getattr(module, "__loader__", None)
    get_code = getattr(loader, "get_code", None)
    code = get_code(module.__spec__.name if module.__spec__ else module.__name__) if get_code else None
    if code is None:
        raise TypeError(f"there is no Python code behind {module!r}")
    return code


def _class_report(cls: type, layout: str, check: bool) -> Report:
    functions: list[FunctionReport] = []
    placeholders: dict[str, Any] = {}
    warnings: list[str] = []

    def source_of(function: types.FunctionType) -> str:
        # A placeholder of one method must not be taken for that of another.
        report = decompile_report(function, layout="pretty", check=check)
        text = report.source
        for name, value in report.placeholders.items():
            if placeholders.setdefault(name, value) is not value:
                warnings.append(f"{name} stands for several objects, one in each method")
        functions.extend(report.functions)
        warnings.extend(report.warnings)
        return text

    source = class_source(cls, source_of)
    if not functions and not any(isinstance(value, types.FunctionType) for value in vars(cls).values()):
        warnings.append("a class keeps no code of its own body: it was put together from its attributes")
    return Report(source, functions, {}, placeholders, warnings)
