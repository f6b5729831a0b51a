//! The interpreters that tests run against.

use lancehead_pyc::Version;
use std::path::PathBuf;
use std::process::Command;

/// Every interpreter there is: by the variable `PYTHON_3_12`, among pyenv's, or on the path.
///
/// # Panics
/// When one is missing although `LANCEHEAD_REQUIRE_INTERPRETERS=1` asks for all.
pub fn interpreters() -> Vec<(Version, PathBuf)> {
    let mut found = Vec::new();
    for version in Version::ALL {
        match find(version) {
            Some(path) => found.push((version, path)),
            None => eprintln!("no interpreter for {version}"),
        }
    }
    let required = std::env::var("LANCEHEAD_REQUIRE_INTERPRETERS").is_ok_and(|value| value == "1");
    assert!(!required || found.len() == Version::ALL.len(), "interpreters are missing");
    found
}

fn find(version: Version) -> Option<PathBuf> {
    let named = std::env::var_os(format!("PYTHON_3_{}", version.minor())).map(PathBuf::from);
    let on_path = PathBuf::from(format!("python{version}"));
    named.into_iter().chain(pyenv(version)).chain([on_path]).find(|path| is_version(path, version))
}

fn pyenv(version: Version) -> Vec<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv")));
    let entries = root.and_then(|root| std::fs::read_dir(root.join("versions")).ok());
    let prefix = format!("{version}.");
    entries
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path().join("bin").join("python"))
        .collect()
}

fn is_version(path: &PathBuf, version: Version) -> bool {
    let script = "import sys; print('%d.%d' % sys.version_info[:2])";
    let output = Command::new(path).args(["-I", "-c", script]).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == version.to_string())
}
