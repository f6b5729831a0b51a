"""Instructions, and what stands between them."""

from __future__ import annotations

import dis
import opcode as _opcode
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any, Final, NamedTuple, TypeVar, Union

from lancehead import _native
from lancehead._native import BaseInstr, Instr, InstrLocation

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
from .utils import MINOR, PY310, PY311, PY312, PY313, PY314, PY315  # noqa: F401

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

    def __reduce__(self) -> str:
        return "UNSET"


def _refuse(*_operands: object) -> Any:
    return NotImplemented


# It is a number for type checkers only: who takes it for one finds out.
_NUMERIC = """abs add and bool ceil divmod float floor floordiv ge gt index int invert le lshift lt mod mul ne neg or
    pos pow radd rand rdivmod rfloordiv rlshift rmod rmul ror round rpow rrshift rshift rsub rtruediv rxor sub truediv
    trunc xor"""
for _name in _NUMERIC.split():
    setattr(_UNSET, f"__{_name}__", _refuse)

#: No value was given, which is not the same as `None`.
UNSET: Final = _UNSET()


class Fact(NamedTuple):
    """What the running version knows of an opcode."""

    number: int
    name: str
    kind: str


FACTS: Final[dict[int, Fact]] = {row[0]: Fact(*row) for row in _native.bytecode_facts()}
BY_NAME: Final[dict[str, Fact]] = {fact.name: fact for fact in FACTS.values()}


def _of_kind(*kinds: str) -> set[int]:
    return {n for n, fact in FACTS.items() if fact.kind in kinds and not fact.name.startswith("INSTRUMENTED_")}


def _halves(name: str) -> tuple[str, str]:
    """The operations that one on two variables stands for."""
    cut = max(name.rfind("_LOAD_FAST"), name.rfind("_STORE_FAST"))
    return name[:cut], name[cut + 1 :]


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
DUAL_ARG_OPCODES_SINGLE_OPS: Final[dict[int, tuple[str, str]]] = {
    number: _halves(FACTS[number].name) for number in DUAL_ARG_OPCODES
}
HAS_CONST: Final = _of_kind("Const")
HAS_LOCAL: Final = _of_kind("Local")
HAS_NAME: Final = _of_kind("Name", "NameAndNull", "NameAndMethod", "SuperName", "LazyName")
HAS_FREE: Final = _of_kind("Deref")
HAS_COMPARE: Final = _of_kind("Compare")
HAS_ABSOLUTE_JUMP: Final = _of_kind("JumpAbsolute")
HAS_FORWARD_RELATIVE_JUMP: Final = _of_kind(FORWARD)
HAS_BACKWARD_RELATIVE_JUMP: Final = _of_kind(*BACKWARD)
HAS_JUMP: Final = HAS_ABSOLUTE_JUMP | HAS_FORWARD_RELATIVE_JUMP | HAS_BACKWARD_RELATIVE_JUMP
#: Jumps on which `sys.monitoring` alone makes a difference.
MONITORING_ONLY_JUMP_OPS: Final = _of_kind("LoopSource")
HASJABS: Final = sorted(HAS_ABSOLUTE_JUMP)
HASJREL: Final = sorted(HAS_FORWARD_RELATIVE_JUMP | HAS_BACKWARD_RELATIVE_JUMP)
NOP_OPCODE: Final[int] = _opcode.opmap["NOP"]
CACHE_OPCODE: Final[int] = _opcode.opmap.get("CACHE", 0)
EXTENDEDARG_OPCODE: Final[int] = EXTENDED_ARG
RESUME_OPCODE: Final[int] = _opcode.opmap.get("RESUME", -1)
MIN_INSTRUMENTED_OPCODE: Final[int] = getattr(_opcode, "MIN_INSTRUMENTED_OPCODE", 256)
#: Names that `dis` knows besides: they never stand in bytecode.
_PSEUDO: Final = frozenset(getattr(_opcode, "_pseudo_ops", ()))
_NAME_FLAGS: Final = {"NameAndNull": 1, "NameAndMethod": 1, "SuperName": 2, "LazyName": 2}


