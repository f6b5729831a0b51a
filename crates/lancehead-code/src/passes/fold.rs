//! Computing what only constants go into.

use lancehead_isa::Opcode;
use lancehead_pyc::{Object, ObjectRef};

use super::arithmetic::{self, Unary};
use crate::program::{BinaryOp, Code, Constant, Instr, Intrinsic1, Item, Operand, binary_opcode};

/// The most items of a tuple that is made (`MAX_COLLECTION_SIZE` in `Python/ast_opt.c`).
const MAX_ITEMS: usize = 256;

/// Folds constants, from the innermost expression outwards.
pub(super) fn fold(code: &mut Code) {
    let mut out: Vec<Item> = Vec::with_capacity(code.items.len());
    for item in code.items.drain(..) {
        let Item::Instruction(instruction) = item else {
            out.push(item);
            continue;
        };
        if let Some((taken, value)) = folded(&instruction, &out) {
            out.truncate(out.len() - taken);
            let load = Instr::new(Opcode::LOAD_CONST, Operand::Const(Constant::from(value)));
            out.push(Item::Instruction(load.at(instruction.position)));
            continue;
        }
        match decided(&instruction, &out) {
            Some((taken, jumps)) => {
                out.truncate(out.len() - taken);
                // What stood on a line of its own still does.
                let (opcode, operand) = match jumps {
                    true => (Opcode::JUMP_FORWARD, instruction.operand),
                    false => (Opcode::NOP, Operand::None),
                };
                out.push(Item::Instruction(Instr::new(opcode, operand).at(instruction.position)));
            }
            None => out.push(Item::Instruction(instruction)),
        }
    }
    code.items = out;
}

/// The constant that an instruction loads.
fn constant(item: &Item) -> Option<ObjectRef> {
    let Item::Instruction(instruction) = item else { return None };
    match (instruction.opcode, &instruction.operand) {
        (Opcode::LOAD_CONST, Operand::Const(constant)) if !matches!(*constant.0, Object::Code(_)) => {
            Some(constant.0.clone())
        }
        (Opcode::LOAD_SMALL_INT, Operand::Int(number)) => Some(Object::Int((*number).into()).into()),
        _ => None,
    }
}

/// The last `count` constants loaded, if nothing else stands between.
fn operands(out: &[Item], count: usize) -> Option<Vec<ObjectRef>> {
    out.get(out.len().checked_sub(count)?..)?.iter().map(constant).collect()
}

/// What an instruction makes of constants, and how many of them.
fn folded(instruction: &Instr, out: &[Item]) -> Option<(usize, Object)> {
    let opcode = instruction.opcode;
    if let Some(unary) = unary(instruction) {
        let operand = &operands(out, 1)?[0];
        return Some((1, arithmetic::unary(unary, operand)?));
    }
    if let Some(op) = binary(instruction) {
        let both = operands(out, 2)?;
        return Some((2, arithmetic::binary(op, &both[0], &both[1])?));
    }
    match (opcode, &instruction.operand) {
        (Opcode::BUILD_TUPLE, Operand::Int(count)) if (*count as usize) <= MAX_ITEMS => {
            let count = *count as usize;
            Some((count, Object::Tuple(operands(out, count)?)))
        }
        _ => None,
    }
}

fn unary(instruction: &Instr) -> Option<Unary> {
    Some(match (instruction.opcode, &instruction.operand) {
        (Opcode::UNARY_NEGATIVE, _) => Unary::Negative,
        (Opcode::UNARY_NOT, _) => Unary::Not,
        (Opcode::UNARY_INVERT, _) => Unary::Invert,
        (Opcode::UNARY_POSITIVE, _) => Unary::Positive,
        (_, Operand::Intrinsic1(Intrinsic1::UnaryPositive)) => Unary::Positive,
        _ => return None,
    })
}

fn binary(instruction: &Instr) -> Option<BinaryOp> {
    match instruction.operand {
        Operand::Binary(op) => Some(op),
        Operand::None => BinaryOp::ALL.iter().copied().find(|&op| binary_opcode(op) == instruction.opcode),
        _ => None,
    }
}

/// How many instructions a test of a constant takes, and whether it jumps.
fn decided(instruction: &Instr, out: &[Item]) -> Option<(usize, bool)> {
    use Opcode::*;
    let is_none = |value: &Object| matches!(value, Object::None);
    let jumps_on: fn(bool, bool) -> bool = match instruction.opcode {
        POP_JUMP_IF_TRUE | POP_JUMP_FORWARD_IF_TRUE | POP_JUMP_BACKWARD_IF_TRUE => |truth, _| truth,
        POP_JUMP_IF_FALSE | POP_JUMP_FORWARD_IF_FALSE | POP_JUMP_BACKWARD_IF_FALSE => |truth, _| !truth,
        POP_JUMP_IF_NONE | POP_JUMP_FORWARD_IF_NONE | POP_JUMP_BACKWARD_IF_NONE => |_, none| none,
        POP_JUMP_IF_NOT_NONE | POP_JUMP_FORWARD_IF_NOT_NONE | POP_JUMP_BACKWARD_IF_NOT_NONE => {
            |_, none| !none
        }
        _ => return None,
    };
    let converts = matches!(out.last(), Some(Item::Instruction(last)) if last.opcode == Opcode::TO_BOOL);
    let value = constant(out.get(out.len().checked_sub(1 + usize::from(converts))?)?)?;
    let jumps = jumps_on(arithmetic::truth(&value)?, is_none(&value));
    Some((1 + usize::from(converts), jumps))
}
