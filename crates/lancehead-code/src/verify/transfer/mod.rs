//! What each instruction does to stack and frame.

mod calls;
mod containers;
mod handlers;
mod truth;
mod variables;

use lancehead_isa::operand::common_constant;
use lancehead_isa::{Instruction, Opcode};
use lancehead_pyc::{CodeObject, Object, Version};

use super::VerifyErrorKind;
use super::slot::{Callee, Slot};
use super::state::State;

type Step = Result<(), VerifyErrorKind>;

/// Applies an instruction to `state`: as it goes on, or as it jumps. The stack is known to be deep enough.
pub(super) fn step(code: &CodeObject, instruction: &Instruction, state: &mut State, jump: bool) -> Step {
    let mut machine = Machine { code, instruction, state };
    if let Some(done) = machine.moves() {
        return done;
    }
    if let Some(done) = machine.truth() {
        return done;
    }
    if let Some(done) = machine.variables() {
        return done;
    }
    if let Some(done) = machine.calls() {
        return done;
    }
    if let Some(done) = machine.containers() {
        return done;
    }
    if let Some(done) = machine.exceptions(jump) {
        return done;
    }
    if let Some(done) = machine.iterators(jump) {
        return done;
    }
    machine.plain(jump)
}

struct Machine<'a> {
    code: &'a CodeObject,
    instruction: &'a Instruction,
    state: &'a mut State,
}

