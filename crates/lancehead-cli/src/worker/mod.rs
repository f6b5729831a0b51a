//! Each input in a process that may fail.
//!
//! A few hundred bytes of bytecode can stand for a computation without end, and memory that runs out ends the process in
//! which it does: no count that we keep of our own steps is proof against a step that we forgot to count. So inputs are
//! worked on by the same program, started again as a worker: it gets bytes, gives back text, opens no file, and runs under
//! limits of time and memory. What ends a worker costs the input that it had, and the next one gets a new worker.
//!
//! - [`job`]: what a worker is asked, what it answers, and the work;
//! - [`child`]: a worker, as seen from outside;
//! - [`pool`]: several at once;
//! - [`guard`]: a whole command in another process.

mod child;
pub(crate) mod guard;
pub(crate) mod job;
pub(crate) mod pool;

use std::io::{self, BufRead, Read, Write};

use job::{Executor, Job, Request};

/// What the program is started with to be a worker.
pub(crate) const COMMAND: &str = "worker";

/// The worker's side: answers requests from standard input until it ends.
pub(crate) fn serve(out: &mut (dyn Write + Send)) -> io::Result<()> {
    let served = lancehead::isolate::on_big_stack(|| {
        let mut input = io::stdin().lock();
        let mut executor = Executor::default();
        let mut line = String::new();
        while input.read_line(&mut line)? > 0 {
            let request: Request = serde_json::from_str(&line)?;
            line.clear();
            let mut read = |length: u64| {
                let mut bytes = Vec::new();
                input.by_ref().take(length).read_to_end(&mut bytes).map(|_| bytes)
            };
            let (bytes, source) = (read(request.length)?, read(request.source_length)?);
            bound_memory(request.memory);
            let reply = executor.execute(&Job { request, bytes, source });
            serde_json::to_writer(&mut *out, &reply)?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
        Ok(())
    });
    served.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// The allocator reserves address space of a GiB when it starts, which would hide as much from a limit of memory. This keeps it
/// from that (`mi_option_arena_reserve`).
pub(crate) const NO_RESERVE: (&str, &str) = ("MIMALLOC_ARENA_RESERVE", "0");

/// Allows so many bytes more than there are now. Where the system has no such limit, there is none.
#[cfg(unix)]
pub(crate) fn bound_memory(bytes: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Ok(statm) = std::fs::read_to_string("/proc/self/statm") else { return };
    let pages = statm.split(' ').next().and_then(|pages| pages.parse::<u64>().ok());
    let Some(used) = pages.map(|pages| pages.saturating_mul(rustix::param::page_size() as u64)) else {
        return;
    };
    let maximum = getrlimit(Resource::As).maximum;
    let wanted = used.saturating_add(bytes);
    let current = Some(maximum.map_or(wanted, |maximum| wanted.min(maximum)));
    // A limit that cannot be set is one that is not there.
    let _ = setrlimit(Resource::As, Rlimit { current, maximum });
}

#[cfg(not(unix))]
pub(crate) fn bound_memory(_: u64) {}
