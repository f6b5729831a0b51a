//! How deep the stack is at each instruction.

use lancehead_isa::{ExceptionEntry, Flow, Instruction, Opcode, decode, exception_table};
use lancehead_pyc::{CodeObject, Version, co_flags};

use crate::ListingError;

/// No frame can be larger: CPython counts its bytes in an `int`.
const MAX_DEPTH: i64 = (i32::MAX / 8) as i64;

/// How often the bounds of the depth before one instruction may move apart before its loop is taken for endless.
const MAX_RAISES: u8 = 16;

/// The depth of the stack at each instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackDepths {
    /// By instruction: the depth before it, the greatest if paths differ, `None` where control never gets.
    pub before: Vec<Option<u32>>,
    /// By instruction: the least depth before it (since 3.9).
    pub least: Vec<u32>,
    /// The greatest depth anywhere: what `co_stacksize` must at least be.
    pub max: u32,
    /// What is wrong, if anything is, by instruction.
    pub errors: Vec<StackError>,
}

/// A place where the depth of the stack is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {kind}")]
pub struct StackError {
    /// The instruction.
    pub offset: u32,
    /// What is wrong there.
    pub kind: StackErrorKind,
}

/// What is wrong with the depth of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StackErrorKind {
    /// An instruction takes more than there is.
    #[error("takes {needed} values from the stack, which holds {held}")]
    Underflow {
        /// How many values it takes.
        needed: u64,
        /// How many there are.
        held: u32,
    },
    /// Two paths come with different depths.
    #[error("the stack holds {first} values on one path and {second} on another")]
    Disagreement {
        /// The depth found first.
        first: u32,
        /// Another one.
        second: u32,
    },
    /// A loop grows the stack, or an argument does beyond all bounds.
    #[error("the stack grows without bound")]
    Unbounded,
}

impl StackDepths {
    /// Walks `code` as CPython's compiler does (`stackdepth` in `Python/compile.c`, `calculate_stackdepth` in
    /// `Python/flowgraph.c`).
    ///
    /// Up to 3.8 a `finally` body is entered with one value or six; the greater depth is taken. Since 3.9 the compiler
    /// lets all paths to an instruction agree; where they do not, both bounds are followed and the place is in `errors`.
    ///
    /// # Errors
    /// When the bytecode or the exception table is malformed. Errors in depth are in the result.
    pub fn of(code: &CodeObject) -> Result<StackDepths, ListingError> {
        let instructions = decode(code.version, &code.code).map_err(ListingError::Code)?;
        let handlers = exception_table(&code.exceptiontable).map_err(ListingError::Exceptions)?;
        Ok(StackDepths::walk(code, &instructions, &handlers))
    }

    /// The same for what is decoded already.
    pub(crate) fn walk(
        code: &CodeObject,
        instructions: &[Instruction],
        handlers: &[ExceptionEntry],
    ) -> StackDepths {
        let mut walk = Walk {
            version: code.version,
            instructions,
            handlers: handlers_by_instruction(instructions, handlers),
            raises: vec![0; instructions.len()],
            waiting: Vec::new(),
            result: StackDepths {
                before: vec![None; instructions.len()],
                least: vec![0; instructions.len()],
                max: smallest_stack(code.version),
                errors: Vec::new(),
            },
        };
        let entry = i64::from(starts_with_sent_value(code));
        walk.reach(0, 0, (entry, entry));
        while let Some(index) = walk.waiting.pop() {
            walk.step(index);
        }
        walk.result.errors.sort_by_key(|error| error.offset);
        walk.result
    }
}

/// From 3.10 to 3.12 the frame of a generator is made with the value on its stack that the first `send` passes.
fn starts_with_sent_value(code: &CodeObject) -> bool {
    code.version.starts_with_sent_value() && code.flags & co_flags::ANY_GENERATOR != 0
}

/// Since 3.13 no code object has a smaller stack (`_PyCode_New` in `Objects/codeobject.c`).
fn smallest_stack(version: Version) -> u32 {
    u32::from(version.needs_stack_slot())
}

/// By instruction: where the handler is that catches what it raises, and how deep the stack is there. Where ranges overlap
/// the first entry holds, as in the interpreter.
fn handlers_by_instruction(
    instructions: &[Instruction],
    handlers: &[ExceptionEntry],
) -> Vec<Option<(u32, u32)>> {
    let mut by_instruction = vec![None; instructions.len()];
    if handlers.is_empty() {
        return by_instruction;
    }
    let mut next_free: Vec<usize> = (0..=instructions.len()).collect();
    for entry in handlers {
        let depth = entry.depth.saturating_add(u32::from(entry.lasti)).saturating_add(1);
        let mut at = instructions.partition_point(|instruction| instruction.offset < entry.start);
        loop {
            at = find(&mut next_free, at);
            if instructions.get(at).is_none_or(|instruction| instruction.offset >= entry.end) {
                break;
            }
            by_instruction[at] = Some((entry.target, depth));
            next_free[at] = at + 1;
        }
    }
    by_instruction
}

