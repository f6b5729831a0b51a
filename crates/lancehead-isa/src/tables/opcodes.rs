//! Every opcode's number in every version.
//!
//! Names and numbers are those of each version's `opcode` module (`Lib/opcode.py` up to 3.12,
//! `Lib/_opcode_metadata.py` since), which `tests/reference.rs` holds this table against. Pseudo-instructions, numbered
//! from 256, never leave the compiler and are not listed.

/// "This version has no such opcode", in a table of numbers.
pub(crate) const ABSENT: u16 = u16::MAX;

macro_rules! number {
    (-) => {
        ABSENT
    };
    ($number:literal) => {
        $number
    };
}
pub(crate) use number;

macro_rules! opcodes {
    ($($name:ident [$($number:tt),*];)*) => {
        /// An operation of CPython's virtual machine, under CPython's own name: the union of all versions.
        ///
        /// What the versions make of a name may differ; [`Opcode::operand`] and its neighbours answer per version.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(non_camel_case_types, missing_docs)]
        #[repr(u8)]
        pub enum Opcode {
            $($name),*
        }

        impl Opcode {
            /// Every opcode, in the order of the table.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$name),*];

            /// CPython's name.
            pub const fn name(self) -> &'static str {
                NAMES[self as usize]
            }
        }

        const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// By opcode and version: the number, or [`ABSENT`].
        pub(crate) static NUMBERS: [[u16; 9]; Opcode::ALL.len()] = [$([$(number!($number)),*]),*];
    };
}

