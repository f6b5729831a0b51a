//! The `.pyc` files that tests read.

#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};
use std::process::Command;

use lancehead_pyc::Version;

/// The committed `.pyc` files of one version.
pub fn fixtures(version: Version) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/pyc/{version}"));
    let files = pyc_files(&folder);
    assert!(!files.is_empty(), "no fixtures in {}", folder.display());
    files
}

/// Every `.pyc` file of the interpreter's standard library and its tests, at every optimisation level it was compiled
/// at. A library that was not compiled when it was installed is compiled into `scratch`: running the interpreter leaves
/// only a few files there.
pub fn standard_library(python: &Path, scratch: &Path) -> Vec<PathBuf> {
    let folder = run(python, &["-c", "import sysconfig; print(sysconfig.get_paths()['stdlib'])"]);
    let folder = Path::new(folder.trim());
    let mut files = pyc_files(folder);
    files.retain(|file| {
        !file
            .components()
            .any(|part| matches!(part.as_os_str().to_str(), Some("site-packages" | "dist-packages")))
    });
    if files.len() < files_with_extension(folder, "py").len() / 2 {
        run(python, &["-c", COMPILE_ALL, &scratch.to_string_lossy()]);
        files = pyc_files(scratch);
    }
    files
}

/// Compiles what can be compiled of the standard library into a folder; some of its tests are bad on purpose, and a
/// distribution may leave links that lead nowhere.
const COMPILE_ALL: &str = "
import os, py_compile, sys, sysconfig
library = sysconfig.get_paths()['stdlib']
for folder, _, names in os.walk(library):
    for name in names:
        if name.endswith('.py') and 'site-packages' not in folder and 'dist-packages' not in folder:
            source = os.path.join(folder, name)
            target = os.path.join(sys.argv[1], os.path.relpath(source, library) + 'c')
            os.makedirs(os.path.dirname(target), exist_ok=True)
            try:
                py_compile.compile(source, target, doraise=True)
            except (py_compile.PyCompileError, UnicodeError, RecursionError, OSError):
                pass
";

/// The `.pyc` files in a folder and the folders in it, sorted.
pub fn pyc_files(folder: &Path) -> Vec<PathBuf> {
    files_with_extension(folder, "pyc")
}

fn files_with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() && path.extension().is_some_and(|e| e == extension) => {
                    files.push(path)
                }
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// What a program prints.
pub fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
    assert!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A new empty folder that is removed in the end.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("lancehead-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
