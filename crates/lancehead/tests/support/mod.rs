//! What the tests share: the fixtures, and the interpreters to hold results against.
// Each test binary uses its own part of this.
#![allow(dead_code, clippy::expect_used)]

use std::path::{Path, PathBuf};

use lancehead::Version;

#[path = "../../../lancehead-isa/tests/support/interpreters.rs"]
pub mod interpreters;

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
