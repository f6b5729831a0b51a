"""Code with numbers for arguments."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType
from typing import Any, ClassVar

from lancehead import _native
from lancehead._native import ConcreteInstr

from ._base import BaseBytecode, CheckedList, finished, legalized, make_code, parameters
from .flags import CompilerFlags, HasInstructions  # noqa: F401
from .instr import (  # noqa: F401
    BINARY_OPS,
    BITFLAG2_OPCODES,
    BITFLAG_OPCODES,
    CACHE_OPCODE,
    COMMON_CONSTANT_OPS,
    DUAL_ARG_OPCODES,
    DUAL_ARG_OPCODES_SINGLE_OPS,
    EXTENDEDARG_OPCODE,
    FORMAT_VALUE_OPS,
    HAS_COMPARE,
    HAS_CONST,
    HAS_FREE,
    HAS_JUMP,
    HAS_LOCAL,
    HAS_NAME,
    INTRINSIC,
    INTRINSIC_1OP,
    INTRINSIC_2OP,
    NOP_OPCODE,
    PLACEHOLDER_LABEL,
    SPECIAL_OPS,
    UNSET,
    BaseInstr,
    BinaryOp,
    CellVar,
    CommonConstant,
    Compare,
    FormatValue,
    FreeVar,
    Instr,
    InstrArg,
    InstrLocation,
    Intrinsic1Op,
    Intrinsic2Op,
    Label,
    SetLineno,
    SpecialMethod,
    T,
    TryBegin,
    TryEnd,
    _check_arg_int,
    const_key,
    opcode_has_argument,
)
from .utils import PY310, PY311, PY312, PY313, PY314  # noqa: F401

#: Since 3.10 jumps count instructions, not bytes.
OFFSET_AS_INSTRUCTION = PY310


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


class ConcreteBytecode(HasInstructions, BaseBytecode, CheckedList):
    """A code object as a list of `ConcreteInstr` and `SetLineno`."""

    #: What `to_bytecode` makes. The module that defines it builds on this one, and says so.
    _objects: ClassVar[Any]

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
        CheckedList.__init__(self, instructions)

    def _check(self, item: Any) -> None:
        if not isinstance(item, (ConcreteInstr, SetLineno)):
            raise ValueError(f"concrete code holds ConcreteInstr and SetLineno, not {type(item).__name__}")

    def _like(self, items: Iterable[Any]) -> ConcreteBytecode:
        new = type(self)(items, consts=self.consts, names=self.names, varnames=self.varnames)
        new.exception_table = list(self.exception_table)
        new._copy_attr_from(self)
        return new

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
        items, rows = _native.bytecode_read_concrete(code, not extended_arg)
        new = ConcreteBytecode(consts=code.co_consts, names=code.co_names, varnames=code.co_varnames)
        new._attributes_of(code)
        new._set_rows(rows)
        list.extend(new, items)
        return new

    def _set_rows(self, rows: list[Any]) -> None:
        self.exception_table = [
            ExceptionTableEntry(start // 2, end // 2 - 1, target // 2, UNSET if depth is None else depth, lasti)
            for start, end, target, depth, lasti in rows
        ]

    def legalize(self) -> None:
        """Sets all lines, and takes `SetLineno` out."""
        list.__setitem__(self, slice(None), legalized(list(self), self.first_lineno)[0])

    def _rows(self) -> list[Any]:
        return [
            (2 * e.start_offset, 2 * e.stop_offset + 2, 2 * e.target, _depth(e.stack_depth), bool(e.push_lasti))
            for e in self.exception_table
        ]

    def compute_stacksize(self, *, check_pre_and_post: bool = True) -> int:
        """The size that the stack must have; raises `RuntimeError` where it would hold less than nothing."""
        return _native.bytecode_flatten(self, self._rows(), None, check_pre_and_post)[1]

    def to_code(
        self,
        stacksize: int | None = None,
        *,
        check_pre_and_post: bool = True,
        compute_exception_stack_depths: bool = True,
        verify: bool | None = None,
    ) -> CodeType:
        """Puts the code object together. See `Bytecode.to_code`."""
        rows = self._rows()
        if compute_exception_stack_depths:
            rows = [(*row[:3], None, row[4]) if row[3] is None else row for row in rows]
        code, size, lines, exceptions = _native.bytecode_flatten(self, rows, stacksize, check_pre_and_post)
        if verify is None and (stacksize is not None or not check_pre_and_post):
            verify = False
        consts = list(self.consts)
        if self.docstring is not UNSET:
            consts[:1] = [self.docstring] if consts else consts[:1]
        tables = (tuple(consts), tuple(self.names), tuple(self.varnames))
        return finished(make_code(self, code, *tables, size, lines, exceptions), verify)

    def to_bytecode(self, prune_caches: bool = True, conserve_exception_block_stackdepth: bool = False) -> Any:
        """The same with objects for arguments and labels for offsets."""
        items = _native.bytecode_from_concrete(self, self._rows(), prune_caches, conserve_exception_block_stackdepth)
        result = self._objects()
        result._copy_attr_from(self)
        result.argnames = list(self.varnames[: parameters(self)])
        list.extend(result, items)
        return result

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


__all__ = ["ConcreteBytecode", "ConcreteInstr", "ExceptionTableEntry"]
