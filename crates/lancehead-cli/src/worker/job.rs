//! What a worker is asked, what it answers, and the work.

use std::path::PathBuf;

use lancehead::{
    Check, Decompilation, DecompileOptions, Error, Fate, Format, FunctionReport, Interpreter, Layout, Loaded,
    Version, check, decompile_code, isolate, to_json,
};
use serde::{Deserialize, Serialize};

/// One input, and what is to be done with it.
pub(crate) struct Job {
    pub request: Request,
    /// The input.
    pub bytes: Vec<u8>,
    /// For a check: the source.
    pub source: Vec<u8>,
}

/// All of a job but the bytes, which follow it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    /// What the input is called.
    pub name: String,
    /// The version, if the input is bare marshal data.
    pub python: Option<String>,
    /// Whether a report in JSON is wanted.
    pub json: bool,
    pub task: Task,
    /// How many bytes of memory the work may take.
    pub memory: u64,
    pub length: u64,
    pub source_length: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Task {
    Decompile {
        check: bool,
        /// Whether lines are kept.
        lines: bool,
        /// The interpreter that is asked too.
        second: Option<PathBuf>,
        /// How many bytes of source are taken.
        max_output: u64,
    },
    Check {
        optimize: Option<u8>,
    },
}

/// What came of a job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    Decompiled(Box<Decompiled>),
    Checked(Checked),
    Failed(Failure),
}

/// Why an input gave no result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub text: String,
    /// Whether the fault is not the input's.
    pub is_internal: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { text: error.to_string(), is_internal: error.is_internal() }
    }
}

/// How many functions are named in a message.
const NAMED: usize = 3;

/// Functions of one fate.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub count: usize,
    /// The first few.
    pub names: Vec<String>,
}

impl Listed {
    fn of<'a>(functions: impl Iterator<Item = &'a FunctionReport>) -> Listed {
        let mut listed = Listed::default();
        for function in functions {
            listed.count += 1;
            if listed.count <= NAMED {
                listed.names.push(function.to_string());
            }
        }
        listed
    }
}

/// A decompilation, as far as it is reported.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Decompiled {
    pub source: String,
    pub json: Option<String>,
    pub functions: usize,
    pub proven: usize,
    pub emulated: usize,
    pub missing: Listed,
    pub unproven: Listed,
    pub warnings: Vec<String>,
    /// Why the second opinion is missing that was asked for.
    pub unasked: Option<Failure>,
}

impl Decompiled {
    fn of(decompilation: Decompilation, json: Option<String>, unasked: Option<Failure>) -> Decompiled {
        let all = &decompilation.functions;
        let count = |fate: Fate| all.iter().filter(|function| function.fate == fate).count();
        Decompiled {
            functions: all.len(),
            proven: count(Fate::Proven),
            emulated: count(Fate::Emulated),
            missing: Listed::of(decompilation.incomplete()),
            unproven: Listed::of(decompilation.unproven()),
            source: decompilation.source,
            warnings: decompilation.warnings,
            json,
            unasked,
        }
    }

    pub fn is_complete(&self) -> bool {
        self.missing.count == 0 && self.unproven.count == 0
    }
}

/// A check, as far as it is reported.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Checked {
    pub json: Option<String>,
    pub functions: usize,
    /// The version of the bytecode.
    pub python: String,
    /// The patch releases that compile the source to the bytecode, if only some of the version do.
    pub compiled_by: Option<String>,
    /// One line for each code object that differs.
    pub different: Vec<String>,
    pub warnings: Vec<String>,
}

/// Does jobs.
#[derive(Default)]
pub(crate) struct Executor {
    /// The interpreter that was asked last.
    second: Option<(PathBuf, Interpreter)>,
}

impl Executor {
    /// Does a job; needs a big stack.
    pub fn execute(&mut self, job: &Job) -> Reply {
        let done = isolate::catch(|| match &job.request.task {
            Task::Decompile { .. } => self.decompile(job).map(|done| Reply::Decompiled(Box::new(done))),
            Task::Check { optimize } => checked(job, *optimize).map(Reply::Checked),
        });
        done.and_then(|done| done).unwrap_or_else(|error| Reply::Failed(error.into()))
    }

    fn decompile(&mut self, job: &Job) -> Result<Decompiled, Error> {
        let Task::Decompile { check, lines, second, max_output } = &job.request.task else {
            return Err(Error::Internal("no task".to_owned()));
        };
        let loaded = job.load()?;
        let mut options = DecompileOptions::default();
        options.check = *check;
        options.layout = if *lines { Layout::Lines } else { Layout::Pretty };
        let mut decompilation = decompile_code(loaded.code(), &options);
        if decompilation.source.len() as u64 > *max_output {
            return Err(Error::TooLong { length: decompilation.source.len() as u64, limit: *max_output });
        }
        let mut unasked = None;
        if let Some(path) = second {
            let asked = self.interpreter(path).and_then(|second| second.verify(&loaded, &mut decompilation));
            unasked = asked.err().map(Failure::from);
        }
        decompilation.warnings.splice(0..0, loaded.warnings);
        let json = job.json(&Named { input: &job.request.name, decompilation: &decompilation })?;
        Ok(Decompiled::of(decompilation, json, unasked))
    }

    fn interpreter(&mut self, path: &PathBuf) -> Result<&Interpreter, Error> {
        if self.second.as_ref().is_none_or(|(known, _)| known != path) {
            self.second = Some((path.clone(), Interpreter::new(path)?));
        }
        match &self.second {
            Some((_, interpreter)) => Ok(interpreter),
            None => Err(Error::Internal("no interpreter".to_owned())),
        }
    }
}

impl Job {
    fn load(&self) -> Result<Loaded, Error> {
        let version = self.request.python.as_deref().and_then(|version| version.parse::<Version>().ok());
        Loaded::read(&self.bytes, version.map_or(Format::Pyc, Format::Marshal))
    }

    /// One line of JSON, if that is wanted.
    fn json(&self, value: &impl Serialize) -> Result<Option<String>, Error> {
        self.request.json.then(|| to_json(value)).transpose().map_err(Error::Io)
    }
}

#[derive(Serialize)]
struct Named<'a> {
    input: &'a str,
    #[serde(flatten)]
    decompilation: &'a Decompilation,
}

fn checked(job: &Job, optimize: Option<u8>) -> Result<Checked, Error> {
    #[derive(Serialize)]
    struct Named<'a> {
        input: &'a str,
        equal: bool,
        #[serde(flatten)]
        check: &'a Check,
    }
    let loaded = job.load()?;
    let check = check(&job.source, loaded.code(), optimize)?;
    let json = job.json(&Named { input: &job.request.name, equal: check.is_equal(), check: &check })?;
    Ok(Checked {
        json,
        functions: check.functions.len(),
        python: check.python.clone(),
        compiled_by: check.compiled_by.clone(),
        different: check.different().map(ToString::to_string).collect(),
        warnings: loaded.warnings,
    })
}
