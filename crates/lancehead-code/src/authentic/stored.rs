//! Opcodes and cache entries as they lie in the file (PEP 659, PEP 669).
//!
//! A specialised opcode does its work by what its cache entries say, and an instrumented one calls whoever listens. The
//! interpreter writes both into live code; `marshal` takes them out again (`_PyCode_GetCode` in `Objects/codeobject.c`),
//! but does not when it reads.

use lancehead_isa::{Instruction, Opcode};

use super::Examiner;

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
            if instruction.opcode == Opcode::END_ASYNC_FOR && self.rules.jumps_behind_async_for {
                self.unused_argument(instruction);
            }
            let caches = self.code.code.get(offset as usize + 2..instruction.end as usize);
            if let Some(at) = caches.and_then(|caches| caches.iter().position(|byte| *byte != 0)) {
                let at = offset + 2 + at as u32;
                self.odd(offset, format!("the cache of {} is not empty at byte {at}", name()));
            }
        }
    }

    /// Up to 3.10 the interpreter jumps by the argument of `END_ASYNC_FOR`, which has none. It looks at that of no other
    /// opcode without one, and compilers leave some there (`ROT_TWO` of 3.10).
    fn unused_argument(&mut self, instruction: Instruction) {
        let Instruction { offset, start, .. } = instruction;
        let argument = self.code.code.get(offset as usize + 1).copied().unwrap_or(0);
        if argument != 0 || start != offset {
            self.odd(offset, "END_ASYNC_FOR has an argument");
        }
    }
}
