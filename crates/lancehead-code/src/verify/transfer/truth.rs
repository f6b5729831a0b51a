//! Truth: since 3.13 `TO_BOOL` finds it out, and what uses it takes a `bool` for granted.

use lancehead_isa::operand::compare_op;
use lancehead_isa::{Instruction, Opcode};

use super::{Machine, Step};
use crate::verify::slot::Slot;

/// The last byte offset at which a function that annotates begins to test its format: behind `COPY_FREE_VARS`, the making
/// of one cell, and `RESUME` with its cache.
const FORMAT_IS_TESTED: u32 = 8;

impl Machine<'_> {
    /// What makes a `bool`, and what needs one: a branch only compares it with `False` or `True`.
    pub(super) fn truth(&mut self) -> Option<Step> {
        if !self.version().tests_by_to_bool() {
            return None;
        }
        let Instruction { opcode, arg, .. } = *self.instruction;
        Some(match opcode {
            Opcode::TO_BOOL => self.pop_objects(1).map(|()| self.push(Slot::Bool)),
            Opcode::COMPARE_OP if compare_op(self.version(), arg).is_some_and(|(_, converts)| converts) => {
                self.pop_objects(2).map(|()| self.push(Slot::Bool))
            }
            Opcode::COMPARE_OP => self.compare(),
            Opcode::LOAD_SMALL_INT => {
                self.push(Slot::Int);
                Ok(())
            }
            Opcode::GET_LEN => {
                let subject = self.peek(1);
                self.push(Slot::Int);
                self.expect(subject, Slot::is_object, Slot::Value)
            }
            Opcode::LOAD_FAST | Opcode::LOAD_FAST_BORROW if self.is_format() => {
                self.push(Slot::Int);
                Ok(())
            }
            Opcode::IS_OP | Opcode::CONTAINS_OP => self.pop_objects(2).map(|()| self.push(Slot::Bool)),
            Opcode::MATCH_MAPPING | Opcode::MATCH_SEQUENCE => {
                let subject = self.peek(1);
                self.push(Slot::Bool);
                self.expect(subject, Slot::is_object, Slot::Value)
            }
            Opcode::UNARY_NOT => self.pop_bool().map(|()| self.push(Slot::Bool)),
            Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE => self.pop_bool(),
            _ => return None,
        })
    }

    /// Patterns compare lengths, and functions that annotate their format, without finding out what the result is.
    fn compare(&mut self) -> Step {
        let are_integers = self.peek(1) == Slot::Int && self.peek(2) == Slot::Int;
        self.pop_objects(2)?;
        self.push(if are_integers { Slot::Bool } else { Slot::Value });
        Ok(())
    }

    /// Whether this loads the format of a function that annotates, right at its beginning (PEP 649).
    fn is_format(&self) -> bool {
        let Instruction { offset, arg, .. } = *self.instruction;
        let is_only = self.code.argcount == 1 && self.code.posonlyargcount == 1;
        is_only
            && arg == 0
            && offset <= FORMAT_IS_TESTED
            && self.code.slot_name(0).is_some_and(|name| *name == "format" || *name == ".format")
    }

    fn pop_bool(&mut self) -> Step {
        let found = self.pop_any();
        match self.state.strict {
            true => self.expect(found, |slot| slot == Slot::Bool, Slot::Bool),
            false => self.expect(found, Slot::is_object, Slot::Value),
        }
    }
}
