//! The examples as each version compiles them, kept in one compressed file for each file of examples, so that the tests run
//! where no interpreter is.
//!
//! `compiled/NAME.bin` is a zlib stream of records in the order of their keys: the version's minor number, the optimisation
//! level, the kind, the hash of the source (8 bytes), the length (4 bytes, or `u32::MAX` where the source does not compile)
//! and the marshal data. Numbers are little-endian.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use lancehead::{Format, Loaded, Version};

use crate::markdown::{Example, Kind};
use crate::support::interpreters;

/// What a compiled form is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    hash: u64,
    optimise: u8,
    kind: Kind,
    version: Version,
}

impl Key {
    pub fn of(example: &Example, version: Version) -> Key {
        // FNV-1a.
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        let hash = example.source.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, mix);
        Key { hash, optimise: example.optimise, kind: example.kind, version }
    }
}

/// The compiled forms of the examples of one file: marshal data, or `None` where a version does not compile the source.
pub type Compiled = BTreeMap<Key, Option<Vec<u8>>>;

/// Where the compiled forms of a file of examples are kept.
pub fn path_for(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new(".")).join("compiled");
    folder.join(file.file_name().unwrap_or_default()).with_extension("bin")
}

/// Reads what [`write`] wrote; nothing if there is no file yet.
pub fn read(path: &Path) -> Result<Compiled, String> {
    let Ok(bytes) = std::fs::read(path) else { return Ok(Compiled::new()) };
    let mut data = Vec::new();
    ZlibDecoder::new(&bytes[..]).read_to_end(&mut data).map_err(|error| error.to_string())?;
    let mut compiled = Compiled::new();
    let mut rest = &data[..];
    while let [minor, optimise, kind, tail @ ..] = rest {
        let (Some((hash, tail)), kind) = (tail.split_first_chunk(), kind_of(*kind)?) else {
            return Err("a record is cut off".to_owned());
        };
        let (length, tail) = tail.split_first_chunk().ok_or("a record is cut off")?;
        let version = Version::ALL.into_iter().find(|version| version.minor() == *minor);
        let version = version.ok_or(format!("no version 3.{minor}"))?;
        let key = Key { hash: u64::from_le_bytes(*hash), optimise: *optimise, kind, version };
        let data;
        (data, rest) = match u32::from_le_bytes(*length) {
            u32::MAX => (None, tail),
            length => {
                let (data, rest) = tail.split_at_checked(length as usize).ok_or("a record is cut off")?;
                (Some(data.to_vec()), rest)
            }
        };
        compiled.insert(key, data);
    }
    Ok(compiled)
}

/// Writes compiled forms.
pub fn write(path: &Path, compiled: &Compiled) -> std::io::Result<()> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    for (key, data) in compiled {
        encoder.write_all(&[key.version.minor(), key.optimise, key.kind as u8])?;
        encoder.write_all(&key.hash.to_le_bytes())?;
        let length = data.as_ref().map_or(u32::MAX, |data| data.len() as u32);
        encoder.write_all(&length.to_le_bytes())?;
        encoder.write_all(data.as_deref().unwrap_or_default())?;
    }
    std::fs::write(path, encoder.finish()?)
}

fn kind_of(byte: u8) -> Result<Kind, String> {
    let kinds = [Kind::Source, Kind::Program, Kind::Assembly];
    kinds.into_iter().find(|kind| *kind as u8 == byte).ok_or(format!("no kind {byte}"))
}

/// Whether two compiled forms are the same code, however it is written: marshal data depends on what else refers to an
/// object.
pub fn is_same(a: Option<&Vec<u8>>, b: Option<&Vec<u8>>, version: Version) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => {
            let read = |bytes| Loaded::read(bytes, Format::Marshal(version)).ok();
            a == b || read(a).is_some_and(|a| read(b).is_some_and(|b| a.code() == b.code()))
        }
        (None, None) => true,
        _ => false,
    }
}

/// Compiles examples by the interpreter of `version`; `None` if there is none.
pub fn compile(examples: &[&Example], version: Version) -> Option<Result<Compiled, String>> {
    let python = interpreters::find(version)?;
    Some(compile_by(&python, examples, version).map_err(|error| format!("CPython {version}: {error}")))
}

fn compile_by(python: &Path, examples: &[&Example], version: Version) -> Result<Compiled, String> {
    let text = |error: std::io::Error| error.to_string();
    let job = |example: &&Example| (example.source.clone(), example.optimise, example.kind == Kind::Program);
    let jobs: Vec<_> = examples.iter().map(job).collect();
    let input = serde_json::to_vec(&jobs).map_err(|error| error.to_string())?;
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/spec/compile.py");
    let mut command = Command::new(python);
    command.args(["-s", program]).stdin(Stdio::piped()).stdout(Stdio::piped());
    // Sets among the constants are written in the order of hashes.
    let mut child = command.env("PYTHONHASHSEED", "0").spawn().map_err(text)?;
    let mut stdin = child.stdin.take().ok_or("no pipe")?;
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().map_err(text)?;
    writer.join().map_err(|_| "the writer stopped")?.map_err(text)?;
    let rows: Vec<Option<String>> =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let bytes = |row: Option<String>| row.map(|row| unhex(&row));
    let keys = examples.iter().map(|example| Key::of(example, version));
    Ok(keys.zip(rows.into_iter().map(bytes)).collect())
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// The full version that an interpreter says it is.
pub fn release(version: Version) -> Option<String> {
    let python = interpreters::find(version)?;
    let program = "import platform; print(platform.python_version())";
    let output = Command::new(python).args(["-I", "-c", program]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
