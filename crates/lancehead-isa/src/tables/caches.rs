//! What the inline cache entries after an instruction hold (3.11 and later).
//!
//! `_cache_format` of each version's `opcode` module. The entries belong to the specialising interpreter (PEP 659); in a
//! `.pyc` they are zero.

use crate::Opcode;

/// The cache entries of one opcode in a range of versions: name and number of 16-bit entries, in order.
#[derive(Clone, Copy)]
pub(crate) struct CacheRule {
    pub opcode: Opcode,
    /// Minor number of the first version.
    pub since: u8,
    /// Minor number of the last version.
    pub until: u8,
    pub layout: &'static [(&'static str, u8)],
}

macro_rules! caches {
    ($($opcode:ident $since:literal..=$until:literal $($name:ident $entries:literal)+;)*) => {
        &[$(CacheRule {
            opcode: Opcode::$opcode,
            since: $since,
            until: $until,
            layout: &[$((stringify!($name), $entries)),+],
        }),*]
    };
}

#[rustfmt::skip]
pub(crate) static CACHES: &[CacheRule] = caches! {
    BINARY_OP             11..=13  counter 1;
    BINARY_OP             14..=15  counter 1 descr 4;
    BINARY_SUBSCR         11..=11  counter 1 type_version 2 func_version 1;
    BINARY_SUBSCR         12..=13  counter 1;
    CALL                  11..=11  counter 1 func_version 2 min_args 1;
    CALL                  12..=15  counter 1 func_version 2;
    CALL_FUNCTION_EX      15..=15  counter 1;
    CALL_KW               14..=15  counter 1 func_version 2;
    COMPARE_OP            11..=11  counter 1 mask 1;
    COMPARE_OP            12..=15  counter 1;
    CONTAINS_OP           13..=15  counter 1;
    FOR_ITER              12..=15  counter 1;
    GET_ITER              15..=15  counter 1;
    JUMP_BACKWARD         13..=15  counter 1;
    LOAD_ATTR             11..=11  counter 1 version 2 index 1;
    LOAD_ATTR             12..=15  counter 1 version 2 keys_version 2 descr 4;
    LOAD_GLOBAL           11..=11  counter 1 index 1 module_keys_version 2 builtin_keys_version 1;
    LOAD_GLOBAL           12..=15  counter 1 index 1 module_keys_version 1 builtin_keys_version 1;
    LOAD_METHOD           11..=11  counter 1 type_version 2 dict_offset 1 keys_version 2 descr 4;
    LOAD_SUPER_ATTR       12..=15  counter 1;
    POP_JUMP_IF_FALSE     13..=15  counter 1;
    POP_JUMP_IF_NONE      13..=15  counter 1;
    POP_JUMP_IF_NOT_NONE  13..=15  counter 1;
    POP_JUMP_IF_TRUE      13..=15  counter 1;
    PRECALL               11..=11  counter 1;
    RESUME                15..=15  counter 1;
    SEND                  12..=15  counter 1;
    STORE_ATTR            11..=15  counter 1 version 2 index 1;
    STORE_SUBSCR          11..=15  counter 1;
    TO_BOOL               13..=15  counter 1 version 2;
    UNPACK_SEQUENCE       11..=15  counter 1;
};
