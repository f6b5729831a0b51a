//! Passes over code: what they change does the same, in the interpreter of every version found.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use lancehead_code::cfg::Cfg;
use lancehead_code::passes::{Hooks, Instrumented, Pass, SiteKind, add_hooks, optimize};
use lancehead_code::program::{BinaryOp, Builder, Code};
use lancehead_code::verify::verify;
use lancehead_code::{asm, code_tree, diff::diff};
use lancehead_isa::Opcode;
use lancehead_pyc::{CodeObject, Object, ObjectRef, Version, read_marshal, write_marshal};

type Change = fn(&CodeObject) -> CodeObject;

const ALL_HOOKS: fn() -> Hooks =
    || Hooks { name: "__hook__".into(), lines: true, branches: true, starts: true };

fn script(python: &Path, arguments: &[&str]) -> Vec<u8> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/passes.py");
    let output = Command::new(python).args(["-S", script]).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {:?}\n{errors}", output.status);
    output.stdout
}

fn code_of(data: &[u8], version: Version) -> CodeObject {
    match &*read_marshal(data, version).unwrap() {
        Object::Code(code) => (**code).clone(),
        _ => panic!("no code object"),
    }
}

/// Code objects in a file, each after its length.
fn file_of(codes: &[CodeObject], name: &str) -> PathBuf {
    let mut data = Vec::new();
    for code in codes {
        let object: ObjectRef = Object::Code(Box::new(code.clone())).into();
        let blob = write_marshal(&object, code.version).unwrap();
        data.extend((blob.len() as u32).to_le_bytes());
        data.extend(blob);
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, data).unwrap();
    path
}

fn verified(code: &CodeObject) {
    for (_, code) in code_tree(code) {
        let found = verify(code);
        assert_eq!(
            found,
            Ok(()),
            "{} line {}\n{}",
            code.qualname,
            code.firstlineno,
            asm::print(code).unwrap()
        );
    }
}

#[test]
fn hooks_are_called_where_a_trace_says() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/instrumented_program.py");
    for (version, python) in support::interpreters::found() {
        let plain = code_of(&script(&python, &["compile", source]), version);
        let Instrumented { code, sites } = add_hooks(&plain, &ALL_HOOKS()).unwrap();
        verified(&code);
        let lines: String = sites
            .iter()
            .map(|site| {
                let kind = match site.kind {
                    SiteKind::Start => "start",
                    SiteKind::Line => "line",
                    SiteKind::Branch { jumps: false } => "stays",
                    SiteKind::Branch { jumps: true } => "jumps",
                };
                format!("{kind}\t{}\t{}\t{}\n", site.path, site.first_line, site.line.unwrap_or(0))
            })
            .collect();
        let site_file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sites-{version}"));
        std::fs::write(&site_file, lines).unwrap();
        let plain = file_of(&[plain], &format!("plain-{version}"));
        let changed = file_of(&[code], &format!("hooked-{version}"));
        let paths = [&plain, &changed, &site_file].map(|path| path.to_str().unwrap());
        let said = script(&python, &["events", paths[0], paths[1], paths[2]]);
        println!("{version}: {}", String::from_utf8_lossy(&said).trim());
    }
}

fn hooked(code: &CodeObject) -> CodeObject {
    add_hooks(code, &ALL_HOOKS()).unwrap().code
}

fn optimised_and_hooked(code: &CodeObject) -> CodeObject {
    hooked(&optimize(code, Pass::ALL).unwrap())
}

#[test]
fn library_modules_work_with_hooks_and_optimised() {
    for (version, python) in support::interpreters::found() {
        let data = script(&python, &["sources"]);
        let mut plain = Vec::new();
        let mut rest = data.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (blob, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            plain.push(code_of(blob, version));
            rest = after;
        }
        let plain_file = file_of(&plain, &format!("modules-{version}"));
        let changes: [(&str, Change); 2] =
            [("hooked", hooked), ("optimised and hooked", optimised_and_hooked)];
        for (what, change) in changes {
            let changed: Vec<CodeObject> = plain.iter().map(change).collect();
            changed.iter().for_each(verified);
            let changed = file_of(&changed, &format!("modules-changed-{version}"));
            let paths = [&plain_file, &changed].map(|path| path.to_str().unwrap());
            let said = script(&python, &["modules", paths[0], paths[1]]);
            println!("{version}: {what}: {}", String::from_utf8_lossy(&said).trim());
        }
    }
}

/// What the compiler left is nearly as short as it can be; optimising it changes nothing that it does.
#[test]
fn optimised_fixtures_do_the_same() {
    let (mut before, mut after) = (0, 0);
    for (name, code) in support::fixtures() {
        let passes = [Pass::ThreadJumps, Pass::RemoveDeadCode, Pass::DeduplicateConstants];
        let changed = optimize(&code, &passes).unwrap();
        assert_eq!(diff(&code, &changed), [], "{name}: {}", code.qualname);
        verified(&optimize(&code, Pass::ALL).unwrap());
        before += code.code.len();
        after += changed.code.len();
    }
    assert!(after <= before);
    println!("{before} bytes before, {after} after");
}

