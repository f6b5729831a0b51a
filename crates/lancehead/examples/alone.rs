//! Decompiles the code objects of a marshalled list as functions that stand alone, as the Python package does: to
//! profile that, and to compare what comes out.
//!
//! `alone VERSION FILE [ROUNDS] [--no-check] [--print]`; the file is what `marshal.dump([f.__code__, …], file)` writes.

use std::error::Error;

use lancehead::{DecompileOptions, decompile_code};
use lancehead_pyc::{Object, Version, read_marshal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, plain): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let [version, file, rest @ ..] = &plain[..] else {
        return Err("alone VERSION FILE [ROUNDS] [--no-check] [--print]".into());
    };
    let minor = version.strip_prefix("3.").ok_or("a version is 3.X")?.parse()?;
    let version = Version::from_minor(minor).ok_or("no such version")?;
    let rounds: usize = rest.first().map_or(Ok(1), |rounds| rounds.parse())?;
    let mut options = DecompileOptions::default();
    options.header = false;
    options.check = !flags.iter().any(|flag| flag == "--no-check");
    let root = read_marshal(&std::fs::read(file)?, version)?;
    let Object::List(items) = &*root else { return Err("the file holds no list".into()) };
    lancehead::isolate::on_big_stack(|| {
        for round in 0..rounds {
            for item in items {
                let Object::Code(code) = &**item else { continue };
                let done = decompile_code(code, &options);
                if round == 0 && flags.iter().any(|flag| flag == "--print") {
                    println!("# {}: {:?}\n{}", code.qualname, done.functions, done.source);
                }
            }
        }
    })?;
    Ok(())
}
