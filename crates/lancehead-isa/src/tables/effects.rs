//! How many values each opcode takes off the stack and puts on it, per range of versions.
//!
//! In a count, `n` is the argument. The difference of both counts is what the version's own `dis.stack_effect` says
//! (`stack_effect` in `Python/compile.c` up to 3.11, `Python/bytecodes.c` since), which a test holds this table against;
//! like it, these are the compiler's counts where the interpreter's vary: `finally` in 3.7 and 3.8 counts six values for
//! what may be one, `PRECALL` takes the arguments that `CALL` takes, and `FOR_ITER` since 3.12 leaves the values that the
//! instruction at its target takes off. A count includes values deeper in the stack that are looked at.

use crate::Opcode;

/// A number of values: `base + factor * measure(argument)`.
#[derive(Clone, Copy)]
pub(crate) struct Amount {
    pub base: u8,
    pub factor: u8,
    pub measure: Measure,
}

/// What of an argument is counted.
#[derive(Clone, Copy)]
pub(crate) enum Measure {
    /// The argument itself.
    Arg,
    /// One if a bit of this mask is set.
    Bit(u32),
    /// How many of the lowest four bits are set.
    Ones,
    /// One if the argument is this.
    Is(u32),
    /// The lowest byte plus all above it, as `UNPACK_EX` packs two counts.
    Bytes,
}

impl Amount {
    pub(crate) fn of(self, arg: u32) -> u64 {
        let measured = match self.measure {
            Measure::Arg => u64::from(arg),
            Measure::Bit(mask) => u64::from(arg & mask != 0),
            Measure::Ones => u64::from((arg & 0xF).count_ones()),
            Measure::Is(number) => u64::from(arg == number),
            Measure::Bytes => u64::from(arg & 0xFF) + u64::from(arg >> 8),
        };
        u64::from(self.base) + u64::from(self.factor) * measured
    }
}

/// Values taken off, and put on.
#[derive(Clone, Copy)]
pub(crate) struct Effect {
    pub pops: Amount,
    pub pushes: Amount,
}

/// The effect of one opcode in a range of versions.
#[derive(Clone, Copy)]
pub(crate) struct EffectRule {
    pub opcode: Opcode,
    /// Minor number of the first version.
    pub since: u8,
    /// Minor number of the last version.
    pub until: u8,
    pub falls: Effect,
    /// The effect when it jumps, or on entry to the handler that it sets up.
    pub jumps: Effect,
}

macro_rules! amount {
    ($base:literal) => {
        Amount { base: $base, factor: 0, measure: Measure::Arg }
    };
    (n) => {
        Amount { base: 0, factor: 1, measure: Measure::Arg }
    };
    ($factor:literal n) => {
        Amount { base: 0, factor: $factor, measure: Measure::Arg }
    };
    ($base:literal + n) => {
        Amount { base: $base, factor: 1, measure: Measure::Arg }
    };
    ($base:literal + bit $mask:literal) => {
        Amount { base: $base, factor: 1, measure: Measure::Bit($mask) }
    };
    ($base:literal + is $number:literal) => {
        Amount { base: $base, factor: 1, measure: Measure::Is($number) }
    };
    ($base:literal + ones) => {
        Amount { base: $base, factor: 1, measure: Measure::Ones }
    };
    ($base:literal + bytes) => {
        Amount { base: $base, factor: 1, measure: Measure::Bytes }
    };
}

macro_rules! effect {
    (($($pops:tt)+) ($($pushes:tt)+)) => {
        Effect { pops: amount!($($pops)+), pushes: amount!($($pushes)+) }
    };
}

macro_rules! rule {
    ($opcode:ident $since:literal $until:literal $pops:tt $pushes:tt) => {
        rule!($opcode $since $until $pops $pushes $pops $pushes)
    };
    ($opcode:ident $since:literal $until:literal $pops:tt $pushes:tt $jump_pops:tt $jump_pushes:tt) => {
        EffectRule {
            opcode: Opcode::$opcode,
            since: $since,
            until: $until,
            falls: effect!($pops $pushes),
            jumps: effect!($jump_pops $jump_pushes),
        }
    };
}

macro_rules! effects {
    ($($opcode:ident $since:literal..=$until:literal
        $pops:tt -> $pushes:tt $(, jump $jump_pops:tt -> $jump_pushes:tt)?;)*) => {
        &[$(rule!($opcode $since $until $pops $pushes $($jump_pops $jump_pushes)?)),*]
    };
}

