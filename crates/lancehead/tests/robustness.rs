//! Hostile input: whatever the bytes, a result or an error, soon, in little memory.
//!
//! LANCEHEAD_MUTATIONS says how many mutated files are tried (2,000 if not set; 100,000 for a release), LANCEHEAD_SEED
//! which ones. Truncations are all tried if LANCEHEAD_MUTATIONS is set, else a fixed share of them.
#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

mod support;

use std::fmt::Write as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use lancehead::{
    DecompileOptions, Disassembly, Error, Fate, Format, Info, Loaded, PlainText, PrintOptions, Version,
    decompile, isolate, write_disassembly,
};
use support::fixtures;

/// The longest that one input may take.
const TIME: Duration = Duration::from_secs(1);
/// After so long an input is taken to hang.
const HANG: Duration = Duration::from_secs(20);
/// The most memory that the process may ever have had resident.
const MEMORY_KB: u64 = 500_000;

/// Names of fixtures of many kinds; with the versions below they make twenty files.
const NAMES: [&str; 5] = [
    "application_cache",
    "application_server",
    "comprehension_in_flow",
    "try_finally_nested",
    "class_basics",
];
const VERSIONS: [Version; 4] = [Version::Py38, Version::Py310, Version::Py312, Version::Py315];

fn twenty_files() -> Vec<(String, Vec<u8>)> {
    let of = |version| fixtures(version).into_iter().filter(|fixture| NAMES.contains(&fixture.name.as_str()));
    let files: Vec<_> = VERSIONS
        .into_iter()
        .flat_map(of)
        .map(|fixture| (format!("{}/{}", fixture.version, fixture.name), fixture.bytes()))
        .collect();
    assert_eq!(files.len(), NAMES.len() * VERSIONS.len());
    files
}

fn asked() -> Option<usize> {
    std::env::var("LANCEHEAD_MUTATIONS")
        .ok()
        .map(|count| count.parse().expect("a number in LANCEHEAD_MUTATIONS"))
}

/// Runs everything there is over `bytes`; an error of the input is fine, one of ours is not.
fn process(bytes: &[u8]) -> Result<(), String> {
    let fine = |error: &Error| match error.is_internal() {
        true => Err(error.to_string()),
        false => Ok(()),
    };
    let loaded = match isolate::catch(|| Loaded::read(bytes, Format::Pyc)).and_then(|done| done) {
        Ok(loaded) => loaded,
        Err(error) => return fine(&error),
    };
    let shown = isolate::catch(|| {
        let mut text = String::new();
        let _ = write!(text, "{}", Info::of(&loaded));
        let _ = write_disassembly(loaded.code(), PrintOptions::default(), &mut PlainText(&mut text));
        serde_json::to_writer(std::io::sink(), &Disassembly::of(&loaded))
    });
    shown.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let done =
        decompile(bytes, Format::Pyc, &DecompileOptions::default()).map_err(|error| error.to_string())?;
    let reasons = done.functions.into_iter().filter_map(|function| match function.fate {
        Fate::NotRecovered { reason } => Some(reason),
        Fate::Unproven { difference, .. } => Some(difference),
        Fate::Proven | Fate::Emulated | Fate::Unchecked => None,
    });
    reasons.into_iter().find(|reason| reason.contains("a bug of its own")).map_or(Ok(()), Err)
}

/// Runs `process` on a thread with a big stack, one input at a time, and watches the clock.
struct Watch {
    send: mpsc::Sender<Vec<u8>>,
    receive: mpsc::Receiver<Result<(), String>>,
    failures: Vec<String>,
}

impl Watch {
    fn new() -> Watch {
        let (send, inputs) = mpsc::channel::<Vec<u8>>();
        let (results, receive) = mpsc::channel();
        let work = move || {
            for bytes in inputs {
                if results.send(process(&bytes)).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().stack_size(isolate::STACK_SIZE).spawn(work).expect("a thread");
        Watch { send, receive, failures: Vec::new() }
    }

    fn run(&mut self, name: impl Fn() -> String, bytes: Vec<u8>) {
        let start = Instant::now();
        self.send.send(bytes).expect("the worker lives");
        match self.receive.recv_timeout(HANG) {
            Ok(Ok(())) if start.elapsed() <= TIME => {}
            Ok(Ok(())) => self.failures.push(format!("{}: took {:?}", name(), start.elapsed())),
            Ok(Err(text)) => self.failures.push(format!("{}: {text}", name())),
            Err(_) => panic!("{}: no result after {HANG:?}; before it: {:#?}", name(), self.failures),
        }
    }

    fn finish(self) {
        let first: Vec<&String> = self.failures.iter().take(20).collect();
        assert!(self.failures.is_empty(), "{} failures: {first:#?}", self.failures.len());
        assert!(peak_memory_kb() <= MEMORY_KB, "{} kB of memory were used", peak_memory_kb());
    }
}

/// The most memory this process ever had resident, in kB; 0 where the system does not say.
fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
fn every_truncation_ends_in_order() {
    isolate::quiet_panics();
    let step = if asked().is_some() { 1 } else { 17 };
    let mut watch = Watch::new();
    for (name, bytes) in twenty_files() {
        for length in (0..bytes.len()).step_by(step) {
            watch.run(|| format!("{name}, first {length} bytes"), bytes[..length].to_vec());
        }
    }
    watch.finish();
}

/// A small generator of random numbers (xorshift64*): the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound.max(1)
    }

    /// Changes `bytes` in one to four places.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let length = self.below(8) + 1;
            let end = (at + length).min(bytes.len());
            match self.below(7) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = self.below(256) as u8,
                2 => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][self.below(5)],
                3 => drop(bytes.drain(at..end)),
                // Long enough to be a run of other instructions, with the lengths around it intact.
                4 => {
                    let end = (at + 40).min(bytes.len());
                    bytes[at..end].fill_with(|| self.below(256) as u8);
                }
                5 => bytes.splice(at..at, std::iter::repeat_n(self.below(256) as u8, length)).for_each(drop),
                _ => {
                    let from = self.below(bytes.len() - (end - at) + 1);
                    bytes.copy_within(from..from + (end - at), at);
                }
            }
            if bytes.is_empty() {
                return;
            }
        }
    }
}

#[test]
fn every_mutation_ends_in_order() {
    isolate::quiet_panics();
    let count = asked().unwrap_or(2_000);
    let seed = std::env::var("LANCEHEAD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1u64);
    let files = twenty_files();
    let mut watch = Watch::new();
    for number in 0..count {
        let (name, bytes) = &files[number % files.len()];
        let mut random = Random((seed << 32 | number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut mutated = bytes.clone();
        random.mutate(&mut mutated);
        watch.run(|| format!("mutation {number} of seed {seed}, of {name}"), mutated);
    }
    watch.finish();
}
