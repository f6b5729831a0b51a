//! The standard library of each interpreter, parsed, printed, and compared by the interpreter itself.
//!
//! The whole of it takes minutes, hence `#[ignore]`: run it with `cargo test -p lancehead-ast -- --ignored`.
//! `LANCEHEAD_ROUNDTRIP=/some/folder` compares the files of that folder instead.

// A test that cannot do its work has failed.
#![allow(clippy::expect_used)]

mod support;

use lancehead_ast::{Docstrings, Layout, Module, PrintOptions, parse_module, print_module};
use lancehead_pyc::Version;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes each file that the interpreter can parse, as UTF-8, into a folder.
const COLLECT: &str = r#"
import ast, os, sys, sysconfig, tokenize, warnings
warnings.simplefilter('ignore')
root, target = os.path.join(sysconfig.get_paths()['stdlib'], sys.argv[1]), sys.argv[2]
for folder, folders, names in os.walk(root):
    folders[:] = sorted(f for f in folders if f not in ('site-packages', '__pycache__'))
    for name in names:
        path = os.path.join(folder, name)
        if not name.endswith('.py') or os.path.islink(path):
            continue
        try:
            with open(path, 'rb') as file:
                source = file.read()
            ast.parse(source)
            with open(path, 'rb') as file:
                encoding, lines = tokenize.detect_encoding(file.readline)
            text = source.decode(encoding)
            if encoding not in ('utf-8', 'utf-8-sig'):
                head = text.split('\n', 2)
                text = '\n'.join([line.replace('coding', 'c0ding') for line in head[:2]] + head[2:])
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            continue
        copy = os.path.join(target, os.path.relpath(path, root))
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(copy, 'w', encoding='utf-8', newline='') as file:
            file.write(text)
"#;

#[test]
fn a_package_survives() {
    survives("asyncio");
}

#[test]
#[ignore = "takes minutes"]
fn the_standard_library_survives() {
    survives(&std::env::var("LANCEHEAD_ROUNDTRIP").unwrap_or_default());
}

fn survives(root: &str) {
    let mut failures = Vec::new();
    for (version, python) in support::interpreters() {
        for line in round_trip(version, &python, root) {
            println!("{version}: {line}");
            let is_count = line.starts_with("equal ");
            failures.extend((!is_count).then(|| format!("{version}: {line}")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Our complaints, then the comparing script's, and its counts: for [`Layout::Pretty`], then for [`Layout::Lines`].
fn round_trip(version: Version, python: &Path, root: &str) -> Vec<String> {
    let name = format!("lancehead-roundtrip-{}-{version}-{}", std::process::id(), root.len());
    let folder = std::env::temp_dir().join(name);
    let (originals, pretty, lines) = (folder.join("originals"), folder.join("pretty"), folder.join("lines"));
    let status = Command::new(python).args(["-I", "-c", COLLECT, root]).arg(&originals).status();
    assert!(status.expect("python runs").success());
    let mut report = Vec::new();
    for path in files(&originals) {
        let relative = path.strip_prefix(&originals).expect("a path below the folder");
        let source = std::fs::read_to_string(&path).expect("UTF-8");
        match parse_module(&source, version) {
            Ok(module) => {
                for (layout, folder) in [(Layout::Pretty, &pretty), (Layout::Lines, &lines)] {
                    print(&module, version, layout, &folder.join(relative), &mut report);
                }
            }
            Err(e) => report.push(format!("{}: {e}", relative.display())),
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compare_ast.py");
    let output = Command::new(python).arg(script).args([&originals, &pretty, &lines]).output();
    let output = output.expect("python runs");
    report.extend(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned));
    report.extend(String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned));
    std::fs::remove_dir_all(folder).expect("a folder to remove");
    report
}

fn print(module: &Module, version: Version, layout: Layout, path: &Path, report: &mut Vec<String>) {
    let mut options = PrintOptions::new(version);
    options.docstrings = Docstrings::Exact;
    options.layout = layout;
    let printed = print_module(module, &options);
    report.extend(printed.problems.iter().map(|problem| format!("{}: {problem}", path.display())));
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, printed.source).expect("a file");
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}
