//! What the arguments of instructions stand for.

use lancehead_pyc::Version;

use crate::argument::compare_parts;
use crate::changes::latest;

/// Comparisons, in the order in which `COMPARE_OP` numbers them; those from `in` on up to 3.8 only.
pub const COMPARE_OPS: [&str; 12] =
    ["<", "<=", "==", "!=", ">", ">=", "in", "not in", "is", "is not", "exception match", "BAD"];

/// The operator of a `COMPARE_OP`, and whether its result is converted to `bool` (3.13 and later).
///
/// The argument is the operator's number up to 3.11; since, it stands above four bits (3.12) or five (3.13) of
/// information for the specialising interpreter.
pub fn compare_op(version: Version, arg: u32) -> Option<(&'static str, bool)> {
    let (operator, to_bool) = compare_parts(version, arg);
    let operator = known(&COMPARE_COUNT, version, &COMPARE_OPS).get(operator as usize)?;
    Some((operator, to_bool))
}

/// How many of a list a version has, by the minor number of the first version.
type Count = [(u8, usize)];

/// `in` and `not in`, `is` and `is not` have instructions of their own since 3.9.
const COMPARE_COUNT: [(u8, usize); 2] = [(0, 12), (9, 6)];
const BINARY_COUNT: [(u8, usize); 2] = [(11, 26), (14, 27)];
const INTRINSIC_1_COUNT: [(u8, usize); 1] = [(12, 12)];
const INTRINSIC_2_COUNT: [(u8, usize); 2] = [(12, 5), (13, 6)];
const COMMON_CONSTANT_COUNT: [(u8, usize); 2] = [(14, 5), (15, 12)];

/// The part of `list` that `version` has.
fn known<'a, T>(count: &Count, version: Version, list: &'a [T]) -> &'a [T] {
    &list[..latest(count, version.minor()).unwrap_or(0)]
}

/// Binary operations, in the order in which `BINARY_OP` numbers them: CPython's name and the operator.
pub const BINARY_OPS: [(&str, &str); 27] = [
    ("NB_ADD", "+"),
    ("NB_AND", "&"),
    ("NB_FLOOR_DIVIDE", "//"),
    ("NB_LSHIFT", "<<"),
    ("NB_MATRIX_MULTIPLY", "@"),
    ("NB_MULTIPLY", "*"),
    ("NB_REMAINDER", "%"),
    ("NB_OR", "|"),
    ("NB_POWER", "**"),
    ("NB_RSHIFT", ">>"),
    ("NB_SUBTRACT", "-"),
    ("NB_TRUE_DIVIDE", "/"),
    ("NB_XOR", "^"),
    ("NB_INPLACE_ADD", "+="),
    ("NB_INPLACE_AND", "&="),
    ("NB_INPLACE_FLOOR_DIVIDE", "//="),
    ("NB_INPLACE_LSHIFT", "<<="),
    ("NB_INPLACE_MATRIX_MULTIPLY", "@="),
    ("NB_INPLACE_MULTIPLY", "*="),
    ("NB_INPLACE_REMAINDER", "%="),
    ("NB_INPLACE_OR", "|="),
    ("NB_INPLACE_POWER", "**="),
    ("NB_INPLACE_RSHIFT", ">>="),
    ("NB_INPLACE_SUBTRACT", "-="),
    ("NB_INPLACE_TRUE_DIVIDE", "/="),
    ("NB_INPLACE_XOR", "^="),
    ("NB_SUBSCR", "[]"),
];

/// The operator of a `BINARY_OP`; `[]` (subscription) since 3.14.
pub fn binary_op(version: Version, arg: u32) -> Option<&'static str> {
    known(&BINARY_COUNT, version, &BINARY_OPS).get(arg as usize).map(|&(_, operator)| operator)
}

/// What `CALL_INTRINSIC_1` numbers.
pub const INTRINSICS_1: [&str; 12] = [
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

/// What `CALL_INTRINSIC_2` numbers; the last one since 3.13.
pub const INTRINSICS_2: [&str; 6] = [
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

/// CPython's name of the function that `CALL_INTRINSIC_1` calls.
pub fn intrinsic_1(version: Version, arg: u32) -> Option<&'static str> {
    known(&INTRINSIC_1_COUNT, version, &INTRINSICS_1).get(arg as usize).copied()
}

/// CPython's name of the function that `CALL_INTRINSIC_2` calls.
pub fn intrinsic_2(version: Version, arg: u32) -> Option<&'static str> {
    known(&INTRINSIC_2_COUNT, version, &INTRINSICS_2).get(arg as usize).copied()
}

/// What `LOAD_COMMON_CONSTANT` numbers, as Python expressions; those from `list` on since 3.15.
pub const COMMON_CONSTANTS: [&str; 12] = [
    "AssertionError",
    "NotImplementedError",
    "tuple",
    "all",
    "any",
    "list",
    "set",
    "None",
    "''",
    "True",
    "False",
    "-1",
];

/// The constant that `LOAD_COMMON_CONSTANT` loads, as a Python expression.
pub fn common_constant(version: Version, arg: u32) -> Option<&'static str> {
    known(&COMMON_CONSTANT_COUNT, version, &COMMON_CONSTANTS).get(arg as usize).copied()
}

/// What `LOAD_SPECIAL` numbers.
pub const SPECIAL_METHODS: [&str; 4] = ["__enter__", "__exit__", "__aenter__", "__aexit__"];

/// What the bits of `MAKE_FUNCTION` (up to 3.12) and `SET_FUNCTION_ATTRIBUTE` attach, from bit 0; the last since 3.14.
pub const FUNCTION_ATTRIBUTES: [&str; 5] = ["defaults", "kwdefaults", "annotations", "closure", "annotate"];

/// What the lower two bits of `FORMAT_VALUE`, and the argument of `CONVERT_VALUE`, apply first.
pub const CONVERSIONS: [&str; 4] = ["", "str", "repr", "ascii"];
