//! Where generators and coroutines are suspended.
//!
//! `throw()` and `close()` do not run the frame to find out what it waits for: they look at the instruction where it stands
//! (`_PyGen_yf` and `gen_close` in `Objects/genobject.c`). If its argument says so they hand the exception to what lies on
//! the stack, or drop the frame without running its handlers.

use lancehead_isa::{Instruction, Opcode};

use super::Examiner;
use super::rules::Suspension;

/// Arguments of `RESUME`: at the beginning, behind `yield`, `yield from`, `await`, before the iterator of a generator
/// expression is made.
const AT_START: u32 = 0;
const AFTER_YIELD: u32 = 1;
const AFTER_AWAIT: u32 = 3;
const AT_ITERATOR: u32 = 4;
/// `CALL_INTRINSIC_1 INTRINSIC_STOPITERATION_ERROR`, with which that handler begins.
const STOPITERATION_ERROR: u32 = 3;

impl Examiner<'_> {
    pub(super) fn suspensions(&mut self) {
        if self.rules.suspension == Suspension::Opcode {
            return;
        }
        let mut starts = 0;
        for (index, instruction) in self.reached() {
            match instruction.opcode {
                Opcode::YIELD_VALUE => self.suspension(index, instruction),
                Opcode::RESUME if instruction.arg == AT_START => starts += 1,
                Opcode::RESUME
                    if instruction.arg == AT_ITERATOR && self.rules.iterates_first && starts == 0 => {}
                Opcode::RESUME if !self.follows(index, Opcode::YIELD_VALUE) => {
                    self.odd(instruction.offset, "RESUME where nothing was suspended");
                }
                _ => {}
            }
        }
        if starts > 1 {
            self.odd(0, "RESUME 0 more than once");
        }
    }

    fn follows(&self, index: usize, opcode: Opcode) -> bool {
        index.checked_sub(1).and_then(|at| self.instructions.get(at)).is_some_and(|i| i.opcode == opcode)
    }

    fn suspension(&mut self, index: usize, instruction: Instruction) {
        let next = self.instructions.get(index + 1).copied();
        let Some(resume) = next.filter(|next| next.opcode == Opcode::RESUME) else {
            return self.odd(instruction.offset, "YIELD_VALUE without RESUME behind it");
        };
        let delegates = self.follows(index, Opcode::SEND);
        let depth_is_one = self.depth_is_one(instruction.offset);
        let (mut in_yield, mut in_resume, mut bit) = (true, true, 0);
        match self.rules.suspension {
            Suspension::Opcode | Suspension::Resume => {}
            Suspension::Depth => in_yield = (instruction.arg == 1) == depth_is_one,
            Suspension::Yield { depth_is_one: mask } => {
                in_yield = instruction.arg == u32::from(delegates);
                bit = resume.arg & mask;
                in_resume = (bit != 0) == depth_is_one;
            }
        }
        let location = resume.arg & !bit;
        let is_there = match delegates {
            true => (AFTER_YIELD + 1..=AFTER_AWAIT).contains(&location),
            false => location == AFTER_YIELD,
        };
        if !in_yield {
            self.odd(instruction.offset, format!("YIELD_VALUE {} at this place", instruction.arg));
        }
        if !(in_resume && is_there) {
            self.odd(resume.offset, format!("RESUME {} at this place", resume.arg));
        }
    }

    /// Whether one handler holds at `offset`, and no other around it. That is the one that turns `StopIteration` into
    /// `RuntimeError`; lambdas do not have it.
    fn depth_is_one(&self, offset: u32) -> bool {
        let Some(entry) = self.handler_at(offset) else { return false };
        self.stops_iteration(entry.target)
            || self.handler_at(entry.target).is_none()
                && !self.handlers.iter().any(|entry| self.stops_iteration(entry.target))
    }

    /// Whether the handler at `target` is the one that turns `StopIteration` into `RuntimeError`.
    fn stops_iteration(&self, target: u32) -> bool {
        let at = self.instructions.binary_search_by_key(&target, |instruction| instruction.start);
        at.ok()
            .and_then(|at| self.instructions.get(at))
            .is_some_and(|first| first.opcode == Opcode::CALL_INTRINSIC_1 && first.arg == STOPITERATION_ERROR)
    }
}
