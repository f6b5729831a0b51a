//! References that do not count (3.14 and later).
//!
//! `LOAD_FAST_BORROW` puts a variable on the stack without owning it. The compiler writes it where the value is used up in
//! the same block, before anything else is stored into the variable (`optimize_load_fast` in `Python/flowgraph.c`); if not,
//! what lies on the stack may be freed memory.

use lancehead_isa::{Flow, Instruction, Opcode};
use rustc_hash::FxHashSet;

use super::Examiner;

/// What lies on the stack: a variable that is borrowed from, or anything else.
type Entry = Option<u32>;

impl Examiner<'_> {
    pub(super) fn borrowed(&mut self) {
        use Opcode::{LOAD_FAST_BORROW, LOAD_FAST_BORROW_LOAD_FAST_BORROW};
        let borrows =
            |i: &Instruction| matches!(i.opcode, LOAD_FAST_BORROW | LOAD_FAST_BORROW_LOAD_FAST_BORROW);
        if !self.instructions.iter().any(borrows) {
            return;
        }
        let targets: FxHashSet<u32> = self
            .instructions
            .iter()
            .filter_map(|i| i.jump_target(self.code.version))
            .chain(self.handlers.iter().map(|entry| entry.target))
            .collect();
        let mut stack: Vec<Entry> = Vec::new();
        for (_, instruction) in self.reached() {
            if targets.contains(&instruction.start) {
                self.end_of_block(&mut stack, instruction.offset);
            }
            for variable in stored(&instruction).into_iter().flatten() {
                if stack.contains(&Some(variable)) {
                    self.odd(instruction.offset, "a variable is replaced that is borrowed on the stack");
                }
            }
            if stack.iter().rev().take(stores(&instruction)).any(Option::is_some) {
                self.odd(instruction.offset, "a borrowed variable is stored into another");
            }
            apply(self.code.version, &instruction, &mut stack);
            if instruction.opcode.flow() != Flow::Next {
                self.end_of_block(&mut stack, instruction.offset);
            }
        }
    }

    fn end_of_block(&mut self, stack: &mut Vec<Entry>, offset: u32) {
        if stack.drain(..).any(|entry| entry.is_some()) {
            self.odd(offset, "a borrowed variable stays on the stack");
        }
    }
}

/// The variables that an instruction replaces.
fn stored(instruction: &Instruction) -> [Option<u32>; 2] {
    let arg = instruction.arg;
    match instruction.opcode {
        Opcode::STORE_FAST | Opcode::DELETE_FAST | Opcode::LOAD_FAST_AND_CLEAR | Opcode::MAKE_CELL => {
            [Some(arg), None]
        }
        Opcode::STORE_FAST_LOAD_FAST => [Some(arg >> 4), None],
        Opcode::STORE_FAST_STORE_FAST => [Some(arg >> 4), Some(arg & 15)],
        _ => [None, None],
    }
}

/// How many of the topmost values an instruction puts into variables, which own what they hold.
fn stores(instruction: &Instruction) -> usize {
    match instruction.opcode {
        Opcode::STORE_FAST | Opcode::STORE_FAST_LOAD_FAST => 1,
        Opcode::STORE_FAST_STORE_FAST => 2,
        _ => 0,
    }
}

/// How many of the values that an instruction takes stay where they are, counted from the lowest.
fn kept(version: lancehead_pyc::Version, instruction: &Instruction) -> usize {
    use Opcode::*;
    let effect = instruction.opcode.stack_effect(version, instruction.arg);
    match instruction.opcode {
        GET_ANEXT | GET_LEN | IMPORT_FROM | MATCH_KEYS | MATCH_MAPPING | MATCH_SEQUENCE
        | WITH_EXCEPT_START | FOR_ITER | SEND => effect.pops as usize,
        DICT_MERGE | DICT_UPDATE | LIST_APPEND | LIST_EXTEND | MAP_ADD | SET_ADD | SET_UPDATE => {
            effect.pushes as usize
        }
        CHECK_EXC_MATCH => 1,
        _ => 0,
    }
}

fn apply(version: lancehead_pyc::Version, instruction: &Instruction, stack: &mut Vec<Entry>) {
    let arg = instruction.arg;
    let reach = |stack: &mut Vec<Entry>, count: usize| {
        while stack.len() < count {
            stack.insert(0, None);
        }
        stack.len() - count
    };
    match instruction.opcode {
        Opcode::LOAD_FAST_BORROW => stack.push(Some(arg)),
        Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => stack.extend([Some(arg >> 4), Some(arg & 15)]),
        Opcode::COPY => {
            let at = reach(stack, (arg as usize).clamp(1, MAX_REACH));
            stack.push(stack[at]);
        }
        Opcode::SWAP => {
            let at = reach(stack, (arg as usize).clamp(1, MAX_REACH));
            let top = stack.len() - 1;
            stack.swap(at, top);
        }
        _ => {
            let effect = instruction.opcode.stack_effect(version, arg);
            let pops = (effect.pops as usize).min(stack.len().max(MAX_REACH));
            let at = reach(stack, pops);
            let kept = kept(version, instruction).min(pops);
            stack.truncate(at + kept);
            let pushed = (effect.pushes as usize).saturating_sub(kept).min(MAX_REACH);
            stack.extend(std::iter::repeat_n(None, pushed));
        }
    }
}

/// Deeper than any stack is looked into here; depths are the verifier's part.
const MAX_REACH: usize = 1 << 16;