impl Machine<'_> {
    fn version(&self) -> Version {
        self.code.version
    }

    fn push(&mut self, slot: Slot) {
        self.state.stack.push(slot);
    }

    /// Takes off the top, whatever it is.
    fn pop_any(&mut self) -> Slot {
        // Depth was checked before.
        let slot = self.state.stack.pop().unwrap_or(Slot::Value);
        self.state.low = self.state.low.min(self.state.stack.len());
        slot
    }

    fn pop_or_null(&mut self) -> Result<Slot, VerifyErrorKind> {
        let slot = self.pop_any();
        if slot.is_object_or_null() { Ok(slot) } else { Err(self.wrong("an object or NULL", slot)) }
    }

    fn pop(&mut self) -> Result<Slot, VerifyErrorKind> {
        let slot = self.pop_any();
        if slot.is_object() { Ok(slot) } else { Err(self.wrong("an object", slot)) }
    }

    fn discard(&mut self) -> Step {
        match self.pop_any() {
            found @ Slot::Function(Callee { free: 1.., .. }) => Err(self.wrong("an object", found)),
            _ => Ok(()),
        }
    }

    fn pop_objects(&mut self, count: u64) -> Step {
        (0..count).try_for_each(|_| self.pop().map(drop))
    }

    /// The slot `depth` below the top; 1 is the top.
    fn peek(&self, depth: u32) -> Slot {
        let at = self.state.stack.len().checked_sub(depth as usize);
        at.and_then(|at| self.state.stack.get(at)).copied().unwrap_or(Slot::Value)
    }

    /// The topmost slots. Depth was checked before; were it too small, the missing ones would be objects.
    fn top(&mut self, count: u32) -> &mut [Slot] {
        let count = count.max(1) as usize;
        while self.state.stack.len() < count {
            self.state.stack.insert(0, Slot::Value);
        }
        let at = self.state.stack.len() - count;
        &mut self.state.stack[at..]
    }

    fn wrong(&self, expected: &'static str, found: Slot) -> VerifyErrorKind {
        VerifyErrorKind::WrongValue { opcode: self.instruction.opcode, expected, found: found.describe() }
    }

    fn expect(&self, found: Slot, fits: impl Fn(Slot) -> bool, expected: Slot) -> Step {
        if fits(found) { Ok(()) } else { Err(self.wrong(expected.describe(), found)) }
    }

    /// What the tables say: objects come off, objects go on.
    fn plain(&mut self, jump: bool) -> Step {
        let Instruction { opcode, arg, .. } = *self.instruction;
        let effect = if jump {
            opcode.stack_effect_on_jump(self.version(), arg)
        } else {
            opcode.stack_effect(self.version(), arg)
        };
        self.pop_objects(effect.pops)?;
        for _ in 0..effect.pushes {
            self.push(Slot::Value);
        }
        Ok(())
    }

    /// Pushes what lies at one depth after the other. `NULL` cannot be duplicated: it has no count of references.
    fn duplicate(&mut self, depths: &[u32]) -> Step {
        for &depth in depths {
            let found = self.peek(depth);
            if found.may_be_null() {
                return Err(self.wrong("an object", found));
            }
            self.copy(depth, found);
        }
        Ok(())
    }

    /// Pushes `found`, which lies at `depth`, once more. What is known of a value only as long as nobody else has it is
    /// forgotten.
    fn copy(&mut self, depth: u32, found: Slot) {
        let copied = match found {
            Slot::Exceptions => {
                self.top(depth)[0] = Slot::List;
                Slot::List
            }
            Slot::ExceptionOrNone if depth == 1 => Slot::CopyOfBeneath,
            Slot::CopyOfBeneath => Slot::Value,
            found => found,
        };
        self.push(copied);
    }

    /// Forgets which values equal the one beneath them, before the `count` topmost ones change places.
    fn unpair(&mut self, count: u32) {
        for slot in self.top(count).iter_mut().filter(|slot| **slot == Slot::CopyOfBeneath) {
            *slot = Slot::Value;
        }
    }

    /// The frame becomes that of a generator, with an empty stack but for what 3.15 carries over. In 3.11 and 3.12 the
    /// value that is sent first is counted from the start.
    fn make_generator(&mut self) -> Step {
        let version = self.version();
        let lies_well = match version.starts_with_sent_value() {
            true => self.state.stack == [Slot::Unsent],
            false => version.generators_keep_stack() || self.state.stack.is_empty(),
        };
        if self.state.is_made || !lies_well {
            return Err(VerifyErrorKind::GeneratorFlags);
        }
        self.state.is_made = true;
        if let Some(slot) = self.state.stack.first_mut().filter(|slot| **slot == Slot::Unsent) {
            *slot = Slot::Value;
            return Ok(());
        }
        self.plain(false)
    }

    /// Instructions that only move what is there.
    fn moves(&mut self) -> Option<Step> {
        let arg = self.instruction.arg;
        match self.instruction.opcode {
            Opcode::COPY => return Some(self.duplicate(&[arg])),
            Opcode::DUP_TOP => return Some(self.duplicate(&[1])),
            Opcode::DUP_TOP_TWO => return Some(self.duplicate(&[2, 2])),
            Opcode::SWAP => {
                self.unpair(arg);
                let last = arg.saturating_sub(1) as usize;
                self.top(arg).swap(0, last);
            }
            Opcode::ROT_TWO => self.top(2).rotate_right(1),
            Opcode::ROT_THREE => self.top(3).rotate_right(1),
            Opcode::ROT_FOUR => self.top(4).rotate_right(1),
            Opcode::ROT_N => self.top(arg).rotate_right(1),
            Opcode::LOAD_COMMON_CONSTANT if common_constant(self.version(), arg) == Some("None") => {
                self.push(Slot::NoneObject);
            }
            Opcode::LOAD_COMMON_CONSTANT
                if matches!(common_constant(self.version(), arg), Some("True" | "False")) =>
            {
                self.push(Slot::Bool);
            }
            // It closes NULL without harm since 3.14, and the compiler relies on it.
            Opcode::POP_TOP if self.version().pop_top_takes_null() => return Some(self.discard()),
            Opcode::PUSH_NULL => self.push(Slot::Null),
            Opcode::RETURN_GENERATOR => return Some(self.make_generator()),
            // Only the frame of a generator can be left and come back to.
            Opcode::YIELD_VALUE if Opcode::RETURN_GENERATOR.is_in(self.version()) && !self.state.is_made => {
                return Some(Err(VerifyErrorKind::GeneratorFlags));
            }
            Opcode::LOAD_CONST => {
                let slot = match self.code.consts.get(arg as usize).map(|constant| &**constant) {
                    Some(Object::Tuple(_)) => Slot::Tuple,
                    Some(Object::Str(_)) => Slot::Str,
                    Some(Object::None) => Slot::NoneObject,
                    Some(Object::Bool(_)) => Slot::Bool,
                    Some(Object::Int(_) | Object::BigInt(_)) => Slot::Int,
                    Some(Object::Code(code)) => Slot::Code(Callee::of(code, self.state.strict)),
                    _ => Slot::Value,
                };
                self.push(slot);
            }
            _ => return None,
        }
        Some(Ok(()))
    }
}
