//! From a code object to a program: the bytecode's side of a check.

mod plain;

use lancehead_ir::UnaryOperator;
use lancehead_isa::{DecodeError, Instruction, Opcode, decode, exception_table};
use lancehead_pyc::{CodeObject, Object};

use crate::act::{Act, Handler, Ins, NO_HANDLER, Program, Setup};
use crate::dialect::Dialect;
use crate::intern::Interner;

/// Why bytecode is none that a compiler makes.
#[derive(Debug, Clone)]
pub enum ReadFault {
    /// It cannot be decoded.
    Decode(DecodeError),
    /// An argument that means nothing, at this offset.
    Operand(u32),
    /// A jump into nothing, at this offset.
    Target(u32),
}

impl From<DecodeError> for ReadFault {
    fn from(error: DecodeError) -> Self {
        ReadFault::Decode(error)
    }
}

/// Reads the bytecode of `code`. Nested code objects are numbered by their place among the constants.
///
/// # Errors
/// Bytecode that cannot be decoded, and arguments out of range.
pub fn read(code: &CodeObject, dialect: &Dialect, interner: &mut Interner) -> Result<Program, ReadFault> {
    let instructions = decode(code.version, &code.code)?;
    read_decoded(code, &instructions, dialect, interner)
}

/// [`read`] of what is decoded already.
///
/// # Errors
/// Arguments out of range.
pub fn read_decoded(
    code: &CodeObject,
    instructions: &[Instruction],
    dialect: &Dialect,
    interner: &mut Interner,
) -> Result<Program, ReadFault> {
    let program = Program { ins: Vec::with_capacity(instructions.len() + 8), handlers: Vec::new() };
    let mut reader = Reader { code, dialect, interner, program, instructions };
    let mut first = vec![u32::MAX; code.code.len() / 2 + 1];
    for (at, instruction) in instructions.iter().enumerate() {
        let here = reader.program.ins.len() as u32;
        for unit in instruction.start / 2..=instruction.offset / 2 {
            first[unit as usize] = here;
        }
        reader.instruction(at)?;
    }
    let mut program = reader.program;
    resolve(&mut program, &first)?;
    handlers(code, &mut program, &first)?;
    Ok(program)
}

/// Targets were byte offsets until here.
fn resolve(program: &mut Program, first: &[u32]) -> Result<(), ReadFault> {
    for ins in &mut program.ins {
        let at = ins.at;
        if let Some(target) = ins.act.target_mut() {
            *target = index_of(first, *target).ok_or(ReadFault::Target(at))?;
        }
    }
    Ok(())
}

fn index_of(first: &[u32], offset: u32) -> Option<u32> {
    let index = *first.get(offset as usize / 2)?;
    (offset.is_multiple_of(2) && index != u32::MAX).then_some(index)
}

fn handlers(code: &CodeObject, program: &mut Program, first: &[u32]) -> Result<(), ReadFault> {
    for entry in exception_table(&code.exceptiontable)? {
        let target = index_of(first, entry.target).ok_or(ReadFault::Target(entry.start))?;
        let number = program.handlers.len() as u32;
        program.handlers.push(Handler { target, depth: entry.depth, lasti: entry.lasti });
        let from = program.ins.partition_point(|ins| ins.at < entry.start);
        for ins in program.ins[from..].iter_mut().take_while(|ins| ins.at < entry.end) {
            ins.handler = number;
        }
    }
    Ok(())
}

struct Reader<'a> {
    code: &'a CodeObject,
    dialect: &'a Dialect,
    interner: &'a mut Interner,
    program: Program,
    instructions: &'a [Instruction],
}

