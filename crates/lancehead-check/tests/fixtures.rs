//! The fixtures: each source must be accepted for its own bytecode, on every version, and refused for its changes.

// A fixture that cannot be read fails its test.
#![allow(clippy::expect_used)]

#[path = "support/mutate.rs"]
mod mutate;

use std::path::{Path, PathBuf};

use lancehead_ast::{Module, parse_module};
use lancehead_check::{CodeVerdict, check_module, check_module_optimized};
use lancehead_pyc::{Version, read_pyc};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// A fixture as a version compiles it.
struct Fixture {
    name: String,
    module: Module,
    pyc: Vec<u8>,
    optimize: u8,
}

impl Fixture {
    fn verdicts(&self, module: &Module) -> Vec<CodeVerdict> {
        let pyc = read_pyc(&self.pyc).expect("a readable .pyc");
        match self.optimize {
            0 => check_module(pyc.code_object(), module),
            level => check_module_optimized(pyc.code_object(), module, level),
        }
    }
}

/// Every fixture that a version compiles.
fn compiled(version: Version) -> Vec<Fixture> {
    let folder = fixtures().join("pyc").join(version.to_string());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the fixtures are compiled").flatten() {
        let path = entry.path();
        let Some(name) = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else { continue };
        let (base, optimize) = match name.split_once(".opt-") {
            Some((base, level)) => (base, level.parse().expect("a level of optimisation")),
            None => (&*name, 0),
        };
        let source = std::fs::read_to_string(fixtures().join(format!("{base}.py"))).expect("a source");
        let module = parse_module(&source, version).unwrap_or_else(|error| panic!("{name}: {error}"));
        let pyc = std::fs::read(path).expect("a .pyc");
        found.push(Fixture { name, module, pyc, optimize });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(found.len() > 50, "{version}: only {} fixtures", found.len());
    found
}

/// What is not accepted though it belongs together.
fn known_refusals() -> Vec<&'static str> {
    include_str!("known-refusals.txt").lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn every_fixture_is_accepted_on_every_version() {
    let mut refused = Vec::new();
    for version in Version::ALL {
        for fixture in compiled(version) {
            for verdict in fixture.verdicts(&fixture.module) {
                if let Some(difference) = verdict.difference {
                    refused.push((format!("{version} {} {}", fixture.name, verdict.path), difference));
                }
            }
        }
    }
    let known = known_refusals();
    let paths: Vec<&str> = refused.iter().map(|(path, _)| path.as_str()).collect();
    let text: Vec<String> =
        refused.iter().map(|(path, difference)| format!("{path}: {difference}")).collect();
    assert_eq!(paths, known, "refused:\n{}", text.join("\n"));
}

/// The changes that are accepted are listed: an interpreter finds each of them to change nothing.
#[test]
fn every_change_of_meaning_is_refused() {
    let (mut accepted, mut refused) = (Vec::new(), 0);
    for version in [Version::Py38, Version::Py312, Version::Py315] {
        for fixture in compiled(version).into_iter().filter(|fixture| fixture.optimize == 0) {
            for number in 0.. {
                let mut changed = fixture.module.clone();
                let Some(what) = mutate::mutate(&mut changed, number) else { break };
                match fixture.verdicts(&changed).iter().any(|verdict| verdict.difference.is_some()) {
                    true => refused += 1,
                    false => accepted.push(format!("{version} {}: {what}", fixture.name)),
                }
            }
        }
    }
    assert!(refused > 30_000, "only {refused} changes were refused");
    let known: Vec<&str> =
        include_str!("equal-changes.txt").lines().filter(|l| !l.starts_with('#')).collect();
    let fresh: Vec<_> = accepted.iter().filter(|line| !known.contains(&line.as_str())).collect();
    assert!(fresh.is_empty(), "{} more are accepted:\n{fresh:#?}", fresh.len());
}
