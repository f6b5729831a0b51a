//! A second opinion: what a real interpreter compiles the source to.

use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use lancehead_code::{Oddity, authentic, code_tree};
use lancehead_pyc::{CodeObject, Version, write_marshal};

use crate::report::{Decompilation, Fate};
use crate::{Error, Loaded};

/// When two code objects are equal, executable.
const EQUIVALENCE: &str = include_str!("equivalence.py");

/// The most seconds of computing, and of waiting, for one input.
const MAX_SECONDS: u64 = 60;

/// The most memory for one input.
const MAX_MEGABYTES: u64 = 4096;

/// A CPython to compile source with.
#[derive(Debug, Clone)]
pub struct Interpreter {
    path: PathBuf,
    version: Version,
}

impl Interpreter {
    /// The interpreter at `path`, or of that name on the search path.
    ///
    /// # Errors
    /// [`Error::Interpreter`] if it does not run, or is none of a version that is known.
    pub fn new(path: &Path) -> Result<Interpreter, Error> {
        let fail = |reason: String| Error::Interpreter { interpreter: path.display().to_string(), reason };
        let ask = "import sys; print('%d.%d' % sys.version_info[:2])";
        let output = Command::new(path).args(["-I", "-c", ask]).stdin(Stdio::null()).output();
        let output = output.map_err(|error| fail(error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let version =
            text.parse().map_err(|_| fail(format!("expected CPython 3.7 to 3.15, found {text:?}")))?;
        Ok(Interpreter { path: path.to_owned(), version })
    }

    /// Has the source compiled and compared with the bytecode, under limits of time and memory, and notes in
    /// [`FunctionReport::verified`](crate::FunctionReport::verified) what was found. A function that was proven and is
    /// found different is no longer proven. Nothing of the input is executed.
    ///
    /// # Errors
    /// [`Error::Interpreter`] if the input is of another version, or the comparison does not come to an end.
    pub fn verify(&self, loaded: &Loaded, decompilation: &mut Decompilation) -> Result<(), Error> {
        let mut found = self.compare(loaded, &decompilation.source)?;
        for function in &mut decompilation.functions {
            let verdict = found.get_mut(&function.path).and_then(VecDeque::pop_front);
            let Some(difference) = verdict else { continue };
            function.verified = Some(difference.is_none());
            if let (Some(difference), Fate::Proven | Fate::Unchecked) = (difference, &function.fate) {
                let difference = format!("{} finds: {difference}", self.path.display());
                function.fate = Fate::Unproven { difference, offset: None, line: None };
            }
        }
        Ok(())
    }

    /// The differences by path; code objects of one path in the order in which they stand.
    fn compare(
        &self,
        loaded: &Loaded,
        source: &str,
    ) -> Result<HashMap<String, VecDeque<Option<String>>>, Error> {
        let version = loaded.code().version;
        if version != self.version {
            return Err(self.fail(format!("expected CPython {version}, found {}", self.version)));
        }
        if let Some((path, oddity)) = first_oddity(loaded.code()) {
            return Err(self.fail(format!("not asked, for what it reads could harm it: {path}: {oddity}")));
        }
        let data = self.marshal(loaded.code())?;
        let limits = [data.len() as u64, MAX_SECONDS, MAX_MEGABYTES].map(|limit| limit.to_string());
        let mut command = Command::new(&self.path);
        command.args(["-I", "-c", EQUIVALENCE, "--verify"]).args(limits);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| self.fail(error.to_string()))?;
        let output =
            talk(child, &[&data, source.as_bytes()]).map_err(|error| self.fail(error.to_string()))?;
        let Some((output, status)) = output else {
            return Err(self.fail(format!("no answer after {MAX_SECONDS} s")));
        };
        let rows: Vec<(String, Option<String>)> =
            serde_json::from_slice(&output).map_err(|_| self.fail(gave_up(status)))?;
        let mut found: HashMap<String, VecDeque<Option<String>>> = HashMap::new();
        for (path, difference) in rows {
            found.entry(path).or_default().push_back(difference);
        }
        Ok(found)
    }

    fn marshal(&self, code: &CodeObject) -> Result<Vec<u8>, Error> {
        let object = lancehead_pyc::Object::Code(Box::new(code.clone()));
        write_marshal(&object.into(), code.version).map_err(|error| self.fail(error.to_string()))
    }

    fn fail(&self, reason: String) -> Error {
        Error::Interpreter { interpreter: self.path.display().to_string(), reason }
    }
}

/// The first thing in the tree of `code` that no compiler writes and that matters: an interpreter that unmarshals such
/// code may write outside of its memory.
fn first_oddity(code: &CodeObject) -> Option<(String, Oddity)> {
    code_tree(code).into_iter().find_map(|(_, code)| {
        let odd = authentic(code).into_iter().find(|oddity| oddity.matters)?;
        Some((code.qualname.to_string(), odd))
    })
}

/// What became of an interpreter that gave no answer.
fn gave_up(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("it crashed on this input (signal {signal})");
    }
    format!("it refused this input, or gave up for want of memory or time ({status})")
}

/// Hands `input` to a program and collects what it prints, and how it ended; None if it takes too long, and then it is
/// killed.
fn talk(mut child: Child, input: &[&[u8]]) -> std::io::Result<Option<(Vec<u8>, ExitStatus)>> {
    let (mut stdin, mut stdout) = (child.stdin.take(), child.stdout.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that stops listening says why in its own words.
            let _ = stdin.as_mut().map(|stdin| input.iter().try_for_each(|part| stdin.write_all(part)));
            drop(stdin);
        });
        let reader = scope.spawn(move || {
            let mut text = Vec::new();
            let read = stdout.as_mut().map(|stdout| stdout.read_to_end(&mut text));
            read.transpose().map(|_| text)
        });
        let deadline = Instant::now() + Duration::from_secs(MAX_SECONDS);
        let mut in_time = true;
        while !reader.is_finished() {
            if in_time && Instant::now() > deadline {
                in_time = false;
                child.kill()?;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let status = child.wait()?;
        let text = reader.join().unwrap_or_else(|_| Ok(Vec::new()))?;
        Ok(in_time.then_some((text, status)))
    })
}
