//! `lancehead check`.

use std::io;
use std::time::{Duration, Instant};

use lancehead::input::{self, Input, Sources};
use lancehead::{Error, isolate, optimisation_of};

use crate::args::CheckOptions;
use crate::console::Console;
use crate::worker::job::{Checked, Failure, Job, Reply, Request, Task};
use crate::worker::pool::Runner;

pub(crate) fn run(options: &CheckOptions, console: &mut Console<'_>) -> io::Result<()> {
    let start = Instant::now();
    let (sources, bytecode) = match options.paths.as_slice() {
        [source, bytecode] => match Sources::at(source) {
            Ok(sources) => (sources, bytecode),
            Err(error) => {
                console.failed(&source.display().to_string(), &error);
                return Ok(());
            }
        },
        [both, ..] => (Sources::Beside, both),
        [] => return Ok(()),
    };
    let inputs = console.inputs(input::find(&[bytecode]));
    if matches!(sources, Sources::File(_)) && inputs.len() > 1 {
        console.problem(&bytecode.display().to_string(), &"expected one .pyc for one source, found several");
        return Ok(());
    }
    let again = console.again();
    let pool = options.bounds.pool(again.as_deref(), options.jobs);
    let mut tally = Tally::default();
    let work = |at: usize, runner: &mut Runner<'_>| {
        inputs.get(at).map(|input| check_one(options, &sources, input, runner))
    };
    pool.run(inputs.len(), work, |at, result| {
        let (Some(input), Some(result)) = (inputs.get(at), result) else { return Ok(()) };
        tally.add(&result);
        match result {
            Ok(checked) => report(options.verbose, input, &checked, console),
            Err(failure) => {
                console.failure(&input.name, &failure);
                Ok(())
            }
        }
    })?;
    if !options.quiet {
        console.say(&tally.line(start.elapsed()));
    }
    Ok(())
}

fn check_one(
    options: &CheckOptions,
    sources: &Sources,
    input: &Input,
    runner: &mut Runner<'_>,
) -> Result<Checked, Failure> {
    let read = || Ok((input.read()?, sources.read(input)?.1));
    let (bytes, source) = isolate::catch(read).and_then(|read| read)?;
    let request = Request {
        name: input.name.clone(),
        python: options.python.map(|version| version.to_string()),
        json: options.json,
        task: Task::Check { optimize: options.optimize.or_else(|| optimisation_of(&input.name)) },
        memory: options.bounds.memory(bytes.len() + source.len()),
        length: bytes.len() as u64,
        source_length: source.len() as u64,
    };
    match runner.run(&Job { request, bytes, source })? {
        Reply::Checked(checked) => Ok(checked),
        _ => Err(Error::Internal("an answer to another question".to_owned()).into()),
    }
}

fn report(is_verbose: bool, input: &Input, checked: &Checked, console: &mut Console<'_>) -> io::Result<()> {
    for warning in &checked.warnings {
        console.warning(&input.name, warning);
    }
    if is_verbose {
        match &checked.compiled_by {
            Some(releases) => {
                console.say(&format!("{}: compiled by {releases}", lancehead::tame(&input.name)))
            }
            None => console.say(&format!(
                "{}: any release of {} compiles it so",
                lancehead::tame(&input.name),
                checked.python
            )),
        }
    }
    if let Some(json) = &checked.json {
        writeln!(console.out(), "{json}")?;
    }
    for different in &checked.different {
        match checked.json {
            Some(_) => console.differ(),
            None => console.differs(&input.name, different),
        }
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    files: usize,
    equal: usize,
    failed: usize,
    functions: usize,
    different: usize,
}

impl Tally {
    fn add(&mut self, result: &Result<Checked, Failure>) {
        self.files += 1;
        match result {
            Ok(checked) => {
                self.equal += usize::from(checked.different.is_empty());
                self.functions += checked.functions;
                self.different += checked.different.len();
            }
            Err(_) => self.failed += 1,
        }
    }

    fn line(&self, elapsed: Duration) -> String {
        let seconds = elapsed.as_secs_f64();
        let mut line =
            format!("{} files in {seconds:.2} s: {} belong to their source", self.files, self.equal);
        let others = self.files - self.equal - self.failed;
        if others > 0 {
            line +=
                &format!(", {others} do not ({} of {} code objects differ)", self.different, self.functions);
        }
        if self.failed > 0 {
            line += &format!(", {} not checked", self.failed);
        }
        line
    }
}