/// For each of `len` places, the last of `ranges` that covers it, in near linear time however they overlap.
pub(crate) fn innermost(ranges: &[std::ops::Range<usize>], len: usize) -> Vec<Option<usize>> {
    let mut by_place = vec![None; len];
    let mut next_free: Vec<usize> = (0..=len).collect();
    for (index, range) in ranges.iter().enumerate().rev() {
        let mut at = find(&mut next_free, range.start.min(len));
        while at < range.end.min(len) {
            by_place[at] = Some(index);
            next_free[at] = at + 1;
            at = find(&mut next_free, at + 1);
        }
    }
    by_place
}

/// Follows `next` from `at` to where it stands still, and shortens the way for the next time.
pub(crate) fn find(next: &mut [usize], mut at: usize) -> usize {
    while next[at] != at {
        next[at] = next[next[at]];
        at = next[at];
    }
    at
}

struct Walk<'a> {
    version: Version,
    instructions: &'a [Instruction],
    handlers: Vec<Option<(u32, u32)>>,
    raises: Vec<u8>,
    waiting: Vec<usize>,
    result: StackDepths,
}

impl Walk<'_> {
    /// Looks at where control goes from instruction `index`.
    fn step(&mut self, index: usize) {
        let (Some(instruction), Some(depth)) = (self.instructions.get(index), self.result.before[index])
        else {
            return;
        };
        let Instruction { opcode, arg, .. } = *instruction;
        let least = self.result.least[index];
        let flow = opcode.flow();
        let falls = opcode.stack_effect(self.version, arg);
        if falls.pops > u64::from(least) {
            self.error(instruction.offset, StackErrorKind::Underflow { needed: falls.pops, held: least });
            return;
        }
        let after = |net: i64| (i64::from(least) + net, i64::from(depth) + net);
        self.raise_max(instruction.offset, after(falls.net()).1);
        if flow.falls_through() || flow == Flow::CallFinally {
            self.reach(instruction.offset, index + 1, after(falls.net()));
        }
        // CONTINUE_LOOP takes off all that lies above its loop, whose start is known by then.
        if (flow.jumps() && opcode != Opcode::CONTINUE_LOOP) || flow == Flow::Setup {
            let jumps = opcode.stack_effect_on_jump(self.version, arg);
            self.raise_max(instruction.offset, after(jumps.net()).1);
            if let Some(target) =
                instruction.jump_target(self.version).and_then(|target| self.index_of(target))
            {
                self.reach(instruction.offset, target, after(jumps.net()));
            }
        }
        if let Some((target, depth)) = self.handlers[index]
            && let Some(target) = self.index_of(target)
        {
            self.raise_max(instruction.offset, depth.into());
            self.reach(instruction.offset, target, (depth.into(), depth.into()));
        }
    }

    /// The instruction that begins at `offset`.
    fn index_of(&self, offset: u32) -> Option<usize> {
        self.instructions.binary_search_by_key(&offset, |instruction| instruction.start).ok()
    }

    fn raise_max(&mut self, offset: u32, depth: i64) {
        match u32::try_from(depth) {
            Ok(depth) if i64::from(depth) <= MAX_DEPTH => self.result.max = self.result.max.max(depth),
            _ => self.error(offset, StackErrorKind::Unbounded),
        }
    }

    /// Control gets from byte `from` to instruction `index` with a depth between these.
    fn reach(&mut self, from: u32, index: usize, (least, depth): (i64, i64)) {
        let Some(before) = self.result.before.get_mut(index) else { return };
        let Some(depth) = u32::try_from(depth).ok().filter(|&depth| i64::from(depth) <= MAX_DEPTH) else {
            return;
        };
        // What comes from a depth that was too small has been told there.
        let least = u32::try_from(least).unwrap_or(0);
        let offset = self.instructions[index].offset;
        let lowest = &mut self.result.least[index];
        let Some(first) = *before else {
            (*before, *lowest) = (Some(depth), least);
            self.waiting.push(index);
            return;
        };
        let is_exact = !self.version.ends_finally();
        if first == depth && (*lowest == least || !is_exact) {
            return;
        }
        let second = if depth == first { least } else { depth };
        if first < depth || (is_exact && least < *lowest) {
            if self.raises[index] == MAX_RAISES {
                return self.error(from, StackErrorKind::Unbounded);
            }
            self.raises[index] += 1;
            let greatest = first.max(depth);
            *lowest = if is_exact { least.min(*lowest) } else { greatest };
            *before = Some(greatest);
            self.waiting.push(index);
        }
        if is_exact {
            self.error(offset, StackErrorKind::Disagreement { first, second });
        }
    }

    fn error(&mut self, offset: u32, kind: StackErrorKind) {
        let error = StackError { offset, kind };
        // One of a kind for an instruction is enough.
        let same = |known: &StackError| {
            known.offset == offset && std::mem::discriminant(&known.kind) == std::mem::discriminant(&kind)
        };
        if !self.result.errors.iter().any(same) {
            self.result.errors.push(error);
        }
    }
}
