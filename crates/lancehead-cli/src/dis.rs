//! `lancehead dis`.

use std::fmt;
use std::io::{self, Write};

use lancehead::isolate;
use lancehead::{
    AnsiText, Disassembly, Loaded, PlainText, PrintOptions, assembly, input, tame, write_disassembly,
    write_json,
};

use crate::args::{DisFormat, DisOptions};
use crate::console::Console;

pub(crate) fn run(options: &DisOptions, console: &mut Console<'_>) -> io::Result<()> {
    let found = input::find(&options.inputs.paths);
    let inputs = console.inputs(found);
    let several = inputs.len() > 1;
    for input in &inputs {
        let Some(loaded) = console.load(input, options.inputs.format()) else { continue };
        for warning in &loaded.warnings {
            console.warning(&input.name, warning);
        }
        if options.format == DisFormat::Asm {
            print_assembly(&loaded, &input.name, console)?;
            continue;
        }
        let colours = console.out_colours();
        let out = console.out();
        let written = isolate::on_big_stack(|| {
            if several && options.format == DisFormat::Text {
                writeln!(out, "# {}", tame(&input.name))?;
            }
            write(&loaded, options, colours, out)
        });
        match written {
            Ok(written) => written?,
            Err(error) => console.failed(&input.name, &error),
        }
    }
    Ok(())
}

fn print_assembly(loaded: &Loaded, name: &str, console: &mut Console<'_>) -> io::Result<()> {
    match isolate::on_big_stack(|| assembly(loaded)) {
        Ok(Ok(text)) => console.out().write_all(text.as_bytes())?,
        Ok(Err(error)) => console.problem(name, &error),
        Err(error) => console.failed(name, &error),
    }
    Ok(())
}

fn write(
    loaded: &Loaded,
    options: &DisOptions,
    colours: bool,
    out: &mut (dyn Write + Send),
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match options.format {
        DisFormat::Json => {
            write_json(&Disassembly::of(loaded), &mut out)?;
            writeln!(out)?;
        }
        DisFormat::Text | DisFormat::Asm => {
            let shown = PrintOptions {
                caches: options.caches,
                offsets: options.offsets,
                positions: options.positions,
            };
            let mut text = FmtToIo { out: &mut out, error: None };
            let written = match colours {
                true => write_disassembly(loaded.code(), shown, &mut AnsiText(&mut text)),
                false => write_disassembly(loaded.code(), shown, &mut PlainText(&mut text)),
            };
            if written.is_err() {
                return Err(text.error.unwrap_or_else(|| io::ErrorKind::Other.into()));
            }
        }
    }
    out.flush()
}

/// Lets text be written to a byte stream, and keeps the stream's error.
struct FmtToIo<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W: Write> fmt::Write for FmtToIo<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}