#[rustfmt::skip]
pub(crate) static EFFECTS: &[EffectRule] = effects! {
    CACHE                             11..=15 (0) -> (0);
    ASYNC_GEN_WRAP                    11..=11 (1) -> (1);
    BEFORE_ASYNC_WITH                  7..=13 (1) -> (2);
    BEFORE_WITH                       11..=13 (1) -> (2);
    BEGIN_FINALLY                      8..=8  (0) -> (6);
    BINARY_ADD                         7..=10 (2) -> (1);
    BINARY_AND                         7..=10 (2) -> (1);
    BINARY_FLOOR_DIVIDE                7..=10 (2) -> (1);
    BINARY_LSHIFT                      7..=10 (2) -> (1);
    BINARY_MATRIX_MULTIPLY             7..=10 (2) -> (1);
    BINARY_MODULO                      7..=10 (2) -> (1);
    BINARY_MULTIPLY                    7..=10 (2) -> (1);
    BINARY_OP                         11..=15 (2) -> (1);
    BINARY_OR                          7..=10 (2) -> (1);
    BINARY_POWER                       7..=10 (2) -> (1);
    BINARY_RSHIFT                      7..=10 (2) -> (1);
    BINARY_SLICE                      12..=15 (3) -> (1);
    BINARY_SUBSCR                      7..=13 (2) -> (1);
    BINARY_SUBTRACT                    7..=10 (2) -> (1);
    BINARY_TRUE_DIVIDE                 7..=10 (2) -> (1);
    BINARY_XOR                         7..=10 (2) -> (1);
    BREAK_LOOP                         7..=7  (0) -> (0);
    BUILD_CONST_KEY_MAP                7..=13 (1 + n) -> (1);
    BUILD_INTERPOLATION               14..=15 (2 + bit 1) -> (1);
    BUILD_LIST                         7..=15 (n) -> (1);
    BUILD_LIST_UNPACK                  7..=8  (n) -> (1);
    BUILD_MAP                          7..=15 (2 n) -> (1);
    BUILD_MAP_UNPACK                   7..=8  (n) -> (1);
    BUILD_MAP_UNPACK_WITH_CALL         7..=8  (n) -> (1);
    BUILD_SET                          7..=15 (n) -> (1);
    BUILD_SET_UNPACK                   7..=8  (n) -> (1);
    BUILD_SLICE                        7..=13 (2 + is 3) -> (1);
    BUILD_SLICE                       14..=15 (n) -> (1);
    BUILD_STRING                       7..=15 (n) -> (1);
    BUILD_TEMPLATE                    14..=15 (2) -> (1);
    BUILD_TUPLE                        7..=15 (n) -> (1);
    BUILD_TUPLE_UNPACK                 7..=8  (n) -> (1);
    BUILD_TUPLE_UNPACK_WITH_CALL       7..=8  (n) -> (1);
    CALL                              11..=11 (2) -> (1);
    CALL                              12..=15 (2 + n) -> (1);
    CALL_FINALLY                       8..=8  (0) -> (0), jump (0) -> (1);
    CALL_FUNCTION                      7..=10 (1 + n) -> (1);
    CALL_FUNCTION_EX                   7..=10 (2 + bit 1) -> (1);
    CALL_FUNCTION_EX                  11..=13 (3 + bit 1) -> (1);
    CALL_FUNCTION_EX                  14..=15 (4) -> (1);
    CALL_FUNCTION_KW                   7..=10 (2 + n) -> (1);
    CALL_INTRINSIC_1                  12..=15 (1) -> (1);
    CALL_INTRINSIC_2                  12..=15 (2) -> (1);
    CALL_KW                           13..=15 (3 + n) -> (1);
    CALL_METHOD                        7..=10 (2 + n) -> (1);
    CHECK_EG_MATCH                    11..=15 (2) -> (2);
    CHECK_EXC_MATCH                   11..=15 (2) -> (2);
    CLEANUP_THROW                     12..=15 (3) -> (2);
    COMPARE_OP                         7..=15 (2) -> (1);
    CONTAINS_OP                        9..=15 (2) -> (1);
    CONTINUE_LOOP                      7..=7  (0) -> (0);
    CONVERT_VALUE                     13..=15 (1) -> (1);
    COPY                              11..=15 (n) -> (1 + n);
    COPY_DICT_WITHOUT_KEYS            10..=10 (2) -> (2);
    COPY_FREE_VARS                    11..=15 (0) -> (0);
    DELETE_ATTR                        7..=15 (1) -> (0);
    DELETE_DEREF                       7..=15 (0) -> (0);
    DELETE_FAST                        7..=15 (0) -> (0);
    DELETE_GLOBAL                      7..=15 (0) -> (0);
    DELETE_NAME                        7..=15 (0) -> (0);
    DELETE_SUBSCR                      7..=15 (2) -> (0);
    DICT_MERGE                         9..=15 (1 + n) -> (n);
    DICT_UPDATE                        9..=15 (1 + n) -> (n);
    DUP_TOP                            7..=10 (1) -> (2);
    DUP_TOP_TWO                        7..=10 (2) -> (4);
    END_ASYNC_FOR                      8..=10 (7) -> (0);
    END_ASYNC_FOR                     11..=15 (2) -> (0);
    END_FINALLY                        7..=8  (6) -> (0);
    END_FOR                           12..=12 (2) -> (0);
    END_FOR                           13..=15 (1) -> (0);
    END_SEND                          12..=14 (2) -> (1);
    END_SEND                          15..=15 (3) -> (1);
    ENTER_EXECUTOR                    13..=15 (0) -> (0);
    EXIT_INIT_CHECK                   13..=15 (1) -> (0);
    EXTENDED_ARG                       7..=15 (0) -> (0);
    FORMAT_SIMPLE                     13..=15 (1) -> (1);
    FORMAT_VALUE                       7..=12 (1 + bit 4) -> (1);
    FORMAT_WITH_SPEC                  13..=15 (2) -> (1);
    FOR_ITER                           7..=11 (1) -> (2), jump (1) -> (0);
    FOR_ITER                          12..=14 (1) -> (2);
    FOR_ITER                          15..=15 (2) -> (3);
    GEN_START                         10..=10 (1) -> (0);
    GET_AITER                          7..=15 (1) -> (1);
    GET_ANEXT                          7..=15 (1) -> (2);
    GET_AWAITABLE                      7..=15 (1) -> (1);
    GET_ITER                           7..=14 (1) -> (1);
    GET_ITER                          15..=15 (1) -> (2);
    GET_LEN                           10..=15 (1) -> (2);
    GET_YIELD_FROM_ITER                7..=14 (1) -> (1);
    IMPORT_FROM                        7..=15 (1) -> (2);
    IMPORT_NAME                        7..=15 (2) -> (1);
    IMPORT_STAR                        7..=11 (1) -> (0);
    INPLACE_ADD                        7..=10 (2) -> (1);
    INPLACE_AND                        7..=10 (2) -> (1);
    INPLACE_FLOOR_DIVIDE               7..=10 (2) -> (1);
    INPLACE_LSHIFT                     7..=10 (2) -> (1);
    INPLACE_MATRIX_MULTIPLY            7..=10 (2) -> (1);
    INPLACE_MODULO                     7..=10 (2) -> (1);
    INPLACE_MULTIPLY                   7..=10 (2) -> (1);
    INPLACE_OR                         7..=10 (2) -> (1);
    INPLACE_POWER                      7..=10 (2) -> (1);
    INPLACE_RSHIFT                     7..=10 (2) -> (1);
    INPLACE_SUBTRACT                   7..=10 (2) -> (1);
    INPLACE_TRUE_DIVIDE                7..=10 (2) -> (1);
    INPLACE_XOR                        7..=10 (2) -> (1);
    INSTRUMENTED_INSTRUCTION          12..=15 (0) -> (0);
    INSTRUMENTED_LINE                 12..=15 (0) -> (0);
    INTERPRETER_EXIT                  12..=15 (1) -> (0);
    IS_OP                              9..=15 (2) -> (1);
    JUMP_ABSOLUTE                      7..=10 (0) -> (0);
    JUMP_BACKWARD                     11..=15 (0) -> (0);
    JUMP_BACKWARD_NO_INTERRUPT        11..=15 (0) -> (0);
    JUMP_FORWARD                       7..=15 (0) -> (0);
    JUMP_IF_FALSE_OR_POP               7..=11 (1) -> (0), jump (1) -> (1);
    JUMP_IF_NOT_EXC_MATCH              9..=10 (2) -> (0);
    JUMP_IF_TRUE_OR_POP                7..=11 (1) -> (0), jump (1) -> (1);
    KW_NAMES                          11..=12 (0) -> (0);
    LIST_APPEND                        7..=15 (1 + n) -> (n);
    LIST_EXTEND                        9..=15 (1 + n) -> (n);
    LIST_TO_TUPLE                      9..=11 (1) -> (1);
    LOAD_ASSERTION_ERROR               9..=13 (0) -> (1);
    LOAD_ATTR                          7..=11 (1) -> (1);
    LOAD_ATTR                         12..=15 (1) -> (1 + bit 1);
    LOAD_BUILD_CLASS                   7..=15 (0) -> (1);
    LOAD_CLASSDEREF                    7..=11 (0) -> (1);
    LOAD_CLOSURE                       7..=12 (0) -> (1);
    LOAD_COMMON_CONSTANT              14..=15 (0) -> (1);
    LOAD_CONST                         7..=15 (0) -> (1);
    LOAD_DEREF                         7..=15 (0) -> (1);
    LOAD_FAST                          7..=15 (0) -> (1);
    LOAD_FAST_AND_CLEAR               12..=15 (0) -> (1);
    LOAD_FAST_BORROW                  14..=15 (0) -> (1);
    LOAD_FAST_BORROW_LOAD_FAST_BORROW 14..=15 (0) -> (2);
    LOAD_FAST_CHECK                   12..=15 (0) -> (1);
    LOAD_FAST_LOAD_FAST               13..=15 (0) -> (2);
    LOAD_FROM_DICT_OR_DEREF           12..=15 (1) -> (1);
    LOAD_FROM_DICT_OR_GLOBALS         12..=15 (1) -> (1);
    LOAD_GLOBAL                        7..=10 (0) -> (1);
    LOAD_GLOBAL                       11..=15 (0) -> (1 + bit 1);
    LOAD_LOCALS                       12..=15 (0) -> (1);
    LOAD_METHOD                        7..=11 (1) -> (2);
    LOAD_NAME                          7..=15 (0) -> (1);
    LOAD_SMALL_INT                    14..=15 (0) -> (1);
    LOAD_SPECIAL                      14..=15 (1) -> (2);
    LOAD_SUPER_ATTR                   12..=15 (3) -> (1 + bit 1);
    MAKE_CELL                         11..=15 (0) -> (0);
    MAKE_FUNCTION                      7..=10 (2 + ones) -> (1);
    MAKE_FUNCTION                     11..=12 (1 + ones) -> (1);
    MAKE_FUNCTION                     13..=15 (1) -> (1);
    MAP_ADD                            7..=15 (2 + n) -> (n);
    MATCH_CLASS                       10..=10 (3) -> (2);
    MATCH_CLASS                       11..=15 (3) -> (1);
    MATCH_KEYS                        10..=10 (2) -> (4);
    MATCH_KEYS                        11..=15 (2) -> (3);
    MATCH_MAPPING                     10..=15 (1) -> (2);
    MATCH_SEQUENCE                    10..=15 (1) -> (2);
    NOP                                7..=15 (0) -> (0);
    NOT_TAKEN                         14..=15 (0) -> (0);
    POP_BLOCK                          7..=10 (0) -> (0);
    POP_EXCEPT                         7..=10 (3) -> (0);
    POP_EXCEPT                        11..=15 (1) -> (0);
    POP_FINALLY                        8..=8  (6) -> (0);
    POP_ITER                          14..=14 (1) -> (0);
    POP_ITER                          15..=15 (2) -> (0);
    POP_JUMP_BACKWARD_IF_FALSE        11..=11 (1) -> (0);
    POP_JUMP_BACKWARD_IF_NONE         11..=11 (1) -> (0);
    POP_JUMP_BACKWARD_IF_NOT_NONE     11..=11 (1) -> (0);
    POP_JUMP_BACKWARD_IF_TRUE         11..=11 (1) -> (0);
    POP_JUMP_FORWARD_IF_FALSE         11..=11 (1) -> (0);
    POP_JUMP_FORWARD_IF_NONE          11..=11 (1) -> (0);
    POP_JUMP_FORWARD_IF_NOT_NONE      11..=11 (1) -> (0);
    POP_JUMP_FORWARD_IF_TRUE          11..=11 (1) -> (0);
    POP_JUMP_IF_FALSE                  7..=15 (1) -> (0);
    POP_JUMP_IF_NONE                  12..=15 (1) -> (0);
    POP_JUMP_IF_NOT_NONE              12..=15 (1) -> (0);
    POP_JUMP_IF_TRUE                   7..=15 (1) -> (0);
    POP_TOP                            7..=15 (1) -> (0);
    PRECALL                           11..=11 (n) -> (0);
    PREP_RERAISE_STAR                 11..=11 (2) -> (1);
    PRINT_EXPR                         7..=11 (1) -> (0);
    PUSH_EXC_INFO                     11..=15 (1) -> (2);
    PUSH_NULL                         11..=15 (0) -> (1);
    RAISE_VARARGS                      7..=15 (n) -> (0);
    RERAISE                            9..=10 (3) -> (0);
    RERAISE                           11..=15 (1 + n) -> (n);
    RESERVED                          12..=15 (0) -> (0);
    RESUME                            11..=15 (0) -> (0);
    RETURN_CONST                      12..=13 (0) -> (0);
    RETURN_GENERATOR                  11..=12 (0) -> (0);
    RETURN_GENERATOR                  13..=15 (0) -> (1);
    RETURN_VALUE                       7..=13 (1) -> (0);
    RETURN_VALUE                      14..=15 (1) -> (1);
    ROT_FOUR                           8..=10 (4) -> (4);
    ROT_N                             10..=10 (n) -> (n);
    ROT_THREE                          7..=10 (3) -> (3);
    ROT_TWO                            7..=10 (2) -> (2);
    SEND                              11..=11 (2) -> (2), jump (2) -> (1);
    SEND                              12..=14 (2) -> (2);
    SEND                              15..=15 (3) -> (3);
    SETUP_ANNOTATIONS                  7..=15 (0) -> (0);
    SETUP_ASYNC_WITH                   7..=10 (1) -> (1), jump (1) -> (6);
    SETUP_EXCEPT                       7..=7  (0) -> (0), jump (0) -> (6);
    SETUP_FINALLY                      7..=10 (0) -> (0), jump (0) -> (6);
    SETUP_LOOP                         7..=7  (0) -> (0);
    SETUP_WITH                         7..=10 (1) -> (2), jump (1) -> (7);
    SET_ADD                            7..=15 (1 + n) -> (n);
    SET_FUNCTION_ATTRIBUTE            13..=15 (2) -> (1);
    SET_UPDATE                         9..=15 (1 + n) -> (n);
    STORE_ATTR                         7..=15 (2) -> (0);
    STORE_DEREF                        7..=15 (1) -> (0);
    STORE_FAST                         7..=15 (1) -> (0);
    STORE_FAST_LOAD_FAST              13..=15 (1) -> (1);
    STORE_FAST_STORE_FAST             13..=15 (2) -> (0);
    STORE_GLOBAL                       7..=15 (1) -> (0);
    STORE_NAME                         7..=15 (1) -> (0);
    STORE_SLICE                       12..=15 (4) -> (0);
    STORE_SUBSCR                       7..=15 (3) -> (0);
    SWAP                              11..=15 (n) -> (n);
    TO_BOOL                           13..=15 (1) -> (1);
    TRACE_RECORD                      15..=15 (0) -> (0);
    UNARY_INVERT                       7..=15 (1) -> (1);
    UNARY_NEGATIVE                     7..=15 (1) -> (1);
    UNARY_NOT                          7..=15 (1) -> (1);
    UNARY_POSITIVE                     7..=11 (1) -> (1);
    UNPACK_EX                          7..=15 (1) -> (1 + bytes);
    UNPACK_SEQUENCE                    7..=15 (1) -> (n);
    WITH_CLEANUP_FINISH                7..=8  (3) -> (0);
    WITH_CLEANUP_START                 7..=8  (1) -> (3);
    WITH_EXCEPT_START                  9..=10 (7) -> (8);
    WITH_EXCEPT_START                 11..=13 (4) -> (5);
    WITH_EXCEPT_START                 14..=15 (5) -> (6);
    YIELD_FROM                         7..=10 (2) -> (1);
    YIELD_VALUE                        7..=15 (1) -> (1);
};
