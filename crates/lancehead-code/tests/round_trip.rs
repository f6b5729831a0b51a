//! What is taken apart and put together again is the same, byte for byte: over the standard library of each interpreter.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

mod support;

use std::cmp::Ordering;
use std::sync::Arc;

use lancehead_code::program::{Code, Constant, Hint, Item};
use lancehead_code::verify::verify;
use lancehead_code::{StackDepths, asm, authentic, code_tree};
use lancehead_isa::{
    LineRange, LineTable, decode, encode_exception_table, encode_line_table, exception_table,
};
use lancehead_pyc::{CodeObject, Object, Version};

type Check = fn(&CodeObject) -> Result<(), &'static str>;

/// What is checked of every code object. Each says in a few words what differs.
const CHECKS: [(&str, Check); 7] = [
    ("exception tables", exception_tables),
    ("line tables", line_tables),
    ("assembled", assembled),
    ("assembled without hints", assembled_without_hints),
    ("stack sizes", stack_sizes),
    ("verified", verified),
    ("authentic", as_compiled),
];

/// Runs all checks over the standard library of each interpreter found; over its tests too when `LANCEHEAD_FULL=1`.
#[test]
fn all_code_of_all_versions() {
    for (version, python) in support::interpreters::found() {
        let mut equal = [0usize; CHECKS.len()];
        let mut failures = Vec::new();
        let mut codes = 0;
        support::for_each_module(version, &python, "none", |name, module, _| {
            if let Err(what) = text_assembly(module) {
                failures.push(format!("{name}: text assembly: {what}"));
            }
            for (_, code) in code_tree(module) {
                codes += 1;
                for (equal, (label, check)) in equal.iter_mut().zip(CHECKS) {
                    match check(code) {
                        Ok(()) => *equal += 1,
                        Err(what) => failures.push(format!(
                            "{name}: {} line {}: {label}: {what}",
                            code.qualname, code.firstlineno
                        )),
                    }
                }
            }
        });
        for (equal, (label, _)) in equal.iter().zip(CHECKS) {
            println!("{version}: {label}: {equal} of {codes}");
        }
        let shown = failures.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
        assert!(failures.is_empty(), "{version}: {} failures, such as\n{shown}", failures.len());
    }
}

/// Each instruction's range and position.
fn instruction_ranges(code: &CodeObject) -> Vec<LineRange> {
    let lines = LineTable::of(code).unwrap();
    let instructions = decode(code.version, &code.code).unwrap();
    let range = |start, end| LineRange { start, end, position: lines.position_at(start).unwrap_or_default() };
    instructions.iter().map(|i| range(i.start, i.end)).collect()
}

fn exception_tables(code: &CodeObject) -> Result<(), &'static str> {
    let entries = exception_table(&code.exceptiontable).unwrap();
    if encode_exception_table(&entries) == code.exceptiontable {
        Ok(())
    } else {
        Err("exception table differs")
    }
}

fn line_tables(code: &CodeObject) -> Result<(), &'static str> {
    let written = encode_line_table(code.version, code.firstlineno, &instruction_ranges(code));
    if written == code.linetable {
        return Ok(());
    }
    // The peephole optimizer up to 3.9 leaves entries that say nothing; what is written must read the same.
    let rewritten = CodeObject { linetable: written, ..code.clone() };
    let same = instruction_ranges(&rewritten) == instruction_ranges(code);
    if code.version < Version::Py310 && same { Ok(()) } else { Err("line table differs") }
}

/// Constants as the compiler tells them apart: not a number is equal to itself.
fn constants(code: &CodeObject) -> Vec<Constant> {
    code.consts.iter().cloned().map(Constant).collect()
}

fn without_constants(code: &CodeObject) -> CodeObject {
    CodeObject { consts: Vec::new(), ..code.clone() }
}

