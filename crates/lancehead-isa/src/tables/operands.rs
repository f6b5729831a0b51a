//! What each opcode's argument means, and how many cache entries follow it, per range of versions.
//!
//! Facts: the `has*` lists and `_inline_cache_entries` of each version's `opcode` module, `Lib/dis.py` for the rest.
//! `INSTRUMENTED_*` opcodes are not listed: each takes operand and caches of the one that it stands for.

use crate::{Opcode, OperandKind};

/// The operand and caches of one opcode in a range of versions.
#[derive(Clone, Copy)]
pub(crate) struct OperandRule {
    pub opcode: Opcode,
    /// Minor number of the first version.
    pub since: u8,
    /// Minor number of the last version.
    pub until: u8,
    pub kind: OperandKind,
    /// Number of 16-bit cache entries after the instruction.
    pub caches: u8,
}

macro_rules! operands {
    ($($opcode:ident $since:literal..=$until:literal $kind:ident $caches:literal;)*) => {
        &[$(OperandRule {
            opcode: Opcode::$opcode,
            since: $since,
            until: $until,
            kind: OperandKind::$kind,
            caches: $caches,
        }),*]
    };
}

#[rustfmt::skip]
pub(crate) static OPERANDS: &[OperandRule] = operands! {
    CACHE                              11..=15 None           0;
    ASYNC_GEN_WRAP                     11..=11 None           0;
    BEFORE_ASYNC_WITH                   7..=13 None           0;
    BEFORE_WITH                        11..=13 None           0;
    BEGIN_FINALLY                       8..=8  None           0;
    BINARY_ADD                          7..=10 None           0;
    BINARY_AND                          7..=10 None           0;
    BINARY_FLOOR_DIVIDE                 7..=10 None           0;
    BINARY_LSHIFT                       7..=10 None           0;
    BINARY_MATRIX_MULTIPLY              7..=10 None           0;
    BINARY_MODULO                       7..=10 None           0;
    BINARY_MULTIPLY                     7..=10 None           0;
    BINARY_OP                          11..=13 BinaryOp       1;
    BINARY_OP                          14..=15 BinaryOp       5;
    BINARY_OR                           7..=10 None           0;
    BINARY_POWER                        7..=10 None           0;
    BINARY_RSHIFT                       7..=10 None           0;
    BINARY_SLICE                       12..=15 None           0;
    BINARY_SUBSCR                       7..=10 None           0;
    BINARY_SUBSCR                      11..=11 None           4;
    BINARY_SUBSCR                      12..=13 None           1;
    BINARY_SUBTRACT                     7..=10 None           0;
    BINARY_TRUE_DIVIDE                  7..=10 None           0;
    BINARY_XOR                          7..=10 None           0;
    BREAK_LOOP                          7..=7  None           0;
    BUILD_CONST_KEY_MAP                 7..=13 Integer        0;
    BUILD_INTERPOLATION                14..=15 Integer        0;
    BUILD_LIST                          7..=15 Integer        0;
    BUILD_LIST_UNPACK                   7..=8  Integer        0;
    BUILD_MAP                           7..=15 Integer        0;
    BUILD_MAP_UNPACK                    7..=8  Integer        0;
    BUILD_MAP_UNPACK_WITH_CALL          7..=8  Integer        0;
    BUILD_SET                           7..=15 Integer        0;
    BUILD_SET_UNPACK                    7..=8  Integer        0;
    BUILD_SLICE                         7..=15 Integer        0;
    BUILD_STRING                        7..=15 Integer        0;
    BUILD_TEMPLATE                     14..=15 None           0;
    BUILD_TUPLE                         7..=15 Integer        0;
    BUILD_TUPLE_UNPACK                  7..=8  Integer        0;
    BUILD_TUPLE_UNPACK_WITH_CALL        7..=8  Integer        0;
    CALL                               11..=11 Integer        4;
    CALL                               12..=15 Integer        3;
    CALL_FINALLY                        8..=8  JumpForward    0;
    CALL_FUNCTION                       7..=10 Integer        0;
    CALL_FUNCTION_EX                    7..=13 Integer        0;
    CALL_FUNCTION_EX                   14..=14 None           0;
    CALL_FUNCTION_EX                   15..=15 None           1;
    CALL_FUNCTION_KW                    7..=10 Integer        0;
    CALL_INTRINSIC_1                   12..=15 Intrinsic1     0;
    CALL_INTRINSIC_2                   12..=15 Intrinsic2     0;
    CALL_KW                            13..=13 Integer        0;
    CALL_KW                            14..=15 Integer        3;
    CALL_METHOD                         7..=10 Integer        0;
    CHECK_EG_MATCH                     11..=15 None           0;
    CHECK_EXC_MATCH                    11..=15 None           0;
    CLEANUP_THROW                      12..=15 None           0;
    COMPARE_OP                          7..=10 Compare        0;
    COMPARE_OP                         11..=11 Compare        2;
    COMPARE_OP                         12..=15 Compare        1;
    CONTAINS_OP                         9..=12 Invert         0;
    CONTAINS_OP                        13..=15 Invert         1;
    CONTINUE_LOOP                       7..=7  JumpAbsolute   0;
    CONVERT_VALUE                      13..=15 Conversion     0;
    COPY                               11..=15 Integer        0;
    COPY_DICT_WITHOUT_KEYS             10..=10 None           0;
    COPY_FREE_VARS                     11..=15 Integer        0;
    DELETE_ATTR                         7..=15 Name           0;
    DELETE_DEREF                        7..=15 Deref          0;
    DELETE_FAST                         7..=15 Local          0;
    DELETE_GLOBAL                       7..=15 Name           0;
    DELETE_NAME                         7..=15 Name           0;
    DELETE_SUBSCR                       7..=15 None           0;
    DICT_MERGE                          9..=15 Integer        0;
    DICT_UPDATE                         9..=15 Integer        0;
    DUP_TOP                             7..=10 None           0;
    DUP_TOP_TWO                         7..=10 None           0;
    END_ASYNC_FOR                       8..=13 None           0;
    END_ASYNC_FOR                      14..=15 LoopSource     0;
    END_FINALLY                         7..=8  None           0;
    END_FOR                            12..=15 None           0;
    END_SEND                           12..=15 None           0;
    ENTER_EXECUTOR                     13..=15 Integer        0;
    EXIT_INIT_CHECK                    13..=15 None           0;
    EXTENDED_ARG                        7..=15 Integer        0;
    FORMAT_SIMPLE                      13..=15 None           0;
    FORMAT_VALUE                        7..=12 FormatValue    0;
    FORMAT_WITH_SPEC                   13..=15 None           0;
    FOR_ITER                            7..=11 JumpForward    0;
    FOR_ITER                           12..=15 JumpForward    1;
    GEN_START                          10..=10 Integer        0;
    GET_AITER                           7..=15 None           0;
    GET_ANEXT                           7..=15 None           0;
    GET_AWAITABLE                       7..=10 None           0;
    GET_AWAITABLE                      11..=15 Integer        0;
    GET_ITER                            7..=14 None           0;
    GET_ITER                           15..=15 Integer        1;
    GET_LEN                            10..=15 None           0;
    GET_YIELD_FROM_ITER                 7..=14 None           0;
    IMPORT_FROM                         7..=15 Name           0;
    IMPORT_NAME                         7..=14 Name           0;
    IMPORT_NAME                        15..=15 LazyName       0;
    IMPORT_STAR                         7..=11 None           0;
    INPLACE_ADD                         7..=10 None           0;
    INPLACE_AND                         7..=10 None           0;
    INPLACE_FLOOR_DIVIDE                7..=10 None           0;
    INPLACE_LSHIFT                      7..=10 None           0;
    INPLACE_MATRIX_MULTIPLY             7..=10 None           0;
    INPLACE_MODULO                      7..=10 None           0;
    INPLACE_MULTIPLY                    7..=10 None           0;
    INPLACE_OR                          7..=10 None           0;
    INPLACE_POWER                       7..=10 None           0;
    INPLACE_RSHIFT                      7..=10 None           0;
    INPLACE_SUBTRACT                    7..=10 None           0;
    INPLACE_TRUE_DIVIDE                 7..=10 None           0;
    INPLACE_XOR                         7..=10 None           0;
    INTERPRETER_EXIT                   12..=15 None           0;
    IS_OP                               9..=15 Invert         0;
    JUMP_ABSOLUTE                       7..=10 JumpAbsolute   0;
    JUMP_BACKWARD                      11..=12 JumpBackward   0;
    JUMP_BACKWARD                      13..=15 JumpBackward   1;
    JUMP_BACKWARD_NO_INTERRUPT         11..=15 JumpBackward   0;
    JUMP_FORWARD                        7..=15 JumpForward    0;
    JUMP_IF_FALSE_OR_POP                7..=10 JumpAbsolute   0;
    JUMP_IF_FALSE_OR_POP               11..=11 JumpForward    0;
    JUMP_IF_NOT_EXC_MATCH               9..=10 JumpAbsolute   0;
    JUMP_IF_TRUE_OR_POP                 7..=10 JumpAbsolute   0;
    JUMP_IF_TRUE_OR_POP                11..=11 JumpForward    0;
    KW_NAMES                           11..=12 Const          0;
    LIST_APPEND                         7..=15 Integer        0;
    LIST_EXTEND                         9..=15 Integer        0;
    LIST_TO_TUPLE                       9..=11 None           0;
    LOAD_ASSERTION_ERROR                9..=13 None           0;
    LOAD_ATTR                           7..=10 Name           0;
    LOAD_ATTR                          11..=11 Name           4;
    LOAD_ATTR                          12..=15 NameAndMethod  9;
    LOAD_BUILD_CLASS                    7..=15 None           0;
    LOAD_CLASSDEREF                     7..=11 Deref          0;
    LOAD_CLOSURE                        7..=12 Deref          0;
    LOAD_COMMON_CONSTANT               14..=15 CommonConstant 0;
    LOAD_CONST                          7..=15 Const          0;
    LOAD_DEREF                          7..=15 Deref          0;
    LOAD_FAST                           7..=15 Local          0;
    LOAD_FAST_AND_CLEAR                12..=15 Local          0;
    LOAD_FAST_BORROW                   14..=15 Local          0;
    LOAD_FAST_BORROW_LOAD_FAST_BORROW  14..=15 LocalPair      0;
    LOAD_FAST_CHECK                    12..=15 Local          0;
    LOAD_FAST_LOAD_FAST                13..=15 LocalPair      0;
    LOAD_FROM_DICT_OR_DEREF            12..=15 Deref          0;
    LOAD_FROM_DICT_OR_GLOBALS          12..=15 Name           0;
    LOAD_GLOBAL                         7..=10 Name           0;
    LOAD_GLOBAL                        11..=11 NameAndNull    5;
    LOAD_GLOBAL                        12..=15 NameAndNull    4;
    LOAD_LOCALS                        12..=15 None           0;
    LOAD_METHOD                         7..=10 Name           0;
    LOAD_METHOD                        11..=11 Name           10;
    LOAD_NAME                           7..=15 Name           0;
    LOAD_SMALL_INT                     14..=15 Integer        0;
    LOAD_SPECIAL                       14..=15 SpecialMethod  0;
    LOAD_SUPER_ATTR                    12..=15 SuperName      1;
    MAKE_CELL                          11..=15 Deref          0;
    MAKE_FUNCTION                       7..=12 FunctionFlags  0;
    MAKE_FUNCTION                      13..=15 None           0;
    MAP_ADD                             7..=15 Integer        0;
    MATCH_CLASS                        10..=15 Integer        0;
    MATCH_KEYS                         10..=15 None           0;
    MATCH_MAPPING                      10..=15 None           0;
    MATCH_SEQUENCE                     10..=15 None           0;
    NOP                                 7..=15 None           0;
    NOT_TAKEN                          14..=15 None           0;
    POP_BLOCK                           7..=10 None           0;
    POP_EXCEPT                          7..=15 None           0;
    POP_FINALLY                         8..=8  Integer        0;
    POP_ITER                           14..=15 None           0;
    POP_JUMP_BACKWARD_IF_FALSE         11..=11 JumpBackward   0;
    POP_JUMP_BACKWARD_IF_NONE          11..=11 JumpBackward   0;
    POP_JUMP_BACKWARD_IF_NOT_NONE      11..=11 JumpBackward   0;
    POP_JUMP_BACKWARD_IF_TRUE          11..=11 JumpBackward   0;
    POP_JUMP_FORWARD_IF_FALSE          11..=11 JumpForward    0;
    POP_JUMP_FORWARD_IF_NONE           11..=11 JumpForward    0;
    POP_JUMP_FORWARD_IF_NOT_NONE       11..=11 JumpForward    0;
    POP_JUMP_FORWARD_IF_TRUE           11..=11 JumpForward    0;
    POP_JUMP_IF_FALSE                   7..=10 JumpAbsolute   0;
    POP_JUMP_IF_FALSE                  12..=12 JumpForward    0;
    POP_JUMP_IF_FALSE                  13..=15 JumpForward    1;
    POP_JUMP_IF_NONE                   12..=12 JumpForward    0;
    POP_JUMP_IF_NONE                   13..=15 JumpForward    1;
    POP_JUMP_IF_NOT_NONE               12..=12 JumpForward    0;
    POP_JUMP_IF_NOT_NONE               13..=15 JumpForward    1;
    POP_JUMP_IF_TRUE                    7..=10 JumpAbsolute   0;
    POP_JUMP_IF_TRUE                   12..=12 JumpForward    0;
    POP_JUMP_IF_TRUE                   13..=15 JumpForward    1;
    POP_TOP                             7..=15 None           0;
    PRECALL                            11..=11 Integer        1;
    PREP_RERAISE_STAR                  11..=11 None           0;
    PRINT_EXPR                          7..=11 None           0;
    PUSH_EXC_INFO                      11..=15 None           0;
    PUSH_NULL                          11..=15 None           0;
    RAISE_VARARGS                       7..=15 Integer        0;
    RERAISE                             9..=9  None           0;
    RERAISE                            10..=15 Integer        0;
    RESERVED                           12..=15 None           0;
    RESUME                             11..=14 Integer        0;
    RESUME                             15..=15 Integer        1;
    RETURN_CONST                       12..=13 Const          0;
    RETURN_GENERATOR                   11..=15 None           0;
    RETURN_VALUE                        7..=15 None           0;
    ROT_FOUR                            8..=10 None           0;
    ROT_N                              10..=10 Integer        0;
    ROT_THREE                           7..=10 None           0;
    ROT_TWO                             7..=10 None           0;
    SEND                               11..=11 JumpForward    0;
    SEND                               12..=15 JumpForward    1;
    SETUP_ANNOTATIONS                   7..=15 None           0;
    SETUP_ASYNC_WITH                    7..=10 JumpForward    0;
    SETUP_EXCEPT                        7..=7  JumpForward    0;
    SETUP_FINALLY                       7..=10 JumpForward    0;
    SETUP_LOOP                          7..=7  JumpForward    0;
    SETUP_WITH                          7..=10 JumpForward    0;
    SET_ADD                             7..=15 Integer        0;
    SET_FUNCTION_ATTRIBUTE             13..=15 FunctionFlag   0;
    SET_UPDATE                          9..=15 Integer        0;
    STORE_ATTR                          7..=10 Name           0;
    STORE_ATTR                         11..=15 Name           4;
    STORE_DEREF                         7..=15 Deref          0;
    STORE_FAST                          7..=15 Local          0;
    STORE_FAST_LOAD_FAST               13..=15 LocalPair      0;
    STORE_FAST_STORE_FAST              13..=15 LocalPair      0;
    STORE_GLOBAL                        7..=15 Name           0;
    STORE_NAME                          7..=15 Name           0;
    STORE_SLICE                        12..=15 None           0;
    STORE_SUBSCR                        7..=10 None           0;
    STORE_SUBSCR                       11..=15 None           1;
    SWAP                               11..=15 Integer        0;
    TO_BOOL                            13..=15 None           3;
    TRACE_RECORD                       15..=15 Integer        0;
    UNARY_INVERT                        7..=15 None           0;
    UNARY_NEGATIVE                      7..=15 None           0;
    UNARY_NOT                           7..=15 None           0;
    UNARY_POSITIVE                      7..=11 None           0;
    UNPACK_EX                           7..=15 Integer        0;
    UNPACK_SEQUENCE                     7..=10 Integer        0;
    UNPACK_SEQUENCE                    11..=15 Integer        1;
    WITH_CLEANUP_FINISH                 7..=8  None           0;
    WITH_CLEANUP_START                  7..=8  None           0;
    WITH_EXCEPT_START                   9..=15 None           0;
    YIELD_FROM                          7..=10 None           0;
    YIELD_VALUE                         7..=11 None           0;
    YIELD_VALUE                        12..=15 Integer        0;
};