#[rustfmt::skip]
opcodes! {
    //                                3.7  3.8  3.9 3.10 3.11 3.12 3.13 3.14 3.15
    CACHE                             [  -,   -,   -,   -,   0,   0,   0,   0,   0];
    ASYNC_GEN_WRAP                    [  -,   -,   -,   -,  87,   -,   -,   -,   -];
    BEFORE_ASYNC_WITH                 [ 52,  52,  52,  52,  52,  52,   1,   -,   -];
    BEFORE_WITH                       [  -,   -,   -,   -,  53,  53,   2,   -,   -];
    BEGIN_FINALLY                     [  -,  53,   -,   -,   -,   -,   -,   -,   -];
    BINARY_ADD                        [ 23,  23,  23,  23,   -,   -,   -,   -,   -];
    BINARY_AND                        [ 64,  64,  64,  64,   -,   -,   -,   -,   -];
    BINARY_FLOOR_DIVIDE               [ 26,  26,  26,  26,   -,   -,   -,   -,   -];
    BINARY_LSHIFT                     [ 62,  62,  62,  62,   -,   -,   -,   -,   -];
    BINARY_MATRIX_MULTIPLY            [ 16,  16,  16,  16,   -,   -,   -,   -,   -];
    BINARY_MODULO                     [ 22,  22,  22,  22,   -,   -,   -,   -,   -];
    BINARY_MULTIPLY                   [ 20,  20,  20,  20,   -,   -,   -,   -,   -];
    BINARY_OP                         [  -,   -,   -,   -, 122, 122,  45,  44,  42];
    BINARY_OR                         [ 66,  66,  66,  66,   -,   -,   -,   -,   -];
    BINARY_POWER                      [ 19,  19,  19,  19,   -,   -,   -,   -,   -];
    BINARY_RSHIFT                     [ 63,  63,  63,  63,   -,   -,   -,   -,   -];
    BINARY_SLICE                      [  -,   -,   -,   -,   -,  26,   4,   1,   1];
    BINARY_SUBSCR                     [ 25,  25,  25,  25,  25,  25,   5,   -,   -];
    BINARY_SUBTRACT                   [ 24,  24,  24,  24,   -,   -,   -,   -,   -];
    BINARY_TRUE_DIVIDE                [ 27,  27,  27,  27,   -,   -,   -,   -,   -];
    BINARY_XOR                        [ 65,  65,  65,  65,   -,   -,   -,   -,   -];
    BREAK_LOOP                        [ 80,   -,   -,   -,   -,   -,   -,   -,   -];
    BUILD_CONST_KEY_MAP               [156, 156, 156, 156, 156, 156,  46,   -,   -];
    BUILD_INTERPOLATION               [  -,   -,   -,   -,   -,   -,   -,  45,  43];
    BUILD_LIST                        [103, 103, 103, 103, 103, 103,  47,  46,  44];
    BUILD_LIST_UNPACK                 [149, 149,   -,   -,   -,   -,   -,   -,   -];
    BUILD_MAP                         [105, 105, 105, 105, 105, 105,  48,  47,  45];
    BUILD_MAP_UNPACK                  [150, 150,   -,   -,   -,   -,   -,   -,   -];
    BUILD_MAP_UNPACK_WITH_CALL        [151, 151,   -,   -,   -,   -,   -,   -,   -];
    BUILD_SET                         [104, 104, 104, 104, 104, 104,  49,  48,  46];
    BUILD_SET_UNPACK                  [153, 153,   -,   -,   -,   -,   -,   -,   -];
    BUILD_SLICE                       [133, 133, 133, 133, 133, 133,  50,  49,  47];
    BUILD_STRING                      [157, 157, 157, 157, 157, 157,  51,  50,  48];
    BUILD_TEMPLATE                    [  -,   -,   -,   -,   -,   -,   -,   2,   2];
    BUILD_TUPLE                       [102, 102, 102, 102, 102, 102,  52,  51,  49];
    BUILD_TUPLE_UNPACK                [152, 152,   -,   -,   -,   -,   -,   -,   -];
    BUILD_TUPLE_UNPACK_WITH_CALL      [158, 158,   -,   -,   -,   -,   -,   -,   -];
    CALL                              [  -,   -,   -,   -, 171, 171,  53,  52,  50];
    CALL_FINALLY                      [  -, 162,   -,   -,   -,   -,   -,   -,   -];
    CALL_FUNCTION                     [131, 131, 131, 131,   -,   -,   -,   -,   -];
    CALL_FUNCTION_EX                  [142, 142, 142, 142, 142, 142,  54,   4,   4];
    CALL_FUNCTION_KW                  [141, 141, 141, 141,   -,   -,   -,   -,   -];
    CALL_INTRINSIC_1                  [  -,   -,   -,   -,   -, 173,  55,  53,  51];
    CALL_INTRINSIC_2                  [  -,   -,   -,   -,   -, 174,  56,  54,  52];
    CALL_KW                           [  -,   -,   -,   -,   -,   -,  57,  55,  53];
    CALL_METHOD                       [161, 161, 161, 161,   -,   -,   -,   -,   -];
    CHECK_EG_MATCH                    [  -,   -,   -,   -,  37,  37,   6,   5,   5];
    CHECK_EXC_MATCH                   [  -,   -,   -,   -,  36,  36,   7,   6,   6];
    CLEANUP_THROW                     [  -,   -,   -,   -,   -,  55,   8,   7,   7];
    COMPARE_OP                        [107, 107, 107, 107, 107, 107,  58,  56,  54];
    CONTAINS_OP                       [  -,   -, 118, 118, 118, 118,  59,  57,  55];
    CONTINUE_LOOP                     [119,   -,   -,   -,   -,   -,   -,   -,   -];
    CONVERT_VALUE                     [  -,   -,   -,   -,   -,   -,  60,  58,  56];
    COPY                              [  -,   -,   -,   -, 120, 120,  61,  59,  57];
    COPY_DICT_WITHOUT_KEYS            [  -,   -,   -,  34,   -,   -,   -,   -,   -];
    COPY_FREE_VARS                    [  -,   -,   -,   -, 149, 149,  62,  60,  58];
    DELETE_ATTR                       [ 96,  96,  96,  96,  96,  96,  63,  61,  59];
    DELETE_DEREF                      [138, 138, 138, 138, 139, 139,  64,  62,  60];
    DELETE_FAST                       [126, 126, 126, 126, 126, 126,  65,  63,  61];
    DELETE_GLOBAL                     [ 98,  98,  98,  98,  98,  98,  66,  64,  62];
    DELETE_NAME                       [ 91,  91,  91,  91,  91,  91,  67,  65,  63];
    DELETE_SUBSCR                     [ 61,  61,  61,  61,  61,  61,   9,   8,   8];
    DICT_MERGE                        [  -,   -, 164, 164, 164, 164,  68,  66,  64];
    DICT_UPDATE                       [  -,   -, 165, 165, 165, 165,  69,  67,  65];
    DUP_TOP                           [  4,   4,   4,   4,   -,   -,   -,   -,   -];
    DUP_TOP_TWO                       [  5,   5,   5,   5,   -,   -,   -,   -,   -];
    END_ASYNC_FOR                     [  -,  54,  54,  54,  54,  54,  10,  68,  66];
    END_FINALLY                       [ 88,  88,   -,   -,   -,   -,   -,   -,   -];
    END_FOR                           [  -,   -,   -,   -,   -,   4,  11,   9,   9];
    END_SEND                          [  -,   -,   -,   -,   -,   5,  12,  10,  10];
    ENTER_EXECUTOR                    [  -,   -,   -,   -,   -,   -,  70, 255, 254];
    EXIT_INIT_CHECK                   [  -,   -,   -,   -,   -,   -,  13,  11,  11];
    EXTENDED_ARG                      [144, 144, 144, 144, 144, 144,  71,  69,  67];
    FORMAT_SIMPLE                     [  -,   -,   -,   -,   -,   -,  14,  12,  12];
    FORMAT_VALUE                      [155, 155, 155, 155, 155, 155,   -,   -,   -];
    FORMAT_WITH_SPEC                  [  -,   -,   -,   -,   -,   -,  15,  13,  13];
    FOR_ITER                          [ 93,  93,  93,  93,  93,  93,  72,  70,  68];
    GEN_START                         [  -,   -,   -, 129,   -,   -,   -,   -,   -];
    GET_AITER                         [ 50,  50,  50,  50,  50,  50,  16,  14,  14];
    GET_ANEXT                         [ 51,  51,  51,  51,  51,  51,  18,  15,  15];
    GET_AWAITABLE                     [ 73,  73,  73,  73, 131, 131,  73,  71,  69];
    GET_ITER                          [ 68,  68,  68,  68,  68,  68,  19,  16,  70];
    GET_LEN                           [  -,   -,   -,  30,  30,  30,  20,  18,  16];
    GET_YIELD_FROM_ITER               [ 69,  69,  69,  69,  69,  69,  21,  19,   -];
    IMPORT_FROM                       [109, 109, 109, 109, 109, 109,  74,  72,  71];
    IMPORT_NAME                       [108, 108, 108, 108, 108, 108,  75,  73,  72];
    IMPORT_STAR                       [ 84,  84,  84,  84,  84,   -,   -,   -,   -];
    INPLACE_ADD                       [ 55,  55,  55,  55,   -,   -,   -,   -,   -];
    INPLACE_AND                       [ 77,  77,  77,  77,   -,   -,   -,   -,   -];
    INPLACE_FLOOR_DIVIDE              [ 28,  28,  28,  28,   -,   -,   -,   -,   -];
    INPLACE_LSHIFT                    [ 75,  75,  75,  75,   -,   -,   -,   -,   -];
    INPLACE_MATRIX_MULTIPLY           [ 17,  17,  17,  17,   -,   -,   -,   -,   -];
    INPLACE_MODULO                    [ 59,  59,  59,  59,   -,   -,   -,   -,   -];
    INPLACE_MULTIPLY                  [ 57,  57,  57,  57,   -,   -,   -,   -,   -];
    INPLACE_OR                        [ 79,  79,  79,  79,   -,   -,   -,   -,   -];
    INPLACE_POWER                     [ 67,  67,  67,  67,   -,   -,   -,   -,   -];
    INPLACE_RSHIFT                    [ 76,  76,  76,  76,   -,   -,   -,   -,   -];
    INPLACE_SUBTRACT                  [ 56,  56,  56,  56,   -,   -,   -,   -,   -];
    INPLACE_TRUE_DIVIDE               [ 29,  29,  29,  29,   -,   -,   -,   -,   -];
    INPLACE_XOR                       [ 78,  78,  78,  78,   -,   -,   -,   -,   -];
    INSTRUMENTED_CALL                 [  -,   -,   -,   -,   -, 241, 244, 250, 249];
    INSTRUMENTED_CALL_FUNCTION_EX     [  -,   -,   -,   -,   -, 244, 246, 252, 251];
    INSTRUMENTED_CALL_KW              [  -,   -,   -,   -,   -,   -, 245, 251, 250];
    INSTRUMENTED_END_ASYNC_FOR        [  -,   -,   -,   -,   -,   -,   -, 248, 247];
    INSTRUMENTED_END_FOR              [  -,   -,   -,   -,   -, 251, 237, 234, 233];
    INSTRUMENTED_END_SEND             [  -,   -,   -,   -,   -, 252, 238, 236, 235];
    INSTRUMENTED_FOR_ITER             [  -,   -,   -,   -,   -, 248, 243, 237, 236];
    INSTRUMENTED_INSTRUCTION          [  -,   -,   -,   -,   -, 253, 247, 238, 237];
    INSTRUMENTED_JUMP_BACKWARD        [  -,   -,   -,   -,   -, 246, 249, 253, 252];
    INSTRUMENTED_JUMP_FORWARD         [  -,   -,   -,   -,   -, 245, 248, 239, 238];
    INSTRUMENTED_LINE                 [  -,   -,   -,   -,   -, 254, 254, 254, 253];
    INSTRUMENTED_LOAD_SUPER_ATTR      [  -,   -,   -,   -,   -, 237, 242, 249, 248];
    INSTRUMENTED_NOT_TAKEN            [  -,   -,   -,   -,   -,   -,   -, 240, 239];
    INSTRUMENTED_POP_ITER             [  -,   -,   -,   -,   -,   -,   -, 235, 234];
    INSTRUMENTED_POP_JUMP_IF_FALSE    [  -,   -,   -,   -,   -, 249, 251, 242, 241];
    INSTRUMENTED_POP_JUMP_IF_NONE     [  -,   -,   -,   -,   -, 238, 252, 243, 242];
    INSTRUMENTED_POP_JUMP_IF_NOT_NONE [  -,   -,   -,   -,   -, 239, 253, 244, 243];
    INSTRUMENTED_POP_JUMP_IF_TRUE     [  -,   -,   -,   -,   -, 250, 250, 241, 240];
    INSTRUMENTED_RESUME               [  -,   -,   -,   -,   -, 240, 236, 245, 244];
    INSTRUMENTED_RETURN_CONST         [  -,   -,   -,   -,   -, 247, 240,   -,   -];
    INSTRUMENTED_RETURN_VALUE         [  -,   -,   -,   -,   -, 242, 239, 246, 245];
    INSTRUMENTED_YIELD_VALUE          [  -,   -,   -,   -,   -, 243, 241, 247, 246];
    INTERPRETER_EXIT                  [  -,   -,   -,   -,   -,   3,  22,  20,  18];
    IS_OP                             [  -,   -, 117, 117, 117, 117,  76,  74,  73];
    JUMP_ABSOLUTE                     [113, 113, 113, 113,   -,   -,   -,   -,   -];
    JUMP_BACKWARD                     [  -,   -,   -,   -, 140, 140,  77,  75,  74];
    JUMP_BACKWARD_NO_INTERRUPT        [  -,   -,   -,   -, 134, 134,  78,  76,  75];
    JUMP_FORWARD                      [110, 110, 110, 110, 110, 110,  79,  77,  76];
    JUMP_IF_FALSE_OR_POP              [111, 111, 111, 111, 111,   -,   -,   -,   -];
    JUMP_IF_NOT_EXC_MATCH             [  -,   -, 121, 121,   -,   -,   -,   -,   -];
    JUMP_IF_TRUE_OR_POP               [112, 112, 112, 112, 112,   -,   -,   -,   -];
    KW_NAMES                          [  -,   -,   -,   -, 172, 172,   -,   -,   -];
    LIST_APPEND                       [145, 145, 145, 145, 145, 145,  80,  78,  77];
    LIST_EXTEND                       [  -,   -, 162, 162, 162, 162,  81,  79,  78];
    LIST_TO_TUPLE                     [  -,   -,  82,  82,  82,   -,   -,   -,   -];
    LOAD_ASSERTION_ERROR              [  -,   -,  74,  74,  74,  74,  23,   -,   -];
    LOAD_ATTR                         [106, 106, 106, 106, 106, 106,  82,  80,  79];
    LOAD_BUILD_CLASS                  [ 71,  71,  71,  71,  71,  71,  24,  21,  19];
    LOAD_CLASSDEREF                   [148, 148, 148, 148, 148,   -,   -,   -,   -];
    LOAD_CLOSURE                      [135, 135, 135, 135, 136, 136,   -,   -,   -];
    LOAD_COMMON_CONSTANT              [  -,   -,   -,   -,   -,   -,   -,  81,  80];
    LOAD_CONST                        [100, 100, 100, 100, 100, 100,  83,  82,  81];
    LOAD_DEREF                        [136, 136, 136, 136, 137, 137,  84,  83,  82];
    LOAD_FAST                         [124, 124, 124, 124, 124, 124,  85,  84,  83];
    LOAD_FAST_AND_CLEAR               [  -,   -,   -,   -,   -, 143,  86,  85,  84];
    LOAD_FAST_BORROW                  [  -,   -,   -,   -,   -,   -,   -,  86,  85];
    LOAD_FAST_BORROW_LOAD_FAST_BORROW [  -,   -,   -,   -,   -,   -,   -,  87,  86];
    LOAD_FAST_CHECK                   [  -,   -,   -,   -,   -, 127,  87,  88,  87];
    LOAD_FAST_LOAD_FAST               [  -,   -,   -,   -,   -,   -,  88,  89,  88];
    LOAD_FROM_DICT_OR_DEREF           [  -,   -,   -,   -,   -, 176,  89,  90,  89];
    LOAD_FROM_DICT_OR_GLOBALS         [  -,   -,   -,   -,   -, 175,  90,  91,  90];
    LOAD_GLOBAL                       [116, 116, 116, 116, 116, 116,  91,  92,  91];
    LOAD_LOCALS                       [  -,   -,   -,   -,   -,  87,  25,  22,  20];
    LOAD_METHOD                       [160, 160, 160, 160, 160,   -,   -,   -,   -];
    LOAD_NAME                         [101, 101, 101, 101, 101, 101,  92,  93,  92];
    LOAD_SMALL_INT                    [  -,   -,   -,   -,   -,   -,   -,  94,  93];
    LOAD_SPECIAL                      [  -,   -,   -,   -,   -,   -,   -,  95,  94];
    LOAD_SUPER_ATTR                   [  -,   -,   -,   -,   -, 141,  93,  96,  95];
    MAKE_CELL                         [  -,   -,   -,   -, 135, 135,  94,  97,  96];
    MAKE_FUNCTION                     [132, 132, 132, 132, 132, 132,  26,  23,  21];
    MAP_ADD                           [147, 147, 147, 147, 147, 147,  95,  98,  97];
    MATCH_CLASS                       [  -,   -,   -, 152, 152, 152,  96,  99,  98];
    MATCH_KEYS                        [  -,   -,   -,  33,  33,  33,  27,  24,  22];
    MATCH_MAPPING                     [  -,   -,   -,  31,  31,  31,  28,  25,  23];
    MATCH_SEQUENCE                    [  -,   -,   -,  32,  32,  32,  29,  26,  24];
    NOP                               [  9,   9,   9,   9,   9,   9,  30,  27,  25];
    NOT_TAKEN                         [  -,   -,   -,   -,   -,   -,   -,  28,  26];
    POP_BLOCK                         [ 87,  87,  87,  87,   -,   -,   -,   -,   -];
    POP_EXCEPT                        [ 89,  89,  89,  89,  89,  89,  31,  29,  27];
    POP_FINALLY                       [  -, 163,   -,   -,   -,   -,   -,   -,   -];
    POP_ITER                          [  -,   -,   -,   -,   -,   -,   -,  30,  28];
    POP_JUMP_BACKWARD_IF_FALSE        [  -,   -,   -,   -, 175,   -,   -,   -,   -];
    POP_JUMP_BACKWARD_IF_NONE         [  -,   -,   -,   -, 174,   -,   -,   -,   -];
    POP_JUMP_BACKWARD_IF_NOT_NONE     [  -,   -,   -,   -, 173,   -,   -,   -,   -];
    POP_JUMP_BACKWARD_IF_TRUE         [  -,   -,   -,   -, 176,   -,   -,   -,   -];
    POP_JUMP_FORWARD_IF_FALSE         [  -,   -,   -,   -, 114,   -,   -,   -,   -];
    POP_JUMP_FORWARD_IF_NONE          [  -,   -,   -,   -, 129,   -,   -,   -,   -];
    POP_JUMP_FORWARD_IF_NOT_NONE      [  -,   -,   -,   -, 128,   -,   -,   -,   -];
    POP_JUMP_FORWARD_IF_TRUE          [  -,   -,   -,   -, 115,   -,   -,   -,   -];
    POP_JUMP_IF_FALSE                 [114, 114, 114, 114,   -, 114,  97, 100,  99];
    POP_JUMP_IF_NONE                  [  -,   -,   -,   -,   -, 129,  98, 101, 100];
    POP_JUMP_IF_NOT_NONE              [  -,   -,   -,   -,   -, 128,  99, 102, 101];
    POP_JUMP_IF_TRUE                  [115, 115, 115, 115,   -, 115, 100, 103, 102];
    POP_TOP                           [  1,   1,   1,   1,   1,   1,  32,  31,  29];
    PRECALL                           [  -,   -,   -,   -, 166,   -,   -,   -,   -];
    PREP_RERAISE_STAR                 [  -,   -,   -,   -,  88,   -,   -,   -,   -];
    PRINT_EXPR                        [ 70,  70,  70,  70,  70,   -,   -,   -,   -];
    PUSH_EXC_INFO                     [  -,   -,   -,   -,  35,  35,  33,  32,  30];
    PUSH_NULL                         [  -,   -,   -,   -,   2,   2,  34,  33,  31];
    RAISE_VARARGS                     [130, 130, 130, 130, 130, 130, 101, 104, 103];
    RERAISE                           [  -,   -,  48, 119, 119, 119, 102, 105, 104];
    RESERVED                          [  -,   -,   -,   -,   -,  17,  17,  17,  17];
    RESUME                            [  -,   -,   -,   -, 151, 151, 149, 128, 128];
    RETURN_CONST                      [  -,   -,   -,   -,   -, 121, 103,   -,   -];
    RETURN_GENERATOR                  [  -,   -,   -,   -,  75,  75,  35,  34,  32];
    RETURN_VALUE                      [ 83,  83,  83,  83,  83,  83,  36,  35,  33];
    ROT_FOUR                          [  -,   6,   6,   6,   -,   -,   -,   -,   -];
    ROT_N                             [  -,   -,   -,  99,   -,   -,   -,   -,   -];
    ROT_THREE                         [  3,   3,   3,   3,   -,   -,   -,   -,   -];
    ROT_TWO                           [  2,   2,   2,   2,   -,   -,   -,   -,   -];
    SEND                              [  -,   -,   -,   -, 123, 123, 104, 106, 105];
    SETUP_ANNOTATIONS                 [ 85,  85,  85,  85,  85,  85,  37,  36,  34];
    SETUP_ASYNC_WITH                  [154, 154, 154, 154,   -,   -,   -,   -,   -];
    SETUP_EXCEPT                      [121,   -,   -,   -,   -,   -,   -,   -,   -];
    SETUP_FINALLY                     [122, 122, 122, 122,   -,   -,   -,   -,   -];
    SETUP_LOOP                        [120,   -,   -,   -,   -,   -,   -,   -,   -];
    SETUP_WITH                        [143, 143, 143, 143,   -,   -,   -,   -,   -];
    SET_ADD                           [146, 146, 146, 146, 146, 146, 105, 107, 106];
    SET_FUNCTION_ATTRIBUTE            [  -,   -,   -,   -,   -,   -, 106, 108, 107];
    SET_UPDATE                        [  -,   -, 163, 163, 163, 163, 107, 109, 108];
    STORE_ATTR                        [ 95,  95,  95,  95,  95,  95, 108, 110, 109];
    STORE_DEREF                       [137, 137, 137, 137, 138, 138, 109, 111, 110];
    STORE_FAST                        [125, 125, 125, 125, 125, 125, 110, 112, 111];
    STORE_FAST_LOAD_FAST              [  -,   -,   -,   -,   -,   -, 111, 113, 112];
    STORE_FAST_STORE_FAST             [  -,   -,   -,   -,   -,   -, 112, 114, 113];
    STORE_GLOBAL                      [ 97,  97,  97,  97,  97,  97, 113, 115, 114];
    STORE_NAME                        [ 90,  90,  90,  90,  90,  90, 114, 116, 115];
    STORE_SLICE                       [  -,   -,   -,   -,   -,  27,  38,  37,  35];
    STORE_SUBSCR                      [ 60,  60,  60,  60,  60,  60,  39,  38,  36];
    SWAP                              [  -,   -,   -,   -,  99,  99, 115, 117, 116];
    TO_BOOL                           [  -,   -,   -,   -,   -,   -,  40,  39,  37];
    TRACE_RECORD                      [  -,   -,   -,   -,   -,   -,   -,   -, 255];
    UNARY_INVERT                      [ 15,  15,  15,  15,  15,  15,  41,  40,  38];
    UNARY_NEGATIVE                    [ 11,  11,  11,  11,  11,  11,  42,  41,  39];
    UNARY_NOT                         [ 12,  12,  12,  12,  12,  12,  43,  42,  40];
    UNARY_POSITIVE                    [ 10,  10,  10,  10,  10,   -,   -,   -,   -];
    UNPACK_EX                         [ 94,  94,  94,  94,  94,  94, 116, 118, 117];
    UNPACK_SEQUENCE                   [ 92,  92,  92,  92,  92,  92, 117, 119, 118];
    WITH_CLEANUP_FINISH               [ 82,  82,   -,   -,   -,   -,   -,   -,   -];
    WITH_CLEANUP_START                [ 81,  81,   -,   -,   -,   -,   -,   -,   -];
    WITH_EXCEPT_START                 [  -,   -,  49,  49,  49,  49,  44,  43,  41];
    YIELD_FROM                        [ 72,  72,  72,  72,   -,   -,   -,   -,   -];
    YIELD_VALUE                       [ 86,  86,  86,  86,  86, 150, 118, 120, 119];
}
