//! What the instructions of a code object use names, and constants that hold names, for.

use lancehead_isa::{Instruction, Opcode, OperandKind, decode};
use lancehead_pyc::{CodeObject, Object, PyStr};

/// How many instructions may lie between the default of a parameter and the code of its function.
const MAX_DISTANCE: usize = 200;

/// A function that is stored as soon as it is made.
#[derive(Debug)]
pub(super) struct Definition {
    /// The constant that is its code.
    pub code: usize,
    /// The constant that is its qualified name, up to 3.10.
    pub qualname: Option<usize>,
    /// The variable that it is stored in.
    pub name: PyStr,
}

/// What names and constants are used for, by their indices.
#[derive(Debug, Default)]
pub(super) struct Uses {
    imported: Vec<bool>,
    /// How often constants are names, and how often something else.
    constants: Vec<(u32, u32)>,
    saves: bool,
    definitions: Vec<Definition>,
}

impl Uses {
    /// What the instructions of `code` say. Bytecode that cannot be decoded says nothing.
    pub fn of(code: &CodeObject) -> Uses {
        let mut uses = Uses {
            imported: vec![false; code.names.len()],
            constants: vec![(0, 0); code.consts.len()],
            saves: false,
            definitions: Vec::new(),
        };
        let instructions = decode(code.version, &code.code).unwrap_or_default();
        for (at, instruction) in instructions.iter().enumerate() {
            uses.saves |= instruction.opcode == Opcode::LOAD_FAST_AND_CLEAR;
            uses.definitions.extend(definition(code, &instructions[at..]));
            let operand = instruction.operand(code.version);
            if instruction.opcode == Opcode::IMPORT_NAME
                && let Some(name) = operand.name_index(instruction.arg)
                && let Some(imported) = uses.imported.get_mut(name as usize)
            {
                *imported = true;
            }
            if operand == OperandKind::Const
                && let Some((names, others)) = uses.constants.get_mut(instruction.arg as usize)
            {
                let count = if is_name(code, &instructions, at) { names } else { others };
                *count += 1;
            }
        }
        uses
    }

    /// Whether a name is that of a module that is imported.
    pub fn is_imported(&self, name: usize) -> bool {
        self.imported.get(name).copied().unwrap_or(false)
    }

    /// The constants that are used as names, and for nothing else.
    pub fn name_constants(&self) -> impl Iterator<Item = usize> {
        let uses = self.constants.iter().enumerate();
        uses.filter(|(_, (names, others))| *names > 0 && *others == 0).map(|(at, _)| at)
    }

    /// The functions that are stored as soon as they are made.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// Whether variables of the function are saved, and put back after an inlined comprehension (PEP 709).
    pub fn saves_variables(&self) -> bool {
        self.saves
    }
}

/// The function that the instructions begin to make, if they store it when it is made.
fn definition(code: &CodeObject, instructions: &[Instruction]) -> Option<Definition> {
    let [load, rest @ ..] = instructions else { return None };
    let constant = |load: &Instruction| match load.opcode {
        Opcode::LOAD_CONST => code.consts.get(load.arg as usize).map(|constant| &**constant),
        _ => None,
    };
    constant(load).filter(|constant| matches!(constant, Object::Code(_)))?;
    let named = rest.first().filter(|load| matches!(constant(load), Some(Object::Str(_))));
    let rest = if named.is_some() { &rest[1..] } else { rest };
    let (make, rest) = rest.split_first()?;
    let is_attribute = |instruction: &&Instruction| instruction.opcode == Opcode::SET_FUNCTION_ATTRIBUTE;
    let store = rest.iter().find(|instruction| !is_attribute(instruction))?;
    let at = store.arg as usize;
    let name = match store.opcode {
        Opcode::STORE_NAME | Opcode::STORE_GLOBAL => code.names.get(at),
        Opcode::STORE_FAST => code.varnames.get(at),
        Opcode::STORE_DEREF if code.localsplus.is_empty() => {
            code.cellvars.iter().chain(&code.freevars).nth(at)
        }
        Opcode::STORE_DEREF => code.localsplus.get(at).map(|(name, _)| name),
        _ => None,
    };
    let is_made = make.opcode == Opcode::MAKE_FUNCTION;
    let qualname = named.map(|load| load.arg as usize);
    name.filter(|_| is_made).map(|name| Definition { code: load.arg as usize, qualname, name: name.clone() })
}

