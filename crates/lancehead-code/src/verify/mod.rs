//! Finds code that would crash the interpreter.
//!
//! CPython trusts its bytecode: an index out of range, a stack too shallow or a `NULL` where an object is expected
//! corrupts memory. [`verify`] walks all paths, handlers included, and proves that none of that can happen.

mod blocks;
mod error;
mod slot;
mod state;
mod transfer;
mod unwind;
mod verifier;
mod walk;

use lancehead_isa::argument::Format;
use lancehead_isa::{ExceptionEntry, Instruction, LineTable, Opcode, OperandKind, decode, exception_table};
use lancehead_pyc::co_flags::{ANY_GENERATOR, OPTIMIZED};
use lancehead_pyc::{CodeObject, Object};
use rustc_hash::FxHashSet;

use crate::program::operand_of;
use crate::stack::{StackDepths, StackErrorKind};
pub use error::{VerifyError, VerifyErrorKind, notes};
use verifier::Verifier;

/// Opcodes that are part of the interpreter, not of code.
const INTERNAL: &[Opcode] = &[
    Opcode::CACHE,
    Opcode::ENTER_EXECUTOR,
    Opcode::EXIT_INIT_CHECK,
    Opcode::INTERPRETER_EXIT,
    Opcode::RESERVED,
    Opcode::TRACE_RECORD,
];

