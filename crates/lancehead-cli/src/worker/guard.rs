//! A whole command in a process of its own, for commands that have one input or two.

use std::ffi::OsString;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use lancehead::isolate;

use super::job::Failure;
use crate::args::Bounds;
use crate::console::Console;

/// The option that tells the other process that it is the one. It is followed by the memory that it may take.
pub(crate) const OPTION: &str = "--guarded";

/// Messages beyond this are dropped.
const MOST_MESSAGES: u64 = 1 << 20;
/// How long to wait between two looks at the other process.
const PAUSE: Duration = Duration::from_millis(5);

/// Runs this command line again, under limits of time and memory. Standard input and output are its own.
pub(crate) fn run(arguments: &[OsString], bounds: &Bounds, console: &mut Console<'_>) -> io::Result<()> {
    let Some((program, first)) = console.again().and_then(|again| {
        let (program, first) = again.split_first()?;
        Some((program.clone(), first.to_vec()))
    }) else {
        return Ok(());
    };
    let mut command = Command::new(program);
    command.env(super::NO_RESERVE.0, super::NO_RESERVE.1);
    // What is reserved for the stack counts, too.
    let memory = bounds.memory(0).saturating_add(isolate::STACK_SIZE as u64 / 2);
    command.args(first).arg(OPTION).arg(memory.to_string()).args(arguments);
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let errors = child.stderr.take();
    let messages = std::thread::Builder::new().spawn(move || {
        let mut text = Vec::new();
        if let Some(mut errors) = errors {
            // What cannot be read is not said.
            let _ = errors.by_ref().take(MOST_MESSAGES).read_to_end(&mut text);
            let _ = io::copy(&mut errors, &mut io::sink());
        }
        String::from_utf8_lossy(&text).into_owned()
    })?;
    let status = wait(&mut child, bounds.limit())?;
    let said = messages.join().unwrap_or_default();
    let name = arguments.last().map(|last| last.to_string_lossy().into_owned()).unwrap_or_default();
    let bad = |text: String| Failure { text, is_internal: true };
    match status {
        None => {
            let seconds = bounds.limit().unwrap_or_default().as_secs_f64();
            console.failure(&name, &bad(format!("given up after {seconds} s (--timeout allows more)")));
        }
        Some(status) => match status.code() {
            Some(code) => {
                console.pass_on(&said);
                console.ended(code);
            }
            None if said.contains("memory allocation") => {
                let megabytes = bounds.memory(0) >> 20;
                let text = format!(
                    "given up: it takes more than {megabytes} MB of memory (--max-memory allows more)"
                );
                console.failure(&name, &bad(text));
            }
            None if said.contains("overflowed its stack") => {
                console.failure(&name, &bad("given up: it is nested too deeply".to_owned()));
            }
            None => {
                let text = format!("Lancehead failed, which is a bug of its own: it ended with {status}");
                console.failure(&name, &bad(text));
            }
        },
    }
    Ok(())
}

/// How the process ends; `None` if it takes too long, and then it is killed.
fn wait(child: &mut Child, limit: Option<Duration>) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if limit.is_some_and(|limit| start.elapsed() > limit) {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}
