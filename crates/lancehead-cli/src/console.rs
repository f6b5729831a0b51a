//! What a command says to the person who runs it.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use lancehead::input::{Found, Input, Problem};
use lancehead::{Error, Format, Loaded, tame};

use crate::worker::job::Failure;

/// The exit status, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// All went well.
    Good = 0,
    /// A function could not be recovered or proven, inputs differ, or Lancehead itself failed.
    Incomplete = 1,
    /// An input, or the command line, was bad.
    BadInput = 2,
}

/// Where a command writes.
pub struct Streams<'a> {
    /// Takes results.
    pub out: &'a mut (dyn Write + Send),
    /// Takes messages.
    pub err: &'a mut (dyn Write + Send),
    /// Whether results may be coloured.
    pub out_colours: bool,
    /// Whether messages may be coloured.
    pub err_colours: bool,
    /// How to start this program once more: program and arguments. With it, each input is worked on in a process of
    /// its own, under limits; without, all is done in this one.
    pub again: Option<Vec<OsString>>,
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams").finish_non_exhaustive()
    }
}

/// The streams, and the worst that has happened so far.
pub(crate) struct Console<'a> {
    streams: Streams<'a>,
    status: Status,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

impl<'a> Console<'a> {
    pub fn new(streams: Streams<'a>) -> Console<'a> {
        Console { streams, status: Status::Good }
    }

    /// Takes results.
    pub fn out(&mut self) -> &mut (dyn Write + Send) {
        self.streams.out
    }

    /// Whether results may be coloured.
    pub fn out_colours(&self) -> bool {
        self.streams.out_colours
    }

    /// How to start this program once more.
    pub fn again(&self) -> Option<Vec<OsString>> {
        self.streams.again.clone()
    }

    /// Hands on what the stream of results still holds.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.streams.out.flush()
    }

    /// The worst that has happened.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Says something, which is neither a result nor a problem.
    pub fn say(&mut self, line: &str) {
        // Nowhere is left to tell that standard error cannot be written.
        let _ = writeln!(self.streams.err, "{line}");
    }

    /// Reports a bad input in one line: its name, and what is wrong with it.
    pub fn problem(&mut self, name: &str, problem: &dyn Display) {
        self.line(ERROR, "error", name, &problem.to_string());
        self.status = self.status.max(Status::BadInput);
    }

    /// Reports an input that gave no result.
    pub fn failed(&mut self, name: &str, error: &Error) {
        self.line(ERROR, "error", name, &error.to_string());
        let status = if error.is_internal() { Status::Incomplete } else { Status::BadInput };
        self.status = self.status.max(status);
    }

    /// Reports an input that gave no result, or not all that was asked for.
    pub fn failure(&mut self, name: &str, failure: &Failure) {
        self.line(ERROR, "error", name, &failure.text);
        let status = if failure.is_internal { Status::Incomplete } else { Status::BadInput };
        self.status = self.status.max(status);
    }

    /// Prints what another process of this program had to say.
    pub fn pass_on(&mut self, text: &str) {
        // Nowhere is left to tell that standard error cannot be written.
        let _ = self.streams.err.write_all(text.as_bytes());
    }

    /// Takes over the exit status of another process of this program.
    pub fn ended(&mut self, code: i32) {
        let status = match code {
            0 => Status::Good,
            1 => Status::Incomplete,
            _ => Status::BadInput,
        };
        self.status = self.status.max(status);
    }

    /// Reports a result that is not all there.
    pub fn incomplete(&mut self, name: &str, text: &str) {
        self.line(WARNING, "incomplete", name, text);
        self.status = self.status.max(Status::Incomplete);
    }

    /// Notes that two inputs differ.
    pub fn differ(&mut self) {
        self.status = self.status.max(Status::Incomplete);
    }

    /// Reports a code object that is not what its source says.
    pub fn differs(&mut self, name: &str, text: &str) {
        self.line(ERROR, "differs", name, text);
        self.differ();
    }

    /// Reports something odd that does no harm.
    pub fn warning(&mut self, name: &str, text: &str) {
        self.line(WARNING, "warning", name, text);
    }

    fn line(&mut self, style: Style, kind: &str, name: &str, text: &str) {
        // Names and messages quote the input: one line, and nothing that a terminal would obey.
        let (name, text) = (tame(name), tame(text));
        let style = if self.streams.err_colours { style } else { Style::new() };
        self.say(&format!("{style}{kind}{style:#}: {name}: {text}"));
    }

    /// Reports what could not be found, and hands over the rest.
    pub fn inputs(&mut self, found: Found) -> Vec<Input> {
        for Problem { name, error } in &found.problems {
            self.problem(name, error);
        }
        found.inputs
    }

    /// Reads an input; None if that failed, which is then reported.
    pub fn load(&mut self, input: &Input, format: Format) -> Option<Loaded> {
        let loaded = input.read().and_then(|bytes| Loaded::read(&bytes, format));
        match loaded {
            Ok(loaded) => Some(loaded),
            Err(error) => {
                self.failed(&input.name, &error);
                None
            }
        }
    }
}