impl Reader<'_> {
    fn push(&mut self, at: u32, act: Act) {
        self.program.ins.push(Ins { act, handler: NO_HANDLER, at });
    }

    fn instruction(&mut self, index: usize) -> Result<(), ReadFault> {
        use Opcode::*;
        let instruction = self.instructions[index];
        let at = instruction.offset;
        let target = || instruction.jump_target(self.code.version).ok_or(ReadFault::Target(at));
        let act = match instruction.opcode {
            JUMP_FORWARD | JUMP_ABSOLUTE | JUMP_BACKWARD | JUMP_BACKWARD_NO_INTERRUPT => Act::Jump(target()?),
            POP_JUMP_IF_FALSE | POP_JUMP_FORWARD_IF_FALSE | POP_JUMP_BACKWARD_IF_FALSE => {
                Act::PopJump(false, target()?)
            }
            POP_JUMP_IF_TRUE | POP_JUMP_FORWARD_IF_TRUE | POP_JUMP_BACKWARD_IF_TRUE => {
                Act::PopJump(true, target()?)
            }
            POP_JUMP_IF_NONE | POP_JUMP_FORWARD_IF_NONE | POP_JUMP_BACKWARD_IF_NONE => {
                self.none_test(at);
                Act::PopJump(true, target()?)
            }
            POP_JUMP_IF_NOT_NONE | POP_JUMP_FORWARD_IF_NOT_NONE | POP_JUMP_BACKWARD_IF_NOT_NONE => {
                self.none_test(at);
                Act::PopJump(false, target()?)
            }
            JUMP_IF_FALSE_OR_POP => Act::JumpOrPop(false, target()?),
            JUMP_IF_TRUE_OR_POP => Act::JumpOrPop(true, target()?),
            JUMP_IF_NOT_EXC_MATCH => {
                self.push(at, Act::ExcMatch);
                Act::PopJump(false, target()?)
            }
            FOR_ITER => Act::ForIter(target()?),
            SEND => Act::Send(target()?),
            SETUP_LOOP => Act::Setup(Setup::Loop, target()?),
            SETUP_EXCEPT => Act::Setup(Setup::Except, target()?),
            SETUP_FINALLY => Act::Setup(Setup::Finally, target()?),
            SETUP_WITH => {
                self.push(at, Act::BeforeWith);
                Act::Setup(Setup::With, target()?)
            }
            SETUP_ASYNC_WITH => Act::Setup(Setup::With, target()?),
            CALL_FINALLY => Act::CallFinally(target()?),
            CONTINUE_LOOP => Act::ContinueLoop(target()?),
            TO_BOOL if self.is_tested(index) => Act::ToBool,
            // `not not x`.
            TO_BOOL => {
                self.push(at, Act::Unary(UnaryOperator::Not));
                Act::Negate
            }
            RETURN_CONST => {
                let constant = self.constant(at, instruction.arg)?;
                self.push(at, constant);
                Act::Return
            }
            _ => return self.plain(index),
        };
        self.push(at, act);
        Ok(())
    }

    /// Whether the instruction behind uses what this one finds out about truth.
    fn is_tested(&self, index: usize) -> bool {
        use Opcode::{POP_JUMP_IF_FALSE, POP_JUMP_IF_TRUE, UNARY_NOT};
        let next = self.instructions.get(index + 1).map(|next| next.opcode);
        matches!(next, Some(POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE | UNARY_NOT))
    }

    /// `POP_JUMP_IF_NONE` says in one what `is None` and a jump say.
    fn none_test(&mut self, at: u32) {
        self.push(at, Act::Const(Interner::NONE));
        self.push(at, Act::Is);
    }

    fn constant(&mut self, at: u32, arg: u32) -> Result<Act, ReadFault> {
        let object = self.code.consts.get(arg as usize).ok_or(ReadFault::Operand(at))?;
        Ok(match &**object {
            Object::Code(_) => Act::Code(arg),
            object => Act::Const(self.interner.object(object)),
        })
    }
}

/// The nested code objects of `code`, by their place among the constants.
pub fn children(code: &CodeObject) -> impl Iterator<Item = (u32, &CodeObject)> {
    code.consts.iter().enumerate().filter_map(|(at, object)| match &**object {
        Object::Code(child) => Some((at as u32, &**child)),
        _ => None,
    })
}

/// The nested code object at a place among the constants.
pub fn child(code: &CodeObject, at: u32) -> Option<&CodeObject> {
    match code.consts.get(at as usize).map(|object| &**object) {
        Some(Object::Code(child)) => Some(child),
        _ => None,
    }
}
