//! Magic numbers.
//!
//! After the comments of `Lib/importlib/_bootstrap_external.py` (to 3.13) and
//! `Include/internal/pycore_magic_number.h` (since 3.14).

use crate::Version;

/// What a magic number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Magic {
    /// The number, as it stands in the first two bytes, little end first.
    pub number: u16,
    /// The version whose bytecode it announces.
    pub version: Version,
    /// The release it first came with, nearly always a pre-release: `3.12b1`.
    pub release: &'static str,
}

impl Magic {
    /// The number that the final releases of `version` write.
    pub fn released(version: Version) -> Magic {
        // No number changes after the last pre-release, so the last row of a version is that of its final releases.
        let last = TABLE.iter().rev().find(|magic| magic.version == version);
        last.copied().unwrap_or(TABLE[TABLE.len() - 1])
    }

    /// The meaning of `number`, if it is one of 3.7 to 3.15 that was ever given out.
    pub fn find(number: u16) -> Option<Magic> {
        TABLE.binary_search_by_key(&number, |magic| magic.number).ok().and_then(|at| TABLE.get(at)).copied()
    }

    /// Whether final releases of the version write this number.
    pub fn is_released(&self) -> bool {
        self.number == Magic::released(self.version).number
    }

    /// Every magic number of 3.7 to 3.15, pre-releases too, in rising order.
    pub fn all() -> &'static [Magic] {
        TABLE
    }
}

/// What is known about the maker of a file, from its magic number alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Maker {
    /// A number that was given out.
    Known(Magic),
    /// A number of the range set aside for a version, which was not given out when this table was made.
    InRange(Version),
    /// Another Python.
    Foreign(String),
    /// No Python known.
    Nobody,
}

/// The numbers set aside for each version, both ends included.
const RANGES: &[(u16, u16, Version)] = &[
    (3390, 3399, Version::Py37),
    (3400, 3419, Version::Py38),
    (3420, 3429, Version::Py39),
    (3430, 3449, Version::Py310),
    (3450, 3499, Version::Py311),
    (3500, 3549, Version::Py312),
    (3550, 3599, Version::Py313),
    (3600, 3649, Version::Py314),
    (3650, 3699, Version::Py315),
];

/// The numbers of Pythons that are not read, both ends included.
const FOREIGN: &[(u16, u16, &str)] = &[
    (20121, 20121, "Python 1.5"),
    (50428, 50429, "Python 1.6"),
    (50823, 50824, "Python 2.0"),
    (60202, 60203, "Python 2.1"),
    (60717, 60718, "Python 2.2"),
    (62011, 62022, "Python 2.3"),
    (62041, 62062, "Python 2.4"),
    (62071, 62132, "Python 2.5"),
    (62151, 62162, "Python 2.6"),
    (62171, 62219, "Python 2.7"),
    (3000, 3132, "Python 3.0"),
    (3141, 3152, "Python 3.1"),
    (3160, 3181, "Python 3.2"),
    (3190, 3231, "Python 3.3"),
    (3250, 3311, "Python 3.4"),
    (3320, 3352, "Python 3.5"),
    (3360, 3389, "Python 3.6"),
];

/// Who wrote a file that starts with `number`.
pub(crate) fn maker(number: u16) -> Maker {
    let within = |low: u16, high: u16| (low..=high).contains(&number);
    if let Some(magic) = Magic::find(number) {
        return Maker::Known(magic);
    }
    if let Some(&(_, _, version)) = RANGES.iter().find(|range| within(range.0, range.1)) {
        return Maker::InRange(version);
    }
    if let Some(&(_, _, name)) = FOREIGN.iter().find(|range| within(range.0, range.1)) {
        return Maker::Foreign(name.to_owned());
    }
    // Since 3.11, Python 3.n starts at 2900 + 50 n.
    match number {
        3700..=4399 => Maker::Foreign(format!("Python 3.{}", (number - 2900) / 50)),
        _ => Maker::Nobody,
    }
}

