//! Takes code objects apart and puts them together again, as often as one likes, and tells how long that takes.
//!
//! Reads a file of marshalled code objects of one version, each after its length in four bytes, as
//! `benches/against_bytecode.py` writes it: `round_trip 3.12 FILE PASSES`.

use std::process::ExitCode;
use std::time::Instant;

use lancehead_code::code_tree;
use lancehead_code::program::Code;
use lancehead_pyc::{Object, ObjectRef, Version, read_marshal};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<String, String> {
    let [version, file, passes] = arguments else {
        return Err("usage: round_trip VERSION FILE PASSES".to_owned());
    };
    let version: Version = version.parse().map_err(|e| format!("{e}"))?;
    let passes: u32 = passes.parse().map_err(|e| format!("{passes}: {e}"))?;
    let data = std::fs::read(file).map_err(|e| format!("{file}: {e}"))?;
    let modules = modules(&data, version)?;
    let codes: Vec<_> = modules
        .iter()
        .filter_map(|module| match &**module {
            Object::Code(code) => Some(code_tree(code)),
            _ => None,
        })
        .flatten()
        .map(|(_, code)| code)
        .collect();
    let mut instructions = 0;
    let begin = Instant::now();
    for _ in 0..passes {
        for code in &codes {
            let taken_apart = Code::of(code).map_err(|e| format!("{}: {e}", code.qualname))?;
            instructions += taken_apart.instructions().count();
            let assembled = taken_apart.assemble().map_err(|e| format!("{}: {e}", code.qualname))?;
            if assembled.code != code.code || assembled.linetable != code.linetable {
                return Err(format!("{}: comes out otherwise", code.qualname));
            }
        }
    }
    let seconds = begin.elapsed().as_secs_f64() / f64::from(passes);
    let count = instructions / passes.max(1) as usize;
    Ok(format!("{seconds} seconds for {} code objects, {count} instructions", codes.len()))
}

fn modules(mut data: &[u8], version: Version) -> Result<Vec<ObjectRef>, String> {
    let mut modules = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk() {
        let length = u32::from_le_bytes(*length) as usize;
        let (module, rest) = rest.split_at_checked(length).ok_or("the file is cut off")?;
        modules.push(read_marshal(module, version).map_err(|e| e.to_string())?);
        data = rest;
    }
    Ok(modules)
}
