//! The compilers of one version. A magic number is that of a version; what its compiler makes of a source changes from
//! one patch release to the next all the same.
//!
//! Each choice below is one such change, and [`compilers`] says which releases make it: after the histories of
//! `Python/compile.c`, `flowgraph.c`, `symtable.c`, `ast_opt.c` and `peephole.c` on the branch of each version, and
//! after what the releases compile their own libraries to.

use std::cell::Cell;
use std::fmt;

use lancehead_isa::{Opcode, decode};
use lancehead_pyc::{CodeObject, Object, Version};

use crate::verdict::CodeVerdict;

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
struct Compiler {
    /// From which patch release to which, [`ON`] for those to come.
    spans: &'static [(u8, u8)],
    choices: Choices,
}

/// The end of a span that is open.
const ON: u8 = u8::MAX;

/// The compilers of a minor version, those of the newest releases first.
fn compilers(minor: u8) -> &'static [Compiler] {
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
    match minor {
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
        let choices = compilers(version.minor()).get(number).map_or(0, |compiler| compiler.choices);
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

/// What came of checking with one compiler.
#[derive(Debug)]
pub struct Trial {
    /// The verdicts.
    pub verdicts: Vec<CodeVerdict>,
    /// The choices that code objects depend on which are proven.
    pub evidence: Choices,
    /// The choices that any code object depends on.
    pub asked: Choices,
}

impl Trial {
    /// How many code objects do something else, and how many differ at all.
    fn differences(&self) -> (usize, usize) {
        let count = |differs: fn(&CodeVerdict) -> bool| self.verdicts.iter().filter(|v| differs(v)).count();
        (count(|verdict| !verdict.does_the_same()), count(|verdict| verdict.difference.is_some()))
    }
}

/// The compilers of a version that may have made a file: those that compile all that is proven so far.
///
/// One compiler made the whole file. Whoever checks it in parts keeps this from one to the next.
#[derive(Debug, Clone)]
pub struct Compilers {
    version: Version,
    /// Their numbers, the likeliest first.
    left: Vec<usize>,
}

impl Compilers {
    /// All of them. What is easily seen in the bytecode tells which is tried first.
    pub fn of(code: &CodeObject) -> Compilers {
        let all = compilers(code.version.minor());
        let mut left: Vec<usize> = (0..all.len()).collect();
        if all.iter().any(|compiler| compiler.choices & ITERATES_WITHIN == 0)
            && all.iter().any(|compiler| compiler.choices & ITERATES_WITHIN != 0)
            && let Some(within) = iterates_within(code)
        {
            left.sort_by_key(|number| (all[*number].choices & ITERATES_WITHIN != 0) != within);
        }
        Compilers { version: code.version, left }
    }

    /// Checks with one compiler after the other until one makes the bytecode of the source; or else gives what came of the
    /// one that parts with it least. What is proven excludes all that would not have made it.
    pub(crate) fn check(&mut self, mut check: impl FnMut(usize) -> Trial) -> Vec<CodeVerdict> {
        let mut best = self.left.first().copied().unwrap_or(0);
        let mut trial = check(best);
        self.keep_like(best, trial.evidence);
        if trial.differences() > (0, 0) {
            for number in self.others(best, trial.asked) {
                let other = check(number);
                if other.differences() < trial.differences() {
                    (best, trial) = (number, other);
                }
            }
            self.keep_like(best, trial.evidence);
        } else {
            self.keep_like(best, trial.asked);
        }
        trial.verdicts
    }

    /// Leaves those that make the choices of compiler `number`, as far as they were asked for.
    fn keep_like(&mut self, number: usize, asked: Choices) {
        let all = compilers(self.version.minor());
        let choices = |number: usize| all.get(number).map_or(0, |compiler| compiler.choices & asked);
        self.left.retain(|other| choices(*other) == choices(number));
    }

    /// One for each way to answer what was asked, without that of compiler `number`.
    fn others(&self, number: usize, asked: Choices) -> Vec<usize> {
        let all = compilers(self.version.minor());
        let choices = |number: usize| all.get(number).map_or(0, |compiler| compiler.choices & asked);
        let mut seen = vec![choices(number)];
        let is_new = |other: &usize| {
            let fresh = !seen.contains(&choices(*other));
            if fresh {
                seen.push(choices(*other));
            }
            fresh
        };
        self.left.iter().copied().filter(is_new).collect()
    }

    /// The releases that are left, or `None` if those are all of the version.
    pub fn releases(&self) -> Option<Releases> {
        let all = compilers(self.version.minor());
        if self.left.len() == all.len() {
            return None;
        }
        let mut spans: Vec<(u8, u8)> =
            self.left.iter().flat_map(|number| all[*number].spans).copied().collect();
        spans.sort_unstable();
        spans.dedup_by(|next, before| {
            let joins = before.1 != ON && next.0 <= before.1 + 1;
            if joins {
                before.1 = before.1.max(next.1);
            }
            joins
        });
        Some(Releases { version: self.version, spans })
    }
}

/// Patch releases of a version of CPython: `3.13.1–3.13.3 or ≥ 3.13.5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releases {
    version: Version,
    spans: Vec<(u8, u8)>,
}