#[test]
fn folded_constants_are_pythons() {
    let values = || {
        let big: num_bigint::BigInt = num_bigint::BigInt::from(7).pow(40);
        let tuple = Object::Tuple(vec![Object::Int(1).into(), Object::Str("a".into()).into()]);
        vec![
            Object::Int(0),
            Object::Int(1),
            Object::Int(-1),
            Object::Int(7),
            Object::Int(-13),
            Object::Int(64),
            Object::Int(i64::MAX),
            Object::Int(i64::MIN),
            Object::BigInt(big.clone()),
            Object::BigInt(-big),
            Object::Bool(true),
            Object::Bool(false),
            Object::Float(0.0),
            Object::Float(-0.0),
            Object::Float(2.5),
            Object::Float(-1e308),
            Object::Float(f64::INFINITY),
            Object::Str("".into()),
            Object::Str("ab".into()),
            Object::Str("\u{e9}".into()),
            Object::Bytes(b"xy".to_vec()),
            tuple,
            Object::Tuple(Vec::new()),
            Object::None,
            Object::Ellipsis,
        ]
    };
    for (version, python) in support::interpreters::found() {
        let mut codes = Vec::new();
        let mut folded = 0;
        for &op in BinaryOp::ALL {
            for left in values() {
                for right in values() {
                    let mut build = Builder::function(version, "f", &[]);
                    build.constant(left.clone());
                    build.constant(right);
                    build.binary(op);
                    build.return_value();
                    let plain = build.finish().unwrap();
                    let changed =
                        optimize(&plain, &[Pass::FoldConstants, Pass::DeduplicateConstants]).unwrap();
                    if changed.code.len() < plain.code.len() {
                        folded += 1;
                        verified(&changed);
                        codes.extend([plain, changed]);
                    }
                }
            }
        }
        assert!(folded > 1500, "{version}: only {folded}");
        let path = file_of(&codes, &format!("fold-{version}"));
        let said = script(&python, &["fold", path.to_str().unwrap()]);
        println!("{version}: {} folded as Python computes them", String::from_utf8_lossy(&said).trim());
    }
}

fn assembled(version: &str, body: &str) -> CodeObject {
    let text = format!(
        ".python {version}\n.code \"f\"\n.argcount 1\n.flags 0x3\n.varnames x\n.stacksize 3\n.consts\n    None\n    99\n.body\n{body}\n.end\n"
    );
    asm::parse(&text).unwrap()
}

fn opcodes(code: &CodeObject) -> Vec<&'static str> {
    Code::of(code).unwrap().instructions().map(|instruction| instruction.opcode.name()).collect()
}

#[test]
fn each_pass_does_its_part() {
    let test = "RESUME 0 @1\nLOAD_CONST 0\nPOP_JUMP_IF_FALSE A\nLOAD_CONST 1\nRETURN_VALUE\nA:\nLOAD_CONST 2\nRETURN_VALUE";
    let code = optimize(&assembled("3.12", test), Pass::ALL).unwrap();
    assert_eq!(opcodes(&code), ["RESUME", "LOAD_CONST", "RETURN_VALUE"]);
    assert_eq!(code.consts.len(), 2, "{:?}", code.consts);

    let jumps = "RESUME 0 @1\nLOAD_FAST local x\nPOP_JUMP_IF_TRUE A\nLOAD_CONST None\nRETURN_VALUE\nA:\nJUMP_FORWARD B\nC:\nLOAD_CONST 1\nRETURN_VALUE\nB:\nJUMP_FORWARD C";
    let before = assembled("3.10", &jumps.replace("RESUME 0", "NOP"));
    let after = optimize(&before, Pass::ALL).unwrap();
    assert_eq!(opcodes(&after).len(), 6, "{:?}", opcodes(&after));
    assert!(Cfg::of(&after).unwrap().blocks.len() == 3);

    let sum = "RESUME 0 @1\nLOAD_CONST 2\nUNARY_NEGATIVE\nLOAD_CONST 3\nBUILD_TUPLE 2\nLOAD_CONST 0\nBINARY_SUBSCR\nRETURN_VALUE";
    let code = optimize(&assembled("3.13", sum), Pass::ALL).unwrap();
    assert_eq!(opcodes(&code), ["RESUME", "LOAD_CONST", "RETURN_VALUE"]);
    assert_eq!(*code.consts[1], Object::Int(-2));
    assert!(Opcode::from_name("BINARY_SUBSCR").is_some());
}

/// What would raise, warn, or grow beyond bounds is left to the interpreter.
#[test]
fn what_is_not_folded() {
    for body in [
        "LOAD_CONST 1\nLOAD_CONST 0\nBINARY_OP /",
        "LOAD_CONST 2\nLOAD_CONST 1000\nBINARY_OP **",
        "LOAD_CONST \"ab\"\nLOAD_CONST 5000\nBINARY_OP *",
        "LOAD_CONST 1\nLOAD_CONST 4000000000\nBINARY_OP <<",
        "LOAD_CONST 0.5\nLOAD_CONST 0.5\nBINARY_OP **",
        "LOAD_CONST \"a\"\nLOAD_CONST 1\nBINARY_OP +",
    ] {
        let code = assembled("3.12", &format!("RESUME 0\n{body}\nRETURN_VALUE"));
        assert_eq!(opcodes(&optimize(&code, Pass::ALL).unwrap()), opcodes(&code), "{body}");
    }
}
