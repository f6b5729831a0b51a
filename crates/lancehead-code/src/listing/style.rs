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

const OLD: Style = Style { labels: false, null_follows: false, inversion: false, absolute_targets: false };

impl Style {
    pub(super) fn of(version: Version) -> Style {
        use Version::*;
        match version {
            Py37 | Py38 | Py39 => OLD,
            Py310 | Py311 | Py312 => Style { absolute_targets: true, ..OLD },
            Py313 => Style { labels: true, null_follows: true, ..OLD },
            Py314 | Py315 => Style { labels: true, null_follows: true, inversion: true, ..OLD },
        }
    }
}