def opcode_has_argument(opcode: int) -> bool:
    """Whether an opcode takes an argument."""
    if MINOR >= 13:
        return opcode in dis.hasarg
    return opcode >= dis.HAVE_ARGUMENT


class Target:
    """What a jump may lead to: a label, or the blocks that are built on this module."""

    __slots__ = ()


class Label(Target):
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


class TryBegin:
    """Begins a region whose exceptions go to `target`."""

    __slots__ = ("_depth", "_origin", "push_lasti", "stack_depth", "target")

    def __init__(self, target: Any, push_lasti: bool, stack_depth: int = UNSET) -> None:
        self.target = target
        self.push_lasti = push_lasti
        self.stack_depth = stack_depth
        self._origin: object = self
        #: The depth in the code that it was read from, which holds as long as it fits.
        self._depth: int | None = None

    def copy(self) -> TryBegin:
        """Another one with the same target."""
        new = TryBegin(self.target, self.push_lasti, self.stack_depth)
        new._depth = self._depth
        return new


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


def _check_int_arg(name: str, arg: Any) -> None:
    if not isinstance(arg, int):
        raise TypeError(f"{name} takes an int, not {type(arg).__name__}")
    if not 0 <= arg <= MAX_ARG:
        raise ValueError(f"the argument of {name} must be in the range 0..{MAX_ARG}")
    if name == "LOAD_SMALL_INT" and arg > 255:
        raise ValueError("LOAD_SMALL_INT takes at most 255")


def _classes(kind: str) -> Any:
    """The classes of which an argument must be an instance; `None` if that is not all there is to it."""
    if kind in JUMPS:
        return Target
    if kind == "Deref":
        return (CellVar, FreeVar)
    if kind == "Local":
        return (str, CellVar, FreeVar)
    return str if kind == "Name" else _ENUMS.get(kind)


def _check(name: str, kind: str, arg: Any) -> None:
    """Raises `TypeError` or `ValueError` for what an instruction does not take; an empty `kind` is for no opcode."""
    if not kind:
        known = name in _opcode.opmap or name in _PSEUDO
        raise ValueError(f"{name} is an instrumented or pseudo opcode" if known else f"there is no operation {name!r}")
    if kind == "Const":
        if isinstance(arg, Target):
            raise ValueError(f"the argument of {name} cannot be a {type(arg).__name__}")
        return
    expected = _classes(kind)
    if expected is not None:
        if not isinstance(arg, expected):
            raise TypeError(f"{name} does not take {type(arg).__name__}")
    elif kind in _NAME_FLAGS:
        _check_name_arg(name, kind, arg)
    elif kind == "LocalPair":
        variables = (str, CellVar, FreeVar)
        if not isinstance(arg, tuple) or len(arg) != 2 or not all(isinstance(item, variables) for item in arg):
            raise TypeError(f"{name} takes two variables, not {arg!r}")
    elif kind in _LENIENT:
        if not isinstance(arg, int):
            raise TypeError(f"{name} takes a {_LENIENT[kind].__name__}, not {type(arg).__name__}")
        _LENIENT[kind](arg)
    else:
        _check_int_arg(name, arg)


@lru_cache(maxsize=1024)
def _member(kind: str, number: int) -> Any:
    """The member of an enumeration for the argument of an instruction; the number itself if there is none."""
    try:
        return compare_of(number) if kind == "Compare" else (_ENUMS.get(kind) or _LENIENT[kind])(number)
    except ValueError:
        return number


def _number(kind: str, member: int) -> int:
    """The argument of an instruction for the member of an enumeration."""
    return compare_arg(member) if kind == "Compare" else int(member)


_native.bytecode_setup(
    [number for number in FACTS if opcode_has_argument(number)],
    {
        "UNSET": UNSET,
        "Label": Label,
        "SetLineno": SetLineno,
        "TryBegin": TryBegin,
        "TryEnd": TryEnd,
        "CellVar": CellVar,
        "FreeVar": FreeVar,
        "check": _check,
        "const_key": const_key,
        "member": _member,
        "number": _number,
    },
)

