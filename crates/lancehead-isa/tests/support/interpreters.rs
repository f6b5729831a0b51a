//! Finds the CPython of each version on this machine.
//!
//! Looked for in the environment variable `PYTHON_3_X`, under pyenv, where `scripts/get-python.sh` unpacks them, and as
//! `pythonX.Y` on the path. A version that is not found is reported; it fails the test when `LANCEHEAD_REQUIRE_INTERPRETERS=1`. `LANCEHEAD_VERSIONS=3.8,3.12` looks
//! for those alone.

#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};
use std::process::Command;

use lancehead_pyc::Version;

/// The interpreters found, oldest first.
pub fn found() -> Vec<(Version, PathBuf)> {
    let mut found = Vec::new();
    let wanted = std::env::var("LANCEHEAD_VERSIONS").ok();
    let is_wanted = |version: &Version| {
        wanted.as_ref().is_none_or(|wanted| wanted.split(',').any(|text| text == version.to_string()))
    };
    for version in Version::ALL.into_iter().filter(is_wanted) {
        match find(version) {
            Some(python) => found.push((version, python)),
            None if all_required() => {
                panic!("no CPython {version} found, and LANCEHEAD_REQUIRE_INTERPRETERS=1")
            }
            None => eprintln!("MISSING: no CPython {version} found; set PYTHON_3_{}", version.minor()),
        }
    }
    found
}

/// The interpreter of `version`.
pub fn find(version: Version) -> Option<PathBuf> {
    candidates(version).into_iter().find(|python| is(python, version))
}

/// Whether a missing interpreter is a failure.
pub fn all_required() -> bool {
    std::env::var_os("LANCEHEAD_REQUIRE_INTERPRETERS").is_some_and(|value| value == "1")
}

fn candidates(version: Version) -> Vec<PathBuf> {
    let mut candidates = Vec::new();
    if let Some(python) = std::env::var_os(format!("PYTHON_3_{}", version.minor())) {
        candidates.push(python.into());
    }
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(Path::new(&home).join(".pyenv"))
    });
    if let Some(versions) = root.and_then(|root| root.join("versions").read_dir().ok()) {
        for entry in versions.flatten() {
            if entry.file_name().to_string_lossy().starts_with(&format!("{version}.")) {
                candidates.push(entry.path().join("bin/python"));
            }
        }
    }
    let unpacked = std::env::var_os("LANCEHEAD_PYTHONS").map(PathBuf::from);
    let unpacked = unpacked.unwrap_or(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.pythons"));
    candidates.push(unpacked.join(format!("{version}/bin/python{version}")));
    candidates.push(format!("python{version}").into());
    candidates
}

/// Whether this runs, is CPython, and is of this version (a pyenv shim may be none of it).
fn is(python: &Path, version: Version) -> bool {
    let program =
        "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2], sys.version_info[3])";
    let output = Command::new(python).args(["-S", "-c", program]).output();
    output.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).trim() == format!("cpython {version} final"))
}
