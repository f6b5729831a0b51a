//! What is taken apart and put together again is the same, byte for byte: over the standard library of each interpreter.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

mod support;

use std::cmp::Ordering;
use std::sync::Arc;

use lancehead_code::program::{Code, Constant, Hint, Item};
use lancehead_code::verify::verify;
use lancehead_code::{StackDepths, asm, code_tree};
use lancehead_isa::{
    LineRange, LineTable, decode, encode_exception_table, encode_line_table, exception_table,
};
use lancehead_pyc::{CodeObject, Object, Version};

/// Runs `check` on every code object of every interpreter's standard library; it says in a few words what differs.
fn over_all_code(check: impl Fn(&CodeObject) -> Result<(), &'static str>) {
    for (version, python) in support::interpreters::found() {
        let mut counts = std::collections::BTreeMap::new();
        let mut first = None;
        support::for_each_module(version, &python, "none", |name, code, _| {
            for (_, code) in code_tree(code) {
                let outcome = check(code);
                if std::env::var_os("LANCEHEAD_SHOW").is_some() && outcome.is_err() {
                    println!("SHOW {} {name} {}", code.name, code.firstlineno);
                }
                if let (Err(what), None) = (outcome, &first) {
                    first = Some(format!("{what}: {} in {name} line {}", code.qualname, code.firstlineno));
                }
                *counts.entry(outcome.err().unwrap_or("equal")).or_insert(0) += 1;
            }
        });
        println!("{version}: {counts:?} {}", first.as_deref().unwrap_or(""));
        assert!(first.is_none(), "{version}: {}", first.unwrap());
    }
}

/// Each instruction's range and position.
fn instruction_ranges(code: &CodeObject) -> Vec<LineRange> {
    let lines = LineTable::of(code).unwrap();
    let instructions = decode(code.version, &code.code).unwrap();
    let range = |start, end| LineRange { start, end, position: lines.position_at(start).unwrap_or_default() };
    instructions.iter().map(|i| range(i.start, i.end)).collect()
}

#[test]
fn exception_tables() {
    over_all_code(|code| {
        let entries = exception_table(&code.exceptiontable).unwrap();
        if encode_exception_table(&entries) == code.exceptiontable {
            Ok(())
        } else {
            Err("exception table differs")
        }
    });
}

#[test]
fn line_tables() {
    over_all_code(|code| {
        let written = encode_line_table(code.version, code.firstlineno, &instruction_ranges(code));
        if written == code.linetable {
            return Ok(());
        }
        // The peephole optimizer up to 3.9 leaves entries that say nothing; what is written must read the same.
        let rewritten = CodeObject { linetable: written, ..code.clone() };
        let same = instruction_ranges(&rewritten) == instruction_ranges(code);
        if code.version < Version::Py310 && same { Ok(()) } else { Err("line table differs") }
    });
}

/// Constants as the compiler tells them apart: not a number is equal to itself.
fn constants(code: &CodeObject) -> Vec<Constant> {
    code.consts.iter().cloned().map(Constant).collect()
}

fn without_constants(code: &CodeObject) -> CodeObject {
    CodeObject { consts: Vec::new(), ..code.clone() }
}

#[test]
fn assembled_code() {
    over_all_code(|code| {
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
    });
}

/// Without the hints of how it was encoded, code is still the same but for indices of equal constants and names.
#[test]
fn code_assembled_without_hints() {
    over_all_code(|code| {
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
    });
}

#[test]
fn stack_sizes() {
    over_all_code(|code| {
        let depths = StackDepths::of(code).map_err(|_| "cannot be walked")?;
        match depths.max.cmp(&code.stacksize) {
            _ if !depths.errors.is_empty() => Err("the stack is wrong"),
            Ordering::Greater => Err("the stack is deeper than the compiler says"),
            // Up to 3.9 code is optimized away after the stack is measured.
            Ordering::Less if code.version > Version::Py39 => {
                Err("the stack is less deep than the compiler says")
            }
            _ => Ok(()),
        }
    });
}

#[test]
fn the_compilers_code_verifies() {
    over_all_code(|code| {
        let outcome = verify(code);
        if let Err(errors) = &outcome {
            println!("{} line {}: {}", code.qualname, code.firstlineno, errors[0]);
        }
        outcome.map_err(|_| "does not verify")
    });
}

#[test]
fn text_assembly() {
    for (version, python) in support::interpreters::found() {
        let mut modules = 0;
        support::for_each_module(version, &python, "none", |name, code, _| {
            let text = asm::print(code).unwrap_or_else(|e| panic!("{name}: {e}"));
            let mut read = asm::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            let again = asm::print(&read).unwrap_or_else(|e| panic!("{name}: {e}"));
            for (number, (ours, theirs)) in (1..).zip(again.lines().zip(text.lines())) {
                assert_eq!(ours, theirs, "{name}: line {number} of its text (left: printed again)");
            }
            let mut written = code.clone();
            forget_forms(&mut written);
            forget_forms(&mut read);
            assert!(read == written, "{name}: not the same code");
            modules += 1;
        });
        println!("{version}: {{\"equal\": {modules}}} modules");
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
