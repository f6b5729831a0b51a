//! The standard library of each interpreter, parsed, printed, and compared by the interpreter itself.
//!
//! It takes minutes, hence `#[ignore]`: run it with `cargo test --release -p lancehead-ast -- --ignored`.
//! `LANCEHEAD_ROUNDTRIP=/some/folder` compares the files of that folder instead of the standard library.

// A test that cannot do its work has failed.
#![allow(clippy::expect_used)]

mod support;

use lancehead_ast::{Docstrings, Layout, PrintOptions, parse_module, print_module};
use lancehead_pyc::Version;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes each file that the interpreter can parse, as UTF-8, into a folder.
const COLLECT: &str = r#"
import ast, os, sys, sysconfig, tokenize, warnings
warnings.simplefilter('ignore')
root, target = sys.argv[1] or sysconfig.get_paths()['stdlib'], sys.argv[2]
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
                text = text.replace('coding', 'c0ding', 1)
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            continue
        copy = os.path.join(target, os.path.relpath(path, root))
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(copy, 'w', encoding='utf-8', newline='') as file:
            file.write(text)
"#;

#[test]
#[ignore = "takes minutes"]
fn the_standard_library_survives() {
    let mut failures = Vec::new();
    for layout in [Layout::Pretty, Layout::Lines] {
        for (version, python) in support::interpreters() {
            let report = round_trip(version, &python, layout);
            println!("{version} {layout:?}: {}", report.last().map_or("", String::as_str));
            failures.extend(report.iter().rev().skip(1).map(|line| format!("{version} {layout:?}: {line}")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What the comparing script says, our own complaints before it.
fn round_trip(version: Version, python: &Path, layout: Layout) -> Vec<String> {
    let folder = std::env::temp_dir().join(format!("lancehead-roundtrip-{}-{version}", std::process::id()));
    let (originals, printed) = (folder.join("originals"), folder.join("printed"));
    let root = std::env::var("LANCEHEAD_ROUNDTRIP").unwrap_or_default();
    let status = Command::new(python)
        .args(["-I", "-c", COLLECT, &root])
        .arg(&originals)
        .status()
        .expect("python runs");
    assert!(status.success());
    let mut options = PrintOptions::new(version);
    options.docstrings = Docstrings::Exact;
    options.layout = layout;
    let mut report = Vec::new();
    for path in files(&originals) {
        let relative = path.strip_prefix(&originals).expect("a path below the folder");
        let source = std::fs::read_to_string(&path).expect("UTF-8");
        let module = match parse_module(&source, version) {
            Ok(module) => module,
            Err(e) => {
                report.push(format!("{}: {e}", relative.display()));
                continue;
            }
        };
        let text = print_module(&module, &options);
        report.extend(text.problems.iter().map(|problem| format!("{}: {problem}", relative.display())));
        let copy = printed.join(relative);
        std::fs::create_dir_all(copy.parent().expect("a folder")).expect("a folder");
        std::fs::write(copy, text.source).expect("a file");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compare_ast.py");
    let output =
        Command::new(python).arg(script).arg(&originals).arg(&printed).output().expect("python runs");
    report.extend(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned));
    if !output.status.success() {
        report.push(String::from_utf8_lossy(&output.stderr).into_owned());
        report.push(String::new());
    }
    std::fs::remove_dir_all(folder).expect("a folder to remove");
    report
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
