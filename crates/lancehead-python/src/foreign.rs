//! Foreign constants as names: source can write a name where it cannot write the object.
//!
//! `LOAD_CONST` of a foreign constant becomes the load of a global name and, in code compiled from that source, the load
//! of the name becomes `LOAD_CONST` again.

use lancehead_code::program::{Code, Constant, Instr, Item, Operand};
use lancehead_isa::{Opcode, OperandKind};
use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr, co_flags};
use rustc_hash::FxHashSet;

use crate::live::{foreign_number, marker};

/// Why foreign constants could not be exchanged for names, or back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The bytecode is malformed.
    #[error("{0}")]
    Read(#[from] lancehead_code::program::ReadCodeError),
    /// The result cannot be put together.
    #[error("{0}")]
    Assemble(#[from] lancehead_code::program::AssembleError),
    /// Something other than a load uses one.
    #[error("{0} of an object that source cannot write")]
    Use(&'static str),
}

/// A name for each of `count` foreign constants, none of which the code uses.
pub(crate) fn names_for(code: &CodeObject, count: usize) -> Vec<PyStr> {
    let mut used = FxHashSet::default();
    gather(code, &mut used);
    let free = |name: &PyStr| !used.contains(name);
    (0..).map(|n| PyStr::from(format!("_const_{n}"))).filter(free).take(count).collect()
}

fn gather(code: &CodeObject, used: &mut FxHashSet<PyStr>) {
    let lists = [&code.names, &code.varnames, &code.cellvars, &code.freevars];
    used.extend(lists.into_iter().flatten().cloned());
    for constant in &code.consts {
        if let Object::Code(inner) = &**constant {
            gather(inner, used);
        }
    }
}

/// `code` in which foreign constants are loaded by these names.
pub(crate) fn to_names(code: &CodeObject, names: &[PyStr]) -> Result<CodeObject, Fault> {
    change(code, &|instruction, code| {
        let Operand::Const(constant) = &instruction.operand else { return Ok(None) };
        let Some(name) = foreign_number(&constant.0).and_then(|number| names.get(number)) else {
            return Ok(None);
        };
        let load = |opcode| Instr { opcode, operand: operand(code, opcode, name), ..unhinted(instruction) };
        let opcode =
            if code.flags & co_flags::OPTIMIZED != 0 { Opcode::LOAD_GLOBAL } else { Opcode::LOAD_NAME };
        match instruction.opcode {
            Opcode::LOAD_CONST => Ok(Some(vec![load(opcode)])),
            Opcode::RETURN_CONST => {
                let leave =
                    Instr { opcode: Opcode::RETURN_VALUE, operand: Operand::None, ..unhinted(instruction) };
                Ok(Some(vec![load(opcode), leave]))
            }
            other => Err(Fault::Use(other.name())),
        }
    })
}

/// `code` in which these names stand for foreign constants, with markers in their places.
pub(crate) fn to_constants(code: &CodeObject, names: &[PyStr]) -> Result<CodeObject, Fault> {
    let number_of = |name: &PyStr| names.iter().position(|known| known == name);
    change(code, &|instruction, code| {
        let (name, null) = match &instruction.operand {
            Operand::Global { name, push_null } => (name, *push_null),
            Operand::Name(name) => (name, false),
            _ => return Ok(None),
        };
        let Some(number) = number_of(name) else { return Ok(None) };
        if !matches!(instruction.opcode, Opcode::LOAD_GLOBAL | Opcode::LOAD_NAME) {
            // An attribute may be called as a placeholder is.
            return Ok(None);
        }
        let constant: ObjectRef = Object::Str(marker(number)).into();
        let operand = Operand::Const(Constant(constant));
        let mut put = vec![Instr { opcode: Opcode::LOAD_CONST, operand, ..unhinted(instruction) }];
        if null {
            let push = Instr { opcode: Opcode::PUSH_NULL, operand: Operand::None, ..unhinted(instruction) };
            // Its slot lies under the callable up to 3.12, above it since.
            let under = code.version.has_self_slot() && !code.version.null_after();
            put.insert(usize::from(!under), push);
        }
        Ok(Some(put))
    })
}

type Replace<'a> = dyn Fn(&Instr, &CodeObject) -> Result<Option<Vec<Instr>>, Fault> + 'a;

/// `code`, and the code in it, with instructions replaced.
fn change(code: &CodeObject, replace: &Replace<'_>) -> Result<CodeObject, Fault> {
    let mut program = Code::of(code)?;
    let mut items = Vec::with_capacity(program.items.len());
    let mut changed = false;
    for item in std::mem::take(&mut program.items) {
        match &item {
            Item::Instruction(instruction) => match replace(instruction, code)? {
                Some(new) => {
                    changed = true;
                    items.extend(new.into_iter().map(Item::Instruction));
                }
                None => items.push(item),
            },
            Item::Label(_) | Item::Line(_) => items.push(item),
        }
    }
    program.items = items;
    let mut object = if changed { program.assemble()? } else { code.clone() };
    for constant in &mut object.consts {
        if let Object::Code(inner) = &**constant {
            *constant = Object::Code(Box::new(change(inner, replace)?)).into();
        }
    }
    Ok(object)
}

/// `code`, and the code in it, without the markers that no instruction loads.
pub(crate) fn without_markers(code: &mut CodeObject) {
    for constant in &mut code.consts {
        match &**constant {
            Object::Code(inner) => {
                let mut inner = inner.clone();
                without_markers(&mut inner);
                *constant = Object::Code(inner).into();
            }
            other if foreign_number(other).is_some() => *constant = Object::None.into(),
            _ => {}
        }
    }
}

fn operand(code: &CodeObject, opcode: Opcode, name: &PyStr) -> Operand {
    match opcode.operand(code.version) {
        OperandKind::NameAndNull => Operand::Global { name: name.clone(), push_null: false },
        _ => Operand::Name(name.clone()),
    }
}

/// An instruction at the same place, to be encoded anew.
fn unhinted(instruction: &Instr) -> Instr {
    Instr { hint: Default::default(), ..instruction.clone() }
}
