"""Functions on code of any version: ``dis``, ``check``, ``diff``, ``cfg``, ``load_pyc``, ``dump_pyc``."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Union

from lancehead._files import write_file
from lancehead._html import preformatted
from lancehead._native import Code
from lancehead._objects import target_of

Source = Union[str, bytes, "os.PathLike[str]"]


def code_of(obj: object) -> Code:
    """The `Code` of ``obj``: a `Code`, the bytes or the path of a ``.pyc``, or what `decompile` finds code in."""
    if isinstance(obj, Code):
        return obj
    if isinstance(obj, (bytes, bytearray, memoryview)):
        return Code.from_pyc(bytes(obj))
    if isinstance(obj, (str, os.PathLike)):
        return load_pyc(obj)
    if isinstance(obj, types.ModuleType):
        from lancehead._decompile import module_code

        return Code(module_code(obj))
    return Code(target_of(obj).code)


def load_pyc(path: str | os.PathLike[str]) -> Code:
    """Read the ``.pyc`` at ``path``, of any version from 3.7 on. Nothing in it is run."""
    # `open` would take a number for a file descriptor.
    with open(os.fspath(path), "rb") as file:
        return Code.from_pyc(file.read())


def dump_pyc(
    code: object,
    path: str | os.PathLike[str],
    *,
    mtime: int | None = None,
    source_size: int = 0,
) -> None:
    """Write ``code`` to ``path`` as a ``.pyc`` of its version.

    With ``mtime``, the interpreter uses it only for a source of that time and size; without, it asks for no source.
    """
    data = code_of(code).to_pyc(mtime=mtime, source_size=source_size)
    write_file(path, data)


class Position(NamedTuple):
    """A place in the source, as far as it is known: columns are bytes from 0."""

    line: int | None
    end_line: int | None
    column: int | None
    end_column: int | None


class Instruction(NamedTuple):
    """One instruction of a disassembly."""

    offset: int
    opname: str
    arg: int | None
    argval: Any
    argrepr: str
    is_jump_target: bool
    position: Position


class Disassembly:
    """The instructions of a code object. Iterate over it, index it, or print it."""

    def __init__(self, code: Code, text: str) -> None:
        self.code = code
        self._text = text
        self.instructions = [Instruction._make((*head, Position(*place))) for head, place in code._rows()]

    def __iter__(self) -> Iterator[Instruction]:
        return iter(self.instructions)

    def __len__(self) -> int:
        return len(self.instructions)

    def __getitem__(self, at: int) -> Instruction:
        return self.instructions[at]

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<Disassembly of {self.code!r}>\n{self._text}"

    def _repr_html_(self) -> str:
        return preformatted(self._text)


def dis(
    obj: object,
    *,
    recursive: bool = True,
    caches: bool = False,
    offsets: bool = False,
    positions: bool = False,
) -> Disassembly:
    """Disassemble ``obj`` as the ``dis`` module of its own version does; with ``recursive``, the code in it too.

    ``caches`` shows inline caches, ``offsets`` byte offsets, ``positions`` whole source positions instead of lines.
    """
    code = code_of(obj)
    return Disassembly(code, code.dis(recursive=recursive, caches=caches, offsets=offsets, positions=positions))


@dataclass(frozen=True)
class CheckedFunction:
    """The verdict on one code object. There is no ``difference`` if source and bytecode do the same."""

    path: str
    firstlineno: int
    difference: str | None
    offset: int | None
    line: int | None


@dataclass(frozen=True, repr=False)
class Check:
    """Whether source belongs to bytecode. True if it does.

    ``compiled_by`` names the patch releases that compile the source to the bytecode, if only some of the version do:
    ``"3.13.1–3.13.3 or ≥ 3.13.5"``.
    """

    functions: list[CheckedFunction]
    compiled_by: str | None = None

    @property
    def differences(self) -> list[CheckedFunction]:
        """The code objects for which source and bytecode differ."""
        return [function for function in self.functions if function.difference is not None]

    def __bool__(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        lines = [f"{f.path} (line {f.firstlineno}): {f.difference}" for f in self.differences]
        return "\n".join(lines) or f"equal: {len(self.functions)} code objects"

    def __repr__(self) -> str:
        different = len(self.differences)
        return f"<Check: {different} of {len(self.functions)} code objects differ>" if different else "<Check: equal>"

    def _repr_html_(self) -> str:
        return preformatted(str(self))


def check(source: Source, obj: object) -> Check:
    """Compare the ``source`` of a module (text as ``str`` or ``bytes``, or the path of a file) with its bytecode.

    The source is compiled as the bytecode's version would, without that version. A ``str`` is a path if it ends in
    ``.py`` and has one line.
    """
    if isinstance(source, os.PathLike) or (isinstance(source, str) and source.endswith(".py") and "\n" not in source):
        with open(source, "rb") as file:
            source = file.read()
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else bytes(source)
    rows, compiled_by = code_of(obj)._check(data)
    return Check([CheckedFunction(*row) for row in rows], compiled_by)


@dataclass(frozen=True)
class Change:
    """One difference: the code object, what differs, and lines as in a unified diff."""

    path: str
    what: str
    lines: list[str]


@dataclass(frozen=True, repr=False)
class Diff:
    """What two programs do differently. True if there is something."""

    changes: list[Change]

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __getitem__(self, at: int) -> Change:
        return self.changes[at]

    def __str__(self) -> str:
        return "\n".join("\n".join([f"{c.path}: {c.what}", *c.lines]) for c in self.changes)

    def __repr__(self) -> str:
        count = len(self.changes)
        return f"<Diff: {count} difference{'s' if count > 1 else ''}>" if count else "<Diff: none>"

    def _repr_html_(self) -> str:
        return preformatted(str(self))


def diff(first: object, second: object) -> Diff:
    """Compare what two code objects do: paths, handlers, parameters, variables, flags, docstrings."""
    return Diff([Change(*row) for row in code_of(first)._diff(code_of(second))])


class Block(NamedTuple):
    """A basic block: byte offsets, and ``(number, kind)`` of the blocks after it; kinds: next, jump, exception."""

    start: int
    end: int
    successors: list[tuple[int, str]]


class Graph:
    """The control-flow graph of a code object. Notebooks draw it."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.blocks = [Block(*row) for row in code._blocks()]

    def dot(self) -> str:
        """The graph for Graphviz."""
        return self.code._draw("dot")

    def mermaid(self) -> str:
        """The graph for Mermaid."""
        return self.code._draw("mermaid")

    def svg(self) -> str:
        """The graph as a picture."""
        return self.code._draw("svg")

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        return f"<div>{self.svg()}</div>"

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, at: int) -> Block:
        return self.blocks[at]

    def __iter__(self) -> Iterator[Block]:
        return iter(self.blocks)

    def __repr__(self) -> str:
        return f"<Graph of {self.code.qualname}: {len(self.blocks)} blocks>"


def cfg(obj: object) -> Graph:
    """Draw the control flow of ``obj``."""
    return Graph(code_of(obj))


def running_version() -> str:
    """The running interpreter's version as `Code.version` has it."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"
