//! Writing code objects as text.

use std::fmt::Write as _;

use lancehead_isa::{Position, decode};
use lancehead_pyc::{CodeObject, Object, PyStr, Version};
use rustc_hash::FxHashMap;

use super::literal::{self, write_name, write_string};
use super::{PrintError, operand};
use crate::program::{Code, Hint, Instr, Item, Label, Operand};

/// The column in which operands of opcodes begin, if these are not longer.
const OPERAND_COLUMN: usize = 24;

/// Writes `code`, and all code objects among its constants, as text that [`parse`](super::parse) reads back.
///
/// # Errors
/// When a code object cannot be taken apart and put together, or has constants of types that no compiler makes
/// constants of (lists, dicts, sets).
pub fn print(code: &CodeObject) -> Result<String, PrintError> {
    let mut out = format!(".python {}\n", code.version);
    // Code objects within one another, each with the constant to write next.
    let mut open = vec![(code, 0)];
    print_settings(code, &mut out);
    while let Some((code, next)) = open.last_mut() {
        let (code, index) = (*code, *next);
        *next += 1;
        match code.consts.get(index).map(|constant| &**constant) {
            Some(Object::Code(nested)) => {
                print_settings(nested, &mut out);
                open.push((nested, 0));
            }
            Some(constant) => {
                out.push_str("    ");
                literal::write(constant, &mut out).ok_or(PrintError::Constant(index))?;
                out.push('\n');
            }
            None => {
                print_body(code, &mut out)?;
                open.pop();
            }
        }
    }
    Ok(out)
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(text);
}

fn print_settings(code: &CodeObject, out: &mut String) {
    out.push_str("\n.code ");
    write_string(&code.name, out);
    for (setting, text) in [(".qualname", &code.qualname), (".filename", &code.filename)] {
        put(out, format_args!("\n{setting} "));
        write_string(text, out);
    }
    put(out, format_args!("\n.argcount {}", code.argcount));
    put(out, format_args!("\n.posonlyargcount {}", code.posonlyargcount));
    put(out, format_args!("\n.kwonlyargcount {}", code.kwonlyargcount));
    put(out, format_args!("\n.firstlineno {}", code.firstlineno));
    put(out, format_args!("\n.flags {:#x}", code.flags));
    put(out, format_args!("\n.stacksize {}", code.stacksize));
    let lists = [
        (".names", &code.names),
        (".varnames", &code.varnames),
        (".cellvars", &code.cellvars),
        (".freevars", &code.freevars),
    ];
    for (setting, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
        put(out, format_args!("\n{setting}"));
        names.iter().for_each(|name| print_name(name, out));
    }
    if code.nlocals as usize != code.varnames.len() {
        put(out, format_args!("\n.nlocals {}", code.nlocals));
    }
    let mut derived = CodeObject { localsplus: Vec::new(), ..code.clone() };
    if code.version.shares_slots() {
        derived.set_localsplus_from_variables();
    }
    if derived.localsplus != code.localsplus {
        out.push_str("\n.localsplus");
        for (name, kind) in &code.localsplus {
            print_name(name, out);
            put(out, format_args!(" {kind:#x}"));
        }
    }
    out.push_str("\n.consts\n");
}

fn print_name(name: &PyStr, out: &mut String) {
    out.push(' ');
    write_name(name, out);
}

fn print_body(object: &CodeObject, out: &mut String) -> Result<(), PrintError> {
    let code = Code::of(object)?;
    let needed = needed_hints(object, &code)?;
    let again = code.assemble()?;
    let kept = |code: &CodeObject| (code.code.clone(), code.exceptiontable.clone(), code.stacksize);
    if kept(&again) != kept(object) {
        return Err(PrintError::NotKept);
    }
    if needed.lines {
        out.push_str(".lnotab ");
        object.linetable.iter().for_each(|byte| put(out, format_args!("{byte:02x}")));
        out.push('\n');
    }
    out.push_str(".body\n");
    let numbers = label_numbers(&code);
    let number = |label: Label| numbers.get(&label).copied().unwrap_or(label);
    let mut position = Position::default();
    let mut index = 0;
    for item in &code.items {
        match item {
            Item::Label(label) => put(out, format_args!("L{}:\n", number(*label).0)),
            // Nothing that was read has one.
            Item::Line(_) => {}
            Item::Instruction(instruction) => {
                let mut instruction = instruction.clone();
                if let Operand::Label(label) = &mut instruction.operand {
                    *label = number(*label);
                }
                print_instruction(code.object.version, &instruction, needed.of(index), position, out)?;
                position = instruction.position;
                index += 1;
            }
        }
    }
    for region in &code.regions {
        let [start, end, handler] = [region.start, region.end, region.handler].map(|label| number(label).0);
        let lasti = if region.lasti { " lasti" } else { "" };
        put(out, format_args!("    .try L{start} L{end} -> L{handler} {}{lasti}\n", region.depth));
    }
    out.push_str(".end\n");
    Ok(())
}

