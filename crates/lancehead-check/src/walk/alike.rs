//! Programs that differ in nothing but the order of their blocks: most do, and it is soon told.
//!
//! No stack is needed for that: when two programs do the same act for act on every path, their stacks are the same.

use crate::act::{Act, Ins, Program};
use crate::dialect::Dialect;

/// What is not paired yet.
const UNPAIRED: u32 = u32::MAX;

/// The nested code objects that stand for each other, if both programs do the same on every path, and raise into no
/// handler of an exception table: then there is nothing to walk. `None` says nothing.
pub fn pairs_if_alike(bytecode: &Program, source: &Program, dialect: &Dialect) -> Option<Vec<(u32, u32)>> {
    if !bytecode.handlers.is_empty() || !source.handlers.is_empty() {
        return None;
    }
    let mut alike = Alike {
        bytecode: &bytecode.ins,
        source: &source.ins,
        tests_copies: dialect.tests_copies(),
        partners: vec![UNPAIRED; bytecode.ins.len()],
        work: vec![(0, 0)],
        pairs: Vec::new(),
    };
    while let Some((a, b)) = alike.work.pop() {
        alike.follow(a, b)?;
    }
    alike.pairs.sort_unstable();
    alike.pairs.dedup();
    Some(alike.pairs)
}

struct Alike<'a> {
    bytecode: &'a [Ins],
    source: &'a [Ins],
    tests_copies: bool,
    /// For each place in the bytecode the one in the source that it is compared with.
    partners: Vec<u32>,
    work: Vec<(u32, u32)>,
    pairs: Vec<(u32, u32)>,
}

impl Alike<'_> {
    /// Follows both programs to where they end, or have been before.
    fn follow(&mut self, a: u32, b: u32) -> Option<()> {
        let (mut a, mut b) = (next(self.bytecode, a)?, next(self.source, b)?);
        loop {
            let partner = &mut self.partners[a.0 as usize];
            if *partner != UNPAIRED {
                return (*partner == b.0).then_some(());
            }
            *partner = b.0;
            let (one, other) = (self.step(self.bytecode, a)?, self.step(self.source, b)?);
            match (one.act, other.act) {
                (Act::Code(one), Act::Code(other)) => self.pairs.push((one, other)),
                (one, other) if one == other => {}
                _ => return None,
            }
            if let (Some(one), Some(other)) = (one.target, other.target) {
                self.work.push((one, other));
            }
            let (Some(after), Some(other)) = (one.after, other.after) else { return Some(()) };
            (a, b) = (next(self.bytecode, after)?, next(self.source, other)?);
        }
    }

    /// What is done at a place, in one spelling of those that mean the same.
    fn step(&self, program: &[Ins], (pc, act): (u32, Act)) -> Option<Step> {
        match act {
            Act::Alien(_) => return None,
            Act::Return | Act::Raise(_) => return Some(Step { act, target: None, after: None }),
            Act::Reraise(_) => return Some(Step { act: Act::Reraise(0), target: None, after: None }),
            Act::PopJump(when, to) => return Some(Step::test(when, to, pc + 1)),
            Act::Negate => {
                if let (at, Act::PopJump(when, to)) = next(program, pc + 1)? {
                    return Some(Step::test(!when, to, at + 1));
                }
            }
            Act::Copy(1) if self.tests_copies => {
                if let (at, Act::PopJump(when, to)) = next(program, pc + 1)?
                    && let (pop, Act::Pop) = next(program, at + 1)?
                {
                    let act = Act::JumpOrPop(when, 0);
                    return Some(Step { act, target: Some(to), after: Some(pop + 1) });
                }
            }
            _ => {}
        }
        let mut act = if act == Act::Rotate(2) { Act::Swap(2) } else { act };
        let target = act.target_mut().map(std::mem::take);
        Some(Step { act, target, after: Some(pc + 1) })
    }
}

