//! Handlers, and iterators, which loops and `yield from` take for granted.

use lancehead_isa::{Instruction, Opcode};

use super::{Machine, Step};
use crate::verify::slot::{Part, Slot};

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
            // The function to call lies beneath; what it is called with, on top. All stays.
            Opcode::WITH_EXCEPT_START => {
                let used = [7, 3, 2, 1].map(|depth| self.peek(depth));
                self.push(Slot::Value);
                Some(used.into_iter().try_for_each(|slot| self.expect(slot, Slot::is_object, Slot::Value)))
            }
            _ => None,
        }
    }

    /// Takes off an exception of three values.
    fn pop_three(&mut self, kind: fn(Part) -> Slot) -> Step {
        Part::THREE.into_iter().rev().try_for_each(|part| self.pop_expected(kind(part)))
    }

    fn pop_expected(&mut self, expected: Slot) -> Step {
        let found = self.pop_any();
        self.expect(found, |found| found == expected, expected)
    }

    /// Handlers since 3.11.
    pub(super) fn exceptions(&mut self, jump: bool) -> Option<Step> {
        const EXCEPTION: Slot = Slot::Exception(Part::All);
        let Instruction { opcode, arg, .. } = *self.instruction;
        if self.version().has_block_stack() {
            return self.exceptions_in_three();
        }
        Some(match opcode {
            Opcode::PUSH_EXC_INFO => {
                let raised = self.pop_expected(EXCEPTION);
                self.state.stack.extend([Slot::Saved(Part::All), EXCEPTION]);
                raised
            }
            Opcode::POP_EXCEPT => self.pop_expected(Slot::Saved(Part::All)),
            // Where the exception was raised first lies beneath.
            Opcode::RERAISE if arg > 0 => {
                let tagged = self.version().lasti_is_tagged();
                self.pop_expected(EXCEPTION).and_then(|()| match self.state.strict {
                    _ if tagged => self.expect(self.peek(arg), |slot| slot == Slot::LastiTag, Slot::LastiTag),
                    true => self.expect(self.peek(arg), |slot| slot == Slot::Lasti, Slot::Lasti),
                    // It looks whether that is an integer.
                    false => self.expect(self.peek(arg), Slot::is_object, Slot::Value),
                })
            }
            Opcode::RERAISE => self.pop_expected(EXCEPTION),
            Opcode::END_ASYNC_FOR => self.pop_expected(EXCEPTION).and_then(|()| self.pop().map(drop)),
            Opcode::CLEANUP_THROW => self.pop_expected(EXCEPTION).and_then(|()| self.clean_up()),
            Opcode::CHECK_EXC_MATCH => {
                let kind = self.pop();
                self.push(Slot::Bool);
                kind.and_then(|_| self.expect(self.peek(2), |slot| slot == EXCEPTION, EXCEPTION))
            }
            Opcode::CHECK_EG_MATCH => self.pop().and_then(|_| {
                let group = self.pop_any();
                self.state.stack.extend([Slot::ExceptionOrNone; 2]);
                self.expect(group, Slot::is_exception_or_none, Slot::ExceptionOrNone)
            }),
            Opcode::PREP_RERAISE_STAR => self.prep_reraise_star(),
            Opcode::CALL_INTRINSIC_2 if arg == PREP_RERAISE_STAR => self.prep_reraise_star(),
            Opcode::CALL_INTRINSIC_1 if arg == STOPITERATION_ERROR => {
                self.expect(self.peek(1), |slot| slot == EXCEPTION, EXCEPTION)
            }
            Opcode::WITH_EXCEPT_START => {
                let raised = self.expect(self.peek(1), |slot| slot == EXCEPTION, EXCEPTION);
                let exit = self.peek(if self.version().special_methods() { 5 } else { 4 });
                self.push(Slot::Value);
                raised.and_then(|()| self.expect(exit, Slot::is_object, Slot::Value))
            }
            opcode if [self.peek(2), self.peek(1)] == [Slot::ExceptionOrNone, Slot::CopyOfBeneath] => {
                return self.tell_from_none(opcode, jump);
            }
            _ => return None,
        })
    }

    /// Takes off the exceptions that the clauses of `except*` raised, and the one that they were given.
    fn prep_reraise_star(&mut self) -> Step {
        self.pop_expected(Slot::Exceptions)?;
        self.pop_expected(Slot::Exception(Part::All))?;
        self.push(Slot::ExceptionOrNone);
        Ok(())
    }

    /// What is known of an exception or `None` where a jump has tested its copy.
    fn tell_from_none(&mut self, opcode: Opcode, jump: bool) -> Option<Step> {
        use Opcode::*;
        let none = match opcode {
            POP_JUMP_IF_NONE | POP_JUMP_FORWARD_IF_NONE | POP_JUMP_BACKWARD_IF_NONE => jump,
            POP_JUMP_IF_NOT_NONE | POP_JUMP_FORWARD_IF_NOT_NONE | POP_JUMP_BACKWARD_IF_NOT_NONE => !jump,
            _ => return None,
        };
        self.pop_any();
        self.pop_any();
        self.push(if none { Slot::NoneObject } else { Slot::Exception(Part::All) });
        Some(Ok(()))
    }

    /// What is left of a generator into which an exception was thrown.
    fn clean_up(&mut self) -> Step {
        // Since 3.15 the iterator becomes None, and what lies above it stays.
        if self.version().index_slot() {
            self.pop()?;
            self.push(Slot::Value);
            self.top(3)[0] = Slot::Value;
        } else {
            self.pop_objects(2)?;
            self.state.stack.extend([Slot::Value; 2]);
        }
        Ok(())
    }

    /// Iterators, which loops take for granted. Since 3.15 an index, or `NULL`, lies above each.
    pub(super) fn iterators(&mut self, jump: bool) -> Option<Step> {
        let indexed = self.version().index_slot();
        let width = self.version().iterator_slots();
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
                if jump && self.version().for_iter_pops() {
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
                if jump && !self.version().send_keeps_receiver() {
                    self.pop_any();
                }
                self.push(Slot::Value);
            }),
            Opcode::END_SEND if indexed => self.pop().and_then(|_| {
                self.pop_any();
                self.pop().map(|_| self.push(Slot::Value))
            }),
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
        self.iterator(self.version().iterator_slots())
    }

    /// Demands an iterator `depth` slots from the top, and its index above.
    fn iterator(&self, depth: u32) -> Step {
        if depth == 2 {
            self.expect(self.peek(1), |slot| matches!(slot, Slot::Index | Slot::Null), Slot::Index)?;
        }
        self.expect(self.peek(depth), |slot| slot == Slot::Iterator, Slot::Iterator)
    }
}
