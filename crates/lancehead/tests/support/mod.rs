//! What the tests share: the fixtures, and the interpreters to hold results against.
// Each test binary uses its own part of this.
#![allow(dead_code, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lancehead::Version;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository's root")
}

/// A compiled fixture.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Its version.
    pub version: Version,
    /// `with_single`, or `debug_blocks.opt-2`.
    pub name: String,
    /// The source it was compiled from.
    pub source: PathBuf,
    /// The `.pyc`.
    pub compiled: PathBuf,
    /// 0, or 1 for `-O`, or 2 for `-OO`.
    pub optimisation: u8,
}

impl Fixture {
    /// The bytes of the `.pyc`.
    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.compiled).expect("a committed fixture can be read")
    }
}

/// All compiled fixtures of `version`, by name.
pub fn fixtures(version: Version) -> Vec<Fixture> {
    let folder = root().join("fixtures");
    let compiled = folder.join("pyc").join(version.to_string());
    let mut found: Vec<Fixture> = std::fs::read_dir(&compiled)
        .expect("fixtures of every version are committed")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pyc"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let (module, level) = name.split_once(".opt-").unwrap_or((&name, "0"));
            Fixture {
                version,
                source: folder.join(format!("{module}.py")),
                optimisation: level.parse().expect("opt-1 or opt-2"),
                name,
                compiled: path,
            }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The interpreter of `version`, looked for where `scripts/interpreters.py` looks.
pub fn interpreter(version: Version) -> Option<PathBuf> {
    candidates(version).into_iter().find(|path| runs(path, version))
}

fn candidates(version: Version) -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os(format!("PYTHON_{}", version.to_string().replace('.', "_"))) {
        return vec![named.into()];
    }
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let pyenv = std::env::var_os("PYENV_ROOT").map_or(home.join(".pyenv"), PathBuf::from).join("versions");
    let prefix = format!("{version}.");
    let patch = |entry: std::fs::DirEntry| {
        let number: u32 = entry.file_name().to_str()?.strip_prefix(&prefix)?.parse().ok()?;
        Some((number, entry.path()))
    };
    let mut patches: Vec<_> = std::fs::read_dir(pyenv)
        .map(|entries| entries.flatten().filter_map(patch).collect())
        .unwrap_or_default();
    patches.sort();
    let mut found: Vec<PathBuf> =
        patches.into_iter().rev().map(|(_, path)| path.join("bin/python")).collect();
    let unpacked = std::env::var_os("LANCEHEAD_PYTHONS").map_or(root().join(".pythons"), PathBuf::from);
    found.push(unpacked.join(format!("{version}/bin/python{version}")));
    found.push(format!("python{version}").into());
    found
}

fn runs(python: &Path, version: Version) -> bool {
    let code = "import platform; print(platform.python_implementation(), platform.python_version())";
    let output = Command::new(python).args(["-I", "-c", code]).stderr(Stdio::null()).output();
    output.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).starts_with(&format!("CPython {version}."))
    })
}
