//! What the tests of this crate share.

#![allow(dead_code, reason = "each test uses its part")]

#[path = "../../../lancehead-isa/tests/support/interpreters.rs"]
pub mod interpreters;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use lancehead_pyc::{CodeObject, Object, Version, read_marshal};

/// Runs the script under `python`, and hands over each module: its path, its code, and what Python says about it.
pub fn for_each_module(
    version: Version,
    python: &Path,
    kind: &str,
    check: impl FnMut(&str, &CodeObject, &str),
) {
    run_script(version, python, &[kind], check);
}

/// The same for the code of the first `enough` modules, as one list of code objects without those within them.
pub fn some_code(version: Version, python: &Path, enough: usize) -> Vec<CodeObject> {
    let mut codes = Vec::new();
    run_script(version, python, &["none", &enough.to_string()], |_, module, _| {
        codes.extend(lancehead_code::code_tree(module).into_iter().map(|(_, code)| code.clone()));
    });
    codes
}

fn run_script(
    version: Version,
    python: &Path,
    arguments: &[&str],
    mut check: impl FnMut(&str, &CodeObject, &str),
) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/native_stream.py");
    let mut child =
        Command::new(python).args(["-S", script]).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = BufReader::new(child.stdout.take().unwrap());
    let mut header = String::new();
    while input.read_line(&mut header).unwrap() > 0 {
        let mut fields = header.trim_end().rsplit('\t');
        let mut length = || fields.next().unwrap().parse::<usize>().unwrap();
        let (text_length, data_length) = (length(), length());
        let mut data = vec![0; data_length];
        input.read_exact(&mut data).unwrap();
        let mut text = vec![0; text_length];
        input.read_exact(&mut text).unwrap();
        let object = read_marshal(&data, version).unwrap_or_else(|e| panic!("{header}: {e}"));
        let Object::Code(code) = &*object else { panic!("{header}: no code object") };
        check(header.trim_end(), code, &String::from_utf8_lossy(&text));
        header.clear();
    }
    assert!(child.wait().unwrap().success(), "{version}: the script failed");
}

/// The code objects of all fixtures, those within others too, with the path of their file.
pub fn fixtures() -> Vec<(String, CodeObject)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pyc");
    let mut found = Vec::new();
    for version in std::fs::read_dir(root).unwrap().flatten() {
        let Ok(files) = std::fs::read_dir(version.path()) else { continue };
        for path in files.flatten().map(|file| file.path()) {
            if path.extension().is_some_and(|extension| extension == "pyc") {
                let pyc = lancehead_pyc::read_pyc(&std::fs::read(&path).unwrap()).unwrap();
                let codes = lancehead_code::code_tree(pyc.code_object());
                found.extend(codes.into_iter().map(|(_, code)| (path.display().to_string(), code.clone())));
            }
        }
    }
    assert!(found.len() > 1000);
    found
}
