"""Instructions, and what stands between them."""

from __future__ import annotations

import dis
import opcode as _opcode
from types import CodeType
from typing import Any, Final, NamedTuple

from lancehead import _native

from ._enums import (
    BinaryOp,
    CommonConstant,
    Compare,
    FormatValue,
    Intrinsic1Op,
    Intrinsic2Op,
    SpecialMethod,
    compare_arg,
    compare_of,
)
from .utils import MINOR

MAX_ARG: Final[int] = 2**31 - 1


class _UNSET(int):
    """The type of `UNSET`."""

    instance: _UNSET | None = None

    def __new__(cls) -> _UNSET:
        if cls.instance is None:
            cls.instance = super().__new__(cls)
        return cls.instance

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = int.__hash__

    def __repr__(self) -> str:
        return "<UNSET>"


#: No value was given, which is not the same as `None`.
UNSET: Final = _UNSET()


class Fact(NamedTuple):
    """What the running version knows of an opcode."""

    number: int
    name: str
    kind: str
    caches: int
    flow: str


FACTS: Final[dict[int, Fact]] = {row[0]: Fact(*row) for row in _native.bytecode_facts(MINOR)}
BY_NAME: Final[dict[str, Fact]] = {fact.name: fact for fact in FACTS.values()}


def _of_kind(*kinds: str) -> set[int]:
    return {number for number, fact in FACTS.items() if fact.kind in kinds}


FORWARD: Final = "JumpForward"
BACKWARD: Final = ("JumpBackward", "LoopSource")
JUMPS: Final = (FORWARD, *BACKWARD, "JumpAbsolute")
BITFLAG_OPCODES: Final = _of_kind("NameAndNull", "NameAndMethod")
BITFLAG2_OPCODES: Final = _of_kind("SuperName", "LazyName")
BINARY_OPS: Final = _of_kind("BinaryOp")
INTRINSIC_1OP: Final = _of_kind("Intrinsic1")
INTRINSIC_2OP: Final = _of_kind("Intrinsic2")
INTRINSIC: Final = INTRINSIC_1OP | INTRINSIC_2OP
COMMON_CONSTANT_OPS: Final = _of_kind("CommonConstant")
SPECIAL_OPS: Final = _of_kind("SpecialMethod")
FORMAT_VALUE_OPS: Final = _of_kind("Conversion")
DUAL_ARG_OPCODES: Final = _of_kind("LocalPair")
SMALL_INT_OPS: Final = {number for number, fact in FACTS.items() if fact.name == "LOAD_SMALL_INT"}
EXTENDED_ARG: Final = _opcode.EXTENDED_ARG
_ENUMS: Final[dict[str, Any]] = {
    "Compare": Compare,
    "Intrinsic1": Intrinsic1Op,
    "Intrinsic2": Intrinsic2Op,
    "CommonConstant": CommonConstant,
    "SpecialMethod": SpecialMethod,
}
_LENIENT: Final[dict[str, Any]] = {"BinaryOp": BinaryOp, "Conversion": FormatValue}
_NAME_FLAGS: Final = {"NameAndNull": 1, "NameAndMethod": 1, "SuperName": 2, "LazyName": 2}


def opcode_has_argument(opcode: int) -> bool:
    """Whether an opcode takes an argument."""
    if MINOR >= 13:
        return opcode in dis.hasarg
    return opcode >= dis.HAVE_ARGUMENT


class Label:
    """A place that jumps lead to. Known by identity."""

    __slots__ = ()


class _Variable:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.name == other.name  # type: ignore[attr-defined]

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


class CellVar(_Variable):
    """A variable that inner functions use too."""

    __slots__ = ()


class FreeVar(_Variable):
    """A variable of an outer function."""

    __slots__ = ()


def check_lineno(lineno: object, least: int = 0) -> None:
    """Raises `TypeError` or `ValueError` for what is no line number."""
    if not isinstance(lineno, int):
        raise TypeError(f"a line number is an int, not {type(lineno).__name__}")
    if lineno < least:
        raise ValueError(f"line numbers begin at {least}")


class SetLineno:
    """Sets the line of the instructions behind it."""

    __slots__ = ("_lineno",)

    def __init__(self, lineno: int) -> None:
        check_lineno(lineno)
        self._lineno = lineno

    @property
    def lineno(self) -> int:
        """The line."""
        return self._lineno

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SetLineno) and self._lineno == other._lineno

    def __hash__(self) -> int:
        return hash(("SetLineno", self._lineno))

    def __repr__(self) -> str:
        return f"SetLineno({self._lineno})"


