//! Holds the instruction tables against what each CPython says about itself.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use lancehead_isa::{Opcode, OperandKind, argument, operand};
use lancehead_pyc::Version;
use support::interpreters;
use support::reference::{OpcodeFacts, args, committed, numbered, opcodes, rows};

#[test]
fn committed_facts_are_those_of_the_interpreters() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dump_reference.py");
    for (version, python) in interpreters::found() {
        let output = Command::new(&python).arg(script).output().unwrap();
        assert!(output.status.success(), "{version}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout) == committed(version), "{version}: differs");
    }
}

#[test]
fn numbers_and_names() {
    for version in Version::ALL {
        let text = committed(version);
        let theirs: BTreeSet<(u8, &str)> = opcodes(&text).map(|facts| (facts.number, facts.name)).collect();
        let ours: BTreeSet<(u8, &str)> =
            Opcode::ALL.iter().filter_map(|op| Some((op.number(version)?, op.name_in(version)))).collect();
        assert_eq!(ours, theirs, "{version}");
        for (number, name) in ours {
            assert_eq!(Opcode::from_number(version, number).map(Opcode::name), Some(name));
            assert_eq!(Opcode::name_of_number(version, number), Some(name));
        }
    }
}

#[test]
fn specialized_opcodes() {
    for version in Version::ALL {
        let text = committed(version);
        let mut seen = 0;
        for row in rows(&text, "specialized") {
            let number = row[0].parse().unwrap();
            assert!(Opcode::is_specialized(version, number), "{version} {row:?}");
            assert_eq!(Opcode::name_of_number(version, number), Some(row[1]), "{version}");
            assert_eq!(Opcode::from_number(version, number), Opcode::from_name(row[2]), "{version} {row:?}");
            seen += 1;
        }
        assert_eq!((0..=255).filter(|&n| Opcode::is_specialized(version, n)).count(), seen, "{version}");
    }
}

#[test]
fn caches_and_operands() {
    for version in Version::ALL {
        for facts in opcodes(&committed(version)) {
            let opcode = Opcode::from_name(facts.name).unwrap();
            // `dis` has no operands and caches of instrumented opcodes before 3.14; they are those of the plain ones.
            if opcode.is_instrumented() {
                continue;
            }
            let layout: Vec<String> = opcode
                .cache_layout(version)
                .iter()
                .map(|(name, entries)| format!("{name}:{entries}"))
                .collect();
            let ours = if layout.is_empty() { "-".to_owned() } else { layout.join(",") };
            assert_eq!(ours, facts.caches, "{version} {}: caches", facts.name);
            check_operand(version, opcode, &facts);
        }
    }
}

fn check_operand(version: Version, opcode: Opcode, facts: &OpcodeFacts) {
    let kind = opcode.operand(version);
    let says = |what: &str| facts.has.contains(&what);
    let context = format!("{version} {} is {kind:?}, not {:?}", facts.name, facts.has);
    use OperandKind::*;
    assert_eq!(kind != None, says("arg"), "{context}");
    assert_eq!(kind == Const, says("const"), "{context}");
    let is_name = matches!(kind, Name | NameAndNull | NameAndMethod | SuperName | LazyName);
    assert_eq!(is_name, says("name"), "{context}");
    assert_eq!(matches!(kind, JumpForward | JumpBackward | LoopSource), says("jrel"), "{context}");
    assert_eq!(kind == JumpAbsolute, says("jabs"), "{context}");
    assert_eq!(kind == Compare, says("compare"), "{context}");
    // LOAD_DEREF counts as local since 3.14, when slots of the frame are all that there is.
    assert_eq!(matches!(kind, Local | LocalPair | Deref), says("local") || says("free"), "{context}");
    assert!(!says("free") || kind == Deref, "{context}");
}

#[test]
fn stack_effects() {
    for version in Version::ALL {
        for facts in opcodes(&committed(version)) {
            let opcode = Opcode::from_name(facts.name).unwrap();
            // Up to 3.13 `dis` has no effects of instrumented opcodes, or wrong ones.
            if opcode.is_instrumented() && version < Version::Py314 {
                continue;
            }
            for (i, arg) in args().into_iter().enumerate() {
                let falls = opcode.stack_effect(version, arg).net();
                let jumps = opcode.stack_effect_on_jump(version, arg).net();
                let ours = if facts.effects.len() == 1 { vec![falls.max(jumps)] } else { vec![falls, jumps] };
                for (ours, theirs) in ours.into_iter().zip(&facts.effects) {
                    if let Some(theirs) = theirs[i] {
                        assert_eq!(ours, theirs, "{version} {} with argument {arg}", facts.name);
                    }
                }
            }
        }
    }
}

#[test]
fn names_of_operands() {
    type Namer = fn(Version, u32) -> Option<&'static str>;
    let tables: [(&str, Namer); 5] = [
        ("compare", |version, arg| {
            operand::compare_op(version, argument::compare_arg(version, arg, false))
                .map(|(operator, _)| operator)
        }),
        ("binary", operand::binary_op),
        ("intrinsic_1", operand::intrinsic_1),
        ("intrinsic_2", operand::intrinsic_2),
        ("constant", operand::common_constant),
    ];
    for version in Version::ALL {
        let text = committed(version);
        for (label, ours) in tables {
            let mut count = 0;
            for (number, name) in numbered(&text, label) {
                assert_eq!(ours(version, number), Some(name.as_str()), "{version} {label} {number}");
                count += 1;
            }
            assert_eq!(ours(version, count), None, "{version}: too many of {label}");
        }
        for (number, name) in numbered(&text, "special") {
            assert_eq!(operand::SPECIAL_METHODS[number as usize], name);
        }
        for (number, name) in numbered(&text, "attribute") {
            assert_eq!(operand::FUNCTION_ATTRIBUTES[number as usize], name);
        }
    }
}
