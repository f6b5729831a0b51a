//! The bits of `co_flags`, by name.
//!
//! After `Include/code.h` and `Include/cpython/code.h`; the names are those of `dis.COMPILER_FLAG_NAMES`, and for
//! `from __future__` imports that of the feature, as `__future__.py` spells it.

use lancehead_pyc::Version::{self, Py37, Py38, Py313, Py314, Py315};

/// A bit of `co_flags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// The bit.
    pub bit: u32,
    /// Its name.
    pub name: &'static str,
    /// What it says of the code object.
    pub meaning: &'static str,
    /// The first and the last version in which the bit means this.
    versions: (Version, Version),
}

const fn flag(bit: u32, name: &'static str, meaning: &'static str) -> Flag {
    Flag { bit, name, meaning, versions: (Py37, Py315) }
}

const fn in_versions(first: Version, last: Version, flag: Flag) -> Flag {
    Flag { versions: (first, last), ..flag }
}

const fn future(bit: u32, name: &'static str) -> Flag {
    flag(bit, name, "compiled under this `from __future__` import")
}

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    flag(0x1, "OPTIMIZED", "local variables are kept in fast slots: a function, not a module or class"),
    flag(0x2, "NEWLOCALS", "each call has its own local variables"),
    flag(0x4, "VARARGS", "takes *args"),
    flag(0x8, "VARKEYWORDS", "takes **kwargs"),
    flag(0x10, "NESTED", "lies within another function"),
    flag(0x20, "GENERATOR", "a generator function"),
    flag(0x40, "NOFREE", "has neither cell nor free variables"),
    flag(0x80, "COROUTINE", "a coroutine function (`async def`)"),
    flag(0x100, "ITERABLE_COROUTINE", "a generator that can be awaited (`types.coroutine`)"),
    flag(0x200, "ASYNC_GENERATOR", "an asynchronous generator function"),
    in_versions(Py37, Py38, future(0x2000, "division")),
    in_versions(Py37, Py38, future(0x4000, "absolute_import")),
    in_versions(Py37, Py38, future(0x8000, "with_statement")),
    in_versions(Py37, Py37, future(0x1_0000, "print_function")),
    in_versions(Py37, Py37, future(0x2_0000, "unicode_literals")),
    in_versions(Py37, Py37, future(0x4_0000, "barry_as_FLUFL")),
    in_versions(Py37, Py37, future(0x8_0000, "generator_stop")),
    in_versions(Py37, Py37, future(0x10_0000, "annotations")),
    in_versions(Py38, Py315, future(0x2_0000, "division")),
    in_versions(Py38, Py315, future(0x4_0000, "absolute_import")),
    in_versions(Py38, Py315, future(0x8_0000, "with_statement")),
    in_versions(Py38, Py315, future(0x10_0000, "print_function")),
    in_versions(Py38, Py315, future(0x20_0000, "unicode_literals")),
    in_versions(Py38, Py315, future(0x40_0000, "barry_as_FLUFL")),
    in_versions(Py38, Py315, future(0x80_0000, "generator_stop")),
    in_versions(Py38, Py315, future(0x100_0000, "annotations")),
    in_versions(Py313, Py315, flag(0x200_0000, "NO_MONITORING_EVENTS", "sys.monitoring ignores it")),
    in_versions(Py313, Py315, flag(0x400_0000, "HAS_DOCSTRING", "its first constant is its docstring")),
    in_versions(Py314, Py315, flag(0x800_0000, "METHOD", "defined in a class body")),
];

/// The flags that `version` knows, by rising bit.
pub fn known_flags(version: Version) -> impl Iterator<Item = Flag> {
    FLAGS.iter().copied().filter(move |flag| (flag.versions.0..=flag.versions.1).contains(&version))
}

/// The names of the bits set in `flags`; a bit without a name in `version` is given as a number.
pub fn flag_names(flags: u32, version: Version) -> Vec<String> {
    let known: Vec<Flag> = known_flags(version).filter(|flag| flags & flag.bit != 0).collect();
    let named = known.iter().fold(0, |bits, flag| bits | flag.bit);
    let unknown = flags & !named;
    let rest =
        (0..32).map(|shift| 1u32 << shift).filter(|bit| unknown & bit != 0).map(|bit| format!("{bit:#x}"));
    known.iter().map(|flag| flag.name.to_owned()).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_depend_on_the_version() {
        assert_eq!(flag_names(0x43, Py37), ["OPTIMIZED", "NEWLOCALS", "NOFREE"]);
        assert_eq!(flag_names(0x10_0000, Py37), ["annotations"]);
        assert_eq!(flag_names(0x10_0000, Version::Py39), ["print_function"]);
        assert_eq!(flag_names(0xC00_0003, Py314), ["OPTIMIZED", "NEWLOCALS", "HAS_DOCSTRING", "METHOD"]);
        assert_eq!(flag_names(0x8000_0001, Py313), ["OPTIMIZED", "0x80000000"]);
    }

    #[test]
    fn no_version_knows_a_bit_twice() {
        for version in Version::ALL {
            let bits: Vec<u32> = known_flags(version).map(|flag| flag.bit).collect();
            let distinct: std::collections::BTreeSet<u32> = bits.iter().copied().collect();
            assert_eq!(bits.len(), distinct.len(), "{version}");
        }
    }
}
