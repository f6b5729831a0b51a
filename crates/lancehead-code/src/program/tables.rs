//! From arguments to operands and back: the names and constants of a code object.

use lancehead_isa::argument::{self, FlaggedName};
use lancehead_isa::operand as isa;
use lancehead_isa::{Opcode, OperandKind};
use lancehead_pyc::co_fast::{CELL, FREE, LOCAL};
use lancehead_pyc::{CodeObject, PyStr};
use rustc_hash::FxHashMap;

use super::{
    BinaryOp, CompareOp, Constant, ImportMode, Intrinsic1, Intrinsic2, Operand, SpecialMethod, Variable,
};

/// Why an operand has no argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoArgument {
    /// This opcode takes another kind of operand.
    WrongKind,
    /// The version cannot express it.
    NotInVersion,
    /// There is no such variable, or it has no place in four bits.
    NoVariable,
}

/// The operand that `arg` of `opcode` stands for, unless that is a place in the code; `None` when it is out of range.
pub(crate) fn operand_of(object: &CodeObject, opcode: Opcode, arg: u32) -> Option<Operand> {
    use OperandKind::*;
    let version = object.version;
    let name = |index: u32| object.names.get(index as usize).cloned();
    Some(match opcode.operand(version) {
        None | JumpAbsolute | JumpForward | JumpBackward | LoopSource => Operand::None,
        Integer | CommonConstant | FormatValue | Conversion | FunctionFlags | FunctionFlag | Invert => {
            Operand::Int(arg)
        }
        Const => Operand::Const(Constant(object.consts.get(arg as usize)?.clone())),
        Name => Operand::Name(name(arg)?),
        NameAndNull => {
            let FlaggedName { name: index, flag } = FlaggedName::of(arg);
            Operand::Global { name: name(index)?, push_null: flag }
        }
        NameAndMethod => {
            let FlaggedName { name: index, flag } = FlaggedName::of(arg);
            Operand::Attribute { name: name(index)?, method: flag }
        }
        SuperName => {
            let argument::SuperName { name: index, method, two_arguments } = argument::SuperName::of(arg);
            Operand::SuperAttribute { name: name(index)?, method, two_arguments }
        }
        LazyName => {
            let modes = [ImportMode::Default, ImportMode::Lazy, ImportMode::Eager, ImportMode::Both];
            let argument::LazyName { name: index, mode } = argument::LazyName::of(arg);
            Operand::Import { name: name(index)?, mode: modes[mode as usize] }
        }
        Local => Operand::Variable(local(object, arg)?),
        LocalPair => {
            let argument::LocalPair { first, second } = argument::LocalPair::of(arg);
            Operand::Variables(local(object, first)?, local(object, second)?)
        }
        Deref => Operand::Variable(cell_or_free(object, arg)?),
        Compare => {
            let (text, to_bool) = isa::compare_op(version, arg)?;
            let op = CompareOp::ALL.iter().copied().find(|op| op.text() == text)?;
            Operand::Compare { op, to_bool }
        }
        BinaryOp => Operand::Binary(isa::binary_op(version, arg).and(self::BinaryOp::from_number(arg))?),
        Intrinsic1 => {
            Operand::Intrinsic1(isa::intrinsic_1(version, arg).and(self::Intrinsic1::from_number(arg))?)
        }
        Intrinsic2 => {
            Operand::Intrinsic2(isa::intrinsic_2(version, arg).and(self::Intrinsic2::from_number(arg))?)
        }
        SpecialMethod => Operand::Special(self::SpecialMethod::from_number(arg)?),
    })
}

/// Whether `arg` of `opcode` stands for `operand`: [`operand_of`] without making one, for the kinds that are common.
fn says(object: &CodeObject, opcode: Opcode, arg: u32, operand: &Operand) -> bool {
    let is_name = |index: u32, name: &PyStr| object.names.get(index as usize) == Some(name);
    match (operand, opcode.operand(object.version)) {
        (Operand::None, OperandKind::None) => true,
        (Operand::Const(constant), OperandKind::Const) => {
            object.consts.get(arg as usize).is_some_and(|known| constant.is(known))
        }
        (Operand::Name(name), OperandKind::Name) => is_name(arg, name),
        (Operand::Global { name, push_null }, OperandKind::NameAndNull) => {
            let packed = FlaggedName::of(arg);
            packed.flag == *push_null && is_name(packed.name, name)
        }
        (Operand::Attribute { name, method }, OperandKind::NameAndMethod) => {
            let packed = FlaggedName::of(arg);
            packed.flag == *method && is_name(packed.name, name)
        }
        _ => operand_of(object, opcode, arg).as_ref() == Some(operand),
    }
}

/// The variable that a `LOAD_FAST` of slot `slot` loads.
fn local(object: &CodeObject, slot: u32) -> Option<Variable> {
    if object.localsplus.is_empty() {
        return object.varnames.get(slot as usize).cloned().map(Variable::Local);
    }
    let (name, kind) = object.localsplus.get(slot as usize)?;
    Some(match kind {
        kind if kind & LOCAL != 0 => Variable::Local(name.clone()),
        kind if kind & CELL != 0 => Variable::Cell(name.clone()),
        _ => Variable::Free(name.clone()),
    })
}

/// The variable that a `LOAD_DEREF` of `index` loads.
fn cell_or_free(object: &CodeObject, index: u32) -> Option<Variable> {
    if object.version.shares_slots() {
        let (name, kind) = object.localsplus.get(index as usize)?;
        return Some(match kind {
            kind if kind & CELL != 0 => Variable::Cell(name.clone()),
            kind if kind & FREE != 0 => Variable::Free(name.clone()),
            _ => Variable::Local(name.clone()),
        });
    }
    let index = index as usize;
    match index.checked_sub(object.cellvars.len()) {
        Some(free) => object.freevars.get(free).cloned().map(Variable::Free),
        None => object.cellvars.get(index).cloned().map(Variable::Cell),
    }
}

