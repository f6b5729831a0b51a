//! What counts as a difference, over the fixtures of every version.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use lancehead_code::diff::{DifferenceKind, diff};
use lancehead_code::program::{Code, Hint, Item, Operand};
use lancehead_pyc::{CodeObject, Object, read_pyc};

/// All code objects in the fixtures, with those within them, each version in turn.
fn fixtures() -> Vec<(PathBuf, CodeObject)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pyc");
    let mut found = Vec::new();
    for version in fs::read_dir(root).unwrap() {
        let Ok(files) = fs::read_dir(version.unwrap().path()) else { continue };
        for file in files {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "pyc") {
                let pyc = read_pyc(&fs::read(&path).unwrap()).unwrap();
                found.push((path, pyc.code_object().clone()));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() > 100);
    found
}

/// The same with constants and names in another order, at every level.
fn shuffled(code: &CodeObject) -> CodeObject {
    let mut edited = Code::of(code).unwrap();
    for item in &mut edited.items {
        if let Item::Instruction(instruction) = item {
            instruction.hint = Hint::default();
            if let Operand::Const(constant) = &mut instruction.operand
                && let Object::Code(inner) = &*constant.0
            {
                *constant = Object::Code(Box::new(shuffled(inner))).into();
            }
        }
    }
    // The first constant may be the docstring.
    edited.object.consts.truncate(1);
    if matches!(edited.object.consts.first().map(|first| &**first), Some(Object::Code(_))) {
        edited.object.consts.clear();
    }
    edited.object.names.reverse();
    edited.object.linetable.clear();
    edited.object.firstlineno += 7;
    edited.assemble().unwrap()
}

#[test]
fn order_and_layout_do_not_count() {
    let all = fixtures();
    for (path, code) in &all {
        assert_eq!(diff(code, code), [], "{}", path.display());
        let other = shuffled(code);
        assert_eq!(diff(code, &other), [], "{}", path.display());
    }
    println!("{} modules are equal to themselves, shuffled", all.len());
}

/// Each constant that is no code, changed alone, is found.
#[test]
fn every_changed_constant_is_found() {
    let mut changed = 0;
    for (path, code) in fixtures().iter().step_by(7) {
        let taken_apart = Code::of(code).unwrap();
        for at in 0..taken_apart.items.len() {
            let mut edited = taken_apart.clone();
            let Item::Instruction(instruction) = &mut edited.items[at] else { continue };
            let Operand::Const(constant) = &mut instruction.operand else { continue };
            if matches!(*constant.0, Object::Code(_)) {
                continue;
            }
            *constant = Object::Str("something else".into()).into();
            let found = diff(code, &edited.assemble().unwrap());
            let is_code = |kind: &DifferenceKind| matches!(kind, DifferenceKind::Code { .. });
            // What the compiler leaves behind a return is never reached.
            let reached = lancehead_code::StackDepths::of(code).unwrap().before
                [taken_apart.items[..at].iter().filter(|item| matches!(item, Item::Instruction(_))).count()]
            .is_some();
            assert_eq!(found.iter().any(|d| is_code(&d.kind)), reached, "{}: {at}", path.display());
            changed += 1;
        }
    }
    assert!(changed > 100);
    println!("{changed} changed constants are found");
}

/// A branch that leads elsewhere is found where nothing else differs.
#[test]
fn retargeted_jumps_are_found() {
    let assemble = |target: &str| {
        let text = format!(
            ".python 3.12\n.code \"f\"\n.argcount 1\n.flags 0x3\n.varnames x\n.consts\n.body\nRESUME 0\n\
             LOAD_FAST local x\nPOP_JUMP_IF_FALSE {target}\nRETURN_CONST 1\nA:\nRETURN_CONST 2\nB:\nRETURN_CONST 3\n.end"
        );
        lancehead_code::asm::parse(&text).unwrap()
    };
    let found = diff(&assemble("A"), &assemble("B"));
    let [DifferenceKind::Code { reason, .. }] = &found.iter().map(|d| d.kind.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("{found:?}")
    };
    assert!(reason.contains("LOAD_CONST 2") && reason.contains("LOAD_CONST 3"), "{reason}");
}
