//! Kinds of frame variables since 3.11: the bits of the bytes in `co_localspluskinds`, `CO_FAST_*` of `pycore_code.h`.

/// Since 3.14: the parameter can be given by position.
pub const ARG_POS: u8 = 0x02;
/// Since 3.14: the parameter can be given by name.
pub const ARG_KW: u8 = 0x04;
/// Since 3.14: the parameter is `*args` or `**kwargs`.
pub const ARG_VAR: u8 = 0x08;
/// A local variable of an inlined comprehension (3.12).
pub const HIDDEN: u8 = 0x10;
/// A local variable.
pub const LOCAL: u8 = 0x20;
/// A variable that inner scopes use.
pub const CELL: u8 = 0x40;
/// A variable of an enclosing scope.
pub const FREE: u8 = 0x80;
