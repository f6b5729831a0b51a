//! `lancehead check`.

use std::io;
use std::time::{Duration, Instant};

use lancehead::input::{self, Input, Sources};
use lancehead::{Check, Error, Loaded, check, isolate, optimisation_of};
use rayon::prelude::*;

use crate::args::CheckOptions;
use crate::console::{Console, tame};

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
    let pool = match isolate::thread_pool(options.jobs) {
        Ok(pool) => pool,
        Err(error) => {
            console.failed("threads", &error);
            return Ok(());
        }
    };
    let one = |input: &Input| isolate::catch(|| check_one(options, &sources, input)).and_then(|done| done);
    let results: Vec<Result<Check, Error>> = pool.install(|| inputs.par_iter().map(one).collect());
    let mut tally = Tally::default();
    for (input, result) in inputs.iter().zip(&results) {
        tally.add(result);
        match result {
            Ok(check) => report(options, input, check, console)?,
            Err(error) => console.failed(&input.name, error),
        }
    }
    if !options.quiet {
        console.say(&tally.line(start.elapsed()));
    }
    Ok(())
}

fn check_one(options: &CheckOptions, sources: &Sources, input: &Input) -> Result<Check, Error> {
    let loaded = Loaded::read(&input.read()?, options.format())?;
    let (_, source) = sources.read(input)?;
    let level = options.optimize.or_else(|| optimisation_of(&input.name));
    check(&source, loaded.code(), level)
}

fn report(options: &CheckOptions, input: &Input, check: &Check, console: &mut Console<'_>) -> io::Result<()> {
    if options.json {
        #[derive(serde::Serialize)]
        struct Named<'a> {
            input: &'a str,
            equal: bool,
            #[serde(flatten)]
            check: &'a Check,
        }
        let line = Named { input: &input.name, equal: check.is_equal(), check };
        writeln!(console.out(), "{}", serde_json::to_string(&line)?)?;
    }
    if options.verbose {
        match &check.compiled_by {
            Some(releases) => console.say(&format!("{}: compiled by {releases}", tame(&input.name))),
            None => {
                console.say(&format!("{}: any release of {} compiles it so", tame(&input.name), check.python))
            }
        }
    }
    for function in check.different() {
        match options.json {
            true => console.differ(),
            false => console.differs(&input.name, &function.to_string()),
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
    fn add(&mut self, result: &Result<Check, Error>) {
        self.files += 1;
        match result {
            Ok(check) => {
                self.equal += usize::from(check.is_equal());
                self.functions += check.functions.len();
                self.different += check.different().count();
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
