//! `lancehead asm`.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use lancehead::{AssemblyError, assemble, input, isolate};

use crate::args::AsmOptions;
use crate::console::Console;

pub(crate) fn run(options: &AsmOptions, console: &mut Console<'_>) -> io::Result<()> {
    let name = options.input.display().to_string();
    let text = match read(&options.input) {
        Ok(text) => text,
        Err(error) => {
            console.problem(&name, &format!("cannot be read: {}", lancehead::reason(&error)));
            return Ok(());
        }
    };
    match isolate::on_big_stack(|| assemble(&text, !options.unverified)) {
        Ok(Ok(bytes)) => write(&bytes, &options.output, console)?,
        Ok(Err(AssemblyError::Text(errors))) => {
            for error in &errors {
                console.problem(&name, error);
            }
        }
        Ok(Err(error)) => console.problem(&name, &error),
        Err(error) => console.failed(&name, &error),
    }
    Ok(())
}

fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read(path: &Path) -> io::Result<String> {
    match is_stream(path) {
        true => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text)?;
            Ok(text)
        }
        false => fs::read_to_string(path),
    }
}

fn write(bytes: &[u8], path: &Path, console: &mut Console<'_>) -> io::Result<()> {
    if is_stream(path) {
        return console.out().write_all(bytes);
    }
    if let Err(error) = input::write_file(path, bytes) {
        console.problem(&path.display().to_string(), &format!("not written: {error}"));
    }
    Ok(())
}
