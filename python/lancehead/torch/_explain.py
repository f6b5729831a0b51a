"""``explain``: what was compiled for a function, whenever that was."""

from __future__ import annotations

import dataclasses
import linecache
import types
from typing import Any

from lancehead._decompile import decompile
from lancehead.torch import _compat
from lancehead.torch._graphs import without_uuid


@dataclasses.dataclass(frozen=True)
class GraphBreak:
    """Where Dynamo gave up on a graph, and why."""

    reason: str
    file: str
    line: int
    #: The text of that line, where there is such a file.
    source: str = ""

    @classmethod
    def of(cls, reason: Any) -> GraphBreak:
        """What PyTorch says of one."""
        stack = list(getattr(reason, "user_stack", None) or [])
        where = stack[-1] if stack else None
        if where is None:
            return cls(str(reason.reason), "", 0)
        line = where.lineno or 0
        return cls(str(reason.reason), where.filename, line, linecache.getline(where.filename, line).strip())

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason.splitlines()[0] if self.reason else ''}"


@dataclasses.dataclass(frozen=True)
class Entry:
    """One compilation: the code that runs while the guards hold."""

    code: types.CodeType
    source: str
    guards: tuple[str, ...]
    guard_tree: str
    #: The names of the compiled graphs that the code calls.
    graphs: tuple[str, ...]
    #: What it goes on with after graph breaks.
    resumes: tuple[Explanation, ...]


@dataclasses.dataclass(frozen=True)
class Explanation:
    """All that was compiled for a function, and for what it goes on with."""

    name: str
    code: types.CodeType
    source: str
    entries: tuple[Entry, ...]
    graph_breaks: tuple[GraphBreak, ...]

    def __str__(self) -> str:
        lines = [f"{self.name}: compiled {len(self.entries)} times, {len(self.graph_breaks)} graph breaks"]
        lines += [f"  graph break at {found}" for found in self.graph_breaks]
        for number, entry in enumerate(self.entries):
            lines.append(f"  entry {number}: {len(entry.guards)} guards; graphs: {', '.join(entry.graphs) or 'none'}")
            lines += [f"    {line}" for line in entry.source.splitlines()]
            for resume in entry.resumes:
                lines += [f"    {line}" for line in str(resume).splitlines()]
        return "\n".join(lines)


def explain(function: Any) -> Explanation:
    """Tell what Dynamo has compiled for ``function``: also if that was before anybody asked.

    ``function`` is a function, a method or a module, or what ``torch.compile`` made of one. Raises `TypeError` if there
    is no Python code in it.
    """
    inner = _compat.innermost(function)
    inner = getattr(inner, "__func__", inner)
    if not isinstance(inner, types.FunctionType):
        raise TypeError(f"expected a function or module, or one that was compiled, found {type(function).__name__}")
    return explained(inner.__code__, inner.__globals__)


def explained(code: types.CodeType, names: dict[str, Any]) -> Explanation:
    """What `explain` tells of a function with this code; ``names`` are its globals."""
    return _explained(code, names, set())


def _explained(code: types.CodeType, names: dict[str, Any], seen: set[types.CodeType]) -> Explanation:
    seen.add(code)
    entries = tuple(_entry(entry, names, seen) for entry in _compat.cache_entries(code))
    breaks = tuple(found for found in map(GraphBreak.of, _compat.graph_breaks()) if _is_within(found, code))
    return Explanation(code.co_name, code, decompile(code, check=False), entries, breaks)


def _entry(entry: Any, names: dict[str, Any], seen: set[types.CodeType]) -> Entry:
    code = entry.code
    resumes = []
    for name in code.co_names:
        resume = names.get(name) if name.startswith("__resume") else None
        if isinstance(resume, types.FunctionType) and resume.__code__ not in seen:
            resumes.append(_explained(resume.__code__, resume.__globals__, seen))
    graphs = tuple(without_uuid(name) for name in code.co_names if name.startswith("__compiled"))
    return Entry(
        code,
        decompile(code),
        tuple(_compat.guard_parts(entry)),
        _compat.guard_tree(entry),
        graphs,
        tuple(resumes),
    )


def _is_within(found: GraphBreak, code: types.CodeType) -> bool:
    if found.file != code.co_filename:
        return False
    lines = [line for _, _, line in code.co_lines() if line] if hasattr(code, "co_lines") else []
    return not lines or min(lines) <= found.line <= max(lines)
