//! The fixtures: each source must be accepted for its own bytecode, on every version, and refused for its changes.

#[path = "support/mutate.rs"]
mod mutate;

use std::path::{Path, PathBuf};

use lancehead_ast::{Module, parse_module};
use lancehead_check::{CodeVerdict, check_module};
use lancehead_pyc::{Version, read_pyc};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Every fixture that a version compiles: its name, its tree, and its `.pyc`.
fn compiled(version: Version) -> Vec<(String, Module, Vec<u8>)> {
    let folder = fixtures().join("pyc").join(version.to_string());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the fixtures are compiled").flatten() {
        let path = entry.path();
        let Some(name) = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else { continue };
        // Some are kept as bytecode only.
        let Ok(source) = std::fs::read_to_string(fixtures().join(format!("{name}.py"))) else { continue };
        let module = parse_module(&source, version).unwrap_or_else(|error| panic!("{name}: {error}"));
        found.push((name, module, std::fs::read(path).expect("a .pyc")));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() > 50, "{version}: only {} fixtures", found.len());
    found
}

fn verdicts(pyc: &[u8], module: &Module) -> Vec<CodeVerdict> {
    check_module(read_pyc(pyc).expect("a readable .pyc").code_object(), module)
}

#[test]
fn every_fixture_is_accepted_on_every_version() {
    let mut refused = Vec::new();
    for version in Version::ALL {
        for (name, module, pyc) in compiled(version) {
            for verdict in verdicts(&pyc, &module) {
                if let Some(difference) = verdict.difference {
                    refused.push(format!("{version} {name} {}: {difference}", verdict.path));
                }
            }
        }
    }
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n"));
}

#[test]
fn every_change_of_meaning_is_refused() {
    let mut accepted = Vec::new();
    let mut refused = 0;
    for version in Version::ALL {
        for (name, module, pyc) in compiled(version) {
            for number in 0.. {
                let mut changed = module.clone();
                let Some(what) = mutate::mutate(&mut changed, number) else { break };
                match verdicts(&pyc, &changed).iter().any(|verdict| verdict.difference.is_some()) {
                    true => refused += 1,
                    false => accepted.push(format!("{version} {name}: {what}")),
                }
            }
        }
    }
    eprintln!("{refused} refused, {} accepted:\n{}", accepted.len(), accepted.join("\n"));
}