fn assembled(code: &CodeObject) -> Result<(), &'static str> {
    let taken_apart = Code::of(code).map_err(|_| "cannot be taken apart")?;
    let assembled = taken_apart.assemble().map_err(|_| "cannot be assembled")?;
    for (same, what) in [
        (assembled.code == code.code, "bytecode differs"),
        (assembled.linetable == code.linetable, "line table differs"),
        (assembled.exceptiontable == code.exceptiontable, "exception table differs"),
        (constants(&assembled) == constants(code), "constants differ"),
        (assembled.names == code.names, "names differ"),
        (without_constants(&assembled) == without_constants(code), "something else differs"),
    ] {
        if !same {
            return Err(what);
        }
    }
    Ok(())
}

/// Without the hints of how it was encoded, code is still the same but for indices of equal constants and names.
fn assembled_without_hints(code: &CodeObject) -> Result<(), &'static str> {
    let mut stripped = Code::of(code).map_err(|_| "cannot be taken apart")?;
    for item in &mut stripped.items {
        if let Item::Instruction(instruction) = item {
            instruction.hint = Hint::default();
        }
    }
    let assembled = stripped.assemble().map_err(|_| "cannot be assembled")?;
    let again = Code::of(&assembled).map_err(|_| "cannot be taken apart again")?;
    let plain = |code: &Code| {
        code.instructions().map(|i| (i.opcode, i.operand.clone(), i.position)).collect::<Vec<_>>()
    };
    if plain(&again) == plain(&stripped) { Ok(()) } else { Err("means something else") }
}

fn stack_sizes(code: &CodeObject) -> Result<(), &'static str> {
    let depths = StackDepths::of(code).map_err(|_| "cannot be walked")?;
    match depths.max.cmp(&code.stacksize) {
        _ if !depths.errors.is_empty() => Err("the stack is wrong"),
        Ordering::Greater => Err("the stack is deeper than the compiler says"),
        // Up to 3.9 code is optimized away after the stack is measured; since, handlers around what turned out to do
        // nothing are counted.
        Ordering::Less if code.version > Version::Py39 && depths.before.iter().all(Option::is_some) => {
            Err("the stack is less deep than the compiler says")
        }
        _ => Ok(()),
    }
}

fn verified(code: &CodeObject) -> Result<(), &'static str> {
    verify(code).map_err(|errors| {
        println!("{} line {}: {}", code.qualname, code.firstlineno, errors[0]);
        "does not verify"
    })
}

/// Nothing in it that matters is anything that no compiler writes. The compiler of 3.10 leaves arguments behind where it
/// puts opcodes that have none.
fn as_compiled(code: &CodeObject) -> Result<(), &'static str> {
    match authentic(code).iter().find(|oddity| oddity.matters) {
        Some(oddity) => {
            println!("{} line {}: {oddity}", code.qualname, code.firstlineno);
            Err("no compiler writes this")
        }
        None => Ok(()),
    }
}

/// Printed and parsed, a module is the same; printed again, so is the text.
fn text_assembly(module: &CodeObject) -> Result<(), String> {
    let text = asm::print(module).map_err(|e| e.to_string())?;
    let mut read = asm::parse(&text).map_err(|e| e.to_string())?;
    let again = asm::print(&read).map_err(|e| e.to_string())?;
    if let Some((ours, theirs)) = again.lines().zip(text.lines()).find(|(ours, theirs)| ours != theirs) {
        return Err(format!("`{ours}`, not `{theirs}`"));
    }
    let mut written = module.clone();
    forget_forms(&mut written);
    forget_forms(&mut read);
    // What prints alike is alike but for values that differ from themselves.
    if again == text && (read == written || text.contains("float 7ff")) {
        Ok(())
    } else {
        Err("differs".to_owned())
    }
}

/// Clears what says how a code object stood in its file, in all that are nested.
fn forget_forms(code: &mut CodeObject) {
    code.form = Default::default();
    for constant in &mut code.consts {
        if let Object::Code(nested) = Arc::make_mut(constant) {
            forget_forms(nested);
        }
    }
}
