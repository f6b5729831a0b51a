//! Calls of `iter` as the instruction that they stand for.
//!
//! No expression leaves an iterator of a value, so that source writes `iter(value)` for a `GET_ITER` that no loop follows.
//! What `iter` is when the code runs, nobody knows; the instruction does not ask.

use lancehead_code::program::{Code, Instr, Item, Operand};
use lancehead_decompile::ITER;
use lancehead_isa::{Flow, Opcode};
use lancehead_pyc::{CodeObject, Object, Version};

use crate::foreign::Fault;

/// Whether `code`, or code in it, has a name or variable `iter`.
pub(crate) fn mentions_iter(code: &CodeObject) -> bool {
    let lists = [&code.names, &code.varnames, &code.cellvars, &code.freevars];
    lists.into_iter().flatten().any(|name| *name == *ITER)
        || code.consts.iter().any(|constant| match &**constant {
            Object::Code(inner) => mentions_iter(inner),
            _ => false,
        })
}

/// `code` with `GET_ITER` in place of the calls of a global `iter` whose argument is evaluated without a branch.
pub(crate) fn to_instructions(code: &CodeObject) -> Result<CodeObject, Fault> {
    let mut program = Code::of(code)?;
    while let Some(call) = find(&program.items, code.version) {
        if let Item::Instruction(instruction) = &mut program.items[call.at] {
            let position = instruction.position;
            *instruction = Instr { position, ..Instr::new(Opcode::GET_ITER, Operand::None) };
        }
        for at in call.dropped.into_iter().rev() {
            program.items.remove(at);
        }
    }
    let mut object = program.assemble()?;
    for constant in &mut object.consts {
        if let Object::Code(inner) = &**constant {
            *constant = Object::Code(Box::new(to_instructions(inner)?)).into();
        }
    }
    Ok(object)
}

/// A call of `iter`.
struct Call {
    at: usize,
    /// What prepares it, in order.
    dropped: Vec<usize>,
}

fn find(items: &[Item], version: Version) -> Option<Call> {
    items.iter().enumerate().find_map(|(at, item)| match item {
        Item::Instruction(Instr { opcode: Opcode::LOAD_GLOBAL, operand, .. }) => match operand {
            Operand::Global { name, push_null } if *name == *ITER => {
                call_of(items, at, 1 + u64::from(*push_null), version)
            }
            Operand::Name(name) if *name == *ITER => call_of(items, at, 1, version),
            _ => None,
        },
        _ => None,
    })
}

/// The call of what was loaded at `at`, which has left `depth` values on the stack.
fn call_of(items: &[Item], at: usize, depth: u64, version: Version) -> Option<Call> {
    let mut dropped = vec![at];
    let mut depth = depth;
    for (at, item) in items.iter().enumerate().skip(at + 1) {
        let instruction = match item {
            Item::Instruction(instruction) => instruction,
            Item::Line(_) => continue,
            Item::Label(_) => return None,
        };
        let arg = instruction.hint.arg.unwrap_or(0);
        let effect = instruction.opcode.stack_effect(version, arg);
        match instruction.opcode {
            Opcode::CALL | Opcode::CALL_FUNCTION if effect.pops == depth && arg == 1 => {
                let prepares =
                    |item: &Item| matches!(item, Item::Instruction(i) if i.opcode == Opcode::PRECALL);
                if prepares(&items[at - 1]) {
                    dropped.push(at - 1);
                }
                return Some(Call { at, dropped });
            }
            opcode if opcode.flow() != Flow::Next || effect.pops >= depth => return None,
            _ => depth = depth - effect.pops + effect.pushes,
        }
    }
    None
}
