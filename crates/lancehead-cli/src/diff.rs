//! `lancehead diff`.

use std::io;

use lancehead::{Diff, Loaded, input, isolate, tame, to_json};

use crate::args::DiffOptions;
use crate::console::Console;

pub(crate) fn run(options: &DiffOptions, console: &mut Console<'_>) -> io::Result<()> {
    let (Some(first), Some(second)) = (load(options, 0, console), load(options, 1, console)) else {
        return Ok(());
    };
    match isolate::on_big_stack(|| Diff::of(&first, &second)) {
        Ok(diff) => {
            if options.json {
                writeln!(console.out(), "{}", to_json(&diff)?)?;
            } else {
                for line in diff.to_string().lines() {
                    writeln!(console.out(), "{}", tame(line))?;
                }
            }
            if !diff.equal {
                console.differ();
            }
        }
        Err(error) => console.failed(&options.paths[0].display().to_string(), &error),
    }
    Ok(())
}

/// Reads one side, which must be one input.
fn load(options: &DiffOptions, side: usize, console: &mut Console<'_>) -> Option<Loaded> {
    let path = &options.paths[side];
    let found = input::find(std::slice::from_ref(path));
    let inputs = console.inputs(found);
    match inputs.as_slice() {
        [input] => console.load(input, options.format()),
        [] => None,
        several => {
            let problem = format!("expected one .pyc file, found {}", several.len());
            console.problem(&path.display().to_string(), &problem);
            None
        }
    }
}