/// An act, and where it leads.
struct Step {
    /// Targets are left out, and tests jump if true.
    act: Act,
    target: Option<u32>,
    /// Where to go on if nothing jumps, if ever.
    after: Option<u32>,
}

impl Step {
    /// A test that jumps to `to` if it finds `when`.
    fn test(when: bool, to: u32, after: u32) -> Step {
        let (target, after) = if when { (to, after) } else { (after, to) };
        Step { act: Act::PopJump(true, 0), target: Some(target), after: Some(after) }
    }
}

/// The next act from `pc` on that does anything but jump or prepare a test.
fn next(program: &[Ins], mut pc: u32) -> Option<(u32, Act)> {
    for _ in 0..program.len() {
        match program.get(pc as usize)?.act {
            Act::Jump(to) => pc = to,
            Act::ToBool | Act::Swap(1) | Act::Rotate(1) => pc += 1,
            act => return Some((pc, act)),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use lancehead_pyc::Version;

    use super::*;
    use crate::act::NO_HANDLER;
    use crate::intern::Interner;

    const TRUE: Act = Act::Const(Interner::TRUE);
    const FALSE: Act = Act::Const(Interner::FALSE);

    fn alike(bytecode: &[Act], source: &[Act]) -> bool {
        let program = |acts: &[Act]| {
            let ins = acts.iter().map(|act| Ins { act: *act, handler: NO_HANDLER, at: 0 });
            Program { ins: ins.collect(), handlers: Vec::new() }
        };
        pairs_if_alike(&program(bytecode), &program(source), &Dialect::of(Version::Py312)).is_some()
    }

    #[test]
    fn order_does_not_count() {
        let jumps = [FALSE, Act::PopJump(true, 4), TRUE, Act::Return, FALSE, Act::Return];
        let other = [FALSE, Act::ToBool, Act::PopJump(false, 5), FALSE, Act::Return, TRUE, Act::Return];
        assert!(alike(&jumps, &other));
        let negated = [FALSE, Act::Negate, Act::PopJump(false, 5), TRUE, Act::Return, FALSE, Act::Return];
        assert!(alike(&jumps, &negated));
    }

    #[test]
    fn what_is_done_counts() {
        let jumps = [FALSE, Act::PopJump(true, 4), TRUE, Act::Return, FALSE, Act::Return];
        let swapped = [FALSE, Act::PopJump(false, 4), TRUE, Act::Return, FALSE, Act::Return];
        assert!(!alike(&jumps, &swapped));
        assert!(!alike(&jumps, &jumps[..5]));
        assert!(!alike(&[], &[]));
    }

    #[test]
    fn a_test_counts_as_it_is_come_to() {
        // The second way to the test leads past the negation on one side only.
        let test = Act::PopJump(true, 6);
        let ends = [TRUE, Act::Return, FALSE, Act::Return];
        let past =
            [&[FALSE, Act::Copy(2), Act::Negate, test], &ends[..2], &ends[2..], &[Act::Jump(3)]].concat();
        let before = [&past[..8], &[Act::Jump(2)]].concat();
        let way = |program: &[Act]| [&[Act::ForIter(9)], program].concat();
        let shifted = |program: Vec<Act>| {
            let shift = |mut act: Act| {
                act.target_mut().into_iter().for_each(|target| *target += 1);
                act
            };
            let program: Vec<Act> = program.into_iter().map(shift).collect();
            way(&program)
        };
        assert!(alike(&shifted(past.clone()), &shifted(past.clone())));
        assert!(!alike(&shifted(past), &shifted(before)));
    }

    #[test]
    fn copies_are_kept_values() {
        let copied = [TRUE, Act::Copy(1), Act::PopJump(true, 5), Act::Pop, FALSE, Act::Return];
        let kept = [TRUE, Act::JumpOrPop(true, 3), FALSE, Act::Return];
        assert!(alike(&copied, &kept));
    }
}
