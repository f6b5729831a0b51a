//! The compilers of one version. A magic number is that of a version; what its compiler makes of a source changes from
//! one patch release to the next all the same.
//!
//! Each choice below is one such change, and [`compilers`] says which releases make it: after the histories of
//! `Python/compile.c`, `flowgraph.c`, `symtable.c`, `ast_opt.c` and `peephole.c` on the branch of each version, and
//! after what the releases compile their own libraries to.

use std::cell::Cell;

use lancehead_pyc::Version;

/// A set of choices.
pub type Choices = u16;

macro_rules! choices {
    ($($(#[$doc:meta])* $constant:ident, $name:ident: $bit:expr;)*) => {
        $($(#[$doc])* pub const $constant: Choices = 1 << $bit;)*
        impl Chooser {
            $($(#[$doc])* pub fn $name(&self) -> bool {
                self.chooses($constant)
            })*
        }
    };
}

choices! {
    /// A `for` of a comprehension or generator expression calls `iter` right before it draws the first item, although
    /// it was called before: 3.13.1 (gh-125038).
    ITERATES_WITHIN, iterates_within: 0;
    /// It is called only there, so that a generator expression over what is no iterable fails late: only 3.13.4
    /// (gh-127682, taken back by gh-135171).
    ITERATES_ONLY_WITHIN, iterates_only_within: 1;
    /// `__classdict__` and `__conditional_annotations__` are not free in comprehensions that are inlined in a class
    /// (gh-145701).
    HIDES_CELLS_OF_CLASSES, hides_cells_of_classes: 2;
    /// Annotations of positional-only parameters are folded as others are: 3.8.2 (GH-17837).
    FOLDS_POSITIONAL_ONLY, folds_positional_only: 3;
    /// Stores are exchanged rather than values even if they store to one variable, so that the wrong one comes last: up
    /// to 3.11.3 (gh-104615).
    EXCHANGES_REPEATED_STORES, exchanges_repeated_stores: 5;
    /// The flags of `__future__` lie four bits higher than in 3.7: 3.8.3 (bpo-39562).
    SHIFTS_FUTURE_FLAGS, shifts_future_flags: 4;
}

/// Patch releases whose compilers make the same of every source.
#[derive(Debug, Clone, Copy)]
pub struct Compiler {
    /// From which patch release to which, [`ON`] for those to come.
    pub spans: &'static [(u8, u8)],
    /// What they choose.
    pub choices: Choices,
}

/// The end of a span that is open.
pub const ON: u8 = u8::MAX;

/// The compilers of a version, those of the newest releases first.
pub fn compilers(version: Version) -> &'static [Compiler] {
    const fn of(spans: &'static [(u8, u8)], choices: Choices) -> Compiler {
        Compiler { spans, choices }
    }
    const SINCE_8: Choices = FOLDS_POSITIONAL_ONLY | SHIFTS_FUTURE_FLAGS;
    const V7: &[Compiler] = &[of(&[(0, ON)], 0)];
    const V8: &[Compiler] =
        &[of(&[(3, ON)], SINCE_8), of(&[(2, 2)], FOLDS_POSITIONAL_ONLY), of(&[(0, 1)], 0)];
    const V11: &[Compiler] = &[of(&[(4, ON)], SINCE_8), of(&[(0, 3)], SINCE_8 | EXCHANGES_REPEATED_STORES)];
    const SINCE_9: &[Compiler] = &[of(&[(0, ON)], SINCE_8)];
    const V13: &[Compiler] = &[
        of(&[(13, ON)], SINCE_8 | ITERATES_WITHIN | HIDES_CELLS_OF_CLASSES),
        of(&[(1, 3), (5, 12)], SINCE_8 | ITERATES_WITHIN),
        of(&[(4, 4)], SINCE_8 | ITERATES_WITHIN | ITERATES_ONLY_WITHIN),
        of(&[(0, 0)], SINCE_8),
    ];
    const SINCE_14: &[Compiler] = &[of(&[(0, ON)], SINCE_8 | HIDES_CELLS_OF_CLASSES)];
    match version.minor() {
        7 => V7,
        8 => V8,
        9 | 10 | 12 => SINCE_9,
        11 => V11,
        13 => V13,
        _ => SINCE_14,
    }
}

/// One compiler of a version, and which of its choices were asked for.
#[derive(Debug, Clone)]
pub struct Chooser {
    choices: Choices,
    /// What was asked for since [`Chooser::take_asked`].
    asked: Cell<Choices>,
    /// What was asked for at any time.
    ever_asked: Cell<Choices>,
}

impl Chooser {
    /// The compiler of this number.
    pub fn new(version: Version, number: usize) -> Chooser {
        let choices = compilers(version).get(number).map_or(0, |compiler| compiler.choices);
        Chooser { choices, asked: Cell::new(0), ever_asked: Cell::new(0) }
    }

    fn chooses(&self, choice: Choices) -> bool {
        self.asked.set(self.asked.get() | choice);
        self.ever_asked.set(self.ever_asked.get() | choice);
        self.choices & choice != 0
    }

    /// What was asked for since this was last called.
    pub fn take_asked(&self) -> Choices {
        self.asked.take()
    }

    /// All that was ever asked for.
    pub fn ever_asked(&self) -> Choices {
        self.ever_asked.get()
    }
}
