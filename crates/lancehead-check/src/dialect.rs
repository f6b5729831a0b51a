//! What `lower` and the walk ask of a version and of the compiler that made a file.

use std::ops::Deref;

use lancehead_pyc::Version;

use crate::compiler::Chooser;

/// A version, with what is asked of it for every instruction at hand. All other facts are asked of the [`Version`] that
/// it dereferences to.
#[derive(Debug, Clone)]
pub struct Dialect {
    /// What the compiler of some patch releases of the version does otherwise than that of others.
    pub compiler: Chooser,
    /// The version itself, for what is asked of other crates.
    pub version: Version,
    /// See [`Version::has_exception_table`].
    pub exception_table: bool,
    /// See [`Version::exception_slots`].
    pub exception_slots: u32,
    /// See [`Version::for_iter_pops`].
    pub for_iter_pops: bool,
    /// See [`Version::reorders_stores`].
    pub reorders_stores: bool,
    /// See [`Version::call_slots`].
    pub call_slots: u32,
    /// See [`Version::null_after`].
    pub null_after: bool,
    /// See [`Version::index_slot`].
    pub index_slot: bool,
}

impl Dialect {
    /// The dialect of a version, as its newest patch release has it.
    pub fn of(version: Version) -> Dialect {
        Dialect::of_compiler(version, 0)
    }

    /// The dialect of one of the compilers of a version, by its number.
    pub fn of_compiler(version: Version, number: usize) -> Dialect {
        Dialect {
            compiler: Chooser::new(version, number),
            version,
            exception_table: version.has_exception_table(),
            exception_slots: version.exception_slots(),
            for_iter_pops: version.for_iter_pops(),
            reorders_stores: version.reorders_stores(),
            call_slots: version.call_slots(),
            null_after: version.null_after(),
            index_slot: version.index_slot(),
        }
    }

    /// The flag in `co_flags` of a feature of `__future__` (`Include/code.h`); 0 if it has none.
    pub fn future_flag(&self, name: &str) -> u32 {
        // Features that are on anyway set no flag (`future_check_features`).
        let flag = match name {
            "barry_as_FLUFL" => 0x4_0000,
            "annotations" => 0x10_0000,
            _ => return 0,
        };
        if self.compiler.shifts_future_flags() { flag << 4 } else { flag }
    }
}

impl Deref for Dialect {
    type Target = Version;

    fn deref(&self) -> &Version {
        &self.version
    }
}
