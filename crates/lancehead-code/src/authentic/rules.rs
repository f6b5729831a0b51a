//! What differs between versions.

use lancehead_pyc::Version;

/// Where a generator says how it was suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suspension {
    /// By the opcode alone: `YIELD_FROM` (up to 3.10).
    Opcode,
    /// In the argument of `RESUME` (3.11).
    Resume,
    /// There, and in that of `YIELD_VALUE` how many handlers hold (3.12).
    Depth,
    /// In that of `YIELD_VALUE`, and in this bit of `RESUME` whether but one handler holds (3.13 and later).
    Yield {
        /// The bit; those below it say where the code resumes.
        depth_is_one: u32,
    },
}

/// What the compiler of one version writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// By how much a `COMPARE_OP` moves the operator to the left, to make room for the mask of the outcomes for which
    /// it is true; `None` without such a mask.
    pub comparison_shift: Option<u32>,
    /// Whether the code begins with instructions that make its frame ready.
    pub has_prologue: bool,
    /// Whether the start of a generator expression stands in its prologue.
    pub iterates_first: bool,
    /// How generators are suspended.
    pub suspension: Suspension,
    /// Whether frames have variables of all kinds in one array.
    pub has_kinds: bool,
    /// Whether the interpreter jumps by the argument of `END_ASYNC_FOR`, which the compiler leaves at 0.
    pub jumps_behind_async_for: bool,
    /// Whether `GEN_START` tells what a generator is.
    pub has_gen_start: bool,
}

impl Rules {
    pub fn of(version: Version) -> Rules {
        let old = Rules {
            comparison_shift: None,
            has_prologue: false,
            iterates_first: false,
            suspension: Suspension::Opcode,
            has_kinds: false,
            jumps_behind_async_for: true,
            has_gen_start: false,
        };
        let new = Rules { has_prologue: true, has_kinds: true, jumps_behind_async_for: false, ..old };
        match version {
            Version::Py37 | Version::Py38 | Version::Py39 => old,
            Version::Py310 => Rules { has_gen_start: true, ..old },
            Version::Py311 => Rules { suspension: Suspension::Resume, ..new },
            Version::Py312 => Rules { suspension: Suspension::Depth, comparison_shift: Some(4), ..new },
            Version::Py313 | Version::Py314 => {
                Rules { suspension: Suspension::Yield { depth_is_one: 4 }, comparison_shift: Some(5), ..new }
            }
            Version::Py315 => Rules {
                suspension: Suspension::Yield { depth_is_one: 8 },
                comparison_shift: Some(5),
                iterates_first: true,
                ..new
            },
        }
    }
}
