//! Handlers, and iterators, which loops and `yield from` take for granted.

use lancehead_isa::{Instruction, Opcode};
use lancehead_pyc::Version;

use super::{Machine, Step};
use crate::verify::slot::Slot;

/// Numbers of intrinsic functions that take objects of a kind for granted.
const STOPITERATION_ERROR: u32 = 3;
const PREP_RERAISE_STAR: u32 = 1;

impl Machine<'_> {
    /// Handlers up to 3.10, where each exception is three values.
    fn exceptions_in_three(&mut self) -> Option<Step> {
        match self.instruction.opcode {
            Opcode::POP_EXCEPT => Some(self.pop_three(Slot::Saved)),
            Opcode::RERAISE => Some(self.pop_three(Slot::Exception)),
            Opcode::END_ASYNC_FOR => {
                let popped = self.pop_three(Slot::Exception).and_then(|()| self.pop_three(Slot::Saved));
                Some(popped.and_then(|()| self.pop().map(drop)))
            }
            // The function to call lies beneath; what there is of exceptions stays.
            Opcode::WITH_EXCEPT_START => {
                let function = self.peek(7);
                self.push(Slot::Value);
                Some(self.expect(function, Slot::is_object, Slot::Value))
            }
            _ => None,
        }
    }

    fn pop_three(&mut self, expected: Slot) -> Step {
        for _ in 0..3 {
            let found = self.pop_any();
            self.expect(found, |found| found == expected, expected)?;
        }
        Ok(())
    }

    /// Handlers since 3.11.
    pub(super) fn exceptions(&mut self) -> Option<Step> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        if self.version() < Version::Py311 {
            return self.exceptions_in_three();
        }
        let exception = |slot| slot == Slot::Exception;
        Some(match opcode {
            Opcode::PUSH_EXC_INFO => {
                let raised = self.pop_any();
                self.state.stack.extend([Slot::Saved, Slot::Exception]);
                self.expect(raised, exception, Slot::Exception)
            }
            Opcode::POP_EXCEPT => {
                let saved = self.pop_any();
                self.expect(saved, |slot| slot == Slot::Saved, Slot::Saved)
            }
            Opcode::RERAISE => {
                let raised = self.pop_any();
                self.expect(raised, exception, Slot::Exception)
            }
            Opcode::CHECK_EXC_MATCH => {
                let kind = self.pop();
                self.push(Slot::Value);
                kind.and_then(|_| self.expect(self.peek(2), exception, Slot::Exception))
            }
            Opcode::CHECK_EG_MATCH => {
                let kind = self.pop();
                self.push(Slot::Exception);
                kind.and_then(|_| self.expect(self.peek(2), exception, Slot::Exception))
            }
            Opcode::PREP_RERAISE_STAR => self.prep_reraise_star(),
            Opcode::CALL_INTRINSIC_2 if arg == PREP_RERAISE_STAR => self.prep_reraise_star(),
            Opcode::CALL_INTRINSIC_1 if arg == STOPITERATION_ERROR => {
                self.expect(self.peek(1), exception, Slot::Exception)
            }
            Opcode::WITH_EXCEPT_START => {
                self.push(Slot::Value);
                self.expect(self.peek(2), exception, Slot::Exception)
            }
            _ => return None,
        })
    }

    /// Takes off the exceptions that the clauses of `except*` raised, and the one that they were given.
    fn prep_reraise_star(&mut self) -> Step {
        let raised = self.pop_any();
        self.expect(raised, |slot| slot == Slot::List, Slot::List)?;
        self.expect(self.peek(1), |slot| slot == Slot::Exception, Slot::Exception)
    }

    /// Iterators, which loops take for granted. Since 3.15 an index, or `NULL`, lies above each.
    pub(super) fn iterators(&mut self, jump: bool) -> Option<Step> {
        let indexed = self.version() >= Version::Py315;
        let width = 1 + u32::from(indexed);
        Some(match self.instruction.opcode {
            Opcode::GET_ITER if indexed => {
                self.pop().map(|_| self.state.stack.extend([Slot::Iterator, Slot::Index]))
            }
            Opcode::GET_ITER | Opcode::GET_YIELD_FROM_ITER | Opcode::GET_AWAITABLE => {
                self.pop().map(|_| self.push(Slot::Iterator))
            }
            Opcode::GET_ANEXT => {
                self.push(Slot::Iterator);
                self.expect(self.peek(2), Slot::is_object, Slot::Value)
            }
            Opcode::FOR_ITER => self.iterator(width).map(|()| {
                if jump && self.version() <= Version::Py311 {
                    self.pop_any();
                } else {
                    self.push(Slot::Value);
                }
            }),
            Opcode::YIELD_FROM => self.send().map(|()| {
                self.pop_any();
                self.push(Slot::Value);
            }),
            Opcode::SEND => self.send().map(|()| {
                if jump && self.version() <= Version::Py311 {
                    self.pop_any();
                }
                self.push(Slot::Value);
            }),
            Opcode::END_SEND if indexed => self.pop().and_then(|_| {
                self.pop_any();
                self.pop().map(|_| self.push(Slot::Value))
            }),
            // The iterator becomes None, and what lies above it stays.
            Opcode::CLEANUP_THROW if indexed => self.pop_objects(2).map(|()| self.push(Slot::Value)),
            Opcode::POP_ITER if indexed => {
                self.pop_any();
                self.pop().map(drop)
            }
            _ => return None,
        })
    }

    /// Takes off the value that is sent to the iterator beneath it.
    fn send(&mut self) -> Step {
        self.pop()?;
        self.iterator(1 + u32::from(self.version() >= Version::Py315))
    }

    /// Demands an iterator `depth` slots from the top, and its index above.
    fn iterator(&self, depth: u32) -> Step {
        if depth == 2 {
            self.expect(self.peek(1), |slot| matches!(slot, Slot::Index | Slot::Null), Slot::Index)?;
        }
        self.expect(self.peek(depth), |slot| slot == Slot::Iterator, Slot::Iterator)
    }
}