/// Verifies `code`; code objects among its constants are not looked into.
///
/// Checked for every version: the tables are well-formed; arguments are in range; jumps and handlers lead to instructions;
/// control does not run off the end; the stack is never too shallow, and fits `co_stacksize`, on any path; opcodes belong
/// to the version's compiler and fit the flags; no instruction gets `NULL` or an object of a type that it takes for
/// granted, and blocks nest. Since 3.11: cells are made before they are used. Since 3.12: `LOAD_FAST` finds its variable
/// set.
///
/// # Errors
/// All that was found, in the order of the bytecode.
pub fn verify(code: &CodeObject) -> Result<(), Vec<VerifyError>> {
    let whole = |kind| Err(vec![VerifyError { offset: 0, kind }]);
    let instructions = match decode(code.version, &code.code) {
        Ok(instructions) if instructions.is_empty() => return whole(VerifyErrorKind::Empty),
        Ok(instructions) => instructions,
        Err(error) => return whole(VerifyErrorKind::Code(error)),
    };
    let handlers = match exception_table(&code.exceptiontable) {
        Ok(handlers) => handlers,
        Err(error) => return whole(VerifyErrorKind::Exceptions(error)),
    };
    let depths = StackDepths::walk(code, &instructions, &handlers);
    let errors = errors_of(code, &instructions, &handlers, &depths, false, |_| true);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// [`verify`] of what is decoded already, and stricter: what the interpreter survives but takes for something else is an
/// error too. What is wrong where control never gets is left out.
pub(crate) fn verify_reached(
    code: &CodeObject,
    instructions: &[Instruction],
    handlers: &[ExceptionEntry],
    depths: &StackDepths,
) -> Vec<VerifyError> {
    let counts = |error: &VerifyError| {
        let at = instructions.binary_search_by_key(&error.offset, |instruction| instruction.offset);
        error.kind.is_about_all() || at.is_err() || at.is_ok_and(|at| depths.before[at].is_some())
    };
    errors_of(code, instructions, handlers, depths, true, counts)
}

/// All errors that count, in the order of the bytecode.
fn errors_of(
    code: &CodeObject,
    instructions: &[Instruction],
    handlers: &[ExceptionEntry],
    depths: &StackDepths,
    strict: bool,
    counts: impl Fn(&VerifyError) -> bool,
) -> Vec<VerifyError> {
    let mut verifier = Verifier { code, instructions, handlers, errors: Vec::new(), strict };
    verifier.check_shape();
    verifier.errors.retain(counts);
    // What follows relies on the shape.
    if verifier.errors.iter().all(|error| matches!(error.kind, VerifyErrorKind::Lines(_))) {
        verifier.check_stack(depths);
    }
    if verifier.errors.iter().all(|error| matches!(error.kind, VerifyErrorKind::Lines(_))) {
        walk::check_values(&mut verifier);
    }
    let mut errors = verifier.errors;
    errors.sort_by_key(|error| error.offset);
    errors.dedup();
    errors
}

impl Verifier<'_> {
    fn check_shape(&mut self) {
        if let Err(error) = LineTable::of(self.code) {
            self.error(0, VerifyErrorKind::Lines(error));
        }
        let (parameters, variables) = (self.parameters(), self.code.varnames.len());
        if parameters > variables as u64 || self.code.posonlyargcount > self.code.argcount {
            self.error(0, VerifyErrorKind::Parameters { parameters, variables });
        }
        for instruction in self.instructions {
            self.check_instruction(instruction);
        }
        self.check_generator();
        self.check_keyword_names();
        self.check_precalls();
        let end = self.instructions.last().map_or(0, |last| last.end);
        let mut covered = 0;
        for entry in self.handlers {
            let ends_well = entry.end == end || self.index_of(entry.end.into()).is_some();
            if entry.start >= entry.end || entry.start < covered || !ends_well {
                self.error(entry.start, VerifyErrorKind::BadExceptionRange);
            }
            covered = entry.end;
            for offset in [entry.start, entry.target] {
                if self.index_of(offset.into()).is_none() {
                    self.error(entry.start, VerifyErrorKind::BadTarget(offset.into()));
                }
            }
        }
    }

    fn check_instruction(&mut self, instruction: &Instruction) {
        let Instruction { offset, opcode, raw, arg, .. } = *instruction;
        let version = self.code.version;
        if INTERNAL.contains(&opcode) {
            self.error(offset, VerifyErrorKind::InternalOpcode(opcode));
        }
        if opcode == Opcode::LOAD_CLASSDEREF && self.code.flags & OPTIMIZED != 0 {
            self.error(offset, VerifyErrorKind::NoNamespace);
        }
        if opcode.is_instrumented() || Opcode::is_specialized(version, raw) {
            self.error(offset, VerifyErrorKind::AdaptiveOpcode(raw));
        }
        if let Some(target) = instruction.operand_offset(version) {
            let index = self.index_of(target);
            if index.is_none_or(|index| opcode == Opcode::FOR_ITER && !self.ends_loop(index)) {
                self.error(offset, VerifyErrorKind::BadTarget(target));
            }
        } else if operand_of(self.code, opcode, arg).is_none() || !integer_in_range(self.code, instruction) {
            self.error(offset, VerifyErrorKind::OutOfRange { opcode, arg });
        }
    }

    /// Whether a loop may end at instruction `index`. Since 3.12 the interpreter skips what takes the iterator off without
    /// looking at it: `END_FOR`, in 3.13 also the `POP_TOP` behind.
    fn ends_loop(&self, index: usize) -> bool {
        let version = self.code.version;
        let skipped: &[Opcode] = match (version.for_iter_pops(), version.end_for_needs_pop_top()) {
            (true, _) => &[],
            (false, true) => &[Opcode::END_FOR, Opcode::POP_TOP],
            (false, false) => &[Opcode::END_FOR],
        };
        let found = self.instructions[index..].iter().map(|instruction| instruction.opcode);
        found.take(skipped.len()).eq(skipped.iter().copied())
    }

    /// A generator's frame is made before anything else happens since 3.11.
    fn check_generator(&mut self) {
        let is_generator = self.code.flags & ANY_GENERATOR != 0;
        for instruction in self.instructions {
            let makes = matches!(
                instruction.opcode,
                Opcode::YIELD_VALUE | Opcode::YIELD_FROM | Opcode::RETURN_GENERATOR | Opcode::GEN_START
            );
            if makes && !is_generator {
                self.error(instruction.offset, VerifyErrorKind::GeneratorFlags);
            }
        }
        if Opcode::RETURN_GENERATOR.is_in(self.code.version) && is_generator {
            self.check_generator_start();
        }
    }

    /// The frame moves into the generator once. Until then frame objects must not be made of it, which the interpreter
    /// does from its first `RESUME` on; 3.15 has some instructions between the two that do not call anything.
    fn check_generator_start(&mut self) {
        use Opcode::{
            COPY_FREE_VARS, GET_AITER, GET_ITER, LOAD_FAST, LOAD_FAST_BORROW, MAKE_CELL, NOP, PUSH_NULL,
            RESUME, RETURN_GENERATOR,
        };
        let Some(at) = self.instructions.iter().position(|found| found.opcode == RETURN_GENERATOR) else {
            return self.error(0, VerifyErrorKind::GeneratorFlags);
        };
        let (made, before) = (self.instructions[at], &self.instructions[..at]);
        let carries = self.code.version.generators_keep_stack();
        let is_prologue = |found: &Instruction| match found.opcode {
            COPY_FREE_VARS | MAKE_CELL | NOP => true,
            // The iterator of a generator expression.
            RESUME | LOAD_FAST | LOAD_FAST_BORROW | GET_ITER | GET_AITER | PUSH_NULL => carries,
            _ => false,
        };
        let is_plain = !self.strict && before.iter().all(|found| found.opcode != RESUME);
        if !is_plain && !before.iter().all(is_prologue) {
            self.error(made.offset, VerifyErrorKind::GeneratorFlags);
        }
        let targets =
            self.instructions.iter().filter_map(|i| Some((i.offset, i.jump_target(self.code.version)?)));
        let handlers = self.handlers.iter().map(|entry| (entry.start, entry.target));
        let back = targets.chain(handlers).filter(|&(from, target)| from >= made.end && target < made.end);
        let again = self.instructions[at + 1..].iter().filter(|found| found.opcode == RETURN_GENERATOR);
        let wrong: Vec<u32> = back.map(|(from, _)| from).chain(again.map(|i| i.offset)).collect();
        for offset in wrong {
            self.error(offset, VerifyErrorKind::GeneratorFlags);
        }
    }

    /// Names for keyword arguments go to the very next call (3.11, 3.12).
    fn check_keyword_names(&mut self) {
        if !self.instructions.iter().any(|instruction| instruction.opcode == Opcode::KW_NAMES) {
            return;
        }
        let targets = self.targets();
        for pair in self.instructions.windows(2) {
            let [names, call] = pair else { continue };
            if names.opcode != Opcode::KW_NAMES {
                continue;
            }
            let count = match self.code.consts.get(names.arg as usize).map(|constant| &**constant) {
                Some(Object::Tuple(items)) if items.iter().all(|item| matches!(**item, Object::Str(_))) => {
                    items.len()
                }
                _ => usize::MAX,
            };
            if !matches!(call.opcode, Opcode::PRECALL | Opcode::CALL)
                || count > call.arg as usize
                || targets.contains(&call.start)
            {
                self.error(names.offset, VerifyErrorKind::KeywordNames);
            }
        }
    }

    /// Where jumps and handlers lead.
    fn targets(&self) -> FxHashSet<u32> {
        let jumps = self.instructions.iter().filter_map(|i| i.jump_target(self.code.version));
        jumps.chain(self.handlers.iter().map(|entry| entry.target)).collect()
    }

    /// In 3.11 `PRECALL` prepares what the `CALL` behind it does, with the same arguments.
    fn check_precalls(&mut self) {
        if !Opcode::PRECALL.is_in(self.code.version) {
            return;
        }
        let targets = self.targets();
        let mut expected = None;
        for instruction in self.instructions {
            let found = (instruction.opcode == Opcode::CALL).then_some(instruction.arg);
            if found != expected || found.is_some() && targets.contains(&instruction.start) {
                self.error(instruction.offset, VerifyErrorKind::Precall);
            }
            expected = (instruction.opcode == Opcode::PRECALL).then_some(instruction.arg);
        }
    }

    fn check_stack(&mut self, depths: &StackDepths) {
        for error in &depths.errors {
            // Each depth is followed by itself in `walk`. No compiler lets them differ.
            if self.strict || !matches!(error.kind, StackErrorKind::Disagreement { .. }) {
                self.error(error.offset, VerifyErrorKind::Stack(error.kind));
            }
        }
        if depths.max > self.code.stacksize {
            let kind = VerifyErrorKind::StackSize { needed: depths.max, declared: self.code.stacksize };
            self.error(0, kind);
        }
        if let (Some(last), Some(Some(_))) = (self.instructions.last(), depths.before.last())
            && last.opcode.flow().falls_through()
        {
            self.error(last.offset, VerifyErrorKind::FallsOffTheEnd);
        }
    }
}

