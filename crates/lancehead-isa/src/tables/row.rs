//! A row of the table of opcodes, and the macros that read it.

use super::effects::Effect;
use super::flow::Flow;
use crate::changes::Changes;
use crate::{Opcode, OperandKind};

/// Names of cache entries and how many 16-bit entries each takes, in order.
pub(crate) type CacheLayout = &'static [(&'static str, u8)];

/// One opcode in all versions.
pub(crate) struct Row {
    /// CPython's names.
    pub names: Changes<&'static str>,
    /// `None` where the opcode is gone.
    pub numbers: Changes<Option<u8>>,
    pub meaning: Meaning,
}

/// What an opcode does.
pub(crate) enum Meaning {
    Own(Facts),
    /// What this one does; `sys.monitoring` writes it over that in live code (PEP 669).
    Instruments(Opcode),
}

/// The columns of a row.
pub(crate) struct Facts {
    pub operand: Changes<OperandKind>,
    pub effects: Changes<Effects>,
    pub flow: Flow,
    pub may_raise: Changes<bool>,
    pub caches: Changes<CacheLayout>,
}

/// Values taken off and put on: going on with the next instruction, and at the target.
#[derive(Clone, Copy)]
pub(crate) struct Effects {
    pub falls: Effect,
    pub jumps: Effect,
}

/// Makes the enum of opcodes and the table of their rows.
macro_rules! opcodes {
    ($(
        $name:ident $numbers:tt
        $(called [$($since:literal: $later:ident),+])?
        $([$($kinds:tt)*] [$($effects:tt)*] $flow:ident [$($raises:tt)*] [$($caches:tt)*])?
        $(as $base:ident)?;
    )*) => {
        /// An operation of CPython's virtual machine, under CPython's own name: the union of all versions.
        ///
        /// What the versions make of a name may differ; [`Opcode::operand`] and its neighbours answer per version.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(non_camel_case_types, missing_docs)]
        #[repr(u8)]
        pub enum Opcode {
            $($name),*
        }

        impl Opcode {
            /// Every opcode, in the order of the table.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$name),*];

            /// CPython's name; the first, if it was renamed: see [`Opcode::name_in`].
            pub const fn name(self) -> &'static str {
                const NAMES: &[&str] = &[$(stringify!($name)),*];
                NAMES[self as usize]
            }
        }

        /// By opcode.
        pub(crate) static ROWS: &[crate::tables::row::Row] = &[$(crate::tables::row::Row {
            names: &[(0, stringify!($name)) $($(, ($since, stringify!($later)))+)?],
            numbers: numbers!($numbers),
            meaning: meaning!(
                $([$($kinds)*] [$($effects)*] $flow [$($raises)*] [$($caches)*])?
                $(as $base)?
            ),
        }),*];
    };
}

macro_rules! numbers {
    ([$($since:literal: $number:tt),+]) => {
        &[$(($since, number!($number))),+]
    };
}

macro_rules! number {
    (-) => {
        None
    };
    ($number:literal) => {
        Some($number)
    };
}

/// The columns after the number, or what an instrumented opcode stands for.
macro_rules! meaning {
    (as $base:ident) => {
        crate::tables::row::Meaning::Instruments(Opcode::$base)
    };
    ([$($kinds:tt)+] [$($effects:tt)+] $flow:ident [$($raises:tt)+] [$($caches:tt)*]) => {
        crate::tables::row::Meaning::Own(crate::tables::row::Facts {
            operand: operand!($($kinds)+),
            effects: effects!($($effects)+),
            flow: crate::Flow::$flow,
            may_raise: may_raise!($($raises)+),
            caches: caches!($($caches)*),
        })
    };
}

macro_rules! operand {
    ($first:ident $(; $since:literal: $kind:ident)*) => {
        &[(0, crate::OperandKind::$first) $(, ($since, crate::OperandKind::$kind))*]
    };
}

macro_rules! may_raise {
    ($first:ident $(; $since:literal: $answer:ident)*) => {
        &[(0, may_raise!(@ $first)) $(, ($since, may_raise!(@ $answer)))*]
    };
    (@ raises) => {
        true
    };
    (@ never) => {
        false
    };
}

macro_rules! caches {
    ($($name:ident $entries:literal)* $(; $since:literal: $($later:ident $count:literal)*)*) => {
        &[
            (0, &[$((stringify!($name), $entries)),*]),
            $(($since, &[$((stringify!($later), $count)),*])),*
        ]
    };
}

macro_rules! effects {
    (
        $pops:tt -> $pushes:tt $(, jump $jump_pops:tt -> $jump_pushes:tt)?
        $(; $since:literal: $later_pops:tt -> $later_pushes:tt $(, jump $p:tt -> $q:tt)?)*
    ) => {
        &[
            (0, both!($pops $pushes $($jump_pops $jump_pushes)?)),
            $(($since, both!($later_pops $later_pushes $($p $q)?))),*
        ]
    };
}

macro_rules! both {
    ($pops:tt $pushes:tt) => {
        both!($pops $pushes $pops $pushes)
    };
    ($pops:tt $pushes:tt $jump_pops:tt $jump_pushes:tt) => {
        crate::tables::row::Effects { falls: effect!($pops $pushes), jumps: effect!($jump_pops $jump_pushes) }
    };
}

macro_rules! effect {
    (($($pops:tt)+) ($($pushes:tt)+)) => {
        crate::tables::effects::Effect { pops: amount!($($pops)+), pushes: amount!($($pushes)+) }
    };
}

macro_rules! amount {
    ($base:literal) => {
        crate::tables::effects::Amount {
            base: $base,
            factor: 0,
            measure: crate::tables::effects::Measure::Arg,
        }
    };
    (n) => {
        crate::tables::effects::Amount { base: 0, factor: 1, measure: crate::tables::effects::Measure::Arg }
    };
    ($factor:literal n) => {
        crate::tables::effects::Amount {
            base: 0,
            factor: $factor,
            measure: crate::tables::effects::Measure::Arg,
        }
    };
    ($base:literal + n) => {
        crate::tables::effects::Amount {
            base: $base,
            factor: 1,
            measure: crate::tables::effects::Measure::Arg,
        }
    };
    ($base:literal + bit $mask:literal) => {
        crate::tables::effects::Amount {
            base: $base,
            factor: 1,
            measure: crate::tables::effects::Measure::Bit($mask),
        }
    };
    ($base:literal + is $number:literal) => {
        crate::tables::effects::Amount {
            base: $base,
            factor: 1,
            measure: crate::tables::effects::Measure::Is($number),
        }
    };
    ($base:literal + ones) => {
        crate::tables::effects::Amount {
            base: $base,
            factor: 1,
            measure: crate::tables::effects::Measure::Ones,
        }
    };
    ($base:literal + bytes) => {
        crate::tables::effects::Amount {
            base: $base,
            factor: 1,
            measure: crate::tables::effects::Measure::Bytes,
        }
    };
}
