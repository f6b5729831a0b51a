//! The specialised opcodes of 3.11 and later, which the interpreter writes over plain ones while it runs (PEP 659).
//!
//! They never occur in a `.pyc`, but in dumps of live code. Each means what its base means. Numbers are written as in
//! the table of opcodes: those that changed, each with the minor number of the first version.

use crate::Opcode;
use crate::changes::Changes;

/// One specialised opcode.
pub(crate) struct Specialized {
    pub name: &'static str,
    pub base: Opcode,
    pub numbers: Changes<Option<u8>>,
}

macro_rules! specialized {
    ($($name:ident => $base:ident $numbers:tt;)*) => {
        &[$(Specialized { name: stringify!($name), base: Opcode::$base, numbers: numbers!($numbers) }),*]
    };
}

#[rustfmt::skip]
pub(crate) static SPECIALIZED: &[Specialized] = specialized! {
    BINARY_OP_ADAPTIVE                           => BINARY_OP        [11: 3, 12: -];
    BINARY_OP_ADD_FLOAT                          => BINARY_OP        [11: 4, 12: 6, 13: 150, 14: 129];
    BINARY_OP_ADD_INT                            => BINARY_OP        [11: 5, 12: 7, 13: 151, 14: 130];
    BINARY_OP_ADD_UNICODE                        => BINARY_OP        [11: 6, 12: 8, 13: 152, 14: 131];
    BINARY_OP_EXTEND                             => BINARY_OP        [14: 132];
    BINARY_OP_INPLACE_ADD_UNICODE                => BINARY_OP        [11: 7, 12: 10, 13: 3];
    BINARY_OP_MULTIPLY_FLOAT                     => BINARY_OP        [11: 8, 12: 13, 13: 153, 14: 133];
    BINARY_OP_MULTIPLY_INT                       => BINARY_OP        [11: 13, 12: 14, 13: 154, 14: 134];
    BINARY_OP_SUBSCR_DICT                        => BINARY_OP        [14: 135];
    BINARY_OP_SUBSCR_GETITEM                     => BINARY_OP        [14: 136];
    BINARY_OP_SUBSCR_LIST_INT                    => BINARY_OP        [14: 137];
    BINARY_OP_SUBSCR_LIST_SLICE                  => BINARY_OP        [14: 138];
    BINARY_OP_SUBSCR_STR_INT                     => BINARY_OP        [14: 139];
    BINARY_OP_SUBSCR_TUPLE_INT                   => BINARY_OP        [14: 140];
    BINARY_OP_SUBSCR_USTR_INT                    => BINARY_OP        [15: 141];
    BINARY_OP_SUBTRACT_FLOAT                     => BINARY_OP        [11: 14, 12: 16, 13: 155, 14: 141, 15: 142];
    BINARY_OP_SUBTRACT_INT                       => BINARY_OP        [11: 16, 12: 18, 13: 156, 14: 142, 15: 143];
    BINARY_SUBSCR_ADAPTIVE                       => BINARY_SUBSCR    [11: 17, 12: -];
    BINARY_SUBSCR_DICT                           => BINARY_SUBSCR    [11: 18, 12: 19, 13: 157, 14: -];
    BINARY_SUBSCR_GETITEM                        => BINARY_SUBSCR    [11: 19, 12: 20, 13: 158, 14: -];
    BINARY_SUBSCR_LIST_INT                       => BINARY_SUBSCR    [11: 20, 12: 21, 13: 159, 14: -];
    BINARY_SUBSCR_STR_INT                        => BINARY_SUBSCR    [13: 160, 14: -];
    BINARY_SUBSCR_TUPLE_INT                      => BINARY_SUBSCR    [11: 21, 12: 22, 13: 161, 14: -];
    CALL_ADAPTIVE                                => CALL             [11: 22, 12: -];
    CALL_ALLOC_AND_ENTER_INIT                    => CALL             [13: 162, 14: 143, 15: 144];
    CALL_BOUND_METHOD_EXACT_ARGS                 => CALL             [12: 28, 13: 163, 14: 144, 15: 145];
    CALL_BOUND_METHOD_GENERAL                    => CALL             [13: 164, 14: 145, 15: 146];
    CALL_BUILTIN_CLASS                           => CALL             [12: 29, 13: 165, 14: 146, 15: 147];
    CALL_BUILTIN_FAST                            => CALL             [13: 166, 14: 147, 15: 148];
    CALL_BUILTIN_FAST_WITH_KEYWORDS              => CALL             [12: 34, 13: 167, 14: 148, 15: 149];
    CALL_BUILTIN_O                               => CALL             [13: 168, 14: 149, 15: 150];
    CALL_ISINSTANCE                              => CALL             [13: 169, 14: 150, 15: 153];
    CALL_LEN                                     => CALL             [13: 170, 14: 154, 15: 157];
    CALL_LIST_APPEND                             => CALL             [13: 171, 14: 155, 15: 158];
    CALL_METHOD_DESCRIPTOR_FAST                  => CALL             [13: 172, 14: 156, 15: 159];
    CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS    => CALL             [12: 38, 13: 173, 14: 157, 15: 160];
    CALL_METHOD_DESCRIPTOR_NOARGS                => CALL             [13: 174, 14: 158, 15: 161];
    CALL_METHOD_DESCRIPTOR_O                     => CALL             [13: 175, 14: 159, 15: 162];
    CALL_NON_PY_GENERAL                          => CALL             [13: 176, 14: 160, 15: 163];
    CALL_NO_KW_BUILTIN_FAST                      => CALL             [12: 39, 13: -];
    CALL_NO_KW_BUILTIN_O                         => CALL             [12: 40, 13: -];
    CALL_NO_KW_ISINSTANCE                        => CALL             [12: 41, 13: -];
    CALL_NO_KW_LEN                               => CALL             [12: 42, 13: -];
    CALL_NO_KW_LIST_APPEND                       => CALL             [12: 43, 13: -];
    CALL_NO_KW_METHOD_DESCRIPTOR_FAST            => CALL             [12: 44, 13: -];
    CALL_NO_KW_METHOD_DESCRIPTOR_NOARGS          => CALL             [12: 45, 13: -];
    CALL_NO_KW_METHOD_DESCRIPTOR_O               => CALL             [12: 46, 13: -];
    CALL_NO_KW_STR_1                             => CALL             [12: 47, 13: -];
    CALL_NO_KW_TUPLE_1                           => CALL             [12: 48, 13: -];
    CALL_NO_KW_TYPE_1                            => CALL             [12: 56, 13: -];
    CALL_PY_EXACT_ARGS                           => CALL             [11: 23, 13: 177, 14: 161, 15: 164];
    CALL_PY_GENERAL                              => CALL             [13: 178, 14: 162, 15: 165];
    CALL_PY_WITH_DEFAULTS                        => CALL             [11: 24, 13: -];
    CALL_STR_1                                   => CALL             [13: 179, 14: 163, 15: 166];
    CALL_TUPLE_1                                 => CALL             [13: 180, 14: 164, 15: 167];
    CALL_TYPE_1                                  => CALL             [13: 181, 14: 165, 15: 168];
    CALL_EX_NON_PY_GENERAL                       => CALL_FUNCTION_EX [15: 151];
    CALL_EX_PY                                   => CALL_FUNCTION_EX [15: 152];
    CALL_KW_BOUND_METHOD                         => CALL_KW          [14: 151, 15: 154];
    CALL_KW_NON_PY                               => CALL_KW          [14: 152, 15: 155];
    CALL_KW_PY                                   => CALL_KW          [14: 153, 15: 156];
    COMPARE_OP_ADAPTIVE                          => COMPARE_OP       [11: 26, 12: -];
    COMPARE_OP_FLOAT                             => COMPARE_OP       [12: 57, 13: 182, 14: 166, 15: 169];
    COMPARE_OP_FLOAT_JUMP                        => COMPARE_OP       [11: 27, 12: -];
    COMPARE_OP_INT                               => COMPARE_OP       [12: 58, 13: 183, 14: 167, 15: 170];
    COMPARE_OP_INT_JUMP                          => COMPARE_OP       [11: 28, 12: -];
    COMPARE_OP_STR                               => COMPARE_OP       [12: 59, 13: 184, 14: 168, 15: 171];
    COMPARE_OP_STR_JUMP                          => COMPARE_OP       [11: 29, 12: -];
    CONTAINS_OP_DICT                             => CONTAINS_OP      [13: 185, 14: 169, 15: 172];
    CONTAINS_OP_SET                              => CONTAINS_OP      [13: 186, 14: 170, 15: 173];
    EXTENDED_ARG_QUICK                           => EXTENDED_ARG     [11: 34, 12: -];
    FOR_ITER_GEN                                 => FOR_ITER         [12: 65, 13: 187, 14: 171, 15: 174];
    FOR_ITER_LIST                                => FOR_ITER         [12: 62, 13: 188, 14: 172, 15: 175];
    FOR_ITER_RANGE                               => FOR_ITER         [12: 64, 13: 189, 14: 173, 15: 176];
    FOR_ITER_TUPLE                               => FOR_ITER         [12: 63, 13: 190, 14: 174, 15: 177];
    FOR_ITER_VIRTUAL                             => FOR_ITER         [15: 178];
    GET_ITER_SELF                                => GET_ITER         [15: 179];
    GET_ITER_VIRTUAL                             => GET_ITER         [15: 180];
    JUMP_BACKWARD_JIT                            => JUMP_BACKWARD    [14: 175, 15: 181];
    JUMP_BACKWARD_NO_JIT                         => JUMP_BACKWARD    [14: 176, 15: 182];
    JUMP_BACKWARD_QUICK                          => JUMP_BACKWARD    [11: 38, 12: -];
    LOAD_ATTR_ADAPTIVE                           => LOAD_ATTR        [11: 39, 12: -];
    LOAD_ATTR_CLASS                              => LOAD_ATTR        [12: 70, 13: 191, 14: 177, 15: 183];
    LOAD_ATTR_CLASS_WITH_METACLASS_CHECK         => LOAD_ATTR        [14: 178, 15: 184];
    LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN            => LOAD_ATTR        [12: 72, 13: 192, 14: 179, 15: 185];
    LOAD_ATTR_INSTANCE_VALUE                     => LOAD_ATTR        [11: 40, 12: 73, 13: 193, 14: 180, 15: 186];
    LOAD_ATTR_METHOD_LAZY_DICT                   => LOAD_ATTR        [12: 80, 13: 194, 14: 181, 15: 187];
    LOAD_ATTR_METHOD_NO_DICT                     => LOAD_ATTR        [12: 81, 13: 195, 14: 182, 15: 188];
    LOAD_ATTR_METHOD_WITH_VALUES                 => LOAD_ATTR        [12: 82, 13: 196, 14: 183, 15: 189];
    LOAD_ATTR_MODULE                             => LOAD_ATTR        [11: 41, 12: 76, 13: 197, 14: 184, 15: 190];
    LOAD_ATTR_NONDESCRIPTOR_NO_DICT              => LOAD_ATTR        [13: 198, 14: 185, 15: 191];
    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES          => LOAD_ATTR        [13: 199, 14: 186, 15: 192];
    LOAD_ATTR_PROPERTY                           => LOAD_ATTR        [12: 77, 13: 200, 14: 187, 15: 193];
    LOAD_ATTR_SLOT                               => LOAD_ATTR        [11: 42, 12: 78, 13: 201, 14: 188, 15: 194];
    LOAD_ATTR_WITH_HINT                          => LOAD_ATTR        [11: 43, 12: 79, 13: 202, 14: 189, 15: 195];
    LOAD_CONST_IMMORTAL                          => LOAD_CONST       [14: 190, 15: -];
    LOAD_CONST_MORTAL                            => LOAD_CONST       [14: 191, 15: -];
    LOAD_CONST__LOAD_FAST                        => LOAD_CONST       [11: 44, 12: 84, 13: -];
    LOAD_FAST__LOAD_CONST                        => LOAD_FAST        [11: 45, 12: 86, 13: -];
    LOAD_FAST__LOAD_FAST                         => LOAD_FAST        [11: 46, 12: 88, 13: -];
    LOAD_GLOBAL_ADAPTIVE                         => LOAD_GLOBAL      [11: 47, 12: -];
    LOAD_GLOBAL_BUILTIN                          => LOAD_GLOBAL      [11: 48, 12: 111, 13: 203, 14: 192, 15: 196];
    LOAD_GLOBAL_MODULE                           => LOAD_GLOBAL      [11: 55, 12: 112, 13: 204, 14: 193, 15: 197];
    LOAD_METHOD_ADAPTIVE                         => LOAD_METHOD      [11: 56, 12: -];
    LOAD_METHOD_CLASS                            => LOAD_METHOD      [11: 57, 12: -];
    LOAD_METHOD_MODULE                           => LOAD_METHOD      [11: 58, 12: -];
    LOAD_METHOD_NO_DICT                          => LOAD_METHOD      [11: 59, 12: -];
    LOAD_METHOD_WITH_DICT                        => LOAD_METHOD      [11: 62, 12: -];
    LOAD_METHOD_WITH_VALUES                      => LOAD_METHOD      [11: 63, 12: -];
    LOAD_SUPER_ATTR_ATTR                         => LOAD_SUPER_ATTR  [12: 66, 13: 205, 14: 194, 15: 198];
    LOAD_SUPER_ATTR_METHOD                       => LOAD_SUPER_ATTR  [12: 67, 13: 206, 14: 195, 15: 199];
    PRECALL_ADAPTIVE                             => PRECALL          [11: 64, 12: -];
    PRECALL_BOUND_METHOD                         => PRECALL          [11: 65, 12: -];
    PRECALL_BUILTIN_CLASS                        => PRECALL          [11: 66, 12: -];
    PRECALL_BUILTIN_FAST_WITH_KEYWORDS           => PRECALL          [11: 67, 12: -];
    PRECALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS => PRECALL          [11: 72, 12: -];
    PRECALL_NO_KW_BUILTIN_FAST                   => PRECALL          [11: 73, 12: -];
    PRECALL_NO_KW_BUILTIN_O                      => PRECALL          [11: 76, 12: -];
    PRECALL_NO_KW_ISINSTANCE                     => PRECALL          [11: 77, 12: -];
    PRECALL_NO_KW_LEN                            => PRECALL          [11: 78, 12: -];
    PRECALL_NO_KW_LIST_APPEND                    => PRECALL          [11: 79, 12: -];
    PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST         => PRECALL          [11: 80, 12: -];
    PRECALL_NO_KW_METHOD_DESCRIPTOR_NOARGS       => PRECALL          [11: 81, 12: -];
    PRECALL_NO_KW_METHOD_DESCRIPTOR_O            => PRECALL          [11: 113, 12: -];
    PRECALL_NO_KW_STR_1                          => PRECALL          [11: 121, 12: -];
    PRECALL_NO_KW_TUPLE_1                        => PRECALL          [11: 127, 12: -];
    PRECALL_NO_KW_TYPE_1                         => PRECALL          [11: 141, 12: -];
    PRECALL_PYFUNC                               => PRECALL          [11: 143, 12: -];
    RESUME_CHECK                                 => RESUME           [13: 207, 14: 196, 15: 200];
    RESUME_CHECK_JIT                             => RESUME           [15: 201];
    RESUME_QUICK                                 => RESUME           [11: 150, 12: -];
    SEND_ASYNC_GEN                               => SEND             [15: 202];
    SEND_GEN                                     => SEND             [12: 168, 13: 208, 14: 197, 15: 203];
    SEND_VIRTUAL                                 => SEND             [15: 204];
    STORE_ATTR_ADAPTIVE                          => STORE_ATTR       [11: 153, 12: -];
    STORE_ATTR_INSTANCE_VALUE                    => STORE_ATTR       [11: 154, 12: 113, 13: 209, 14: 198, 15: 205];
    STORE_ATTR_SLOT                              => STORE_ATTR       [11: 158, 12: 148, 13: 210, 14: 199, 15: 206];
    STORE_ATTR_WITH_HINT                         => STORE_ATTR       [11: 159, 12: 153, 13: 211, 14: 200, 15: 207];
    STORE_FAST__LOAD_FAST                        => STORE_FAST       [11: 161, 12: 154, 13: -];
    STORE_FAST__STORE_FAST                       => STORE_FAST       [11: 167, 12: 158, 13: -];
    STORE_SUBSCR_ADAPTIVE                        => STORE_SUBSCR     [11: 168, 12: -];
    STORE_SUBSCR_DICT                            => STORE_SUBSCR     [11: 169, 12: 159, 13: 212, 14: 201, 15: 208];
    STORE_SUBSCR_LIST_INT                        => STORE_SUBSCR     [11: 170, 12: 160, 13: 213, 14: 202, 15: 209];
    TO_BOOL_ALWAYS_TRUE                          => TO_BOOL          [13: 214, 14: 203, 15: 210];
    TO_BOOL_BOOL                                 => TO_BOOL          [13: 215, 14: 204, 15: 211];
    TO_BOOL_INT                                  => TO_BOOL          [13: 216, 14: 205, 15: 212];
    TO_BOOL_LIST                                 => TO_BOOL          [13: 217, 14: 206, 15: 213];
    TO_BOOL_NONE                                 => TO_BOOL          [13: 218, 14: 207, 15: 214];
    TO_BOOL_STR                                  => TO_BOOL          [13: 219, 14: 208, 15: 215];
    UNPACK_SEQUENCE_ADAPTIVE                     => UNPACK_SEQUENCE  [11: 177, 12: -];
    UNPACK_SEQUENCE_LIST                         => UNPACK_SEQUENCE  [11: 178, 12: 161, 13: 220, 14: 209, 15: 216];
    UNPACK_SEQUENCE_TUPLE                        => UNPACK_SEQUENCE  [11: 179, 12: 166, 13: 221, 14: 210, 15: 217];
    UNPACK_SEQUENCE_TWO_TUPLE                    => UNPACK_SEQUENCE  [11: 180, 12: 167, 13: 222, 14: 211, 15: 218];
};
