//! Every committed fixture, decompiled.
//!
//! Three tests for each `.pyc`:
//! - `recovered`: every function comes out, and the same text comes out twice. Needs no Python.
//! - `equal` (the version matrix): the text, compiled by the version's own interpreter, gives code objects that are
//!   equal to those of the fixture's source, as `crates/lancehead/src/equivalence.py` defines it. Ignored, with a note, where that
//!   interpreter is not found; failing if LANCEHEAD_REQUIRE_INTERPRETERS=1.
//!
//! - `honest` (needs that interpreter too): the report says of each code object what the interpreter says. What differs is
//!   flagged, what is flagged differs.
//!
//! `fixtures/known-failures.txt` lists tests that are known to fail: `KIND NAME VERSION...`. One that is listed and passes
//! says so; BLESS=1 writes the list anew.
#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::{Arc, OnceLock};

use lancehead::{DecompileOptions, Fate, Format, FunctionReport, Version, decompile, isolate};
use libtest_mimic::{Arguments, Failed, Trial};
use support::interpreters;
use support::{Fixture, fixtures, root};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let checks = checks();
    if std::env::var_os("BLESS").is_some() {
        return bless(checks);
    }
    let known = known_failures();
    let names: BTreeSet<Name> = checks.iter().map(|check| check.name.clone()).collect();
    let strangers: Vec<Name> = known.difference(&names).cloned().collect();
    let mut trials = vec![
        Trial::test("every_fixture_is_compiled_for_every_version", complete_set),
        Trial::test("known_failures_are_fixtures", move || match strangers.is_empty() {
            true => Ok(()),
            false => Err(format!("no such tests: {strangers:?}").into()),
        }),
    ];
    trials.extend(checks.into_iter().map(|check| check.trial(&known)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The kind of a test, the name of the fixture, the version.
type Name = (&'static str, String, Version);

/// One test of one fixture.
struct Check {
    name: Name,
    possible: bool,
    run: Box<dyn FnOnce() -> Result<(), String> + Send>,
}

impl Check {
    /// A test that passes if the check does, or if it is known to fail.
    fn trial(self, known: &BTreeSet<Name>) -> Trial {
        let expected = known.contains(&self.name);
        let (kind, fixture, version) = &self.name;
        let name = format!("{kind}::{version}::{fixture}");
        let shown = name.clone();
        let run = self.run;
        let verdict = move || match (run(), expected) {
            (Ok(()), true) => {
                eprintln!("note: {shown} passes now; BLESS=1 takes it out of fixtures/known-failures.txt");
                Ok(())
            }
            (Ok(()), false) | (Err(_), true) => Ok(()),
            (Err(text), false) => Err(Failed::from(text)),
        };
        Trial::test(name, verdict).with_ignored_flag(!self.possible)
    }
}

fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for version in Version::ALL {
        let matrix = Arc::new(Matrix::new(version));
        for fixture in fixtures(version) {
            let name = fixture.name.clone();
            let equal = {
                let (matrix, name) = (Arc::clone(&matrix), name.clone());
                move || matrix.verdict(&name)
            };
            checks.push(Check {
                name: ("equal", name.clone(), version),
                possible: matrix.interpreter.is_some() || interpreters::all_required(),
                run: Box::new(equal),
            });
            let honest = {
                let (matrix, name) = (Arc::clone(&matrix), name.clone());
                move || matrix.honesty(&name)
            };
            checks.push(Check {
                name: ("honest", name.clone(), version),
                possible: matrix.interpreter.is_some() || interpreters::all_required(),
                run: Box::new(honest),
            });
            checks.push(Check {
                name: ("recovered", name, version),
                possible: true,
                run: Box::new(move || is_recovered(&fixture)),
            });
        }
    }
    checks
}

const KNOWN_FAILURES: &str = "fixtures/known-failures.txt";

/// The names of the tests that are known to fail.
fn known_failures() -> BTreeSet<Name> {
    let text = std::fs::read_to_string(root().join(KNOWN_FAILURES)).unwrap_or_default();
    let mut known = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let (Some(kind), Some(name)) = (words.next(), words.next()) else { continue };
        let Some(kind) = ["equal", "honest", "recovered"].into_iter().find(|known| *known == kind) else {
            panic!("{KNOWN_FAILURES}: no kind {kind}")
        };
        known.extend(words.map(|version| (kind, name.to_owned(), version.parse().expect("a version"))));
    }
    known
}

/// Runs all checks and writes the names of those that fail.
fn bless(checks: Vec<Check>) -> ExitCode {
    let mut lines: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    let mut count = 0;
    for check in checks {
        let (kind, name, version) = check.name;
        assert!(check.possible, "no CPython {version} found: the list would not be whole");
        if (check.run)().is_err() {
            lines.entry((kind, name)).or_default().push(version.to_string());
            count += 1;
        }
    }
    let mut text =
        String::from("# What does not work yet: kind of test, fixture, versions. BLESS=1 writes it anew.\n");
    for ((kind, name), versions) in lines {
        text += &format!("{kind} {name} {}\n", versions.join(" "));
    }
    println!("{count} known failures");
    match std::fs::write(root().join(KNOWN_FAILURES), text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => panic!("{error}"),
    }
}

/// Every source is there for each version from the one that its header names on.
fn complete_set() -> Result<(), Failed> {
    let mut missing = Vec::new();
    for entry in std::fs::read_dir(root().join("fixtures"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let since = text.lines().find_map(|line| line.strip_prefix("# since: ")).unwrap_or("3.7");
        let since: Version = since.parse()?;
        let name = path.with_extension("pyc");
        for version in Version::ALL.into_iter().filter(|version| *version >= since) {
            let compiled =
                root().join(format!("fixtures/pyc/{version}")).join(name.file_name().unwrap_or_default());
            if !compiled.exists() {
                missing.push(compiled);
            }
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("run scripts/make-fixtures.py: {missing:?}").into()),
    }
}

fn decompiled(fixture: &Fixture) -> Result<lancehead::Decompilation, String> {
    let bytes = fixture.bytes();
    isolate::on_big_stack(|| decompile(&bytes, Format::Pyc, &DecompileOptions::default()))
        .and_then(|done| done)
        .map_err(|error| error.to_string())
}

fn is_recovered(fixture: &Fixture) -> Result<(), String> {
    let first = decompiled(fixture)?;
    if first.source != decompiled(fixture)?.source {
        return Err("two runs give two texts".to_owned());
    }
    let lost = first.incomplete().map(|function| format!("{function}: {:?}", function.fate));
    let problems: Vec<String> = lost.chain(first.warnings.iter().cloned()).collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.join("\n")),
    }
}

