//! `lancehead decompile`.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lancehead::input::{self, Input};
use lancehead::{Decompilation, Error, FunctionReport, HEADER_MARK, isolate};
use rayon::prelude::*;

use crate::args::DecompileOptions;
use crate::console::Console;

pub(crate) fn run(options: &DecompileOptions, console: &mut Console<'_>) -> io::Result<()> {
    let found = input::find(&options.inputs.paths);
    let inputs = console.inputs(found);
    if let Some(pass) = &options.dump_after {
        return dump(options, pass, &inputs, console);
    }
    match (&options.output, inputs.as_slice()) {
        (Some(folder), inputs) => to_folder(options, folder, inputs, console),
        (None, [input]) => to_stdout(options, input, console)?,
        (None, []) => {}
        (None, several) => {
            let paths = &options.inputs.paths;
            let named = paths.first().map(|path| path.display().to_string()).unwrap_or_default();
            let text =
                format!("{} inputs, expected one, or a folder for their sources (--output)", several.len());
            console.problem(&named, &text);
        }
    }
    Ok(())
}

fn dump(
    options: &DecompileOptions,
    pass: &str,
    inputs: &[Input],
    console: &mut Console<'_>,
) -> io::Result<()> {
    for input in inputs {
        let Some(loaded) = console.load(input, options.inputs.format()) else { continue };
        match isolate::on_big_stack(|| lancehead::dump_after(loaded.code(), pass)) {
            Ok(text) => console.out().write_all(text.as_bytes())?,
            Err(error) => console.failed(&input.name, &error),
        }
    }
    Ok(())
}

fn to_stdout(options: &DecompileOptions, input: &Input, console: &mut Console<'_>) -> io::Result<()> {
    let format = options.inputs.format();
    let result = isolate::on_big_stack(|| lancehead::decompile(&input.read()?, format)).and_then(|done| done);
    match result {
        Ok(decompilation) => {
            console.out().write_all(decompilation.source.as_bytes())?;
            report(&input.name, &Outcome::of(decompilation), console);
        }
        Err(error) => console.failed(&input.name, &error),
    }
    Ok(())
}

/// What is kept of a decompilation once its source is written.
struct Outcome {
    functions: usize,
    incomplete: Vec<FunctionReport>,
    warnings: Vec<String>,
}

impl Outcome {
    fn of(decompilation: Decompilation) -> Outcome {
        let functions = decompilation.functions.len();
        let failed = decompilation.functions.into_iter().filter(|function| function.failure.is_some());
        Outcome { functions, incomplete: failed.collect(), warnings: decompilation.warnings }
    }
}

fn to_folder(options: &DecompileOptions, folder: &Path, inputs: &[Input], console: &mut Console<'_>) {
    let start = Instant::now();
    let pool = match isolate::thread_pool(options.jobs) {
        Ok(pool) => pool,
        Err(error) => return console.failed("threads", &error),
    };
    let progress = progress(inputs.len(), options.quiet);
    let one = |input: &Input| {
        let outcome = isolate::catch(|| write_one(options, folder, input)).and_then(|done| done);
        progress.inc(1);
        outcome
    };
    let outcomes: Vec<Result<Outcome, Error>> = pool.install(|| inputs.par_iter().map(one).collect());
    progress.finish_and_clear();
    let mut tally = Tally::default();
    for (input, outcome) in inputs.iter().zip(&outcomes) {
        tally.add(outcome);
        match outcome {
            Ok(outcome) => report(&input.name, outcome, console),
            Err(error) => console.failed(&input.name, error),
        }
    }
    if !options.quiet {
        console.say(&tally.line(start.elapsed()));
    }
}

fn write_one(options: &DecompileOptions, folder: &Path, input: &Input) -> Result<Outcome, Error> {
    let decompilation = lancehead::decompile(&input.read()?, options.inputs.format())?;
    let ours = |old: &[u8]| options.force || old.is_empty() || old.starts_with(HEADER_MARK.as_bytes());
    let path = input.destination.path();
    input::write_new(folder, path, &decompilation.source, ours).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::AlreadyExists => {
                "it exists and was not written by Lancehead (--force replaces it)".into()
            }
            _ => error.to_string(),
        };
        Error::Output { path: folder.join(path), reason }
    })?;
    Ok(Outcome::of(decompilation))
}

fn progress(length: usize, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// How many functions are named in a message.
const NAMED: usize = 3;

fn report(name: &str, outcome: &Outcome, console: &mut Console<'_>) {
    for warning in &outcome.warnings {
        console.warning(name, warning);
    }
    if outcome.incomplete.is_empty() {
        return;
    }
    let named = |function: &FunctionReport| format!("{} (line {})", function.path, function.firstlineno);
    let mut names: Vec<String> = outcome.incomplete.iter().take(NAMED).map(named).collect();
    if outcome.incomplete.len() > NAMED {
        names.push(format!("{} more", outcome.incomplete.len() - NAMED));
    }
    let (failed, all) = (outcome.incomplete.len(), outcome.functions);
    console.incomplete(name, &format!("{failed} of {all} code objects not recovered: {}", names.join(", ")));
}

/// Counts for the summary line.
#[derive(Default)]
struct Tally {
    complete: usize,
    incomplete: usize,
    functions: usize,
    failed: usize,
}

impl Tally {
    fn add(&mut self, outcome: &Result<Outcome, Error>) {
        match outcome {
            Ok(outcome) if outcome.incomplete.is_empty() => self.complete += 1,
            Ok(outcome) => {
                self.incomplete += 1;
                self.functions += outcome.incomplete.len();
            }
            Err(_) => self.failed += 1,
        }
    }

    fn line(&self, elapsed: Duration) -> String {
        let files = self.complete + self.incomplete + self.failed;
        let mut line = format!("{files} files in {:.2} s: {} complete", elapsed.as_secs_f64(), self.complete);
        if self.incomplete > 0 {
            line +=
                &format!(", {} incomplete ({} code objects not recovered)", self.incomplete, self.functions);
        }
        if self.failed > 0 {
            line += &format!(", {} failed", self.failed);
        }
        line
    }
}