/// The row of the table that stands in for an unknown number of `version`'s range: the nearest one.
pub(crate) fn nearest(number: u16, version: Version) -> Magic {
    let rows = TABLE.iter().filter(|magic| magic.version == version);
    rows.min_by_key(|magic| magic.number.abs_diff(number)).copied().unwrap_or(Magic::released(version))
}

const fn row(number: u16, version: Version, release: &'static str) -> Magic {
    Magic { number, version, release }
}

/// In rising order, for binary search; two releases never share a number.
#[rustfmt::skip]
const TABLE: &[Magic] = &[
    row(3390, Version::Py37, "3.7a1"),
    row(3391, Version::Py37, "3.7a2"),
    row(3392, Version::Py37, "3.7a4"),
    row(3393, Version::Py37, "3.7b1"),
    row(3394, Version::Py37, "3.7b5"),
    row(3400, Version::Py38, "3.8a1"),
    row(3401, Version::Py38, "3.8a1"),
    row(3410, Version::Py38, "3.8a1"),
    row(3411, Version::Py38, "3.8b2"),
    row(3412, Version::Py38, "3.8b2"),
    row(3413, Version::Py38, "3.8b4"),
    row(3420, Version::Py39, "3.9a0"),
    row(3421, Version::Py39, "3.9a0"),
    row(3422, Version::Py39, "3.9a0"),
    row(3423, Version::Py39, "3.9a2"),
    row(3424, Version::Py39, "3.9a2"),
    row(3425, Version::Py39, "3.9a2"),
    row(3430, Version::Py310, "3.10a1"),
    row(3431, Version::Py310, "3.10a1"),
    row(3432, Version::Py310, "3.10a2"),
    row(3433, Version::Py310, "3.10a2"),
    row(3434, Version::Py310, "3.10a6"),
    row(3435, Version::Py310, "3.10a7"),
    row(3436, Version::Py310, "3.10b1"),
    row(3437, Version::Py310, "3.10b1"),
    row(3438, Version::Py310, "3.10b1"),
    row(3439, Version::Py310, "3.10b1"),
    row(3450, Version::Py311, "3.11a1"),
    row(3451, Version::Py311, "3.11a1"),
    row(3452, Version::Py311, "3.11a1"),
    row(3453, Version::Py311, "3.11a1"),
    row(3454, Version::Py311, "3.11a1"),
    row(3455, Version::Py311, "3.11a1"),
    row(3456, Version::Py311, "3.11a1"),
    row(3457, Version::Py311, "3.11a1"),
    row(3458, Version::Py311, "3.11a1"),
    row(3459, Version::Py311, "3.11a1"),
    row(3460, Version::Py311, "3.11a1"),
    row(3461, Version::Py311, "3.11a1"),
    row(3462, Version::Py311, "3.11a2"),
    row(3463, Version::Py311, "3.11a3"),
    row(3464, Version::Py311, "3.11a3"),
    row(3465, Version::Py311, "3.11a3"),
    row(3466, Version::Py311, "3.11a4"),
    row(3467, Version::Py311, "3.11a4"),
    row(3468, Version::Py311, "3.11a4"),
    row(3469, Version::Py311, "3.11a4"),
    row(3470, Version::Py311, "3.11a4"),
    row(3471, Version::Py311, "3.11a4"),
    row(3472, Version::Py311, "3.11a4"),
    row(3473, Version::Py311, "3.11a4"),
    row(3474, Version::Py311, "3.11a4"),
    row(3475, Version::Py311, "3.11a5"),
    row(3476, Version::Py311, "3.11a5"),
    row(3477, Version::Py311, "3.11a5"),
    row(3478, Version::Py311, "3.11a5"),
    row(3479, Version::Py311, "3.11a5"),
    row(3480, Version::Py311, "3.11a5"),
    row(3481, Version::Py311, "3.11a5"),
    row(3482, Version::Py311, "3.11a5"),
    row(3483, Version::Py311, "3.11a5"),
    row(3484, Version::Py311, "3.11a5"),
    row(3485, Version::Py311, "3.11a5"),
    row(3486, Version::Py311, "3.11a6"),
    row(3487, Version::Py311, "3.11a6"),
    row(3488, Version::Py311, "3.11a6"),
    row(3489, Version::Py311, "3.11a6"),
    row(3490, Version::Py311, "3.11a6"),
    row(3491, Version::Py311, "3.11a6"),
    row(3492, Version::Py311, "3.11a7"),
    row(3493, Version::Py311, "3.11a7"),
    row(3494, Version::Py311, "3.11a7"),
    row(3495, Version::Py311, "3.11b4"),
    row(3500, Version::Py312, "3.12a1"),
    row(3501, Version::Py312, "3.12a1"),
    row(3502, Version::Py312, "3.12a1"),
    row(3503, Version::Py312, "3.12a1"),
    row(3504, Version::Py312, "3.12a1"),
    row(3505, Version::Py312, "3.12a1"),
    row(3506, Version::Py312, "3.12a1"),
    row(3507, Version::Py312, "3.12a1"),
    row(3508, Version::Py312, "3.12a1"),
    row(3509, Version::Py312, "3.12a1"),
    row(3510, Version::Py312, "3.12a2"),
    row(3511, Version::Py312, "3.12a2"),
    row(3512, Version::Py312, "3.12a2"),
    row(3513, Version::Py312, "3.12a4"),
    row(3514, Version::Py312, "3.12a4"),
    row(3515, Version::Py312, "3.12a5"),
    row(3516, Version::Py312, "3.12a5"),
    row(3517, Version::Py312, "3.12a5"),
    row(3518, Version::Py312, "3.12a6"),
    row(3519, Version::Py312, "3.12a6"),
    row(3520, Version::Py312, "3.12a6"),
    row(3521, Version::Py312, "3.12a7"),
    row(3522, Version::Py312, "3.12a7"),
    row(3523, Version::Py312, "3.12a7"),
    row(3524, Version::Py312, "3.12a7"),
    row(3525, Version::Py312, "3.12b1"),
    row(3526, Version::Py312, "3.12b1"),
    row(3527, Version::Py312, "3.12b1"),
    row(3528, Version::Py312, "3.12b1"),
    row(3529, Version::Py312, "3.12b1"),
    row(3530, Version::Py312, "3.12b1"),
    row(3531, Version::Py312, "3.12b1"),
    row(3550, Version::Py313, "3.13a1"),
    row(3551, Version::Py313, "3.13a1"),
    row(3552, Version::Py313, "3.13a1"),
    row(3553, Version::Py313, "3.13a1"),
    row(3554, Version::Py313, "3.13a1"),
    row(3555, Version::Py313, "3.13a1"),
    row(3556, Version::Py313, "3.13a1"),
    row(3557, Version::Py313, "3.13a1"),
    row(3558, Version::Py313, "3.13a1"),
    row(3559, Version::Py313, "3.13a1"),
    row(3560, Version::Py313, "3.13a1"),
    row(3561, Version::Py313, "3.13a1"),
    row(3562, Version::Py313, "3.13a1"),
    row(3563, Version::Py313, "3.13a1"),
    row(3564, Version::Py313, "3.13a1"),
    row(3565, Version::Py313, "3.13a1"),
    row(3566, Version::Py313, "3.13a1"),
    row(3567, Version::Py313, "3.13a1"),
    row(3568, Version::Py313, "3.13a1"),
    row(3569, Version::Py313, "3.13a5"),
    row(3570, Version::Py313, "3.13a6"),
    row(3571, Version::Py313, "3.13b1"),
    row(3600, Version::Py314, "3.14a1"),
    row(3601, Version::Py314, "3.14a1"),
    row(3602, Version::Py314, "3.14a1"),
    row(3603, Version::Py314, "3.14a1"),
    row(3604, Version::Py314, "3.14a1"),
    row(3605, Version::Py314, "3.14a1"),
    row(3606, Version::Py314, "3.14a1"),
    row(3607, Version::Py314, "3.14a1"),
    row(3608, Version::Py314, "3.14a1"),
    row(3609, Version::Py314, "3.14a2"),
    row(3610, Version::Py314, "3.14a4"),
    row(3611, Version::Py314, "3.14a4"),
    row(3612, Version::Py314, "3.14a4"),
    row(3613, Version::Py314, "3.14a4"),
    row(3614, Version::Py314, "3.14a5"),
    row(3615, Version::Py314, "3.14a5"),
    row(3616, Version::Py314, "3.14a5"),
    row(3617, Version::Py314, "3.14a6"),
    row(3618, Version::Py314, "3.14a6"),
    row(3619, Version::Py314, "3.14a6"),
    row(3620, Version::Py314, "3.14a6"),
    row(3621, Version::Py314, "3.14a7"),
    row(3622, Version::Py314, "3.14a7"),
    row(3623, Version::Py314, "3.14a7"),
    row(3624, Version::Py314, "3.14b1"),
    row(3625, Version::Py314, "3.14b3"),
    row(3626, Version::Py314, "3.14rc2"),
    row(3627, Version::Py314, "3.14rc3"),
    row(3650, Version::Py315, "3.15a0"),
    row(3651, Version::Py315, "3.15a1"),
    row(3652, Version::Py315, "3.15a1"),
    row(3653, Version::Py315, "3.15a1"),
    row(3654, Version::Py315, "3.15a1"),
    row(3655, Version::Py315, "3.15a1"),
    row(3656, Version::Py315, "3.15a1"),
    row(3657, Version::Py315, "3.15a4"),
    row(3658, Version::Py315, "3.15a4"),
    row(3659, Version::Py315, "3.15a4"),
    row(3660, Version::Py315, "3.15a4"),
    row(3661, Version::Py315, "3.15a4"),
    row(3662, Version::Py315, "3.15a8"),
    row(3663, Version::Py315, "3.15a8"),
    row(3664, Version::Py315, "3.15a8"),
    row(3665, Version::Py315, "3.15a8"),
    row(3666, Version::Py315, "3.15b1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_rise_and_lie_in_their_ranges() {
        assert!(
            TABLE
                .windows(2)
                .all(|pair| pair[0].number < pair[1].number && pair[0].version <= pair[1].version)
        );
        for magic in TABLE {
            let range = RANGES.iter().find(|range| (range.0..=range.1).contains(&magic.number)).unwrap();
            assert_eq!(range.2, magic.version);
            assert!(magic.release.starts_with(&magic.version.to_string()));
        }
        assert!(Version::ALL.iter().all(|version| TABLE.iter().any(|magic| magic.version == *version)));
    }

    #[test]
    fn final_releases() {
        let numbers = Version::ALL.map(|version| Magic::released(version).number);
        assert_eq!(numbers, [3394, 3413, 3425, 3439, 3495, 3531, 3571, 3627, 3666]);
    }

    #[test]
    fn makers() {
        assert_eq!(maker(3531), Maker::Known(Magic::released(Version::Py312)));
        assert_eq!(maker(3549), Maker::InRange(Version::Py312));
        assert_eq!(maker(62211), Maker::Foreign("Python 2.7".to_owned()));
        assert_eq!(maker(3379), Maker::Foreign("Python 3.6".to_owned()));
        assert_eq!(maker(3700), Maker::Foreign("Python 3.16".to_owned()));
        assert_eq!(maker(0), Maker::Nobody);
        assert_eq!(nearest(3549, Version::Py312).number, 3531);
        assert_eq!(nearest(3395, Version::Py37).number, 3394);
    }
}