/// Finds arguments for operands, and adds to a code object the names and constants that it lacks.
pub(super) struct Interner<'a> {
    pub object: &'a mut CodeObject,
    consts: Option<FxHashMap<Constant, u32>>,
    names: Option<FxHashMap<PyStr, u32>>,
    variables: Option<FxHashMap<Variable, u32>>,
}

impl<'a> Interner<'a> {
    pub(super) fn new(object: &'a mut CodeObject) -> Interner<'a> {
        Interner { object, consts: None, names: None, variables: None }
    }

    /// The argument of `opcode` for `operand`, which must not be a label; `hint` if that says the same.
    pub(super) fn argument(
        &mut self,
        opcode: Opcode,
        operand: &Operand,
        hint: Option<u32>,
    ) -> Result<u32, NoArgument> {
        if let Some(arg) = hint
            && says(self.object, opcode, arg, operand)
        {
            return Ok(arg);
        }
        let arg = self.encode(opcode, operand)?;
        // An operation that this version lacks, or whose number means another one, does not read back.
        match operand_of(self.object, opcode, arg).as_ref() == Some(operand) {
            true => Ok(arg),
            false => Err(NoArgument::NotInVersion),
        }
    }

    fn encode(&mut self, opcode: Opcode, operand: &Operand) -> Result<u32, NoArgument> {
        let version = self.object.version;
        let kind = opcode.operand(version);
        Ok(match (operand, kind) {
            (Operand::None, OperandKind::None) => 0,
            (Operand::Int(number), _) => *number,
            (Operand::Const(constant), OperandKind::Const) => self.constant(constant),
            (Operand::Name(name), OperandKind::Name) => self.name(name),
            (Operand::Global { name, push_null }, OperandKind::NameAndNull) => {
                FlaggedName { name: self.name(name), flag: *push_null }.arg()
            }
            (Operand::Attribute { name, method }, OperandKind::NameAndMethod) => {
                FlaggedName { name: self.name(name), flag: *method }.arg()
            }
            (Operand::SuperAttribute { name, method, two_arguments }, OperandKind::SuperName) => {
                let (method, two_arguments) = (*method, *two_arguments);
                argument::SuperName { name: self.name(name), method, two_arguments }.arg()
            }
            (Operand::Import { name, mode }, OperandKind::LazyName) => {
                argument::LazyName { name: self.name(name), mode: *mode as u32 }.arg()
            }
            (Operand::Variable(variable), OperandKind::Local | OperandKind::Deref) => {
                self.variable(variable)?
            }
            (Operand::Variables(first, second), OperandKind::LocalPair) => {
                let (first, second) = (self.variable(first)?, self.variable(second)?);
                argument::LocalPair { first, second }.arg().ok_or(NoArgument::NoVariable)?
            }
            (Operand::Compare { op, to_bool }, OperandKind::Compare) => {
                argument::compare_arg(version, op.number(), *to_bool)
            }
            (Operand::Binary(op), OperandKind::BinaryOp) => op.number(),
            (Operand::Intrinsic1(function), OperandKind::Intrinsic1) => function.number(),
            (Operand::Intrinsic2(function), OperandKind::Intrinsic2) => function.number(),
            (Operand::Special(method), OperandKind::SpecialMethod) => method.number(),
            _ => return Err(NoArgument::WrongKind),
        })
    }

    fn constant(&mut self, constant: &Constant) -> u32 {
        let consts =
            self.consts.get_or_insert_with(|| index(self.object.consts.iter().cloned().map(Constant)));
        let objects = &mut self.object.consts;
        *consts.entry(constant.clone()).or_insert_with(|| {
            objects.push(constant.0.clone());
            objects.len() as u32 - 1
        })
    }

    fn name(&mut self, name: &PyStr) -> u32 {
        let names = self.names.get_or_insert_with(|| index(self.object.names.iter().cloned()));
        let list = &mut self.object.names;
        *names.entry(name.clone()).or_insert_with(|| {
            list.push(name.clone());
            list.len() as u32 - 1
        })
    }

    fn variable(&mut self, variable: &Variable) -> Result<u32, NoArgument> {
        let variables = self.variables.get_or_insert_with(|| variables(self.object));
        variables.get(variable).copied().ok_or(NoArgument::NoVariable)
    }
}

/// Items by value, with the index of the first that has it.
fn index<T: std::hash::Hash + Eq>(items: impl Iterator<Item = T>) -> FxHashMap<T, u32> {
    let mut map = FxHashMap::default();
    for (index, item) in (0..).zip(items) {
        map.entry(item).or_insert(index);
    }
    map
}

/// Every variable with the argument that stands for it.
fn variables(object: &CodeObject) -> FxHashMap<Variable, u32> {
    let mut map = FxHashMap::default();
    if !object.version.shares_slots() {
        let locals = object.varnames.iter().cloned().map(Variable::Local);
        map.extend(locals.zip(0..));
        let cells = object.cellvars.iter().cloned().map(Variable::Cell);
        map.extend(cells.chain(object.freevars.iter().cloned().map(Variable::Free)).zip(0..));
        return map;
    }
    for (slot, (name, kind)) in (0..).zip(&object.localsplus) {
        let local = Some(Variable::Local(name.clone())).filter(|_| kind & LOCAL != 0);
        let cell = Some(Variable::Cell(name.clone())).filter(|_| kind & CELL != 0);
        let free = Some(Variable::Free(name.clone())).filter(|_| kind & FREE != 0);
        for variable in [local, cell, free].into_iter().flatten() {
            map.entry(variable).or_insert(slot);
        }
    }
    map
}
