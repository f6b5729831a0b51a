//! The last line of defence around each input.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Error;

/// Stack of a thread that processes inputs. Trees are walked with explicit stacks where input decides how deep they
/// are; this is for what recurses within a bound, such as nested code objects. Only pages that are touched cost memory.
pub const STACK_SIZE: usize = 1 << 30;

/// The stack of one of `threads` threads that process inputs: [`STACK_SIZE`], or less where the address space is limited
/// (`ulimit -v`), which counts what is only reserved.
pub fn stack_size(threads: usize) -> usize {
    /// What a thread needs in any case.
    const SMALLEST: usize = 8 << 20;
    match address_space() {
        Some(limit) => (limit / 4 / threads.max(1)).clamp(SMALLEST, STACK_SIZE),
        None => STACK_SIZE,
    }
}

/// How many bytes of address space this process may have, if that is limited.
#[cfg(unix)]
fn address_space() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::As);
    limit.current.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
fn address_space() -> Option<usize> {
    None
}

thread_local! {
    /// Message and place of this thread's last panic, as [`quiet_panics`] keeps them.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics off standard error: [`catch`] returns them, with their place. For programs, once at their start; the
/// hook is the whole process's.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("panic");
        let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
        let text = format!("{message}{}", place.unwrap_or_default());
        LAST_PANIC.with(|last| *last.borrow_mut() = Some(text));
    }));
}

/// Runs `work` so that a panic in it ends neither the process nor the other inputs.
///
/// # Errors
/// [`Error::Internal`] with the panic's message.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    // What `work` was changing when it panicked is its own and is dropped with it.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let kept = LAST_PANIC.with(|last| last.borrow_mut().take());
        let plain = || match payload.downcast_ref::<&str>() {
            Some(text) => (*text).to_owned(),
            None => payload.downcast_ref::<String>().cloned().unwrap_or_else(|| "panic".to_owned()),
        };
        let message = kept.unwrap_or_else(plain);
        Error::Internal(message.lines().collect::<Vec<_>>().join("; "))
    })
}

/// Runs `work` on a thread of its own with a stack of [`STACK_SIZE`].
///
/// # Errors
/// [`Error::Internal`] if `work` panics, [`Error::Io`] if no thread can be had.
pub fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().stack_size(stack_size(1)).spawn_scoped(scope, || catch(work))?;
        thread.join().unwrap_or_else(|_| Err(Error::Internal("panic".to_owned())))
    })
}

/// A pool of `jobs` threads with big stacks; 0 for one a core.
///
/// # Errors
/// [`Error::Internal`] if the threads cannot be had.
pub fn thread_pool(jobs: usize) -> Result<rayon::ThreadPool, Error> {
    let threads = if jobs == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { jobs };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(stack_size(threads))
        .build()
        .map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let error = catch(|| panic!("broken\nrule")).unwrap_err();
        assert!(error.is_internal());
        assert!(error.to_string().contains("broken; rule"), "{error}");
        assert_eq!(catch(|| 1).unwrap(), 1);
    }

    #[test]
    fn deep_recursion_fits() {
        fn depth(n: u32) -> u32 {
            let padding = std::hint::black_box([n; 64]);
            if n == 0 { 0 } else { 1 + depth(padding[0] - 1) }
        }
        assert_eq!(on_big_stack(|| depth(100_000)).unwrap(), 100_000);
    }
}
