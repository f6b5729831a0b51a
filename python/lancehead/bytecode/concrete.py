"""Code with numbers for arguments."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType
from typing import Any

from lancehead import _native

from ._base import BaseBytecode, finished, legalized, locations, make_code, stack_size
from .flags import CompilerFlags
from .instr import (
    BACKWARD,
    EXTENDED_ARG,
    FORWARD,
    UNSET,
    BaseInstr,
    InstrLocation,
    SetLineno,
    check_int_arg,
    const_key,
    opcode_has_argument,
)
from .utils import MINOR, PY310, PY311

#: Bytes for each step of a jump.
UNIT = 2 if PY310 else 1
_CACHE = 0


class ExceptionTableEntry:
    """A range of code units, the last one included, and where its handler begins."""

    __slots__ = ("push_lasti", "stack_depth", "start_offset", "stop_offset", "target")

    def __init__(self, start_offset: int, stop_offset: int, target: int, stack_depth: int, push_lasti: bool) -> None:
        self.start_offset = start_offset
        self.stop_offset = stop_offset
        self.target = target
        self.stack_depth = stack_depth
        self.push_lasti = push_lasti

    def _key(self) -> tuple[Any, ...]:
        return (self.start_offset, self.stop_offset, self.target, self.stack_depth, self.push_lasti)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExceptionTableEntry) and self._key() == other._key()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        # The form that the library has which this stands in for, without a closing parenthesis.
        text = "start_offset={}, stop_offset={}, target={}, stack_depth={}, push_lasti={}"
        return "ExceptionTableEntry(" + text.format(*self._key())


class ConcreteInstr(BaseInstr):
    """An instruction with a number for an argument."""

    __slots__ = ()

    def __init__(
        self,
        name: str,
        arg: Any = UNSET,
        *,
        lineno: int | None = UNSET,
        location: InstrLocation | None = None,
        extended_args: int | None = None,
    ) -> None:
        super().__init__(name, arg, lineno=lineno, location=location)
        self._extended = extended_args or 0

    def _check_arg(self, name: str, opcode: int, arg: Any) -> None:
        if opcode_has_argument(opcode):
            if arg is UNSET:
                raise ValueError(f"{name} needs an argument")
            check_int_arg(name, arg)
        elif opcode != _CACHE and arg is not UNSET:
            raise ValueError(f"{name} takes no argument")

    def _prefixes(self) -> int:
        arg = 0 if self._arg is UNSET else self._arg
        return max((arg > 0xFF) + (arg > 0xFFFF) + (arg > 0xFFFFFF), self._extended)

    @property
    def size(self) -> int:
        """Bytes that it takes, its `EXTENDED_ARG` included."""
        return 2 * (1 + self._prefixes())

    def _compare_key(self) -> Any:
        return (self._opcode, self._arg, self._location, self._extended)

    def get_jump_target(self, instr_offset: int) -> int | None:
        """Where it leads: code units since 3.10, bytes before; `instr_offset` is where it stands."""
        kind = self._fact().kind
        if not self.has_jump():
            return None
        if kind == "JumpAbsolute":
            return self._arg
        after = instr_offset + self.size // UNIT + self.use_cache_opcodes()
        return after + self._arg if kind == FORWARD else after - self._arg

    def assemble(self) -> bytes:
        """Its bytes."""
        arg = 0 if self._arg is UNSET else int(self._arg)
        parts = [part for n in range(self._prefixes(), 0, -1) for part in (EXTENDED_ARG, arg >> 8 * n & 0xFF)]
        return bytes((*parts, self._opcode, arg & 0xFF))

    @classmethod
    def disassemble(cls, lineno: int | None, code: bytes, offset: int) -> ConcreteInstr:
        """The instruction at `offset`: code units since 3.10, bytes before."""
        index = offset * UNIT
        return cls._made(code[index], code[index + 1], InstrLocation(lineno, None, None, None), 0)

    @classmethod
    def _made(cls, opcode: int, arg: int, location: InstrLocation | None, extended: int) -> ConcreteInstr:
        new = object.__new__(cls)
        new._opcode = opcode
        new._arg = arg if opcode == _CACHE or opcode_has_argument(opcode) else UNSET
        new._location = location
        new._extended = extended
        return new

    def use_cache_opcodes(self) -> int:
        """How many `CACHE` follow it."""
        return self._fact().caches


class ConcreteBytecode(BaseBytecode, list):  # type: ignore[type-arg]
    """A code object as a list of `ConcreteInstr` and `SetLineno`."""

    def __init__(
        self,
        instructions: Iterable[Any] = (),
        *,
        consts: Iterable[Any] = (),
        names: Iterable[str] = (),
        varnames: Iterable[str] = (),
        exception_table: list[ExceptionTableEntry] | None = None,
    ) -> None:
        BaseBytecode.__init__(self)
        self.consts = list(consts)
        self.names = list(names)
        self.varnames = list(varnames)
        self.exception_table = exception_table or []
        list.__init__(self, self._checked(instructions))

    @staticmethod
    def _checked(items: Iterable[Any]) -> list[Any]:
        items = list(items)
        for item in items:
            if not isinstance(item, (ConcreteInstr, SetLineno)):
                raise ValueError(f"concrete code holds ConcreteInstr and SetLineno, not {type(item).__name__}")
        return items

    def append(self, item: Any) -> None:
        """As of `list`."""
        list.append(self, self._checked((item,))[0])

    def insert(self, index: Any, item: Any) -> None:
        """As of `list`."""
        list.insert(self, index, self._checked((item,))[0])

    def extend(self, items: Iterable[Any]) -> None:
        """As of `list`."""
        list.extend(self, self._checked(items))

    def __setitem__(self, index: Any, value: Any) -> None:
        checked = self._checked(value) if isinstance(index, slice) else self._checked((value,))[0]
        list.__setitem__(self, index, checked)

    def __iadd__(self, items: Iterable[Any]) -> ConcreteBytecode:  # type: ignore[override, misc]
        self.extend(items)
        return self

    def __getitem__(self, index: Any) -> Any:
        value = list.__getitem__(self, index)
        return self._like(value) if isinstance(index, slice) else value

    def _like(self, items: list[Any]) -> ConcreteBytecode:
        new = type(self)(items, consts=self.consts, names=self.names, varnames=self.varnames)
        new.exception_table = list(self.exception_table)
        new._copy_attr_from(self)
        return new

    def copy(self) -> ConcreteBytecode:
        """Another one with the same instructions."""
        return self._like(list(self))

    def _get_instructions(self) -> list[Any]:
        return [item for item in self if isinstance(item, ConcreteInstr)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConcreteBytecode):
            return False
        mine = (list(map(const_key, self.consts)), self.names, self.varnames, self.exception_table, self._key())
        its = (list(map(const_key, other.consts)), other.names, other.varnames, other.exception_table, other._key())
        return mine == its and list.__eq__(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<ConcreteBytecode instr#={len(self)}>"

    @staticmethod
    def from_code(code: CodeType, *, extended_arg: bool = False) -> ConcreteBytecode:
        """Takes a code object apart; `extended_arg` keeps each `EXTENDED_ARG` as an instruction."""
        new = ConcreteBytecode(consts=code.co_consts, names=code.co_names, varnames=code.co_varnames)
        new._attributes_of(code)
        places = locations(code)
        arg = prefixes = 0
        made = ConcreteInstr._made
        for unit, (opcode, low) in enumerate(zip(code.co_code[::2], code.co_code[1::2])):
            place = places[unit]
            if extended_arg:
                list.append(new, made(opcode, low, place, 0))
                continue
            arg = arg << 8 | low
            if opcode == EXTENDED_ARG:
                prefixes += 1
                continue
            list.append(new, made(opcode, arg, place, prefixes))
            arg = prefixes = 0
        if PY311:
            rows = _native.bytecode_decode_exceptions(code.co_exceptiontable)
            new.exception_table = [
                ExceptionTableEntry(start // 2, end // 2 - 1, target // 2, depth, lasti)
                for start, end, target, depth, lasti in rows
            ]
        return new

    def legalize(self) -> None:
        """Sets all lines, and takes `SetLineno` out."""
        list.__setitem__(self, slice(None), legalized(list(self), self.first_lineno)[0])

    def _assembled(self) -> tuple[bytes, list[Any]]:
        """The bytecode, and where each line holds."""
        items = legalized([item.copy() if isinstance(item, ConcreteInstr) else item for item in self], self.first_lineno)
        parts = []
        lines: list[Any] = []
        at = 0
        joins = False
        for item in items[0]:
            data = item.assemble()
            end = at + len(data)
            if lines and (joins or item._opcode == _CACHE and PY311):
                lines[-1] = (lines[-1][0], end, *lines[-1][2:])
            else:
                lines.append((at, end, *item._location._key()))
            joins = item._opcode == EXTENDED_ARG
            parts.append(data)
            at = end
        return b"".join(parts), lines

    def _rows(self) -> list[Any]:
        return [
            (2 * e.start_offset, 2 * e.stop_offset + 2, 2 * e.target, _depth(e.stack_depth), bool(e.push_lasti))
            for e in self.exception_table
        ]

    def compute_stacksize(self, *, check_pre_and_post: bool = True) -> int:
        """The size that the stack must have; raises `RuntimeError` where it would hold less than nothing."""
        return stack_size(self._assembled()[0], self.flags, self._rows(), check_pre_and_post)

    def to_code(
        self,
        stacksize: int | None = None,
        *,
        check_pre_and_post: bool = True,
        compute_exception_stack_depths: bool = True,
        verify: bool | None = None,
    ) -> CodeType:
        """Puts the code object together. See `Bytecode.to_code`."""
        code, lines = self._assembled()
        rows = self._rows()
        if any(row[3] is None for row in rows):
            found = _native.bytecode_handler_depths(MINOR, code, int(self.flags), rows)
            rows = [(*row[:3], depth or 0, row[4]) for row, depth in zip(rows, found)]
        if verify is None and (stacksize is not None or not check_pre_and_post):
            verify = False
        if stacksize is None:
            stacksize = stack_size(code, self.flags, rows, check_pre_and_post)
        table = _native.bytecode_encode_lines(MINOR, self.first_lineno, lines)
        consts = list(self.consts)
        if self.docstring is not UNSET:
            consts[:1] = [self.docstring] if consts else consts[:1]
        made = make_code(
            self,
            code,
            tuple(consts),
            tuple(self.names),
            tuple(self.varnames),
            stacksize,
            table,
            _native.bytecode_encode_exceptions(rows),
        )
        return finished(made, verify)

    def to_bytecode(self, prune_caches: bool = True, conserve_exception_block_stackdepth: bool = False) -> Any:
        """The same with objects for arguments and labels for offsets."""
        from ._convert import to_bytecode

        return to_bytecode(self, prune_caches, conserve_exception_block_stackdepth)

    @staticmethod
    def _encode_varint(value: int, set_begin_marker: bool = False) -> Iterable[int]:
        """A number as the exception table holds it."""
        digits = [value & 0x3F]
        while value := value >> 6:
            digits.insert(0, value & 0x3F | 0x40)
        digits[0] |= 0x80 if set_begin_marker else 0
        return digits


def _depth(depth: int) -> int | None:
    return None if depth is UNSET or depth is None else depth


__all__ = ["BACKWARD", "CompilerFlags", "ConcreteBytecode", "ConcreteInstr", "ExceptionTableEntry"]
