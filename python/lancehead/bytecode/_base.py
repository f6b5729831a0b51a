"""What all representations of a code object share."""

from __future__ import annotations

from types import CodeType
from typing import Any

from lancehead import _native

from .flags import CompilerFlags, infer_flags
from .instr import UNSET, InstrLocation, SetLineno
from .utils import MINOR, PY310, PY311, PY314

HAS_DOCSTRING = 0x4000000
_ATTRIBUTES = (
    "argcount",
    "posonlyargcount",
    "kwonlyargcount",
    "first_lineno",
    "name",
    "qualname",
    "filename",
    "docstring",
    "cellvars",
    "freevars",
    "_flags",
)
_verification = True


def set_verification(enabled: bool) -> bool:
    """Switches the check of all code that `to_code` makes; gives what held before.

    Code that fails it could crash the interpreter. It is on unless switched off.
    """
    global _verification
    before, _verification = _verification, bool(enabled)
    return before


def finished(code: CodeType, verify: bool | None) -> CodeType:
    """`code`, verified if that is wanted; raises `VerificationError`."""
    if _verification if verify is None else verify:
        _native.Code.of(code).verify()
    return code


class BaseBytecode:
    """What a code object says of itself, apart from its instructions."""

    def __init__(self) -> None:
        self.argcount = 0
        self.posonlyargcount = 0
        self.kwonlyargcount = 0
        self.first_lineno = 1
        self.name = "<module>"
        self.qualname = self.name
        self.filename = "<string>"
        self.docstring: Any = UNSET
        self.cellvars: list[str] = []
        self.freevars: list[str] = []
        self._flags = CompilerFlags(0)

    def _copy_attr_from(self, other: Any) -> None:
        for name in _ATTRIBUTES:
            value = getattr(other, name)
            setattr(self, name, list(value) if isinstance(value, list) else value)

    def _attributes_of(self, code: CodeType) -> None:
        self.argcount = code.co_argcount
        self.posonlyargcount = code.co_posonlyargcount
        self.kwonlyargcount = code.co_kwonlyargcount
        self.first_lineno = code.co_firstlineno
        self.name = code.co_name
        self.qualname = code.co_qualname if PY311 else code.co_name
        self.filename = code.co_filename
        self.cellvars = list(code.co_cellvars)
        self.freevars = list(code.co_freevars)
        self._flags = CompilerFlags(code.co_flags)
        has = code.co_flags & HAS_DOCSTRING if PY314 else code.co_flags & 3 == 3
        first = code.co_consts[0] if has and code.co_consts else UNSET
        self.docstring = first if first is None or isinstance(first, str) else UNSET

    def _key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _ATTRIBUTES)

    @property
    def flags(self) -> CompilerFlags:
        """`co_flags`."""
        return self._flags

    @flags.setter
    def flags(self, value: int) -> None:
        self._flags = CompilerFlags(value)

    def update_flags(self, *, is_async: bool | None = None) -> None:
        """Sets the flags that the instructions call for."""
        self.flags = infer_flags(self, is_async)


def locations(code: CodeType) -> list[InstrLocation]:
    """The location of each code unit."""
    if PY311:
        known: dict[Any, InstrLocation] = {}
        result = []
        for position in code.co_positions():
            location = known.get(position)
            if location is None:
                location = object.__new__(InstrLocation)
                for field, value in zip(("lineno", "end_lineno", "col_offset", "end_col_offset"), position):
                    object.__setattr__(location, field, value)
                known[position] = location
            result.append(location)
        return result
    if PY310:
        lines = [None] * (len(code.co_code) // 2)
        for start, end, line in code.co_lines():
            lines[start // 2 : end // 2] = [line] * (end // 2 - start // 2)
    else:
        import dis

        starts = dict(dis.findlinestarts(code))
        line, lines = code.co_firstlineno, []
        for offset in range(0, len(code.co_code), 2):
            line = starts.get(offset, line)
            lines.append(line)
    made: dict[Any, InstrLocation] = {}
    return [made.setdefault(line, InstrLocation(line, None, None, None)) for line in lines]


def legalized(items: list[Any], line: int, *, forced: int | None = None) -> tuple[list[Any], int, int | None]:
    """`items` with all lines set and without `SetLineno`; the last line, and the line that still holds."""
    from .instr import BaseInstr

    result = []
    for item in items:
        if isinstance(item, SetLineno):
            line = forced = item.lineno
            continue
        if isinstance(item, BaseInstr):
            if forced is not None:
                item._location = InstrLocation(forced, None, None, None)
            elif item._location is None:
                item._location = InstrLocation(line, None, None, None)
            elif item._location.lineno is not None:
                line = item._location.lineno
        result.append(item)
    return result, line, forced


def make_code(
    like: BaseBytecode,
    code: bytes,
    consts: tuple[Any, ...],
    names: tuple[str, ...],
    varnames: tuple[str, ...],
    stacksize: int,
    lines: bytes,
    exceptions: bytes,
) -> CodeType:
    """A code object of the running interpreter."""
    head = (like.argcount, like.posonlyargcount, like.kwonlyargcount, len(varnames), stacksize, int(like.flags), code)
    middle: tuple[Any, ...] = (consts, names, varnames, like.filename, like.name)
    tail = (tuple(like.freevars), tuple(like.cellvars))
    if PY311:
        return CodeType(*head, *middle, like.qualname, like.first_lineno, lines, exceptions, *tail)
    return CodeType(*head, *middle, like.first_lineno, lines, *tail)


def stack_size(code: bytes, flags: int, entries: list[Any], check: bool) -> int:
    """The size that the stack of `code` must have; raises `RuntimeError` on underflow."""
    if not code:
        return 0
    return _native.bytecode_stack_size(MINOR, code, int(flags), entries, check)
