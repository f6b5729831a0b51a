"""Code with objects for arguments and labels for places."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType
from typing import Any

from lancehead import _native

from ._base import BaseBytecode, CheckedList, finished, legalized, make_code, parameters, parts_of
from .concrete import ConcreteBytecode
from .flags import CompilerFlags, HasInstructions, infer_flags  # noqa: F401
from .instr import UNSET, BaseInstr, Instr, Label, SetLineno, TryBegin, TryEnd  # noqa: F401
from .utils import PY310, PY311, PY313  # noqa: F401

#: How often jumps are measured before it is given up.
PASSES = 10


class Bytecode(HasInstructions, BaseBytecode, CheckedList):
    """A code object as a list of `Instr`, `Label`, `SetLineno`, `TryBegin` and `TryEnd`."""

    #: The code that this came from: what is not changed keeps its place, and its depths.
    _known: Any = None

    def __init__(self, instructions: Iterable[Any] = ()) -> None:
        BaseBytecode.__init__(self)
        self.argnames: list[str] = []
        CheckedList.__init__(self, instructions)

    def _check(self, item: Any) -> None:
        if not isinstance(item, (Instr, Label, SetLineno, TryBegin, TryEnd)):
            raise ValueError(f"Bytecode cannot hold {type(item).__name__}")

    def _like(self, items: Iterable[Any]) -> Bytecode:
        new = Bytecode(items)
        new._copy_attr_from(self)
        new.argnames = list(self.argnames)
        new._known = self._known
        return new

    def _get_instructions(self) -> list[Any]:
        return [item for item in self if isinstance(item, Instr)]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Bytecode) and (self._key(), self.argnames) != (other._key(), other.argnames):
            return False
        return isinstance(other, list) and comparable(self) == comparable(other)

    __hash__ = None  # type: ignore[assignment]

    __repr__ = list.__repr__

    @staticmethod
    def from_code(
        code: CodeType, prune_caches: bool = True, conserve_exception_block_stackdepth: bool = False
    ) -> Bytecode:
        """Takes a code object apart.

        `prune_caches` leaves `CACHE` out; `conserve_exception_block_stackdepth` keeps the depths of handlers.
        Raises `TypeError` for anything but a code object, `ValueError` for bytecode that is malformed.
        """
        items, origin = _native.bytecode_read(code, prune_caches, conserve_exception_block_stackdepth)
        new = list.__new__(Bytecode)
        list.extend(new, items)
        new._attributes_of(code)
        new._known = origin
        new.argnames = list(code.co_varnames[: parameters(new)])
        return new

    def legalize(self) -> None:
        """Sets all lines, and takes `SetLineno` out."""
        list.__setitem__(self, slice(None), legalized(list(self), self.first_lineno)[0])

    def to_concrete_bytecode(
        self, compute_jumps_passes: int | None = None, compute_exception_stack_depths: bool = True
    ) -> ConcreteBytecode:
        """The same with numbers for arguments.

        Raises `RuntimeError` when jumps are not settled after `compute_jumps_passes`, `ValueError` for code that cannot
        be put together.
        """
        passes = PASSES if compute_jumps_passes is None else compute_jumps_passes
        made = _native.bytecode_to_concrete(self, self._known, passes, compute_exception_stack_depths)
        items, consts, names, varnames, rows = made
        result = ConcreteBytecode(consts=consts, names=names, varnames=varnames)
        result._copy_attr_from(self)
        result._set_rows(rows)
        list.extend(result, items)
        return result

    def compute_stacksize(self, *, check_pre_and_post: bool = True) -> int:
        """The size that the stack must have; raises `RuntimeError` where it would hold less than nothing."""
        return self.to_concrete_bytecode().compute_stacksize(check_pre_and_post=check_pre_and_post)

    def to_code(
        self,
        compute_jumps_passes: int | None = None,
        stacksize: int | None = None,
        *,
        check_pre_and_post: bool = True,
        compute_exception_stack_depths: bool = True,
        verify: bool | None = None,
    ) -> CodeType:
        """Puts the code object together.

        `stacksize` is taken as it is; `check_pre_and_post` off lets instructions take more than the stack holds;
        `compute_exception_stack_depths` off takes the depths of handlers from their `TryBegin`. `verify` says whether
        the result is checked; by default it is, unless one of the others asks for what could not pass, or
        `set_verification` says otherwise.
        """
        passes = PASSES if compute_jumps_passes is None else compute_jumps_passes
        parts = _native.bytecode_assemble(
            self, self._known, passes, stacksize, check_pre_and_post, compute_exception_stack_depths
        )
        if parts is None:
            code = self._known.code
            if self._is_as(code):
                return code
            parts = parts_of(code)
        if verify is None and (stacksize is not None or not check_pre_and_post):
            verify = False
        return finished(make_code(self, *parts), verify)


ConcreteBytecode._objects = Bytecode


def comparable(items: Iterable[Any], blocks: dict[int, int] | None = None) -> list[Any]:
    """`items` with numbers for labels and regions, which are known by identity, and with the places of `blocks`."""
    numbers: dict[int, int] = {}

    def number(of: Any) -> int:
        if blocks is not None and not isinstance(of, TryBegin):
            return blocks.get(id(of), -1)
        return numbers.setdefault(id(of), len(numbers))

    result: list[Any] = []
    for item in list(items):
        if isinstance(item, Label):
            result.append(("label", number(item)))
        elif isinstance(item, TryBegin):
            result.append(("begin", number(item), number(item.target), item.push_lasti, repr(item.stack_depth)))
        elif isinstance(item, TryEnd):
            result.append(("end", number(item.entry)))
        elif isinstance(item, Instr) and item.has_jump():
            result.append((item.opcode, number(item.arg), item.location))
        else:
            result.append(item)
    return result
