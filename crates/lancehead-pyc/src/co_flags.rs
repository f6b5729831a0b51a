//! The bits of `co_flags`, by name.
//!
//! After `Include/code.h` and `Include/cpython/code.h`; names of [`Flag`]s are those of `dis.COMPILER_FLAG_NAMES`, and
//! for `from __future__` imports that of the feature, as `__future__.py` spells it.

use crate::Version::{self, Py37, Py313, Py314};

/// Local variables are kept in fast slots.
pub const OPTIMIZED: u32 = 0x1;
/// Each call has its own local variables.
pub const NEWLOCALS: u32 = 0x2;
/// Takes `*args`.
pub const VARARGS: u32 = 0x4;
/// Takes `**kwargs`.
pub const VARKEYWORDS: u32 = 0x8;
/// Lies within another function.
pub const NESTED: u32 = 0x10;
/// A generator function.
pub const GENERATOR: u32 = 0x20;
/// Has neither cell nor free variables (up to 3.10, see [`Version::flags_no_free`]).
pub const NOFREE: u32 = 0x40;
/// A coroutine function (`async def`).
pub const COROUTINE: u32 = 0x80;
/// A generator that can be awaited (`types.coroutine`).
pub const ITERABLE_COROUTINE: u32 = 0x100;
/// An asynchronous generator function.
pub const ASYNC_GENERATOR: u32 = 0x200;
/// `sys.monitoring` ignores it (3.13).
pub const NO_MONITORING_EVENTS: u32 = 0x200_0000;
/// The first constant is the docstring (3.14, see [`Version::flags_docstrings`]).
pub const HAS_DOCSTRING: u32 = 0x400_0000;
/// Defined in a class body (3.14, see [`Version::flags_methods`]).
pub const METHOD: u32 = 0x800_0000;

/// What every function has, and neither a module nor the body of a class.
pub const FUNCTION: u32 = OPTIMIZED | NEWLOCALS;
/// One of these is set if calling the function makes a generator, a coroutine or an asynchronous generator.
pub const ANY_GENERATOR: u32 = GENERATOR | COROUTINE | ASYNC_GENERATOR;
/// All that `__future__` sets in any version, where it has stood since 3.8.2. What 3.7 has is among it, but for features
/// that were on anyway and set no flag.
pub const FUTURE: u32 = 0x1FE_0000;

/// The features of `__future__` that a version of 3.7 and later knows, by rising bit.
const FEATURES: [&str; 8] = [
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];
/// Those of them that set a flag; the others are on anyway (`future_check_features` in `Python/future.c`).
const SETTING: [&str; 2] = ["barry_as_FLUFL", "annotations"];
/// The bit of the first feature in 3.7 and since 3.8.2.
const FIRST_FEATURE: [u32; 2] = [0x2000, 0x2_0000];

/// A bit of `co_flags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flag {
    /// The bit.
    pub bit: u32,
    /// Its name.
    pub name: &'static str,
    /// What it says of the code object.
    pub meaning: &'static str,
}

/// The flags that are not of `__future__`, each with the first version that has it.
#[rustfmt::skip]
const FLAGS: [(Version, u32, &str, &str); 13] = [
    (Py37, OPTIMIZED, "OPTIMIZED", "local variables are kept in fast slots: a function, not a module or class"),
    (Py37, NEWLOCALS, "NEWLOCALS", "each call has its own local variables"),
    (Py37, VARARGS, "VARARGS", "takes *args"),
    (Py37, VARKEYWORDS, "VARKEYWORDS", "takes **kwargs"),
    (Py37, NESTED, "NESTED", "lies within another function"),
    (Py37, GENERATOR, "GENERATOR", "a generator function"),
    // Nothing sets it since 3.11, but `dis` knows the name.
    (Py37, NOFREE, "NOFREE", "has neither cell nor free variables"),
    (Py37, COROUTINE, "COROUTINE", "a coroutine function (`async def`)"),
    (Py37, ITERABLE_COROUTINE, "ITERABLE_COROUTINE", "a generator that can be awaited (`types.coroutine`)"),
    (Py37, ASYNC_GENERATOR, "ASYNC_GENERATOR", "an asynchronous generator function"),
    (Py313, NO_MONITORING_EVENTS, "NO_MONITORING_EVENTS", "sys.monitoring ignores it"),
    (Py314, HAS_DOCSTRING, "HAS_DOCSTRING", "its first constant is its docstring"),
    (Py314, METHOD, "METHOD", "defined in a class body"),
];