/// What is wrong with each fixture, by name.
type Verdicts = BTreeMap<String, Verdict>;

/// What the interpreter says of a fixture, and what the report says.
#[derive(Clone)]
struct Verdict {
    equal: Result<(), String>,
    honest: Result<(), String>,
}

/// The verdicts on all fixtures of one version, found together when the first is asked for.
struct Matrix {
    version: Version,
    interpreter: Option<PathBuf>,
    verdicts: OnceLock<Result<Verdicts, String>>,
}

impl Matrix {
    fn new(version: Version) -> Matrix {
        let interpreter = interpreters::find(version);
        if interpreter.is_none() {
            eprintln!("note: no CPython {version} found; its part of the matrix is not tested");
        }
        Matrix { version, interpreter, verdicts: OnceLock::new() }
    }

    fn verdict(&self, name: &str) -> Result<(), String> {
        self.both(name)?.equal.clone()
    }

    fn honesty(&self, name: &str) -> Result<(), String> {
        self.both(name)?.honest.clone()
    }

    fn both(&self, name: &str) -> Result<&Verdict, String> {
        let verdicts = self.verdicts.get_or_init(|| self.judge()).as_ref().map_err(String::clone)?;
        verdicts.get(name).ok_or_else(|| "no verdict".to_owned())
    }

    fn judge(&self) -> Result<Verdicts, String> {
        let mut verdicts = BTreeMap::new();
        for level in 0..=2 {
            let all: Vec<Fixture> =
                fixtures(self.version).into_iter().filter(|fixture| fixture.optimisation == level).collect();
            verdicts.extend(self.compare(&all, level)?);
        }
        Ok(verdicts)
    }

    /// Runs the equivalence script over `fixtures`, all of one optimisation level.
    fn compare(&self, fixtures: &[Fixture], level: u8) -> Result<Verdicts, String> {
        let python = self.interpreter.as_ref().ok_or(format!("no CPython {} found", self.version))?;
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("matrix-{}-{level}", self.version));
        let text = |error: std::io::Error| error.to_string();
        std::fs::create_dir_all(&folder).map_err(text)?;
        let (mut pairs, mut reports) = (Vec::new(), Vec::new());
        for fixture in fixtures {
            let output = folder.join(format!("{}.py", fixture.name));
            let decompilation = decompiled(fixture)?;
            std::fs::write(&output, decompilation.source).map_err(text)?;
            reports.push(decompilation.functions);
            pairs.push((fixture.source.clone(), output));
        }
        let listed = folder.join("pairs.json");
        std::fs::write(&listed, serde_json::to_string(&pairs).map_err(|error| error.to_string())?)
            .map_err(text)?;
        let flag: &[&str] = [&[][..], &["-O"], &["-OO"]][usize::from(level)];
        let mut command = Command::new(python);
        command.arg("-I").args(flag).arg(root().join("crates/lancehead/src/equivalence.py")).arg(&listed);
        let output = command.output().map_err(text)?;
        let rows: Vec<Row> = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
        if rows.len() != fixtures.len() {
            return Err(format!(
                "{} of {} sources do not compile",
                fixtures.len() - rows.len(),
                fixtures.len()
            ));
        }
        let verdict = |row: Row, report| Verdict { honest: row.agrees(report), equal: row.verdict() };
        let rows = rows.into_iter().zip(&reports).map(|(row, report)| verdict(row, report));
        Ok(fixtures.iter().map(|fixture| fixture.name.clone()).zip(rows).collect())
    }
}

/// A row of what the equivalence script prints.
#[derive(serde::Deserialize)]
struct Row {
    status: String,
    bad: Vec<(String, String)>,
}

impl Row {
    /// Whether the report flags the code objects that differ, and no others.
    fn agrees(&self, report: &[FunctionReport]) -> Result<(), String> {
        let flagged = report.iter().filter(|function| function.fate != Fate::Proven);
        let mut flagged: Vec<&str> = flagged.map(|function| function.path.as_str()).collect();
        let mut bad: Vec<&str> = self.bad.iter().map(|(path, _)| path.as_str()).collect();
        flagged.sort_unstable();
        bad.sort_unstable();
        match flagged == bad {
            true => Ok(()),
            false => Err(format!("flagged: {flagged:?}\ndiffer:  {bad:?}")),
        }
    }

    fn verdict(self) -> Result<(), String> {
        match self.status.as_str() {
            "perfect" => Ok(()),
            status => {
                let lines = self.bad.iter().map(|(path, difference)| format!("{path}: {difference}"));
                Err(format!("{status}\n{}", lines.collect::<Vec<_>>().join("\n")))
            }
        }
    }
}
