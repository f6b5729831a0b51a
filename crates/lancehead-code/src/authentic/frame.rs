//! What a frame holds, and what makes it ready (3.11 and later).
//!
//! `insert_prefix_instructions` in `Python/compile.c` and `Python/flowgraph.c`: the cells of enclosing functions are copied,
//! own cells made, the frame of a generator moved away, then the code resumes.

use lancehead_isa::{Instruction, Opcode};
use rustc_hash::FxHashSet;

use super::Examiner;

const OPTIMIZED: u32 = 0x1;
/// `CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR`.
const GENERATOR_FLAGS: u32 = 0x20 | 0x80 | 0x200;

const HIDDEN: u8 = 0x10;
const LOCAL: u8 = 0x20;
const CELL: u8 = 0x40;
const FREE: u8 = 0x80;

impl Examiner<'_> {
    pub(super) fn frame(&mut self) {
        if self.code.nlocals as usize != self.code.varnames.len() {
            let (count, names) = (self.code.nlocals, self.code.varnames.len());
            self.odd(0, format!("{count} local variables, and {names} names of them"));
        }
        if self.rules.has_kinds {
            self.kinds();
        }
        if self.rules.has_prologue {
            self.prologue();
        }
    }

    /// Local variables come first, then cells, then those of enclosing functions; hidden are those of comprehensions
    /// that are inlined where there are no other local variables.
    fn kinds(&mut self) {
        let rank = |kind: u8| match kind & (LOCAL | CELL | FREE) {
            LOCAL => Some(0),
            kind if kind == LOCAL | CELL => Some(0),
            CELL => Some(1),
            FREE => Some(2),
            _ => None,
        };
        let ranks: Option<Vec<u8>> = self.code.localsplus.iter().map(|(_, kind)| rank(*kind)).collect();
        if !ranks.is_some_and(|ranks| ranks.is_sorted()) {
            self.odd(0, "the kinds of variables are not those of a frame");
        }
        let mut own = FxHashSet::default();
        let twice =
            self.code.localsplus.iter().find(|(name, kind)| kind & (LOCAL | CELL) != 0 && !own.insert(name));
        if let Some((name, _)) = twice {
            self.odd(0, format!("two variables are called {name}"));
        }
        let is_function = self.code.flags & OPTIMIZED != 0;
        let hides = |kind: u8| kind & HIDDEN != 0;
        let wrong =
            self.code.localsplus.iter().find(|(_, kind)| hides(*kind) == is_function && kind & LOCAL != 0);
        if let Some((name, _)) = wrong {
            let what = if is_function { "hidden" } else { "not hidden" };
            self.odd(0, format!("the local variable {name} is {what}"));
        }
    }

    fn prologue(&mut self) {
        let mut rest = self.instructions.iter().copied().filter(|i| i.opcode != Opcode::NOP).peekable();
        let mut next_is = |opcode: Opcode| rest.next_if(|next: &Instruction| next.opcode == opcode);
        let copies = next_is(Opcode::COPY_FREE_VARS).is_some();
        let mut made = vec![false; self.code.localsplus.len()];
        let mut twice = None;
        while let Some(cell) = next_is(Opcode::MAKE_CELL) {
            if made.get_mut(cell.arg as usize).is_some_and(|made| std::mem::replace(made, true)) {
                twice = Some(cell.offset);
            }
        }
        let generator = self.code.flags & GENERATOR_FLAGS != 0;
        let mut resumes = false;
        if self.rules.iterates_first {
            resumes = next_is(Opcode::RESUME).is_some();
            for opcode in [
                Opcode::LOAD_FAST,
                Opcode::LOAD_FAST_BORROW,
                Opcode::GET_ITER,
                Opcode::GET_AITER,
                Opcode::PUSH_NULL,
            ] {
                next_is(opcode);
            }
        }
        if generator && (next_is(Opcode::RETURN_GENERATOR).is_none() || next_is(Opcode::POP_TOP).is_none()) {
            return self.odd(0, "a generator or coroutine by its flags that RETURN_GENERATOR does not make");
        }
        resumes |= next_is(Opcode::RESUME).is_some_and(|resume| resume.arg == 0);
        if !resumes {
            self.odd(0, "no RESUME 0 at the beginning");
        }
        self.later_cells();
        if let Some(offset) = twice {
            self.odd(offset, "a cell is made twice");
        }
        if copies == self.code.freevars.is_empty() {
            self.odd(0, "COPY_FREE_VARS and the free variables do not belong together");
        }
        let slots = self.code.localsplus.iter().zip(&made);
        let unmade = slots.into_iter().find(|((_, kind), made)| (kind & CELL != 0) != **made);
        if let Some(((name, _), made)) = unmade {
            let what =
                if *made { "is made, and it is no cell variable" } else { "is not made at the beginning" };
            let text = format!("the cell of {name} {what}");
            self.odd(0, text);
        }
    }

    /// Behind the prologue cells are made for variables of inlined comprehensions alone, whose value was just put aside.
    fn later_cells(&mut self) {
        let mut before: Option<Instruction> = None;
        let mut has_resumed = false;
        for (_, instruction) in self.reached() {
            // By name: where a cell and a free variable have one, 3.12 takes them for each other.
            let name = |slot: u32| self.code.slot_name(slot);
            let follows = before.is_some_and(|before| {
                before.opcode == Opcode::LOAD_FAST_AND_CLEAR && name(before.arg) == name(instruction.arg)
            });
            match instruction.opcode {
                Opcode::MAKE_CELL if has_resumed && !follows => {
                    self.odd(instruction.offset, "MAKE_CELL outside of the beginning");
                }
                Opcode::COPY_FREE_VARS if before.is_some() => {
                    self.odd(instruction.offset, "COPY_FREE_VARS outside of the beginning");
                }
                Opcode::RESUME => has_resumed = true,
                _ => {}
            }
            before = Some(instruction);
        }
    }
}
