//! `lancehead decompile`.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lancehead::input::{self, Input};
use lancehead::{Error, Interpreter, isolate};

use crate::args::{self, DecompileOptions};
use crate::console::Console;
use crate::worker::job::{Decompiled, Failure, Job, Listed, Reply, Request, Task};
use crate::worker::pool::Runner;

pub(crate) fn run(options: &DecompileOptions, console: &mut Console<'_>) -> io::Result<()> {
    let found = input::find(&options.inputs.paths);
    let inputs = console.inputs(found);
    if let Some(pass) = &options.dump_after {
        return dump(options, pass, &inputs, console);
    }
    if let Some(Err(error)) = options.verify_with.as_deref().map(Interpreter::new) {
        console.problem("--verify-with", &error);
        return Ok(());
    }
    match (&options.output, inputs.as_slice()) {
        (Some(folder), inputs) => to_folder(options, folder, inputs, console)?,
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
            Ok(Ok(text)) => console.out().write_all(text.as_bytes())?,
            Ok(Err(error)) => {
                console.problem("--dump-after", &error);
                return Ok(());
            }
            Err(error) => console.failed(&input.name, &error),
        }
    }
    Ok(())
}

impl DecompileOptions {
    fn job(&self, input: &Input) -> Result<Job, Failure> {
        let bytes = isolate::catch(|| input.read()).and_then(|read| read)?;
        let request = Request {
            name: input.name.clone(),
            python: self.inputs.python.map(|version| version.to_string()),
            json: self.json,
            task: Task::Decompile {
                check: !self.no_check,
                lines: self.layout == args::Layout::Lines,
                second: self.verify_with.clone(),
                max_output: self.max_output.saturating_mul(1 << 20),
            },
            memory: self.bounds.memory(bytes.len()),
            length: bytes.len() as u64,
            source_length: 0,
        };
        Ok(Job { request, bytes, source: Vec::new() })
    }

    /// Whether `output` names the file of the only source there is, and not a folder.
    fn only_file(&self, output: &Path, inputs: &[Input]) -> bool {
        let is_one = inputs.len() == 1 && matches!(self.inputs.paths.as_slice(), [path] if !path.is_dir());
        is_one && output.extension().is_some_and(|extension| extension == "py") && !output.is_dir()
    }

    fn decompile(&self, input: &Input, runner: &mut Runner<'_>) -> Result<Decompiled, Failure> {
        match runner.run(&self.job(input)?)? {
            Reply::Decompiled(done) => Ok(*done),
            _ => Err(Error::Internal("an answer to another question".to_owned()).into()),
        }
    }
}

fn to_stdout(options: &DecompileOptions, input: &Input, console: &mut Console<'_>) -> io::Result<()> {
    let again = console.again();
    let pool = options.bounds.pool(again.as_deref(), 1);
    let work = |_, runner: &mut Runner<'_>| options.decompile(input, runner);
    pool.run(1, work, |_, done| {
        match done {
            Ok(done) => {
                match &done.json {
                    Some(json) => writeln!(console.out(), "{json}")?,
                    None => console.out().write_all(done.source.as_bytes())?,
                }
                report(&input.name, &done, console);
            }
            Err(failure) => console.failure(&input.name, &failure),
        }
        Ok(())
    })
}

