//! Operands as text.

use std::fmt::Write as _;

use lancehead_isa::{Opcode, OperandKind};
use lancehead_pyc::{CodeObject, Object, PyStr};

use super::cursor::{Cursor, Parsed};
use super::literal::{self, write_name};
use crate::program::{
    BinaryOp, CompareOp, Constant, ImportMode, Intrinsic1, Intrinsic2, Label, Operand, SpecialMethod,
    Variable,
};

/// Writes an operand; `None` for a constant that the text has no form for.
pub(super) fn write(operand: &Operand, arg: Option<u32>, out: &mut String) -> Option<()> {
    match operand {
        Operand::None => {}
        Operand::Int(number) => put(out, format_args!(" {number}")),
        Operand::Const(constant) if matches!(*constant.0, Object::Code(_)) => {
            put(out, format_args!(" code {}", arg.unwrap_or(0)));
        }
        Operand::Const(constant) => {
            out.push(' ');
            literal::write(&constant.0, out)?;
        }
        Operand::Name(name) => write_with(name, &[], out),
        Operand::Global { name, push_null } => write_with(name, &[(*push_null, "NULL")], out),
        Operand::Attribute { name, method } => write_with(name, &[(*method, "self")], out),
        Operand::SuperAttribute { name, method, two_arguments } => {
            write_with(name, &[(*method, "self"), (*two_arguments, "two")], out);
        }
        Operand::Import { name, mode } => write_with(name, &mode.flags(), out),
        Operand::Variable(variable) => write_variable(variable, out),
        Operand::Variables(first, second) => {
            write_variable(first, out);
            out.push(',');
            write_variable(second, out);
        }
        Operand::Label(label) => put(out, format_args!(" L{}", label.0)),
        Operand::Compare { op, to_bool } => {
            put(out, format_args!(" {}{}", op.text(), if *to_bool { " bool" } else { "" }));
        }
        Operand::Binary(op) => put(out, format_args!(" {}", op.text())),
        Operand::Intrinsic1(function) => put(out, format_args!(" {}", function.text())),
        Operand::Intrinsic2(function) => put(out, format_args!(" {}", function.text())),
        Operand::Special(method) => put(out, format_args!(" {}", method.text())),
    }
    Some(())
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(text);
}

fn write_with(name: &PyStr, flags: &[(bool, &str)], out: &mut String) {
    out.push(' ');
    write_name(name, out);
    for (_, flag) in flags.iter().filter(|(set, _)| *set) {
        put(out, format_args!(" + {flag}"));
    }
}

fn write_variable(variable: &Variable, out: &mut String) {
    out.push_str(match variable {
        Variable::Local(_) => " local ",
        Variable::Cell(_) => " cell ",
        Variable::Free(_) => " free ",
    });
    write_name(variable.name(), out);
}

/// Reads the operand of `opcode`; `label` finds the label of a name.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    object: &CodeObject,
    opcode: Opcode,
    label: impl FnOnce(&str) -> Label,
) -> Parsed<Operand> {
    use OperandKind::*;
    Ok(match opcode.operand(object.version) {
        None => Operand::None,
        Integer | CommonConstant | FormatValue | Conversion | FunctionFlags | FunctionFlag | Invert => {
            Operand::Int(cursor.number()?)
        }
        Const => Operand::Const(constant(cursor, object)?),
        Name => Operand::Name(cursor.name()?),
        NameAndNull => {
            let (name, [push_null]) = with(cursor, ["NULL"])?;
            Operand::Global { name, push_null }
        }
        NameAndMethod => {
            let (name, [method]) = with(cursor, ["self"])?;
            Operand::Attribute { name, method }
        }
        SuperName => {
            let (name, [method, two_arguments]) = with(cursor, ["self", "two"])?;
            Operand::SuperAttribute { name, method, two_arguments }
        }
        LazyName => {
            let (name, flags) = with(cursor, ["lazy", "eager"])?;
            let mode = match flags {
                [false, false] => ImportMode::Default,
                [true, false] => ImportMode::Lazy,
                [false, true] => ImportMode::Eager,
                [true, true] => ImportMode::Both,
            };
            Operand::Import { name, mode }
        }
        Local | Deref => Operand::Variable(variable(cursor)?),
        LocalPair => {
            let first = variable(cursor)?;
            cursor.take(",")?;
            Operand::Variables(first, variable(cursor)?)
        }
        JumpAbsolute | JumpForward | JumpBackward | LoopSource => match cursor.word() {
            Some(name) => Operand::Label(label(name)),
            Option::None => return cursor.expected("a label"),
        },
        Compare => compare(cursor)?,
        BinaryOp => {
            Operand::Binary(one_of(cursor, self::BinaryOp::ALL, |op| op.text(), "a binary operator")?)
        }
        Intrinsic1 => {
            Operand::Intrinsic1(one_of(cursor, self::Intrinsic1::ALL, |f| f.text(), "an intrinsic function")?)
        }
        Intrinsic2 => {
            Operand::Intrinsic2(one_of(cursor, self::Intrinsic2::ALL, |f| f.text(), "an intrinsic function")?)
        }
        SpecialMethod => {
            Operand::Special(one_of(cursor, self::SpecialMethod::ALL, |m| m.text(), "a special method")?)
        }
    })
}

fn constant(cursor: &mut Cursor<'_>, object: &CodeObject) -> Parsed<Constant> {
    let before = cursor.clone();
    if !cursor.eat_word("code") {
        return literal::read(cursor).map(Constant::from);
    }
    let index = cursor.number()?;
    match object.consts.get(index as usize) {
        Some(constant) if matches!(**constant, Object::Code(_)) => Ok(Constant(constant.clone())),
        _ => before.error(format!("constant {index} is no code object")),
    }
}

/// A name, and which of `flags` follow it.
fn with<const N: usize>(cursor: &mut Cursor<'_>, flags: [&str; N]) -> Parsed<(PyStr, [bool; N])> {
    let name = cursor.name()?;
    let mut found = [false; N];
    while cursor.eat("+") {
        match flags.iter().position(|flag| cursor.eat_word(flag)) {
            Some(at) => found[at] = true,
            None => return cursor.expected(&format!("`{}`", flags.join("` or `"))),
        }
    }
    Ok((name, found))
}

fn variable(cursor: &mut Cursor<'_>) -> Parsed<Variable> {
    if cursor.eat_word("local") {
        cursor.name().map(Variable::Local)
    } else if cursor.eat_word("cell") {
        cursor.name().map(Variable::Cell)
    } else if cursor.eat_word("free") {
        cursor.name().map(Variable::Free)
    } else {
        cursor.expected("`local`, `cell` or `free`")
    }
}

fn compare(cursor: &mut Cursor<'_>) -> Parsed<Operand> {
    // The longest operator that fits, words too: `is not` before `is`.
    let mut ops: Vec<CompareOp> = CompareOp::ALL.to_vec();
    ops.sort_by_key(|op| std::cmp::Reverse(op.text().len()));
    match ops.into_iter().find(|op| cursor.eat(op.text())) {
        Some(op) => Ok(Operand::Compare { op, to_bool: cursor.eat_word("bool") }),
        None => cursor.expected("a comparison"),
    }
}

/// Takes what comes before the next blank, which must be the text of one of `all`.
fn one_of<T: Copy>(cursor: &mut Cursor<'_>, all: &[T], text: fn(T) -> &'static str, what: &str) -> Parsed<T> {
    let before = cursor.clone();
    let chunk = cursor.chunk();
    match all.iter().copied().find(|&candidate| text(candidate) == chunk) {
        Some(found) => Ok(found),
        None => before.expected(what),
    }
}
