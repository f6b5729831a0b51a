//! What differs between versions: one row per fact, with the versions for which it holds.
//!
//! A row becomes a question that a [`Version`] answers. Ranges are open where the fact still holds, so a new version
//! answers as the last one did until somebody says otherwise:
//!
//! ```text
//! since Py312           3.12 and later
//! until Py310           up to and including 3.10
//! Py310 to Py312        both ends included
//! only Py311            one version
//! ```
//!
//! Each row says where CPython changed: a PEP, an issue (`gh-…`, or `bpo-…` before they moved), or the function or file
//! that does it. The rows are in files by subject; what instructions are numbered and how arguments are packed is in
//! `lancehead-isa`.
//!
//! ```
//! use lancehead_pyc::Version;
//!
//! assert!(Version::Py312.inlines_comprehensions());
//! assert!(!Version::Py311.inlines_comprehensions());
//! ```

use crate::Version;

/// Whether a version lies in a range as the rows spell it.
macro_rules! holds {
    ($version:expr, since $first:ident) => {
        $version.minor() >= crate::Version::$first.minor()
    };
    ($version:expr, until $last:ident) => {
        $version.minor() <= crate::Version::$last.minor()
    };
    ($version:expr, only $one:ident) => {
        $version.minor() == crate::Version::$one.minor()
    };
    ($version:expr, $first:ident to $last:ident) => {
        holds!($version, since $first) && holds!($version, until $last)
    };
}

/// Makes a question of each row. A row without documentation does not compile.
macro_rules! facts {
    ($($(#[$doc:meta])+ $name:ident: $($range:ident)+;)*) => {
        impl crate::Version {
            $($(#[$doc])+ pub const fn $name(self) -> bool {
                holds!(self, $($range)+)
            })*
        }
    };
}

mod code_object;
mod compiler;
mod grammar;
mod instructions;
mod listing;

/// Numbers that follow from the facts.
impl Version {
    /// How many slots of the stack an exception takes: type, value and traceback up to 3.10, only the value since.
    pub const fn exception_slots(self) -> u32 {
        if self.has_block_stack() { 3 } else { 1 }
    }

    /// How many slots of the stack a callable takes: since 3.11 there is one beside it for `self` or `NULL`.
    pub const fn call_slots(self) -> u32 {
        if self.has_self_slot() { 2 } else { 1 }
    }

    /// How many slots of the stack the iterator of a loop takes.
    pub const fn iterator_slots(self) -> u32 {
        if self.index_slot() { 2 } else { 1 }
    }

    /// Builtins that are inlined where they are called with a generator expression
    /// (`maybe_optimize_function_call` in `Python/codegen.c`).
    pub const fn inlined_builtins(self) -> &'static [&'static str] {
        const ALL: &[&str] = &["all", "any", "tuple", "list", "set"];
        match (self.inlines_builtins(), self.inlines_list_and_set()) {
            (false, _) => &[],
            (true, false) => ALL.split_at(3).0,
            (true, true) => ALL,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Version;

    fn versions(question: fn(Version) -> bool) -> Vec<u8> {
        Version::ALL.into_iter().filter(|version| question(*version)).map(Version::minor).collect()
    }

    #[test]
    fn ranges_hold_with_both_ends() {
        assert_eq!(versions(Version::lazy_imports), [15]);
        assert_eq!(versions(Version::calls_finally), [8]);
        assert_eq!(versions(Version::ends_finally), [7, 8]);
        assert_eq!(versions(Version::annotations_are_tuples), [10, 11, 12, 13]);
    }

    #[test]
    fn the_newest_version_holds_what_is_open() {
        assert!(Version::LATEST.has_exception_table() && !Version::LATEST.has_block_stack());
        assert_eq!(Version::LATEST.inlined_builtins().len(), 5);
        assert_eq!(Version::Py314.inlined_builtins(), ["all", "any", "tuple"]);
        assert!(Version::Py313.inlined_builtins().is_empty());
    }
}
