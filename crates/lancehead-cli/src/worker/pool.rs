//! Several workers at once, and results in the order of the inputs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use lancehead::{Error, isolate};

use super::child::Worker;
use super::job::{Executor, Failure, Job, Reply};

/// Runs jobs.
pub(crate) struct Pool<'a> {
    /// How to start this program again; without, all is done in this process, and no limit holds.
    pub again: Option<&'a [OsString]>,
    /// How many at once; 0 for one a core.
    pub jobs: usize,
    /// How long each may take.
    pub timeout: Option<Duration>,
}

/// Does one job after the other.
pub(crate) struct Runner<'a> {
    pool: &'a Pool<'a>,
    worker: Option<Worker>,
    executor: Executor,
}

impl Runner<'_> {
    /// Does a job.
    ///
    /// # Errors
    /// When it cannot be done, or took too much; the next one may be done all the same.
    pub fn run(&mut self, job: &Job) -> Result<Reply, Failure> {
        let reply = match self.pool.again {
            None => Ok(self.executor.execute(job)),
            Some(again) => self.in_worker(again, job),
        };
        match reply {
            Ok(Reply::Failed(failure)) => Err(failure),
            Err(failure) => {
                self.worker = None;
                Err(failure)
            }
            reply => reply,
        }
    }

    fn in_worker(&mut self, again: &[OsString], job: &Job) -> Result<Reply, Failure> {
        if self.worker.is_none() {
            self.worker = Some(Worker::start(again).map_err(Error::Io)?);
        }
        match &mut self.worker {
            Some(worker) => worker.run(job, self.pool.timeout),
            None => Ok(self.executor.execute(job)),
        }
    }
}

impl Pool<'_> {
    /// Calls `work` for each of `count` inputs, several at once, and `done` with each result, in their order, as soon as
    /// all before it are there.
    ///
    /// # Errors
    /// When no threads can be had, and what `done` says; then no more is begun.
    pub fn run<T: Send>(
        &self,
        count: usize,
        work: impl Fn(usize, &mut Runner<'_>) -> T + Sync,
        mut done: impl FnMut(usize, T) -> io::Result<()>,
    ) -> io::Result<()> {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = if self.jobs == 0 { cores() } else { self.jobs }.clamp(1, count.max(1));
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let stack = if self.again.is_some() { SMALL_STACK } else { isolate::stack_size(threads) };
        let (sender, results) = channel();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (sender, work, next, stop) = (sender.clone(), &work, &next, &stop);
                std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, move || {
                    let mut runner = Runner { pool: self, worker: None, executor: Executor::default() };
                    while !stop.load(Ordering::Relaxed) {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        if at >= count || sender.send((at, work(at, &mut runner))).is_err() {
                            return;
                        }
                    }
                })?;
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut shown = 0;
            for (at, result) in results {
                waiting.insert(at, result);
                while let Some(result) = waiting.remove(&shown) {
                    if let Err(error) = done(shown, result) {
                        stop.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                    shown += 1;
                }
            }
            Ok(())
        })
    }
}

/// Enough for a thread that reads, writes and waits.
const SMALL_STACK: usize = 1 << 20;
