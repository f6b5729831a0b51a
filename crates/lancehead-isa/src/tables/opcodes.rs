//! The table of instructions: one row for each opcode of any version.
//!
//! ```text
//! NAME [number] [operand] [effect] Flow [may raise] [caches];
//! INSTRUMENTED_NAME [number] as NAME;
//! ```
//!
//! An opcode that CPython renames keeps its row: `NAME [number] called [16: NEW_NAME] …`.
//!
//! A column in brackets says what holds from the first version on, and after each `minor:` what holds from there on. So a
//! new version has what the one before had, unless a row says otherwise. `-` is the end of an opcode; a number without a
//! version before it does not exist, because few opcodes have been there from the start.
//!
//! - **number**: that of the version's `opcode` module (`Lib/opcode.py` up to 3.12, `Lib/_opcode_metadata.py` since).
//!   Pseudo-instructions, numbered from 256, never leave the compiler and are not listed.
//! - **operand**: what the argument means, an [`OperandKind`](crate::OperandKind); the `has*` lists of the `opcode` module,
//!   `Lib/dis.py` for the rest.
//! - **effect**: how many values it takes off the stack and puts on it, where `n` is the argument. The difference is what
//!   `dis.stack_effect` says (`stack_effect` in `Python/compile.c` up to 3.11, `Python/bytecodes.c` since). Like it, these
//!   are the compiler's counts where the interpreter's vary: `finally` in 3.7 and 3.8 counts six values for what may be
//!   one, `PRECALL` takes the arguments that `CALL` takes, and `FOR_ITER` since 3.12 leaves the values that the
//!   instruction at its target takes off. A count includes values deeper in the stack that are looked at. After `jump`:
//!   the effect at the target, or on entry to the handler that is set up.
//! - **flow**: a [`Flow`](crate::Flow), the same in all versions.
//! - **may raise**: `never` for what only moves references between stack, frame and constants.
//! - **caches**: what the inline cache entries hold (3.11 and later, PEP 659), `_cache_format` of the `opcode` module: name
//!   and number of 16-bit entries. In a `.pyc` they are zero.
//!
//! `tests/reference.rs` holds the table against what each interpreter says about itself. A column that is left out does
//! not compile.

