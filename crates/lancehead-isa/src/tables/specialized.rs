//! The specialised opcodes of 3.11 and later, which the interpreter writes over plain ones while it runs (PEP 659).
//!
//! They never occur in a `.pyc`, but in dumps of live code. Each means what its base means.

use super::opcodes::{ABSENT, number};
use crate::Opcode;

/// One specialised opcode.
pub(crate) struct Specialized {
    pub name: &'static str,
    pub base: Opcode,
    /// By version from 3.11: the number, or [`ABSENT`].
    pub numbers: [u16; 5],
}

macro_rules! specialized {
    ($($name:ident => $base:ident [$($number:tt),*];)*) => {
        &[$(Specialized { name: stringify!($name), base: Opcode::$base, numbers: [$(number!($number)),*] }),*]
    };
}

#[rustfmt::skip]
pub(crate) static SPECIALIZED: &[Specialized] = specialized! {
    //                                                                 3.11 3.12 3.13 3.14 3.15
    BINARY_OP_ADAPTIVE                           => BINARY_OP          [  3,   -,   -,   -,   -];
    BINARY_OP_ADD_FLOAT                          => BINARY_OP          [  4,   6, 150, 129, 129];
    BINARY_OP_ADD_INT                            => BINARY_OP          [  5,   7, 151, 130, 130];
    BINARY_OP_ADD_UNICODE                        => BINARY_OP          [  6,   8, 152, 131, 131];
    BINARY_OP_EXTEND                             => BINARY_OP          [  -,   -,   -, 132, 132];
    BINARY_OP_INPLACE_ADD_UNICODE                => BINARY_OP          [  7,  10,   3,   3,   3];
    BINARY_OP_MULTIPLY_FLOAT                     => BINARY_OP          [  8,  13, 153, 133, 133];
    BINARY_OP_MULTIPLY_INT                       => BINARY_OP          [ 13,  14, 154, 134, 134];
    BINARY_OP_SUBSCR_DICT                        => BINARY_OP          [  -,   -,   -, 135, 135];
    BINARY_OP_SUBSCR_GETITEM                     => BINARY_OP          [  -,   -,   -, 136, 136];
    BINARY_OP_SUBSCR_LIST_INT                    => BINARY_OP          [  -,   -,   -, 137, 137];
    BINARY_OP_SUBSCR_LIST_SLICE                  => BINARY_OP          [  -,   -,   -, 138, 138];
    BINARY_OP_SUBSCR_STR_INT                     => BINARY_OP          [  -,   -,   -, 139, 139];
    BINARY_OP_SUBSCR_TUPLE_INT                   => BINARY_OP          [  -,   -,   -, 140, 140];
    BINARY_OP_SUBSCR_USTR_INT                    => BINARY_OP          [  -,   -,   -,   -, 141];
    BINARY_OP_SUBTRACT_FLOAT                     => BINARY_OP          [ 14,  16, 155, 141, 142];
    BINARY_OP_SUBTRACT_INT                       => BINARY_OP          [ 16,  18, 156, 142, 143];
    BINARY_SUBSCR_ADAPTIVE                       => BINARY_SUBSCR      [ 17,   -,   -,   -,   -];
    BINARY_SUBSCR_DICT                           => BINARY_SUBSCR      [ 18,  19, 157,   -,   -];
    BINARY_SUBSCR_GETITEM                        => BINARY_SUBSCR      [ 19,  20, 158,   -,   -];
    BINARY_SUBSCR_LIST_INT                       => BINARY_SUBSCR      [ 20,  21, 159,   -,   -];
    BINARY_SUBSCR_STR_INT                        => BINARY_SUBSCR      [  -,   -, 160,   -,   -];
    BINARY_SUBSCR_TUPLE_INT                      => BINARY_SUBSCR      [ 21,  22, 161,   -,   -];
    CALL_ADAPTIVE                                => CALL               [ 22,   -,   -,   -,   -];
    CALL_ALLOC_AND_ENTER_INIT                    => CALL               [  -,   -, 162, 143, 144];
    CALL_BOUND_METHOD_EXACT_ARGS                 => CALL               [  -,  28, 163, 144, 145];
    CALL_BOUND_METHOD_GENERAL                    => CALL               [  -,   -, 164, 145, 146];
    CALL_BUILTIN_CLASS                           => CALL               [  -,  29, 165, 146, 147];
    CALL_BUILTIN_FAST                            => CALL               [  -,   -, 166, 147, 148];
    CALL_BUILTIN_FAST_WITH_KEYWORDS              => CALL               [  -,  34, 167, 148, 149];
    CALL_BUILTIN_O                               => CALL               [  -,   -, 168, 149, 150];
    CALL_ISINSTANCE                              => CALL               [  -,   -, 169, 150, 153];
    CALL_LEN                                     => CALL               [  -,   -, 170, 154, 157];
    CALL_LIST_APPEND                             => CALL               [  -,   -, 171, 155, 158];
    CALL_METHOD_DESCRIPTOR_FAST                  => CALL               [  -,   -, 172, 156, 159];
    CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS    => CALL               [  -,  38, 173, 157, 160];
    CALL_METHOD_DESCRIPTOR_NOARGS                => CALL               [  -,   -, 174, 158, 161];
    CALL_METHOD_DESCRIPTOR_O                     => CALL               [  -,   -, 175, 159, 162];
    CALL_NON_PY_GENERAL                          => CALL               [  -,   -, 176, 160, 163];
    CALL_NO_KW_BUILTIN_FAST                      => CALL               [  -,  39,   -,   -,   -];
    CALL_NO_KW_BUILTIN_O                         => CALL               [  -,  40,   -,   -,   -];
    CALL_NO_KW_ISINSTANCE                        => CALL               [  -,  41,   -,   -,   -];
    CALL_NO_KW_LEN                               => CALL               [  -,  42,   -,   -,   -];
    CALL_NO_KW_LIST_APPEND                       => CALL               [  -,  43,   -,   -,   -];
    CALL_NO_KW_METHOD_DESCRIPTOR_FAST            => CALL               [  -,  44,   -,   -,   -];
    CALL_NO_KW_METHOD_DESCRIPTOR_NOARGS          => CALL               [  -,  45,   -,   -,   -];
    CALL_NO_KW_METHOD_DESCRIPTOR_O               => CALL               [  -,  46,   -,   -,   -];
    CALL_NO_KW_STR_1                             => CALL               [  -,  47,   -,   -,   -];
    CALL_NO_KW_TUPLE_1                           => CALL               [  -,  48,   -,   -,   -];
    CALL_NO_KW_TYPE_1                            => CALL               [  -,  56,   -,   -,   -];
    CALL_PY_EXACT_ARGS                           => CALL               [ 23,  23, 177, 161, 164];
    CALL_PY_GENERAL                              => CALL               [  -,   -, 178, 162, 165];
    CALL_PY_WITH_DEFAULTS                        => CALL               [ 24,  24,   -,   -,   -];
    CALL_STR_1                                   => CALL               [  -,   -, 179, 163, 166];
    CALL_TUPLE_1                                 => CALL               [  -,   -, 180, 164, 167];
    CALL_TYPE_1                                  => CALL               [  -,   -, 181, 165, 168];
    CALL_EX_NON_PY_GENERAL                       => CALL_FUNCTION_EX   [  -,   -,   -,   -, 151];
    CALL_EX_PY                                   => CALL_FUNCTION_EX   [  -,   -,   -,   -, 152];
    CALL_KW_BOUND_METHOD                         => CALL_KW            [  -,   -,   -, 151, 154];
    CALL_KW_NON_PY                               => CALL_KW            [  -,   -,   -, 152, 155];
    CALL_KW_PY                                   => CALL_KW            [  -,   -,   -, 153, 156];
    COMPARE_OP_ADAPTIVE                          => COMPARE_OP         [ 26,   -,   -,   -,   -];
    COMPARE_OP_FLOAT                             => COMPARE_OP         [  -,  57, 182, 166, 169];
    COMPARE_OP_FLOAT_JUMP                        => COMPARE_OP         [ 27,   -,   -,   -,   -];
    COMPARE_OP_INT                               => COMPARE_OP         [  -,  58, 183, 167, 170];
    COMPARE_OP_INT_JUMP                          => COMPARE_OP         [ 28,   -,   -,   -,   -];
    COMPARE_OP_STR                               => COMPARE_OP         [  -,  59, 184, 168, 171];
    COMPARE_OP_STR_JUMP                          => COMPARE_OP         [ 29,   -,   -,   -,   -];
    CONTAINS_OP_DICT                             => CONTAINS_OP        [  -,   -, 185, 169, 172];
    CONTAINS_OP_SET                              => CONTAINS_OP        [  -,   -, 186, 170, 173];
    EXTENDED_ARG_QUICK                           => EXTENDED_ARG       [ 34,   -,   -,   -,   -];
    FOR_ITER_GEN                                 => FOR_ITER           [  -,  65, 187, 171, 174];
    FOR_ITER_LIST                                => FOR_ITER           [  -,  62, 188, 172, 175];
    FOR_ITER_RANGE                               => FOR_ITER           [  -,  64, 189, 173, 176];
    FOR_ITER_TUPLE                               => FOR_ITER           [  -,  63, 190, 174, 177];
    FOR_ITER_VIRTUAL                             => FOR_ITER           [  -,   -,   -,   -, 178];
    GET_ITER_SELF                                => GET_ITER           [  -,   -,   -,   -, 179];
    GET_ITER_VIRTUAL                             => GET_ITER           [  -,   -,   -,   -, 180];
    JUMP_BACKWARD_JIT                            => JUMP_BACKWARD      [  -,   -,   -, 175, 181];
    JUMP_BACKWARD_NO_JIT                         => JUMP_BACKWARD      [  -,   -,   -, 176, 182];
    JUMP_BACKWARD_QUICK                          => JUMP_BACKWARD      [ 38,   -,   -,   -,   -];
    LOAD_ATTR_ADAPTIVE                           => LOAD_ATTR          [ 39,   -,   -,   -,   -];
    LOAD_ATTR_CLASS                              => LOAD_ATTR          [  -,  70, 191, 177, 183];
    LOAD_ATTR_CLASS_WITH_METACLASS_CHECK         => LOAD_ATTR          [  -,   -,   -, 178, 184];
    LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN            => LOAD_ATTR          [  -,  72, 192, 179, 185];
    LOAD_ATTR_INSTANCE_VALUE                     => LOAD_ATTR          [ 40,  73, 193, 180, 186];
    LOAD_ATTR_METHOD_LAZY_DICT                   => LOAD_ATTR          [  -,  80, 194, 181, 187];
    LOAD_ATTR_METHOD_NO_DICT                     => LOAD_ATTR          [  -,  81, 195, 182, 188];
    LOAD_ATTR_METHOD_WITH_VALUES                 => LOAD_ATTR          [  -,  82, 196, 183, 189];
    LOAD_ATTR_MODULE                             => LOAD_ATTR          [ 41,  76, 197, 184, 190];
    LOAD_ATTR_NONDESCRIPTOR_NO_DICT              => LOAD_ATTR          [  -,   -, 198, 185, 191];
    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES          => LOAD_ATTR          [  -,   -, 199, 186, 192];
    LOAD_ATTR_PROPERTY                           => LOAD_ATTR          [  -,  77, 200, 187, 193];
    LOAD_ATTR_SLOT                               => LOAD_ATTR          [ 42,  78, 201, 188, 194];
    LOAD_ATTR_WITH_HINT                          => LOAD_ATTR          [ 43,  79, 202, 189, 195];
    LOAD_CONST_IMMORTAL                          => LOAD_CONST         [  -,   -,   -, 190,   -];
    LOAD_CONST_MORTAL                            => LOAD_CONST         [  -,   -,   -, 191,   -];
    LOAD_CONST__LOAD_FAST                        => LOAD_CONST         [ 44,  84,   -,   -,   -];
    LOAD_FAST__LOAD_CONST                        => LOAD_FAST          [ 45,  86,   -,   -,   -];
    LOAD_FAST__LOAD_FAST                         => LOAD_FAST          [ 46,  88,   -,   -,   -];
    LOAD_GLOBAL_ADAPTIVE                         => LOAD_GLOBAL        [ 47,   -,   -,   -,   -];
    LOAD_GLOBAL_BUILTIN                          => LOAD_GLOBAL        [ 48, 111, 203, 192, 196];
    LOAD_GLOBAL_MODULE                           => LOAD_GLOBAL        [ 55, 112, 204, 193, 197];
    LOAD_METHOD_ADAPTIVE                         => LOAD_METHOD        [ 56,   -,   -,   -,   -];
    LOAD_METHOD_CLASS                            => LOAD_METHOD        [ 57,   -,   -,   -,   -];
    LOAD_METHOD_MODULE                           => LOAD_METHOD        [ 58,   -,   -,   -,   -];
    LOAD_METHOD_NO_DICT                          => LOAD_METHOD        [ 59,   -,   -,   -,   -];
    LOAD_METHOD_WITH_DICT                        => LOAD_METHOD        [ 62,   -,   -,   -,   -];
    LOAD_METHOD_WITH_VALUES                      => LOAD_METHOD        [ 63,   -,   -,   -,   -];
    LOAD_SUPER_ATTR_ATTR                         => LOAD_SUPER_ATTR    [  -,  66, 205, 194, 198];
    LOAD_SUPER_ATTR_METHOD                       => LOAD_SUPER_ATTR    [  -,  67, 206, 195, 199];
    PRECALL_ADAPTIVE                             => PRECALL            [ 64,   -,   -,   -,   -];
    PRECALL_BOUND_METHOD                         => PRECALL            [ 65,   -,   -,   -,   -];
    PRECALL_BUILTIN_CLASS                        => PRECALL            [ 66,   -,   -,   -,   -];
    PRECALL_BUILTIN_FAST_WITH_KEYWORDS           => PRECALL            [ 67,   -,   -,   -,   -];
    PRECALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS => PRECALL            [ 72,   -,   -,   -,   -];
    PRECALL_NO_KW_BUILTIN_FAST                   => PRECALL            [ 73,   -,   -,   -,   -];
    PRECALL_NO_KW_BUILTIN_O                      => PRECALL            [ 76,   -,   -,   -,   -];
    PRECALL_NO_KW_ISINSTANCE                     => PRECALL            [ 77,   -,   -,   -,   -];
    PRECALL_NO_KW_LEN                            => PRECALL            [ 78,   -,   -,   -,   -];
    PRECALL_NO_KW_LIST_APPEND                    => PRECALL            [ 79,   -,   -,   -,   -];
    PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST         => PRECALL            [ 80,   -,   -,   -,   -];
    PRECALL_NO_KW_METHOD_DESCRIPTOR_NOARGS       => PRECALL            [ 81,   -,   -,   -,   -];
    PRECALL_NO_KW_METHOD_DESCRIPTOR_O            => PRECALL            [113,   -,   -,   -,   -];
    PRECALL_NO_KW_STR_1                          => PRECALL            [121,   -,   -,   -,   -];
    PRECALL_NO_KW_TUPLE_1                        => PRECALL            [127,   -,   -,   -,   -];
    PRECALL_NO_KW_TYPE_1                         => PRECALL            [141,   -,   -,   -,   -];
    PRECALL_PYFUNC                               => PRECALL            [143,   -,   -,   -,   -];
    RESUME_CHECK                                 => RESUME             [  -,   -, 207, 196, 200];
    RESUME_CHECK_JIT                             => RESUME             [  -,   -,   -,   -, 201];
    RESUME_QUICK                                 => RESUME             [150,   -,   -,   -,   -];
    SEND_ASYNC_GEN                               => SEND               [  -,   -,   -,   -, 202];
    SEND_GEN                                     => SEND               [  -, 168, 208, 197, 203];
    SEND_VIRTUAL                                 => SEND               [  -,   -,   -,   -, 204];
    STORE_ATTR_ADAPTIVE                          => STORE_ATTR         [153,   -,   -,   -,   -];
    STORE_ATTR_INSTANCE_VALUE                    => STORE_ATTR         [154, 113, 209, 198, 205];
    STORE_ATTR_SLOT                              => STORE_ATTR         [158, 148, 210, 199, 206];
    STORE_ATTR_WITH_HINT                         => STORE_ATTR         [159, 153, 211, 200, 207];
    STORE_FAST__LOAD_FAST                        => STORE_FAST         [161, 154,   -,   -,   -];
    STORE_FAST__STORE_FAST                       => STORE_FAST         [167, 158,   -,   -,   -];
    STORE_SUBSCR_ADAPTIVE                        => STORE_SUBSCR       [168,   -,   -,   -,   -];
    STORE_SUBSCR_DICT                            => STORE_SUBSCR       [169, 159, 212, 201, 208];
    STORE_SUBSCR_LIST_INT                        => STORE_SUBSCR       [170, 160, 213, 202, 209];
    TO_BOOL_ALWAYS_TRUE                          => TO_BOOL            [  -,   -, 214, 203, 210];
    TO_BOOL_BOOL                                 => TO_BOOL            [  -,   -, 215, 204, 211];
    TO_BOOL_INT                                  => TO_BOOL            [  -,   -, 216, 205, 212];
    TO_BOOL_LIST                                 => TO_BOOL            [  -,   -, 217, 206, 213];
    TO_BOOL_NONE                                 => TO_BOOL            [  -,   -, 218, 207, 214];
    TO_BOOL_STR                                  => TO_BOOL            [  -,   -, 219, 208, 215];
    UNPACK_SEQUENCE_ADAPTIVE                     => UNPACK_SEQUENCE    [177,   -,   -,   -,   -];
    UNPACK_SEQUENCE_LIST                         => UNPACK_SEQUENCE    [178, 161, 220, 209, 216];
    UNPACK_SEQUENCE_TUPLE                        => UNPACK_SEQUENCE    [179, 166, 221, 210, 217];
    UNPACK_SEQUENCE_TWO_TUPLE                    => UNPACK_SEQUENCE    [180, 167, 222, 211, 218];
};
