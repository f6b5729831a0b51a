"""What the arguments of instructions number, as enumerations."""

from enum import IntEnum

from .utils import PY312, PY313, PY314, PY315

_COMPARE = {"LT": 0, "LE": 1, "EQ": 2, "NE": 3, "GT": 4, "GE": 5}
if PY313:
    # The result is converted to bool.
    _COMPARE |= {name + "_CAST": value + 16 for name, value in list(_COMPARE.items())}
Compare = IntEnum("Compare", _COMPARE, module=__name__)  # type: ignore[misc]

_OPERATIONS = [
    "ADD",
    "AND",
    "FLOOR_DIVIDE",
    "LSHIFT",
    "MATRIX_MULTIPLY",
    "MULTIPLY",
    "REMAINDER",
    "OR",
    "POWER",
    "RSHIFT",
    "SUBTRACT",
    "TRUE_DIVIDE",
    "XOR",
]
_BINARY = {name: number for number, name in enumerate(_OPERATIONS)}
_BINARY |= {"INPLACE_" + name: number for number, name in enumerate(_OPERATIONS, 13)}
if PY314:
    _BINARY["SUBSCR"] = 26
BinaryOp = IntEnum("BinaryOp", _BINARY, module=__name__)  # type: ignore[misc]


class Intrinsic1Op(IntEnum):
    """What `CALL_INTRINSIC_1` calls."""

    INTRINSIC_1_INVALID = 0
    INTRINSIC_PRINT = 1
    INTRINSIC_IMPORT_STAR = 2
    INTRINSIC_STOPITERATION_ERROR = 3
    INTRINSIC_ASYNC_GEN_WRAP = 4
    INTRINSIC_UNARY_POSITIVE = 5
    INTRINSIC_LIST_TO_TUPLE = 6
    INTRINSIC_TYPEVAR = 7
    INTRINSIC_PARAMSPEC = 8
    INTRINSIC_TYPEVARTUPLE = 9
    INTRINSIC_SUBSCRIPT_GENERIC = 10
    INTRINSIC_TYPEALIAS = 11


class Intrinsic2Op(IntEnum):
    """What `CALL_INTRINSIC_2` calls."""

    INTRINSIC_2_INVALID = 0
    INTRINSIC_PREP_RERAISE_STAR = 1
    INTRINSIC_TYPEVAR_WITH_BOUND = 2
    INTRINSIC_TYPEVAR_WITH_CONSTRAINTS = 3
    INTRINSIC_SET_FUNCTION_TYPE_PARAMS = 4
    INTRINSIC_SET_TYPEPARAM_DEFAULT = 5


class FormatValue(IntEnum):
    """What `CONVERT_VALUE` applies."""

    STR = 1
    REPR = 2
    ASCII = 3


class SpecialMethod(IntEnum):
    """What `LOAD_SPECIAL` loads."""

    ENTER = 0
    EXIT = 1
    AENTER = 2
    AEXIT = 3


_CONSTANTS = {
    "ASSERTION_ERROR": 0,
    "NOT_IMPLEMENTED_ERROR": 1,
    "BUILTIN_TUPLE": 2,
    "BUILTIN_ALL": 3,
    "BUILTIN_ANY": 4,
}
if PY315:
    _CONSTANTS |= {
        "BUILTIN_LIST": 5,
        "BUILTIN_SET": 6,
        "CONSTANT_NONE": 7,
        "CONSTANT_EMPTY_STR": 8,
        "CONSTANT_TRUE": 9,
        "CONSTANT_FALSE": 10,
        "CONSTANT_MINUS_ONE": 11,
    }
CommonConstant = IntEnum("CommonConstant", _CONSTANTS, module=__name__)  # type: ignore[misc]

#: What makes each comparison true for the specialising interpreter, beside its number since 3.12.
_COMPARE_MASKS = (2, 10, 8, 7, 4, 12)


def compare_arg(compare: int) -> int:
    """The argument of `COMPARE_OP` for a comparison."""
    if not PY312:
        return compare
    mask = _COMPARE_MASKS[compare & 15]
    return (compare & 15) << 5 | (compare & 16) | mask if PY313 else compare << 4 | mask


def compare_of(arg: int) -> IntEnum:
    """The comparison that an argument of `COMPARE_OP` stands for."""
    if PY313:
        return Compare((arg >> 5) | (arg & 16))
    return Compare(arg >> 4 if PY312 else arg)
