//! A worker, as seen from outside.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::COMMAND;
use super::job::{Failure, Job, Reply};

/// How much is kept of what a worker says when it dies.
const LAST_WORDS: u64 = 4096;

/// A worker. It ends when this is dropped.
pub(super) struct Worker {
    process: Child,
    requests: Option<ChildStdin>,
    replies: Receiver<String>,
    last_words: Option<JoinHandle<String>>,
}

impl Worker {
    /// Starts one; `again` is how to start this program.
    pub fn start(again: &[OsString]) -> io::Result<Worker> {
        let Some((program, arguments)) = again.split_first() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let mut command = Command::new(program);
        command.env(super::NO_RESERVE.0, super::NO_RESERVE.1);
        command.args(arguments).arg(COMMAND);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn()?;
        let (requests, output, errors) = (process.stdin.take(), process.stdout.take(), process.stderr.take());
        let (sender, replies) = channel();
        std::thread::Builder::new().spawn(move || {
            let mut lines = output.map(BufReader::new).into_iter().flat_map(BufRead::lines);
            while let Some(Ok(line)) = lines.next() {
                if sender.send(line).is_err() {
                    return;
                }
            }
        })?;
        let last_words = std::thread::Builder::new().spawn(move || {
            let mut text = Vec::new();
            if let Some(mut errors) = errors {
                // What cannot be read is not said.
                let _ = errors.by_ref().take(LAST_WORDS).read_to_end(&mut text);
                let _ = io::copy(&mut errors, &mut io::sink());
            }
            String::from_utf8_lossy(&text).into_owned()
        })?;
        Ok(Worker { process, requests, replies, last_words: Some(last_words) })
    }

    /// Has a job done. After a failure the worker is of no more use.
    pub fn run(&mut self, job: &Job, timeout: Option<Duration>) -> Result<Reply, Failure> {
        // A worker that died says so when it is listened to.
        let _ = self.ask(job);
        let never = Duration::from_secs(u32::MAX.into());
        match self.replies.recv_timeout(timeout.unwrap_or(never)) {
            Ok(line) => serde_json::from_str(&line).map_err(|error| self.strange(&error.to_string())),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = timeout.unwrap_or(never).as_secs_f64();
                Err(bad(format!("given up after {seconds} s (--timeout allows more)")))
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.died(job.request.memory)),
        }
    }

    fn ask(&mut self, job: &Job) -> io::Result<()> {
        let Some(requests) = &mut self.requests else { return Ok(()) };
        let mut line = serde_json::to_vec(&job.request)?;
        line.push(b'\n');
        requests.write_all(&line)?;
        requests.write_all(&job.bytes)?;
        requests.write_all(&job.source)?;
        requests.flush()
    }

    fn strange(&self, what: &str) -> Failure {
        Failure { text: format!("Lancehead failed, which is a bug of its own: {what}"), is_internal: true }
    }

    /// Why the worker ended before it answered.
    fn died(&mut self, memory: u64) -> Failure {
        let status = self.process.wait().ok();
        let words = self.last_words.take().and_then(|words| words.join().ok()).unwrap_or_default();
        if words.contains("memory allocation") {
            let megabytes = memory >> 20;
            return bad(format!(
                "given up: it takes more than {megabytes} MB of memory (--max-memory allows more)"
            ));
        }
        if words.contains("overflowed its stack") {
            return bad("given up: it is nested too deeply".to_owned());
        }
        self.strange(&format!("its worker ended with {}", status.map_or("no status".to_owned(), shown)))
    }
}

fn bad(text: String) -> Failure {
    Failure { text, is_internal: true }
}

fn shown(status: ExitStatus) -> String {
    status.to_string()
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.requests = None;
        // One that has nothing to do ends by itself; whatever it does, it is not waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
