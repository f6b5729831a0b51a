//! `lancehead info`.

use std::io;

use lancehead::{Info, input, isolate, tame, to_json};

use crate::args::{InfoOptions, OutputFormat};
use crate::console::Console;

pub(crate) fn run(options: &InfoOptions, console: &mut Console<'_>) -> io::Result<()> {
    let found = input::find(&options.inputs.paths);
    let inputs = console.inputs(found);
    for (number, input) in inputs.iter().enumerate() {
        let Some(loaded) = console.load(input, options.inputs.format()) else { continue };
        let shown = isolate::on_big_stack(|| match options.format {
            OutputFormat::Json => to_json(&Info::of(&loaded)),
            OutputFormat::Text => Ok(Info::of(&loaded).to_string()),
        });
        match shown {
            Ok(text) => {
                let text = text?;
                if options.format == OutputFormat::Text {
                    let blank = if number > 0 { "\n" } else { "" };
                    writeln!(console.out(), "{blank}{}", tame(&input.name))?;
                }
                writeln!(console.out(), "{}", text.trim_end_matches('\n'))?;
            }
            Err(error) => console.failed(&input.name, &error),
        }
    }
    Ok(())
}
