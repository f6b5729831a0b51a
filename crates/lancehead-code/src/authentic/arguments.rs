//! Arguments of which the interpreter makes more than a listing shows.

use lancehead_isa::{Instruction, Opcode};

use super::Examiner;

/// For each operator of `COMPARE_OP`, the outcomes for which it is true (`compare_masks` in `Python/compile.c`): 1
/// unordered, 2 less, 4 greater, 8 equal. Specialised comparisons look at nothing else.
const COMPARISON_MASKS: [u32; 6] = [2, 2 | 8, 8, 1 | 2 | 4, 4, 4 | 8];
const COROUTINE: u32 = 0x80;
const ASYNC_GENERATOR: u32 = 0x200;

impl Examiner<'_> {
    pub(super) fn arguments(&mut self) {
        for (_, instruction) in self.reached() {
            match instruction.opcode {
                Opcode::COMPARE_OP => self.comparison(instruction),
                Opcode::GEN_START if self.rules.has_gen_start => self.generator_kind(instruction),
                _ => {}
            }
        }
    }

    fn comparison(&mut self, instruction: Instruction) {
        let Some(shift) = self.rules.comparison_shift else { return };
        let mask = COMPARISON_MASKS.get((instruction.arg >> shift) as usize);
        if mask.is_some_and(|mask| instruction.arg & 0xF != *mask) {
            let text =
                format!("the mask of COMPARE_OP is {} and not {}", instruction.arg & 0xF, mask.unwrap_or(&0));
            self.odd(instruction.offset, text);
        }
    }

    /// `GEN_START` says what a value sent too early is sent to (3.10).
    fn generator_kind(&mut self, instruction: Instruction) {
        let kind = match self.code.flags {
            flags if flags & COROUTINE != 0 => 1,
            flags if flags & ASYNC_GENERATOR != 0 => 2,
            _ => 0,
        };
        if instruction.arg != kind {
            let text = format!("GEN_START {}, where the flags say {kind}", instruction.arg);
            self.odd(instruction.offset, text);
        }
    }
}