fn to_folder(
    options: &DecompileOptions,
    folder: &Path,
    inputs: &[Input],
    console: &mut Console<'_>,
) -> io::Result<()> {
    let start = Instant::now();
    let file = options.only_file(folder, inputs);
    if !file && folder.exists() && !folder.is_dir() {
        let reason = "expected a folder for the sources, found a file (one input and a name that ends in .py make a file)";
        console.problem(&folder.display().to_string(), &reason);
        return Ok(());
    }
    let progress = progress(inputs.len(), options.quiet);
    let again = console.again();
    let pool = options.bounds.pool(again.as_deref(), options.jobs);
    let work = |at: usize, runner: &mut Runner<'_>| {
        let outcome = inputs.get(at).map(|input| {
            let (folder, path) = match (file, folder.parent(), folder.file_name()) {
                (true, Some(parent), Some(name)) => (parent, Path::new(name)),
                _ => (folder, input.destination.path()),
            };
            write_one(options, folder, path, input, runner)
        });
        progress.inc(1);
        outcome
    };
    let mut tally = Tally::default();
    let run = pool.run(inputs.len(), work, |at, outcome| {
        let (Some(input), Some(outcome)) = (inputs.get(at), outcome) else { return Ok(()) };
        tally.add(&outcome);
        progress.suspend(|| match &outcome {
            Ok(done) => {
                if let Some(json) = &done.json {
                    writeln!(console.out(), "{json}")?;
                }
                report(&input.name, done, console);
                Ok(())
            }
            Err(failure) => {
                console.failure(&input.name, failure);
                Ok(())
            }
        })
    });
    progress.finish_and_clear();
    run?;
    if !options.quiet {
        console.say(&tally.line(start.elapsed()));
    }
    Ok(())
}

fn write_one(
    options: &DecompileOptions,
    folder: &Path,
    path: &Path,
    input: &Input,
    runner: &mut Runner<'_>,
) -> Result<Decompiled, Failure> {
    let mut done = options.decompile(input, runner)?;
    let ours = |old: &[u8]| options.force || old.is_empty() || input::is_untouched(old);
    input::write_new(folder, path, &input::sealed(&done.source), ours).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::AlreadyExists => {
                "it exists, and was not written by Lancehead or was changed since (--force replaces it)"
                    .into()
            }
            _ => lancehead::reason(&error),
        };
        Error::Output { path: folder.join(path), reason }
    })?;
    done.source = String::new();
    Ok(done)
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

fn report(name: &str, done: &Decompiled, console: &mut Console<'_>) {
    for warning in &done.warnings {
        console.warning(name, warning);
    }
    for (Listed { count, names }, what) in [(&done.missing, "not recovered"), (&done.unproven, "not proven")]
    {
        if *count == 0 {
            continue;
        }
        let mut names = names.clone();
        if *count > names.len() {
            names.push(format!("{} more", count - names.len()));
        }
        let all = done.functions;
        console.incomplete(name, &format!("{count} of {all} code objects {what}: {}", names.join(", ")));
    }
    if let Some(failure) = &done.unasked {
        console.failure(name, failure);
    }
}

/// Counts for the summary line.
#[derive(Default)]
struct Tally {
    complete: usize,
    incomplete: usize,
    failed: usize,
    functions: usize,
    proven: usize,
    emulated: usize,
    missing: usize,
    unproven: usize,
}

impl Tally {
    fn add(&mut self, outcome: &Result<Decompiled, Failure>) {
        match outcome {
            Ok(done) => {
                match done.is_complete() {
                    true => self.complete += 1,
                    false => self.incomplete += 1,
                }
                self.functions += done.functions;
                self.proven += done.proven;
                self.emulated += done.emulated;
                self.missing += done.missing.count;
                self.unproven += done.unproven.count;
            }
            Err(_) => self.failed += 1,
        }
    }

    fn line(&self, elapsed: Duration) -> String {
        let files = self.complete + self.incomplete + self.failed;
        let mut line = format!("{files} files in {:.2} s: {} complete", elapsed.as_secs_f64(), self.complete);
        for (count, what) in [(self.incomplete, "incomplete"), (self.failed, "failed")] {
            if count > 0 {
                line += &format!(", {count} {what}");
            }
        }
        line += &format!("; {} code objects", self.functions);
        let counts = [
            (self.proven, "proven"),
            (self.emulated, "emulated"),
            (self.unproven, "not proven"),
            (self.missing, "not recovered"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
        if !counts.is_empty() {
            line += &format!(": {}", counts.join(", "));
        }
        line
    }
}
