//! Loading and storing variables of the frame.

use lancehead_isa::argument::LocalPair;
use lancehead_isa::{Instruction, Opcode, OperandKind};
use lancehead_pyc::PyStr;

use super::{Machine, Step};
use crate::program::{Operand, operand_of};
use crate::verify::VerifyErrorKind;
use crate::verify::slot::Slot;

impl Machine<'_> {
    pub(super) fn variables(&mut self) -> Option<Step> {
        let Instruction { opcode, arg, .. } = *self.instruction;
        if !self.version().shares_slots() {
            return match opcode {
                // Cells are made together with the frame.
                Opcode::LOAD_CLOSURE => {
                    self.push(Slot::Cell);
                    Some(Ok(()))
                }
                Opcode::LOAD_FAST if self.is_iterator_parameter(arg) => {
                    self.push(Slot::Iterator);
                    Some(Ok(()))
                }
                Opcode::STORE_FAST if self.is_iterator_parameter(arg) => {
                    let stored = self.pop_any();
                    Some(self.expect(stored, |slot| slot == Slot::Iterator, Slot::Iterator))
                }
                _ => None,
            };
        }
        let LocalPair { first, second } = LocalPair::of(arg);
        Some(match opcode {
            Opcode::LOAD_FAST | Opcode::LOAD_FAST_BORROW | Opcode::LOAD_FAST_CHECK => self.load(arg),
            Opcode::LOAD_FAST_LOAD_FAST | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                self.load(first).and_then(|()| self.load(second))
            }
            Opcode::STORE_FAST => self.store(arg),
            Opcode::STORE_FAST_STORE_FAST => self.store(first).and_then(|()| self.store(second)),
            Opcode::STORE_FAST_LOAD_FAST => self.store(first).and_then(|()| self.load(second)),
            Opcode::LOAD_FAST_AND_CLEAR => {
                let slot = self.held(arg);
                self.push(slot);
                self.forget(arg)
            }
            Opcode::DELETE_FAST => self.forget(arg),
            Opcode::MAKE_CELL => self.made(arg),
            Opcode::COPY_FREE_VARS => {
                let slots = self.code.localsplus.len() as u32;
                (slots.saturating_sub(arg)..slots).try_for_each(|slot| self.made(slot))
            }
            Opcode::LOAD_CLOSURE => {
                self.push(Slot::Cell);
                self.need_cell(arg)
            }
            opcode if opcode.operand(self.version()) == OperandKind::Deref => {
                let made = self.need_cell(arg).and_then(|()| self.plain(false));
                if matches!(opcode, Opcode::LOAD_DEREF | Opcode::LOAD_FROM_DICT_OR_DEREF)
                    && let Some(known) = self.compiler_made()
                {
                    self.pop_any();
                    self.push(known);
                }
                made
            }
            Opcode::LOAD_NAME | Opcode::LOAD_GLOBAL => {
                let made = self.compiler_made()?;
                self.push(made);
                Ok(())
            }
            _ => return None,
        })
    }

    /// What is known of the variable that this loads by its name alone.
    fn compiler_made(&self) -> Option<Slot> {
        let name = match operand_of(self.code, self.instruction.opcode, self.instruction.arg)? {
            Operand::Name(name) | Operand::Global { name, push_null: false } => name,
            Operand::Variable(variable) => variable.name().clone(),
            _ => return None,
        };
        known_by_name(&name)
    }

    /// Whether this is the parameter of a comprehension, which its caller made an iterator.
    fn is_iterator_parameter(&self, slot: u32) -> bool {
        slot == 0 && self.code.argcount > 0 && self.code.slot_name(0).is_some_and(|name| *name == ".0")
    }

    fn held(&self, slot: u32) -> Slot {
        match (self.state.assigned.contains(slot), self.state.cells.contains(slot)) {
            (_, true) => Slot::Cell,
            (true, false) if self.is_iterator_parameter(slot) => Slot::Iterator,
            (true, false) => self.code.slot_name(slot).and_then(known_by_name).unwrap_or(Slot::Value),
            (false, false) => Slot::MaybeNull,
        }
    }

    fn load(&mut self, slot: u32) -> Step {
        let unchecked =
            self.version().load_fast_is_unchecked() && self.instruction.opcode != Opcode::LOAD_FAST_CHECK;
        match self.held(slot) {
            Slot::MaybeNull if unchecked => return Err(VerifyErrorKind::Unassigned(slot)),
            Slot::MaybeNull => self.push(Slot::Value),
            held => self.push(held),
        }
        self.state.assigned.set(slot, true);
        Ok(())
    }

    fn store(&mut self, slot: u32) -> Step {
        // What LOAD_FAST_AND_CLEAR saved comes back like this, NULL or not.
        let held = self.pop_or_null()?;
        if self.is_iterator_parameter(slot) && held != Slot::Iterator {
            return Err(self.wrong(Slot::Iterator.describe(), held));
        }
        self.state.assigned.set(slot, !matches!(held, Slot::Null | Slot::MaybeNull));
        self.state.cells.set(slot, held == Slot::Cell);
        Ok(())
    }

    fn forget(&mut self, slot: u32) -> Step {
        self.state.assigned.set(slot, false);
        self.state.cells.set(slot, false);
        Ok(())
    }

    fn made(&mut self, slot: u32) -> Step {
        self.state.assigned.set(slot, true);
        self.state.cells.set(slot, true);
        Ok(())
    }

    fn need_cell(&self, slot: u32) -> Step {
        if self.state.cells.contains(slot) { Ok(()) } else { Err(VerifyErrorKind::NoCell(slot)) }
    }
}

/// What is known of variables that only the compiler can name, or makes for itself.
fn known_by_name(name: &PyStr) -> Option<Slot> {
    match name.to_str()? {
        // What annotations 3.14 and later came by.
        "__conditional_annotations__" => Some(Slot::Set),
        ".type_params" => Some(Slot::Tuple),
        // The compiler gives keyword defaults the name of the others where there are no others.
        ".defaults" | ".kwdefaults" => Some(Slot::Defaults),
        _ => None,
    }
}
