//! Which compiler of a version made a file: what is proven tells.

use std::fmt;

use lancehead_isa::{Opcode, decode};
use lancehead_pyc::{CodeObject, Object, Version};

use crate::compiler::{Choices, ITERATES_WITHIN, ON, compilers};
use crate::difference::CodeVerdict;

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
        let all = compilers(code.version);
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
        let all = compilers(self.version);
        let choices = |number: usize| all.get(number).map_or(0, |compiler| compiler.choices & asked);
        self.left.retain(|other| choices(*other) == choices(number));
    }

    /// One for each way to answer what was asked, without that of compiler `number`.
    fn others(&self, number: usize, asked: Choices) -> Vec<usize> {
        let all = compilers(self.version);
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
        let all = compilers(self.version);
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
                let holds = |compiler: &&crate::compiler::Compiler| {
                    compiler.spans.iter().any(|(a, b)| (*a..=*b).contains(&patch))
                };
                assert_eq!(compilers(version).iter().filter(holds).count(), 1, "{version}.{patch}");
            }
        }
    }
}