/// Whether the constant that the instruction at `at` loads is a name, or a tuple of names.
fn is_name(code: &CodeObject, instructions: &[Instruction], at: usize) -> bool {
    let instruction = &instructions[at];
    if instruction.opcode == Opcode::KW_NAMES {
        return true;
    }
    let Some(next) = instructions.get(at + 1) else { return false };
    let constant = code.consts.get(instruction.arg as usize).map(|constant| &**constant);
    match (constant, next.opcode) {
        (Some(Object::Str(_)), Opcode::MAKE_FUNCTION) => true,
        (Some(Object::Str(_)), Opcode::STORE_NAME) => stores(code, next, "__qualname__"),
        (Some(Object::Str(_)), Opcode::STORE_SUBSCR) => annotates(code, instructions, at),
        (Some(Object::Str(name)), _) => {
            names_class(code, instructions, at)
                || has_default(code, &instructions[at..], Opcode::BUILD_MAP, &[name])
        }
        (Some(Object::Tuple(items)), Opcode::BUILD_CONST_KEY_MAP) => {
            let names = items.iter().map(|item| match &**item {
                Object::Str(name) => Some(name),
                _ => None,
            });
            let names: Option<Vec<&PyStr>> = names.collect();
            names.is_some_and(|names| {
                has_default(code, &instructions[at..], Opcode::BUILD_CONST_KEY_MAP, &names)
            })
        }
        (Some(Object::Tuple(_)), Opcode::STORE_NAME) => stores(code, next, "__static_attributes__"),
        (Some(Object::Tuple(_)), opcode) => matches!(
            opcode,
            Opcode::CALL_FUNCTION_KW | Opcode::CALL_KW | Opcode::MATCH_CLASS | Opcode::IMPORT_NAME
        ),
        _ => false,
    }
}

/// Whether names are those of keyword-only parameters, with defaults, of the function that is made next.
fn has_default(code: &CodeObject, instructions: &[Instruction], build: Opcode, names: &[&PyStr]) -> bool {
    let mut builds = false;
    // The defaults lie not far before the code.
    for instruction in instructions.iter().take(MAX_DISTANCE) {
        builds |= instruction.opcode == build;
        let constant = code.consts.get(instruction.arg as usize).map(|constant| &**constant);
        if let (Opcode::LOAD_CONST, Some(Object::Code(made))) = (instruction.opcode, constant) {
            let (first, count) = (made.argcount as usize, made.kwonlyargcount as usize);
            let mut parameters = made.varnames.iter().skip(first).take(count);
            return builds
                && names.iter().all(|name| parameters.clone().any(|one| one == *name))
                && parameters.next().is_some();
        }
    }
    false
}

fn stores(code: &CodeObject, store: &Instruction, name: &str) -> bool {
    code.names.get(store.arg as usize).is_some_and(|stored| *stored == *name)
}

/// Whether a constant is the key of an annotation, not of just any item of `__annotations__`.
fn annotates(code: &CodeObject, instructions: &[Instruction], at: usize) -> bool {
    if code.name == "__annotate__" {
        return true;
    }
    let before = at.checked_sub(1).map(|before| &instructions[before]);
    let is_dict = before.is_some_and(|load| {
        load.opcode == Opcode::LOAD_NAME
            && code.names.get(load.arg as usize).is_some_and(|name| *name == "__annotations__")
    });
    is_dict && instructions.iter().any(|instruction| instruction.opcode == Opcode::SETUP_ANNOTATIONS)
}

/// Whether a constant follows the function of a class body, as the name of the class does.
fn names_class(code: &CodeObject, instructions: &[Instruction], at: usize) -> bool {
    let Some(Object::Str(name)) = code.consts.get(instructions[at].arg as usize).map(|constant| &**constant)
    else {
        return false;
    };
    let before = instructions[..at].iter().rev();
    let mut before = before.skip_while(|instruction| instruction.opcode == Opcode::SET_FUNCTION_ATTRIBUTE);
    if before.next().is_none_or(|instruction| instruction.opcode != Opcode::MAKE_FUNCTION) {
        return false;
    }
    let is_body = |instruction: &Instruction| match code.consts.get(instruction.arg as usize).map(|c| &**c) {
        Some(Object::Code(body)) => instruction.opcode == Opcode::LOAD_CONST && body.name == *name,
        _ => false,
    };
    before.take(2).any(is_body)
}
