//! What one input costs, no other pays.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use std::path::PathBuf;
use std::process::Command;

use lancehead_code::asm;
use lancehead_pyc::{Header, Object, Pyc, Validation, write_pyc};

const GOOD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pyc/3.12/only_docstring.pyc");

/// A module of 40 MB of strings.
fn bomb() -> Vec<u8> {
    let names: String = (0..40).map(|at| format!("LOAD_CONST \"{at}\"\nSTORE_NAME s\n")).collect();
    let constants: String = (0..40).map(|at| format!("    \"{at}\"\n")).collect();
    let text = format!(
        ".python 3.12\n.code \"<module>\"\n.flags 0\n.names s\n.consts\n{constants}    None\n.body\nRESUME 0 @1\n{names}LOAD_CONST None\nRETURN_VALUE\n.end\n"
    );
    let mut code = asm::parse(&text).unwrap();
    for constant in &mut code.consts {
        if let Object::Str(number) = &**constant {
            let long = number.to_string_lossy().repeat(1_000_000);
            *constant = Object::Str(long.as_str()[..1_000_000].into()).into();
        }
    }
    let validation = Validation::Hash { source_hash: [0; 8], check_source: false };
    write_pyc(&Pyc::new(Header::new(code.version, validation), code)).unwrap()
}

/// A module of four hundred thousand statements of two instructions: each takes much more than its four bytes.
fn crowd() -> Vec<u8> {
    let text = ".python 3.12\n.code \"<module>\"\n.flags 0\n.names s\n.consts\n    None\n.body\n\
                RESUME 0 @1\nLOAD_NAME s\nPOP_TOP\nLOAD_CONST None\nRETURN_VALUE\n.end\n";
    let mut code = asm::parse(text).unwrap();
    let many = code.code[2..6].repeat(400_000);
    code.code.splice(2..6, many);
    let validation = Validation::Hash { source_hash: [0; 8], check_source: false };
    write_pyc(&Pyc::new(Header::new(code.version, validation), code)).unwrap()
}

#[test]
fn a_bomb_between_two_good_files() {
    let folder: PathBuf = std::env::temp_dir().join(format!("lancehead-bounds-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let inside = folder.join("in");
    std::fs::create_dir_all(&inside).unwrap();
    std::fs::copy(GOOD, inside.join("a.pyc")).unwrap();
    std::fs::write(inside.join("b.pyc"), bomb()).unwrap();
    std::fs::copy(GOOD, inside.join("c.pyc")).unwrap();
    let run = |more: &[&str]| {
        let out = folder.join("out");
        let _ = std::fs::remove_dir_all(&out);
        let mut command = Command::new(env!("CARGO_BIN_EXE_lancehead"));
        command.arg("decompile").arg(&inside).arg("-o").arg(&out).args(more);
        let done = command.output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(out.join("a.py").exists() && out.join("c.py").exists(), "{said}");
        assert!(!out.join("b.py").exists(), "{said}");
        assert!(said.contains("3 files in") && said.contains("2 complete, 1 failed"), "{said}");
        said
    };
    assert!(run(&["--max-output", "4"]).contains("b.pyc: given up: its source comes to"), "output");
    if cfg!(target_os = "linux") {
        std::fs::write(inside.join("b.pyc"), crowd()).unwrap();
        assert!(run(&["--max-memory", "60"]).contains("b.pyc: given up: it takes more than 60 MB"), "memory");
    }
    assert!(run(&["--timeout", "0.1"]).contains("b.pyc: given up after 0.1 s"), "time");
    std::fs::remove_dir_all(folder).unwrap();
}
