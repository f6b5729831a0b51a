//! Nothing of an input reaches a terminal, or gets out of a comment, as it is.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr, Pyc, is_wild, read_pyc, write_pyc};

/// A new folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("lancehead-output-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn lancehead(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lancehead")).args(arguments).output().unwrap()
}

/// All that a terminal may obey, all that ends a line, and what hides or turns around what stands beside it.
fn wild() -> String {
    let ranges =
        [0x1..=0x1F, 0x7F..=0x9F, 0x200B..=0x200F, 0x2028..=0x202E, 0x2066..=0x2069, 0xFEFF..=0xFEFF];
    let all: String = ranges.into_iter().flatten().filter_map(char::from_u32).collect();
    format!("N{all}\nimport os\n\"\"\"\n'''\nx")
}

/// `code` with wild names everywhere, and in all code within it.
fn poisoned(code: &CodeObject) -> CodeObject {
    let mut code = code.clone();
    let wild = wild();
    let spoil = |name: &PyStr| PyStr::from(format!("{}{wild}", name.to_string_lossy()).as_str());
    // Docstrings are printed with their line breaks and tabs.
    let harmless = wild.replace("import os", "import re").replace('\t', "");
    let spoil_text = |text: &PyStr| PyStr::from(format!("{}{harmless}", text.to_string_lossy()).as_str());
    for list in [&mut code.names, &mut code.varnames, &mut code.cellvars, &mut code.freevars] {
        for name in list.iter_mut() {
            *name = spoil(name);
        }
    }
    for (name, _) in &mut code.localsplus {
        *name = spoil(name);
    }
    for name in [&mut code.name, &mut code.qualname, &mut code.filename] {
        *name = spoil(name);
    }
    for constant in &mut code.consts {
        *constant = match &**constant {
            Object::Code(inner) => ObjectRef::new(Object::Code(Box::new(poisoned(inner)))),
            Object::Str(text) => ObjectRef::new(Object::Str(spoil_text(text))),
            _ => continue,
        };
    }
    code
}

fn poisoned_files(folder: &Path) -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pyc");
    let mut files = Vec::new();
    for version in ["3.8", "3.12", "3.14"] {
        let mut found: Vec<PathBuf> =
            std::fs::read_dir(fixtures.join(version)).unwrap().flatten().map(|entry| entry.path()).collect();
        found.sort();
        for path in found.into_iter().filter(|path| path.extension().is_some_and(|e| e == "pyc")).step_by(9) {
            let pyc = read_pyc(&std::fs::read(&path).unwrap()).unwrap();
            let code = poisoned(pyc.code_object());
            let Ok(bytes) = write_pyc(&Pyc::new(pyc.header, code)) else { continue };
            let file = folder.join(format!("{version}-{}", path.file_name().unwrap().to_string_lossy()));
            std::fs::write(&file, bytes).unwrap();
            files.push(file);
        }
    }
    assert!(files.len() > 6);
    files
}

/// That nothing wild but line ends is in what was printed.
fn assert_tame(what: &str, output: &[u8]) {
    let text = std::str::from_utf8(output).expect("UTF-8");
    let found = text.chars().find(|c| is_wild(*c) && *c != '\n');
    assert_eq!(found, None, "{what}");
}

#[test]
fn no_command_prints_what_a_terminal_obeys() {
    let folder = folder("tame");
    let source = folder.join("source.py");
    std::fs::write(&source, "x = 1\n").unwrap();
    for file in poisoned_files(&folder) {
        let file = file.to_str().unwrap();
        let commands: [&[&str]; 15] = [
            &["decompile", file],
            &["decompile", "--json", file],
            &["decompile", "--layout", "lines", file],
            &["decompile", "--no-check", file],
            &["decompile", "--dump-after", "all", file],
            &["check", source.to_str().unwrap(), file],
            &["check", "--json", source.to_str().unwrap(), file],
            &["dis", file],
            &["dis", "--format", "json", file],
            &["dis", "--format", "asm", file],
            &["info", file],
            &["info", "--format", "json", file],
            &["cfg", file],
            &["cfg", "--format", "svg", file],
            &["cfg", "--format", "mermaid", file],
        ];
        for command in commands {
            let done = lancehead(command);
            assert_tame(&format!("{command:?}"), &done.stdout);
            assert_tame(&format!("{command:?}, messages"), &done.stderr);
        }
        let diff = lancehead(&["diff", file, file]);
        assert_tame("diff", &[diff.stdout, diff.stderr].concat());
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn no_name_gets_out_of_a_comment() {
    let folder = folder("comments");
    for file in poisoned_files(&folder) {
        for layout in ["pretty", "lines"] {
            let done = lancehead(&["decompile", "--layout", layout, file.to_str().unwrap()]);
            let text = String::from_utf8(done.stdout).unwrap();
            let breaks_out = text.lines().any(|line| line.trim() == "import os");
            assert!(!breaks_out, "{}, {layout}:\n{text}", file.display());
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn changed_files_are_kept() {
    let folder = folder("kept");
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pyc/3.12/only_docstring.pyc");
    let out = folder.to_str().unwrap();
    let run = |more: &[&str]| lancehead(&[&["decompile", fixture, "-o", out], more].concat());
    assert!(run(&[]).status.success());
    assert!(run(&[]).status.success(), "what was not changed is replaced");
    let written = folder.join("only_docstring.py");
    let text = std::fs::read_to_string(&written).unwrap();
    std::fs::write(&written, format!("{text}# My note.\n")).unwrap();
    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("changed since"));
    assert!(std::fs::read_to_string(&written).unwrap().contains("My note"));
    assert!(run(&["--force"]).status.success());
    assert!(!std::fs::read_to_string(&written).unwrap().contains("My note"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_not_read() {
    let folder = folder("links");
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pyc/3.12/only_docstring.pyc");
    let inside = folder.join("in");
    std::fs::create_dir_all(&inside).unwrap();
    std::fs::copy(fixture, inside.join("real.pyc")).unwrap();
    std::os::unix::fs::symlink("real.pyc", inside.join("within.pyc")).unwrap();
    std::os::unix::fs::symlink(fixture, inside.join("without.pyc")).unwrap();
    let out = folder.join("out");
    let done = lancehead(&["decompile", inside.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.contains("without.pyc: skipped: a link that leads out of the folder"), "{said}");
    assert!(
        out.join("real.py").exists() && out.join("within.py").exists() && !out.join("without.py").exists()
    );
    std::fs::remove_dir_all(folder).unwrap();
}
