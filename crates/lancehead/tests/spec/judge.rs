//! What the decompiler makes of an example, and whether that is what the example wants.

use lancehead::{
    DecompileOptions, Fate, Format, FunctionReport, Loaded, Version, assemble, decompile, dump_after, isolate,
};

use crate::compiled::{Compiled, Key};
use crate::diff::unified;
use crate::markdown::{Example, Kind};

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actual {
    pub text: String,
    /// The worst fate of the code objects.
    pub fate: &'static str,
    /// What kept the code objects from being proven.
    pub reasons: Vec<String>,
    /// The graphs that the example's dump blocks ask for.
    pub dumps: Vec<String>,
}

/// The bytes of an example as compiled for `version`; `Ok(None)` if it is none for it.
///
/// # Errors
/// When the version must compile it and does not, or nobody has compiled it yet.
pub fn bytes(
    example: &Example,
    compiled: &Compiled,
    version: Version,
) -> Result<Option<(Vec<u8>, Format)>, String> {
    if !example.versions.contains(version) {
        return Ok(None);
    }
    if example.kind == Kind::Assembly {
        let bytes = assemble(&example.source, false).map_err(|error| error.to_string())?;
        let loaded = Loaded::read(&bytes, Format::Pyc).map_err(|error| error.to_string())?;
        let is_of_version = loaded.code().version == version;
        return Ok(is_of_version.then_some((bytes, Format::Pyc)));
    }
    match compiled.get(&Key::of(example, version)) {
        Some(Some(bytes)) => Ok(Some((bytes.clone(), Format::Marshal(version)))),
        Some(None) if example.versions.are_named => {
            Err(format!("CPython {version} does not compile it, and it says that it holds there"))
        }
        Some(None) => Ok(None),
        None => Err(format!("not compiled for {version}: run with BLESS=1 where CPython {version} is")),
    }
}

/// Decompiles an example.
pub fn run(example: &Example, version: Version, bytes: &[u8], format: Format) -> Result<Actual, String> {
    let mut options = DecompileOptions::default();
    options.header = false;
    options.layout = example.layout;
    let work = || -> Result<Actual, lancehead::Error> {
        let done = decompile(bytes, format, &options)?;
        let loaded = Loaded::read(bytes, format)?;
        let wanted = example.dumps.iter().filter(|dump| dump.versions.contains(version));
        let dumps = wanted.map(|dump| match dump_after(loaded.code(), &dump.after) {
            Ok(text) => dump_of(&text, &dump.path),
            Err(error) => format!("{error}\n"),
        });
        let worst = done.functions.iter().max_by_key(|function| rank(&function.fate).0);
        Ok(Actual {
            text: done.source.clone(),
            fate: worst.map_or("proven", |function| rank(&function.fate).1),
            reasons: done.functions.iter().filter_map(reason).collect(),
            dumps: dumps.collect(),
        })
    };
    let actual = isolate::on_big_stack(work).and_then(|done| done).map_err(|error| error.to_string())?;
    // A panic, perhaps of the verifier between passes, is no result.
    match actual.reasons.iter().find(|reason| reason.contains("Lancehead failed")) {
        Some(fault) => Err(format!("{}, {version}: {}", example.place(), fault.replace("; ", "\n"))),
        None => Ok(actual),
    }
}

/// The part of a dump that belongs to one code object.
fn dump_of(all: &str, path: &str) -> String {
    let head = |line: &&str| line.contains(", after ") && line.ends_with(':');
    let own = all.lines().skip_while(|line| !(head(line) && line.split(", after ").next() == Some(path)));
    let graph: Vec<&str> = own.skip(1).take_while(|line| !head(line)).collect();
    format!("{}\n", graph.join("\n").trim_end())
}

fn rank(fate: &Fate) -> (u8, &'static str) {
    match fate {
        Fate::Proven => (0, "proven"),
        Fate::Emulated => (1, "emulated"),
        Fate::Unchecked => (2, "unchecked"),
        Fate::Unproven { .. } => (3, "unproven"),
        Fate::NotRecovered { .. } => (4, "not_recovered"),
    }
}

fn reason(function: &FunctionReport) -> Option<String> {
    match &function.fate {
        Fate::Proven | Fate::Emulated | Fate::Unchecked => None,
        Fate::Unproven { difference, .. } => Some(format!("{function}: {difference}")),
        Fate::NotRecovered { reason } => Some(format!("{function}: {reason}")),
    }
}

/// Holds what came out for a version against what is wanted.
pub fn compare(example: &Example, version: Version, actual: &Actual) -> Result<(), String> {
    let (text, fate) = example.wanted(version);
    let mut wrong = String::new();
    if actual.fate != fate {
        wrong += &format!("the fate is {}, not {fate}\n", actual.fate);
        actual.reasons.iter().for_each(|reason| wrong += &format!("    {reason}\n"));
    }
    if actual.text != text {
        wrong += &format!("--- expected\n+++ printed\n{}", unified(text, &actual.text));
    }
    let dumps = example.dumps.iter().filter(|dump| dump.versions.contains(version));
    for (dump, actual) in dumps.zip(&actual.dumps) {
        if dump.text != *actual {
            let (path, after) = (&dump.path, &dump.after);
            wrong += &format!("the graph of {path} after {after}:\n{}", unified(&dump.text, actual));
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!("{}, {version}:\n{wrong}", example.place())),
    }
}
