//! What arguments stand for, and how `dis` shows it.

use std::collections::BTreeMap;

use lancehead_isa::argument::{self, FlaggedName, Format};
use lancehead_isa::{Instruction, OperandKind, operand};
use lancehead_pyc::{CodeObject, PyStr};

use super::ArgValue;
use super::style::Style;
use crate::repr::repr;

/// Resolves arguments against one code object.
pub(super) struct Arguments<'a> {
    code: &'a CodeObject,
    labels: &'a BTreeMap<u32, u32>,
    style: Style,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(code: &'a CodeObject, labels: &'a BTreeMap<u32, u32>) -> Arguments<'a> {
        Arguments { code, labels, style: Style::of(code.version) }
    }

    /// The value and the text of an instruction's argument.
    pub(super) fn resolve(&self, instruction: &Instruction) -> (ArgValue, String) {
        use OperandKind::*;
        let version = self.code.version;
        let arg = instruction.arg;
        let plain = |text: Option<&str>| match text {
            Some(text) => (ArgValue::Int(arg), text.to_owned()),
            Option::None => (ArgValue::Int(arg), String::new()),
        };
        match instruction.operand(version) {
            None => (ArgValue::None, String::new()),
            Integer => plain(Option::None),
            Const => self.constant(arg),
            Name => self.name(arg, ""),
            NameAndNull => {
                let FlaggedName { name, flag } = FlaggedName::of(arg);
                self.name(name, if flag { "NULL" } else { "" })
            }
            NameAndMethod => {
                let FlaggedName { name, flag } = FlaggedName::of(arg);
                self.name(name, if flag { "NULL|self" } else { "" })
            }
            SuperName => {
                let argument::SuperName { name, method, .. } = argument::SuperName::of(arg);
                self.name(name, if method { "NULL|self" } else { "" })
            }
            LazyName => {
                let argument::LazyName { name, mode } = argument::LazyName::of(arg);
                self.name(name, ["", "lazy", "eager", "lazy"][mode as usize])
            }
            Local => named(arg, self.code.slot_name(arg)),
            LocalPair => self.pair(argument::LocalPair::of(arg), arg),
            Deref => named(arg, self.cell_name(arg)),
            JumpAbsolute | JumpForward | JumpBackward | LoopSource => self.target(instruction),
            Compare => compare(operand::compare_op(version, arg), arg),
            BinaryOp => plain(operand::binary_op(version, arg)),
            Intrinsic1 => plain(operand::intrinsic_1(version, arg)),
            Intrinsic2 => plain(operand::intrinsic_2(version, arg)),
            CommonConstant => match operand::common_constant(version, arg) {
                Some(text @ ("all" | "any")) => {
                    (ArgValue::Builtin(text), format!("<built-in function {text}>"))
                }
                Some(text) => (ArgValue::Builtin(text), text.to_owned()),
                Option::None => out_of_range(arg),
            },
            SpecialMethod => plain(operand::SPECIAL_METHODS.get(arg as usize).copied()),
            FormatValue => format_value(arg),
            Conversion => conversion(arg),
            FunctionFlags | FunctionFlag => plain(Some(&function_flags(arg))),
            Invert => plain(self.style.inversion.then(|| inversion(instruction))),
        }
    }

    fn constant(&self, arg: u32) -> (ArgValue, String) {
        match self.code.consts.get(arg as usize) {
            Some(constant) => (ArgValue::Const(constant.clone()), repr(constant)),
            None => out_of_range(arg),
        }
    }

    /// A name, and what is loaded beside it.
    fn name(&self, index: u32, beside: &str) -> (ArgValue, String) {
        let (value, name) = named(index, self.code.names.get(index as usize));
        let text = match (beside, self.style.null_follows) {
            // `from . import x` imports a module without a name; nothing is shown beside that.
            _ if name.is_empty() || beside.is_empty() => name,
            (_, true) => format!("{name} + {beside}"),
            (_, false) => format!("{beside} + {name}"),
        };
        (value, text)
    }

    fn pair(&self, pair: argument::LocalPair, arg: u32) -> (ArgValue, String) {
        match (self.code.slot_name(pair.first), self.code.slot_name(pair.second)) {
            (Some(first), Some(second)) => {
                (ArgValue::Names(first.clone(), second.clone()), format!("{first}, {second}"))
            }
            _ => out_of_range(arg),
        }
    }

    fn cell_name(&self, index: u32) -> Option<&PyStr> {
        if !self.code.localsplus.is_empty() {
            return self.code.slot_name(index);
        }
        let cells = self.code.cellvars.len();
        match (index as usize).checked_sub(cells) {
            Some(free) => self.code.freevars.get(free),
            None => self.code.cellvars.get(index as usize),
        }
    }

    fn target(&self, instruction: &Instruction) -> (ArgValue, String) {
        let kind = instruction.operand(self.code.version);
        let Some(offset) = instruction.operand_offset(self.code.version) else {
            return out_of_range(instruction.arg);
        };
        let preposition = if kind == OperandKind::LoopSource { "from" } else { "to" };
        let label = u32::try_from(offset).ok().and_then(|offset| self.labels.get(&offset));
        let text = match label {
            Some(label) if self.style.labels => format!("{preposition} L{label}"),
            _ if kind == OperandKind::JumpAbsolute && !self.style.absolute_targets => String::new(),
            _ => format!("{preposition} {offset}"),
        };
        (ArgValue::Target(offset), text)
    }
}

fn out_of_range(index: u32) -> (ArgValue, String) {
    (ArgValue::OutOfRange(index), "out of range".to_owned())
}

fn named(index: u32, name: Option<&PyStr>) -> (ArgValue, String) {
    match name {
        Some(name) => (ArgValue::Name(name.clone()), name.to_string_lossy().into_owned()),
        None => out_of_range(index),
    }
}

fn compare(operator: Option<(&'static str, bool)>, arg: u32) -> (ArgValue, String) {
    match operator {
        Some((operator, true)) => (ArgValue::Compare(operator), format!("bool({operator})")),
        Some((operator, false)) => (ArgValue::Compare(operator), operator.to_owned()),
        None => out_of_range(arg),
    }
}

fn converter(arg: u32) -> Option<&'static str> {
    operand::CONVERSIONS.get(arg as usize).copied().filter(|name| !name.is_empty())
}

fn format_value(arg: u32) -> (ArgValue, String) {
    let Format { conversion, has_spec } = Format::of_value(arg);
    let function = converter(conversion);
    let parts: Vec<&str> = function.into_iter().chain(has_spec.then_some("with format")).collect();
    (ArgValue::Format(function, has_spec), parts.join(", "))
}

fn conversion(arg: u32) -> (ArgValue, String) {
    if arg as usize >= operand::CONVERSIONS.len() {
        return out_of_range(arg);
    }
    (ArgValue::Conversion(converter(arg)), converter(arg).unwrap_or_default().to_owned())
}

fn function_flags(arg: u32) -> String {
    let set = operand::FUNCTION_ATTRIBUTES.iter().enumerate().filter(|(bit, _)| arg >> bit & 1 == 1);
    set.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

fn inversion(instruction: &Instruction) -> &'static str {
    let is = instruction.opcode == lancehead_isa::Opcode::IS_OP;
    match (is, instruction.arg != 0) {
        (true, false) => "is",
        (true, true) => "is not",
        (false, false) => "in",
        (false, true) => "not in",
    }
}
