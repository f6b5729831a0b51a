"""What all representations of a code object share."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from types import CodeType
from typing import Any

from lancehead import _native

from .flags import CompilerFlags, infer_flags
from .instr import UNSET, BaseInstr, InstrLocation, SetLineno
from .utils import PY310, PY311, PY314

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
    """`code`, verified if that is wanted; raises `VerificationError`.

    Loads of variables that may not be set there look first, as the compiler lets them (since 3.12). In place of the
    library, code that control would run off the end of is no error, for programs make it to look at it: it ends in a
    `raise`.
    """
    if _verification if verify is None else verify:
        library = sys.modules.get("bytecode")
        stands_in = verify is None and library is not None and library is sys.modules.get(__package__)
        mended = _native.bytecode_verify(code, stands_in)
        if mended is not None:
            lines = {"co_linetable" if PY310 else "co_lnotab": mended[1]}
            return code.replace(co_code=mended[0], **lines)  # type: ignore[arg-type]
    return code


class CheckedList(list):  # type: ignore[type-arg]
    """A list that takes only what `_check` lets pass."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__()
        self.extend(items)

    def _check(self, item: Any) -> None:
        """Raises `ValueError` for what it does not hold."""
        raise NotImplementedError

    def _checked(self, items: Iterable[Any]) -> list[Any]:
        items = list(items)
        for item in items:
            self._check(item)
        return items

    def _like(self, items: Iterable[Any]) -> Any:
        """Another one with the same attributes, which holds `items`."""
        raise NotImplementedError

    def append(self, item: Any) -> None:
        """As of `list`."""
        self._check(item)
        list.append(self, item)

    def insert(self, index: Any, item: Any) -> None:
        """As of `list`."""
        self._check(item)
        list.insert(self, index, item)

    def extend(self, items: Iterable[Any]) -> None:
        """As of `list`."""
        list.extend(self, self._checked(items))

    def __iadd__(self, items: Iterable[Any]) -> Any:  # type: ignore[override, misc]
        self.extend(items)
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            value = self._checked(value)
        else:
            self._check(value)
        list.__setitem__(self, index, value)

    def __getitem__(self, index: Any) -> Any:
        value = list.__getitem__(self, index)
        return self._like(value) if isinstance(index, slice) else value

    def copy(self) -> Any:
        """Another one with the same instructions."""
        return self._like(list.__iter__(self))


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
        self._flags = _flags(code.co_flags)
        has = code.co_flags & HAS_DOCSTRING if PY314 else code.co_flags & 3 == 3
        first = code.co_consts[0] if has and code.co_consts else UNSET
        self.docstring = first if first is None or isinstance(first, str) else UNSET

    def _is_as(self, code: CodeType) -> bool:
        """Whether `code` says the same of itself."""
        return (
            self.name == code.co_name
            and self.argcount == code.co_argcount
            and self.posonlyargcount == code.co_posonlyargcount
            and self.kwonlyargcount == code.co_kwonlyargcount
            and self.first_lineno == code.co_firstlineno
            and self.filename == code.co_filename
            and self.qualname == (code.co_qualname if PY311 else code.co_name)
            and self.cellvars == list(code.co_cellvars)
            and self.freevars == list(code.co_freevars)
        )

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


def parameters(code: BaseBytecode) -> int:
    """How many parameters there are, `*args` and `**kwargs` included."""
    return code.argcount + code.kwonlyargcount + bool(code._flags & 4) + bool(code._flags & 8)


def legalized(items: list[Any], line: int, *, forced: int | None = None) -> tuple[list[Any], int, int | None]:
    """`items` with all lines set and without `SetLineno`; the last line, and the line that still holds."""
    result = []
    for item in items:
        if isinstance(item, SetLineno):
            line = forced = item.lineno
            continue
        if isinstance(item, BaseInstr):
            if forced is not None:
                item.location = InstrLocation(forced, None, None, None)
            elif item.location is None:
                item.location = InstrLocation(line, None, None, None)
            elif item.location.lineno is not None:
                line = item.location.lineno
        result.append(item)
    return result, line, forced


def parts_of(code: CodeType) -> tuple[Any, ...]:
    """What `make_code` takes, from a code object."""
    tables = (code.co_consts, code.co_names, code.co_varnames, code.co_stacksize)
    lines = code.co_linetable if PY310 else code.co_lnotab
    return (code.co_code, *tables, lines, code.co_exceptiontable if PY311 else b"")


@lru_cache(maxsize=256)
def _flags(number: int) -> CompilerFlags:
    return CompilerFlags(number)


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
