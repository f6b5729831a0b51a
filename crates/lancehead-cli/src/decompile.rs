//! `lancehead decompile`.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lancehead::input::{self, Input};
use lancehead::{
    Decompilation, Error, Fate, FunctionReport, HEADER_MARK, Interpreter, Layout, Loaded, decompile_code,
    isolate,
};
use rayon::prelude::*;

use crate::args::{self, DecompileOptions};
use crate::console::Console;

pub(crate) fn run(options: &DecompileOptions, console: &mut Console<'_>) -> io::Result<()> {
    let found = input::find(&options.inputs.paths);
    let inputs = console.inputs(found);
    if let Some(pass) = &options.dump_after {
        return dump(options, pass, &inputs, console);
    }
    let second = match options.verify_with.as_deref().map(Interpreter::new).transpose() {
        Ok(second) => second,
        Err(error) => {
            console.problem("--verify-with", &error);
            return Ok(());
        }
    };
    let second = second.as_ref();
    match (&options.output, inputs.as_slice()) {
        (Some(folder), inputs) => to_folder(options, second, folder, inputs, console)?,
        (None, [input]) => to_stdout(options, second, input, console)?,
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
    fn how(&self) -> lancehead::DecompileOptions {
        let mut how = lancehead::DecompileOptions::default();
        how.check = !self.no_check;
        how.layout = match self.layout {
            args::Layout::Pretty => Layout::Pretty,
            args::Layout::Lines => Layout::Lines,
        };
        how
    }

    fn decompile(&self, input: &Input, second: Option<&Interpreter>) -> Result<Decompilation, Error> {
        let loaded = Loaded::read(&input.read()?, self.inputs.format())?;
        let mut decompilation = decompile_code(loaded.code(), &self.how());
        if let Some(interpreter) = second {
            interpreter.verify(&loaded, &mut decompilation)?;
        }
        decompilation.warnings.splice(0..0, loaded.warnings);
        Ok(decompilation)
    }
}

fn to_stdout(
    options: &DecompileOptions,
    second: Option<&Interpreter>,
    input: &Input,
    console: &mut Console<'_>,
) -> io::Result<()> {
    match isolate::on_big_stack(|| options.decompile(input, second)).and_then(|done| done) {
        Ok(decompilation) => {
            match options.json {
                true => writeln!(console.out(), "{}", json(&input.name, &decompilation)?)?,
                false => console.out().write_all(decompilation.source.as_bytes())?,
            }
            report(&input.name, &Outcome::of(decompilation), console);
        }
        Err(error) => console.failed(&input.name, &error),
    }
    Ok(())
}

/// One line of JSON.
fn json(name: &str, decompilation: &Decompilation) -> io::Result<String> {
    #[derive(serde::Serialize)]
    struct Named<'a> {
        input: &'a str,
        #[serde(flatten)]
        decompilation: &'a Decompilation,
    }
    Ok(serde_json::to_string(&Named { input: name, decompilation })?)
}

/// What is kept of a decompilation once its source is written.
struct Outcome {
    functions: usize,
    proven: usize,
    emulated: usize,
    missing: Vec<FunctionReport>,
    unproven: Vec<FunctionReport>,
    warnings: Vec<String>,
    json: Option<String>,
}

impl Outcome {
    fn of(decompilation: Decompilation) -> Outcome {
        let all = decompilation.functions;
        let functions = all.len();
        let count = |fate: Fate| all.iter().filter(|function| function.fate == fate).count();
        let (proven, emulated) = (count(Fate::Proven), count(Fate::Emulated));
        let (recovered, missing): (Vec<_>, Vec<_>) = all.into_iter().partition(FunctionReport::is_recovered);
        let unproven = recovered.into_iter().filter(FunctionReport::is_unproven).collect();
        Outcome {
            functions,
            proven,
            emulated,
            missing,
            unproven,
            warnings: decompilation.warnings,
            json: None,
        }
    }

    fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unproven.is_empty()
    }
}

fn to_folder(
    options: &DecompileOptions,
    second: Option<&Interpreter>,
    folder: &Path,
    inputs: &[Input],
    console: &mut Console<'_>,
) -> io::Result<()> {
    let start = Instant::now();
    let pool = match isolate::thread_pool(options.jobs) {
        Ok(pool) => pool,
        Err(error) => {
            console.failed("threads", &error);
            return Ok(());
        }
    };
    let progress = progress(inputs.len(), options.quiet);
    let one = |input: &Input| {
        let outcome = isolate::catch(|| write_one(options, second, folder, input)).and_then(|done| done);
        progress.inc(1);
        outcome
    };
    let outcomes: Vec<Result<Outcome, Error>> = pool.install(|| inputs.par_iter().map(one).collect());
    progress.finish_and_clear();
    let mut tally = Tally::default();
    for (input, outcome) in inputs.iter().zip(&outcomes) {
        tally.add(outcome);
        match outcome {
            Ok(outcome) => {
                if let Some(json) = &outcome.json {
                    writeln!(console.out(), "{json}")?;
                }
                report(&input.name, outcome, console);
            }
            Err(error) => console.failed(&input.name, error),
        }
    }
    if !options.quiet {
        console.say(&tally.line(start.elapsed()));
    }
    Ok(())
}

fn write_one(
    options: &DecompileOptions,
    second: Option<&Interpreter>,
    folder: &Path,
    input: &Input,
) -> Result<Outcome, Error> {
    let mut decompilation = options.decompile(input, second)?;
    let ours = |old: &[u8]| options.force || old.is_empty() || is_ours(old);
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
    decompilation.source.clear();
    let json = match options.json {
        true => Some(json(&input.name, &decompilation)?),
        false => None,
    };
    Ok(Outcome { json, ..Outcome::of(decompilation) })
}

/// Whether Lancehead wrote this: its mark begins the first line, or one of the comments at the end.
fn is_ours(text: &[u8]) -> bool {
    let mark = HEADER_MARK.as_bytes();
    let mut last = text.rsplit(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    text.starts_with(mark)
        || last.by_ref().take_while(|line| line.starts_with(b"#")).any(|line| line.starts_with(mark))
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
    for (functions, what) in [(&outcome.missing, "not recovered"), (&outcome.unproven, "not proven")] {
        if functions.is_empty() {
            continue;
        }
        let mut names: Vec<String> = functions.iter().take(NAMED).map(FunctionReport::to_string).collect();
        if functions.len() > NAMED {
            names.push(format!("{} more", functions.len() - NAMED));
        }
        let (some, all) = (functions.len(), outcome.functions);
        console.incomplete(name, &format!("{some} of {all} code objects {what}: {}", names.join(", ")));
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
    fn add(&mut self, outcome: &Result<Outcome, Error>) {
        match outcome {
            Ok(outcome) => {
                match outcome.is_complete() {
                    true => self.complete += 1,
                    false => self.incomplete += 1,
                }
                self.functions += outcome.functions;
                self.proven += outcome.proven;
                self.emulated += outcome.emulated;
                self.missing += outcome.missing.len();
                self.unproven += outcome.unproven.len();
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
