//! Opcodes and cache entries as they lie in the file (PEP 659, PEP 669).
//!
//! A specialised opcode does its work by what its cache entries say, and an instrumented one calls whoever listens. The
//! interpreter writes both into live code; `marshal` takes them out again (`_PyCode_GetCode` in `Objects/codeobject.c`),
//! but does not when it reads.

use lancehead_isa::{Instruction, Opcode, OperandKind};

use super::{Examiner, Oddity};

impl Examiner<'_> {
    pub(super) fn stored(&mut self) {
        let version = self.code.version;
        for (_, instruction) in self.reached() {
            let offset = instruction.offset;
            let name = || Opcode::name_of_number(version, instruction.raw).unwrap_or("an opcode");
            if Opcode::is_specialized(version, instruction.raw) {
                self.odd(offset, format!("{} is stored specialised", name()));
            } else if instruction.opcode.is_instrumented() {
                self.odd(offset, format!("{} is stored instrumented", name()));
            }
            if instruction.operand(version) == OperandKind::None {
                self.unused_argument(instruction);
            }
            let caches = self.code.code.get(offset as usize + 2..instruction.end as usize);
            if let Some(at) = caches.and_then(|caches| caches.iter().position(|byte| *byte != 0)) {
                let at = offset + 2 + at as u32;
                self.odd(offset, format!("the cache of {} is not empty at byte {at}", name()));
            }
        }
    }

    /// An argument of an opcode that has none. The interpreter looks at none of them, but that up to 3.10 it jumps so far
    /// behind `END_ASYNC_FOR`.
    fn unused_argument(&mut self, instruction: Instruction) {
        let Instruction { offset, start, opcode, .. } = instruction;
        let argument = self.code.code.get(offset as usize + 1).copied().unwrap_or(0);
        if argument != 0 || start != offset {
            let matters = opcode == Opcode::END_ASYNC_FOR && self.rules.jumps_behind_async_for;
            let text = format!("{} has an argument", opcode.name());
            self.found.push(Oddity { offset, text, matters });
        }
    }
}