HAS_UNCONDITIONAL_JUMP: Final = {number for number in HAS_JUMP if _native.bytecode_flow(number) == "Jump"}
HAS_CONDITIONAL_JUMP: Final = HAS_JUMP - HAS_UNCONDITIONAL_JUMP - MONITORING_ONLY_JUMP_OPS
#: Control does not go on behind these.
IS_INSTR_FINAL: Final = {number for number in FACTS if _native.bytecode_flow(number) in ("Jump", "Return", "Raise")}
#: Opcodes that take an argument only because `CACHE` may have any.
CACHE_ONLY_ARG_OPCODES: Final[set[int]] = set()
#: Stands for a label that is not known yet.
PLACEHOLDER_LABEL: Final = Label()

T = TypeVar("T", bound="BaseInstr")
A = TypeVar("A", bound=object)
#: What an instruction may have for an argument.
InstrArg = Union[
    int,
    str,
    Label,
    CellVar,
    FreeVar,
    "_cfg.BasicBlock",  # noqa: F821
    Compare,
    FormatValue,
    BinaryOp,
    Intrinsic1Op,
    Intrinsic2Op,
    CommonConstant,
    SpecialMethod,
    tuple[bool, str],
    tuple[bool, bool, str],
    tuple[bool, FormatValue],
    tuple[Union[str, CellVar, FreeVar], Union[str, CellVar, FreeVar]],
]


def _check_arg_int(arg: Any, name: str) -> bool:
    """True; raises `TypeError` or `ValueError` for what is no argument of a concrete instruction."""
    _check_int_arg(name, arg)
    return True


def _check_location(location: int | None, location_name: str, min_value: int) -> None:
    """Raises `TypeError` or `ValueError` for what is no line or column."""
    if location is None:
        return
    if not isinstance(location, int):
        raise TypeError(f"{location_name} must be an int, got {type(location)}")
    if location < min_value:
        raise ValueError(f"invalid {location_name}, must be >= {min_value}")


def _effect(number: int, arg: int | None, jump: bool | None) -> tuple[int, int] | None:
    """How many values an opcode takes and leaves, or None where the interpreter does not say."""
    fact = FACTS[number]
    try:
        return _native.ConcreteInstr(fact.name, *(() if arg is None else (arg,))).pre_and_post_stack_effect(jump)
    except ValueError:
        return None


def _dynamic(number: int) -> Callable[[int, Any, bool | None], tuple[int, int]]:
    def pre_and_post(effect: int, arg: Any, jump: bool | None) -> tuple[int, int]:
        flag = arg[0] if isinstance(arg, tuple) else arg
        known = _effect(number, int(flag) if isinstance(flag, int) else 0, jump)
        pre = known[0] if known else min(effect, 0)
        return pre, effect - pre

    return pre_and_post


def _effects() -> tuple[dict[str, tuple[int, int]], dict[str, Callable[[int, Any, bool | None], tuple[int, int]]]]:
    static, dynamic = {}, {}
    for number, fact in FACTS.items():
        takes = opcode_has_argument(number)
        found = [_effect(number, arg, jump) for arg in ((0, 1, 2, 3) if takes else (None,)) for jump in (False, True)]
        if None in found:
            continue
        if len(set(found)) == 1 and found[0] is not None:
            static[fact.name] = found[0]
        else:
            dynamic[fact.name] = _dynamic(number)
    return static, dynamic


#: By the names of opcodes: how many values they take, as a negative number, and leave.
STATIC_STACK_EFFECTS: Final
#: The same where it depends on the argument or on whether there is a jump: functions of effect, argument and jump.
DYNAMIC_STACK_EFFECTS: Final
STATIC_STACK_EFFECTS, DYNAMIC_STACK_EFFECTS = _effects()

__all__ = [
    "UNSET",
    "BaseInstr",
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
