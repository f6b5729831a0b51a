//! A listing is edited, assembled, and run by the interpreter of its version.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

#[path = "../../lancehead-isa/tests/support/interpreters.rs"]
mod interpreters;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SOURCE: &str = r#"
import sys

def scaled(x, by=3):
    """Says how much."""
    try:
        return x + by
    except TypeError:
        return "no number"

class Greeting:
    text = "hello"
    def say(self, who):
        return self.text + " " + who

if __name__ == "__main__":
    print(scaled(4), scaled(None), Greeting().say("world"), [n for n in range(3) if n])
"#;

/// What is replaced in the listing: constants, an operator, a line of output. Both ways to add are among them.
const EDITS: &[(&str, &str)] = &[
    ("\"hello\"", "\"good bye\""),
    ("\"no number\"", "(\"none\", 2.5)"),
    ("BINARY_OP                +", "BINARY_OP                *"),
    ("BINARY_ADD", "BINARY_MULTIPLY"),
];

const PLAIN: &str = "7 no number hello world [1, 2]";

fn lancehead(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lancehead")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The listing of [`SOURCE`] as `python` compiles it.
fn listing(python: &Path, folder: &Path) -> String {
    let (source, pyc) = (folder.join("program.py"), folder.join("program.pyc"));
    fs::write(&source, SOURCE).unwrap();
    let program = "import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2], doraise=True)";
    let compiled = Command::new(python).args(["-S", "-c", program]).arg(&source).arg(&pyc).output().unwrap();
    assert!(compiled.status.success(), "{}", text(&compiled.stderr));
    let listed = lancehead(&["dis", "--format", "asm", pyc.to_str().unwrap()]);
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    String::from_utf8(listed.stdout).unwrap()
}

fn assembled_and_run(python: &Path, folder: &Path, listing: &str) -> String {
    let (asm, pyc) = (folder.join("edited.asm"), folder.join("edited.pyc"));
    fs::write(&asm, listing).unwrap();
    let done = lancehead(&["asm", asm.to_str().unwrap(), "-o", pyc.to_str().unwrap()]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let output = Command::new(python).arg("-S").arg(&pyc).output().unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn edited_listings_run() {
    for (version, python) in interpreters::found() {
        let folder = folder(&format!("edited-{version}"));
        let listing = listing(&python, &folder);
        assert_eq!(assembled_and_run(&python, &folder, &listing), PLAIN, "{version}");
        // Up to 3.12 `x + by` is not the only addition, so that the greeting is multiplied, too.
        let mut edited = listing.clone();
        for (from, to) in &EDITS[..2] {
            assert!(edited.contains(from), "{version}: no {from} in\n{listing}");
            edited = edited.replace(from, to);
        }
        let (head, tail) = edited.split_at(edited.find("\n.code \"scaled\"").unwrap());
        let (function, rest) = tail.split_at(tail.find(".end").unwrap());
        let function = EDITS[2..].iter().fold(function.to_owned(), |text, (from, to)| text.replace(from, to));
        let found = assembled_and_run(&python, &folder, &format!("{head}{function}{rest}"));
        assert_eq!(found, "12 ('none', 2.5) good bye world [1, 2]", "{version}");
        println!("{version}: runs");
    }
}

#[test]
fn errors_have_line_and_column() {
    let folder = folder("asm-errors");
    let path = folder.join("bad.asm");
    let pyc = folder.join("bad.pyc");
    let head = ".python 3.12\n.code \"f\"\n.flags 0x3\n.consts\n.body\n    RESUME 0\n";
    for (body, expected) in [
        ("    LOAD_NOTHING x\n.end", "line 7, column 5: expected an opcode of 3.12"),
        ("    JUMP_FORWARD  there\n.end", "line 7, column 19: label there is not placed"),
        ("    LOAD_FAST local\n.end", "line 7, column 20: expected a name, found the end of the line"),
        ("    LOAD_FAST local x\n.end", "line 7, column 5: instruction 1: no variable for LOAD_FAST"),
        ("    RETURN_CONST 1\n", "expected `.end`"),
        ("  POP_TOP\n    RETURN_CONST 1\n.end", "line 7, column 3: takes 1 values from the stack"),
        (
            "    PUSH_NULL\n    RETURN_VALUE\n.end",
            "line 8, column 5: RETURN_VALUE expects an object, gets NULL",
        ),
    ] {
        fs::write(&path, format!("{head}{body}")).unwrap();
        let done = lancehead(&["asm", path.to_str().unwrap(), "-o", pyc.to_str().unwrap()]);
        let found = text(&done.stderr);
        assert!(found.contains(expected), "expected `{expected}`, found `{found}`");
        assert_eq!(done.status.code(), Some(2));
        assert!(!pyc.exists());
    }
}