/// Whether a plain number is one that the interpreter is prepared for.
fn integer_in_range(code: &CodeObject, instruction: &Instruction) -> bool {
    let arg = instruction.arg;
    match (instruction.opcode, instruction.operand(code.version)) {
        (_, OperandKind::CommonConstant) => {
            lancehead_isa::operand::common_constant(code.version, arg).is_some()
        }
        (_, OperandKind::Conversion) => (1..=3).contains(&arg),
        (_, OperandKind::Invert) => arg <= 1,
        (_, OperandKind::FormatValue) => arg <= 7,
        (_, OperandKind::FunctionFlag) => {
            matches!(arg, 1 | 2 | 4 | 8) || arg == 16 && code.version.defers_annotations()
        }
        (_, OperandKind::FunctionFlags) => arg <= 15,
        (Opcode::RAISE_VARARGS, _) => arg <= 2,
        (Opcode::BUILD_INTERPOLATION, _) => Format::of_interpolation(arg).conversion <= 3,
        (Opcode::BUILD_SLICE, _) => matches!(arg, 2 | 3),
        (Opcode::CALL_FUNCTION_EX, OperandKind::Integer) => arg <= 1,
        (Opcode::COPY_FREE_VARS, _) => arg as usize == code.freevars.len(),
        (Opcode::LOAD_SMALL_INT, _) => arg <= 255,
        // Up to 3.10 it takes the variable's name from `co_freevars`, whatever kind of variable it is.
        (Opcode::LOAD_CLASSDEREF, _) if !code.version.shares_slots() => arg as usize >= code.cellvars.len(),
        (Opcode::COPY | Opcode::SWAP | Opcode::ROT_N, _) => arg >= 1,
        (
            Opcode::LIST_APPEND
            | Opcode::SET_ADD
            | Opcode::MAP_ADD
            | Opcode::LIST_EXTEND
            | Opcode::SET_UPDATE
            | Opcode::DICT_UPDATE
            | Opcode::DICT_MERGE,
            _,
        ) => arg >= 1,
        _ => true,
    }
}