class InstrLocation:
    """A span of source. Values that are not known are `None`."""

    __slots__ = ("col_offset", "end_col_offset", "end_lineno", "lineno")

    def __init__(
        self, lineno: int | None, end_lineno: int | None, col_offset: int | None, end_col_offset: int | None
    ) -> None:
        for line in (lineno, end_lineno):
            if line is not None:
                check_lineno(line)
        if end_lineno is not None and lineno is None:
            raise ValueError("End lineno specified with no lineno")
        if end_lineno is not None and end_lineno < lineno:  # type: ignore[operator]
            raise ValueError(f"End lineno {end_lineno} cannot be smaller than lineno {lineno}")
        if col_offset is not None or end_col_offset is not None:
            if lineno is None or end_lineno is None:
                raise ValueError("columns are given, but lineno information are incomplete")
            if col_offset is None:
                raise ValueError(f"End column offset {end_col_offset} specified with no column offset")
            if end_col_offset is None:
                raise ValueError("No end column offset was specified")
            if lineno == end_lineno and end_col_offset < col_offset:
                raise ValueError(f"End column offset {end_col_offset} cannot be smaller than column offset {col_offset}")
        for field, value in zip(
            ("lineno", "end_lineno", "col_offset", "end_col_offset"), (lineno, end_lineno, col_offset, end_col_offset)
        ):
            object.__setattr__(self, field, value)

    @classmethod
    def from_positions(cls, position: Any) -> InstrLocation:
        """From a `dis.Positions`."""
        return cls(position.lineno, position.end_lineno, position.col_offset, position.end_col_offset)

    def _key(self) -> tuple[int | None, ...]:
        return (self.lineno, self.end_lineno, self.col_offset, self.end_col_offset)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot assign to field {name!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InstrLocation) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return "InstrLocation(lineno={}, end_lineno={}, col_offset={}, end_col_offset={})".format(*self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        return (InstrLocation, self._key())

    def __copy__(self) -> InstrLocation:
        return self

    def __deepcopy__(self, memo: object) -> InstrLocation:
        return self


class TryBegin:
    """Begins a region whose exceptions go to `target`."""

    __slots__ = ("_origin", "push_lasti", "stack_depth", "target")

    def __init__(self, target: Any, push_lasti: bool, stack_depth: int = UNSET) -> None:
        self.target = target
        self.push_lasti = push_lasti
        self.stack_depth = stack_depth
        self._origin: object = self

    def copy(self) -> TryBegin:
        """Another one with the same target."""
        return TryBegin(self.target, self.push_lasti, self.stack_depth)


class TryEnd:
    """Ends the region that `entry` began."""

    __slots__ = ("entry",)

    def __init__(self, entry: TryBegin) -> None:
        self.entry = entry

    def copy(self) -> TryEnd:
        """Another one for the same region."""
        return TryEnd(self.entry)


def const_key(value: Any) -> Any:
    """Equal for constants that may stand for each other: of one type, and equal to the sign of zeros."""
    kind = type(value)
    if kind in (float, complex):
        return (kind, repr(value))
    if kind is tuple:
        return (kind, tuple(const_key(item) for item in value))
    if kind is frozenset:
        return (kind, frozenset(const_key(item) for item in value))
    if kind is slice:
        return (kind, const_key((value.start, value.stop, value.step)))
    if kind in (int, str, bytes, bool, type(None), type(...)):
        return (kind, value)
    if kind is CodeType:
        try:
            hash(value)
        except TypeError:
            return (kind, id(value))
        return (kind, value)
    return (kind, id(value))


def _check_name_arg(name: str, kind: str, arg: Any) -> None:
    flags = _NAME_FLAGS[kind]
    is_tuple = isinstance(arg, tuple) and len(arg) == flags + 1
    if not is_tuple or not all(isinstance(bit, bool) for bit in arg[:-1]) or not isinstance(arg[-1], str):
        raise TypeError(f"{name} takes ({'bool, ' * flags}str), not {arg!r}")


def check_int_arg(name: str, arg: Any) -> None:
    """Raises `TypeError` or `ValueError` for what is no plain argument."""
    if not isinstance(arg, int):
        raise TypeError(f"{name} takes an int, not {type(arg).__name__}")
    if not 0 <= arg <= MAX_ARG:
        raise ValueError(f"the argument of {name} must be in the range 0..{MAX_ARG}")


class BaseInstr:
    """What `Instr` and `ConcreteInstr` share."""

    __slots__ = ("_arg", "_extended", "_location", "_opcode")
    _arg: Any
    _opcode: int
    _location: InstrLocation | None

    def __init__(
        self, name: str, arg: Any = UNSET, *, lineno: int | None = UNSET, location: InstrLocation | None = None
    ) -> None:
        self._extended = 0
        if location is not None and lineno is not UNSET and lineno is not None:
            raise ValueError("give either lineno or location")
        self._location = location
        if location is None and lineno is not UNSET:
            if lineno is not None:
                check_lineno(lineno)
            self._location = InstrLocation(lineno, None, None, None)
        self._set(name, arg)

    def _check_arg(self, name: str, opcode: int, arg: Any) -> None:
        raise NotImplementedError

    def _set(self, name: str, arg: Any) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of an operation is a str, not {type(name).__name__}")
        try:
            number = _opcode.opmap[name]
        except KeyError:
            raise ValueError(f"there is no operation {name!r}") from None
        self._check_arg(name, number, arg)
        self._opcode = number
        self._arg = arg

    def set(self, name: str, arg: Any = UNSET) -> None:
        """Changes operation and argument."""
        self._set(name, arg)

    @property
    def name(self) -> str:
        """The operation."""
        return _opcode.opname[self._opcode]

    @name.setter
    def name(self, name: str) -> None:
        self._set(name, self._arg)

    @property
    def opcode(self) -> int:
        """The operation's number."""
        return self._opcode

    @opcode.setter
    def opcode(self, number: int) -> None:
        if not isinstance(number, int):
            raise TypeError(f"an opcode is an int, not {type(number).__name__}")
        if not 0 <= number <= 255 or _opcode.opname[number] == f"<{number}>":
            raise ValueError(f"there is no opcode {number}")
        self._set(_opcode.opname[number], self._arg)

    @property
    def arg(self) -> Any:
        """The argument, `UNSET` if there is none."""
        return self._arg

    @arg.setter
    def arg(self, arg: Any) -> None:
        self._set(self.name, arg)

    @property
    def lineno(self) -> Any:
        """The line, `None` if there is none, `UNSET` if that of the instruction before holds."""
        return UNSET if self._location is None else self._location.lineno

    @lineno.setter
    def lineno(self, lineno: int | None) -> None:
        location = self._location
        if location is not None and (location.end_lineno, location.col_offset) != (None, None):
            raise RuntimeError("the instruction has a full location: set that")
        if lineno is not None and lineno is not UNSET:
            check_lineno(lineno)
        self._location = None if lineno is UNSET else InstrLocation(lineno, None, None, None)

    @property
    def location(self) -> InstrLocation | None:
        """The span of source, `None` if that of the instruction before holds."""
        return self._location

    @location.setter
    def location(self, location: InstrLocation | None) -> None:
        if location is not None and not isinstance(location, InstrLocation):
            raise TypeError(f"a location is an InstrLocation, not {type(location).__name__}")
        self._location = location

    def copy(self) -> Any:
        """Another one like it."""
        new = object.__new__(type(self))
        new._arg, new._extended, new._location, new._opcode = self._arg, self._extended, self._location, self._opcode
        return new

    def _fact(self) -> Fact:
        return FACTS.get(self._opcode) or Fact(self._opcode, self.name, "Integer", 0, "Next")

    def require_arg(self) -> bool:
        """Whether it takes an argument."""
        return opcode_has_argument(self._opcode)

    def has_jump(self) -> bool:
        """Whether its argument is a place in the code."""
        return self._fact().kind in JUMPS

    def has_free(self) -> bool:
        """Whether it is about a cell or free variable."""
        return self._fact().kind == "Deref"

    def is_cond_jump(self) -> bool:
        """Whether it jumps or goes on, depending on a value."""
        return "JUMP_" in self.name and self._fact().flow == "Branch"

    def is_uncond_jump(self) -> bool:
        """Whether it always jumps."""
        return self._fact().flow == "Jump"

    def is_abs_jump(self) -> bool:
        """Whether its argument counts from the beginning."""
        return self._fact().kind == "JumpAbsolute"

    def is_forward_rel_jump(self) -> bool:
        """Whether its argument counts forwards."""
        return self._fact().kind == FORWARD

    def is_backward_rel_jump(self) -> bool:
        """Whether its argument counts backwards."""
        return self._fact().kind in BACKWARD

    def is_final(self) -> bool:
        """Whether control never goes on behind it."""
        return self._fact().flow in ("Jump", "Return", "Raise", "BreakLoop")

    def _stack_arg(self) -> int | None:
        if not self.require_arg():
            return None
        fact, arg = self._fact(), self._arg
        if fact.kind in _NAME_FLAGS and isinstance(arg, tuple):
            return int(arg[0])
        return int(arg) if isinstance(arg, int) and fact.kind != "Const" and 0 <= arg <= MAX_ARG else 0

    def stack_effect(self, jump: bool | None = None) -> int:
        """By how much the stack grows, as `dis.stack_effect` tells."""
        return dis.stack_effect(self._opcode, self._stack_arg(), jump=jump)

    def pre_and_post_stack_effect(self, jump: bool | None = None) -> tuple[int, int]:
        """How many values it takes off, as a negative number, and how many it puts on."""
        effect = self.stack_effect(jump)
        pops = _native.bytecode_pops(MINOR, self._opcode, self._stack_arg() or 0, bool(jump)) or 0
        return -pops, effect + pops

    def _compare_key(self) -> Any:
        arg = const_key(self._arg) if self._fact().kind == "Const" else self._arg
        return (self._opcode, arg, self._location)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self._compare_key() == other._compare_key()  # type: ignore[attr-defined]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        arg = "" if self._arg is UNSET else f" arg={self._arg!r}"
        return f"<{type(self).__name__} name={self.name!r}{arg} location={self._location!r} lineno={self.lineno}>"


class Instr(BaseInstr):
    """An instruction with objects for arguments."""

    __slots__ = ()

    def _check_arg(self, name: str, opcode: int, arg: Any) -> None:
        if name == "EXTENDED_ARG":
            raise ValueError("only concrete code has EXTENDED_ARG")
        if opcode > 255 or name.startswith("INSTRUMENTED_") or opcode not in FACTS:
            raise ValueError(f"{name} is an instrumented or pseudo opcode")
        if not opcode_has_argument(opcode):
            if arg is not UNSET:
                raise ValueError(f"{name} takes no argument")
            return
        if arg is UNSET:
            raise ValueError(f"{name} needs an argument")
        self._check_kind(name, FACTS[opcode].kind, arg)

    @staticmethod
    def _check_kind(name: str, kind: str, arg: Any) -> None:
        from .cfg import BasicBlock

        if kind == "Const":
            if isinstance(arg, (Label, BasicBlock)):
                raise ValueError(f"the argument of {name} cannot be a {type(arg).__name__}")
            return
        expected: Any = None
        if kind in JUMPS:
            expected = (Label, BasicBlock)
        elif kind == "Deref":
            expected = (CellVar, FreeVar)
        elif kind == "Local":
            expected = (str, CellVar, FreeVar)
        elif kind == "Name":
            expected = str
        elif kind in _ENUMS:
            expected = _ENUMS[kind]
        elif kind in _NAME_FLAGS:
            return _check_name_arg(name, kind, arg)
        elif kind == "LocalPair":
            variables = (str, CellVar, FreeVar)
            if not isinstance(arg, tuple) or len(arg) != 2 or not all(isinstance(item, variables) for item in arg):
                raise TypeError(f"{name} takes two variables, not {arg!r}")
            return
        elif kind in _LENIENT:
            if not isinstance(arg, int):
                raise TypeError(f"{name} takes a {_LENIENT[kind].__name__}, not {type(arg).__name__}")
            _LENIENT[kind](arg)
            return
        if expected is None:
            check_int_arg(name, arg)
            if name == "LOAD_SMALL_INT" and arg > 255:
                raise ValueError("LOAD_SMALL_INT takes at most 255")
        elif not isinstance(arg, expected):
            raise TypeError(f"{name} does not take {type(arg).__name__}")


__all__ = [
    "UNSET",
    "BinaryOp",
    "CellVar",
    "CommonConstant",
    "Compare",
    "FormatValue",
    "FreeVar",
    "Instr",
    "InstrLocation",
    "Intrinsic1Op",
    "Intrinsic2Op",
    "Label",
    "SetLineno",
    "SpecialMethod",
    "TryBegin",
    "TryEnd",
    "compare_arg",
    "compare_of",
    "opcode_has_argument",
]
