//! Arguments that hold more than one thing, taken apart and put together.
//!
//! Which of these an argument is says its [`OperandKind`](crate::OperandKind), or for those that are plain numbers to `dis`
//! the opcode.

use lancehead_pyc::Version;

/// An index into `co_names` above one bit: `LOAD_GLOBAL` since 3.11 and `LOAD_ATTR` since 3.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlaggedName {
    /// The index into `co_names`.
    pub name: u32,
    /// `LOAD_GLOBAL`: `NULL` is pushed as well. `LOAD_ATTR`: a method is loaded.
    pub flag: bool,
}

impl FlaggedName {
    /// Takes an argument apart.
    pub const fn of(arg: u32) -> FlaggedName {
        FlaggedName { name: arg >> 1, flag: arg & 1 != 0 }
    }

    /// The argument.
    pub const fn arg(self) -> u32 {
        self.name << 1 | self.flag as u32
    }
}

/// `LOAD_SUPER_ATTR`: an index into `co_names` above two bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SuperName {
    /// The index into `co_names`.
    pub name: u32,
    /// A method is loaded.
    pub method: bool,
    /// `super` was called with arguments.
    pub two_arguments: bool,
}

impl SuperName {
    /// Takes an argument apart.
    pub const fn of(arg: u32) -> SuperName {
        SuperName { name: arg >> 2, method: arg & 1 != 0, two_arguments: arg & 2 != 0 }
    }

    /// The argument.
    pub const fn arg(self) -> u32 {
        self.name << 2 | (self.two_arguments as u32) << 1 | self.method as u32
    }
}

/// `IMPORT_NAME` since 3.15: an index into `co_names` above two bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LazyName {
    /// The index into `co_names`.
    pub name: u32,
    /// 0 for as `sys.set_lazy_imports` says, 1 for lazily, 2 for eagerly; no compiler writes 3.
    pub mode: u32,
}

impl LazyName {
    /// Takes an argument apart.
    pub const fn of(arg: u32) -> LazyName {
        LazyName { name: arg >> 2, mode: arg & 3 }
    }

    /// The argument.
    pub const fn arg(self) -> u32 {
        self.name << 2 | self.mode & 3
    }
}

/// Two slots of the frame, four bits each: `LOAD_FAST_LOAD_FAST` and its like since 3.13.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LocalPair {
    /// The one that is loaded or stored first.
    pub first: u32,
    /// The other.
    pub second: u32,
}

impl LocalPair {
    /// Takes an argument apart.
    pub const fn of(arg: u32) -> LocalPair {
        LocalPair { first: arg >> 4, second: arg & 15 }
    }

    /// The argument, if the slots fit into four bits.
    pub const fn arg(self) -> Option<u32> {
        if self.first < 16 && self.second < 16 { Some(self.first << 4 | self.second) } else { None }
    }
}

/// How a value is formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Format {
    /// The conversion before: an index into [`CONVERSIONS`](crate::operand::CONVERSIONS).
    pub conversion: u32,
    /// Whether a format specification is on the stack.
    pub has_spec: bool,
}

impl Format {
    /// Takes the argument of `FORMAT_VALUE` apart (up to 3.12).
    pub const fn of_value(arg: u32) -> Format {
        Format { conversion: arg & 3, has_spec: arg & 4 != 0 }
    }

    /// Takes the argument of `BUILD_INTERPOLATION` apart (since 3.14).
    pub const fn of_interpolation(arg: u32) -> Format {
        Format { conversion: arg >> 2, has_spec: arg & 1 != 0 }
    }
}

/// `UNPACK_EX`: how many values are before the starred one, and after it.
pub const fn unpack_ex(arg: u32) -> (u32, u32) {
    (arg & 0xFF, arg >> 8)
}

/// `IS_OP`, `CONTAINS_OP`: whether it is `is not`, `not in`.
pub const fn is_inverted(arg: u32) -> bool {
    arg & 1 != 0
}

/// `CALL_FUNCTION_EX` up to 3.13: whether a mapping of keyword arguments is on the stack.
pub const fn has_mapping(arg: u32) -> bool {
    arg & 1 != 0
}

/// `GET_ITER` since 3.15: whether it does what `GET_YIELD_FROM_ITER` did.
pub const fn delegates(arg: u32) -> bool {
    arg & 1 != 0
}

/// How `COMPARE_OP` packs its argument: by how many bits the operator is shifted, and the bit for a conversion to `bool`.
const fn compare_layout(version: Version) -> (u32, u32) {
    match (version.compares_with_mask(), version.compares_to_bool()) {
        (false, _) => (0, 0),
        (true, false) => (4, 0),
        (true, true) => (5, 0x10),
    }
}

/// Information for the specialising interpreter below each of the six comparisons: which outcomes of less, greater, equal
/// and unordered make it true (`compare_masks` in `Python/codegen.c`).
const COMPARE_MASKS: [u32; 6] = [2, 10, 8, 7, 4, 12];

/// The argument of `COMPARE_OP` for operator number `operator`, whose result is converted to `bool` (since 3.13).
pub fn compare_arg(version: Version, operator: u32, to_bool: bool) -> u32 {
    let (shift, bool_bit) = compare_layout(version);
    let mask = COMPARE_MASKS.get(operator as usize).copied().filter(|_| shift > 0).unwrap_or(0);
    operator << shift | if to_bool { bool_bit } else { 0 } | mask
}

/// The number of the operator of `COMPARE_OP`, and whether its result is converted to `bool`.
pub const fn compare_parts(version: Version, arg: u32) -> (u32, bool) {
    let (shift, bool_bit) = compare_layout(version);
    (arg >> shift, arg & bool_bit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_apart_is_put_together_again() {
        for arg in 0..70_000 {
            assert_eq!(FlaggedName::of(arg).arg(), arg);
            assert_eq!(SuperName::of(arg).arg(), arg);
            assert_eq!(LazyName::of(arg).arg(), arg);
            assert_eq!(LocalPair::of(arg).arg(), (arg < 256).then_some(arg));
        }
    }

    #[test]
    fn comparisons_are_packed_as_each_version_does() {
        for version in Version::ALL {
            for operator in 0..6 {
                for to_bool in [false, true] {
                    let arg = compare_arg(version, operator, to_bool);
                    let kept = to_bool && version.compares_to_bool();
                    assert_eq!(compare_parts(version, arg), (operator, kept), "{version}");
                }
            }
        }
        let equal = [Version::Py311, Version::Py312, Version::Py313].map(|v| compare_arg(v, 2, true));
        assert_eq!(equal, [2, 40, 88]);
    }
}