#[rustfmt::skip]
opcodes! {
    CACHE                             [11: 0]                                  [None]           [(0) -> (0)]      Next   [never]  [];
    ASYNC_GEN_WRAP                    [11: 87, 12: -]                          [None]           [(1) -> (1)]      Next   [raises] [];
    BEFORE_ASYNC_WITH                 [7: 52, 13: 1, 14: -]                    [None]           [(1) -> (2)]      Next   [raises] [];
    BEFORE_WITH                       [11: 53, 13: 2, 14: -]                   [None]           [(1) -> (2)]      Next   [raises] [];
    BEGIN_FINALLY                     [8: 53, 9: -]                            [None]           [(0) -> (6)]      Next   [never]  [];
    BINARY_ADD                        [7: 23, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_AND                        [7: 64, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_FLOOR_DIVIDE               [7: 26, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_LSHIFT                     [7: 62, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_MATRIX_MULTIPLY            [7: 16, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_MODULO                     [7: 22, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_MULTIPLY                   [7: 20, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_OP                         [11: 122, 13: 45, 14: 44, 15: 42]        [BinaryOp]       [(2) -> (1)]      Next   [raises]
        [counter 1; 14: counter 1 descr 4];
    BINARY_OR                         [7: 66, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_POWER                      [7: 19, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_RSHIFT                     [7: 63, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_SLICE                      [12: 26, 13: 4, 14: 1]                   [None]           [(3) -> (1)]      Next   [raises] [];
    BINARY_SUBSCR                     [7: 25, 13: 5, 14: -]                    [None]           [(2) -> (1)]      Next   [raises]
        [; 11: counter 1 type_version 2 func_version 1; 12: counter 1];
    BINARY_SUBTRACT                   [7: 24, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_TRUE_DIVIDE                [7: 27, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BINARY_XOR                        [7: 65, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    BREAK_LOOP                        [7: 80, 8: -]                            [None]           [(0) -> (0)]      BreakLoop [raises] [];
    BUILD_CONST_KEY_MAP               [7: 156, 13: 46, 14: -]                  [Integer]        [(1 + n) -> (1)]  Next   [raises] [];
    BUILD_INTERPOLATION               [14: 45, 15: 43]                         [Integer]        [(2 + bit 1) -> (1)] Next   [raises] [];
    BUILD_LIST                        [7: 103, 13: 47, 14: 46, 15: 44]         [Integer]        [(n) -> (1)]      Next   [raises] [];
    BUILD_LIST_UNPACK                 [7: 149, 9: -]                           [Integer]        [(n) -> (1)]      Next   [raises] [];
    BUILD_MAP                         [7: 105, 13: 48, 14: 47, 15: 45]         [Integer]        [(2 n) -> (1)]    Next   [raises] [];
    BUILD_MAP_UNPACK                  [7: 150, 9: -]                           [Integer]        [(n) -> (1)]      Next   [raises] [];
    BUILD_MAP_UNPACK_WITH_CALL        [7: 151, 9: -]                           [Integer]        [(n) -> (1)]      Next   [raises] [];
    BUILD_SET                         [7: 104, 13: 49, 14: 48, 15: 46]         [Integer]        [(n) -> (1)]      Next   [raises] [];
    BUILD_SET_UNPACK                  [7: 153, 9: -]                           [Integer]        [(n) -> (1)]      Next   [raises] [];
    BUILD_SLICE                       [7: 133, 13: 50, 14: 49, 15: 47]         [Integer]
        [(2 + is 3) -> (1); 14: (n) -> (1)] Next   [raises] [];
    BUILD_STRING                      [7: 157, 13: 51, 14: 50, 15: 48]         [Integer]        [(n) -> (1)]      Next   [raises] [];
    BUILD_TEMPLATE                    [14: 2]                                  [None]           [(2) -> (1)]      Next   [raises] [];
    BUILD_TUPLE                       [7: 102, 13: 52, 14: 51, 15: 49]         [Integer]        [(n) -> (1)]      Next   [raises] [];
    BUILD_TUPLE_UNPACK                [7: 152, 9: -]                           [Integer]        [(n) -> (1)]      Next   [raises] [];
    BUILD_TUPLE_UNPACK_WITH_CALL      [7: 158, 9: -]                           [Integer]        [(n) -> (1)]      Next   [raises] [];
    CALL                              [11: 171, 13: 53, 14: 52, 15: 50]        [Integer]        [(2) -> (1); 12: (2 + n) -> (1)] Next   [raises]
        [counter 1 func_version 2 min_args 1; 12: counter 1 func_version 2];
    CALL_FINALLY                      [8: 162, 9: -]                           [JumpForward]    [(0) -> (0), jump (0) -> (1)] CallFinally [raises] [];
    CALL_FUNCTION                     [7: 131, 11: -]                          [Integer]        [(1 + n) -> (1)]  Next   [raises] [];
    CALL_FUNCTION_EX                  [7: 142, 13: 54, 14: 4]                  [Integer; 14: None]
        [(2 + bit 1) -> (1); 11: (3 + bit 1) -> (1); 14: (4) -> (1)] Next   [raises] [; 15: counter 1];
    CALL_FUNCTION_KW                  [7: 141, 11: -]                          [Integer]        [(2 + n) -> (1)]  Next   [raises] [];
    CALL_INTRINSIC_1                  [12: 173, 13: 55, 14: 53, 15: 51]        [Intrinsic1]     [(1) -> (1)]      Next   [raises] [];
    CALL_INTRINSIC_2                  [12: 174, 13: 56, 14: 54, 15: 52]        [Intrinsic2]     [(2) -> (1)]      Next   [raises] [];
    CALL_KW                           [13: 57, 14: 55, 15: 53]                 [Integer]        [(3 + n) -> (1)]  Next   [raises]
        [; 14: counter 1 func_version 2];
    CALL_METHOD                       [7: 161, 11: -]                          [Integer]        [(2 + n) -> (1)]  Next   [raises] [];
    CHECK_EG_MATCH                    [11: 37, 13: 6, 14: 5]                   [None]           [(2) -> (2)]      Next   [raises] [];
    CHECK_EXC_MATCH                   [11: 36, 13: 7, 14: 6]                   [None]           [(2) -> (2)]      Next   [raises] [];
    CLEANUP_THROW                     [12: 55, 13: 8, 14: 7]                   [None]           [(3) -> (2)]      Next   [raises] [];
    COMPARE_OP                        [7: 107, 13: 58, 14: 56, 15: 54]         [Compare]        [(2) -> (1)]      Next   [raises]
        [; 11: counter 1 mask 1; 12: counter 1];
    CONTAINS_OP                       [9: 118, 13: 59, 14: 57, 15: 55]         [Invert]         [(2) -> (1)]      Next   [raises] [; 13: counter 1];
    CONTINUE_LOOP                     [7: 119, 8: -]                           [JumpAbsolute]   [(0) -> (0)]      Jump   [raises] [];
    CONVERT_VALUE                     [13: 60, 14: 58, 15: 56]                 [Conversion]     [(1) -> (1)]      Next   [raises] [];
    COPY                              [11: 120, 13: 61, 14: 59, 15: 57]        [Integer]        [(n) -> (1 + n)]  Next   [never]  [];
    COPY_DICT_WITHOUT_KEYS            [10: 34, 11: -]                          [None]           [(2) -> (2)]      Next   [raises] [];
    COPY_FREE_VARS                    [11: 149, 13: 62, 14: 60, 15: 58]        [Integer]        [(0) -> (0)]      Next   [raises] [];
    DELETE_ATTR                       [7: 96, 13: 63, 14: 61, 15: 59]          [Name]           [(1) -> (0)]      Next   [raises] [];
    DELETE_DEREF                      [7: 138, 11: 139, 13: 64, 14: 62, 15: 60] [Deref]          [(0) -> (0)]      Next   [raises] [];
    DELETE_FAST                       [7: 126, 13: 65, 14: 63, 15: 61]         [Local]          [(0) -> (0)]      Next   [raises] [];
    DELETE_GLOBAL                     [7: 98, 13: 66, 14: 64, 15: 62]          [Name]           [(0) -> (0)]      Next   [raises] [];
    DELETE_NAME                       [7: 91, 13: 67, 14: 65, 15: 63]          [Name]           [(0) -> (0)]      Next   [raises] [];
    DELETE_SUBSCR                     [7: 61, 13: 9, 14: 8]                    [None]           [(2) -> (0)]      Next   [raises] [];
    DICT_MERGE                        [9: 164, 13: 68, 14: 66, 15: 64]         [Integer]        [(1 + n) -> (n)]  Next   [raises] [];
    DICT_UPDATE                       [9: 165, 13: 69, 14: 67, 15: 65]         [Integer]        [(1 + n) -> (n)]  Next   [raises] [];
    DUP_TOP                           [7: 4, 11: -]                            [None]           [(1) -> (2)]      Next   [never]  [];
    DUP_TOP_TWO                       [7: 5, 11: -]                            [None]           [(2) -> (4)]      Next   [never]  [];
    END_ASYNC_FOR                     [8: 54, 13: 10, 14: 68, 15: 66]          [None; 14: LoopSource] [(7) -> (0); 11: (2) -> (0)] Next   [raises] [];
    END_FINALLY                       [7: 88, 9: -]                            [None]           [(6) -> (0)]      EndFinally [raises] [];
    END_FOR                           [12: 4, 13: 11, 14: 9]                   [None]           [(2) -> (0); 13: (1) -> (0)] Next   [never]  [];
    END_SEND                          [12: 5, 13: 12, 14: 10]                  [None]           [(2) -> (1); 15: (3) -> (1)] Next   [raises] [];
    ENTER_EXECUTOR                    [13: 70, 14: 255, 15: 254]               [Integer]        [(0) -> (0)]      Next   [raises] [];
    EXIT_INIT_CHECK                   [13: 13, 14: 11]                         [None]           [(1) -> (0)]      Next   [raises] [];
    EXTENDED_ARG                      [7: 144, 13: 71, 14: 69, 15: 67]         [Integer]        [(0) -> (0)]      Next   [never]  [];
    FORMAT_SIMPLE                     [13: 14, 14: 12]                         [None]           [(1) -> (1)]      Next   [raises] [];
    FORMAT_VALUE                      [7: 155, 13: -]                          [FormatValue]    [(1 + bit 4) -> (1)] Next   [raises] [];
    FORMAT_WITH_SPEC                  [13: 15, 14: 13]                         [None]           [(2) -> (1)]      Next   [raises] [];
    FOR_ITER                          [7: 93, 13: 72, 14: 70, 15: 68]          [JumpForward]
        [(1) -> (2), jump (1) -> (0); 12: (1) -> (2); 15: (2) -> (3)] Branch [raises] [; 12: counter 1];
    GEN_START                         [10: 129, 11: -]                         [Integer]        [(1) -> (0)]      Next   [never]  [];
    GET_AITER                         [7: 50, 13: 16, 14: 14]                  [None]           [(1) -> (1)]      Next   [raises] [];
    GET_ANEXT                         [7: 51, 13: 18, 14: 15]                  [None]           [(1) -> (2)]      Next   [raises] [];
    GET_AWAITABLE                     [7: 73, 11: 131, 13: 73, 14: 71, 15: 69] [None; 11: Integer] [(1) -> (1)]      Next   [raises] [];
    GET_ITER                          [7: 68, 13: 19, 14: 16, 15: 70]          [None; 15: Integer] [(1) -> (1); 15: (1) -> (2)] Next   [raises]
        [; 15: counter 1];
    GET_LEN                           [10: 30, 13: 20, 14: 18, 15: 16]         [None]           [(1) -> (2)]      Next   [raises] [];
    GET_YIELD_FROM_ITER               [7: 69, 13: 21, 14: 19, 15: -]           [None]           [(1) -> (1)]      Next   [raises] [];
    IMPORT_FROM                       [7: 109, 13: 74, 14: 72, 15: 71]         [Name]           [(1) -> (2)]      Next   [raises] [];
    IMPORT_NAME                       [7: 108, 13: 75, 14: 73, 15: 72]         [Name; 15: LazyName] [(2) -> (1)]      Next   [raises] [];
    IMPORT_STAR                       [7: 84, 12: -]                           [None]           [(1) -> (0)]      Next   [raises] [];
    INPLACE_ADD                       [7: 55, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_AND                       [7: 77, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_FLOOR_DIVIDE              [7: 28, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_LSHIFT                    [7: 75, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_MATRIX_MULTIPLY           [7: 17, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_MODULO                    [7: 59, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_MULTIPLY                  [7: 57, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_OR                        [7: 79, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_POWER                     [7: 67, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_RSHIFT                    [7: 76, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_SUBTRACT                  [7: 56, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_TRUE_DIVIDE               [7: 29, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INPLACE_XOR                       [7: 78, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    INSTRUMENTED_CALL                 [12: 241, 13: 244, 14: 250, 15: 249]     as CALL;
    INSTRUMENTED_CALL_FUNCTION_EX     [12: 244, 13: 246, 14: 252, 15: 251]     as CALL_FUNCTION_EX;
    INSTRUMENTED_CALL_KW              [13: 245, 14: 251, 15: 250]              as CALL_KW;
    INSTRUMENTED_END_ASYNC_FOR        [14: 248, 15: 247]                       as END_ASYNC_FOR;
    INSTRUMENTED_END_FOR              [12: 251, 13: 237, 14: 234, 15: 233]     as END_FOR;
    INSTRUMENTED_END_SEND             [12: 252, 13: 238, 14: 236, 15: 235]     as END_SEND;
    INSTRUMENTED_FOR_ITER             [12: 248, 13: 243, 14: 237, 15: 236]     as FOR_ITER;
    INSTRUMENTED_INSTRUCTION          [12: 253, 13: 247, 14: 238, 15: 237]     [None]           [(0) -> (0)]      Next   [raises] [];
    INSTRUMENTED_JUMP_BACKWARD        [12: 246, 13: 249, 14: 253, 15: 252]     as JUMP_BACKWARD;
    INSTRUMENTED_JUMP_FORWARD         [12: 245, 13: 248, 14: 239, 15: 238]     as JUMP_FORWARD;
    INSTRUMENTED_LINE                 [12: 254, 15: 253]                       [None]           [(0) -> (0)]      Next   [raises] [];
    INSTRUMENTED_LOAD_SUPER_ATTR      [12: 237, 13: 242, 14: 249, 15: 248]     as LOAD_SUPER_ATTR;
    INSTRUMENTED_NOT_TAKEN            [14: 240, 15: 239]                       as NOT_TAKEN;
    INSTRUMENTED_POP_ITER             [14: 235, 15: 234]                       as POP_ITER;
    INSTRUMENTED_POP_JUMP_IF_FALSE    [12: 249, 13: 251, 14: 242, 15: 241]     as POP_JUMP_IF_FALSE;
    INSTRUMENTED_POP_JUMP_IF_NONE     [12: 238, 13: 252, 14: 243, 15: 242]     as POP_JUMP_IF_NONE;
    INSTRUMENTED_POP_JUMP_IF_NOT_NONE [12: 239, 13: 253, 14: 244, 15: 243]     as POP_JUMP_IF_NOT_NONE;
    INSTRUMENTED_POP_JUMP_IF_TRUE     [12: 250, 14: 241, 15: 240]              as POP_JUMP_IF_TRUE;
    INSTRUMENTED_RESUME               [12: 240, 13: 236, 14: 245, 15: 244]     as RESUME;
    INSTRUMENTED_RETURN_CONST         [12: 247, 13: 240, 14: -]                as RETURN_CONST;
    INSTRUMENTED_RETURN_VALUE         [12: 242, 13: 239, 14: 246, 15: 245]     as RETURN_VALUE;
    INSTRUMENTED_YIELD_VALUE          [12: 243, 13: 241, 14: 247, 15: 246]     as YIELD_VALUE;
    INTERPRETER_EXIT                  [12: 3, 13: 22, 14: 20, 15: 18]          [None]           [(1) -> (0)]      Return [raises] [];
    IS_OP                             [9: 117, 13: 76, 14: 74, 15: 73]         [Invert]         [(2) -> (1)]      Next   [never]  [];
    JUMP_ABSOLUTE                     [7: 113, 11: -]                          [JumpAbsolute]   [(0) -> (0)]      Jump   [raises] [];
    JUMP_BACKWARD                     [11: 140, 13: 77, 14: 75, 15: 74]        [JumpBackward]   [(0) -> (0)]      Jump   [raises] [; 13: counter 1];
    JUMP_BACKWARD_NO_INTERRUPT        [11: 134, 13: 78, 14: 76, 15: 75]        [JumpBackward]   [(0) -> (0)]      Jump   [never]  [];
    JUMP_FORWARD                      [7: 110, 13: 79, 14: 77, 15: 76]         [JumpForward]    [(0) -> (0)]      Jump   [never]  [];
    JUMP_IF_FALSE_OR_POP              [7: 111, 12: -]                          [JumpAbsolute; 11: JumpForward]
        [(1) -> (0), jump (1) -> (1)] Branch [raises] [];
    JUMP_IF_NOT_EXC_MATCH             [9: 121, 11: -]                          [JumpAbsolute]   [(2) -> (0)]      Branch [raises] [];
    JUMP_IF_TRUE_OR_POP               [7: 112, 12: -]                          [JumpAbsolute; 11: JumpForward]
        [(1) -> (0), jump (1) -> (1)] Branch [raises] [];
    KW_NAMES                          [11: 172, 13: -]                         [Const]          [(0) -> (0)]      Next   [never]  [];
    LIST_APPEND                       [7: 145, 13: 80, 14: 78, 15: 77]         [Integer]        [(1 + n) -> (n)]  Next   [raises] [];
    LIST_EXTEND                       [9: 162, 13: 81, 14: 79, 15: 78]         [Integer]        [(1 + n) -> (n)]  Next   [raises] [];
    LIST_TO_TUPLE                     [9: 82, 12: -]                           [None]           [(1) -> (1)]      Next   [raises] [];
    LOAD_ASSERTION_ERROR              [9: 74, 13: 23, 14: -]                   [None]           [(0) -> (1)]      Next   [never]  [];
    LOAD_ATTR                         [7: 106, 13: 82, 14: 80, 15: 79]         [Name; 12: NameAndMethod]
        [(1) -> (1); 12: (1) -> (1 + bit 1)] Next   [raises] [; 11: counter 1 version 2 index 1; 12: counter 1 version 2 keys_version 2 descr 4];
    LOAD_BUILD_CLASS                  [7: 71, 13: 24, 14: 21, 15: 19]          [None]           [(0) -> (1)]      Next   [raises] [];
    LOAD_CLASSDEREF                   [7: 148, 12: -]                          [Deref]          [(0) -> (1)]      Next   [raises] [];
    LOAD_CLOSURE                      [7: 135, 11: 136, 13: -]                 [Deref]          [(0) -> (1)]      Next   [never]  [];
    LOAD_COMMON_CONSTANT              [14: 81, 15: 80]                         [CommonConstant] [(0) -> (1)]      Next   [never]  [];
    LOAD_CONST                        [7: 100, 13: 83, 14: 82, 15: 81]         [Const]          [(0) -> (1)]      Next   [never]  [];
    LOAD_DEREF                        [7: 136, 11: 137, 13: 84, 14: 83, 15: 82] [Deref]          [(0) -> (1)]      Next   [raises] [];
    LOAD_FAST                         [7: 124, 13: 85, 14: 84, 15: 83]         [Local]          [(0) -> (1)]      Next   [raises; 12: never] [];
    LOAD_FAST_AND_CLEAR               [12: 143, 13: 86, 14: 85, 15: 84]        [Local]          [(0) -> (1)]      Next   [never]  [];
    LOAD_FAST_BORROW                  [14: 86, 15: 85]                         [Local]          [(0) -> (1)]      Next   [never]  [];
    LOAD_FAST_BORROW_LOAD_FAST_BORROW [14: 87, 15: 86]                         [LocalPair]      [(0) -> (2)]      Next   [never]  [];
    LOAD_FAST_CHECK                   [12: 127, 13: 87, 14: 88, 15: 87]        [Local]          [(0) -> (1)]      Next   [raises] [];
    LOAD_FAST_LOAD_FAST               [13: 88, 14: 89, 15: 88]                 [LocalPair]      [(0) -> (2)]      Next   [never]  [];
    LOAD_FROM_DICT_OR_DEREF           [12: 176, 13: 89, 14: 90, 15: 89]        [Deref]          [(1) -> (1)]      Next   [raises] [];
    LOAD_FROM_DICT_OR_GLOBALS         [12: 175, 13: 90, 14: 91, 15: 90]        [Name]           [(1) -> (1)]      Next   [raises] [];
    LOAD_GLOBAL                       [7: 116, 13: 91, 14: 92, 15: 91]         [Name; 11: NameAndNull]
        [(0) -> (1); 11: (0) -> (1 + bit 1)] Next   [raises] [; 11: counter 1 index 1 module_keys_version 2 builtin_keys_version 1; 12: counter 1 index 1 module_keys_version 1 builtin_keys_version 1];
    LOAD_LOCALS                       [12: 87, 13: 25, 14: 22, 15: 20]         [None]           [(0) -> (1)]      Next   [raises] [];
    LOAD_METHOD                       [7: 160, 12: -]                          [Name]           [(1) -> (2)]      Next   [raises]
        [; 11: counter 1 type_version 2 dict_offset 1 keys_version 2 descr 4];
    LOAD_NAME                         [7: 101, 13: 92, 14: 93, 15: 92]         [Name]           [(0) -> (1)]      Next   [raises] [];
    LOAD_SMALL_INT                    [14: 94, 15: 93]                         [Integer]        [(0) -> (1)]      Next   [never]  [];
    LOAD_SPECIAL                      [14: 95, 15: 94]                         [SpecialMethod]  [(1) -> (2)]      Next   [raises] [];
    LOAD_SUPER_ATTR                   [12: 141, 13: 93, 14: 96, 15: 95]        [SuperName]      [(3) -> (1 + bit 1)] Next   [raises] [counter 1];
    MAKE_CELL                         [11: 135, 13: 94, 14: 97, 15: 96]        [Deref]          [(0) -> (0)]      Next   [raises] [];
    MAKE_FUNCTION                     [7: 132, 13: 26, 14: 23, 15: 21]         [FunctionFlags; 13: None]
        [(2 + ones) -> (1); 11: (1 + ones) -> (1); 13: (1) -> (1)] Next   [raises] [];
    MAP_ADD                           [7: 147, 13: 95, 14: 98, 15: 97]         [Integer]        [(2 + n) -> (n)]  Next   [raises] [];
    MATCH_CLASS                       [10: 152, 13: 96, 14: 99, 15: 98]        [Integer]        [(3) -> (2); 11: (3) -> (1)] Next   [raises] [];
    MATCH_KEYS                        [10: 33, 13: 27, 14: 24, 15: 22]         [None]           [(2) -> (4); 11: (2) -> (3)] Next   [raises] [];
    MATCH_MAPPING                     [10: 31, 13: 28, 14: 25, 15: 23]         [None]           [(1) -> (2)]      Next   [never]  [];
    MATCH_SEQUENCE                    [10: 32, 13: 29, 14: 26, 15: 24]         [None]           [(1) -> (2)]      Next   [never]  [];
    NOP                               [7: 9, 13: 30, 14: 27, 15: 25]           [None]           [(0) -> (0)]      Next   [never]  [];
    NOT_TAKEN                         [14: 28, 15: 26]                         [None]           [(0) -> (0)]      Next   [never]  [];
    POP_BLOCK                         [7: 87, 11: -]                           [None]           [(0) -> (0)]      Next   [never]  [];
    POP_EXCEPT                        [7: 89, 13: 31, 14: 29, 15: 27]          [None]           [(3) -> (0); 11: (1) -> (0)] Next   [never]  [];
    POP_FINALLY                       [8: 163, 9: -]                           [Integer]        [(6) -> (0)]      Next   [raises] [];
    POP_ITER                          [14: 30, 15: 28]                         [None]           [(1) -> (0); 15: (2) -> (0)] Next   [never]  [];
    POP_JUMP_BACKWARD_IF_FALSE        [11: 175, 12: -]                         [JumpBackward]   [(1) -> (0)]      Branch [raises] [];
    POP_JUMP_BACKWARD_IF_NONE         [11: 174, 12: -]                         [JumpBackward]   [(1) -> (0)]      Branch [raises] [];
    POP_JUMP_BACKWARD_IF_NOT_NONE     [11: 173, 12: -]                         [JumpBackward]   [(1) -> (0)]      Branch [raises] [];
    POP_JUMP_BACKWARD_IF_TRUE         [11: 176, 12: -]                         [JumpBackward]   [(1) -> (0)]      Branch [raises] [];
    POP_JUMP_FORWARD_IF_FALSE         [11: 114, 12: -]                         [JumpForward]    [(1) -> (0)]      Branch [raises] [];
    POP_JUMP_FORWARD_IF_NONE          [11: 129, 12: -]                         [JumpForward]    [(1) -> (0)]      Branch [raises] [];
    POP_JUMP_FORWARD_IF_NOT_NONE      [11: 128, 12: -]                         [JumpForward]    [(1) -> (0)]      Branch [raises] [];
    POP_JUMP_FORWARD_IF_TRUE          [11: 115, 12: -]                         [JumpForward]    [(1) -> (0)]      Branch [raises] [];
    POP_JUMP_IF_FALSE                 [7: 114, 11: -, 12: 114, 13: 97, 14: 100, 15: 99] [JumpAbsolute; 12: JumpForward]
        [(1) -> (0)]      Branch [raises] [; 13: counter 1];
    POP_JUMP_IF_NONE                  [12: 129, 13: 98, 14: 101, 15: 100]      [JumpForward]    [(1) -> (0)]      Branch [raises] [; 13: counter 1];
    POP_JUMP_IF_NOT_NONE              [12: 128, 13: 99, 14: 102, 15: 101]      [JumpForward]    [(1) -> (0)]      Branch [raises] [; 13: counter 1];
    POP_JUMP_IF_TRUE                  [7: 115, 11: -, 12: 115, 13: 100, 14: 103, 15: 102] [JumpAbsolute; 12: JumpForward]
        [(1) -> (0)]      Branch [raises] [; 13: counter 1];
    POP_TOP                           [7: 1, 13: 32, 14: 31, 15: 29]           [None]           [(1) -> (0)]      Next   [never]  [];
    PRECALL                           [11: 166, 12: -]                         [Integer]        [(n) -> (0)]      Next   [raises] [counter 1];
    PREP_RERAISE_STAR                 [11: 88, 12: -]                          [None]           [(2) -> (1)]      Next   [raises] [];
    PRINT_EXPR                        [7: 70, 12: -]                           [None]           [(1) -> (0)]      Next   [raises] [];
    PUSH_EXC_INFO                     [11: 35, 13: 33, 14: 32, 15: 30]         [None]           [(1) -> (2)]      Next   [never]  [];
    PUSH_NULL                         [11: 2, 13: 34, 14: 33, 15: 31]          [None]           [(0) -> (1)]      Next   [never]  [];
    RAISE_VARARGS                     [7: 130, 13: 101, 14: 104, 15: 103]      [Integer]        [(n) -> (0)]      Raise  [raises] [];
    RERAISE                           [9: 48, 10: 119, 13: 102, 14: 105, 15: 104] [None; 10: Integer]
        [(3) -> (0); 11: (1 + n) -> (n)] Raise  [raises] [];
    RESERVED                          [12: 17]                                 [None]           [(0) -> (0)]      Next   [raises] [];
    RESUME                            [11: 151, 13: 149, 14: 128]              [Integer]        [(0) -> (0)]      Next   [raises] [; 15: counter 1];
    RETURN_CONST                      [12: 121, 13: 103, 14: -]                [Const]          [(0) -> (0)]      Return [never]  [];
    RETURN_GENERATOR                  [11: 75, 13: 35, 14: 34, 15: 32]         [None]           [(0) -> (0); 13: (0) -> (1)] Next   [raises] [];
    RETURN_VALUE                      [7: 83, 13: 36, 14: 35, 15: 33]          [None]           [(1) -> (0); 14: (1) -> (1)] Return [never]  [];
    ROT_FOUR                          [8: 6, 11: -]                            [None]           [(4) -> (4)]      Next   [never]  [];
    ROT_N                             [10: 99, 11: -]                          [Integer]        [(n) -> (n)]      Next   [never]  [];
    ROT_THREE                         [7: 3, 11: -]                            [None]           [(3) -> (3)]      Next   [never]  [];
    ROT_TWO                           [7: 2, 11: -]                            [None]           [(2) -> (2)]      Next   [never]  [];
    SEND                              [11: 123, 13: 104, 14: 106, 15: 105]     [JumpForward]
        [(2) -> (2), jump (2) -> (1); 12: (2) -> (2); 15: (3) -> (3)] Branch [raises] [; 12: counter 1];
    SETUP_ANNOTATIONS                 [7: 85, 13: 37, 14: 36, 15: 34]          [None]           [(0) -> (0)]      Next   [raises] [];
    SETUP_ASYNC_WITH                  [7: 154, 11: -]                          [JumpForward]    [(1) -> (1), jump (1) -> (6)] Setup  [raises] [];
    SETUP_EXCEPT                      [7: 121, 8: -]                           [JumpForward]    [(0) -> (0), jump (0) -> (6)] Setup  [never]  [];
    SETUP_FINALLY                     [7: 122, 11: -]                          [JumpForward]    [(0) -> (0), jump (0) -> (6)] Setup  [never]  [];
    SETUP_LOOP                        [7: 120, 8: -]                           [JumpForward]    [(0) -> (0)]      Setup  [never]  [];
    SETUP_WITH                        [7: 143, 11: -]                          [JumpForward]    [(1) -> (2), jump (1) -> (7)] Setup  [raises] [];
    SET_ADD                           [7: 146, 13: 105, 14: 107, 15: 106]      [Integer]        [(1 + n) -> (n)]  Next   [raises] [];
    SET_FUNCTION_ATTRIBUTE            [13: 106, 14: 108, 15: 107]              [FunctionFlag]   [(2) -> (1)]      Next   [raises] [];
    SET_UPDATE                        [9: 163, 13: 107, 14: 109, 15: 108]      [Integer]        [(1 + n) -> (n)]  Next   [raises] [];
    STORE_ATTR                        [7: 95, 13: 108, 14: 110, 15: 109]       [Name]           [(2) -> (0)]      Next   [raises]
        [; 11: counter 1 version 2 index 1];
    STORE_DEREF                       [7: 137, 11: 138, 13: 109, 14: 111, 15: 110] [Deref]          [(1) -> (0)]      Next   [raises] [];
    STORE_FAST                        [7: 125, 13: 110, 14: 112, 15: 111]      [Local]          [(1) -> (0)]      Next   [never]  [];
    STORE_FAST_LOAD_FAST              [13: 111, 14: 113, 15: 112]              [LocalPair]      [(1) -> (1)]      Next   [never]  [];
    STORE_FAST_STORE_FAST             [13: 112, 14: 114, 15: 113]              [LocalPair]      [(2) -> (0)]      Next   [never]  [];
    STORE_GLOBAL                      [7: 97, 13: 113, 14: 115, 15: 114]       [Name]           [(1) -> (0)]      Next   [raises] [];
    STORE_NAME                        [7: 90, 13: 114, 14: 116, 15: 115]       [Name]           [(1) -> (0)]      Next   [raises] [];
    STORE_SLICE                       [12: 27, 13: 38, 14: 37, 15: 35]         [None]           [(4) -> (0)]      Next   [raises] [];
    STORE_SUBSCR                      [7: 60, 13: 39, 14: 38, 15: 36]          [None]           [(3) -> (0)]      Next   [raises] [; 11: counter 1];
    SWAP                              [11: 99, 13: 115, 14: 117, 15: 116]      [Integer]        [(n) -> (n)]      Next   [never]  [];
    TO_BOOL                           [13: 40, 14: 39, 15: 37]                 [None]           [(1) -> (1)]      Next   [raises]
        [counter 1 version 2];
    TRACE_RECORD                      [15: 255]                                [Integer]        [(0) -> (0)]      Next   [raises] [];
    UNARY_INVERT                      [7: 15, 13: 41, 14: 40, 15: 38]          [None]           [(1) -> (1)]      Next   [raises] [];
    UNARY_NEGATIVE                    [7: 11, 13: 42, 14: 41, 15: 39]          [None]           [(1) -> (1)]      Next   [raises] [];
    UNARY_NOT                         [7: 12, 13: 43, 14: 42, 15: 40]          [None]           [(1) -> (1)]      Next   [raises] [];
    UNARY_POSITIVE                    [7: 10, 12: -]                           [None]           [(1) -> (1)]      Next   [raises] [];
    UNPACK_EX                         [7: 94, 13: 116, 14: 118, 15: 117]       [Integer]        [(1) -> (1 + bytes)] Next   [raises] [];
    UNPACK_SEQUENCE                   [7: 92, 13: 117, 14: 119, 15: 118]       [Integer]        [(1) -> (n)]      Next   [raises] [; 11: counter 1];
    WITH_CLEANUP_FINISH               [7: 82, 9: -]                            [None]           [(3) -> (0)]      Next   [raises] [];
    WITH_CLEANUP_START                [7: 81, 9: -]                            [None]           [(1) -> (3)]      Next   [raises] [];
    WITH_EXCEPT_START                 [9: 49, 13: 44, 14: 43, 15: 41]          [None]
        [(7) -> (8); 11: (4) -> (5); 14: (5) -> (6)] Next   [raises] [];
    YIELD_FROM                        [7: 72, 11: -]                           [None]           [(2) -> (1)]      Next   [raises] [];
    YIELD_VALUE                       [7: 86, 12: 150, 13: 118, 14: 120, 15: 119] [None; 12: Integer] [(1) -> (1)]      Next   [raises] [];
}
