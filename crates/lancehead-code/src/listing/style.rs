//! In what the listings of versions differ.

use lancehead_pyc::Version;

/// How `dis` of a version writes what it shows.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Jump targets are labels `L1`, not offsets; offsets are not shown.
    pub labels: bool,
    /// `NULL` follows the name that it is pushed with; else it precedes it.
    pub null_follows: bool,
    /// `is`, `not in` and their like are written out.
    pub inversion: bool,
    /// Absolute jumps say where to.
    pub absolute_targets: bool,
}

impl Style {
    pub(super) fn of(version: Version) -> Style {
        Style {
            labels: version.dis_shows_labels(),
            null_follows: version.dis_shows_null_after(),
            inversion: version.dis_spells_inversion(),
            absolute_targets: version.dis_shows_absolute_targets(),
        }
    }
}
