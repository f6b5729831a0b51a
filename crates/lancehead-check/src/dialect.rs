//! What `lower` and the walk ask of a version.

use std::ops::Deref;

use lancehead_pyc::Version;

/// A version, with what is asked of it for every instruction at hand. All other facts are asked of the [`Version`] that
/// it dereferences to.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
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
    /// The dialect of a version.
    pub fn of(version: Version) -> Dialect {
        Dialect {
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
}

impl Deref for Dialect {
    type Target = Version;

    fn deref(&self) -> &Version {
        &self.version
    }
}