/// The bits of the features of `__future__` in `version`.
fn features(version: Version) -> impl Iterator<Item = Flag> {
    let first = FIRST_FEATURE[usize::from(version.moves_future_flags())];
    FEATURES.into_iter().enumerate().map(move |(place, name)| Flag {
        bit: first << place,
        name,
        meaning: "compiled under this `from __future__` import",
    })
}

/// The flag that `from __future__ import name` sets in `version`; 0 if it sets none.
pub fn future(version: Version, name: &str) -> u32 {
    let mut found = features(version).filter(|flag| flag.name == name && SETTING.contains(&name));
    found.next().map_or(0, |flag| flag.bit)
}

/// The flags of which one is set under `from __future__ import annotations`. In 3.8 they are two: releases before 3.8.2
/// set the one of 3.7, which nothing else sets.
pub fn future_annotations(version: Version) -> u32 {
    let other = if version.mixes_future_flags() { Py37 } else { version };
    future(version, "annotations") | future(other, "annotations")
}

/// The flags that `version` knows, by rising bit.
pub fn known_flags(version: Version) -> impl Iterator<Item = Flag> {
    let plain = FLAGS.into_iter().filter(move |&(since, ..)| version >= since);
    let mut known: Vec<Flag> = plain.map(|(_, bit, name, meaning)| Flag { bit, name, meaning }).collect();
    known.extend(features(version));
    known.sort_by_key(|flag| flag.bit);
    known.into_iter()
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
    use crate::Version::{Py38, Py310};

    #[test]
    fn names_depend_on_the_version() {
        assert_eq!(flag_names(0x43, Py37), ["OPTIMIZED", "NEWLOCALS", "NOFREE"]);
        assert_eq!(flag_names(0x10_0000, Py37), ["annotations"]);
        assert_eq!(flag_names(0x10_0000, Version::Py39), ["print_function"]);
        assert_eq!(flag_names(0xC00_0003, Py314), ["OPTIMIZED", "NEWLOCALS", "HAS_DOCSTRING", "METHOD"]);
        assert_eq!(flag_names(0x8000_0001, Py313), ["OPTIMIZED", "0x80000000"]);
    }

    #[test]
    fn docstrings_are_flagged_since_314() {
        assert_eq!(flag_names(HAS_DOCSTRING, Py313), ["0x4000000"]);
        for version in Version::ALL {
            let knows = |bit| known_flags(version).any(|flag| flag.bit == bit);
            assert_eq!(knows(HAS_DOCSTRING), version.flags_docstrings(), "{version}");
            assert_eq!(knows(METHOD), version.flags_methods(), "{version}");
        }
    }

    #[test]
    fn annotations_have_two_flags_in_38_only() {
        assert_eq!(future_annotations(Py37), 0x10_0000);
        assert_eq!(future_annotations(Py38), 0x110_0000);
        assert_eq!(future_annotations(Py310), 0x100_0000);
        assert_eq!(future(Py310, "annotations"), 0x100_0000);
        assert_eq!([future(Py310, "division"), future(Py310, "braces")], [0, 0]);
    }

    #[test]
    fn no_version_knows_a_bit_twice() {
        for version in Version::ALL {
            let bits: Vec<u32> = known_flags(version).map(|flag| flag.bit).collect();
            assert!(bits.windows(2).all(|pair| pair[0] < pair[1]), "{version}");
        }
    }
}
