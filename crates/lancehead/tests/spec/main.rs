//! The decompiler's rules, as examples that read as a specification: `*.md` beside this file.
//!
//! A heading names the rule, prose says why, and code blocks are the tests:
//!
//! - ` ```py ` is a source. It is compiled by each version that knows its grammar, or by those that `since=3.10` and
//!   `until=3.12` name, with `optimise=1` as `-O` does; and must come back as it is, proven, in all of them. With
//!   `layout=lines` statements stay on their lines. Code that no compiler makes comes from ` ```py make `, a program that
//!   leaves it in `code`, or ` ```asm `, text assembly.
//! - ` ```py expected since=3.12 fate=emulated ` after it says what comes instead in these versions. `fate` is the worst of
//!   the code objects: `proven` if not said, `emulated`, `unproven`, `not_recovered`.
//! - ` ```dump after=PASS of=<module>.f ` is the graph of a code object after a pass.
//! - A line `Known until=3.10: why` says that these versions do not give what is wanted yet. Such a test fails when they do.
//!
//! The tests live in this crate because it alone has printer, parser, checker and decompiler at hand. Bytecode of all versions
//! lies in `compiled/` (`compiled.rs`); where an interpreter is found, `compiled::3.12` holds it against that. BLESS=1 compiles
//! anew and rewrites what is expected; with a filter, only of the examples it names.
#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

mod bless;
mod compiled;
mod diff;
mod judge;
mod markdown;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use compiled::Compiled;
use lancehead::Version;
use libtest_mimic::{Arguments, Failed, Trial};
use markdown::{Example, Kind};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/spec");

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if std::env::var_os("BLESS").is_some() {
        return bless_all(arguments.filter.as_deref());
    }
    let mut trials = Vec::new();
    let mut all = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match markdown::read(&file, &text).and_then(|e| Ok((e, compiled::read(&compiled::path_for(&file))?)))
        {
            Ok((examples, compiled)) => {
                let compiled = Arc::new(compiled);
                trials.extend(examples.iter().flat_map(|example| trials_of(example, &compiled)));
                all.extend(examples.into_iter().map(|example| (example, Arc::clone(&compiled))));
            }
            Err(error) => trials.push(Trial::test(format!("{stem}::can_be_read"), || Err(error.into()))),
        }
    }
    let all = Arc::new(all);
    trials.extend(Version::ALL.into_iter().map(|version| cache_trial(version, &all)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The files of examples, by name.
fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FOLDER).expect("the folder of the specification");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    files.sort();
    files
}

/// The tests of an example: one for each range of versions of which the same is wanted.
fn trials_of(example: &Example, compiled: &Arc<Compiled>) -> Vec<Trial> {
    let mut groups: Vec<(Vec<Version>, Option<String>)> = Vec::new();
    let is_one = |a: Version, b: Version| {
        example.wanted(a) == example.wanted(b) && example.known(a) == example.known(b)
    };
    for version in Version::ALL {
        if matches!(judge::bytes(example, compiled, version), Ok(None)) {
            continue;
        }
        match groups.last_mut() {
            Some((group, _)) if is_one(group[0], version) => group.push(version),
            _ => groups.push((vec![version], example.known(version).map(str::to_owned))),
        }
    }
    if groups.is_empty() {
        let (name, place) = (example.name.clone(), example.place());
        return vec![Trial::test(name, move || Err(format!("{place}: no version compiles it").into()))];
    }
    let trial = |(versions, known): (Vec<Version>, Option<String>)| {
        let (first, last) = (versions[0], versions[versions.len() - 1]);
        let name = format!("{}::{first}-{last}", example.name);
        let (example, compiled) = (example.clone(), Arc::clone(compiled));
        let kind = if known.is_some() { "known" } else { "" };
        Trial::test(name, move || judge_all(&example, &compiled, &versions, known.as_deref())).with_kind(kind)
    };
    groups.into_iter().map(trial).collect()
}

/// Holds an example against what is wanted, in all versions of a group.
fn judge_all(
    example: &Example,
    compiled: &Compiled,
    versions: &[Version],
    known: Option<&str>,
) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for &version in versions {
        let Some((bytes, format)) = judge::bytes(example, compiled, version)? else { continue };
        let actual = judge::run(example, version, &bytes, format);
        let judged = actual.and_then(|actual| judge::compare(example, version, &actual));
        match (judged, known) {
            (Err(error), None) => wrong.push(error),
            (Ok(()), Some(reason)) => wrong.push(format!(
                "{}, {version}: passes now; take it out of the line `Known: {reason}`",
                example.place()
            )),
            _ => {}
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("\n").into()),
    }
}

/// Whether the compiled forms are what the interpreter of `version` makes. Another release may compile otherwise.
fn cache_trial(version: Version, all: &Arc<Vec<(Example, Arc<Compiled>)>>) -> Trial {
    let all = Arc::clone(all);
    let made_by = releases().remove(&version);
    let release = compiled::release(version);
    let is_possible = release.is_some() && release == made_by;
    if release.is_some() && !is_possible {
        eprintln!("note: {version}: compiled by {made_by:?}, here is {release:?}: not compared");
    }
    let run = move || {
        let wanted = |(example, _): &&(Example, _)| {
            example.kind != Kind::Assembly && example.versions.contains(version)
        };
        let own: Vec<_> = all.iter().filter(wanted).collect();
        let examples: Vec<&Example> = own.iter().map(|(example, _)| example).collect();
        let fresh = compiled::compile(&examples, version).ok_or("no interpreter")??;
        let mut stale = Vec::new();
        for (example, compiled) in own {
            let key = compiled::Key::of(example, version);
            let (kept, fresh) = (compiled.get(&key), fresh.get(&key));
            let is_same = |kept: &Option<Vec<u8>>| {
                fresh.is_some_and(|fresh| compiled::is_same(kept.as_ref(), fresh.as_ref(), version))
            };
            if !kept.is_some_and(is_same) {
                stale.push(example.place());
            }
        }
        match stale.is_empty() {
            true => Ok(()),
            false => {
                Err(format!("not what CPython {version} compiles; BLESS=1:\n{}", stale.join("\n")).into())
            }
        }
    };
    let is_required = support::interpreters::all_required();
    Trial::test(format!("compiled::{version}"), run).with_ignored_flag(!is_possible && !is_required)
}

/// The releases that compiled the examples.
fn releases() -> BTreeMap<Version, String> {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("compiled/RELEASES")).unwrap_or_default();
    let release = |line: &str| Some((line.rsplit_once('.')?.0.parse().ok()?, line.to_owned()));
    text.lines().filter_map(release).collect()
}

fn bless_all(filter: Option<&str>) -> ExitCode {
    let mut is_good = true;
    let found = Version::ALL.into_iter().filter_map(|version| Some((version, compiled::release(version)?)));
    let mut made_by = releases();
    made_by.extend(found);
    let text: String = made_by.values().map(|release| format!("{release}\n")).collect();
    let folder = Path::new(FOLDER).join("compiled");
    std::fs::create_dir_all(&folder).expect("a folder that can be made");
    std::fs::write(folder.join("RELEASES"), text).expect("a file that can be written");
    for file in files() {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match bless::rewrite(&file, filter) {
            Ok(0) => {}
            Ok(count) => println!("{name}: {count} examples rewritten"),
            Err(error) => {
                println!("{name}: {error}");
                is_good = false;
            }
        }
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