/// Numbers for labels, from 1, in the order of the text.
fn label_numbers(code: &Code) -> FxHashMap<Label, Label> {
    let labels = code.items.iter().filter_map(|item| match item {
        Item::Label(label) => Some(*label),
        Item::Line(_) | Item::Instruction(_) => None,
    });
    labels.zip((1..).map(Label)).collect()
}

fn print_instruction(
    version: Version,
    instruction: &Instr,
    hint: Hint,
    before: Position,
    out: &mut String,
) -> Result<(), PrintError> {
    let name = instruction.opcode.name_in(version);
    put(out, format_args!("    {name}"));
    let mut text = String::new();
    let arg = instruction.hint.arg;
    operand::write(&instruction.operand, arg, &mut text)
        .ok_or(PrintError::Constant(arg.unwrap_or(0) as usize))?;
    if !text.is_empty() {
        out.extend(std::iter::repeat_n(' ', OPERAND_COLUMN.saturating_sub(name.len())));
        out.push_str(&text);
    }
    if hint != Hint::default() {
        out.push_str(" {");
        if let Some(arg) = hint.arg {
            put(out, format_args!(" arg {arg}"));
        }
        if hint.prefixes > 0 {
            put(out, format_args!(" prefixes {}", hint.prefixes));
        }
        out.push_str(" }");
    }
    if instruction.position != before {
        print_position(instruction.position, out);
    }
    out.push('\n');
    Ok(())
}

fn print_position(position: Position, out: &mut String) {
    let part = |part: Option<u32>| part.map_or("?".to_owned(), |number| number.to_string());
    put(out, format_args!("  @{}", part(position.line)));
    if (position.end_line, position.col, position.end_col) != (None, None, None) {
        let rest = [position.col, position.end_line, position.end_col].map(part);
        put(out, format_args!(":{}-{}:{}", rest[0], rest[1], rest[2]));
    }
}

/// What the text must say beside operands for the code to come out as it was.
struct Needed {
    by_instruction: Vec<Hint>,
    lines: bool,
}

impl Needed {
    fn of(&self, index: usize) -> Hint {
        self.by_instruction.get(index).copied().unwrap_or_default()
    }
}

/// Assembles the code without hints, and compares.
fn needed_hints(object: &CodeObject, code: &Code) -> Result<Needed, PrintError> {
    let mut stripped = code.clone();
    stripped.object.linetable = Vec::new();
    for item in &mut stripped.items {
        if let Item::Instruction(instruction) = item {
            instruction.hint = Hint::default();
        }
    }
    let plain = stripped.assemble()?;
    let lines = object.version.has_lnotab() && plain.linetable != object.linetable;
    if plain.code == object.code {
        return Ok(Needed { by_instruction: Vec::new(), lines });
    }
    let chosen = decode(plain.version, &plain.code).unwrap_or_default();
    let by_instruction = code.instructions().zip(&chosen).map(|(instruction, chosen)| {
        let hint = instruction.hint;
        let same_prefixes = u32::from(hint.prefixes) == (chosen.offset - chosen.start) / 2;
        match hint.arg {
            Some(arg) if arg == chosen.arg && same_prefixes => Hint::default(),
            None if same_prefixes => Hint::default(),
            _ => hint,
        }
    });
    Ok(Needed { by_instruction: by_instruction.collect(), lines })
}
