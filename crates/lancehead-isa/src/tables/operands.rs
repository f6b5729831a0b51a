//! What each opcode's argument means, per range of versions.
//!
//! Facts: the `has*` lists of each version's `opcode` module, `Lib/dis.py` for the rest.
//! `INSTRUMENTED_*` opcodes are not listed: each takes the operand of the one that it stands for.

use crate::{Opcode, OperandKind};

/// The operand of one opcode in a range of versions.
#[derive(Clone, Copy)]
pub(crate) struct OperandRule {
    pub opcode: Opcode,
    /// Minor number of the first version.
    pub since: u8,
    /// Minor number of the last version.
    pub until: u8,
    pub kind: OperandKind,
}

macro_rules! operands {
    ($($opcode:ident $since:literal..=$until:literal $kind:ident;)*) => {
        &[$(OperandRule {
            opcode: Opcode::$opcode,
            since: $since,
            until: $until,
            kind: OperandKind::$kind,
        }),*]
    };
}

#[rustfmt::skip]
pub(crate) static OPERANDS: &[OperandRule] = operands! {
    CACHE                              11..=15 None;
    ASYNC_GEN_WRAP                     11..=11 None;
    BEFORE_ASYNC_WITH                   7..=13 None;
    BEFORE_WITH                        11..=13 None;
    BEGIN_FINALLY                       8..=8  None;
    BINARY_ADD                          7..=10 None;
    BINARY_AND                          7..=10 None;
    BINARY_FLOOR_DIVIDE                 7..=10 None;
    BINARY_LSHIFT                       7..=10 None;
    BINARY_MATRIX_MULTIPLY              7..=10 None;
    BINARY_MODULO                       7..=10 None;
    BINARY_MULTIPLY                     7..=10 None;
    BINARY_OP                          11..=15 BinaryOp;
    BINARY_OR                           7..=10 None;
    BINARY_POWER                        7..=10 None;
    BINARY_RSHIFT                       7..=10 None;
    BINARY_SLICE                       12..=15 None;
    BINARY_SUBSCR                       7..=13 None;
    BINARY_SUBTRACT                     7..=10 None;
    BINARY_TRUE_DIVIDE                  7..=10 None;
    BINARY_XOR                          7..=10 None;
    BREAK_LOOP                          7..=7  None;
    BUILD_CONST_KEY_MAP                 7..=13 Integer;
    BUILD_INTERPOLATION                14..=15 Integer;
    BUILD_LIST                          7..=15 Integer;
    BUILD_LIST_UNPACK                   7..=8  Integer;
    BUILD_MAP                           7..=15 Integer;
    BUILD_MAP_UNPACK                    7..=8  Integer;
    BUILD_MAP_UNPACK_WITH_CALL          7..=8  Integer;
    BUILD_SET                           7..=15 Integer;
    BUILD_SET_UNPACK                    7..=8  Integer;
    BUILD_SLICE                         7..=15 Integer;
    BUILD_STRING                        7..=15 Integer;
    BUILD_TEMPLATE                     14..=15 None;
    BUILD_TUPLE                         7..=15 Integer;
    BUILD_TUPLE_UNPACK                  7..=8  Integer;
    BUILD_TUPLE_UNPACK_WITH_CALL        7..=8  Integer;
    CALL                               11..=15 Integer;
    CALL_FINALLY                        8..=8  JumpForward;
    CALL_FUNCTION                       7..=10 Integer;
    CALL_FUNCTION_EX                    7..=13 Integer;
    CALL_FUNCTION_EX                   14..=15 None;
    CALL_FUNCTION_KW                    7..=10 Integer;
    CALL_INTRINSIC_1                   12..=15 Intrinsic1;
    CALL_INTRINSIC_2                   12..=15 Intrinsic2;
    CALL_KW                            13..=15 Integer;
    CALL_METHOD                         7..=10 Integer;
    CHECK_EG_MATCH                     11..=15 None;
    CHECK_EXC_MATCH                    11..=15 None;
    CLEANUP_THROW                      12..=15 None;
    COMPARE_OP                          7..=15 Compare;
    CONTAINS_OP                         9..=15 Invert;
    CONTINUE_LOOP                       7..=7  JumpAbsolute;
    CONVERT_VALUE                      13..=15 Conversion;
    COPY                               11..=15 Integer;
    COPY_DICT_WITHOUT_KEYS             10..=10 None;
    COPY_FREE_VARS                     11..=15 Integer;
    DELETE_ATTR                         7..=15 Name;
    DELETE_DEREF                        7..=15 Deref;
    DELETE_FAST                         7..=15 Local;
    DELETE_GLOBAL                       7..=15 Name;
    DELETE_NAME                         7..=15 Name;
    DELETE_SUBSCR                       7..=15 None;
    DICT_MERGE                          9..=15 Integer;
    DICT_UPDATE                         9..=15 Integer;
    DUP_TOP                             7..=10 None;
    DUP_TOP_TWO                         7..=10 None;
    END_ASYNC_FOR                       8..=13 None;
    END_ASYNC_FOR                      14..=15 LoopSource;
    END_FINALLY                         7..=8  None;
    END_FOR                            12..=15 None;
    END_SEND                           12..=15 None;
    ENTER_EXECUTOR                     13..=15 Integer;
    EXIT_INIT_CHECK                    13..=15 None;
    EXTENDED_ARG                        7..=15 Integer;
    FORMAT_SIMPLE                      13..=15 None;
    FORMAT_VALUE                        7..=12 FormatValue;
    FORMAT_WITH_SPEC                   13..=15 None;
    FOR_ITER                            7..=15 JumpForward;
    GEN_START                          10..=10 Integer;
    GET_AITER                           7..=15 None;
    GET_ANEXT                           7..=15 None;
    GET_AWAITABLE                       7..=10 None;
    GET_AWAITABLE                      11..=15 Integer;
    GET_ITER                            7..=14 None;
    GET_ITER                           15..=15 Integer;
    GET_LEN                            10..=15 None;
    GET_YIELD_FROM_ITER                 7..=14 None;
    IMPORT_FROM                         7..=15 Name;
    IMPORT_NAME                         7..=14 Name;
    IMPORT_NAME                        15..=15 LazyName;
    IMPORT_STAR                         7..=11 None;
    INPLACE_ADD                         7..=10 None;
    INPLACE_AND                         7..=10 None;
    INPLACE_FLOOR_DIVIDE                7..=10 None;
    INPLACE_LSHIFT                      7..=10 None;
    INPLACE_MATRIX_MULTIPLY             7..=10 None;
    INPLACE_MODULO                      7..=10 None;
    INPLACE_MULTIPLY                    7..=10 None;
    INPLACE_OR                          7..=10 None;
    INPLACE_POWER                       7..=10 None;
    INPLACE_RSHIFT                      7..=10 None;
    INPLACE_SUBTRACT                    7..=10 None;
    INPLACE_TRUE_DIVIDE                 7..=10 None;
    INPLACE_XOR                         7..=10 None;
    INTERPRETER_EXIT                   12..=15 None;
    IS_OP                               9..=15 Invert;
    JUMP_ABSOLUTE                       7..=10 JumpAbsolute;
    JUMP_BACKWARD                      11..=15 JumpBackward;
    JUMP_BACKWARD_NO_INTERRUPT         11..=15 JumpBackward;
    JUMP_FORWARD                        7..=15 JumpForward;
    JUMP_IF_FALSE_OR_POP                7..=10 JumpAbsolute;
    JUMP_IF_FALSE_OR_POP               11..=11 JumpForward;
    JUMP_IF_NOT_EXC_MATCH               9..=10 JumpAbsolute;
    JUMP_IF_TRUE_OR_POP                 7..=10 JumpAbsolute;
    JUMP_IF_TRUE_OR_POP                11..=11 JumpForward;
    KW_NAMES                           11..=12 Const;
    LIST_APPEND                         7..=15 Integer;
    LIST_EXTEND                         9..=15 Integer;
    LIST_TO_TUPLE                       9..=11 None;
    LOAD_ASSERTION_ERROR                9..=13 None;
    LOAD_ATTR                           7..=11 Name;
    LOAD_ATTR                          12..=15 NameAndMethod;
    LOAD_BUILD_CLASS                    7..=15 None;
    LOAD_CLASSDEREF                     7..=11 Deref;
    LOAD_CLOSURE                        7..=12 Deref;
    LOAD_COMMON_CONSTANT               14..=15 CommonConstant;
    LOAD_CONST                          7..=15 Const;
    LOAD_DEREF                          7..=15 Deref;
    LOAD_FAST                           7..=15 Local;
    LOAD_FAST_AND_CLEAR                12..=15 Local;
    LOAD_FAST_BORROW                   14..=15 Local;
    LOAD_FAST_BORROW_LOAD_FAST_BORROW  14..=15 LocalPair;
    LOAD_FAST_CHECK                    12..=15 Local;
    LOAD_FAST_LOAD_FAST                13..=15 LocalPair;
    LOAD_FROM_DICT_OR_DEREF            12..=15 Deref;
    LOAD_FROM_DICT_OR_GLOBALS          12..=15 Name;
    LOAD_GLOBAL                         7..=10 Name;
    LOAD_GLOBAL                        11..=15 NameAndNull;
    LOAD_LOCALS                        12..=15 None;
    LOAD_METHOD                         7..=11 Name;
    LOAD_NAME                           7..=15 Name;
    LOAD_SMALL_INT                     14..=15 Integer;
    LOAD_SPECIAL                       14..=15 SpecialMethod;
    LOAD_SUPER_ATTR                    12..=15 SuperName;
    MAKE_CELL                          11..=15 Deref;
    MAKE_FUNCTION                       7..=12 FunctionFlags;
    MAKE_FUNCTION                      13..=15 None;
    MAP_ADD                             7..=15 Integer;
    MATCH_CLASS                        10..=15 Integer;
    MATCH_KEYS                         10..=15 None;
    MATCH_MAPPING                      10..=15 None;
    MATCH_SEQUENCE                     10..=15 None;
    NOP                                 7..=15 None;
    NOT_TAKEN                          14..=15 None;
    POP_BLOCK                           7..=10 None;
    POP_EXCEPT                          7..=15 None;
    POP_FINALLY                         8..=8  Integer;
    POP_ITER                           14..=15 None;
    POP_JUMP_BACKWARD_IF_FALSE         11..=11 JumpBackward;
    POP_JUMP_BACKWARD_IF_NONE          11..=11 JumpBackward;
    POP_JUMP_BACKWARD_IF_NOT_NONE      11..=11 JumpBackward;
    POP_JUMP_BACKWARD_IF_TRUE          11..=11 JumpBackward;
    POP_JUMP_FORWARD_IF_FALSE          11..=11 JumpForward;
    POP_JUMP_FORWARD_IF_NONE           11..=11 JumpForward;
    POP_JUMP_FORWARD_IF_NOT_NONE       11..=11 JumpForward;
    POP_JUMP_FORWARD_IF_TRUE           11..=11 JumpForward;
    POP_JUMP_IF_FALSE                   7..=10 JumpAbsolute;
    POP_JUMP_IF_FALSE                  12..=15 JumpForward;
    POP_JUMP_IF_NONE                   12..=15 JumpForward;
    POP_JUMP_IF_NOT_NONE               12..=15 JumpForward;
    POP_JUMP_IF_TRUE                    7..=10 JumpAbsolute;
    POP_JUMP_IF_TRUE                   12..=15 JumpForward;
    POP_TOP                             7..=15 None;
    PRECALL                            11..=11 Integer;
    PREP_RERAISE_STAR                  11..=11 None;
    PRINT_EXPR                          7..=11 None;
    PUSH_EXC_INFO                      11..=15 None;
    PUSH_NULL                          11..=15 None;
    RAISE_VARARGS                       7..=15 Integer;
    RERAISE                             9..=9  None;
    RERAISE                            10..=15 Integer;
    RESERVED                           12..=15 None;
    RESUME                             11..=15 Integer;
    RETURN_CONST                       12..=13 Const;
    RETURN_GENERATOR                   11..=15 None;
    RETURN_VALUE                        7..=15 None;
    ROT_FOUR                            8..=10 None;
    ROT_N                              10..=10 Integer;
    ROT_THREE                           7..=10 None;
    ROT_TWO                             7..=10 None;
    SEND                               11..=15 JumpForward;
    SETUP_ANNOTATIONS                   7..=15 None;
    SETUP_ASYNC_WITH                    7..=10 JumpForward;
    SETUP_EXCEPT                        7..=7  JumpForward;
    SETUP_FINALLY                       7..=10 JumpForward;
    SETUP_LOOP                          7..=7  JumpForward;
    SETUP_WITH                          7..=10 JumpForward;
    SET_ADD                             7..=15 Integer;
    SET_FUNCTION_ATTRIBUTE             13..=15 FunctionFlag;
    SET_UPDATE                          9..=15 Integer;
    STORE_ATTR                          7..=15 Name;
    STORE_DEREF                         7..=15 Deref;
    STORE_FAST                          7..=15 Local;
    STORE_FAST_LOAD_FAST               13..=15 LocalPair;
    STORE_FAST_STORE_FAST              13..=15 LocalPair;
    STORE_GLOBAL                        7..=15 Name;
    STORE_NAME                          7..=15 Name;
    STORE_SLICE                        12..=15 None;
    STORE_SUBSCR                        7..=15 None;
    SWAP                               11..=15 Integer;
    TO_BOOL                            13..=15 None;
    TRACE_RECORD                       15..=15 Integer;
    UNARY_INVERT                        7..=15 None;
    UNARY_NEGATIVE                      7..=15 None;
    UNARY_NOT                           7..=15 None;
    UNARY_POSITIVE                      7..=11 None;
    UNPACK_EX                           7..=15 Integer;
    UNPACK_SEQUENCE                     7..=15 Integer;
    WITH_CLEANUP_FINISH                 7..=8  None;
    WITH_CLEANUP_START                  7..=8  None;
    WITH_EXCEPT_START                   9..=15 None;
    YIELD_FROM                          7..=10 None;
    YIELD_VALUE                         7..=11 None;
    YIELD_VALUE                        12..=15 Integer;
};