impl Releases {
    /// Whether the patch release of this number is one of them.
    pub fn contains(&self, patch: u8) -> bool {
        self.spans.iter().any(|(from, to)| (*from..=*to).contains(&patch))
    }
}

impl fmt::Display for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (from, to)) in self.spans.iter().enumerate() {
            if at > 0 {
                write!(f, " or ")?;
            }
            let version = self.version;
            match *to {
                ON => write!(f, "≥ {version}.{from}")?,
                to if to == *from => write!(f, "{version}.{from}")?,
                to => write!(f, "{version}.{from}–{version}.{to}")?,
            }
        }
        Ok(())
    }
}

/// Whether a comprehension or generator expression of 3.13 calls `iter` right before it draws items; `None` if there is
/// none in `code`, nor in the code within it.
fn iterates_within(code: &CodeObject) -> Option<bool> {
    let own = (code.name == "<genexpr>" || has_inlined(code)).then(|| first_draw(code)).flatten();
    own.or_else(|| {
        code.consts.iter().find_map(|constant| match &**constant {
            Object::Code(inner) => stacker::maybe_grow(64 * 1024, 1 << 20, || iterates_within(inner)),
            _ => None,
        })
    })
}

/// Whether there may be an inlined comprehension.
fn has_inlined(code: &CodeObject) -> bool {
    let clears = Opcode::LOAD_FAST_AND_CLEAR.number(code.version);
    code.code.chunks_exact(2).any(|unit| Some(unit[0]) == clears)
}

/// Whether `GET_ITER` stands before the first `FOR_ITER` of a comprehension, behind the load of the argument or the
/// exchange that brings the iterator up.
fn first_draw(code: &CodeObject) -> Option<bool> {
    let instructions = decode(code.version, &code.code).ok()?;
    let is_generator = code.name == "<genexpr>";
    let brings = |at: &lancehead_isa::Instruction| match at.opcode {
        Opcode::LOAD_FAST => is_generator && at.arg == 0,
        opcode => opcode == Opcode::SWAP,
    };
    instructions.windows(3).find_map(|three| match three {
        [before, draw, _] if draw.opcode == Opcode::FOR_ITER && brings(before) => Some(false),
        [before, iter, draw] if iter.opcode == Opcode::GET_ITER && draw.opcode == Opcode::FOR_ITER => {
            brings(before).then_some(true)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(version: Version, left: Vec<usize>) -> Option<String> {
        Compilers { version, left }.releases().map(|releases| releases.to_string())
    }

    #[test]
    fn releases_are_named_by_what_is_left() {
        assert_eq!(left(Version::Py313, vec![0, 1]).as_deref(), Some("3.13.1–3.13.3 or ≥ 3.13.5"));
        assert_eq!(left(Version::Py313, vec![2]).as_deref(), Some("3.13.4"));
        assert_eq!(left(Version::Py313, vec![3, 2]).as_deref(), Some("3.13.0 or 3.13.4"));
        assert_eq!(left(Version::Py38, vec![1, 0]).as_deref(), Some("≥ 3.8.2"));
        assert_eq!(left(Version::Py38, vec![2, 1]).as_deref(), Some("3.8.0–3.8.2"));
        assert_eq!(left(Version::Py312, vec![0]), None);
    }

    #[test]
    fn every_release_has_one_compiler() {
        for version in Version::ALL {
            for patch in 0..=ON {
                let holds =
                    |compiler: &&Compiler| compiler.spans.iter().any(|(a, b)| (*a..=*b).contains(&patch));
                assert_eq!(compilers(version.minor()).iter().filter(holds).count(), 1, "{version}.{patch}");
            }
        }
    }
}
